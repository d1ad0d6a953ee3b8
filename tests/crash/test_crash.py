"""The promises after SIGKILL, at every named step of accept, work and send.

A run without a crash writes down which steps there are; then, for each of them: mail comes in,
the daemon dies there, it is started again, the client sends again what had no 250, everything
is drained. Nothing that was acknowledged is missing, no ticket has a message twice, and nobody
got two different mails for one message.
"""

import shutil
import signal
import smtplib
import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.harness.gateway import Daemon, Gateway, make_gateway
from tests.harness.mailbox import Mail, Mailbox
from tests.harness.mails import (
    ALICE,
    customer_reply,
    korean_plain,
    korean_rich,
    outlook_reply,
    simple,
)
from tests.harness.sink import Sink, Taken, running_sink
from tests.harness.waiting import until

CRASHING = Path(__file__).with_name("crashing_daemon.py")
NEVER = "never"
NO_REPLY = "after the final dot, before its reply"
IN_DATA = "in the middle of DATA"
SENDING = ("before dialling", "after the final dot and its reply")
ONLY_FIRST_TIMES = 2
"""A step is taken when it is reached for the first and for the second time: the first finds
the house empty, the second finds work of others under way."""
AT_ONCE = 3
HONG, SUPPORT = "hong@customer.example", "support@acme.example"


@dataclass(frozen=True, slots=True)
class Post:
    """A mail with its envelope, and the Message-ID to find it by."""

    sender: str
    recipient: str
    message_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class World:
    """Where every run begins: a gateway that has one ticket, and the mails that now come."""

    var: Path
    posts: tuple[Post, ...]


def address_in(field: str) -> str:
    return field.rpartition("<")[2].removesuffix(">")


def start(gateway: Gateway, step: str, *, hours: int = 0) -> Daemon:
    record = gateway.folder / "steps"
    return gateway.start(command=[sys.executable, str(CRASHING), step, str(record), str(hours)])


def send(gateway: Gateway, post: Post) -> bool:
    """Whether it had its 250."""
    with (
        suppress(OSError, smtplib.SMTPException),
        smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=20) as client,
    ):
        return not client.sendmail(post.sender, [post.recipient], post.content)
    return False


def rows(gateway: Gateway, query: str) -> list[tuple[object, ...]]:
    """Asks the database behind the daemon's back."""
    database = gateway.folder / "var" / "mailgate.db"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def drained(gateway: Gateway) -> bool:
    """No mail waits for the worker, none waits to leave."""
    return not rows(gateway, "SELECT 1 FROM journal WHERE state = 'received'") and not rows(
        gateway, "SELECT 1 FROM deliveries WHERE state NOT IN ('delivered', 'failed', 'expired')"
    )


