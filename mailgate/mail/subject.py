"""The base of a subject: what stays the same when people answer and forward."""

import re

_REPLIES = (
    "re|aw|antw|antwort|sv|vs|odp|r|rif|res|resp|bls|ynt|atb|vá|ats|απ|σχετ|"
    "回复|回覆|答复|答覆|返信|답장|답변|회신"
)
_FORWARDS = (
    "fw|fwd|wg|tr|rv|doorst|vb|vl|i|pd|ilt|trs|enc|fs|továbbítás|πρθ|转发|轉發|轉寄|転送|전달"
)
_PREFIXES = f"{_REPLIES}|{_FORWARDS}"
_PREFIX = re.compile(
    rf"\s*(?:{_PREFIXES})\s{{0,3}}(?:\[\d{{1,4}}\]|\(\d{{1,4}}\)|[\^*]?\d{{1,4}})?\s{{0,3}}[:\uff1a]\s*",
    re.IGNORECASE,
)
_FORWARD = re.compile(rf"\s*(?:\[[^\[\]]{{0,100}}\]\s*)?(?:{_FORWARDS})\s?[:\uff1a]", re.IGNORECASE)
_BLOB = re.compile(r"\s*\[[^\[\]]{0,100}\]\s*")
_TRAILER = re.compile(r"\s*\(fwd\)\s*$", re.IGNORECASE)
MAX_SUBJECT = 2_000


def base_subject(subject: str) -> str:
    """The subject without reply and forward prefixes of any language, however often they
    stand there, and without list tags in front of such a prefix (RFC 5256 §2.1 cuts every
    leading tag; `[urgent] …` is part of what a customer wrote and stays)."""
    rest = subject[:MAX_SUBJECT].strip()
    position = 0
    while cut := _prefix_end(rest, position):
        position = cut
    rest = rest[position:].strip()
    return _TRAILER.sub("", rest) if rest else rest


def is_forward(subject: str) -> bool:
    """The outermost prefix says that the mail forwards another one."""
    return _FORWARD.match(subject[:MAX_SUBJECT]) is not None


def _prefix_end(text: str, start: int) -> int:
    """Behind the prefix that begins at `start`, tags before it included; 0 for none."""
    position = start
    for _ in range(5):
        if found := _PREFIX.match(text, position):
            return found.end()
        blob = _BLOB.match(text, position)
        if blob is None:
            return 0
        position = blob.end()
    return 0
