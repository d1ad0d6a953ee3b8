"""winmail.dat ([MS-OXTNEF]): its files, its text, compressed RTF ([MS-OXRTFCP]) and the HTML in
RTF ([MS-OXRTFEX])."""

import base64
import binascii
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.lzfu import decompress
from mailgate.mail.parse import parse_mail
from mailgate.mail.rtf import read_rtf
from mailgate.mail.tnef import Tnef, read_tnef
from tests.deciders import tnef_writer as write
from tests.harness.effort import at_most


def read(*attributes: bytes) -> Tnef:
    found = read_tnef(write.stream(*attributes))
    assert found is not None
    return found


def test_files_with_long_names_types_and_content_ids() -> None:
    found = read(
        write.code_page(949),
        write.file(
            b"QUOTE~1.PDF",
            b"%PDF-1.7",
            write.prop(write.UNICODE, write.LONG_NAME, "견적서 2024.pdf"),
            write.prop(write.UNICODE, write.TYPE, "application/pdf"),
        ),
        write.file(
            b"logo.png",
            b"\x89PNG",
            write.named_prop("Name", "x"),
            write.numbered_prop(0x8580, 7),
            write.prop(write.BOOLEAN, 0x7FFE, 1),
            write.prop(write.TIME, 0x3007, 133000000000000000),
            write.prop(write.STRING8, write.CONTENT_ID, b"logo@corp"),
        ),
        write.file("보고서.hwp".encode("cp949"), b"HWP"),
        write.file(b"", b"nameless"),
        write.file(b"empty.txt", b""),
        write.file(b"no content.txt", None),
    )
    assert [(file.filename, file.content_type, file.content) for file in found.attachments] == [
        ("견적서 2024.pdf", "application/pdf", b"%PDF-1.7"),
        ("logo.png", "application/octet-stream", b"\x89PNG"),
        ("보고서.hwp", "application/octet-stream", b"HWP"),
        ("attachment.bin", "application/octet-stream", b"nameless"),
        ("empty.txt", "application/octet-stream", b""),
    ]
    logo = found.attachments[1]
    assert (logo.content_id, logo.inline) == ("logo@corp", True)


def test_content_that_is_a_property() -> None:
    found = read(
        write.file(b"ATT.DAT", None, write.prop(write.BINARY, write.DATA, b"content in a property"))
    )
    assert [file.content for file in found.attachments] == [b"content in a property"]


@pytest.mark.parametrize("name", [b"../../etc/passwd", b"..\\..\\passwd", b"a\x01/passwd"])
def test_names_are_no_paths(name: bytes) -> None:
    found = read(write.file(name, b"x", write.prop(write.STRING8, write.LONG_NAME, name)))
    assert found.attachments[0].filename == "passwd"


TEXTS = {
    "a property in UTF-16": [
        write.message_props(write.prop(write.UNICODE, write.BODY, "안녕 \U0001f600"))
    ],
    "a property in the code page": [
        write.code_page(949),
        write.message_props(write.prop(write.STRING8, write.BODY, "안녕 똠방".encode("cp949"))),
    ],
    "an attribute": [write.code_page(949), write.text_body("안녕 똠방".encode("cp949"))],
    "an attribute in Latin": [write.code_page(1252), write.text_body("Grüße".encode("cp1252"))],
    "RTF": [
        write.message_props(
            write.prop(
                write.BINARY,
                write.RTF,
                write.compressed(rb"{\rtf1\ansi\ansicpg949 \'be\'c8\'b3\'e7\par two\tab x}"),
            )
        )
    ],
}
EXPECTED = ["안녕 \U0001f600", "안녕 똠방", "안녕 똠방", "Grüße", "안녕\ntwo\tx"]


@pytest.mark.parametrize(
    ("attributes", "text"), list(zip(TEXTS.values(), EXPECTED, strict=True)), ids=TEXTS.keys()
)
def test_the_text_of_the_message(attributes: list[bytes], text: str) -> None:
    found = read(*attributes)
    assert (found.text, found.html) == (text, None)


def test_html_as_a_property_in_its_code_page() -> None:
    html = "<p>견적서 똠방</p>"
    found = read(
        write.message_props(
            write.prop(write.LONG, write.CPID, 949),
            write.prop(write.BINARY, write.HTML, html.encode("cp949")),
        )
    )
    assert found.html == html


ENCAPSULATED = (
    rb"{\rtf1\ansi\ansicpg949\fromhtml1 \deff0"
    rb"{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f5\fnil\fcharset129 Gulim;}}"
    rb"{\colortbl\red0\green0\blue0;}{\*\generator Microsoft Exchange Server;}"
    rb"{\*\htmltag64 <html><body>}"
    rb'{\*\htmltag84 <p class="a">}\htmlrtf {\par \htmlrtf0 '
    rb"{\*\htmltag84 <b>}\htmlrtf {\b \htmlrtf0 \f5\'b0\'df\'c0\'fb\htmlrtf }\htmlrtf0 "
    rb"{\*\htmltag92 </b>} \u-21332?\u8364?a\{b\}"
    rb'{\*\mhtmltag84 <img src="x">}{\*\htmltag84 <br>}\htmlrtf \line \htmlrtf0 '
    rb"{\*\htmltag84 &lt;}\htmlrtf <\htmlrtf0 \lquote x\rquote"
    rb"{\*\htmltag92 </p>}\htmlrtf }\htmlrtf0 {\*\htmltag72 </body></html>}}"
)


