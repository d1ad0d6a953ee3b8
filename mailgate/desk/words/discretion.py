"""What must not go along when an agent's words leave for a customer.

The quote cutter takes the quoted notification out of an agent's mail. This is the second
wall, for the mail that it does not understand: neither a notification, nor the agent's own
mailboxes, nor a token that was given to an agent gets out with the text; nor a marker of any
mail of ours, which would bring the answer to the ticket of that mail.
"""

import re
from dataclasses import replace
from functools import lru_cache
from html import escape, unescape
from urllib.parse import quote, unquote

from mailgate.mail.address import Address
from mailgate.mail.parsed import Attachment
from mailgate.mail.quote import MARK, MARK_END
from mailgate.model.directory import Agent
from mailgate.model.seed import Seed
from mailgate.threading.marker import without_markers, without_markers_html
from mailgate.threading.token import MARKER_TEXT, Keyring, Purpose, verify_marker, verify_token

_AT = "(?:@|%40|&#64;)"
_PLUS = r"(?:\+|%2b|&#43;|&#x2b;|&plus;)"
_TOKEN = re.compile(rf"{_PLUS}[tb][a-z2-7]{{32}}(?={_AT})", re.IGNORECASE)
INSIDE_PURPOSES = frozenset({Purpose.AGENT_REPLY, Purpose.AGENT_NOTE, Purpose.SIDE_REPLY})
"""Of tokens that no customer is to have."""
# What a reader does not see: tags inside a line, and places where a line may break.
_UNSEEN = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|big|code|em|font|i|ins|kbd|mark|q|s|samp|small|span|strike|strong"
    r"|sub|sup|tt|u|var|wbr)\b[^<>]*>|&(?:shy|#173|#8203);"
    r"|[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]*>")
_ATTRIBUTE = re.compile(r"(?<= )([a-z-]+)=(?:\"([^\"]*)\"|'([^']*)')")
_URL_CHARACTERS = ":/?#[]@!$&()*+,;=%-._~"
_ROUNDS = 4
"""How often a text is spelt out: a link can be encoded twice."""
_LOWER = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
# A token begins with three bits of the key's number and five of its purpose, and those that are
# looked for are 2, 3 and 10: most words need no look at a signature.
_TOKEN_WINDOW = re.compile(r"(?=(t(?:[aeimquy4][i-p]|[bfjnrvz5][i-l])[a-z2-7]{30}))")
_MARKER_WINDOW = re.compile(rf"(?=refmg([a-z2-7]{{{MARKER_TEXT}}}))")
# A URL inside an attribute of sanitised HTML ends at the quote; the rest is for odd writers.
_CID = re.compile(r"cid:([^\"'\s<>()]+)", re.IGNORECASE)
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_NOTIFICATION = re.compile(rf"{MARK}\s.{{1,400}}?{MARK_END}", re.DOTALL)
_QUOTE_MARKS = " \t>|"


def above_notification(text: str) -> str:
    """What stands above the marker line of a notification of ours; all of it without one."""
    found = _NOTIFICATION.search(text)
    return text if found is None else text[: found.start()].rstrip(_QUOTE_MARKS)


def holds_notification(html: str) -> bool:
    """Whether a notification of ours is quoted in it."""
    return _NOTIFICATION.search(html) is not None


def discreet(text: str, agent: Agent | None, support: Address) -> str:
    """The text with the support address for each mailbox of the agent, and without tokens."""
    plain = _TOKEN.sub("", text)
    if agent is None:
        return plain
    return _mailboxes((agent.address, *agent.also)).sub(str(support), plain)


def discreet_html(html: str, agent: Agent | None, support: Address, keyring: Keyring) -> str:
    """The same of HTML: also where a link is percent-encoded, and where tags that nobody sees
    cut an address in pieces. Markers are gone too."""

    def attribute(found: re.Match[str]) -> str:
        meant = _spelt_out(found[2] if found[2] is not None else found[3])
        clean = discreet(meant, agent, support)
        if clean == meant:
            return found[0]
        kept = (
            quote(clean, safe=_URL_CHARACTERS) if found[1] in {"href", "src", "data-src"} else clean
        )
        return f'{found[1]}="{escape(kept)}"'

    html = without_markers_html(keyring, html)
    plain = discreet(_ATTRIBUTE.sub(attribute, html), agent, support)
    plain = _replaced_as_seen(plain, _TOKEN, "")
    if agent is None:
        return plain
    return _replaced_as_seen(plain, _mailboxes((agent.address, *agent.also)), str(support))


def _replaced_as_seen(html: str, pattern: re.Pattern[str], new: str) -> str:
    """Each match of the pattern in what a reader sees replaced; the tags inside it stay."""
    spans = [found.span() for found in pattern.finditer(_UNSEEN.sub("", html))]
    if not spans:
        return html
    seen: list[int] = []
    past = 0
    for tag in _UNSEEN.finditer(html):
        seen += range(past, tag.start())
        past = tag.end()
    seen += range(past, len(html))
    characters = list(html)
    for start, end in spans:
        for index in seen[start:end]:
            characters[index] = ""
        characters[seen[start]] = new
    return "".join(characters)


