"""Senders who read no answer: by their address, by their name, by what they write.

A person who forwards such a mail writes above it, so only a line of its own counts, and only
in a mail that is no answer and no forward.
"""

import re

_LOCALPART = re.compile(
    # English, and what every system uses
    r"(?:.{0,60}[-_.+])?(?:no|not|dont|do[-_.]?not)[-_.]?reply(?:[-_.+\d].{0,60})?|"
    r"(?:.{0,60}[-_.])?mailer-?daemon|mail-daemon|postmaster|nobody|bounces?|bounce-.{0,60}|"
    r"(?:.{0,60}[-_.])?notifications?(?:[-_+].{0,60})?|auto-?(?:reply|confirm|responder|mailer)|"
    r"listserv|majordomo|.{1,60}[-_.](?:request|bounces|owner)|owner-.{1,60}|"
    # German, French, Spanish, Portuguese, Italian
    r"(?:keine|nicht|bitte-nicht)[-_.]?antwort(?:en)?|ne[-_.]?pas[-_.]?repondre|"
    r"no[-_.]?respond(?:er|a|as)|no[-_.]?contest(?:ar|e)|nao[-_.]?respond(?:er|a)|"
    r"non[-_.]?rispond(?:ere|ete)|"
    # Dutch, Polish, Czech, Swedish, Danish and Norwegian, Finnish, Turkish, Hungarian
    r"niet[-_.]?(?:beantwoorden|antwoorden)|nie[-_.]?odpowiadaj|neodpovidat|"
    r"svara?[-_.]?(?:inte|ej)|svar[-_.]?ikke|ikke[-_.]?svar|ei[-_.]?vastausta|"
    r"cevap(?:lama|sizdir)|yanitlama(?:yin)?|ne[-_.]?valaszolj(?:on)?",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"발신 ?전용|회신 ?불가|\bno[- ]?reply\b|\bdo not reply\b|送信専用|返信不可"
    r"|请勿(?:回复|答复)|請勿(?:回覆|回復|答覆)|ne pas répondre|nicht antworten",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"[^\w\n>]{0,10}(?:"
    # Korean
    r"(?:본|이|해당) ?(?:메일|이메일|전자우편|e-?mail)은 ?[^\n.]{0,30}발신 ?전용"
    r"|(?:본|이) ?(?:메일|이메일)(?:은|에는?) ?[^\n.]{0,40}(?:회신|답장)(?:이|을|은)? ?"
    r"(?:불가|되지 않|안 ?됩|할 수 없|하실 수 없|하지 마)"
    r"|발신 ?전용 ?(?:메일|이메일|주소)"
    # English
    r"|(?:please note that )?this (?:is an? |e-?mail (?:is|was) |message (?:is|was) |mailbox is )"
    r"(?:an? )?(?:auto(?:mated|matic|matically|-)[- ]?(?:generated|sent|created|produced|e-?mail"
    r"|mail|message|notification|response)|system[- ](?:generated|message)|(?:un|not )monitored"
    r"|sent (?:automatically|from an (?:unmonitored|unattended|automated)))"
    r"|please do(?: not|n't) (?:reply|respond) (?:directly )?to this (?:e-?mail|message|mail)"
    r"|do not reply to this (?:e-?mail|message|mail)"
    r"|replies to this (?:e-?mail|message|address) (?:are not|will not be) (?:monitored|read)"
    # Japanese, Chinese
    r"|(?:この|本)(?:メール|電子メール)は[^\n。]{0,30}(?:送信専用|自動(?:送信|配信|返信))"
    r"|(?:此|本)(?:邮件|郵件|信件?)(?:是|为|為|由|系)?[^\n。]{0,20}(?:自动|自動)(?:发送|發送|发出|發出|寄出)"
    r"|(?:系统|系統)(?:邮件|郵件|自动|自動)[^\n。]{0,20}(?:请勿|請勿)"
    # German, French, Spanish, Portuguese, Italian, Dutch, Polish, Russian
    r"|diese (?:e-?mail|nachricht) wurde automatisch (?:erstellt|generiert|versendet|verschickt)"
    r"|bitte antworten sie nicht auf diese (?:e-?mail|nachricht)"
    r"|(?:ceci est un (?:message|e-?mail) automatique|merci de ne pas répondre à c)"
    r"|(?:este|esta) (?:es un |é uma? )?(?:mensaje|correo|mensagem|e-?mail)(?: electrónico)?"
    r"(?: es| é| ha sido| fue| foi)?(?: un)?(?: mensaje)?"
    r" ?(?:generad[oa]|enviad[oa]|gerad[oa])? ?automátic"
    r"|(?:por favor,? )?no responda a este (?:mensaje|correo)"
    r"|(?:por favor,? )?não responda (?:a |à )?est[ea] (?:mensagem|e-?mail)"
    r"|(?:questo|questa) (?:è un )?(?:messaggio|e-?mail)(?: è stat[oa])?"
    r"(?: generat[oa]| inviat[oa])? automatic"
    r"|(?:dit is een automatisch|deze e-?mail is automatisch)"
    r"|(?:ta |ten )?(?:wiadomość|e-?mail)[^\n.]{0,30}wygenerowan[aey][^\n.]{0,20}automatycznie"
    r"|(?:это|данное) (?:письмо|сообщение) (?:было )?(?:(?:отправлено|сформировано|создано)"
    r" автоматически|автоматически (?:отправлено|сформировано|создано))"
    r")",
    re.IGNORECASE,
)
_STEMS = (
    *("발신", "회신", "답장", "送信", "自動", "自动", "请勿", "請勿"),
    *("auto", "generat", "repl", "respon", "répon", "monitored", "antwort", "автомат"),
)
"""Each sentence has one of them: nearly every mail is done with these looks."""
_HEAD_LINES = 6
_TAIL_LINES = 30
_MAX_LINE = 300


def is_no_reply(localpart: str) -> bool:
    """An address that nobody reads: noreply@, mailer-daemon@, list-owner@."""
    return _LOCALPART.fullmatch(localpart[:200]) is not None


def is_no_reply_name(name: str) -> bool:
    """A display name that says so: `네이버 (발신전용)`."""
    return _NAME.search(name[:200]) is not None


def no_reply_sentence(text: str) -> str | None:
    """The line near the beginning or the end of a mail that says that nobody reads answers."""
    lines = [line for line in text[-20_000:].splitlines() if line.strip()]
    if len(text) > 20_000:
        lines = text[:2_000].splitlines()[:_HEAD_LINES] + lines[-_TAIL_LINES:]
    elif len(lines) > _HEAD_LINES + _TAIL_LINES:
        lines = lines[:_HEAD_LINES] + lines[-_TAIL_LINES:]
    folded = "\n".join(line[:_MAX_LINE] for line in lines).casefold()
    if not any(stem in folded for stem in _STEMS):
        return None
    for line in lines:
        if _SENTENCE.match(line[:_MAX_LINE]):
            return line.strip()
    return None
