"""The examples of the RFCs themselves, and what their text says of them."""

import pytest

from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import ParsedMail
from tests.corpus.scores import counted

SCORE = "examples of the RFCs"


def message(*lines: str) -> ParsedMail:
    return parse_mail("\r\n".join(lines).encode("latin-1"))


@pytest.mark.parametrize(
    ("encoded", "shown"),
    [
        ("(=?ISO-8859-1?Q?a?=)", "(a)"),
        ("(=?ISO-8859-1?Q?a?= b)", "(a b)"),
        ("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a?=\r\n       =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
        ("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
        (
            (
                "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n"
                " =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?="
            ),
            "If you can read this you understand the example.",
        ),
    ],
)
@counted(SCORE)
def test_encoded_words(encoded: str, shown: str) -> None:
    """RFC 2047 §8."""
    assert message(f"Subject: {encoded}", "", "").subject == shown


@pytest.mark.parametrize(
    ("field", "name", "address"),
    [
        (
            "=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>",
            "Keith Moore",
            "moore@cs.utk.edu",
        ),
        (
            "=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>",
            "Keld Jørn Simonsen",
            "keld@dkuug.dk",
        ),
        ("=?ISO-8859-1?Q?Andr=E9?= Pirard <PIRARD@vm1.ulg.ac.be>", "André Pirard", None),
        ("=?ISO-8859-1?Q?Olle_J=E4rnefors?= <ojarnef@admin.kth.se>", "Olle Järnefors", None),
        ("=?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?= <paf@nada.kth.se>", "Patrik Fältström", None),
        (
            (
                "Nathaniel Borenstein <nsb@thumper.bellcore.com>\r\n"
                "    (=?iso-8859-8?b?7eXs+SDv4SDs6Pjl8A==?=)"
            ),
            "Nathaniel Borenstein",
            "nsb@thumper.bellcore.com",
        ),
    ],
)
@counted(SCORE)
def test_encoded_names(field: str, name: str, address: str | None) -> None:
    """RFC 2047 §8."""
    (read,) = message(f"To: {field}", "", "").to
    assert read.name == name
    assert address is None or str(read.address) == address


def attached(content_type: str, disposition: str = "attachment") -> str:
    """The name of the only file."""
    mail = message(
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        "--b",
        f"Content-Type: {content_type}",
        f"Content-Disposition: {disposition}",
        "",
        "x",
        "--b--",
    )
    (attachment,) = mail.attachments
    return attachment.filename


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        # §4.1, §4, §4.1 again
        (("application/x-stuff; name*0=tour; name*1=guide.txt",), "tourguide.txt"),
        (
            ("application/x-stuff; name*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",),
            "This is ___fun___",  # `*` is no character of a file name
        ),
        (
            (
                (
                    "application/x-stuff;\r\n name*0*=us-ascii'en'This%20is%20even%20more%20;\r\n"
                    ' name*1*=fun%20;\r\n name*2="isn\'t it!"'
                ),
            ),
            "This is even more fun isn't it!",
        ),
        # RFC 6266 §5 has the same form; the extended one wins
        (
            (
                "application/octet-stream",
                "attachment; filename=\"EURO rates\"; filename*=utf-8''%e2%82%ac%20rates",
            ),
            "€ rates",
        ),
        # RFC 2183 §3
        (
            (
                "image/jpeg",
                (
                    'attachment; filename=genome.jpeg;\r\n modification-date="Wed, 12 Feb 1997'
                    ' 16:29:51 -0500"'
                ),
            ),
            "genome.jpeg",
        ),
    ],
)
@counted(SCORE)
def test_names_of_files(fields: tuple[str, ...], name: str) -> None:
    """RFC 2231 §3 and §4."""
    assert attached(*fields) == name


@counted(SCORE)
def test_a_simple_multipart() -> None:
    """RFC 2046 §5.1.1: the preamble and the epilogue are to be ignored; a part without a header
    is plain text, and its last line end is not of it."""
    mail = message(
        "From: Nathaniel Borenstein <nsb@bellcore.com>",
        "To: Ned Freed <ned@innosoft.com>",
        "Date: Sun, 21 Mar 1993 23:56:48 -0800 (PST)",
        "Subject: Sample message",
        "MIME-Version: 1.0",
        'Content-type: multipart/mixed; boundary="simple boundary"',
        "",
        "This is the preamble.  It is to be ignored, though it",
        "is a handy place for composition agents to include an",
        "explanatory note to non-MIME conformant readers.",
        "",
        "--simple boundary",
        "",
        "This is implicitly typed plain US-ASCII text.",
        "It does NOT end with a linebreak.",
        "--simple boundary",
        "Content-type: text/plain; charset=us-ascii",
        "",
        "This is explicitly typed plain US-ASCII text.",
        "It DOES end with a linebreak.",
        "",
        "--simple boundary--",
    )
    assert mail.full_text.split("\n") == [
        "This is implicitly typed plain US-ASCII text.",
        "It does NOT end with a linebreak.",
        "This is explicitly typed plain US-ASCII text.",
        "It DOES end with a linebreak.",
    ]
    assert (mail.attachments, mail.defects) == ((), ("no message id",))


