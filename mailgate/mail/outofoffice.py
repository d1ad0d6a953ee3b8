"""The subjects of automatic replies, in the words of the systems that write them.

Three strengths. A phrase of `_REPLIES` or `_ABSENCES` that is set off (`Automatic reply: …`,
`[자동응답] …`) says it alone: Outlook, Exchange, Gmail, Notes, Naver and Daum write them so,
and people don't. The same phrase in running text ("Automatic reply doesn't work") says it only
of a mail that a machine sent by its header. A phrase of `_HINTS` ("휴가", also a word of every
leave request) says it only when that machine answered something.
"""

import re
import unicodedata

_REPLIES = {
    "en": (
        "automatic reply",
        "automatic response",
        "automated reply",
        "automated response",
        "automatic e-mail reply",
        "automatic email reply",
        "auto reply",
        "auto response",
        "auto respond",
        "auto responder",
        "auto answer",
        "autoreply message",
        "vacation reply",
        "vacation response",
        "vacation autoreply",
        "vacation message",
        "vacation responder",
        "out of office autoreply",
        "out of office auto reply",
        "out of office reply",
        "out of office response",
        "out of office notification",
        "out of office message",
        "out of office notice",
    ),
    "ko": (
        "자동 회신",
        "자동 응답",
        "자동 답장",
        "자동 답변",
        "자동 응답 메일",
        "자동 회신 메일",
        "자동 답장 메일",
        "자동 발송 메일",
        "부재 중 자동 회신",
        "부재 중 자동 응답",
        "부재 중 자동 답장",
        "부재 중 자동 응답 메일",
        "부재 중 응답",
        "부재 중 회신",
        "부재 중 메일",
        "부재 중 메시지",
        "부재 중 알림",
        "부재 중 안내",
        "휴가 자동 응답",
        "휴가 중 자동 응답",
        "휴가 자동 회신",
    ),
    "ja": (
        "自動応答",
        "自動返信",
        "自動返信メール",
        "自動応答メール",
        "自動送信",
        "自動送信メール",
        "不在通知",
        "不在応答",
        "不在自動応答",
        "不在自動返信",
        "不在時自動応答",
    ),
    "zh-Hans": ("自动答复", "自动回复", "自动回覆", "自动应答", "自动回信", "休假自动回复"),
    "zh-Hant": ("自動回覆", "自動答覆", "自動回復", "自動回信", "自動應答", "休假自動回覆"),
    "de": (
        "automatische antwort",
        "automatische e-mail-antwort",
        "automatische rückantwort",
        "automatische abwesenheitsnotiz",
        "automatische nachricht",
        "autom. antwort",
        "autoantwort",
        "abwesenheitsnotiz",
        "abwesenheitsmeldung",
        "abwesenheitsnachricht",
        "abwesenheitsassistent",
        "abwesenheitsbenachrichtigung",
        "abwesenheitsmitteilung",
        "abwesenheitsinfo",
    ),
    "fr": (
        "réponse automatique",
        "réponse automatique d'absence",
        "réponse automatique d'absence du bureau",
        "message automatique d'absence",
        "message d'absence",
        "message d'absence du bureau",
        "notification d'absence",
        "réponse d'absence",
        "répondeur automatique",
        "avis d'absence",
    ),
    "es": (
        "respuesta automática",
        "respuesta automática de fuera de la oficina",
        "autorespuesta",
        "autorrespuesta",
        "contestación automática",
        "contestador automático",
        "mensaje de ausencia",
        "aviso de ausencia",
    ),
    "pt": (
        "resposta automática",
        "resposta automática de ausência",
        "resposta automática de férias",
        "autoresposta",
        "mensagem de ausência",
        "aviso de ausência",
    ),
    "it": (
        "risposta automatica",
        "risposta automatica fuori sede",
        "risposta automatica fuori ufficio",
        "risponditore automatico",
        "messaggio di assenza",
        "avviso di assenza",
    ),
    "nl": (
        "automatisch antwoord",
        "automatische reactie",
        "automatische beantwoording",
        "automatisch bericht",
        "automatische afwezigheidsmelding",
        "afwezigheidsmelding",
        "afwezigheidsbericht",
        "afwezigheidsassistent",
    ),
    "ca": ("resposta automàtica", "missatge d'absència"),
    "gl": ("resposta automática",),
    "eu": ("erantzun automatikoa",),
    "pl": (
        "automatyczna odpowiedź",
        "odpowiedź automatyczna",
        "autoodpowiedź",
        "autoresponder",
        "informacja o nieobecności",
        "powiadomienie o nieobecności",
    ),
    "cs": ("automatická odpověď", "oznámení o nepřítomnosti"),
    "sk": ("automatická odpoveď", "oznámenie o neprítomnosti"),
    "sl": ("samodejni odgovor", "avtomatski odgovor"),
    "hr": ("automatski odgovor",),
    "sr": ("automatski odgovor", "аутоматски одговор"),
    "bg": ("автоматичен отговор", "автоматичен отговор за отсъствие"),
    "mk": ("автоматски одговор",),
    "ru": (
        "автоматический ответ",
        "автоответ",
        "автоответчик",
        "автоматическое уведомление об отсутствии",
        "уведомление об отсутствии",
    ),
    "uk": ("автоматична відповідь", "автовідповідь", "автоматичне повідомлення про відсутність"),
    "be": ("аўтаматычны адказ",),
    "kk": ("автоматты жауап", "автоматты түрде жауап беру"),
    "sv": ("autosvar", "automatiskt svar", "automatsvar", "frånvaromeddelande", "frånvarobesked"),
    "da": ("automatisk svar", "autosvar", "fraværsmeddelelse", "fraværsbesked", "feriebesked"),
    "nb": ("automatisk svar", "autosvar", "fraværsmelding", "automatisk fraværsmelding"),
    "is": ("sjálfvirkt svar",),
    "fi": (
        "automaattinen vastaus",
        "automaattivastaus",
        "poissaoloviesti",
        "poissaoloilmoitus",
        "lomaviesti",
    ),
    "et": ("automaatvastus", "automaatne vastus"),
    "lv": ("automātiska atbilde", "automātiskā atbilde"),
    "lt": ("automatinis atsakymas", "automatinis atsakas"),
    "hu": ("automatikus válasz", "automatikus üzenet", "automata válasz", "távolléti értesítés"),
    "ro": ("răspuns automat", "mesaj automat de absență"),
    "el": ("αυτόματη απάντηση", "αυτόματη απόκριση"),
    "tr": ("otomatik yanıt", "otomatik cevap", "otomatik yanıtlama"),
    "vi": ("trả lời tự động", "thư trả lời tự động", "phản hồi tự động"),
    "id": ("balasan otomatis", "balas otomatis", "jawaban otomatis", "respon otomatis"),
    "ms": ("balasan automatik", "jawapan automatik"),
    "th": ("ตอบกลับอัตโนมัติ", "การตอบกลับอัตโนมัติ", "ข้อความตอบกลับอัตโนมัติ", "ตอบรับอัตโนมัติ"),
    "ar": ("رد تلقائي", "الرد التلقائي", "إجابة تلقائية", "رد آلي"),
    "fa": ("پاسخ خودکار",),
    "he": ("תשובה אוטומטית", "מענה אוטומטי", "תגובה אוטומטית"),
    "hi": ("स्वचालित उत्तर", "स्वतः उत्तर", "स्वचालित प्रतिसाद"),
}
_ABSENCES = {
    "en": ("out of office", "out of the office", "ooo", "oof", "away from the office"),
    "ko": ("부재 중", "부재 중 입니다", "휴가 중", "출장 중"),
    "ja": ("不在", "不在のお知らせ", "外出中", "休暇中"),
    "zh-Hans": ("外出", "不在办公室", "外出中", "休假中"),
    "zh-Hant": ("不在辦公室", "外出中", "休假中"),
    "de": ("abwesenheit", "abwesend", "nicht im büro", "außer haus"),
    "fr": ("absence du bureau", "absent du bureau", "absente du bureau", "absence bureau"),
    "es": ("fuera de la oficina", "fuera de oficina", "ausente de la oficina"),
    "pt": ("fora do escritório", "ausente do escritório", "ausência do escritório"),
    "it": ("fuori ufficio", "fuori sede", "assente dall'ufficio", "assenza dall'ufficio"),
    "nl": ("niet aanwezig", "buiten kantoor", "niet op kantoor", "afwezig van kantoor"),
    "ca": ("fora de l'oficina",),
    "pl": ("nieobecność w biurze", "poza biurem", "nieobecny w biurze", "nieobecna w biurze"),
    "cs": ("mimo kancelář", "nepřítomnost v kanceláři"),
    "sk": ("mimo kancelárie", "mimo kancelárii"),
    "sl": ("odsotnost iz pisarne", "nisem v pisarni"),
    "hr": ("izvan ureda",),
    "sr": ("van kancelarije", "ван канцеларије"),
    "bg": ("извън офиса", "отсъствие от офиса"),
    "ru": ("нет на месте", "нет в офисе", "вне офиса", "отсутствие на рабочем месте"),
    "uk": ("поза офісом", "немає на місці", "не на місці"),
    "sv": ("ej på kontoret", "inte på kontoret", "frånvarande från kontoret"),
    "da": ("ikke til stede", "ikke på kontoret", "ude af kontoret"),
    "nb": ("ikke til stede", "ikke på kontoret", "ute av kontoret"),
    "fi": ("poissa toimistosta", "poissa töistä"),
    "et": ("kontorist väljas", "kontorist ära"),
    "lv": ("ārpus biroja",),
    "lt": ("ne darbo vietoje", "nesu biure"),
    "hu": ("házon kívül", "irodán kívül"),
    "ro": ("în afara biroului", "absent de la birou"),
    "el": ("εκτός γραφείου", "απουσία από το γραφείο"),
    "tr": ("ofis dışında", "ofis dışı", "iş yerinde değil"),
    "vi": ("không có ở văn phòng", "vắng mặt tại văn phòng"),
    "id": ("di luar kantor", "tidak di kantor"),
    "th": ("ไม่อยู่ที่สำนักงาน", "ไม่อยู่ในสำนักงาน"),
    "ar": ("خارج المكتب",),
    "he": ("מחוץ למשרד", "לא במשרד"),
}
_HINTS = {
    "en": (
        "away until",
        "away from my",
        "i am away",
        "on vacation",
        "on holiday",
        "annual leave",
        "parental leave",
        "maternity leave",
        "sick leave",
        "on leave",
        "not in the office",
        "currently away",
        "absence notification",
        "auto ack",
        "acknowledgement of receipt",
        "confirmation of receipt",
    ),
    "ko": ("부재", "휴가", "출장", "연차", "접수 되었습니다", "접수 완료", "수신 확인"),
    "ja": ("不在", "休暇", "受付完了", "受け付けました"),
    "zh-Hans": ("休假", "外出", "出差"),
    "zh-Hant": ("休假", "外出", "出差"),
    "de": ("abwesen", "urlaub", "elternzeit", "nicht erreichbar", "eingangsbestätigung"),
    "fr": ("absence", "absent", "congé", "en vacances", "accusé de réception"),
    "es": ("ausen", "vacaciones", "acuse de recibo"),
    "pt": ("ausên", "ausente", "férias"),
    "it": ("assenza", "assente", "in ferie"),
    "nl": ("afwezig", "vakantie"),
    "pl": ("nieobecn", "urlop"),
    "cs": ("nepřítom", "dovolen"),
    "sk": ("neprítom",),
    "ru": ("отсутств", "отпуск"),
    "uk": ("відсутн", "відпустк"),
    "sv": ("frånvar", "semester"),
    "da": ("fravær", "ferie"),
    "nb": ("fravær", "ferie"),
    "fi": ("poissa", "lomalla"),
    "hu": ("távollét", "távol vagyok", "szabadság"),
    "tr": ("izin",),
    "vi": ("vắng mặt",),
}
_MAX_HEAD = 80
_TAG = re.compile(r"\s*[\[【(<「『〔]\s*([^\[\]【】()<>「」『』〔〕]{2,80}?)\s*[\]】)>」』〕]\s*")
_HEAD = re.compile(r"\s*([^:\uff1a\[\]【】]{2,80}?)\s*[:\uff1a]\s*")
_NOTES = re.compile(
    r".{1,100} (?:is out of the office|ist au(?:ß|ss)er haus|est absent\(?e?\)? du bureau"
    r"|님은 부재 ?중입니다)\.? ?\(.{1,100}\)\.?\s*",
    re.IGNORECASE,
)
"""Notes: `Hong Gildong/Seoul/Acme is out of the office (returning 05/05/2026)`."""
_REPLY_PREFIX = re.compile(r"(?:re|aw|sv|antw|회신|답장|答复|回复)\s?[:\uff1a]", re.IGNORECASE)
_NO_WORD = re.compile(r"[\W_]+")
_MAX_TAGS = 3
_MAX_SEARCHED = 300