def conversation(first: Mail, to_alice: Mail) -> tuple[Post, ...]:
    """A new customer, one more mail of Hong's on the ticket, Alice's answer, a rich new mail."""
    hongs = "hong-2@customer.example"
    alices = "alice-1@acme.example"
    rich = "hong-3@customer.example"
    minas = "mina-1@customer.example"
    return (
        Post(
            "mina@customer.example", SUPPORT, minas,
            simple(
                sender="Mina <mina@customer.example>", subject="Size", text="Which size?",
                message_id=minas,
            ),
        ),
        Post(
            HONG, address_in(first["Reply-To"]), hongs,
            customer_reply(first, "아직도 안 왔습니다.", message_id=hongs),
        ),
        Post(
            ALICE.address, address_in(to_alice["Reply-To"]), alices,
            outlook_reply(to_alice, ALICE, ["오늘 보냅니다."], message_id=alices),
        ),
        Post(HONG, SUPPORT, rich, korean_rich(message_id=rich)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    gateway = make_gateway(tmp_path_factory.mktemp("world"))
    with running_sink() as sink:
        gateway.write_config(smarthost=sink.port)
        with gateway.start() as daemon:
            content = korean_plain(message_id="hong-1@customer.example")
            assert send(gateway, Post(HONG, SUPPORT, "hong-1@customer.example", content))
            until("the acknowledgement", lambda: sink.to(HONG))
            until("the notification", lambda: sink.to(ALICE.address))
            until("all of it is settled", lambda: drained(gateway))
            assert daemon.terminate() == 0
        posts = conversation(sink.to(HONG)[0].mail, sink.to(ALICE.address)[0].mail)
    return World(gateway.folder / "var", posts)


def gateway_in(world: World, folder: Path, sink: Sink | None) -> Gateway:
    """One that sends into `sink`, or with None into its outbox."""
    shutil.copytree(world.var, folder / "var")
    gateway = make_gateway(folder)
    gateway.write_config(smarthost=None if sink is None else sink.port)
    return gateway


def arrived(gateway: Gateway, sink: Sink | None) -> list[Taken]:
    """Every copy that went out."""
    if sink is not None:
        return list(sink.taken)
    mails = Mailbox(gateway.outbox).mails()
    return [Taken(mail["Return-Path"], mail["Delivered-To"], mail.raw) for mail in mails]


def mails_by_recipient(copies: list[Taken]) -> dict[str, int]:
    """How many different mails each recipient got: copies of one mail count once."""
    ids = defaultdict(set)
    for taken in copies:
        ids[taken.recipient].add(taken.message_id)
    return {recipient: len(found) for recipient, found in ids.items()}


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What a run without a crash does."""

    steps: tuple[str, ...]
    mails: dict[str, int]


@pytest.fixture(scope="module")
def undisturbed(world: World, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    with running_sink() as sink:
        gateway = gateway_in(world, tmp_path_factory.mktemp("undisturbed"), sink)
        with start(gateway, NEVER) as daemon:
            assert all(send(gateway, post) for post in world.posts)
            until("all of it is settled", lambda: drained(gateway))
            assert daemon.terminate() == 0
        check_tickets(gateway, world)
        reached = (gateway.folder / "steps").read_text().splitlines()
        chosen = [one for one in reached if int(one.partition("#")[2]) <= ONLY_FIRST_TIMES]
        mails = mails_by_recipient(arrived(gateway, sink))
        return Undisturbed((*chosen, NO_REPLY, IN_DATA), mails)


def check_tickets(gateway: Gateway, world: World) -> None:
    """Each mail is on exactly one ticket, exactly once; and nothing else happened to it."""
    found = rows(
        gateway,
        "SELECT journal.message_id, count(entries.id) FROM journal "
        "LEFT JOIN entries ON entries.journal = journal.id GROUP BY journal.message_id",
    )
    entries = {str(message_id).strip("<>"): count for message_id, count in found}
    assert entries == {post.message_id: 1 for post in world.posts} | {"hong-1@customer.example": 1}
    twice = rows(
        gateway,
        "SELECT outbound.entry, deliveries.recipient_key, outbound.kind FROM deliveries "
        "JOIN outbound ON outbound.id = deliveries.outbound WHERE outbound.entry IS NOT NULL "
        "GROUP BY 1, 2, 3 HAVING count(*) > 1",
    )
    assert twice == [], "one message is queued once for a recipient"


def check_mails(copies: list[Taken], undisturbed: Undisturbed) -> None:
    """A copy is the same mail, byte by byte; and there is no mail that should not be."""
    contents = defaultdict(set)
    for taken in copies:
        contents[taken.recipient, taken.message_id].add(taken.digest)
    assert {key: len(found) for key, found in contents.items()} == dict.fromkeys(contents, 1)
    assert mails_by_recipient(copies) == undisturbed.mails


def die(gateway: Gateway, world: World, step: str, sink: Sink | None) -> set[str]:
    """Lets mail come until the daemon is dead; the Message-IDs that had their 250."""
    on_the_wire = step in (NO_REPLY, IN_DATA)
    daemon = start(gateway, NEVER if on_the_wire else step)
    try:
        until("it is ready or dead", lambda: ready_or_dead(daemon))
        if step == NO_REPLY and sink is not None:
            sink.at_final_dot = daemon.process.kill
        acknowledged = {post.message_id for post in world.posts if send(gateway, post)}
        if step == IN_DATA:
            with closing(smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=20)) as client:
                client.ehlo()
                client.mail(HONG)
                client.rcpt(SUPPORT)
                client.docmd("DATA")
                client.send(world.posts[-1].content[:500])
                daemon.process.kill()
        code = wait_for_death(daemon, step)
        assert code == -signal.SIGKILL, daemon.logged()[-3000:]
    finally:
        daemon.kill()
        if sink is not None:
            sink.at_final_dot = None
    return acknowledged


def wait_for_death(daemon: Daemon, step: str) -> int:
    """Its exit code. What is reached for the first time is always reached. A second time there
    need not be, when the work happened to be done in one go: then it ends by our own hand."""

    def nothing_left() -> bool:
        return daemon.process.poll() is not None or drained(daemon.gateway)

    if step.endswith("#2"):
        until(f"it died or has nothing left to do: {step}", nothing_left)
        with suppress(subprocess.TimeoutExpired):
            return daemon.process.wait(2)
        daemon.kill()
    return until(f"it died: {step}", daemon.process.poll)


def ready_or_dead(daemon: Daemon) -> bool:
    return daemon.process.poll() is not None or daemon.gateway.get("/readyz")[0] == 200


def crash_and_check(
    world: World, undisturbed: Undisturbed, step: str, folder: Path, sink: Sink | None
) -> None:
    gateway = gateway_in(world, folder, sink)
    acknowledged = die(gateway, world, step, sink)
    with start(gateway, NEVER, hours=1) as daemon:
        for post in world.posts:
            if post.message_id not in acknowledged:
                assert send(gateway, post)
        until("all of it is settled", lambda: drained(gateway))
        assert daemon.terminate() == 0
    check_tickets(gateway, world)
    check_mails(arrived(gateway, sink), undisturbed)


def crash_at_each(steps: Sequence[str], crash: Callable[[str, int], None]) -> None:
    """Several at a time; says of each step what broke there."""

    def one(number: int, step: str) -> str | None:
        try:
            crash(step, number)
        except AssertionError as broken:
            return f"{step}: {broken}"
        return None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(one, range(len(steps)), steps))
    broken = [outcome for outcome in outcomes if outcome is not None]
    assert not broken, "\n\n".join(broken)


def test_the_steps_are_those_of_accept_work_and_send(undisturbed: Undisturbed) -> None:
    """The run that finds the steps finds the ones that must be there."""
    found = Counter(step.partition("#")[0] for step in undisturbed.steps)
    for step in (
        "before the commit of store.journal.append",
        "after the commit of store.journal.append",
        *SENDING,
    ):
        assert found[step], sorted(found)
    for room in ("desk.", "outbound.", "store."):
        assert any(f"commit of {room}" in step for step in found), sorted(found)


@pytest.mark.timeout(1200)
def test_no_promise_breaks_wherever_it_dies(
    world: World, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    def crash(step: str, number: int) -> None:
        with running_sink() as sink:
            crash_and_check(world, undisturbed, step, tmp_path / str(number), sink)

    crash_at_each(undisturbed.steps, crash)


@pytest.mark.timeout(1200)
def test_no_promise_breaks_while_it_writes_into_the_outbox(
    world: World, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    """The steps of sending, with the maildir transport."""
    sending = [step for step in undisturbed.steps if step.startswith(SENDING)]

    def crash(step: str, number: int) -> None:
        crash_and_check(world, undisturbed, step, tmp_path / str(number), None)

    crash_at_each(sending, crash)
