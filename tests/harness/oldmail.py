"""An archive of a help desk: customers ask, agents answer, customers come back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

FIRST = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
WORDS = "The parcel that I ordered has not arrived, and nobody at the shop answers the phone. "


def mail(
    message_id: str,
    *,
    sender: str,
    to: str = "support@acme.example",
    subject: str = "Where is my parcel",
    at: datetime | None = FIRST,
    answers: tuple[str, ...] = (),
    text: str = "Hello.",
    more: tuple[str, ...] = (),
) -> bytes:
    """A plain mail with LF line ends. `answers` are the ids of References, the parent last."""
    fields = [f"From: {sender}", f"To: {to}", f"Subject: {subject}"]
    if message_id:
        fields.append(f"Message-ID: <{message_id}>")
    if at is not None:
        fields.append(f"Date: {format_datetime(at)}")
    if answers:
        fields.append("References: " + " ".join(f"<{one}>" for one in answers))
        fields.append(f"In-Reply-To: <{answers[-1]}>")
    return "\n".join([*fields, *more, "", text, ""]).encode()


def conversations(count: int, *, octets: int = 400) -> Iterator[bytes]:
    """`count` conversations of four mails each: a question, our answer, thanks, our goodbye."""
    text = (WORDS * (octets // len(WORDS) + 1))[:octets]
    for number in range(count):
        customer, at = f"c{number}@customer.example", FIRST + timedelta(minutes=number)
        ids = [f"{number}.{step}@archive.example" for step in range(4)]
        for step, message_id in enumerate(ids):
            ours = step % 2 == 1
            yield mail(
                message_id,
                sender="Acme Support <support@acme.example>" if ours else customer,
                to=customer if ours else "support@acme.example",
                subject=("Re: " if step else "") + f"Order {number}",
                at=at + timedelta(hours=step),
                answers=tuple(ids[:step]),
                text=f"{number}/{step}\n{text}",
            )


def write_mbox(path: Path, mails: Iterator[bytes] | list[bytes]) -> None:
    """mboxrd, as most programs write it."""
    with path.open("wb") as file:
        for content in mails:
            file.write(b"From MAILER-DAEMON Mon Mar  3 09:00:00 2025\n")
            for line in content.split(b"\n"):
                quoted = line.lstrip(b">").startswith(b"From ")
                file.write((b">" if quoted else b"") + line + b"\n")
