"""Absence notes that say so in no header field, by their subject and their first words.

People say such things too. This is for where an error costs little: nothing is dropped by it. An
answer under a ticket's subject is judged by its words alone, for the subject is somebody else's.
"""

import re

from mailgate.mail.outofoffice import says_automatic
from mailgate.mail.subject import base_subject

_LINES = 4
_LENGTH = 200
_NO_WORD = re.compile(r"[\W_]+")
_SENTENCE_END = re.compile(r"[.!?,;:\n\u3002\uff01\uff0c]")

_TAG = re.compile(r"\s*[\[【(]\s*자동\s*(?:회신|응답|답변|답장|발송)\s*[\]】)]")
_AWAY_KO = r"(?:부재|휴가|출장|연차|휴직|외근)중"
_AWAY_EN = (
    r"(?:outof(?:the)?office|on(?:vacation|holidays?|(?:annual|parental|maternity|sick)?leave)"
    r"|awayfrom(?:the|my)(?:office|desk))"
)
_SUBJECT = re.compile(
    rf"(?:저는|현재|지금)*(?:{_AWAY_KO}(?:입니다|이오니.*)?|(?:부재|휴가|퇴사)(?:안내|알림|공지))"
    r"|(?:안녕하세요)?자동(?:회신|응답|답변|답장|발송|메일)(?:메일|메시지)?(?:입니다)?"
    rf"|(?:i?am|im|iam)?(?:currently)?{_AWAY_EN}(?:(?:until|till|from).*)?"
    r"|automat(?:ic|ed)(?:reply|response|answer)"
    r"|(?:ichbin)?abwesend|abwesenheit|absencedubureau|不在(?:です|通知)?|自動(?:返信|応答)|自动回复"
)
"""All of a subject."""
_FIRST_WORDS = re.compile(
    rf"(?:안녕하세요|안녕하십니까)?(?:저는|제가|현재|지금|금일|당분간)*.{{0,20}}?{_AWAY_KO}"
    r"(?:으로|이오니|이므로|이라서?)?(?:회신|답장|답변|확인|메일|연락)?.{0,8}(?:어렵|불가|늦|지연)"
    rf"|(?:안녕하세요|안녕하십니까)?(?:저는|현재|지금|당분간)*{_AWAY_KO}(?:입니다|이오니|으로)"
    rf"|(?:iam|im)(?:currently)?{_AWAY_EN}"
    r"|ichbin(?:zurzeit|derzeit)?(?:nichtimbüro|abwesend|imurlaub)|jesuisabsente?"
)
"""How a sentence begins."""
_SAYS_SO = re.compile(
    r"자동(?:회신|응답|답변|답장)(?:드립|입니다|메일입니다|메시지입니다)"
    r"|자동으로(?:발송|회신|전송)(?:된|되었|되는|드립)"
    r"|thisisan?automat(?:ic|ed|ically)|(?:message|mail|email)(?:was|is)(?:sent)?automatically"
    r"|diesisteineautomatische|réponseautomatique|自動(?:返信|応答)(?:です|メール)|自动回复"
)
"""In a sentence."""


def reads_automatic(subject: str, text: str) -> bool:
    """Whether it reads like an absence note or another answer that nobody wrote now."""
    first = "\n".join([line for line in text.split("\n") if line.strip()][:_LINES])[: 4 * _LENGTH]
    if any(map(_is_ones, _SENTENCE_END.split(first))):
        return True
    if _TAG.match(subject):
        return True
    if base_subject(subject) != subject.strip():
        return False
    return says_automatic(subject) or _SUBJECT.fullmatch(_compact(subject)) is not None


def _is_ones(sentence: str) -> bool:
    said = _compact(sentence)
    return _FIRST_WORDS.match(said) is not None or _SAYS_SO.search(said) is not None


def _compact(text: str) -> str:
    return _NO_WORD.sub("", text[:_LENGTH].casefold())
