"""The lines by which mail programs begin what they quote, in the languages that we have seen.

Every test looks at a few short lines: the time is linear whatever the text is.
"""

import re

MAX_MARK_LINE = 400
"""Characters; a longer line is text."""

MAX_ATTRIBUTION_LINES = 4
MAX_BLOCK_LINES = 16
MAX_BLOCK_STRAYS = 3
"""Lines of a header block that continue the field above them."""

_ORIGINAL_NAMES = (
    "original message|original appointment|original|reply message|원본 메시지|원본메시지|원본 메일|"
    "원본메일|원본 이메일|원본|받은 메일 내용|받은메일내용|이전 메시지|ursprüngliche nachricht|"
    "ursprüngliche mail|originalnachricht|original nachricht|original-nachricht|message d'origine|"
    "message original|message initial|mensaje original|mensagem original|messaggio originale|"
    "oorspronkelijk bericht|ursprungligt meddelande|originalmeddelande|opprinnelig melding|"
    "oprindelig meddelelse|alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|"
    "исходное сообщение|оригинальное сообщение|původní zpráva|eredeti üzenet|orijinal mesaj|"
    "原始邮件|原邮件|原始郵件|元のメッセージ"
)
_FORWARD_NAMES = (
    "forwarded message|begin forwarded message|forwarded by|전달된 메시지|전달된메시지|전달된 메일|"
    "전달한 메시지|전달된 메시지 시작|weitergeleitete nachricht|"
    "anfang der weitergeleiteten nachricht|"
    "message transféré|début du message transféré|début du message réexpédié|mensaje reenviado|"
    "inicio del mensaje reenviado|mensagem encaminhada|messaggio inoltrato|"
    "inizio messaggio inoltrato|doorgestuurd bericht|begin doorgestuurd bericht|"
    "vidarebefordrat meddelande|vidarebefordrat brev|videresendt besked|"
    "videresendt melding|wiadomość przekazana dalej|пересылаемое сообщение|"
    "начало переадресованного сообщения|转发的邮件|转发邮件|轉寄郵件|"
    "転送メッセージ|転送されたメッセージ"
)
_ORIGINALS = frozenset(_ORIGINAL_NAMES.split("|"))
_FORWARDS = frozenset(_FORWARD_NAMES.split("|"))

_LABELS = {
    label: kind
    for kind, labels in {
        "from": "from|von|de|da|od|van|från|fra|lähettäjä|от|от кого|kimden|feladó|보낸 사람|"
        "보낸사람|보낸 이|보낸이|발신|발신자|발신인|差出人|发件人|寄件者|發件人|寄件人",
        "date": "date|sent|datum|gesendet|envoyé|date d'envoi|enviado|enviado el|enviada em|"
        "fecha|data|inviato|skickat|sendt|sendt den|dato|verzonden|lähetetty|päivämäärä|wysłano|"
        "отправлено|дата|gönderildi|tarih|odesláno|elküldve|보낸 날짜|보낸날짜|날짜|보낸 시간|"
        "보낸시간|작성일|일시|발신일|送信日時|日付|日時|发送时间|日期|寄件日期|傳送時間|發送時間",
        "to": "to|an|à|a|para|til|till|aan|vastaanottaja|do|komu|кому|kime|címzett|받는 사람|"
        "받는사람|받은 사람|받은사람|받는 이|받는이|수신|수신자|수신인|宛先|收件人|收件者",
        "cc": "cc|kopie|copie|copia|kopia|kopi|kopio|dw|копия|bilgi|참조|抄送|副本|másolatot kap",
        "subject": "subject|betreff|objet|asunto|assunto|oggetto|ämne|emne|onderwerp|aihe|temat|"
        "тема|konu|tárgy|předmět|제목|件名|主题|主旨|主題",
    }.items()
    for label in labels.split("|")
}

