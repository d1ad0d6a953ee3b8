"""How Korean stands in mail: every form that clients, web mailers and scripts write, byte by byte.

A `Form` writes a mail: its headers in one way, its text in another, its file name in a third.
Who reads the mail must find the same words in all of them.
"""

import base64
import quopri
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

NAME = "홍길동"
SUBJECT = "주문한 상품이 안 왔어요"
FILE = "2026년 영수증.pdf"
FILE_CONTENT = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n%%EOF\n"
TEXT = "안녕하세요, 지난주에 주문한 상품이 아직 도착하지 않았습니다.\n주문 번호는 4711 입니다."
RARE = "똠방각하와 펲시콜라를 시켰는데 햏 소리가 납니다."
"""Syllables that are in cp949 and not in the EUC-KR of KS X 1001."""

Write = Callable[[str], bytes]
"""A text as it stands in a header field."""

WriteFile = Callable[[str], bytes]
"""The header fields of an attached file of this name."""


def words(label: str, codec: str, *, q: bool = False) -> Write:
    """One encoded word, as Outlook and the Korean web mailers write it."""
    return lambda text: _word(label, text.encode(codec), q=q)


def split_words(label: str, codec: str, *, octets: int, q: bool = False) -> Write:
    """Encoded words of `octets` each, wherever a character ends: against RFC 2047 §5, usual."""

    def write(text: str) -> bytes:
        data = text.encode(codec)
        pieces = [data[at : at + octets] for at in range(0, len(data), octets)]
        return b"\r\n ".join(_word(label, piece, q=q) for piece in pieces)

    return write


def raw(codec: str) -> Write:
    """8-bit octets, which no RFC before 6532 allows and scripts have always sent."""
    return lambda text: text.encode(codec)


def _word(label: str, data: bytes, *, q: bool) -> bytes:
    if q:
        payload = b"".join(
            b"_" if octet == 0x20 else b"=%02X" % octet if octet > 0x7E or octet in b"=?_" else b
            for octet, b in ((octet, bytes([octet])) for octet in data)
        )
        return b"=?" + label.encode() + b"?Q?" + payload + b"?="
    return b"=?" + label.encode() + b"?B?" + base64.b64encode(data) + b"?="


def named_by(write: Write) -> WriteFile:
    """`name` and `filename` in quotes, written like a subject (Outlook Express, Hanmail)."""

    def fields(name: str) -> bytes:
        value = write(name)
        return (
            b'Content-Type: application/pdf; name="' + value + b'"\r\n'
            b'Content-Disposition: attachment; filename="' + value + b'"\r\n'
        )

    return fields


def extended(label: str, codec: str) -> WriteFile:
    """RFC 2231 §4: `filename*=euc-kr''%BF%B5...` (Thunderbird, Apple Mail)."""

    def fields(name: str) -> bytes:
        value = f"{label}''{quote(name.encode(codec), safe='')}"
        return (
            b"Content-Type: application/pdf\r\n"
            b"Content-Disposition: attachment; filename*=" + value.encode() + b"\r\n"
        )

    return fields


def continued(label: str, codec: str) -> WriteFile:
    """RFC 2231 §4.1: in numbered pieces, broken between the octets of a character."""

    def fields(name: str) -> bytes:
        escaped = "".join(f"%{octet:02X}" for octet in name.encode(codec))
        pieces = [escaped[at : at + 24] for at in range(0, len(escaped), 24)]
        head = f"Content-Disposition: attachment;\r\n filename*0*={label}''{pieces[0]}"
        rest = "".join(f";\r\n filename*{n}*={each}" for n, each in enumerate(pieces[1:], 1))
        return b"Content-Type: application/pdf\r\n" + f"{head}{rest}\r\n".encode()

    return fields


def decomposed(fields: WriteFile) -> WriteFile:
    """As macOS hands names out: each syllable taken apart into its letters (NFD)."""
    return lambda name: fields(unicodedata.normalize("NFD", name))


