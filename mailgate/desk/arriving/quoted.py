"""What of a mail is quoted from us, and so nobody's words."""

from dataclasses import replace

from mailgate.mail.parsed import ParsedMail
from mailgate.threading.evidence import Evidence
from mailgate.threading.marker import without_markers, without_markers_html
from mailgate.threading.token import Keyring


def without_quoted_markers(mail: ParsedMail, evidence: Evidence, keyring: Keyring) -> ParsedMail:
    """The mail with a visible reply that holds no marker of ours, as a cutter leaves one that
    missed the quoted mail or kept its lines. All of the text and the HTML stay as they came."""
    if not evidence.markers:
        return mail
    html = _without(mail.reply_html, keyring)
    return replace(mail, text=without_markers(keyring, mail.text), reply_html=html)


def whole(mail: ParsedMail, keyring: Keyring) -> tuple[str, str | None]:
    """All of its text and HTML, for a mail that says nothing else, but for our markers."""
    return without_markers(keyring, mail.full_text), _without(mail.html, keyring)


def _without(html: str | None, keyring: Keyring) -> str | None:
    return None if html is None else without_markers_html(keyring, html)
