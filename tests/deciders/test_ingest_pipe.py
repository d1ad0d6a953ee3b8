"""`mailgate ingest`: what an MTA is told by the exit code (sysexits.h, Postfix pipe(8))."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from mailgate.ingest.pipe import ExitCode, PipeOutcome, ingest_stdin
from mailgate.mail.address import Address, NullReversePath, ReversePath, UnknownReversePath
from mailgate.model.journal import Arrival, Door
from mailgate.store.errors import StoreUnavailable

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MESSAGE = b"Subject: x\n\nUnix lines, as a pipe has them\n"
SUPPORT = "support@acme.example"


class Pipe:
    """A journal that keeps arrivals in a list, or has an error for each."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.error: Exception | None = None

    def append(self, arrival: Arrival) -> None:
        if self.error is not None:
            raise self.error
        self.arrivals.append(arrival)

    def ingest(
        self,
        content: bytes = MESSAGE,
        recipients: Sequence[str] = (SUPPORT,),
        sender: str | None = None,
    ) -> PipeOutcome:
        return ingest_stdin(
            io.BytesIO(content),
            recipients=recipients,
            sender=sender,
            is_ours=lambda address: address.domain == "acme.example",
            max_size=1000,
            now=NOW,
            append=self.append,
        )


@pytest.fixture
def pipe() -> Pipe:
    return Pipe()


def test_what_goes_into_the_journal(pipe: Pipe) -> None:
    assert pipe.ingest(sender="hong@customer.example") == PipeOutcome(ExitCode.OK)
    (arrival,) = pipe.arrivals
    assert (arrival.door, arrival.at, arrival.content) == (Door.PIPE, NOW, MESSAGE)
    assert arrival.envelope.reverse_path == Address("hong", "customer.example")
    assert arrival.envelope.forward_paths == (Address("support", "acme.example"),)
    assert (arrival.peer, arrival.trusted, arrival.authenticated) == (None, False, None)


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        (None, UnknownReversePath()),
        ("", NullReversePath()),
        ("<>", NullReversePath()),
        ("MAILER-DAEMON", NullReversePath()),
        ("<hong@customer.example>", Address("hong", "customer.example")),
        ("홍@customer.example", Address("홍", "customer.example")),
    ],
)
def test_senders(pipe: Pipe, sender: str | None, expected: ReversePath) -> None:
    """RFC 6531 §3.3: a localpart may be beyond ASCII."""
    pipe.ingest(sender=sender)
    assert pipe.arrivals[0].envelope.reverse_path == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"From hong@x.example Sun Nov 22 02:19:55 2026", Address("hong", "x.example")),
        (b"From MAILER-DAEMON Sun Nov 22 02:19:55 2026", NullReversePath()),
        (b"From root Sun Nov 22 02:19:55 2026", UnknownReversePath()),
        (b"From \xff@\xfe Sun Nov 22 02:19:55 2026", UnknownReversePath()),
        (b"From ", UnknownReversePath()),
        (b"From: hong@customer.example", UnknownReversePath()),
    ],
)  # fmt: skip
def test_the_line_above_the_header_section_names_the_sender(
    pipe: Pipe, line: bytes, expected: ReversePath
) -> None:
    """RFC 4155; procmail writes it. The bytes are kept as they came."""
    content = line + b"\n" + MESSAGE
    pipe.ingest(content)
    assert pipe.arrivals[0].envelope.reverse_path == expected
    assert pipe.arrivals[0].content == content


def test_from_counts_more_than_the_line(pipe: Pipe) -> None:
    pipe.ingest(b"From root@host.example Sun Nov 22 02:19:55 2026\n" + MESSAGE, sender="<>")
    assert pipe.arrivals[0].envelope.reverse_path == NullReversePath()


@pytest.mark.parametrize("sender", ["not an address", "a..b@docomo.example", "a.@docomo.example"])
def test_a_reverse_path_that_is_none_bounces_no_mail(pipe: Pipe, sender: str) -> None:
    """Such addresses were given out by mobile carriers; their owners are customers."""
    assert pipe.ingest(sender=sender).code == 0
    assert pipe.arrivals[0].envelope.reverse_path == UnknownReversePath()


@pytest.mark.parametrize(
    ("content", "recipients", "sender", "code"),
    [
        (MESSAGE, (), None, 64),
        (MESSAGE, ("support",), None, 64),
        (MESSAGE, ("support@elsewhere.example",), None, 67),
        (MESSAGE, (SUPPORT, "x@elsewhere.example"), None, 67),
        (b"x" * 1001, (SUPPORT,), None, 65),
        (b"", (SUPPORT,), None, 66),
    ],
)
def test_permanent_refusals_store_nothing(
    pipe: Pipe, content: bytes, recipients: tuple[str, ...], sender: str | None, code: int
) -> None:
    outcome = pipe.ingest(content, recipients, sender)
    assert outcome.code == code
    assert outcome.sentence
    assert "\n" not in outcome.sentence
    assert pipe.arrivals == []


@pytest.mark.parametrize("error", [StoreUnavailable("locked"), OSError("no room")])
def test_what_is_our_fault_is_75(pipe: Pipe, error: Exception) -> None:
    pipe.error = error
    outcome = pipe.ingest()
    assert outcome.code == 75
    assert outcome.sentence == f"the message could not be stored: {error}"
