"""A bounce that tells its recipients in words: which address of the text is whose, and what
was said of it. By lines, each capped; nothing here looks at a line more than once or twice.
"""

import re
from dataclasses import dataclass

from mailgate.mail.address import Address
from mailgate.mail.addresslist import read_addresses
from mailgate.mail.bouncewords import FAILED
from mailgate.mail.phrases import fold, says
from mailgate.mail.statuses import Code, code_in, enhanced_in, reply_in

MAX_LINES = 600
MAX_LINE = 600
MAX_BLOCK_LINES = 14
MAX_DIAGNOSTIC = 500
MAX_NAMED = 100

NAMED, SENTENCE, LINE, LABEL = range(4)
"""How surely an address is a recipient: it stands there; in a sentence that says so; its line
begins with it, or is nothing else; a label or a RCPT command says so."""

_DELIMITERS = r"\s<>@:;,()\[\]\"'|*`{}\u2018-\u201f\u3000-\u9fff\uac00-\ud7a3\uff00-\uffef"
"""Never inside an unquoted address; Chinese, Japanese and Korean words stand right beside it."""
_ADDRESS = re.compile(
    rf"(?:\"[^\"@\s<>]{{1,64}}\"|(?<![^{_DELIMITERS}])[^{_DELIMITERS}]{{1,100}})"
    r"@(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,250}[A-Za-z0-9])?\.[A-Za-z0-9-]{2,63}"
    rf"|[^{_DELIMITERS}/.]{{1,60}}\.[^{_DELIMITERS}/]{{2,60}})"
)
_LINE_START = re.compile(r"[\s>*•·\-–\"'<(\[\d.)#]{0,24}(?:mailto:)?$")
_ID_LINE = re.compile(
    r"[\s>*]{0,8}(?:message-?id|references|in-reply-to|list-\w{1,20})\b", re.IGNORECASE
)
_LABEL = re.compile(
    r"(?<!\w)(?:(?:final|original|failed|bad|invalid|intended|e-?mail|remote)?[ -]?recipients?"
    r"(?:'s)?(?:[ -]e?-?mail)?(?:[ -]address)?(?:es|\(s\)|\(es\))?|rcpt(?: to)?"
    r"|failed address(?:es)?"
    r"|undeliverable address|bad address|failed to|delivery to"
    r"|empfänger(?:adresse)?|destinataires?|destinatari[oa]s?(?:\(s\))?|ontvangers?|odbiorc[ay]"
    r"|получател[ьи]|adresat|mottagare|modtager|mottaker|alıcı|příjemce|címzett"
    r"|người nhận|ผู้รับ|penerima"
    r"|수신자?(?: ?(?:메일)? ?주소)?|수신인|받는 ?(?:사람|이)(?: ?주소)?"
    r"|[宛あ][て]?先(?:アドレス|メールアドレス)?|受信者|送信先(?:アドレス|メールアドレス)?"
    r"|收件人(?:地址)?|收件者|接收者|接收人|收信人)"
    r"[ \t]*(?:[:：=>-]|is|was)?[\s<\"'\[(]{0,6}(?:smtp[:;]|rfc822[:;]|mailto:)?[ <]{0,2}$",
    re.IGNORECASE,
)
_SENDER = re.compile(
    r"(?<!\w)(?:from|(?<!generated )by|sender|(?:generated|expanded) from:?|sent by|reply-to"
    r"|return-path"
    r"|contact(?: us)?|absender|expéditeur|remitente|mittente|afzender|отправител[ья]"
    r"|발신자?|보낸 ?(?:사람|이)"
    r"|差出人|送信者|送信元|发件人|寄件者|发信人|寄件人|postmaster|administrator|support|help ?desk"
    r"|hello|hi|dear|hallo|bonjour|hola|questions|assistance|to report|write to"
    r"|(?:send|please e?-?mail)(?: an?)?(?: e?-?mail)?(?: to)?|mail from|on behalf of|cc|bcc)"
    r"[ \t]*(?:is|at|address|mail|e-mail)?[ \t]*[:：=]?[\s<\"'(\[]{0,6}(?:mailto:)?$",
    re.IGNORECASE,
)
_TO = re.compile(r"^[\s>*]{0,8}(?:to|an|à|para|a|aan|do|кому|받는 ?사람)[ \t]{0,4}:", re.IGNORECASE)
_SYSTEM = re.compile(r"(?:postmaster|mailer-?daemon|mail-daemon|abuse|no-?reply)@", re.IGNORECASE)
_SPEAKS_SMTP = re.compile(r"rcpt to|said:|\bsmtp\b|\.\.\. ", re.IGNORECASE)
_RULE = re.compile(r"[\s]{0,8}[-=*_~#]{3}")


@dataclass(frozen=True, slots=True)
class Mention:
    """An address in the text: how surely it is a recipient, and in which line it stands."""

    address: Address
    tier: int
    line: int


@dataclass(frozen=True, slots=True)
class Told:
    """What the text tells of a recipient; `code` None when it holds none for it."""

    address: Address
    code: Code | None
    diagnostic: str