def holds_sign(text: str, keyring: Keyring) -> bool:
    """Whether a token that no customer is to have, or a marker of a mail of ours, can be read
    in a text or in HTML, however it is written: encoded, or with anything but letters and
    digits between its letters."""
    forms = {text, _spelt_out(text)}
    forms |= {_TAG.sub("", form) for form in forms}
    return any(_sign_spans(form, keyring) for form in forms)


def without_signs(text: str, keyring: Keyring) -> str:
    """The text without what `holds_sign` finds."""
    text = without_markers(keyring, text)
    if not holds_sign(text, keyring):
        return text
    for form in (text, _spelt_out(text), _TAG.sub("", _spelt_out(text))):
        cut = form
        for start, end in reversed(_sign_spans(form, keyring)):
            cut = cut[:start] + cut[end:]
        if not holds_sign(cut, keyring):
            return cut
    return ""


def _sign_spans(text: str, keyring: Keyring) -> list[tuple[int, int]]:
    """Where they stand in it. The signature decides: no word is ever one."""
    letters = re.sub(r"[^a-z0-9]+", "", text.translate(_LOWER))
    spans = [
        *(
            found.span(1)
            for found in _TOKEN_WINDOW.finditer(letters)
            if _stays_inside(found[1][1:], keyring)
        ),
        *(
            found.span(1)
            for found in _MARKER_WINDOW.finditer(letters)
            if verify_marker(keyring, found[1]) is not None
        ),
    ]
    if not spans:
        return []
    places = [index for index, letter in enumerate(text) if letter.isascii() and letter.isalnum()]
    return [(places[start], places[end - 1] + 1) for start, end in sorted(spans)]


def _stays_inside(text: str, keyring: Keyring) -> bool:
    token = verify_token(keyring, text)
    return token is not None and token.purpose in INSIDE_PURPOSES


def _spelt_out(text: str) -> str:
    """The text with its entities and percent signs undone."""
    for _ in range(_ROUNDS):
        meant = unquote(unescape(text), errors="replace")
        if meant == text:
            break
        text = meant
    return text


@lru_cache(maxsize=1024)
def _mailboxes(addresses: tuple[Address, ...]) -> re.Pattern[str]:
    each = "|".join(
        rf"{re.escape(a.base.localpart)}(?:\+[^\s@<>\"']{{0,64}})?{_AT}{re.escape(a.domain)}"
        for a in addresses
    )
    # Not the end of a longer localpart nor the beginning of a longer label. A dot after it lets
    # nothing pass: it ends a sentence or begins a file's suffix. Nor does a letter beyond ASCII:
    # Korean writes its particles right behind the address.
    return re.compile(rf"(?<![a-z0-9_.+-])(?:{each})(?![a-z0-9-])", re.IGNORECASE)


def discreet_files(
    attachments: tuple[Attachment, ...], agent: Agent | None, support: Address, keyring: Keyring
) -> tuple[Attachment, ...]:
    """The attachments under names without the agent's mailboxes, tokens and markers."""
    return tuple(
        replace(
            one,
            filename=without_signs(discreet(one.filename, agent, support), keyring),
        )
        for one in attachments
    )


def carried(
    html: str | None,
    quoted_html: str | None,
    attachments: tuple[Attachment, ...],
    *,
    domain: str,
    seed: Seed,
) -> tuple[str | None, tuple[Attachment, ...]]:
    """The HTML with Content-IDs of ours for its images, and the attachments that go along.

    A client writes its own domain into its Content-IDs, and two mails may use the same one. An
    image that only the quoted part shows (`quoted_html`, all of the mail's HTML) stays behind:
    it belongs to the mail that was answered. One that nothing shows goes as a plain attachment.
    """
    fresh = {
        one.content_id: f"{index}.{seed.derive('content-id', 8).hex()}@{domain}"
        for index, one in enumerate(attachments, 1)
        if one.content_id
    }
    shown = _content_ids(html)
    quoted = _content_ids(quoted_html) - shown
    kept = tuple(_kept(one, fresh, shown) for one in attachments if one.content_id not in quoted)
    return _relabelled(html, fresh), kept


def _kept(one: Attachment, fresh: dict[str, str], shown: set[str]) -> Attachment:
    if one.content_id is not None and one.content_id in shown:
        return replace(one, content_id=fresh[one.content_id], inline=True)
    return replace(one, content_id=None, inline=False)


def _content_ids(html: str | None) -> set[str]:
    return {_content_id(found) for found in _CID.findall(html)} if html else set()


def _content_id(url: str) -> str:
    """RFC 2392: what follows `cid:` is the percent-encoded Content-ID."""
    octets = unescape(url).encode("utf-8", "replace")
    return _PERCENT.sub(lambda code: bytes.fromhex(code[1].decode()), octets).decode(
        "utf-8", "replace"
    )


def _relabelled(html: str | None, fresh: dict[str, str]) -> str | None:
    if html is None or not fresh:
        return html

    def label(found: re.Match[str]) -> str:
        new = fresh.get(_content_id(found.group(1)))
        return found.group(0) if new is None else f"cid:{new}"

    return _CID.sub(label, html)
