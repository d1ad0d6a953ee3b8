"""The mail that a person forwards: in the text of theirs, or as an attached message.

It is what the person shows us, not what its sender sent: display data, never a proof.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.mail.dates import read_written_date
from mailgate.mail.forwardblock import Block, read_block, read_sender
from mailgate.mail.forwardwords import field_of, is_end, is_forward_mark
from mailgate.mail.parsed import Attachment, Forwarded, ParsedMail
from mailgate.mail.quotemarks import attribution_start, is_original_mark, is_rule
from mailgate.mail.subject import base_subject, is_forward

MAX_LINES = 5_000
MAX_TRIES = 200
"""Blocks that are tried: a text full of `From:` lines is no mail."""

MAX_LINE = 2_000
MAX_COLONS = 500
LABEL_ROOM = 70
"""Characters before the colon of a label, quote mark and blanks included."""

_UNDER_MARK = 5
"""Lines under a mark among which an attribution may end."""

_QUOTE = re.compile(r"[ \t]{0,3}>[ \t]?")
_AFTER_TIME = re.compile(r"\d[:.h]\d\d(?::\d\d)?(?:\s?[ap]\.?\s?m\b\.?)?", re.IGNORECASE)
_HEADER_SECTION = re.compile(rb"\s{0,10}(?:From [^\n]{1,200}\n)?[A-Za-z][A-Za-z0-9-]{1,60}:")
_MESSAGES = frozenset({"message/rfc822", "message/global", "message/news"})
_UNKNOWN_TYPES = frozenset(
    {"application/octet-stream", "application/x-unknown", "application/eml", "text/plain"}
)


def read_forwarded(
    subject: str,
    text: str,
    attachments: Sequence[Attachment],
    read_message: Callable[[bytes], ParsedMail],
    sent: datetime | None = None,
) -> Forwarded | None:
    """The mail that a person forwards, None when they do not. Of several it is the first: of
    nested ones the outermost, whose sender the person had it from. `sent` is the Date of the
    mail itself in its own zone, for dates that are written without one. `read_message` reads an
    attached message; it is called once at most."""
    inline = _inline(subject, text, attachments, sent)
    if inline is not None:
        return inline
    messages = [found for found in attachments if _is_message(found)]
    if not messages or not (is_forward(subject) or len(messages) == 1):
        return None
    inner = read_message(messages[0].content)
    if not is_forward(subject) and not _passes_on(subject, text, inner):
        return None
    return Forwarded(
        from_=inner.from_claimed,
        date=inner.date,
        subject=inner.subject,
        text=inner.full_text,
        attachments=inner.attachments,
        message_id=inner.message_id,
    )


def _is_message(attachment: Attachment) -> bool:
    """Some programs and gateways attach a message as a file of no type."""
    if attachment.content_type in _MESSAGES:
        return True
    is_named = attachment.filename.lower().endswith(".eml")
    looks_so = _HEADER_SECTION.match(attachment.content) is not None
    return is_named and attachment.content_type in _UNKNOWN_TYPES and looks_so


def _passes_on(subject: str, text: str, inner: ParsedMail) -> bool:
    """Without a subject that says so: the one attached message is all there is to say, or the
    mail goes by its subject or by none (Gmail leaves it empty when it forwards a file). A text
    about something else with a message beside it shows evidence."""
    if not text.strip() or not subject.strip():
        return True
    return base_subject(subject).casefold() == base_subject(inner.subject).casefold()


def _inline(
    subject: str, text: str, attachments: Sequence[Attachment], sent: datetime | None
) -> Forwarded | None:
    place = find_forward(text, subject)
    if place is None:
        return None
    fields = place.fields
    return Forwarded(
        from_=read_sender(fields["from"]),
        date=read_written_date(fields.get("date", ""), sent),
        subject=fields.get("subject") or base_subject(subject),
        text=_text(text, place.end),
        attachments=tuple(attachments),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a forwarded mail stands, in lines of the text: `start` is the mark (or a rule, or
    the block when there is no mark), `block` the first line of the block, `end` the line behind
    it. `fields` is what the block says, by kind."""

    start: int
    block: int
    end: int
    fields: dict[str, str]


def find_forward(text: str, subject: str) -> Place | None:
    """The forwarded mail in the text of a mail with this subject."""
    if not _may_forward(text, forwards=is_forward(subject)):
        return None
    lines = unquoted_lines(text)
    place = _place(lines, subject)
    if place is None:
        return None
    start = place.start
    while start and (not lines[start - 1].strip() or is_rule(lines[start - 1])):
        start -= 1
    return replace(place, start=start)


def _may_forward(text: str, *, forwards: bool) -> bool:
    """Somewhere a From line, or a line that may say who wrote: without both there is nothing to
    find, and most mails have neither. Only colons are looked for, which is quick. `forwards`:
    the subject says so."""
    colons = 0
    for colon in (":", "\uff1a"):
        position = text.find(colon)
        while position >= 0:
            colons += 1
            if colons > MAX_COLONS or _may_tell(text, position, forwards=forwards):
                return True
            position = text.find(colon, position + 1)
    return False


def _may_tell(text: str, colon: int, *, forwards: bool) -> bool:
    """The colon stands behind a From label, or in an attribution: at its end, or in its time. An
    attribution is believed when the subject or a mark near above it says that the mail forwards."""
    if _opens_field(text, colon):
        return True
    ends = not text[colon + 1 : colon + 20].partition("\n")[0].strip(" \t\u00a0*\r")
    if forwards and ends:
        return True
    return (ends or text[colon - 1 : colon].isdigit()) and _is_near_mark(text, colon)


