"""Reads files as mails in a process of its own, so that its time and memory are theirs alone.

`python -m tests.corpus.reading FOLDER` prints one JSON line a reading: the file, the processor
time in seconds, the exception if there was one. The last line has the growth of the process in
bytes, from before the first mail to its largest.
"""

import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from mailgate.mail.parse import parse_mail

HEAD = b"From: Hong <hong@customer.example>\r\nSubject: Re: question\r\nMIME-Version: 1.0\r\n"


def as_mails(path: Path) -> Iterator[bytes]:
    """The file as it is; a file that is a bare text or page also as the body of a mail."""
    content = path.read_bytes()
    yield content
    if path.suffix != ".eml":
        kind = b"html" if path.suffix == ".html" else b"plain"
        yield HEAD + b"Content-Type: text/" + kind + b"; charset=utf-8\r\n\r\n" + content


def reading(path: Path, content: bytes) -> dict[str, object]:
    begun = time.process_time()
    error = None
    try:
        parse_mail(content)
    except BaseException as failure:  # noqa: BLE001 - which one, is what is asked for
        error = repr(failure)
    return {"file": str(path), "seconds": time.process_time() - begun, "error": error}


def largest() -> int:
    """The most memory that the process ever had. Of /proc: `ru_maxrss` outlives exec, and so
    would be that of the test run which started this process."""
    (line,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(line) * 1024


def main(folder: Path) -> None:
    parse_mail(b"")  # what the room holds once, whatever it reads
    before = largest()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            for content in as_mails(path):
                print(json.dumps(reading(path, content)))
    print(json.dumps({"growth": largest() - before}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
