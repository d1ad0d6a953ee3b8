"""The mail that a person forwarded in the text of theirs, where a program says so clearly."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from mailgate.mail.addresslist import read_addresses
from mailgate.mail.dates import read_date
from mailgate.mail.parsed import Attachment, Forwarded, ParsedMail
from mailgate.mail.quotemarks import is_forward_mark, labels_of
from mailgate.mail.subject import is_forward

MAX_LINES = 5_000
_WITHIN = 3
"""Lines between the mark and the first field."""


def read_forwarded(
    subject: str,
    text: str,
    attachments: Sequence[Attachment],
    read_message: Callable[[bytes], ParsedMail],
) -> Forwarded | None:
    """The mail that a person forwards: in the text of theirs, or as an attached message when
    the subject says that it is a forward. `read_message` reads an attached message."""
    inline = _inline(text)
    if inline is not None:
        return replace(inline, attachments=tuple(attachments))
    messages = [found for found in attachments if found.content_type == "message/rfc822"]
    if len(messages) != 1 or not is_forward(subject):
        return None
    inner = read_message(messages[0].content)
    return Forwarded(
        from_=inner.from_claimed,
        date=inner.date,
        subject=inner.subject,
        text=inner.full_text,
        attachments=inner.attachments,
        message_id=inner.message_id,
    )


def _inline(text: str) -> Forwarded | None:
    """The first mail under a line such as `---------- Forwarded message ---------` with a block
    of From and Subject under it; None for everything less clear."""
    lines = text.split("\n", MAX_LINES)[:MAX_LINES]
    mark = next((i for i, line in enumerate(lines) if is_forward_mark(line)), None)
    if mark is None:
        return None
    fields, end = _fields(lines, mark + 1)
    if "from" not in fields or "subject" not in fields:
        return None
    sender = read_addresses(fields["from"].encode()).addresses
    return Forwarded(
        from_=sender[0] if sender else None,
        date=read_date(fields.get("date", "").encode()),
        subject=fields["subject"],
        text="\n".join(lines[end:]).strip("\n"),
    )


def _fields(lines: list[str], start: int) -> tuple[dict[str, str], int]:
    """The block of fields, and where the text begins: behind the blank line that ends it."""
    found: dict[str, str] = {}
    labels = labels_of(lines[start : start + 30])
    latest = ""
    for index, label in enumerate(labels, start):
        line = lines[index].replace("\uff1a", ":", 1)
        if label is not None:
            latest = label
            found.setdefault(label, line.partition(":")[2].strip(" *\t\u00a0"))
        elif not line.strip():
            if found or index - start >= _WITHIN:
                return found, index
        elif latest:
            found[latest] = f"{found[latest]} {line.strip()}"
        else:
            return found, index
    return found, start + len(labels)