_VERBS = re.compile(
    r"wrote|writes|schrieb|a écrit|escribió|ha scritto|scrive|escreveu|schreef|skrev|skriver|"
    r"kirjoitti|napisał|pisze|написал|пишет|пише|yazdı|đã viết|írta|έγραψε|napsal|작성|쓴 ?글|"
    r"보낸 ?글|보낸 메시지|님의 메시지|님의 말|쓰셨습니다|写道|寫道|のメール|書きました|書いた",
    re.IGNORECASE,
)
_DATE_START = re.compile(
    r"[ \t]*(?:(?:on|am|le|el|il|em|op|den|dne|w dniu|at|in|в|за|date|fecha)\b|"
    r"(?:mon|tue|wed|thu|fri|sat|sun|пн|вт|ср|чт|пт|сб|вс)[a-z]*[,. ]|[\"<(*]?\d)",
    re.IGNORECASE,
)
_DAY_START = re.compile(
    r"[ \t]*(?:(?:on|am|le|el) )?(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|"
    r"[ \t]*(?:on|am|le|el) (?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|"
    r"mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|"
    r"sábado|domingo)\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"\d{1,2}[:.h]\d\d")
_BARE_ATTRIBUTION = re.compile(r".{0,200}<[^<>@ ]{1,100}@[^<>@ ]{1,200}>[ \t]*[:\uff1a]")
_ADDRESS_START = re.compile(r"<[^<>@ ]{1,100}@")
_NAMED_SENDER = re.compile(r"<[^<>@ ]{1,100}@[^<>@ ]{1,200}>")
_DASHES = "-_=*─━—>[] \t\u00a0"
_DASHED = re.compile(r"[>\s]{0,10}[-_=*─━—]{2,}")
_RULE = re.compile(r"[ \t]*[-_=*─━—]{3,}[ \t]*")


def is_quoted(line: str) -> bool:
    """A line that begins with `>`."""
    return line.startswith(">") or line[:4].lstrip(" ").startswith(">")


def is_rule(line: str) -> bool:
    """A line of dashes or underscores alone."""
    return len(line) <= MAX_MARK_LINE and _RULE.fullmatch(line) is not None


def is_original_mark(line: str) -> bool:
    """`-----Original Message-----`."""
    if len(line) > 120 or not _DASHED.match(line):
        return False
    return line.strip(_DASHES).casefold() in _ORIGINALS


def is_forward_mark(line: str) -> bool:
    """`---------- Forwarded message ---------`, `Begin forwarded message:`."""
    if len(line) > 120:
        return False
    core = line.strip(_DASHES).rstrip(": \t").casefold()
    return core in _FORWARDS and (_DASHED.match(line) is not None or line.rstrip().endswith(":"))


def labels_of(lines: list[str]) -> list[str | None]:
    """For each line `from`, `date`, `to`, `cc` or `subject` when it is such a header line."""
    return [_label(line) if ":" in line or "\uff1a" in line else None for line in lines]


def _label(line: str) -> str | None:
    start = line[:60].lstrip(" \t*\u00a0")
    for colon in (":", "\uff1a"):
        label, found, _ = start.partition(colon)
        if found:
            return _LABELS.get(label.strip(" \t*\u00a0").casefold())
    return None


def is_header_block(lines: list[str], labels: list[str | None], start: int) -> bool:
    """From here on a header block of a quoted mail: three different fields, From among them."""
    near = labels[start : start + MAX_BLOCK_LINES]
    if len({kind for kind in near if kind}) < 3 or "from" not in near:
        return False
    kinds: set[str] = set()
    strays = 0
    for line, kind in zip(lines[start : start + MAX_BLOCK_LINES], near, strict=False):
        if kind is not None:
            kinds.add(kind)
            strays = 0
        elif line.strip():
            strays += 1
        if strays > MAX_BLOCK_STRAYS:
            break
    return "from" in kinds and len(kinds) >= 3


def attribution_start(lines: list[str], end: int) -> int | None:
    """The first line of the attribution (`On …, Hong wrote:`) that ends with line `end`."""
    if not _may_end_attribution(lines[end]):
        return None
    combined = ""
    named: int | None = None
    for start in range(end, max(end - MAX_ATTRIBUTION_LINES, -1), -1):
        line = lines[start]
        if not line.strip() or is_quoted(line) or len(line) > MAX_MARK_LINE:
            break
        combined = (line if line.endswith("<") else f"{line} ") + combined
        if not _is_attribution(combined.rstrip()):
            continue
        if _DATE_START.match(line) and any(c.isdigit() for c in line):
            return start
        if named is None and _ADDRESS_START.search(line) and _VERBS.search(line):
            named = start
    if named is None and _is_attribution(lines[end].rstrip()):
        named = end
    return named


def _may_end_attribution(line: str) -> bool:
    last = line[-MAX_MARK_LINE:].rstrip(" \t*\u00a0")
    if not last.endswith((":", "\uff1a")) or len(line) > MAX_MARK_LINE:
        return False
    return "@" in last or any(c.isdigit() for c in last) or _VERBS.search(last) is not None


def _is_attribution(text: str) -> bool:
    if len(text) > MAX_MARK_LINE:
        return False
    if _BARE_ATTRIBUTION.fullmatch(text) and _TIME.search(text):
        return True
    return _VERBS.search(text) is not None and ("@" in text or any(c.isdigit() for c in text))


def is_bare_attribution(line: str) -> bool:
    """`Hong wrote:` without a date or address: believed only before a quoted line."""
    stripped = line.rstrip(" \t*\u00a0")
    return (
        stripped.endswith((":", "\uff1a"))
        and len(stripped) <= 100
        and _VERBS.search(stripped) is not None
    )


def bare_attribution_start(lines: list[str], end: int) -> int:
    """Where a bare attribution begins that ends with line `end`: a program may have wrapped it,
    and then it is a paragraph of its own that begins with a day, and what it is about runs to
    the end."""
    start = end
    while start and end - start < MAX_ATTRIBUTION_LINES and lines[start - 1].strip():
        start -= 1
    is_own = start == 0 or not lines[start - 1].strip()
    wrapped = not any(is_quoted(line) for line in lines[start:end])
    if not (is_own and wrapped and _DAY_START.match(lines[start])):
        return end
    return start if all(is_quoted(line) or not line.strip() for line in lines[end + 1 :]) else end


def is_strong_attribution(text: str) -> bool:
    """Sure enough to cut what follows even where it is not marked as quoted."""
    if _TIME.search(text) is not None:
        return len(text) > 20 or "@" in text
    return _NAMED_SENDER.search(text) is not None
