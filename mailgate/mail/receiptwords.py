"""The words of read receipts that come without a report: Outlook writes them as plain mail when
the receipt crosses a gateway."""

import re

_READ = {
    "en": ("read", "read receipt", "return receipt"),
    "ko": ("읽음", "읽음 확인", "수신 확인"),
    "ja": ("開封済み", "開封通知", "開封確認", "既読"),
    "zh-Hans": ("已读", "已读回执"),
    "zh-Hant": ("已讀取", "讀取", "已讀", "讀取回條"),
    "de": ("gelesen", "lesebestätigung"),
    "fr": ("lu", "confirmation de lecture", "accusé de lecture"),
    "es": ("leído", "leido", "confirmación de lectura"),
    "pt": ("lida", "lido", "confirmação de leitura", "recibo de leitura"),
    "it": ("letto", "conferma di lettura"),
    "nl": ("gelezen", "leesbevestiging"),
    "pl": ("przeczytano", "odczytano", "potwierdzenie przeczytania"),
    "cs": ("přečteno",),
    "sk": ("prečítané",),
    "ru": ("прочитано", "прочтено"),
    "uk": ("прочитано",),
    "sv": ("läst",),
    "da": ("læst",),
    "nb": ("lest",),
    "fi": ("luettu",),
    "hu": ("elolvasva", "olvasott"),
    "ro": ("citit",),
    "el": ("αναγνώστηκε", "διαβάστηκε"),
    "tr": ("okundu",),
    "vi": ("đã đọc",),
    "id": ("dibaca", "telah dibaca"),
    "th": ("อ่านแล้ว",),
    "ar": ("مقروء", "تمت القراءة"),
    "he": ("נקרא",),
}
_DELETED = {
    "en": ("not read", "deleted"),
    "ko": ("읽지 않음", "읽지않음"),
    "ja": ("未開封",),
    "zh-Hans": ("未读",),
    "zh-Hant": ("未讀取", "未讀"),
    "de": ("ungelesen", "nicht gelesen"),
    "fr": ("non lu",),
    "es": ("no leído", "no leido"),
    "pt": ("não lida", "não lido"),
    "it": ("non letto", "da leggere"),
    "nl": ("niet gelezen",),
    "pl": ("nie przeczytano",),
    "cs": ("nepřečteno",),
    "ru": ("не прочитано", "не прочтено"),
    "sv": ("oläst",),
    "da": ("ulæst", "ikke læst"),
    "nb": ("ulest", "ikke lest"),
    "fi": ("lukematon",),
    "tr": ("okunmadı",),
}
_BEGINNINGS = (
    "your message",
    "this is a receipt for the mail",
    "this is a return receipt",
    "사용자의 메시지",
    "귀하의 메시지",
    "보낸 메시지",
    "다음 메시지",
    "이 메시지",
    "あなたのメッセージ",
    "メッセージ",
    "次のメッセージ",
    "您的邮件",
    "你的邮件",
    "您的郵件",
    "您的訊息",
    "ihre nachricht",
    "votre message",
    "su mensaje",
    "el mensaje",
    "a sua mensagem",
    "sua mensagem",
    "il messaggio",
    "uw bericht",
    "twoja wiadomość",
    "vaše zpráva",
    "ваше сообщение",
    "ваше повідомлення",
    "ditt meddelande",
    "din besked",
    "meddelelsen",
    "viestisi",
    "üzenete",
    "το μήνυμά σας",
    "iletiniz",
)
_HEAD = re.compile(r"\s*([^:\uff1a]{2,40}?)\s*[:\uff1a]")


def _phrases(table: dict[str, tuple[str, ...]]) -> frozenset[str]:
    return frozenset(phrase for phrases in table.values() for phrase in phrases)


_SAYS = {
    **dict.fromkeys(_phrases(_READ), "displayed"),
    **dict.fromkeys(_phrases(_DELETED), "deleted"),
}


def is_receipt_subject(subject: str) -> str | None:
    """The disposition (RFC 8098 §3.2.6.2) that the prefix of a subject names, None for none."""
    head = _HEAD.match(subject)
    return _SAYS.get(head[1].casefold()) if head else None


def begins_receipt(text: str) -> bool:
    """The text begins as a receipt's does."""
    return text[:200].lstrip(" \t\n\r\"'*").casefold().startswith(_BEGINNINGS)
