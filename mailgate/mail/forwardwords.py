"""Lines that mail programs write around a mail that they forward: marks, ends, header lines.

The words stand in `quotewords` and `quotelabels`; they are compared as `folded` makes them.
"""

import re
import unicodedata

from mailgate.mail import quotelabels, quotewords

MAX_LINE = 200
"""Characters; a longer line is no mark."""

_DECORATION = "-_=*─━—–+~#<>[]()| \t\u00a0"
_DECORATED = re.compile(r"[>\s\u00a0*]{0,10}(?:[-_=*─━—–~#]{2}|\[)")


def folded(text: str) -> str:
    """NFC, casefolded, one blank between words; `İ` is an `i` too."""
    if text.isascii():
        return " ".join(text.lower().split())
    text = unicodedata.normalize("NFC", text).casefold().replace("i\u0307", "i")
    return " ".join(text.replace("’", "'").split())


_MARKS = frozenset(
    folded(name) for names in quotewords.FORWARD_NAMES.values() for name in names.split("|")
)

_BY_WHOM = re.compile(
    r"(?:forwarded by|forwarded message from|forwarded mail from|forwarded from|"
    r"weitergeleitet von|nachricht weitergeleitet von|réacheminé par|transféré par|transmis par|"
    r"message transféré de|reenviado por|mensaje reenviado de|encaminhado por|reencaminhado por|"
    r"inoltrato da|doorgestuurd door|przekazane przez|przesłane przez|переслано|"
    r"vidarebefordrat av|videresendt af|videresendt av|lähettänyt edelleen|přeposláno|přeposlal|"
    r"továbbította|전달자|전달한 사람|転送者|转发人|轉寄者|轉寄人)[ :\uff1a].{1,150}"
)
"""Lotus Notes and mutt name who forwarded it, in the same line: `----- Forwarded by Hong/Seoul
on 03/04/2024 03:12 PM -----`."""

_END = re.compile(
    r"(?:end (?:of )?(?:the )?forwarded (?:message|mail|email)|end forwarded message|"
    r"전달된 메(?:시지|일) 끝|転送(?:された)?メッセージの?(?:終わり|ここまで)|转发的?邮件结束|"
    r"ende der weitergeleiteten (?:nachricht|e-mail)|fin du message (?:transféré|réexpédié)|"
    r"fin del mensaje reenviado|fim da mensagem (?:re)?encaminhada|fine messaggio inoltrato|"
    r"einde doorgestuurd bericht|koniec przekazanej wiadomości|"
    r"(?:конец|завершение) пересылаемого сообщения|кінець пересланого повідомлення)"
)


def is_forward_mark(line: str) -> bool:
    """`---------- Forwarded message ---------`, `Begin forwarded message:`, and the same in
    other languages and of other programs."""
    is_decorated = _DECORATED.match(line) is not None
    if not (is_decorated or line.rstrip(" \t\u00a0*").endswith((":", "\uff1a"))):
        return False
    core = _core(line)
    return core in _MARKS or (is_decorated and _BY_WHOM.match(core) is not None)


def is_end(line: str) -> bool:
    """`----- End forwarded message -----`."""
    return _DECORATED.match(line) is not None and _END.match(_core(line)) is not None


def _core(line: str) -> str:
    """What a mark line says, "" for a line that is none by its form."""
    if not line or len(line) > MAX_LINE:
        return ""
    stripped = line.strip(_DECORATION)
    return folded(stripped.rstrip(": \t\uff1a。")) if stripped else ""


_LABELS = dict.fromkeys(map(folded, quotelabels.OTHER_LABELS), "other") | {
    folded(label): kind
    for kind, languages in quotelabels.LABELS.items()
    for labels in languages.values()
    for label in labels.split("|")
}
_RFC_NAME = re.compile(r"(?:X|Message|In|User|Content|MIME|Return|Delivered|List|Resent|Thread)-")
MAX_BLANKS = 4
"""In the longest label: more are a sentence."""

_EDGES = " \t*_\u00a0\u3000\u200b\ufeff|"


def field_of(line: str) -> tuple[str, str] | None:
    """The kind of a header line (`from`, `date`, `to`, `cc`, `subject`, `other`) and its value,
    without the stars that stand for bold. None when it is no such line."""
    start = line[:60].lstrip(_EDGES)
    ends = [end for end in (start.find(":"), start.find("\uff1a")) if end > 0]
    if not ends:
        return None
    name = start[: min(ends)].strip(_EDGES)
    if name.count(" ") > MAX_BLANKS:
        return None
    kind = _LABELS.get(folded(name))
    if kind is None and _RFC_NAME.match(name) and " " not in name:
        kind = "other"
    if kind is None:
        return None
    offset = line.index(start) if start in line else 0
    return kind, line[offset + min(ends) + 1 :].strip(_EDGES)
