"""Files that somebody attaches on the command line."""

import mimetypes
from collections.abc import Iterable
from pathlib import Path

from mailgate.mail.parsed import Attachment


def load_attachments(paths: Iterable[Path]) -> tuple[Attachment, ...]:
    """The files with the type that their names suggest. OSError when one cannot be read."""
    return tuple(
        Attachment(
            filename=path.name,
            content_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
            content=path.read_bytes(),
        )
        for path in paths
    )
