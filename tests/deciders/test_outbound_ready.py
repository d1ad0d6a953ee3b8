"""Who begins next: replies have places of their own, and a busy site keeps back its own alone."""

from dataclasses import replace
from itertools import cycle

from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.address import Address
from mailgate.model.delivery import Lane, LeasedDelivery
from mailgate.model.ids import DeliveryId
from mailgate.outbound.ready import Ready
from mailgate.outbound.sites import Sites
from tests.contracts.outbound_world import leased_delivery

LANES = [Lane.REPLY, Lane.NOTIFICATION, Lane.ACKNOWLEDGEMENT, Lane.CAMPAIGN]
SLOW, QUICK = "slow.example", "quick.example"


def mail(number: int, lane: Lane = Lane.CAMPAIGN, to: str = QUICK) -> LeasedDelivery:
    leased = leased_delivery(number, recipient=Address("hong", to))
    return replace(leased, lane=lane)


def by_domain(_sender_key: str, destination: str) -> str:
    return f"site:{destination}"


def ready_with(*mails: LeasedDelivery, places: int, sites: Sites = Sites(by_domain)) -> Ready:  # noqa: B008  frozen
    ready = Ready(places, sites)
    for each in mails:
        ready.put(each)
    return ready


def taken(ready: Ready) -> list[LeasedDelivery]:
    """All that may begin now."""
    found = []
    while (leased := ready.take()) is not None:
        found.append(leased)
    return found


def test_a_reply_begins_before_whatever_was_there_first() -> None:
    ready = ready_with(mail(1), mail(2), mail(3, Lane.REPLY), places=10)
    assert [leased.id for leased in taken(ready)] == [3, 1, 2]


def test_a_fifth_of_the_places_is_kept_for_replies() -> None:
    ready = ready_with(*(mail(number) for number in range(20)), places=10)
    assert len(taken(ready)) == 8
    ready.put(mail(21, Lane.REPLY))
    ready.put(mail(22, Lane.REPLY))
    assert [leased.id for leased in taken(ready)] == [21, 22]


def test_a_fifth_of_the_places_of_each_site_is_kept_for_replies() -> None:
    sites = Sites(by_domain, {f"site:{QUICK}": 5})
    ready = ready_with(*(mail(number) for number in range(20)), places=100, sites=sites)
    assert len(taken(ready)) == 4
    ready.put(mail(21, Lane.REPLY))
    ready.put(mail(22, Lane.REPLY))
    assert [leased.id for leased in taken(ready)] == [21]


def test_replies_alone_leave_a_place_in_twenty_to_the_others() -> None:
    replies = [mail(number, Lane.REPLY) for number in range(40)]
    ready = ready_with(*replies, mail(41), places=20)
    assert sum(leased.lane is Lane.REPLY for leased in taken(ready)) == 19


def test_one_place_serves_every_lane() -> None:
    ready = ready_with(mail(1), mail(2, Lane.REPLY), places=1)
    for expected in (2, 1):
        (leased,) = taken(ready)
        assert leased.id == expected
        ready.done(leased)


def test_the_other_lanes_share_places_by_weight() -> None:
    others = LANES[1:]
    mails = [
        mail(lane_no * 100 + n, lane) for lane_no, lane in enumerate(others) for n in range(70)
    ]
    ready = ready_with(*mails, places=1)
    begun = []
    for _ in range(70):
        leased = ready.take()
        assert leased is not None
        begun.append(leased.lane)
        ready.done(leased)
    assert [begun.count(lane) for lane in others] == [40, 20, 10]


def test_a_lane_that_was_empty_has_saved_up_no_turns() -> None:
    ready = ready_with(*(mail(number, Lane.NOTIFICATION) for number in range(100)), places=1)
    for _ in range(50):
        leased = ready.take()
        assert leased is not None
        ready.done(leased)
    for number in range(100, 110):
        ready.put(mail(number))
    begun = []
    for _ in range(10):
        leased = ready.take()
        assert leased is not None
        begun.append(leased.lane)
        ready.done(leased)
    assert begun.count(Lane.CAMPAIGN) == 2


def test_a_site_without_places_keeps_back_its_own_mail_alone() -> None:
    sites = Sites(by_domain, {f"site:{SLOW}": 5})
    slow = [mail(number, to=SLOW) for number in range(50)]
    quick = [mail(number) for number in range(50, 60)]
    ready = ready_with(*slow, *quick, places=100, sites=sites)
    begun = taken(ready)
    assert sum(leased.destination == SLOW for leased in begun) == 4
    assert sum(leased.destination == QUICK for leased in begun) == 10


def test_mail_of_a_site_goes_on_when_one_of_its_places_is_free_again() -> None:
    sites = Sites(by_domain, {f"site:{SLOW}": 2})
    ready = ready_with(mail(1, to=SLOW), mail(2, to=SLOW), places=100, sites=sites)
    (first,) = taken(ready)
    assert first.id == 1
    ready.done(first)
    assert [leased.id for leased in taken(ready)] == [2]


def test_sites_take_turns_and_each_keeps_the_order_of_the_queue() -> None:
    slow = [mail(number, to=SLOW) for number in (1, 2, 3)]
    ready = ready_with(*slow, mail(4), mail(5), places=100)
    assert [leased.id for leased in taken(ready)] == [1, 4, 2, 5, 3]


def test_what_has_not_begun_can_be_taken_out() -> None:
    ready = ready_with(*(mail(number) for number in range(1, 6)), places=2)
    (first,) = taken(ready)
    assert sorted(leased.id for leased in ready.clear()) == [2, 3, 4, 5]
    assert (ready.waiting(), ready.held_bytes()) == (0, len(first.content))
    ready.done(first)
    assert (ready.take(), ready.held_bytes()) == (None, 0)


def test_is_starved_when_there_are_places_and_only_mail_for_busy_sites() -> None:
    sites = Sites(by_domain, {f"site:{SLOW}": 2})
    ready = ready_with(mail(1, to=SLOW), mail(2, to=SLOW), places=100, sites=sites)
    taken(ready)
    assert ready.is_starved
    ready.put(mail(3))
    assert not ready.is_starved


@given(
    st.integers(1, 40),
    st.lists(st.tuples(st.sampled_from(LANES), st.sampled_from([SLOW, QUICK])), max_size=80),
    st.binary(min_size=1, max_size=50),
)
def test_every_mail_begins_once_and_places_are_never_exceeded(
    places: int, wanted: list[tuple[Lane, str]], course: bytes
) -> None:
    """`course` says what happens next: mail comes, begins, or is done."""
    ready = Ready(places, Sites(by_domain, {f"site:{SLOW}": 3}))
    mails = [mail(number, lane, to) for number, (lane, to) in enumerate(wanted)]
    running: list[LeasedDelivery] = []
    begun: list[DeliveryId] = []
    steps = cycle(course)
    while mails or running or ready.waiting():
        step = next(steps)
        if mails and step % 2:
            ready.put(mails.pop())
        elif (leased := ready.take()) is not None:
            running.append(leased)
            begun.append(leased.id)
        elif running:
            ready.done(running.pop(step % len(running)))
        elif mails:
            ready.put(mails.pop())
        assert len(running) <= places
        assert sum(leased.destination == SLOW for leased in running) <= 3
        others = sum(leased.lane is not Lane.REPLY for leased in running)
        assert others <= max(1, places * 4 // 5)
    assert sorted(begun) == list(range(len(wanted)))
