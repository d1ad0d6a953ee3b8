"""Row 29 and what else is hard to read in a list of addresses."""

from collections.abc import Callable

from tests.deciders.hostile_rows import Row, header, holds, keeps


def addresses(title: str, make: Callable[[], bytes]) -> Row:
    """The mail is read in a moment; at most 500 addresses are taken."""
    most = holds("500 addresses at most", lambda r: len(r.mail.to) <= 500)
    return Row(29, title, lambda: header(b"To: " + make()), (keeps(), most), 0.5, 50)


ROWS = (
    addresses("100,000 parentheses", lambda: b"(" * 100_000),
    addresses("5,000 comments in comments", lambda: b"(" * 5000 + b")" * 5000 + b" a@b.kr"),
    addresses("100,000 angles", lambda: b"<" * 100_000),
    addresses("50,000 angles that close", lambda: b"<>" * 50_000),
    addresses("50,000 quotes", lambda: b'"' * 50_000),
    addresses("50,000 quoted words", lambda: b'"a" ' * 50_000 + b"<a@b.kr>"),
    addresses("100,000 commas", lambda: b"," * 100_000),
    addresses("50,000 at signs", lambda: b"@" * 50_000),
    addresses("25,000 pairs", lambda: b"a@b " * 25_000),
    addresses("50,000 words", lambda: b"word " * 50_000 + b"<a@b.kr>"),
    addresses("a local part of 50 KB", lambda: b"a" * 50_000 + b"@b.kr"),
    addresses("50,000 dots", lambda: b"a." * 25_000 + b"@b.kr"),
    addresses("50,000 backslashes", lambda: b'"' + b"\\" * 50_000 + b'" <a@b.kr>'),
    addresses("10,000 groups", lambda: b"g: a@b.kr; " * 10_000),
    addresses("groups in groups", lambda: b"g: " * 10_000 + b"a@b.kr" + b";" * 10_000),
    addresses("20,000 encoded words", lambda: b"=?utf-8?q?a?= " * 20_000 + b"<a@b.kr>"),
    addresses("a route of 10,000 hosts", lambda: b"<" + b"@a," * 10_000 + b"@b:c@d.kr>"),
    addresses("a domain of 50 KB", lambda: b"a@" + b"b." * 25_000 + b"kr"),
    addresses(
        "domains beyond ASCII", lambda: ", ".join(f"a@가{n}.kr" for n in range(3000)).encode()
    ),
    addresses(
        "1,100 addresses", lambda: b", ".join(b"N%d <u%d@x.kr>" % (n, n) for n in range(1100))
    ),
)
