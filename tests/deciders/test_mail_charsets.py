"""Every charset that mail comes in: declared, not declared, and declared wrongly."""

import pytest

from mailgate.mail.charset import codec_of, decode
from mailgate.mail.parse import parse_mail
from tests.deciders.charset_samples import BODIES, CHARSETS, SUBJECTS

Sample = tuple[str, str, str, str]
"""(language, Python's codec, the label, the text)."""


def samples(texts: dict[str, tuple[str, ...]]) -> list[Sample]:
    return [
        (language, codec, label, text)
        for language, charsets in CHARSETS.items()
        for codec, label in charsets
        for text in texts[language]
    ]


SHORT = samples(SUBJECTS)
LONG = samples({language: (body,) for language, body in BODIES.items()})
BY_LABEL_ALONE = frozenset(["mac-roman"])
"""Nobody can tell it from windows-1252 by sight."""
GUESSABLE = [sample for sample in LONG if sample[1] not in BY_LABEL_ALONE]


@pytest.mark.parametrize("sample", SHORT + LONG, ids=lambda s: f"{s[2]}-{s[3][:12]}")
def test_a_declared_charset(sample: Sample) -> None:
    _, codec, label, text = sample
    assert decode(text.encode(codec), label) == text


@pytest.mark.parametrize("label", [None, "us-ascii", "x-unknown", "default", "utf-8"])
def test_short_lines_without_a_label_that_is_right(label: str | None) -> None:
    tried = [s for s in SHORT if s[1] not in BY_LABEL_ALONE]
    wrong = [s for s in tried if decode(s[3].encode(s[1]), label) != s[3]]
    assert wrong == []


@pytest.mark.parametrize("sample", GUESSABLE, ids=lambda s: f"{s[2]}")
@pytest.mark.parametrize("label", [None, "us-ascii", "x-unknown", "utf-8", "iso-8859-1"])
def test_bodies_without_a_label_that_is_right(label: str | None, sample: Sample) -> None:
    _, codec, _, text = sample
    assert decode(text.encode(codec), label) == text


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("utf-8", "euc-kr"),
        ("utf-8", "gb2312"),
        ("utf-8", "big5"),
        ("utf-8", "shift_jis"),
        ("utf-8", "windows-1251"),
        ("cp949", "gb2312"),
        ("cp949", "big5"),
        ("cp949", "shift_jis"),
        ("gbk", "euc-kr"),
        ("gbk", "shift_jis"),
        ("cp932", "euc-kr"),
        ("cp932", "gb2312"),
        ("cp932", "euc-jp"),
        ("euc_jp", "shift_jis"),
        ("euc_jp", "iso-2022-jp"),
        ("cp932", "iso-2022-jp"),
        ("big5", "gb2312"),
    ],
)
def test_east_asian_bodies_with_the_label_of_a_neighbour(codec: str, label: str) -> None:
    bodies = [
        body
        for language, body in BODIES.items()
        if language in {"Korean", "Japanese", "Chinese (simplified)", "Chinese (traditional)"}
        and codec in dict(CHARSETS[language])
    ]
    assert [decode(body.encode(codec), label) for body in bodies] == bodies
    assert bodies


@pytest.mark.parametrize(
    "label",
    [
        *("utf-8;", '"utf-8"', "'UTF-8'", "utf8", "UTF_8", "utf-8 format=flowed", "charset=utf-8"),
        *("3Dutf-8", "utf-8*en", " utf-8 ", "utf-8http-equivContent-Type", "unicode-1-1-utf-8"),
    ],
)
def test_labels_of_utf8(label: str) -> None:
    assert codec_of(label) == "utf-8"


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("ks_c_5601-1987", "cp949"),
        ("KS_C_5601", "cp949"),
        ("CP949", "cp949"),
        ("x-windows-949", "cp949"),
        ("windows-936", "gb18030"),
        ("x-x-big5", "big5hkscs"),
        ("Shift-JIS", "cp932"),
        ("Windows-31J", "cp932"),
        ("_iso-2022-jp$ESC", "iso2022_jp_ext"),
        ("iso-2022-jp-ms", "iso2022_jp_ext"),
        ("iso-2022-kr", "iso2022_kr"),
        ("iso88591", "cp1252"),
        ("ISO_8859-1:1987", "cp1252"),
        ("iso-8859-8-i", "iso8859-8"),
        ("win-1251", "cp1251"),
        ("cp-1250", "cp1250"),
        ("windows1257", "cp1257"),
        ("ibm866", "cp866"),
        ("cp28592", "iso8859-2"),
        ("koi8-r", "koi8-r"),
        ("x-mac-cyrillic", "mac-cyrillic"),
        ("macintosh", "mac-roman"),
        ("ANSI_X3.4-1968", "ascii"),
        ("hz-gb-2312", "hz"),
        ("x-unknown", None),
        ("default", None),
        ("unknown-8bit", None),
        ("", None),
        ("hex", None),
        ("a\0b", None),
    ],
)
def test_what_a_label_means(label: str, codec: str | None) -> None:
    assert codec_of(label) == codec


KOREAN = "안녕하세요. 결제 문의드립니다."


