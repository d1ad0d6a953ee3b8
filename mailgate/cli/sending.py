"""Commands by which people write: reply, note, send, forward."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.api.shapes import instant
from mailgate.cli import output, session
from mailgate.cli.attachments import load_attachments
from mailgate.cli.options import Json
from mailgate.cli.session import CommandError
from mailgate.daemon.gateway import Gateway
from mailgate.mail.address import Address
from mailgate.model.delivery import WaitReason
from mailgate.model.ids import DeliveryId, TicketId
from mailgate.model.ticket import Status
from mailgate.store import outbound
from mailgate.store.core import Connection

if TYPE_CHECKING:
    from datetime import datetime

    from mailgate.desk.ticket.replies import Written

Number = Annotated[int, typer.Argument(metavar="ID", help="The ticket's number.")]
As = Annotated[
    str | None, typer.Option("--as", metavar="AGENT", help="On whose behalf; the desk's without.")
]
BodyFile = Annotated[
    str, typer.Option(metavar="F", help="UTF-8 text; - or nothing is standard input.")
]
HtmlFile = Annotated[
    Path | None, typer.Option(metavar="F", help="The same as HTML, in UTF-8; text is made of it.")
]
Attach = Annotated[
    list[Path] | None, typer.Option(metavar="F", help="A file to attach; may be repeated.")
]
Cc = Annotated[list[str] | None, typer.Option(metavar="A", help="Also to; repeatable.")]
Bcc = Annotated[
    list[str] | None, typer.Option(metavar="A", help="Also to, seen by nobody; repeatable.")
]
At = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help='When it leaves: "2026-11-23 09:00" in [gateway] timezone, or '
        "2026-11-23T09:00:00+09:00.",
    ),
]


def reply(
    number: Number,
    *,
    as_: As = None,
    body_file: BodyFile = "-",
    attach: Attach = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="ADDRESS", help="Another support address.")
    ] = None,
    cc: Cc = None,
    bcc: Bcc = None,
    at: At = None,
    json: Json = False,
) -> None:
    """Answer the customer."""
    from mailgate.desk.ticket import replies  # noqa: PLC0415  it reads HTML and quotes

    sender = None if from_ is None else session.typed(from_)
    also, unseen = _typed(cc), _typed(bcc)
    files = load_attachments(attach or [])
    text = _body(body_file)

    def written(conn: Connection, gateway: Gateway) -> _Told:
        now, seed = gateway.clock.now(), gateway.seed()
        request = replies.ReplyRequest(
            ticket=TicketId(number),
            text=text,
            attachments=files,
            agent=session.agent_named(gateway.context.directory, as_),
            from_=sender,
            cc=also,
            bcc=unseen,
            at=_at(gateway, at, now),
        )
        return _with_deliveries(
            conn, replies.reply(conn, gateway.context, request, now=now, seed=seed)
        )

    _tell("answer", session.write(written), json=json)


def note(
    number: Number,
    *,
    as_: As = None,
    body_file: BodyFile = "-",
    attach: Attach = None,
    json: Json = False,
) -> None:
    """Leave a private note; the colleagues are told."""
    from mailgate.desk.ticket import replies  # noqa: PLC0415  it reads HTML and quotes

    files = load_attachments(attach or [])
    text = _body(body_file)

    def written(conn: Connection, gateway: Gateway) -> _Told:
        request = replies.NoteRequest(
            ticket=TicketId(number),
            text=text,
            attachments=files,
            agent=session.agent_named(gateway.context.directory, as_),
        )
        now, seed = gateway.clock.now(), gateway.seed()
        return _with_deliveries(
            conn, replies.note(conn, gateway.context, request, now=now, seed=seed)
        )

    _tell("note", session.write(written), json=json)


def send(
    *,
    from_: Annotated[str, typer.Option("--from", metavar="ADDRESS", help="A support address.")],
    to: Annotated[list[str], typer.Option(metavar="A", help="The recipient; repeatable.")],
    subject: Annotated[str, typer.Option(metavar="S", help="The ticket's subject too.")],
    cc: Cc = None,
    bcc: Bcc = None,
    body_file: Annotated[
        str | None,
        typer.Option(
            metavar="F", help="UTF-8 text; - or nothing is standard input, unless there is HTML."
        ),
    ] = None,
    html_file: HtmlFile = None,
    attach: Attach = None,
    as_: As = None,
    status: Annotated[
        Status, typer.Option(metavar="S", help="The ticket's status.")
    ] = Status.CLOSED,
    tag: Annotated[list[str] | None, typer.Option(metavar="T", help="A tag; repeatable.")] = None,
    at: At = None,
    json: Json = False,
) -> None:
    """Start a conversation: an outbound e-mail, which is a ticket."""
    from mailgate.desk.starts import starting  # noqa: PLC0415  it reads HTML and quotes

    sender, recipients = session.typed(from_), _typed(to)
    also, unseen = _typed(cc), _typed(bcc)
    html = None if html_file is None else _decoded(html_file.read_bytes(), str(html_file))
    text = "" if html is not None and body_file is None else _body(body_file or "-")
    files = load_attachments(attach or [])

    def written(conn: Connection, gateway: Gateway) -> _Told:
        now, seed = gateway.clock.now(), gateway.seed()
        request = starting.StartRequest(
            from_=sender,
            to=recipients,
            subject=subject,
            text=text,
            html=html,
            attachments=files,
            agent=session.agent_named(gateway.context.directory, as_),
            cc=also,
            bcc=unseen,
            status=status,
            tags=tuple(tag or ()),
            at=_at(gateway, at, now),
        )
        return _with_deliveries(
            conn, starting.start(conn, gateway.context, request, now=now, seed=seed)
        )

    _tell("mail", session.write(written), json=json)


def forward(
    number: Number,
    *,
    to: Annotated[str, typer.Option(metavar="A", help="Who is asked; no agent, no customer.")],
    as_: As = None,
    body_file: Annotated[
        str | None,
        typer.Option(metavar="F", help="Words for them, UTF-8; - is standard input. None without."),
    ] = None,
    attach: Attach = None,
    json: Json = False,
) -> None:
    """Ask a third party about the customer's last message, without the customer."""
    from mailgate.desk.by import By  # noqa: PLC0415
    from mailgate.desk.side import sidethread  # noqa: PLC0415  it reads HTML and quotes

    party = session.typed(to)
    files = load_attachments(attach or [])
    text = "" if body_file is None else _body(body_file)

    def written(conn: Connection, gateway: Gateway) -> _Told:
        agent = session.agent_named(gateway.context.directory, as_)
        actor = "operator" if agent is None else str(agent.address)
        by = By(actor, gateway.clock.now(), gateway.seed(), agent)
        words = sidethread.Aside(text, None, files, agent)
        return _with_deliveries(
            conn,
            sidethread.forward_ticket(conn, gateway.context, TicketId(number), party, words, by),
        )

    _tell("forward", session.write(written), json=json)


