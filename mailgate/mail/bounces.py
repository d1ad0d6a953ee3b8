"""Is a mail the bounce of a mail system, and of which recipients does it tell what?

A report of RFC 3464 is believed first, then fields of such a report in the text, then
X-Failed-Recipients (Exim, Gmail), then the words of the notice. Words count only in a mail
that a machine sent: a person who writes about a bounce, quotes or forwards one, sends none.
"""

import re
from dataclasses import dataclass, replace

from mailgate.mail.address import Address
from mailgate.mail.addresslist import AddressField, read_addresses
from mailgate.mail.body import Body
from mailgate.mail.bouncesigns import Signs, signs_of
from mailgate.mail.bouncetext import LINE, NAMED, SENTENCE, Told, read_notice, told_at
from mailgate.mail.bouncewords import DELAYED, DELIVERED, FINAL
from mailgate.mail.charset import decode
from mailgate.mail.clean import clean_body
from mailgate.mail.dsn import MAX_RECIPIENTS, Group, read_report
from mailgate.mail.header import Header
from mailgate.mail.mime import Part
from mailgate.mail.parsed import DsnRecipient, MailKind
from mailgate.mail.phrases import fold, says
from mailgate.mail.returned import original_id, original_recipient, parted, returned_headers
from mailgate.mail.sesnotes import read_note
from mailgate.mail.statuses import Code, class_of_words, code_in

MAX_REPORTS = 20
MAX_ATTACHED_TEXT = 16_000