@dataclass(frozen=True, slots=True)
class Form:
    """`content_type` "" leaves all MIME fields away; `text` is what its charset can say."""

    name: str
    codec: str
    header: Write
    file: WriteFile
    content_type: str = ""
    encoding: str = "8bit"
    text: str = TEXT
    page: str = ""
    """An HTML document with `{}` for the text; "" for plain text."""
    line_end: bytes = b"\r\n"

    def mail(
        self, *, message_id: str, sender: str, to: str, subject: str = SUBJECT, file: bool = True
    ) -> bytes:
        """The whole mail: the text, and a PDF with a Korean name when the form has MIME."""
        head = [
            b"From: " + self.header(NAME) + b" <" + sender.encode() + b">",
            b"To: " + to.encode(),
            b"Subject: " + self.header(subject),
            b"Message-ID: <" + message_id.encode() + b">",
            b"Date: Mon, 05 Jan 2026 18:00:00 +0900",
        ]
        body = self._attached() if file and self.has_file else self.part(self.text)
        content = b"\r\n".join(head) + b"\r\n" + body
        return content.replace(b"\r\n", self.line_end)

    @property
    def has_file(self) -> bool:
        return bool(self.content_type)

    def part(self, text: str) -> bytes:
        """The text with the fields that describe it."""
        if self.page:
            text = self.page.format(text.replace("\n", "<br>\n"))
        octets = text.replace("\n", "\r\n").encode(self.codec)
        if not self.content_type:
            return b"\r\n" + octets + b"\r\n"
        fields = f"Content-Type: {self.content_type}\r\nContent-Transfer-Encoding: {self.encoding}"
        return fields.encode() + b"\r\n\r\n" + self._encoded(octets) + b"\r\n"

    def _encoded(self, octets: bytes) -> bytes:
        match self.encoding:
            case "base64":
                return base64.encodebytes(octets).replace(b"\n", b"\r\n").rstrip()
            case "quoted-printable":
                lines = quopri.encodestring(octets.replace(b"\r\n", b"\n"))
                return lines.replace(b"\n", b"\r\n")
            case _:
                return octets

    def _attached(self) -> bytes:
        return b"".join(
            [
                b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=_korean"\r\n\r\n',
                b"--=_korean\r\n",
                self.part(self.text),
                b"--=_korean\r\n",
                self.file(FILE),
                b"Content-Transfer-Encoding: base64\r\n\r\n",
                base64.encodebytes(FILE_CONTENT).replace(b"\n", b"\r\n"),
                b"--=_korean--\r\n",
            ]
        )


def plain(label: str) -> str:
    return f'text/plain; charset="{label}"'


META = '<html><head><meta http-equiv="Content-Type" content="text/html; charset={}"></head>'
PAGE = "<body><p>{}</p></body></html>"

B_EUC_KR = words("euc-kr", "cp949")
B_KS_C = words("ks_c_5601-1987", "cp949")
B_UTF_8 = words("UTF-8", "utf-8")


def forms() -> Iterator[Form]:
    """All of them; each has a name of its own."""
    yield from _declared()
    yield from _other_labels()
    yield from _undeclared()
    yield from _wrongly_declared()
    yield from _pages()
    yield from _headers_and_names()


def _declared() -> Iterator[Form]:
    euc, ks = named_by(B_EUC_KR), named_by(B_KS_C)
    utf = named_by(B_UTF_8)
    rare = f"{TEXT}\n{RARE}"
    yield Form("euc-kr 8bit", "cp949", B_EUC_KR, euc, plain("euc-kr"))
    yield Form("euc-kr base64", "cp949", B_EUC_KR, euc, plain("EUC-KR"), "base64")
    yield Form(
        "euc-kr quoted-printable", "cp949", B_EUC_KR, euc, plain("euc-kr"), "quoted-printable"
    )
    yield Form("euc-kr said to be 7bit", "cp949", B_EUC_KR, euc, plain("euc-kr"), "7bit")
    yield Form("ks_c_5601-1987 8bit", "cp949", B_KS_C, ks, plain("ks_c_5601-1987"), text=rare)
    yield Form(
        "ks_c_5601-1987 base64", "cp949", B_KS_C, ks, plain("ks_c_5601-1987"), "base64", text=rare
    )
    yield Form(
        "ks_c_5601-1987 quoted-printable", "cp949", B_KS_C, ks, plain("KS_C_5601-1987"),
        "quoted-printable", text=rare,
    )  # fmt: skip
    ms = words("windows-949", "cp949")
    yield Form("windows-949 8bit", "cp949", ms, named_by(ms), plain("windows-949"), text=rare)
    yield Form(
        "iso-2022-kr 7bit", "iso2022_kr", words("iso-2022-kr", "iso2022_kr"), euc,
        plain("iso-2022-kr"), "7bit",
    )  # fmt: skip
    yield Form("utf-8 8bit", "utf-8", B_UTF_8, utf, plain("utf-8"), text=rare)
    yield Form("utf-8 base64", "utf-8", B_UTF_8, utf, plain("UTF-8"), "base64", text=rare)
    yield Form(
        "utf-8 quoted-printable", "utf-8", B_UTF_8, utf, plain("utf-8"), "quoted-printable",
        text=rare,
    )  # fmt: skip
    yield Form(
        "johab 8bit", "johab", words("johab", "johab"), extended("johab", "johab"), plain("johab")
    )


