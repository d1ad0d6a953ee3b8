"""F2: SIGKILL at each step of an attempt, while a thousand mails go out.

After each death the daemon is started again. Every mail arrives; another copy arrives only of a
mail that was on its way when the daemon died, one for each such death, and each of those is
counted as ambiguous. All copies are the same bytes with the same Message-ID.
"""

import signal
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailgate.mail.address import Address
from tests.crash.nursery import Nursery, running_nursery
from tests.harness.gateway import Daemon, Gateway, make_gateway
from tests.harness.queued import Queued, fill, rows_of
from tests.harness.sink import Sink, running_sink
from tests.harness.waiting import until

MAILS = 1000
CONNECTIONS = 10
NEVER = "never"
CLAIM = "commit of outbound.claim.claim_deliveries"
SETTLE = "commit of outbound.telling.settle_and_tell"
IN_THE_DAEMON = (
    f"before the {CLAIM}#1",
    f"after the {CLAIM}#1",
    f"after the {CLAIM}#2",
    "before dialling#20",
    "after the final dot and its reply#20",
    f"before the {SETTLE}#1",
    f"before the {SETTLE}#3",
    f"after the {SETTLE}#3",
)
"""Where it kills itself."""
ON_THE_WIRE = ("connect", "EHLO", "MAIL", "RCPT", "DATA", "content", "dot", "250")
"""Where the other side sees it die: what a client had said by then."""
OFFERS = ("8BITMIME", "SIZE 50000000")


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with running_nursery() as running:
        yield running


class Deaths:
    """A gateway whose daemon dies and dies."""

    def __init__(self, nursery: Nursery, gateway: Gateway, sink: Sink) -> None:
        self.nursery = nursery
        self.gateway = gateway
        self.sink = sink
        self.leased_at_death = Counter[str]()
        """By recipient: how often it was on its way."""
        self.copies = Counter[str]()
        """By recipient: how often it had been taken and nobody had noted it."""

    @property
    def url(self) -> str:
        return f"sqlite:///{self.gateway.folder}/var/mailgate.db"

    def die_at(self, step: str) -> None:
        with self._dying(step) as daemon:
            code = until(f"it died: {step}", daemon.process.poll)
            assert code == -signal.SIGKILL, daemon.logged()[-3000:]

    def die_when_heard(self, stage: str, nth: int) -> None:
        reached, lock = Counter[str](), threading.Lock()

        def at_stage(name: str) -> None:
            with lock:
                reached[name] += 1
                if (name, reached[name]) == (stage, nth):
                    daemon.process.kill()

        self.sink.at_stage = at_stage
        with self._dying(NEVER) as daemon:
            until(f"it died: {stage}", daemon.process.poll)
        self.sink.at_stage = None
        assert reached[stage] >= nth

    def finish(self, lost: int) -> None:
        """A life without a death, which counts what the one before has left as ambiguous. What was
        lost more than once waits longer each time: an operator lets it go at once."""
        with self.nursery.start(self.gateway, NEVER) as daemon:
            until(f"{lost} are ambiguous", lambda: self._ambiguous() == lost)
            assert self.gateway.run("queue", "retry", "--all").returncode == 0
            until("all of it has left", lambda: not self._states() - {"delivered"})
            assert self._ambiguous() == lost
            assert daemon.terminate() == 0

    def _ambiguous(self) -> float:
        lines = self.gateway.get("/metrics")[1].splitlines()
        (line,) = [each for each in lines if each.startswith("mailgate_outbound_ambiguous_total")]
        return float(line.split()[-1])

    def _dying(self, step: str) -> "_Life":
        return _Life(self, self.nursery.start(self.gateway, step))

    def _states(self) -> set[str]:
        return {state for (state,) in rows_of(self.url, "SELECT DISTINCT state FROM deliveries")}


class _Life:
    """Until the daemon is dead and the sink has heard all that it had said."""

    def __init__(self, deaths: Deaths, daemon: Daemon) -> None:
        self._deaths = deaths
        self._daemon = daemon
        self._before = len(deaths.sink.taken)

    def __enter__(self) -> Daemon:
        return self._daemon

    def __exit__(self, *exc: object) -> None:
        self._daemon.kill()
        deaths, sink = self._deaths, self._deaths.sink
        until("its connections are closed", lambda: not sink.clients)
        query = "SELECT recipient FROM deliveries WHERE state = 'leased'"
        leased = {recipient for (recipient,) in rows_of(deaths.url, query)}
        deaths.leased_at_death.update(leased)
        taken = Counter(one.recipient for one in sink.taken[self._before :])
        assert set(taken.values()) <= {1}, "no life sends a mail twice"
        deaths.copies.update(leased & set(taken))


@pytest.fixture(params=["one by one", "at once"])
def deaths(request: pytest.FixtureRequest, nursery: Nursery, tmp_path: Path) -> Iterator[Deaths]:
    """With a next hop that takes commands one by one, and one that takes them at once."""
    gateway = make_gateway(tmp_path / "gateway")
    with running_sink() as sink:
        sink.offers = (*OFFERS, *(["PIPELINING"] if request.param == "at once" else []))
        gateway.write_config(smarthost=sink.port)
        text = gateway.config.read_text()
        many = f'tls = "none"\nconnections = {CONNECTIONS}'
        gateway.config.write_text(text.replace('tls = "none"', many, 1))
        yield Deaths(nursery, gateway, sink)


@pytest.mark.timeout(800)
def test_f2_each_of_a_thousand_mails_arrives_wherever_it_dies(deaths: Deaths) -> None:
    mails = [Queued(Address(f"c{number}", "customer.example")) for number in range(MAILS)]
    fill(deaths.url, mails)
    # What happens between the daemon's own steps is the same with every next hop.
    for step in IN_THE_DAEMON if "PIPELINING" not in deaths.sink.offers else ():
        deaths.die_at(step)
    for stage in ON_THE_WIRE:
        deaths.die_when_heard(stage, CONNECTIONS // 2 if stage in {"connect", "EHLO"} else 20)
    last = sum(deaths.leased_at_death.values())
    deaths.die_when_heard("dot", 20)
    last = sum(deaths.leased_at_death.values()) - last
    assert last > 0
    deaths.finish(last)
    check_what_arrived(deaths, mails)
    check_what_is_known(deaths)


def check_what_arrived(deaths: Deaths, mails: list[Queued]) -> None:
    copies = Counter(one.recipient for one in deaths.sink.taken)
    assert copies == Counter(str(mail.recipient) for mail in mails) + deaths.copies
    assert deaths.copies, "some died with a mail taken and not noted"
    arrived = defaultdict(set)
    for one in deaths.sink.taken:
        arrived[one.recipient].add((one.message_id, one.content))
    assert arrived == {
        str(mail.recipient): {(f"<{mail.message_id}>", mail.content)} for mail in mails
    }


def check_what_is_known(deaths: Deaths) -> None:
    """One attempt was the last, all before it are ambiguous, one for each death on its way."""
    query = (
        "SELECT recipient, attempts.number, result FROM attempts "
        "JOIN deliveries ON deliveries.id = attempts.delivery ORDER BY 1, 2"
    )
    tried = defaultdict(list)
    for recipient, number, result in rows_of(deaths.url, query):
        tried[recipient].append((number, result))
    assert tried == {
        recipient: [
            *[(number, "ambiguous") for number in range(1, 1 + deaths.leased_at_death[recipient])],
            (1 + deaths.leased_at_death[recipient], "delivered"),
        ]
        for recipient in tried
    }
    assert len(tried) == MAILS