@pytest.mark.parametrize(
    "octets",
    [
        KOREAN.encode("iso2022_kr"),
        KOREAN.encode("iso2022_kr").removeprefix(b"\x1b$)C"),
        b"\x1b$)C\x0e>H3g\x0f a\n\x0e>H3g\nb",
    ],
    ids=["RFC 1557", "no designation", "no shift at the line end"],
)
def test_iso_2022_kr(octets: bytes) -> None:
    text = decode(octets, "iso-2022-kr").lstrip("\n")
    assert text in {KOREAN, "안녕 a\n안녕\nb"}


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"\x1b$B3t<02q<R\x1b(B", "株式会社"),
        (b"\x1b$@3t<02q<R\x1b(J", "株式会社"),
        (b"\x1b$B-j\x1b(B", "㈱"),
        (b"\x1b(I162E\x1b(B", "\uff71\uff76\uff72\uff85"),
        (b"\x1b$B%F%9%H\x1b(B test", "テスト test"),
    ],
)
@pytest.mark.parametrize("label", ["iso-2022-jp", "utf-8", "us-ascii", None, "shift_jis"])
def test_iso_2022_jp_whatever_the_label(octets: bytes, text: str, label: str | None) -> None:
    assert decode(octets, label) == text


def test_utf16_by_mark_label_or_sight() -> None:
    text = "결제 오류 문의 order 20931, please check"
    assert decode(text.encode("utf-16"), None) == text
    assert decode(text.encode("utf-16-le"), "utf-16le") == text
    assert decode(text.encode("utf-16-be"), "utf-16") == text
    assert decode(text.encode("utf-16-le"), "utf-16") == text


@pytest.mark.parametrize("label", ["utf-16", "utf-16le", "utf-32", "utf-7", "hz-gb-2312"])
def test_a_label_of_another_width_on_plain_ascii(label: str) -> None:
    assert decode(b"Hello, order 20931 is late", label) == "Hello, order 20931 is late"


def test_utf7_and_hz() -> None:
    assert decode("결제 오류".encode("utf-7"), "utf-7") == "결제 오류"
    assert decode("订单 ok".encode("hz"), "hz-gb-2312") == "订单 ok"


@pytest.mark.parametrize("label", ["utf-8", None, "us-ascii"])
def test_one_bad_octet_in_utf8_is_one_bad_octet(label: str | None) -> None:
    octets = BODIES["Korean"].encode()
    damaged = octets[:30] + b"\xff" + octets[30:]
    text = decode(damaged, label)
    assert text.count("\ufffd") <= 2
    assert text.endswith("감사합니다.\n홍길동 드림\n")


@pytest.mark.parametrize("label", ["euc-kr", None])
def test_one_bad_octet_in_cp949_is_one_bad_octet(label: str | None) -> None:
    octets = BODIES["Korean"].encode("cp949")
    text = decode(octets[:10] + b"\xff" + octets[10:], label)
    assert text.endswith("감사합니다.\n홍길동 드림\n")


@pytest.mark.parametrize("codec", ["utf-8", "cp949"])
@pytest.mark.parametrize("cut", [1, 2])
def test_a_text_that_is_cut_inside_a_character(codec: str, cut: int) -> None:
    text = "주문한 상품이 아직 도착하지 않았습니다"
    assert decode(text.encode(codec)[:-cut], None).startswith(text[:-2])


def test_a_footer_in_another_charset() -> None:
    """List servers and virus scanners append theirs without looking."""
    octets = "결제 오류 문의드립니다\n".encode() + "수신 거부는 여기를 눌러 주세요".encode("cp949")
    assert decode(octets, "utf-8") == "결제 오류 문의드립니다\n수신 거부는 여기를 눌러 주세요"


HTML = "<html><head>{meta}</head><body>결제 오류 문의드립니다</body></html>"


@pytest.mark.parametrize(
    "meta",
    [
        '<meta charset="euc-kr">',
        "<META CHARSET=euc-kr/>",
        '<meta http-equiv="Content-Type" content="text/html; charset=ks_c_5601-1987">',
        "<meta content='text/html;charset=euc-kr' http-equiv=Content-Type>",
        '<meta charset="utf-8">',
        "",
    ],
)
@pytest.mark.parametrize("label", ["", "; charset=us-ascii", "; charset=utf-8", "; charset=x-foo"])
def test_html_whose_charset_stands_in_it_or_nowhere(meta: str, label: str) -> None:
    header = f"Content-Type: text/html{label}\r\nFrom: a@b.kr\r\n\r\n".encode()
    mail = parse_mail(header + HTML.format(meta=meta).encode("cp949"))
    assert mail.full_text.strip() == "결제 오류 문의드립니다"


def test_a_header_label_that_is_right_is_stronger_than_meta() -> None:
    header = b"Content-Type: text/html; charset=utf-8\r\nFrom: a@b.kr\r\n\r\n"
    mail = parse_mail(header + HTML.format(meta='<meta charset="euc-kr">').encode())
    assert mail.full_text.strip() == "결제 오류 문의드립니다"


def test_a_byte_order_mark_is_strongest() -> None:
    header = b"Content-Type: text/plain; charset=euc-kr\r\nFrom: a@b.kr\r\n\r\n"
    assert parse_mail(header + b"\xef\xbb\xbf" + "문의".encode()).full_text == "문의"
    assert parse_mail(header + "문의".encode("utf-16")).full_text == "문의"
