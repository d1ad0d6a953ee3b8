"""The words of a message: the whole text, the visible reply, and both as cleaned HTML."""

import re
from dataclasses import dataclass, replace
from html import unescape
from urllib.parse import unquote

from mailgate.mail.body import Body, BodyPiece
from mailgate.mail.clean import clean_body
from mailgate.mail.html import HtmlReading, from_text, read_html
from mailgate.mail.htmlwords import words_outside_tags
from mailgate.mail.quote import visible_reply

MAX_PLACEHOLDER = 400
"""Characters of a text that only says that there is HTML."""

_INLINE_IMAGE = re.compile(r' src="cid:([^"]*)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Texts:
    """As the fields of `ParsedMail` of the same names."""

    text: str
    full_text: str
    html: str | None
    reply_html: str | None


def read_texts(body: Body, *, forward: bool) -> Texts:
    """The whole text and HTML of all pieces, and the visible reply in both."""
    if not any(piece.htmls for piece in body.pieces):
        full = "\n".join(piece.text or "" for piece in body.pieces).strip("\n")
        return Texts(visible_reply(full, forward=forward), full, None, None)
    alone = len(body.pieces) == 1
    readings = [_reading(piece, forward=forward, alone=alone) for piece in body.pieces]
    full = "\n".join(reading.text for reading in readings).strip("\n")
    reply = "\n".join(reading.reply_text for reading in readings).strip("\n")
    pairs = zip(body.pieces, readings, strict=True)
    if any(reading.reply_text is piece.text for piece, reading in pairs):
        reply = visible_reply(reply, forward=forward)  # that of HTML is found already
    images = frozenset(part.content_id for part in body.attachments if part.content_id)
    return Texts(
        reply,
        full,
        _with_known_images("\n".join(reading.html for reading in readings), images),
        _with_known_images("\n".join(reading.reply_html for reading in readings), images),
    )


def _with_known_images(html: str, images: frozenset[str]) -> str:
    """An inline image that did not come with the mail is marked like a remote one: what `src`
    names is the Content-ID of an attachment (RFC 2392)."""

    def marked(source: "re.Match[str]") -> str:
        known = unquote(unescape(source[1])).strip("<>") in images
        return source[0] if known else f' data-src="cid:{source[1]}"'

    return _INLINE_IMAGE.sub(marked, html) if "cid:" in html else html


def _reading(piece: BodyPiece, *, forward: bool, alone: bool) -> HtmlReading:
    """A piece as HTML, whatever it was written in. Each is cleaned by itself: two parts never
    share a document (EFAIL). Where a piece has a text too, that text is its text, unless it
    only says that there is HTML. The reply in it is found where the piece stands `alone`, else in
    the texts of all."""
    if not piece.htmls:
        text = piece.text or ""
        reply = visible_reply(text, forward=forward)
        return HtmlReading(text, text, from_text(text), from_text(reply))
    readings = [read_html(html, forward=forward) for html in piece.htmls]
    reading = readings[0] if len(readings) == 1 else _joined(readings)
    if piece.text is None or not piece.text.strip():
        return _with_words(reading, piece.htmls)
    if _is_placeholder(piece.text, reading.text):
        # Not said, and not lost: a sender may have written other things in it.
        return replace(reading, text=f"{reading.text}\n\n{piece.text.strip()}")
    if reading.reply_text == reading.text or not reading.reply_text.strip():
        return replace(reading, text=piece.text, reply_text=piece.text)
    reply = visible_reply(piece.text, forward=forward)
    if reply.split() == piece.text.split():
        # The quotation is marked in the HTML alone: its structure is the same in every language,
        # the words above a quotation in the text are not.
        return replace(reading, text=piece.text)
    return replace(reading, text=piece.text, reply_text=reply if alone else piece.text)


def _is_placeholder(text: str, of_html: str) -> bool:
    """`Your mail program shows no HTML` beside a mail in HTML: hardly a word of it is in what
    the HTML says. RFC 2046 §5.1.4: the last alternative is the one that the sender means."""
    if len(text) > MAX_PLACEHOLDER:
        return False
    words = text.casefold().split()
    said = set(of_html.casefold().split())
    return bool(said) and sum(word in said for word in words) * 5 < len(words)


def _with_words(reading: HtmlReading, htmls: list[str]) -> HtmlReading:
    """A page that shows nothing, though there are words in it: they are in an element that is
    never closed (`<title>`, `<style>`), or it is a text that calls itself HTML."""
    if reading.text or "<img" in reading.html:
        return reading
    words = clean_body("\n".join(words_outside_tags(html) for html in htmls))
    html = from_text(words)
    return HtmlReading(words, words, html, html) if words else reading


def _joined(readings: list[HtmlReading]) -> HtmlReading:
    """Several documents, each cleaned by itself before they are put one after the other."""
    return HtmlReading(
        "\n".join(reading.text for reading in readings),
        "\n".join(reading.reply_text for reading in readings),
        "\n".join(reading.html for reading in readings),
        "\n".join(reading.reply_html for reading in readings),
    )
