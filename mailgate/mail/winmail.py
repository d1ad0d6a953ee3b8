"""The winmail.dat among the attachments, opened: its files stand behind it, and its text is
that of a mail that has none of its own.

The file itself stays: it is what was sent, with all that only Outlook can read in it.
"""

from collections.abc import Sequence

from mailgate.mail.parsed import Attachment
from mailgate.mail.tnef import Tnef, is_tnef, read_tnef

MAX_OPENED = 3
"""A mail has one; what more there is stays closed."""

_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


def open_winmail(attachments: Sequence[Attachment]) -> tuple[list[Attachment], list[Tnef]]:
    """All attachments, those of each TNEF stream behind it, and what the streams hold."""
    found: list[Attachment] = []
    streams: list[Tnef] = []
    for attachment in attachments:
        found.append(attachment)
        if len(streams) < MAX_OPENED and _is_winmail(attachment):
            stream = read_tnef(attachment.content)
            if stream is not None:
                streams.append(stream)
                found += stream.attachments
    return found, streams


def _is_winmail(attachment: Attachment) -> bool:
    """By its type, or its name where a gateway took the type away."""
    is_named = attachment.filename.lower() in {"winmail.dat", "win.dat"}
    return (is_named or attachment.content_type in _TYPES) and is_tnef(attachment.content)