_Told = tuple["Written", list[DeliveryId]]


def _typed(addresses: list[str] | None) -> tuple[Address, ...]:
    return tuple(session.typed(each) for each in addresses or ())


def _at(gateway: Gateway, text: str | None, now: "datetime") -> "datetime | None":
    from mailgate.desk.words.moments import moment  # noqa: PLC0415  as above

    return None if text is None else moment(text, gateway.context.policy.timezone, now)


def _with_deliveries(conn: Connection, written: "Written") -> _Told:
    """What was written, with the ids by which `queue show` knows its mails."""
    deliveries = outbound.deliveries_of_ticket(conn, written.ticket)
    return written, [each.id for each in deliveries if each.outbound in written.outbound]


def _tell(what: str, told: _Told, *, json: bool) -> None:
    written, deliveries = told
    if json:
        waits = None if written.leaves_at is None else written.waits.value
        document = {
            "ticket": written.ticket,
            "message": written.entry,
            "queued": deliveries,
            "leaves_at": instant(written.leaves_at),
            "wait_reason": waits,
        }
        output.print_json(document)
        return
    mails = len(deliveries)
    print(
        f"{what} {written.entry} on ticket {written.ticket}; "
        f"{mails} mail{'' if mails == 1 else 's'} queued"
    )
    if written.leaves_at is not None:
        numbers = " ".join(str(each) for each in deliveries)
        until = "can be taken back until then" if written.waits is WaitReason.UNDO else "scheduled"
        shown = written.leaves_at.strftime("%Y-%m-%d %H:%M:%S UTC")
        print(f"leaves at {shown} ({until}): mailgate queue cancel {numbers}")


def _body(file: str) -> str:
    if file != "-":
        return _decoded(Path(file).read_bytes(), file)
    if sys.stdin.isatty():
        session.say("Write the text; Ctrl-D on an empty line ends it.")
    return _decoded(sys.stdin.buffer.read(), "standard input")


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(f"{name} is not UTF-8 (byte {error.start})") from None