def _is_near_mark(text: str, colon: int) -> bool:
    """In this line or one of those above it in which `_under_mark` begins to look."""
    end = colon + 1
    for _ in range(_UNDER_MARK + 1):
        start = text.rfind("\n", 0, end) + 1
        line = text[start : min(end, start + MAX_LINE)]
        if line and not _is_text(line) and is_forward_mark(_QUOTE.sub("", line, count=1)):
            return True
        if start == 0:
            break
        end = start - 1
    return False


def _opens_field(text: str, colon: int) -> bool:
    """The colon stands behind a From label."""
    near = max(colon - LABEL_ROOM, 0)
    start = text.rfind("\n", near, colon) + 1
    if start == 0 and near > 0:
        return False
    found = field_of(_QUOTE.sub("", text[start : colon + 1], count=1))
    return found is not None and found[0] == "from"


def unquoted_lines(text: str) -> list[str]:
    """The lines, without the `> ` that Apple Mail and old Thunderbirds put before every line of
    what they forward."""
    lines = text.split("\n", MAX_LINES)[:MAX_LINES]
    return [_QUOTE.sub("", line[:MAX_LINE], count=1) if ">" in line[:4] else line for line in lines]


def _place(lines: list[str], subject: str) -> Place | None:
    """The first header block that forwards. In a mail that is no forward by its subject a mark
    must say so, before anything that is quoted in an answer; or nothing stands above it."""
    forwards = is_forward(subject)
    answers = not forwards and base_subject(subject) != subject.strip()
    tries, is_first = 0, True
    attributed: Place | None = None
    for index, line in enumerate(lines):
        if _is_text(line):
            is_first = False
            continue
        if not line.strip():
            continue
        if is_forward_mark(line):
            place = _under_mark(lines, index)
            if place is not None:
                return place
        else:
            place = _begin(lines, index) if tries < MAX_TRIES else None
            tries += place is not None or field_of(line) is not None
            if place is not None and (forwards or (is_first and not answers)):
                return place
            quoted = place is not None or is_original_mark(line)
            if not forwards and (quoted or _attributes(lines, index)):
                return None
            if forwards and attributed is None and _attributes(lines, index):
                attributed = _attribution(lines, index)
        is_first = is_first and is_rule(line)
    return attributed if forwards else None


def _is_text(line: str) -> bool:
    """No mark, label or attribution of any program looks so. Said first, because it is cheap and
    true of nearly every line."""
    return line[:1].isalnum() and ":" not in line and "\uff1a" not in line


def _attributes(lines: list[str], index: int) -> bool:
    ends = lines[index].rstrip(" \t\u00a0*").endswith((":", "\uff1a"))
    return ends and attribution_start(lines, index) is not None


def _begin(lines: list[str], index: int) -> Place | None:
    """A block without a mark, or under `-----Original Message-----`."""
    if is_original_mark(lines[index]):
        block = read_block(lines, index + 1)
        return _at(index, block) if _says_enough(block.fields) else None
    found = field_of(lines[index])
    if found is None or found[0] in {"to", "cc", "other"}:
        return None
    block = read_block(lines, index)
    return _at(index, block) if block.is_mail else None


def _at(start: int, block: Block) -> Place:
    return Place(start, block.start, block.end, block.fields)


def _under_mark(lines: list[str], mark: int) -> Place | None:
    """The block under a mark; Yandex writes one line instead: `04.03.2024, 15:12, "Hong"
    <h@a.kr>:`."""
    block = read_block(lines, mark + 1)
    if _says_enough(block.fields):
        return _at(mark, block)
    for index in range(mark + 1, min(mark + 1 + _UNDER_MARK, len(lines))):
        if lines[index].strip() and attribution_start(lines, index) is not None:
            place = _attribution(lines, index)
            return replace(place, start=mark) if place else None
    return None


def _says_enough(fields: dict[str, str]) -> bool:
    """Under a mark that says what follows, From and one field more are enough."""
    return "from" in fields and ("subject" in fields or "date" in fields)


def _attribution(lines: list[str], end: int) -> Place | None:
    """`On Mon, 4 Mar 2024 at 15:12, Hong <h@a.kr> wrote:`, which some programs write above a
    forwarded mail too."""
    start = attribution_start(lines, end)
    line = " ".join(lines[end if start is None else start : end + 1])
    sender = read_sender(line)
    if sender is None:
        return None
    name = _AFTER_TIME.split(line.partition("<")[0])[-1].strip(" ,\"'")
    begin = end if start is None else start
    return Place(begin, begin, end + 1, {"from": f"{name} <{sender.address}>", "date": line})


def _text(text: str, start: int) -> str:
    """What stands under the block and a rule (Lotus Notes): to the mark that ends it, or to
    where the quoting ends when the block is quoted too; else to the end of the mail. Proton
    quotes all of the text and not the block."""
    lines = text.split("\n")
    rest = lines[start:]
    while rest and (not rest[0].strip() or is_rule(rest[0])):
        del rest[0]
    if rest and _QUOTE.match(rest[0]):
        under_quoted = start and _QUOTE.match(lines[start - 1])
        if under_quoted or all(_QUOTE.match(line) or not line.strip() for line in rest):
            rest = _quoted_run(rest)
    end = next((index for index, line in enumerate(rest) if is_end(line)), len(rest))
    return "\n".join(rest[:end]).strip("\n").rstrip()


def _quoted_run(lines: list[str]) -> list[str]:
    """The lines up to the first that is not quoted, without one level of quoting."""
    run: list[str] = []
    for line in lines:
        quoted = _QUOTE.match(line)
        if quoted is None and line.strip():
            break
        run.append(line[quoted.end() :] if quoted else line)
    return run