def test_html_in_rtf_is_taken_out_of_it() -> None:
    html, text = read_rtf(ENCAPSULATED)
    assert text is None
    assert html is not None
    assert html.replace("\n", "") == (
        '<html><body><p class="a"><b>견적</b> 견\u20aca{b}<br>&lt;\u2018x\u2019</p></body></html>'
    )


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1\ansi\ansicpg1252 caf\'e9 \'80}", "café €"),
        (rb"{\rtf1\ansi\ansicpg949 caf\'e9 }", "café "),
        (rb"{\rtf1\ansi{\fonttbl{\f1\fcharset128 x;}}\f1\'93\'fa\'96\'7b}", "日本"),
        (rb"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8}", "При"),
        (rb"{\rtf1\uc2\u54620 ??\u44544 ??!}", "한글!"),
        (rb"{\rtf1\u-10179?\u-8704?}", "\U0001f600"),
        (rb"{\rtf1 a{\*\unknown hidden}b{\pict 00ff}c", "abc"),
        (rb"{\rtf1 a\bin3 {{{b}", "ab"),
        (rb"{\rtf1 {\info{\author Kim}}text\~x}", "text\u00a0x"),
        (rb"{\rtf1 open {\b bold", "open bold"),
    ],
)
def test_rtf_is_read_as_text(rtf: bytes, text: str) -> None:
    assert read_rtf(rtf) == (None, text)


def test_what_is_no_rtf_is_none() -> None:
    assert read_rtf(b"plain") == (None, None)


HELLO = (
    "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
    "0af32068656c090020627705b06c647d0a800fa0"
)
REPEATED = "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0"


def test_the_examples_of_the_specification() -> None:
    """[MS-OXRTFCP] §4.1.1 and §4.1.2."""
    simple = decompress(bytes.fromhex(HELLO))
    assert simple == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert decompress(bytes.fromhex(REPEATED)) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_rtf_that_is_not_compressed() -> None:
    assert decompress(struct.pack("<II4sI", 17, 5, b"MELA", 0) + b"{\\rtf") == b"{\\rtf"


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 4095, 4096, 10_000])
def test_every_length_comes_back(size: int) -> None:
    rtf = bytes(index * 7 % 251 for index in range(size))
    assert decompress(write.compressed(rtf)) == rtf


def test_a_wrong_checksum_or_kind_is_none() -> None:
    good = write.compressed(b"{\\rtf1 x}")
    assert decompress(good[:-3] + b"\x00" + good[-2:]) is None
    assert decompress(good[:8] + b"ABCD" + good[12:]) is None
    assert decompress(good[:10]) is None
    assert decompress(good[:4] + b"\xff\xff\xff\xff" + good[8:]) is None


def embedded(inner: bytes, name: str) -> bytes:
    content = write.IID_MESSAGE + inner
    return write.file(
        b"Message",
        None,
        write.prop(write.UNICODE, 0x3001, name),
        write.prop(write.OBJECT, write.DATA, content),
    )


def test_a_message_in_the_message_gives_its_text_and_files() -> None:
    inner = write.stream(
        write.message_props(write.prop(write.UNICODE, write.BODY, "안의 글")),
        write.file(b"in.txt", b"inside"),
    )
    found = read(embedded(inner, "Fwd 견적"), write.file(b"out.txt", b"outside"))
    assert [(file.filename, file.content) for file in found.attachments] == [
        ("Fwd 견적.txt", "안의 글".encode()),
        ("in.txt", b"inside"),
        ("out.txt", b"outside"),
    ]


def test_messages_are_opened_three_deep() -> None:
    inner = write.stream(write.file(b"deep.txt", b"deep"))
    for level in range(5):
        inner = write.stream(embedded(inner, f"m{level}"))
    found = read_tnef(inner)
    assert found is not None
    assert [file.content[:4] for file in found.attachments] == [b"\x78\x9f\x3e\x22"]


def mail(octets: bytes, body: bytes = b"", content_type: bytes = b"application/ms-tnef") -> bytes:
    return (
        b"From: Kim <kim@corp.example>\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\n' + body + b"\r\n--b\r\n"
        b"Content-Type: " + content_type + b'; name="winmail.dat"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(octets) + b"--b--\r\n"
    )


HIDDEN = "견적 견\u20aca{b}\n<\u2018x\u2019"
WINMAIL = write.stream(
    write.message_props(
        write.prop(write.UNICODE, write.BODY, HIDDEN),
        write.prop(write.BINARY, write.RTF, write.compressed(ENCAPSULATED)),
    ),
    write.file(b"quote.pdf", b"%PDF-1.7"),
)


