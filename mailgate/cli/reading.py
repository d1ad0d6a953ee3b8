"""Commands that read a message and touch nothing: explain, parse."""

from pathlib import Path
from typing import Annotated

import typer

from mailgate.api import shapes
from mailgate.cli import output, session
from mailgate.cli.options import Json
from mailgate.cli.render import told_text
from mailgate.cli.rows import explained_mail, shown_row
from mailgate.cli.session import CommandError
from mailgate.clock import Clock, SystemClock
from mailgate.daemon.gateway import Gateway
from mailgate.desk.telling.retelling import in_words
from mailgate.mail.address import Address, NullReversePath, ReversePath, UnknownReversePath
from mailgate.mail.envelope import Envelope
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import ParsedMail
from mailgate.model.directory import Directory
from mailgate.model.ids import JournalId

MAX_FILE = 256 * 1024 * 1024
"""Octets; several times what any mail system takes. A device or a disk image is no message."""


def explain(
    what: Annotated[str, typer.Argument(metavar="FILE|ID", help="A message, or a journal number.")],
    *,
    rcpt: Annotated[
        list[str] | None,
        typer.Option(metavar="A", help="The envelope's recipient; else To and Cc, if ours."),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="A", help='The reverse path; "" is the null one.'),
    ] = None,
    trusted: Annotated[
        bool, typer.Option("--trusted", help="As if it came from a trusted network.")
    ] = False,
    json: Json = False,
) -> None:
    """What would become of a message, or what became of it, and why."""
    if what.isascii() and what.isdigit():
        document, locale = _of_row(JournalId(int(what)))
    else:
        document, locale = _of_file(Path(what), rcpt or [], from_, trusted=trusted)
    if json:
        output.print_json(document)
    else:
        output.print_text(told_text(document, locale))


def parse(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Messages.")],
) -> None:
    """What is read in messages, one JSON line a file."""
    clock = SystemClock()
    for file in files:
        output.print_json_line(_parsed(file, clock))


def _parsed(file: Path, clock: Clock) -> shapes.Json:
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_FILE + 1)
    except OSError as error:
        return {"file": str(file), "error": f"cannot be read: {error.strerror or error}"}
    if len(content) > MAX_FILE:
        return {"file": str(file), "error": "cannot be read: larger than 256 MB, so no mail"}
    begun = clock.monotonic()
    mail = parse_mail(content)
    return shapes.parsed(str(file), clock.monotonic() - begun, mail)


def _of_row(number: JournalId) -> tuple[shapes.Json, str]:
    """The stored decision; computed for a row that waits for the worker."""

    async def work(gateway: Gateway) -> tuple[shapes.Json, str]:
        shown = await shown_row(gateway, number)
        told = shown.told
        text = [*told.text, *([told.release] if told.release else [])]
        document = {
            **shown.decided,
            "text": text,
            "otherwise": list(told.otherwise),
            "state": shown.row.state.value,
        }
        return document, gateway.settings.gateway.locale

    return session.with_gateway(work)


def _of_file(
    file: Path, rcpt: list[str], from_: str | None, *, trusted: bool
) -> tuple[shapes.Json, str]:
    content = file.read_bytes()
    mail = parse_mail(content)
    recipients = tuple(session.typed(each) for each in rcpt)
    reverse_path = _reverse_path(from_)

    async def work(gateway: Gateway) -> tuple[shapes.Json, str]:
        directory = gateway.context.directory
        envelope = Envelope(reverse_path, recipients or _ours(mail, directory))
        document = await explained_mail(gateway, content, envelope, trusted=trusted)
        locale = gateway.settings.gateway.locale
        return in_words(document, locale), locale

    return session.with_gateway(work)


def _ours(mail: ParsedMail, directory: Directory) -> tuple[Address, ...]:
    named = (each.address for each in (*mail.to, *mail.cc))
    found = tuple(each for each in named if directory.support_for(each) is not None)
    if not found:
        raise CommandError(
            "neither To nor Cc has a support address; name the recipient with --rcpt", 2
        )
    return found


def _reverse_path(text: str | None) -> ReversePath:
    if text is None:
        return UnknownReversePath()
    return NullReversePath() if text in ("", "<>") else session.typed(text)
