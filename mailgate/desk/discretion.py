"""What must not go along when an agent's words leave for a customer.

The quote cutter takes the quoted notification out of an agent's mail. This is the second
wall, for the mail that it does not understand: neither a notification, nor the agent's own
mailboxes, nor a token that was given to an agent gets out with the text.
"""

import re
from dataclasses import replace
from functools import lru_cache
from html import unescape

from mailgate.mail.address import Address
from mailgate.mail.parsed import Attachment
from mailgate.mail.quote import MARK, MARK_END
from mailgate.model.directory import Agent
from mailgate.model.seed import Seed

_AT = "(?:@|%40|&#64;)"
_TOKEN = re.compile(rf"\+[tb][a-z2-7]{{32}}(?={_AT})", re.IGNORECASE)
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
    attachments: tuple[Attachment, ...], agent: Agent | None, support: Address
) -> tuple[Attachment, ...]:
    """The attachments under names without the agent's mailboxes."""
    return tuple(
        replace(one, filename=discreet(one.filename, agent, support)) for one in attachments
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
