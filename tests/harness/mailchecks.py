"""What must hold of every mail that was read, whatever its bytes were."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from mailgate.mail.parsed import Attachment, Forwarded, ParsedMail

_BODY_CONTROLS = frozenset(map(chr, range(32))) - set("\t\n\f") | {"\x7f"}
_LINE_CONTROLS = frozenset(map(chr, (*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029)))
_BODIES = {"text", "full_text", "html", "reply_html"}
_ACTIVE = ("<script", "<iframe", "<object", "<embed", "<form", "<meta", "<base", "<link", "<svg")
_MOST = {"to": 500, "cc": 500, "reply_to": 500, "references": 100, "attachments": 2100}
_MOST_SUBJECT = 2_000


def reading_faults(mail: ParsedMail) -> list[str]:
    """Every fault; none for a reading that the store, the logs and people can take."""
    return [*_texts(mail, "mail"), *_sender(mail), *_sizes(mail), *_html(mail), *_reply(mail)]


def _texts(value: object, place: str) -> Iterator[str]:
    if isinstance(value, str):
        yield from _text(value, place)
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item, place)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _texts(getattr(value, one.name), f"{place}.{one.name}")
        if isinstance(value, Attachment):
            yield from _file(value)


def _text(text: str, place: str) -> Iterator[str]:
    try:
        text.encode()
    except UnicodeEncodeError:
        yield f"{place} holds a surrogate"
    is_body = place.rpartition(".")[2] in _BODIES
    bad = (_BODY_CONTROLS if is_body else _LINE_CONTROLS).intersection(text)
    if bad:
        yield f"{place} holds {sorted(bad)!r}"


def _file(file: Attachment) -> Iterator[str]:
    name = file.filename
    if not name or name != name.strip() or set(name) & set('/\\:"<>|?*') or name[0] == ".":
        yield f"file name {name!r}"
    if len(name.encode("utf-8", "replace")) > 150:
        yield f"a file name of {len(name)} characters"
    if file.content_type != file.content_type.lower() or file.content_type.count("/") != 1:
        yield f"content type {file.content_type!r}"


def _sender(mail: ParsedMail) -> Iterator[str]:
    if mail.from_ is not None and mail.from_ != mail.from_claimed:
        yield "two senders"
    everyone = [*mail.to, *mail.cc, *mail.reply_to, *(x for x in (mail.from_claimed,) if x)]
    for one in everyone:
        local, domain = one.address.localpart, one.address.domain
        if not local or not domain or not domain.isascii() or domain != domain.lower():
            yield f"address {one.address!r}"
        if " " in local and local[0] != '"':
            yield f"address with a blank {one.address!r}"


def _sizes(mail: ParsedMail) -> Iterator[str]:
    for name, most in _MOST.items():
        if len(getattr(mail, name)) > most:
            yield f"{len(getattr(mail, name))} {name}"
    if len(mail.subject) > _MOST_SUBJECT:
        yield f"a subject of {len(mail.subject)}"
    forwarded: Forwarded | None = mail.forwarded
    if forwarded is not None and len(forwarded.subject) > _MOST_SUBJECT:
        yield "a long forwarded subject"


def _html(mail: ParsedMail) -> Iterator[str]:
    if (mail.html is None) != (mail.reply_html is None):
        yield "HTML without its reply, or the other way"
    for html in (mail.html, mail.reply_html):
        lowered = (html or "").lower()
        for active in _ACTIVE:
            if active in lowered:
                yield f"HTML holds {active}"


def _reply(mail: ParsedMail) -> Iterator[str]:
    """The visible reply is a part of the whole; it may be empty, for a mail that only quotes.
    In a mail with HTML the two may come from different alternatives."""
    invented = set(mail.text.split()).difference(mail.full_text.split())
    if invented and mail.html is None:
        yield f"the visible reply says what the mail does not: {sorted(invented)[:5]!r}"
