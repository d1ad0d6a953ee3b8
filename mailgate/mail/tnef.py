"""TNEF ([MS-OXTNEF]): the winmail.dat in which Outlook and Exchange hide text and files.

Only what the octets really hold is given out, and each octet at most once: the result is never
larger than what came in, but for the text, whose compressed form has a cap of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from mailgate.mail.charset import codec_of, decode
from mailgate.mail.clean import clean_body, clean_filename, clean_header
from mailgate.mail.lzfu import decompress
from mailgate.mail.parsed import Attachment
from mailgate.mail.rtf import read_rtf
from mailgate.mail.tnefprops import Value, read_properties

SIGNATURE = b"\x78\x9f\x3e\x22"
MAX_TEXT = 2_000_000
MAX_ATTRIBUTES = 20_000
MAX_FILES = 1_000
MAX_DEPTH = 3
"""Messages in messages."""

MAX_RTF_TEXTS = 3
"""Texts that are unpacked, those of messages inside included."""

_PLAIN, _RTF, _HTML, _CPID = 0x1000, 0x1009, 0x1013, 0x3FDE
_LONG_NAME, _NAME, _DISPLAY_NAME = 0x3707, 0x3704, 0x3001
_CONTENT, _TYPE, _CONTENT_ID = 0x3701, 0x370E, 0x3712
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
_NO_TYPE = "application/octet-stream"
_OBJECT_ID = 16
"""An object begins with the identifier of its interface."""


class _Attribute(IntEnum):
    """§2.1.3.3, by the specification's names: attOemCodepage, attMsgProps, attBody,
    attAttachRenddata (which begins a file), attAttachTitle, attAttachData, attAttachment."""

    CODE_PAGE = 0x9007
    MESSAGE_PROPERTIES = 0x9003
    BODY = 0x800C
    NEW_FILE = 0x9002
    TITLE = 0x8010
    DATA = 0x800F
    FILE_PROPERTIES = 0x9005


@dataclass(frozen=True, slots=True)
class Tnef:
    """What a TNEF stream holds. `text` and `html` are None when it has none."""

    text: str | None
    html: str | None
    attachments: tuple[Attachment, ...]


@dataclass(slots=True)
class _File:
    title: Value | None = None
    content: memoryview | None = None
    properties: dict[int, Value] = field(default_factory=dict)


@dataclass(slots=True)
class _Message:
    code_page: str | None = None
    body: Value | None = None
    properties: dict[int, Value] = field(default_factory=dict)
    files: list[_File] = field(default_factory=list)


@dataclass(slots=True)
class _Budget:
    """What the stream and all messages in it may still have."""

    attributes: int = MAX_ATTRIBUTES
    files: int = MAX_FILES
    rtf_texts: int = MAX_RTF_TEXTS


def is_tnef(content: bytes) -> bool:
    return content.startswith(SIGNATURE)


def read_tnef(content: bytes) -> Tnef | None:
    """What the stream holds, so far as it can be read; None when it is none."""
    if not is_tnef(content):
        return None
    return _read(memoryview(content), _Budget(), MAX_DEPTH)


def _read(data: memoryview, budget: _Budget, depth: int) -> Tnef:
    message = _message(data, budget)
    text, html = _body(message, budget)
    found: list[Attachment] = []
    for file in message.files:
        found += _attachments(file, message.code_page, budget, depth)
    return Tnef(text, html, tuple(found))


def _message(data: memoryview, budget: _Budget) -> _Message:
    message = _Message()
    for identifier, value in _attributes(data, budget):
        match identifier:
            case _Attribute.CODE_PAGE:
                message.code_page = _codec(int.from_bytes(value[:4], "little"))
            case _Attribute.MESSAGE_PROPERTIES:
                message.properties |= read_properties(value)
            case _Attribute.BODY:
                message.body = Value(value, is_unicode=False)
            case _Attribute.NEW_FILE if budget.files > 0:
                budget.files -= 1
                message.files.append(_File())
            case _Attribute.TITLE if message.files:
                message.files[-1].title = Value(value, is_unicode=False)
            case _Attribute.DATA if message.files:
                message.files[-1].content = value
            case _Attribute.FILE_PROPERTIES if message.files:
                message.files[-1].properties |= read_properties(value)
    return message


def _attributes(data: memoryview, budget: _Budget) -> Iterator[tuple[int, memoryview]]:
    """§2.1.3: level, identifier, length, data, checksum. What is cut off or damaged ends it;
    the checksum isn't looked at, for a file that fits by its length is better than none."""
    position = 6
    while position + 9 <= len(data) and budget.attributes > 0:
        budget.attributes -= 1
        identifier = int.from_bytes(data[position + 1 : position + 3], "little")
        length = int.from_bytes(data[position + 5 : position + 9], "little")
        end = position + 9 + length
        if data[position] not in {1, 2} or end > len(data):
            return
        yield identifier, data[position + 9 : end]
        position = end + 2


