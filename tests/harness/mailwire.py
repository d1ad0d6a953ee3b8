"""What is wrong with the bytes of a mail that we send, by the letter of the RFCs.

A reader of its own, strict where the gateway's is kind: whatever it finds is our mistake.
"""

import base64
import binascii
import re
from collections.abc import Iterator

_FIELD = re.compile(rb"[!-9;-~]+: ?")
_ENCODED_WORD = re.compile(rb"=\?([^?]*)\?([^?]*)\?([^?]*)\?=")
_ONCE = {
    b"from",
    b"to",
    b"cc",
    b"reply-to",
    b"subject",
    b"date",
    b"message-id",
    b"in-reply-to",
    b"references",
    b"mime-version",
    b"content-type",
    b"content-transfer-encoding",
    b"content-disposition",
    b"content-id",
}
_NEEDED = {b"from", b"date", b"message-id", b"mime-version", b"content-type"}
_DATE = re.compile(
    rb"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d "
    rb"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d [+-]\d{4}"
)
_IDS = re.compile(rb"<[!-;=?-~]+>(?:\r\n <[!-;=?-~]+>)*")
_QP_LINE = re.compile(rb"(?:[!-<>-~ \t]|=[0-9A-F]{2})*=?")


def wire_faults(content: bytes) -> list[str]:
    """Every fault of a whole message; none for one that may go out."""
    faults = list(_octets(content))
    if faults:
        return faults
    head, _, _ = content.partition(b"\r\n\r\n")
    names = {name for name, _ in _fields(head)}
    faults += [f"no {name.decode()}" for name in sorted(_NEEDED - names)]
    return faults + list(_entity(content))


def _octets(content: bytes) -> Iterator[str]:
    if not content.isascii():
        yield "not seven bit"
    if b"\0" in content:
        yield "NUL"
    if not content.endswith(b"\r\n"):
        yield "no line end at the end"
    if content.count(b"\r\n") != content.count(b"\n") or b"\r" in content.replace(b"\r\n", b""):
        yield "bare CR or LF"
    if max(map(len, content.split(b"\r\n"))) > 998:
        yield "a line over 998 octets"


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """Lower-case names, and values with their folds."""
    found = re.findall(rb"^([^ \t:]+):([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", head, re.MULTILINE)
    return [(name.lower(), value) for name, value in found]


def _entity(content: bytes) -> Iterator[str]:
    head, blank, body = content.partition(b"\r\n\r\n")
    if not blank:
        yield "no blank line after the header"
    for line in head.split(b"\r\n"):
        if line[:1] in {b" ", b"\t"}:
            if not line.strip():
                yield "a folded line of blanks"
        elif not _FIELD.match(line):
            yield f"no field: {line[:60]!r}"
    fields = _fields(head)
    names = [name for name, _ in fields]
    for name in set(names) & _ONCE:
        if names.count(name) > 1:
            yield f"{name.decode()} more than once"
    for name, value in fields:
        yield from _value(name, value.strip())
    yield from _body(dict(fields), body)


def _value(name: bytes, value: bytes) -> Iterator[str]:
    if name == b"date" and not _DATE.fullmatch(value):
        yield f"date {value!r}"
    if name in {b"message-id", b"in-reply-to", b"references", b"content-id"}:
        if not _IDS.fullmatch(value):
            yield f"ids {value[:80]!r}"
        return
    for found in _ENCODED_WORD.finditer(value):
        if len(found[0]) > 75:
            yield "an encoded word over 75"
        try:
            base64.b64decode(found[3], validate=True).decode("utf-8")
        except ValueError:
            yield f"an encoded word that decodes to no text: {found[0]!r}"
    if name in {b"from", b"to", b"cc", b"reply-to"}:
        yield from _addresses(value)
    for line in value.split(b"\r\n"):
        # Only what may not be broken or encoded may stand past column 78.
        words = line.split(b" ")
        if len(line) > 78 and max(map(len, words)) < 40 and b'"' not in line:
            yield f"a line of {len(line)} in {name.decode()}"


def _addresses(value: bytes) -> Iterator[str]:
    """RFC 5322 §3.4 without its obsolete forms; dots anywhere, as in the `name.@docomo.ne.jp`
    that Japanese carriers give, and that no mail program quotes."""
    atom, dotted = rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+"
    quoted = rb'"(?:[^"\\\r\n]|\\[ -~])*"'
    word, blank = rb"(?:%b|%b)" % (atom, quoted), rb"(?:\r\n)? "
    phrase = rb"%b(?:%b%b)*" % (word, blank, word)
    spec = rb"(?:%b|%b)@(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f.:IPv]+\])" % (dotted, quoted)
    mailbox = rb"(?:%b%b<%b>|%b)" % (phrase, blank, spec, spec)
    group = rb"%b:;" % phrase
    one = re.compile(rb"(?:%b|%b)" % (mailbox, group))
    position = 0
    while True:
        found = one.match(value, position)
        if found is None:
            yield f"addresses {value[position : position + 80]!r}"
            return
        position = found.end()
        if position == len(value):
            return
        if not value.startswith(b",\r\n ", position):
            yield f"after an address: {value[position : position + 40]!r}"
            return
        position += 4


def _body(fields: dict[bytes, bytes], body: bytes) -> Iterator[str]:
    content_type = fields.get(b"content-type", b"text/plain").strip()
    encoding = fields.get(b"content-transfer-encoding", b"7bit").strip()
    if content_type.startswith(b"multipart/"):
        yield from _multipart(content_type, body)
    elif encoding == b"base64":
        yield from _base64(body)
    elif encoding == b"quoted-printable":
        for line in body.split(b"\r\n"):
            if len(line) > 76 or line[-1:] in {b" ", b"\t"} or not _QP_LINE.fullmatch(line):
                yield f"quoted-printable {line[:80]!r}"
    elif encoding != b"7bit":
        yield f"encoding {encoding!r}"


def _base64(body: bytes) -> Iterator[str]:
    lines = body.split(b"\r\n")
    if any(len(line) > 76 for line in lines):
        yield "a base64 line over 76"
    try:
        binascii.a2b_base64(b"".join(lines), strict_mode=True)
    except binascii.Error as error:
        yield f"base64: {error}"


def _multipart(content_type: bytes, body: bytes) -> Iterator[str]:
    found = re.search(rb'boundary="([^"]{1,70})"', content_type)
    if found is None:
        yield "no boundary"
        return
    delimiter = b"--" + found[1]
    preamble, *parts = (b"\r\n" + body).split(b"\r\n" + delimiter)
    if preamble.strip() or len(parts) < 2 or parts[-1] != b"--\r\n":
        yield "a multipart that is not closed"
    for part in parts[:-1]:
        if not part.startswith(b"\r\n"):
            yield "a line that only begins like the boundary"
        yield from _entity(part[2:])