@pytest.mark.parametrize(
    "content_type",
    [b"application/ms-tnef", b"application/vnd.ms-tnef", b"application/octet-stream"],
)
def test_a_mail_with_winmail_dat_is_opened(content_type: bytes) -> None:
    read = parse_mail(mail(WINMAIL, b"my text", content_type))
    assert read.text == "my text"
    assert [file.filename for file in read.attachments] == ["winmail.dat", "quote.pdf"]
    assert read.attachments[0].content == WINMAIL


def test_the_text_in_it_is_that_of_a_mail_without_one() -> None:
    read = parse_mail(mail(WINMAIL))
    assert read.text == HIDDEN
    assert read.html is not None
    assert "견적" in read.html


def test_winmail_dat_as_uuencode_in_the_text() -> None:
    lines = [WINMAIL[start : start + 45] for start in range(0, len(WINMAIL), 45)]
    block = b"begin 666 winmail.dat\n" + b"".join(map(binascii.b2a_uu, lines)) + b"`\nend\n"
    read = parse_mail(b"From: a@b.example\nSubject: x\n\ntext\n\n" + block)
    assert read.text == "text"
    assert [file.filename for file in read.attachments] == ["winmail.dat", "quote.pdf"]


def test_what_only_calls_itself_so_is_a_file() -> None:
    read = parse_mail(mail(b"no stream", b"text"))
    assert [file.content for file in read.attachments] == [b"no stream"]


@pytest.mark.parametrize("cut", range(0, len(WINMAIL), 7))
def test_what_is_whole_of_a_stream_that_is_cut_off_is_read(cut: int) -> None:
    found = read_tnef(WINMAIL[:cut])
    assert found is None or all(file.content for file in found.attachments)


HOSTILE = {
    "attributes": write.stream(write.attribute(1, 0x00069007, b"") * 300_000),
    "files": write.stream(write.file(b"x", b"y") * 50_000),
    "a length beyond the end": write.stream(struct.pack("<BII", 1, 0x00069003, 0xFFFFFFFF)),
    "a count of properties": write.stream(
        write.attribute(1, 0x00069003, b"\xff\xff\xff\xff" + b"\x01\x00\x01\x00" * 500_000)
    ),
    "a count of values": write.stream(
        write.attribute(
            1, 0x00069003, struct.pack("<IHHI", 1, 0x101E, 0x1000, 0xFFFFFFFF) + bytes(4_000_000)
        )
    ),
    "rtf of braces": write.stream(
        write.message_props(
            write.prop(write.BINARY, write.RTF, write.compressed(b"{\\rtf1" + b"{}" * 1_000_000))
        )
    ),
    "rtf of depth": write.stream(
        write.message_props(
            write.prop(write.BINARY, write.RTF, write.compressed(b"{\\rtf1" + b"{" * 1_000_000))
        )
    ),
    "rtf in every file": write.stream(
        *(
            embedded(
                write.stream(
                    write.message_props(
                        write.prop(
                            write.BINARY, write.RTF, write.compressed(b"{\\rtf1" + b"a" * 10_000)
                        )
                    )
                ),
                f"m{number}",
            )
            for number in range(300)
        )
    ),
}


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_stream_takes_little(octets: bytes) -> None:
    with at_most(2):
        found = read_tnef(octets)
    assert found is not None
    assert len(found.attachments) <= 1_000
    assert sum(len(file.content) for file in found.attachments) <= 2 * len(octets)


def test_rtf_that_unpacks_to_very_much_is_not_read() -> None:
    tokens = (b"\xff" + struct.pack(">H", (0 << 4) | 15) * 8) * 60_000
    head = struct.pack("<II4sI", len(tokens) + 12, 8_000_000, b"LZFu", write.crc(tokens))
    assert decompress(head + tokens) is None


@given(st.binary(max_size=400))
def test_every_stream_has_an_answer(noise: bytes) -> None:
    for octets in (noise, write.stream(noise), write.stream(write.attribute(1, 0x69003, noise))):
        found = read_tnef(octets)
        assert found is None or len(found.attachments) <= 1_000


@given(st.binary(max_size=400))
def test_every_rtf_has_an_answer(noise: bytes) -> None:
    html, text = read_rtf(b"{\\rtf1" + noise)
    assert html is None or text is None
    packed = struct.pack("<II4sI", len(noise) + 12, 5_000, b"LZFu", write.crc(noise)) + noise
    unpacked = decompress(packed)
    assert unpacked is not None
    assert len(unpacked) <= 5_000


@given(st.data())
def test_a_damaged_stream_has_an_answer(data: st.DataObject) -> None:
    octets = bytearray(WINMAIL)
    for _ in range(data.draw(st.integers(1, 8))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    found = read_tnef(bytes(octets))
    assert found is None or isinstance(found, Tnef)