def read_notice(notice: str, others: frozenset[str], *, least: int = NAMED) -> tuple[Told, ...]:
    """The recipients that the notice names, at least as surely as `least`. `others`: keys of
    the addresses that are named for another reason as well (who gets the bounce, who sends
    it)."""
    lines = [line[:MAX_LINE] for line in notice.split("\n", MAX_LINES)[:MAX_LINES]]
    chosen = _chosen([m for m in _mentions(lines, others) if m.tier >= least], others)
    whole = code_in(notice) if chosen else None
    starts = sorted({mention.line for mentions in chosen.values() for mention in mentions})
    found = [_told(lines, mentions, starts) for mentions in chosen.values()]
    if any(told.code for told in found) or whole is None:
        return tuple(found)
    diagnostic = told_at(notice, whole)
    return tuple(Told(told.address, whole, diagnostic) for told in found)


def told_at(text: str, code: Code) -> str:
    """What is said with a code: from the beginning of its line, or from the reply code before
    it, to the end of the paragraph."""
    start = text.rfind("\n", 0, code.start) + 1
    return _paragraph(text[start : start + 4 * MAX_DIAGNOSTIC])


def _paragraph(text: str) -> str:
    head = text.strip().replace("\r", "").split("\n\n", 1)[0]
    return " ".join(head.split())[:MAX_DIAGNOSTIC]


def _mentions(lines: list[str], others: frozenset[str]) -> list[Mention]:
    found: list[Mention] = []
    before = ""
    for number, line in enumerate(lines):
        if "@" in line and not _ID_LINE.match(line):
            found += _in_line(line, number, before, others)
        before = line if line.strip() else before
        if len(found) > 2 * MAX_NAMED:
            break
    return found


def _in_line(line: str, number: int, before: str, others: frozenset[str]) -> list[Mention]:
    found: list[Mention] = []
    for match in _ADDRESS.finditer(line):
        address = _address(match[0])
        if address is None:
            continue
        tier = _tier(line, match.start(), before)
        if tier == LINE and found and line[match.start() - 1 : match.start()] == "<":
            found.pop()  # `kijitora@a.b <kijitora@a.b>`: the brackets hold the address
        if tier <= SENTENCE and (address.key in others or _SYSTEM.match(match[0])):
            continue
        if tier >= NAMED and not _is_reply_to_sender(line, before):
            found.append(Mention(address, tier, number))
    return found


def _tier(line: str, start: int, before: str) -> int:
    """How surely the address at `start` is a recipient; -1 when it is somebody else."""
    head = line[max(start - 80, 0) : start]
    if _SENDER.search(head):
        return -1
    if _LABEL.search(head):
        return LABEL
    if _LINE_START.match(line[:start]) or _is_repeated(line[:start]):
        return -1 if _SENDER.search(before.rstrip()[-80:]) else LINE
    if _TO.match(line):
        return SENTENCE
    spoken = line if len(line.split()) > 6 else f"{before} {line}"
    return SENTENCE if says(FAILED, fold(spoken)) and not _SPEAKS_SMTP.search(head) else NAMED


def _is_reply_to_sender(line: str, before: str) -> bool:
    """`<<< 501 <me@here>... no access`: what was answered to MAIL FROM names the sender."""
    return line.lstrip().startswith("<<<") and ">>> mail from" in before.casefold()


def _is_repeated(head: str) -> bool:
    """The name before the brackets at the beginning of a line is an address too, or a link
    of Outlook's text: `Kim<mailto:kim@example.kr>`."""
    words = head.strip().removesuffix("<")
    if head.endswith("<mailto:") and len(words) < 80:
        return True
    return bool(_ADDRESS.fullmatch(words.strip(" >*<")))


def _chosen(mentions: list[Mention], others: frozenset[str]) -> dict[str, list[Mention]]:
    """The mentions of each recipient: of the surest kinds that there are. Who gets the bounce
    can be who it is about, when nobody else is (a mail to oneself)."""
    best = max((mention.tier for mention in mentions), default=NAMED)
    sure = [m for m in mentions if m.tier >= min(LINE, best)]
    strangers = [m for m in sure if m.tier == LABEL or m.address.key not in others]
    keys = dict.fromkeys(m.address.key for m in strangers or sure)
    chosen: dict[str, list[Mention]] = {key: [] for key in list(keys)[:MAX_NAMED]}
    for mention in mentions:
        if mention.address.key in chosen:
            chosen[mention.address.key].append(mention)
    return chosen


def _told(lines: list[str], mentions: list[Mention], starts: list[int]) -> Told:
    """Its own block of lines first, then the lines that name it elsewhere (a transcript)."""
    address = max(mentions, key=lambda mention: mention.tier).address
    blocks = [_block(lines, mention.line, starts) for mention in mentions[:8]]
    for find in (enhanced_in, reply_in):
        for block in blocks:
            text = "\n".join(block)
            if (code := find(text)) is not None and not code.value.startswith("2"):
                return Told(address, code, told_at(text, code))
    return Told(address, None, _without(address, blocks[0]))


def _without(address: Address, block: list[str]) -> str:
    """The words of a block, without the address that it begins with."""
    text = _paragraph("\n".join(block))
    name = str(address)
    start = text.casefold().find(name.casefold())
    rest = text[start + len(name) :] if 0 <= start < 24 else text
    return rest.lstrip(" :>)\"'").strip()


def _block(lines: list[str], start: int, starts: list[int]) -> list[str]:
    """The lines from `start` to the next recipient or ruler."""
    block = [lines[start]]
    taken = set(starts)
    for number in range(start + 1, min(start + MAX_BLOCK_LINES, len(lines))):
        if number in taken or _RULE.match(lines[number]):
            break
        block.append(lines[number])
    return block


def _address(text: str) -> Address | None:
    found = read_addresses(text.rstrip(".").encode("utf-8", "replace")).addresses
    return found[0].address if len(found) == 1 else None