_FIELDS = re.compile(
    r"^[ \t>]{0,4}(?:reporting-mta|original-recipient|final-recipient|action)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_RECIPIENT_FIELD = re.compile(
    r"^[ \t>]{0,4}(?:final|original)-recipient[ \t]*:", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Bounce:
    """A notification of a mail system: BOUNCE or DELIVERY_NOTICE, what that was seen by, and
    the recipients it tells of."""

    kind: MailKind
    evidence: tuple[str, ...]
    dsn: tuple[DsnRecipient, ...]


@dataclass(frozen=True, slots=True)
class _Mail:
    """A mail that may be a bounce, taken apart. `returned` is the text below the notice,
    `headers` are the header sections that are given back as parts."""

    header: Header
    notice: str
    returned: str
    headers: list[Header]
    others: frozenset[str]
    subject: str


def read_bounce(
    root: Part, body: Body, senders: AddressField, subject: str, text: str
) -> Bounce | None:
    """The notification that the mail is; None when it is another kind of mail."""
    reports = body.reports[:MAX_REPORTS]
    if noted := read_note(root.header, text):
        return Bounce(_kind_of(noted), ("From: Amazon SNS", "text: a note of Amazon SES"), noted)
    signs = signs_of(root, senders, subject, has_report=bool(reports))
    headers = returned_headers(root, body)
    if not signs.may_suffice(in_parts=bool(headers)):
        return None
    notice, tail = parted(_whole_text(body, text))
    mail = _Mail(
        root.header,
        notice,
        tail,
        headers,
        _named(root.header, senders),
        subject,
    )
    signs = signs.with_text(notice, in_text=bool(tail), in_parts=bool(headers))
    if not signs.suffice:
        return None
    dsn = _recipients(b"\n\n".join(reports), mail, signs)
    known = {each.recipient.key for each in dsn if each.recipient}
    if not dsn and not signs.stand_alone:
        return None
    if known <= mail.others and not (signs.backed or signs.stand_alone):
        return None  # a warning to whom it was sent: `your mailbox is full`
    return Bounce(_kind(dsn, mail), signs.evidence, dsn)


def _whole_text(body: Body, text: str) -> str:
    """The text, or the text files when it has no letters: some systems attach the notice."""
    if text.strip():
        return text
    files = (a.content for a in body.attachments[:MAX_REPORTS] if a.content_type == "text/plain")
    return clean_body("\n\n".join(decode(file[:MAX_ATTACHED_TEXT], None, None) for file in files))


def _recipients(report: bytes, mail: _Mail, signs: Signs) -> tuple[DsnRecipient, ...]:
    groups = read_report(report) if report else ()
    if not any(group.recipient for group in groups):
        groups = _fields_in_text(mail) or groups
    told = read_notice(mail.notice, mail.others, least=_least(signs))
    named = [group for group in groups if group.recipient]
    if named:
        found = [_filled(group, told, mail.notice) for group in named]
    elif failed := _failed_recipients(mail.header):
        found = [_filled(Group(each, "", None, ""), told, mail.notice) for each in failed]
    else:
        found = [_of_words(each, mail) for each in told] or _of_original(groups, mail, signs)
    original = next((g.original_id for g in groups if g.original_id), None) or original_id(
        mail.headers, _below_fields(mail.returned), mail.notice, mail.header
    )
    return tuple(
        DsnRecipient(g.recipient, g.action, g.status, g.diagnostic, original, g.original_recipient)
        for g in found[:MAX_RECIPIENTS]
    )


def _least(signs: Signs) -> int:
    """How surely an address must be a recipient, by how surely the mail is a bounce."""
    if not signs.is_vague:
        return NAMED
    return SENTENCE if signs.sender >= 2 else LINE


def _fields_in_text(mail: _Mail) -> tuple[Group, ...]:
    """The fields of a report that stand in a text part, or in what is given back: a bounce
    that was wrapped into another."""
    for text in (mail.notice, mail.returned):
        start = _FIELDS.search(text)
        if start and _RECIPIENT_FIELD.search(text, start.start()):
            groups = read_report(text[start.start() :].encode("utf-8", "replace"))
            if found := tuple(group for group in groups if group.recipient):
                return found
    return ()


def _below_fields(returned: str) -> str:
    """What a wrapped bounce gives back, instead of the bounce itself."""
    fields = _RECIPIENT_FIELD.search(returned)
    return returned[fields.start() :] if fields else returned


def _failed_recipients(header: Header) -> list[Address]:
    values = header.all("x-failed-recipients")
    return [entry.address for entry in read_addresses(b", ".join(values)).addresses]


def _filled(group: Group, told: tuple[Told, ...], notice: str) -> Group:
    """What a group leaves open is taken from the words about its recipient."""
    same = next((t for t in told if group.recipient and t.address.key == group.recipient.key), None)
    code = same.code if same else None if told else code_in(notice)
    diagnostic = group.diagnostic or (same.diagnostic if same else _said(notice, code))
    status = group.status or (code.value if code else None)
    return _settled(replace(group, status=status, diagnostic=diagnostic), notice)


def _of_words(told: Told, mail: _Mail) -> Group:
    code = told.code or code_in(mail.subject)
    group = Group(told.address, "", code.value if code else None, told.diagnostic)
    return _settled(group, f"{mail.subject}\n{mail.notice}")


def _settled(group: Group, text: str) -> Group:
    """With the action by the words where none is told, and the class of the status by both."""
    action = group.action or _action(group.status, text)
    by_action = {"delayed": "4.0.0", "failed": class_of_words(group.diagnostic or text)}
    return replace(group, action=action, status=group.status or by_action.get(action, "2.0.0"))


def _said(notice: str, code: Code | None) -> str:
    return told_at(notice, code) if code else ""


def _of_original(groups: tuple[Group, ...], mail: _Mail, signs: Signs) -> list[Group]:
    """Nobody is named: it is the one the mail was for. A report that names nobody that can be
    an address still tells why."""
    address = original_recipient(mail.headers, mail.returned) if signs.stand_alone else None
    if groups:
        return [_filled(replace(groups[0], recipient=address), (), mail.notice)]
    if address is None:
        return []
    code = code_in(mail.notice)
    return [_of_words(Told(address, code, _said(mail.notice, code)), mail)]


def _action(status: str | None, text: str) -> str:
    folded = fold(text)
    if (status and status.startswith("2")) or (status is None and says(DELIVERED, folded)):
        return "delivered"
    if says(DELAYED, folded) and not says(FINAL, folded) and not (status or "").startswith("5"):
        return "delayed"
    return "failed"


def _kind(dsn: tuple[DsnRecipient, ...], mail: _Mail) -> MailKind:
    """When nobody is known it is as the words say."""
    if dsn:
        return _kind_of(dsn)
    failed = _action(None, f"{mail.subject} {mail.notice}") == "failed"
    return MailKind.BOUNCE if failed else MailKind.DELIVERY_NOTICE


def _kind_of(dsn: tuple[DsnRecipient, ...]) -> MailKind:
    """A bounce when it failed for anybody, else a notice."""
    failed = any(each.action == "failed" for each in dsn)
    return MailKind.BOUNCE if failed else MailKind.DELIVERY_NOTICE


def _named(header: Header, senders: AddressField) -> frozenset[str]:
    """Who gets a bounce and who sends it: named in it, and not its subject."""
    recipients = [entry for value in header.all("to") for entry in read_addresses(value).addresses]
    return frozenset(entry.address.key for entry in (*recipients, *senders.addresses))
