"""Mail that is claimed and has not begun: kept by lane and by site, and who begins next.

A reply never waits for the end of an attempt of another lane as long as there is a place: a
fifth of all places, and of the places of each site, is kept for replies, and where one is free a
reply goes first. The others share what is left by weight. A site whose places are all taken
keeps back its own mail alone.
"""

from collections import deque
from dataclasses import dataclass, field

from mailgate.model.delivery import Lane, LeasedDelivery
from mailgate.model.ids import DeliveryId
from mailgate.outbound.places import Places
from mailgate.outbound.sites import Sites

__all__ = ["Ready"]

_WEIGHTS = {Lane.NOTIFICATION: 4, Lane.ACKNOWLEDGEMENT: 2, Lane.CAMPAIGN: 1}
_MANY = 1_000_000


@dataclass(slots=True)
class _Site:
    key: str | None
    places: Places
    waiting: dict[Lane, deque[LeasedDelivery]] = field(
        default_factory=lambda: {lane: deque() for lane in Lane}
    )

    @property
    def is_idle(self) -> bool:
        return not (self.places.replies or self.places.others or any(self.waiting.values()))


class Ready:
    """`places` is how many attempts may run at the same time, over all `sites`."""

    def __init__(self, places: int, sites: Sites) -> None:
        self._places = Places(places)
        self.sites = sites
        """Where mail goes that comes from now on."""
        self._running: dict[tuple[DeliveryId, int], _Site] = {}
        self._sites: dict[str | None, _Site] = {}
        # Sites with mail of the lane, in turn; those known to have no room for it are left out.
        self._open: dict[Lane, dict[str | None, _Site]] = {lane: {} for lane in Lane}
        self._waiting = dict.fromkeys(Lane, 0)
        self._all_waiting = 0
        self._served = dict.fromkeys(_WEIGHTS, 0.0)
        self._bytes = dict.fromkeys(Lane, 0)

    def waiting(self, lane: Lane | None = None) -> int:
        """How many have not begun."""
        return self._all_waiting if lane is None else self._waiting[lane]

    def held_bytes(self, lane: Lane | None = None) -> int:
        """The content in memory: of what has not begun, and of what runs."""
        return sum(self._bytes.values()) if lane is None else self._bytes[lane]

    @property
    def is_starved(self) -> bool:
        """There are places, and nothing that could take them."""
        free = any(self._places.has_room(lane) for lane in Lane)
        return free and not any(self._open.values())

    def put(self, leased: LeasedDelivery) -> None:
        lane, site = leased.lane, self._site(leased)
        if not self._waiting[lane]:
            self._join(lane)
        site.waiting[lane].append(leased)
        self._waiting[lane] += 1
        self._all_waiting += 1
        self._bytes[lane] += len(leased.content)
        self._open[lane].setdefault(site.key, site)

    def take(self) -> LeasedDelivery | None:
        """The mail that begins next; it has its place until `done`. None when none may."""
        for lane in self._in_turn():
            if self._places.has_room(lane) and (site := self._next_site(lane)) is not None:
                return self._begin(site, lane)
        return None

    def done(self, leased: LeasedDelivery) -> None:
        """Its place is free, and its content is not held any more."""
        lane, site = leased.lane, self._running.pop((leased.id, leased.fence))
        self._places.change(lane, -1)
        site.places.change(lane, -1)
        self._bytes[lane] -= len(leased.content)
        if site.is_idle:
            del self._sites[site.key]
        for other, mails in site.waiting.items():
            if mails:
                self._open[other].setdefault(site.key, site)

    def clear(self) -> list[LeasedDelivery]:
        """Takes out all that has not begun."""
        left = [
            leased
            for site in self._sites.values()
            for mails in site.waiting.values()
            for leased in mails
        ]
        for site in list(self._sites.values()):
            for mails in site.waiting.values():
                mails.clear()
            if site.is_idle:
                del self._sites[site.key]
        for leased in left:
            self._waiting[leased.lane] -= 1
            self._all_waiting -= 1
            self._bytes[leased.lane] -= len(leased.content)
        for sites in self._open.values():
            sites.clear()
        return left

    # --- within -------------------------------------------------------------------------------

    def _site(self, leased: LeasedDelivery) -> _Site:
        key = self.sites.of(leased.sender.key, leased.destination)
        found = self._sites.get(key)
        if found is None:
            size = _MANY if key is None else self.sites.connections.get(key, _MANY)
            found = self._sites[key] = _Site(key, Places(size))
        return found

    def _in_turn(self) -> list[Lane]:
        others = [lane for lane in _WEIGHTS if self._open[lane]]
        if len(others) > 1:
            others.sort(key=lambda lane: self._served[lane])
        return [Lane.REPLY, *others] if self._open[Lane.REPLY] else others

    def _join(self, lane: Lane) -> None:
        """Who had nothing to send has not saved up turns meanwhile."""
        if lane in self._served:
            busy = [self._served[other] for other in _WEIGHTS if self._waiting[other]]
            self._served[lane] = max(self._served[lane], min(busy, default=0.0))

    def _next_site(self, lane: Lane) -> _Site | None:
        """The sites take turns. One without room comes back when one of its mails is done."""
        sites = self._open[lane]
        while sites:
            key = next(iter(sites))
            site = sites.pop(key)
            if site.places.has_room(lane):
                if len(site.waiting[lane]) > 1:
                    sites[key] = site
                return site
        return None

    def _begin(self, site: _Site, lane: Lane) -> LeasedDelivery:
        self._waiting[lane] -= 1
        self._all_waiting -= 1
        if lane in _WEIGHTS:
            self._served[lane] += 1 / _WEIGHTS[lane]
        self._places.change(lane, 1)
        site.places.change(lane, 1)
        leased = site.waiting[lane].popleft()
        self._running[leased.id, leased.fence] = site
        return leased