def _codec(code_page: int) -> str | None:
    return codec_of(f"cp{code_page}") if code_page else None


def _body(message: _Message, budget: _Budget) -> tuple[str | None, str | None]:
    """Text and HTML: each as it stands, else what the RTF holds."""
    properties = message.properties
    text: str | None = _string(properties.get(_PLAIN) or message.body, message.code_page)
    html: str | None = None
    if _HTML in properties:
        cpid = properties.get(_CPID)
        codec = _codec(cpid.number) if cpid else message.code_page
        html = _string(properties[_HTML], codec)
    if not html and _RTF in properties and budget.rtf_texts > 0:
        budget.rtf_texts -= 1
        rtf = decompress(bytes(properties[_RTF].octets))
        found_html, found_text = read_rtf(rtf) if rtf is not None else (None, None)
        html, text = found_html or html, text or found_text
    return clean_body(text or "")[:MAX_TEXT] or None, clean_body(html or "")[:MAX_TEXT] or None


def _string(value: Value | None, codec: str | None) -> str:
    """§2.1.3.1: a string ends with a NUL."""
    if value is None:
        return ""
    octets = bytes(value.octets[: 4 * MAX_TEXT])
    if value.is_unicode:
        return octets.decode("utf-16-le", "replace").partition("\0")[0]
    return decode(octets.partition(b"\0")[0], codec)


def _attachments(
    file: _File, codec: str | None, budget: _Budget, depth: int
) -> Iterator[Attachment]:
    """The file; of a message in the message its text and its files."""
    value = file.properties.get(_CONTENT)
    data = value.octets if value is not None and len(value.octets) else file.content
    if data is None:
        return
    inner = data[_OBJECT_ID:] if value is not None and value.is_object else data
    if bytes(inner[:4]) != SIGNATURE or depth <= 1:
        yield _attachment(file, inner, codec)
        return
    message = _read(inner, budget, depth - 1)
    name = _filename(file, codec) or "message"
    if message.html is not None:
        yield Attachment(clean_filename(f"{name}.html"), "text/html", message.html.encode())
    elif message.text is not None:
        yield Attachment(clean_filename(f"{name}.txt"), "text/plain", message.text.encode())
    yield from message.attachments


def _attachment(file: _File, data: memoryview, codec: str | None) -> Attachment:
    content_type = _string(file.properties.get(_TYPE), codec).strip().lower()
    content_id = clean_header(_string(file.properties.get(_CONTENT_ID), codec)).strip(" <>")
    return Attachment(
        filename=_filename(file, codec) or "attachment.bin",
        content_type=content_type if _MEDIA_TYPE.fullmatch(content_type) else _NO_TYPE,
        content=bytes(data),
        inline=bool(content_id),
        content_id=content_id[:500] or None,
    )


def _filename(file: _File, codec: str | None) -> str:
    """The long name, else the short ones (8.3), else the title, which is 8.3 too at times."""
    values = (*(file.properties.get(key) for key in (_LONG_NAME, _NAME, _DISPLAY_NAME)), file.title)
    names = (clean_filename(_string(value, codec)) for value in values)
    return next(filter(None, names), "")
