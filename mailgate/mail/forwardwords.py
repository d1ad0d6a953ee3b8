"""Words that mail programs write around a mail that they forward, by language, beyond those of
`quotemarks`: marks, ends, and labels of fields.

Each is compared as `folded` makes it.
"""

import re
import unicodedata

from mailgate.mail import quotemarks

MAX_LINE = 200
"""Characters; a longer line is no mark."""

_DECORATION = "-_=*─━—–~#>[] \t\u00a0"
_DECORATED = re.compile(r"[>\s\u00a0*]{0,10}[-_=*─━—–~#]{2,}")


def folded(text: str) -> str:
    """NFC, casefolded, one blank between words; `İ` is an `i` too."""
    text = unicodedata.normalize("NFC", text).casefold().replace("i\u0307", "i")
    return " ".join(text.replace("’", "'").split())


_MARKS_BY_LANGUAGE = {
    "English": "forwarded message|forwarded mail|forwarded email|forwarded e-mail|"
    "begin forwarded message|begin forwarded email|begin forward message|"
    "start of forwarded message|start forwarded message|forwarded message follows|"
    "original message forwarded|forwarded letter",
    "Korean": "전달된 메시지|전달된메시지|전달된 메일|전달된메일|전달된 이메일|전달한 메시지|"
    "전달한 메일|전달 메시지|전달 메일|전달된 메시지 시작|전달된 메일 시작|전달된 메시지의 시작|"
    "아래는 전달된 메시지입니다|아래는 전달된 메일입니다|전달받은 메일|전달 받은 메일|"
    "전달된 원본 메시지|전달된 원본 메일",
    "Japanese": "転送メッセージ|転送されたメッセージ|転送されたメール|転送メール|"
    "転送メッセージの開始|転送されたメッセージの開始|以下は転送されたメッセージです|"
    "転送元メッセージ|転送されたメッセージここから|転送されたメールここから|以下、転送メッセージ|"
    "以下、転送メール",
    "Chinese": "转发的邮件|转发邮件|转发的消息|转发的信件|转发邮件信息|转发的邮件信息|"
    "被转发的邮件|已转发邮件|已转发的邮件|转发的邮件开始|开始转发的邮件|开始转发邮件|"
    "下面是被转发的邮件|以下是转发的邮件|转发信息|转发消息|轉寄郵件|轉寄的郵件|轉寄訊息|"
    "轉寄的訊息|轉寄信件|轉寄的信件|轉發郵件|轉發的郵件|已轉寄郵件|開始轉寄郵件|開始轉寄的郵件|"
    "以下是轉寄的郵件|以下為轉寄郵件",
    "German": "weitergeleitete nachricht|weitergeleitete mail|weitergeleitete e-mail|"
    "anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail|"
    "beginn der weitergeleiteten nachricht|beginn der weitergeleiteten e-mail",
    "French": "message transféré|message transmis|message réexpédié|message transfere|"
    "courriel transféré|mail transféré|début du message transféré|début du message réexpédié|"
    "début du courriel transféré|début de message transféré",
    "Spanish": "mensaje reenviado|mensaje remitido|correo reenviado|inicio del mensaje reenviado|"
    "comienzo del mensaje reenviado|principio del mensaje reenviado",
    "Portuguese": "mensagem encaminhada|mensagem reencaminhada|e-mail encaminhado|"
    "início da mensagem encaminhada|início da mensagem reencaminhada|"
    "começo da mensagem encaminhada|início de mensagem encaminhada",
    "Italian": "messaggio inoltrato|messaggio girato|email inoltrata|inizio messaggio inoltrato|"
    "inizio del messaggio inoltrato|inizio email inoltrata",
    "Dutch": "doorgestuurd bericht|doorgestuurde e-mail|doorgezonden bericht|"
    "begin doorgestuurd bericht|begin van doorgestuurd bericht",
    "Polish": "wiadomość przekazana dalej|przekazana wiadomość|wiadomość przekazana|"
    "przesłana wiadomość|treść przekazanej wiadomości|początek przekazanej wiadomości|"
    "początek przekazywanej wiadomości|początek przesłanej dalej wiadomości|"
    "początek wiadomości przekazanej dalej",
    "Russian": "пересылаемое сообщение|пересланное сообщение|перенаправленное сообщение|"
    "пересылаемое письмо|пересланное письмо|начало пересылаемого сообщения|"
    "начало пересланного сообщения|начало переадресованного сообщения|"
    "начало перенаправленного сообщения",
    "Ukrainian": "переслане повідомлення|перенаправлене повідомлення|пересилане повідомлення|"
    "переадресоване повідомлення|початок пересланого повідомлення|початок листа, що пересилається|"
    "початок переадресованого повідомлення|початок переспрямованого повідомлення",
    "Bulgarian": "препратено съобщение|начало на препратеното съобщение",
    "Swedish": "vidarebefordrat meddelande|vidarebefordrat brev|vidarebefordrat mejl|"
    "vidarebefordrat e-postmeddelande|början på vidarebefordrat meddelande|"
    "vidarebefordrat meddelande börjar|början av vidarebefordrat meddelande",
    "Danish": "videresendt besked|videresendt meddelelse|videresendt e-mail|videresendt mail|"
    "start på videresendt besked|start på videresendt meddelelse|start på videresendt e-mail",
    "Norwegian": "videresendt melding|videresendt e-post|videresendt e-postmelding|"
    "start på videresendt melding|begynnelse på videresendt melding|starten på videresendt melding",
    "Finnish": "välitetty viesti|edelleenlähetetty viesti|edelleen lähetetty viesti|"
    "välitetty viesti alkaa|välitetyn viestin alku|alkuperäinen välitetty viesti",
    "Czech": "přeposlaná zpráva|přeposlaný e-mail|přeposlaný email|předaná zpráva|"
    "začátek přeposílané zprávy|začátek přeposlané zprávy|přeposílaná zpráva",
    "Slovak": "preposlaná správa|preposlaný e-mail|začiatok preposlanej správy|"
    "začiatok preposielanej správy",
    "Hungarian": "továbbított üzenet|továbbított levél|továbbított e-mail|"
    "továbbított üzenet kezdete|a továbbított üzenet kezdete|továbbított levél kezdete",
    "Turkish": "iletilen ileti|iletilmiş ileti|iletilen mesaj|iletilmiş mesaj|yönlendirilen ileti|"
    "yönlendirilmiş ileti|yönlendirilen mesaj|yönlendirilmiş mesaj|iletilen e-posta|"
    "iletilen mesajın başlangıcı|iletilen iletinin başlangıcı|yönlendirilen iletinin başlangıcı",
    "Romanian": "mesaj redirecționat|mesaj redirecţionat|mesaj redirectionat|mesaj transmis|"
    "mesaj înaintat|mesaj retrimis|începutul mesajului redirecționat|începutul mesajului înaintat|"
    "mesaj transferat",
    "Greek": "προωθημένο μήνυμα|προωθημένο μήνυμα ηλεκτρονικού ταχυδρομείου|"
    "αρχή προωθημένου μηνύματος|έναρξη προωθημένου μηνύματος|μήνυμα που προωθήθηκε",
    "Croatian": "proslijeđena poruka|početak proslijeđene poruke|prosleđena poruka|"
    "prosljeđena poruka",
    "Catalan": "missatge reenviat|inici del missatge reenviat",
    "Vietnamese": "thư được chuyển tiếp|tin nhắn được chuyển tiếp|thư đã chuyển tiếp|"
    "bắt đầu thư được chuyển tiếp",
    "Indonesian": "pesan terusan|pesan yang diteruskan|pesan diteruskan|awal pesan terusan",
    "Estonian": "edastatud kiri|edastatud sõnum",
    "Lithuanian": "persiųstas laiškas|persiunčiamas laiškas",
    "Hebrew": "הודעה שהועברה",
    "Arabic": "رسالة معاد توجيهها",
    "Thai": "ข้อความที่ส่งต่อ",
}
_MARKS = frozenset(
    folded(name) for names in _MARKS_BY_LANGUAGE.values() for name in names.split("|")
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
    if quotemarks.is_forward_mark(line):
        return True
    core = _core(line)
    if not core:
        return False
    is_decorated = _DECORATED.match(line) is not None
    if core in _MARKS:
        return is_decorated or line.rstrip(" \t\u00a0*").endswith((":", "\uff1a"))
    return is_decorated and _BY_WHOM.match(core) is not None


def is_end(line: str) -> bool:
    """`----- End forwarded message -----`."""
    return _DECORATED.match(line) is not None and _END.match(_core(line)) is not None


def _core(line: str) -> str:
    """What a mark line says, "" for a line that is none by its form."""
    if not line or len(line) > MAX_LINE:
        return ""
    stripped = line.strip(_DECORATION)
    return folded(stripped.rstrip(": \t\uff1a。")) if stripped else ""


_LABELS_BY_KIND = {
    "from": "from|sender|von|absender|de|expéditeur|émetteur|remitente|remetente|da|mittente|van|"
    "afzender|od|nadawca|от|от кого|отправитель|від|від кого|відправник|från|avsändare|fra|"
    "avsender|afsender|lähettäjä|odesílatel|odosielateľ|feladó|kimden|gönderen|de la|expeditor|"
    "από|αποστολέας|pošiljatelj|dari|từ|보낸 사람|보낸사람|보낸 이|보낸이|보내는 사람|보내는사람|"
    "발신|발신자|발신인|발송인|발송자|差出人|送信者|送信元|发件人|发信人|寄件人|寄件者|發件人|"
    "發信人|מאת|من",
    "date": "date|sent|sent on|sent at|received|date sent|datum|gesendet|gesendet am|envoyé|"
    "envoyé le|date d'envoi|fecha|enviado|enviado el|enviado em|enviada em|enviada|data|"
    "data de envio|inviato|inviato il|data di invio|verzonden|verzonden op|verstuurd|wysłano|"
    "wysłane|data wysłania|отправлено|дата|дата отправки|время|надіслано|дата надсилання|skickat|"
    "skickat den|dato|sendt|sendt den|lähetetty|päivämäärä|päiväys|pvm|odesláno|odoslané|dátum|"
    "küldve|elküldve|küldés dátuma|tarih|gönderildi|gönderme tarihi|gönderilme tarihi|trimis|dată|"
    "ημερομηνία|στάλθηκε|εστάλη|αποστολή|poslano|tanggal|dikirim|ngày|đã gửi|보낸 날짜|보낸날짜|"
    "날짜|보낸 날|보낸 시간|보낸시간|보낸 시각|보낸시각|보낸 일시|보낸일시|발송일|발송 일시|"
    "발송일시|발신일|발신일시|작성일|작성일시|일시|일자|送信日時|送信日|日付|日時|发送时间|"
    "发送日期|发件时间|日期|时间|時間|寄件日期|寄件時間|傳送日期|傳送時間|發送時間|發送日期|"
    "發件日期|תאריך|נשלח|التاريخ",
    "to": "to|an|empfänger|à|a|destinataire|para|destinatario|destinatário|aan|naar|do|adresat|"
    "кому|получатель|одержувач|til|till|mottagare|vastaanottaja|komu|címzett|kime|alıcı|către|"
    "catre|la|προς|za|kepada|tới|đến|받는 사람|받는사람|받은 사람|받은사람|받는 이|받는이|받는 분|"
    "수신|수신자|수신인|宛先|受信者|送信先|收件人|收信人|收件者|אל|إلى",
    "cc": "cc|kopie|kopie an|copie|copie à|copia|cópia|kopia|kopi|kopio|dw|do wiadomości|копия|"
    "копія|bilgi|másolat|másolatot kap|kópia|κοιν|κοινοποίηση|tembusan|참조|抄送|副本|עותק",
    "subject": "subject|betreff|objet|sujet|asunto|assunto|oggetto|onderwerp|temat|тема|ämne|emne|"
    "aihe|předmět|predmet|tárgy|konu|subiect|θέμα|naslov|perihal|subjek|chủ đề|assumpte|teema|"
    "제목|메일 제목|메일제목|件名|題名|主题|主旨|主題|标题|標題|נושא|الموضوع",
    "other": "bcc|reply-to|reply to|importance|priority|attachments|attachment|organization|"
    "sensitivity|flag status|message-id|anlagen|anhänge|wichtigkeit|priorität|antwort an|"
    "pièces jointes|pièce jointe|répondre à|cci|objet de la réunion|datos adjuntos|adjuntos|"
    "importancia|responder a|cco|anexos|anexo|prioridade|importância|responder para|allegati|"
    "allegato|priorità|importanza|rispondi a|ccn|bijlagen|bijlage|urgentie|antwoord aan|"
    "beantwoorden|załączniki|ważność|odpowiedź do|udw|вложения|важность|ответить|скрытая копия|"
    "bilagor|prioritet|svar till|vedhæftede filer|vedlegg|svar til|liitteet|tärkeys|vastaus|"
    "přílohy|důležitost|odpovědět|mellékletek|fontosság|válaszcím|ekler|önem|yanıt|atașamente|"
    "회신|회신 주소|회신주소|답장 받는 사람|숨은참조|숨은 참조|첨부|첨부파일|첨부 파일|중요도|"
    "返信先|重要度|添付ファイル|添付|附件|密送|密件抄送|密件副本|回复|回复地址|回覆|重要性|优先级",
}
_LABELS = {
    folded(label): kind for kind, labels in _LABELS_BY_KIND.items() for label in labels.split("|")
}
_RFC_NAME = re.compile(r"(?:X|Message|In|User|Content|MIME|Return|Delivered|List|Resent|Thread)-")
_EDGES = " \t*_\u00a0\u3000\u200b\ufeff|"


def field_of(line: str) -> tuple[str, str] | None:
    """The kind of a header line (`from`, `date`, `to`, `cc`, `subject`, `other`) and its value,
    without the stars that stand for bold. None when it is no such line."""
    start = line[:60].lstrip(_EDGES)
    ends = [end for end in (start.find(":"), start.find("\uff1a")) if end > 0]
    if not ends:
        return None
    name = start[: min(ends)].strip(_EDGES)
    kind = _LABELS.get(folded(name)) or quotemarks.labels_of([line[:60]])[0]
    if kind is None and _RFC_NAME.match(name) and " " not in name:
        kind = "other"
    if kind is None:
        return None
    offset = line.index(start) if start in line else 0
    return kind, line[offset + min(ends) + 1 :].strip(_EDGES)