def _compact(text: str) -> str:
    """For comparison: no case, accents, blanks or punctuation."""
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in parts if not unicodedata.combining(c)).replace("ı", "i")
    return _NO_WORD.sub("", text.casefold())


def _phrases(*tables: dict[str, tuple[str, ...]]) -> frozenset[str]:
    return frozenset(
        _compact(phrase) for table in tables for phrases in table.values() for phrase in phrases
    )


_SET_OFF = _phrases(_REPLIES, _ABSENCES)
_MIN_RUNNING = 5
"""Letters of ASCII that a phrase must have to be looked for in running text: not "oof"."""


def _anywhere(phrases: frozenset[str]) -> "re.Pattern[str]":
    long_enough = (p for p in phrases if not p.isascii() or len(p) >= _MIN_RUNNING)
    return re.compile("|".join(sorted(map(re.escape, long_enough), reverse=True)))


_MENTIONED = _anywhere(_SET_OFF)
_HINTED = _anywhere(_phrases(_HINTS))


def says_automatic(subject: str) -> bool:
    """The subject has the form that only automatic replies have."""
    position = 0
    for _ in range(_MAX_TAGS):
        tag = _TAG.match(subject, position)
        if tag is None:
            break
        if _compact(tag[1]) in _SET_OFF:
            return True
        position = tag.end()
    head = _HEAD.match(subject, position, position + _MAX_HEAD + 20)
    if head is not None:
        key = _compact(head[1])
        if key in _SET_OFF:
            return True
        if key == "auto":  # Notes and Domino; `Auto: tyres` is a person's
            rest = subject[head.end() :]
            return bool(_REPLY_PREFIX.match(rest)) or mentions_automatic(rest)
    return _NOTES.fullmatch(subject[:_MAX_SEARCHED]) is not None


def mentions_automatic(subject: str) -> bool:
    """A phrase of automatic replies stands somewhere in the subject: enough when the header
    says that a machine sent the mail."""
    return _MENTIONED.search(_compact(subject[:_MAX_SEARCHED])) is not None


def hints_automatic(subject: str) -> bool:
    """A word of absences or receipts: enough when the header says that a machine answered."""
    return _HINTED.search(_compact(subject[:_MAX_SEARCHED])) is not None