@counted(SCORE)
def test_a_complex_multipart() -> None:
    """RFC 2049 Appendix A: five parts, of them two texts, one in enriched text, a mail, and a
    multipart/parallel of sound and picture."""
    mail = message(
        "MIME-Version: 1.0",
        "From: Nathaniel Borenstein <nsb@nsb.fv.com>",
        "To: Ned Freed <ned@innosoft.com>",
        "Date: Fri, 07 Oct 1994 16:15:05 -0700 (PDT)",
        "Subject: A multipart example",
        "Content-Type: multipart/mixed;",
        "              boundary=unique-boundary-1",
        "",
        "This is the preamble area of a multipart message.",
        "",
        "--unique-boundary-1",
        "",
        "  ... Some text appears here ...",
        "",
        "--unique-boundary-1",
        "Content-type: text/plain; charset=US-ASCII",
        "",
        "This could have been part of the previous part, but",
        "illustrates explicit versus implicit typing of body parts.",
        "",
        "--unique-boundary-1",
        "Content-Type: multipart/parallel; boundary=unique-boundary-2",
        "",
        "--unique-boundary-2",
        "Content-Type: audio/basic",
        "Content-Transfer-Encoding: base64",
        "",
        "AAAA",
        "",
        "--unique-boundary-2",
        "Content-Type: image/jpeg",
        "Content-Transfer-Encoding: base64",
        "",
        "/9j/",
        "",
        "--unique-boundary-2--",
        "",
        "--unique-boundary-1",
        "Content-type: text/enriched",
        "",
        "This is <bold><italic>enriched.</italic></bold>",
        "<smaller>as defined in RFC 1896</smaller>",
        "",
        "Isn't it",
        "<bigger><bigger>cool?</bigger></bigger>",
        "",
        "--unique-boundary-1",
        "Content-Type: message/rfc822",
        "",
        "From: (mailbox in US-ASCII)",
        "To: (address in US-ASCII)",
        "Subject: (subject in US-ASCII)",
        "Content-Type: Text/plain; charset=ISO-8859-1",
        "Content-Transfer-Encoding: Quoted-printable",
        "",
        "  ... Additional text in ISO-8859-1 goes here ...",
        "",
        "--unique-boundary-1--",
    )
    assert mail.full_text.split() == [
        *["...", "Some", "text", "appears", "here", "..."],
        *["This", "could", "have", "been", "part", "of", "the", "previous", "part,", "but"],
        *["illustrates", "explicit", "versus", "implicit", "typing", "of", "body", "parts."],
        *["This", "is", "enriched.", "as", "defined", "in", "RFC", "1896", "Isn't", "it", "cool?"],
    ]
    assert [each.content_type for each in mail.attachments] == [
        "audio/basic",
        "image/jpeg",
        "message/rfc822",
    ]
    assert mail.attachments[1].content == b"\xff\xd8\xff"
    inner = parse_mail(mail.attachments[2].content)
    assert inner.full_text.strip() == "... Additional text in ISO-8859-1 goes here ..."
    assert inner.subject == "(subject in US-ASCII)"


@counted(SCORE)
def test_quoted_printable() -> None:
    """RFC 2045 §6.7: a soft break is no break, blanks at the end of a line are not there."""
    mail = message(
        "Content-Type: text/plain; charset=us-ascii (Plain text)",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "Now's the time =",
        "for all folk to come=",
        " to the aid of their country.   ",
    )
    assert mail.full_text.rstrip() == (
        "Now's the time for all folk to come to the aid of their country."
    )


@counted(SCORE)
def test_flowed_text() -> None:
    """RFC 3676 §4: a line that ends in a blank goes on in the next; a stuffed blank goes; `-- `
    is no such line."""
    mail = message(
        "Content-Type: text/plain; charset=us-ascii; format=flowed",
        "",
        "`Take some more tea,' the March Hare said to Alice, ",
        "very earnestly.",
        "",
        "`I've had nothing yet,' Alice replied in an offended ",
        "tone, `so I can't take more.'",
        "",
        " From here on it is stuffed.",
        "-- ",
        "Lewis",
    )
    assert mail.full_text.split("\n") == [
        "`Take some more tea,' the March Hare said to Alice, very earnestly.",
        "",
        "`I've had nothing yet,' Alice replied in an offended tone, `so I can't take more.'",
        "",
        "From here on it is stuffed.",
        "-- ",
        "Lewis",
    ]
    assert mail.text.endswith("stuffed.")


@counted(SCORE)
def test_a_digest() -> None:
    """RFC 2046 §5.1.5: a part without a type is a message."""
    mail = message(
        "From: Moderator-Address",
        "To: Recipient-List",
        "Date: Mon, 22 Mar 1994 13:34:51 +0000",
        "Subject: Internet Digest, volume 42",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="---- main boundary ----"',
        "",
        "------ main boundary ----",
        "",
        "  ...Introductory text or table of contents...",
        "",
        "------ main boundary ----",
        'Content-Type: multipart/digest; boundary="---- next message ----"',
        "",
        "------ next message ----",
        "",
        "From: someone-else",
        "Date: Fri, 26 Mar 1993 11:13:32 +0200",
        "Subject: my opinion",
        "",
        "  ...body goes here ...",
        "",
        "------ next message ----",
        "",
        "From: someone-else-again",
        "Date: Fri, 26 Mar 1993 10:07:13 -0500",
        "Subject: my different opinion",
        "",
        "  ... another body goes here ...",
        "",
        "------ next message ------",
        "",
        "------ main boundary ------",
    )
    assert mail.full_text.strip() == "...Introductory text or table of contents..."
    assert [each.filename for each in mail.attachments] == [
        "my opinion.eml",
        "my different opinion.eml",
    ]


@counted(SCORE)
def test_internationalised_header() -> None:
    """RFC 6532 §3: UTF-8 in every field."""
    mail = parse_mail("From: 홍길동 <홍@한국.example>\r\nSubject: 질문\r\n\r\n네".encode())
    assert mail.from_ is not None
    assert mail.from_.name == "홍길동"
    assert mail.from_.address.localpart == "홍"
    assert mail.from_.address.domain == "xn--3e0b707e.example"
    assert (mail.subject, mail.text) == ("질문", "네")