def _other_labels() -> Iterator[Form]:
    """Names under which KS X 1001 and cp949 travel besides."""
    labels = ("cp949", "ms949", "uhc", "KSC5601", "ks_x_1001", "korean", "x-windows-949", "EUCKR")
    for label in labels:
        write = words(label, "cp949")
        yield Form(f"{label} 8bit", "cp949", write, named_by(write), plain(label))


def _undeclared() -> Iterator[Form]:
    for codec, write in (("euc-kr", raw("cp949")), ("utf-8", raw("utf-8"))):
        python = "cp949" if codec == "euc-kr" else codec
        yield Form(f"nothing declared, {codec}", python, write, named_by(write))
        yield Form(f"no charset, {codec}", python, write, named_by(write), "text/plain")
    yield Form("lines in LF alone", "cp949", raw("cp949"), named_by(B_EUC_KR), line_end=b"\n")


def _wrongly_declared() -> Iterator[Form]:
    euc = raw("cp949")
    for label in ("us-ascii", "iso-8859-1", "utf-8", "windows-1252", "x-unknown", "unknown-8bit"):
        yield Form(f"{label}, is euc-kr", "cp949", euc, named_by(euc), plain(label))
    for label in ("us-ascii", "euc-kr"):
        form = f"{label}, is iso-2022-kr"
        yield Form(form, "iso2022_kr", B_EUC_KR, named_by(B_EUC_KR), plain(label), "7bit")
    for label in ("us-ascii", "iso-8859-1", "euc-kr", "x-user-defined"):
        yield Form(f"{label}, is utf-8", "utf-8", raw("utf-8"), named_by(B_UTF_8), plain(label))


def _pages() -> Iterator[Form]:
    euc = named_by(B_EUC_KR)
    page = META.format("euc-kr") + PAGE
    yield Form("page with euc-kr in its meta", "cp949", raw("cp949"), euc, "text/html", page=page)
    yield Form(
        "page in base64 with ks_c_5601-1987 in its meta", "cp949", B_KS_C, euc, "text/html",
        "base64", page=META.format("ks_c_5601-1987") + PAGE,
    )  # fmt: skip
    yield Form(
        "page with HTML 5 meta", "cp949", B_EUC_KR, euc, "text/html",
        page='<!DOCTYPE html><html><head><meta charset="euc-kr"></head>' + PAGE,
    )  # fmt: skip
    yield Form(
        "page turned into utf-8 on its way, meta left", "utf-8", B_UTF_8, euc,
        'text/html; charset="utf-8"', page=page,
    )  # fmt: skip
    yield Form("page without a charset", "cp949", raw("cp949"), euc, "text/html", page=PAGE)


def _headers_and_names() -> Iterator[Form]:
    body = plain("euc-kr")
    for name, write in {
        "euc-kr B words split in a character": split_words("euc-kr", "cp949", octets=7),
        "euc-kr Q words split in a character": split_words("euc-kr", "cp949", octets=7, q=True),
        "ks_c_5601-1987 B words split": split_words("ks_c_5601-1987", "cp949", octets=9),
        "utf-8 B words split in a character": split_words("utf-8", "utf-8", octets=10),
        "utf-8 Q words split in a character": split_words("utf-8", "utf-8", octets=8, q=True),
        "euc-kr Q word": words("euc-kr", "cp949", q=True),
        "utf-8 Q word": words("utf-8", "utf-8", q=True),
    }.items():
        yield Form(name, "cp949", write, named_by(write), body)
    for name, file in {
        "euc-kr file name of RFC 2231": extended("euc-kr", "cp949"),
        "utf-8 file name of RFC 2231": extended("UTF-8", "utf-8"),
        "euc-kr file name in pieces": continued("euc-kr", "cp949"),
        "utf-8 file name in pieces": continued("utf-8", "utf-8"),
        "raw euc-kr file name": named_by(raw("cp949")),
        "raw utf-8 file name": named_by(raw("utf-8")),
        "file name of macOS in RFC 2231": decomposed(extended("utf-8", "utf-8")),
        "file name of macOS in words": decomposed(named_by(B_UTF_8)),
    }.items():
        yield Form(name, "cp949", B_EUC_KR, file, body)
    yield Form(
        "format=flowed", "utf-8", B_UTF_8, extended("utf-8", "utf-8"),
        'text/plain; charset="utf-8"; format=flowed; delsp=yes',
        text=TEXT.replace("아직 ", "아직  \n").replace("번호는 ", "번호는  \n"),
    )  # fmt: skip
