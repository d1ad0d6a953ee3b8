"""What may stand in a page as a picture is one, whatever it calls itself."""

from base64 import encodebytes

import pytest

from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import Attachment, ParsedMail

NONE = "an image that is none"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0"


def mail(octets: bytes, fields: str, *, kind: str = "related") -> ParsedMail:
    head = (
        "From: hong@customer.example\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: multipart/{kind}; boundary=B\r\n\r\n--B\r\n"
        'Content-Type: text/html\r\n\r\n<p>look</p><img src="cid:a@b">\r\n--B\r\n'
        f"Content-Transfer-Encoding: base64\r\n{fields}\r\n\r\n"
    )
    return parse_mail(head.encode() + encodebytes(octets) + b"\r\n--B--\r\n")


def part(read: ParsedMail) -> Attachment:
    (found,) = read.attachments
    return found


PRETENDERS = {
    "PE": b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0",
    "ELF": b"\x7fELF\2\1\1\0",
    "Mach-O": b"\xcf\xfa\xed\xfe\7\0\0\1",
    "script": b"#!/bin/sh\nrm -r /\n",
    "HTML": b"<!DOCTYPE html><script>alert(1)</script>",
    "zip": b"PK\3\4\x14\0\0\0",
    "PDF": b"%PDF-1.7\n",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "words": b"BM is what we call it, and RIFF as well",
    "nothing": b"",
}


@pytest.mark.parametrize("octets", PRETENDERS.values(), ids=PRETENDERS)
@pytest.mark.parametrize(
    "fields",
    [
        "Content-Type: image/png\r\nContent-ID: <a@b>",
        "Content-Type: image/png; name=a.png\r\nContent-Disposition: inline",
        "Content-Type: image/jpeg\r\nContent-Disposition: inline\r\nContent-ID: <a@b>",
    ],
)
def test_what_is_no_picture_is_a_plain_attachment(octets: bytes, fields: str) -> None:
    read = mail(octets, fields)
    found = part(read)
    assert (found.inline, found.content_id) == (False, None)
    assert found.content == octets, "and it is all there"
    assert NONE in read.defects
    assert ' src="cid:' not in (read.html or "")


PICTURES = {
    "png": PNG,
    "jpeg": JPEG,
    "gif": b"GIF89a\1\0\1\0",
    "webp": b"RIFF\x24\0\0\0WEBPVP8 ",
    "bmp": b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0",
    "tiff": b"II*\0\x08\0\0\0",
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0",
    "x-emf": b"\1\0\0\0\x6c\0\0\0" + bytes(32) + b" EMF",
}


@pytest.mark.parametrize(("name", "octets"), PICTURES.items(), ids=PICTURES)
def test_pictures_are_shown_in_their_page(name: str, octets: bytes) -> None:
    read = mail(octets, f"Content-Type: image/{name}\r\nContent-ID: <a@b>")
    assert (part(read).inline, part(read).content_id) == (True, "a@b")
    assert NONE not in read.defects


def test_a_picture_of_another_kind_than_it_says_is_one() -> None:
    """Outlook calls what was pasted `image001.png`, whatever it is."""
    read = mail(JPEG, "Content-Type: image/png\r\nContent-ID: <a@b>")
    assert part(read).inline
    assert NONE not in read.defects


def test_a_drawing_with_scripts_in_it_is_an_attachment_and_no_lie() -> None:
    read = mail(PRETENDERS["SVG"], "Content-Type: image/svg+xml\r\nContent-ID: <a@b>")
    assert not part(read).inline
    assert NONE not in read.defects


def test_a_file_that_is_shown_nowhere_is_nobodys_lie() -> None:
    fields = "Content-Type: image/png\r\nContent-Disposition: attachment; filename=a.png"
    read = mail(PRETENDERS["PE"], fields, kind="mixed")
    assert not part(read).inline
    assert NONE not in read.defects
