"""The daemon, with a parser that some mails are poison to.

    python poisoned_daemon.py --config FILE serve

A mail with `poison: raises` makes it raise, `poison: exhausts` makes it find no memory, and
`poison: hangs` never ends. Waits between tries and the parser's deadline are short. The
production code knows nothing of this.
"""

import sys
import threading
from datetime import timedelta
from pathlib import Path

from mailgate.desk.arriving import parsing, worker
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import ParsedMail

SOON = timedelta(milliseconds=200)


def poisoned(content: bytes) -> ParsedMail:
    if b"poison: raises" in content:
        raise RuntimeError("what no parser should do")
    if b"poison: exhausts" in content:
        raise MemoryError
    if b"poison: hangs" in content:
        threading.Event().wait()
    return parse_mail(content)


def main() -> None:
    _, _, config, _ = sys.argv
    parsing.parse_mail = poisoned  # type: ignore[attr-defined]
    parsing.DEADLINE = 1.0
    worker.RETRY_AFTER = (SOON, SOON)
    from mailgate.daemon.serve import serve  # noqa: PLC0415

    sys.exit(serve(Path(config)))


if __name__ == "__main__":
    main()
