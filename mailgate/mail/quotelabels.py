"""The names of the fields in the header blocks that mail programs put above what they quote, by
language. All are lower case: they are compared with `str.casefold` of what a mail has."""

LABELS = {
    "from": {
        "en": "from|sender",
        "ko": "보낸 사람|보낸사람|보낸 이|보낸이|발신|발신자|발신인|보내는 사람|보내는사람|"
        "보낸 분|송신자|"
        "발송인|발송자",
        "ja": "差出人|送信者|送信元",
        "zh": "发件人|发信人|寄件者|發件人|寄件人|发送者|發信人",
        "de": "von|absender",
        "fr": "de|expéditeur|émetteur",
        "es, pt": "de|remitente|remetente",
        "it": "da|mittente",
        "nl": "van|afzender",
        "sv, da, no": "från|fra|avsändare|avsender|afsender",
        "fi": "lähettäjä",
        "pl, cs, sk, sl, hr": "od|nadawca|odesílatel|odosielateľ|pošiljatelj|šalje",
        "ru, uk, bg, sr": "от|от кого|від|від кого|отправитель|відправник|од|пошиљалац|подател",
        "hu": "feladó|küldő",
        "ro": "de la|expeditor",
        "tr": "kimden|gönderen",
        "el": "από|αποστολέας",
        "vi": "từ|người gửi",
        "id": "dari|pengirim|daripada",
        "th": "จาก|ผู้ส่ง",
        "ar": "من|المرسل",
        "he": "מאת",
        "lt, lv, et": "nuo|siuntėjas|sūtītājs|saatja|kellelt",
        "ca": "de|remitent",
    },
    "date": {
        "en": "date|sent|sent at|sent on|date sent|sent date|received|date/time",
        "ko": "보낸 날짜|보낸날짜|날짜|보낸 시간|보낸시간|작성일|일시|발신일|보낸 일시|보낸일시|"
        "전송 날짜|발송일|발송일시|받은 날짜|받은날짜|작성 날짜|보낸 시각|전송일시|송신일시|"
        "수신일시|"
        "보낸 날|보낸시각|발송 일시|발신일시|작성일시|일자",
        "ja": "送信日時|日付|日時|送信日|受信日時|日時/date",
        "zh": "发送时间|日期|寄件日期|傳送時間|發送時間|发送日期|發送日期|时间|時間|寄件時間|"
        "傳送日期|"
        "已发送|已傳送|"
        "发件时间|發件日期",
        "de": "datum|gesendet|gesendet am|gesendet um|datum/uhrzeit",
        "fr": "date|envoyé|envoyé le|date d'envoi|date d’envoi",
        "es": "fecha|enviado|enviado el|enviada|enviado en|fecha de envío",
        "pt": "data|enviado|enviada em|enviado em|enviada|data de envio",
        "it": "data|inviato|inviata|inviato il|data invio|data di invio",
        "nl": "datum|verzonden|verzonden op|verstuurd",
        "sv": "skickat|datum|skickat den",
        "da, no": "sendt|sendt den|dato|sendt dato",
        "fi": "lähetetty|päivämäärä|päiväys|pvm",
        "pl": "wysłano|data|wysłane|wysłany|data wysłania",
        "cs, sk": "odesláno|odoslané|datum|dátum|poslané|posláno|odoslaná",
        "ru, uk, bg, sr": "отправлено|дата|дата отправки|надіслано|відправлено|изпратено|"
        "датум|послато|дата отправления|дата и время|"
        "время|дата надсилання",
        "hu": "elküldve|dátum|küldve|küldés dátuma",
        "ro": "trimis|data|dată|trimis la|expediat",
        "tr": "gönderildi|tarih|gönderilme|gönderme tarihi|gönderilen|gönderim tarihi|"
        "gönderilme tarihi",
        "el": "ημερομηνία|στάλθηκε|εστάλη|απεσταλμένα|ημ/νία|αποστολή",
        "vi": "ngày|đã gửi|ngày gửi|gửi lúc|vào lúc",
        "id": "tanggal|terkirim|dikirim|tarikh|dihantar",
        "th": "วันที่|ส่ง|ส่งเมื่อ|ส่งแล้ว",
        "ar": "تاريخ|التاريخ|تم الإرسال|أرسلت|تاريخ الإرسال|مرسل",
        "he": "תאריך|נשלח|נשלח ב",
        "hr, sl": "poslano|datum|poslato",
        "lt, lv, et": "išsiųsta|data|nosūtīts|datums|saadetud|kuupäev",
        "ca": "data|enviat|enviat el",
    },
    "to": {
        "en": "to|recipient",
        "ko": "받는 사람|받는사람|받은 사람|받은사람|받는 이|받는이|받은 이|받은이|수신|수신자|"
        "수신인|"
        "받는 분",
        "ja": "宛先|受信者|送信先|あて先",
        "zh": "收件人|收件者|收信人",
        "de": "an|empfänger",
        "fr": "à|a|pour|destinataire",
        "es, pt, ca": "para|a|destinatario|destinatário|per a",
        "it": "a|per|destinatario",
        "nl": "aan|naar",
        "sv, da, no": "till|til|mottagare|modtager|mottaker",
        "fi": "vastaanottaja|kenelle",
        "pl, cs, sk, sl, hr": "do|komu|adresat|za|prima|pro|prejemnik",
        "ru, uk, bg, sr": "кому|до|за|получатель|одержувач|прима",
        "hu": "címzett|címzettek",
        "ro": "către|catre|destinatar|la",
        "tr": "kime|alıcı",
        "el": "προς|παραλήπτης",
        "vi": "đến|tới|người nhận",
        "id": "kepada|ke|untuk|penerima",
        "th": "ถึง|ผู้รับ",
        "ar": "إلى|الى|المستلم",
        "he": "אל|לכבוד",
        "lt, lv, et": "kam|gavėjas|adresāts|saaja|kellele",
    },
    "cc": {
        "en": "cc|copy",
        "ko": "참조|참조인",
        "ja": "写し",
        "zh": "抄送|副本|抄送人|副本抄送",
        "de, nl": "kopie|kopie (cc)|kopie an",
        "fr, es, pt, it, ca": "copie|copie à|copia|cópia|copie pour|con copia|per conoscenza|còpia|"
        "c.c|cópia para",
        "sv, da, no, fi": "kopia|kopi|kopio",
        "pl, cs, sk": "dw|do wiadomości|kopia|kopie|kópia",
        "ru, uk, bg": "копия|копія|копие|копија",
        "hu": "másolatot kap|másolat",
        "tr, el": "bilgi|κοινοποίηση|κοιν",
        "vi, id, th": "đồng gửi|tembusan|salinan|สำเนาถึง|สำเนา",
        "ar, he": "نسخة|نسخة إلى|نسخة كربونية|עותק|העתק",
    },
    "subject": {
        "en": "subject|subject line",
        "ko": "제목|메일 제목|메일제목",
        "ja": "件名|題名|標題",
        "zh": "主题|主旨|主題|标题|標題",
        "de": "betreff|betrifft|betr",
        "fr": "objet|sujet",
        "es, pt, ca": "asunto|assunto|assumpte",
        "it": "oggetto",
        "nl": "onderwerp|betreft",
        "sv": "ämne",
        "da, no": "emne",
        "fi": "aihe|otsikko",
        "pl": "temat",
        "cs, sk": "předmět|predmet|věc|vec",
        "ru, uk, bg, sr": "тема|относно|предмет",
        "hu": "tárgy",
        "ro": "subiect|subiectul",
        "tr": "konu",
        "el": "θέμα",
        "vi": "chủ đề|tiêu đề",
        "id": "subjek|perihal|subyek",
        "th": "เรื่อง|หัวเรื่อง|หัวข้อ",
        "ar": "الموضوع|موضوع",
        "he": "נושא|הנדון",
        "hr, sr, sl": "predmet|zadeva|naslov",
        "lt, lv, et": "tema|temats|teema|temos|tēma",
    },
}

_OTHER_LABELS = (
    "reply-to|reply to|importance|priority|attachments|attachment|attached|bcc|organization|"
    "sensitivity|message-id|in-reply-to|references|mailing-list|list-id|location|categories|"
    "resent-from|return-path|x-mailer|mailed-by|signed-by|security|required|optional|re|fw|"
    "fwd|답장 받는 사람|회신 주소|중요도|우선순위|첨부|첨부파일|첨부 파일|숨은참조|숨은 참조|"
    "장소|返信先|重要度|添付|添付ファイル|回复|重要性|附件|密送|密件副本|答复|回覆|antwort an|"
    "wichtigkeit|priorität|anlagen|anhang|anhänge|bcc|antwort|ort|répondre à|importance|"
    "pièces jointes|pièce jointe|cci|responder a|importancia|datos adjuntos|archivos adjuntos|"
    "cco|importância|anexos|anexo|responder para|rispondi a|importanza|allegati|allegato|"
    "priorità|ccn|beantwoorden|urgentie|bijlage|bijlagen|prioriteit|svara till|prioritet|"
    "bifogade filer|vigtighed|vedhæftede filer|viktighet|vedlegg|tärkeys|liitteet|"
    "odpowiedz do|ważność|załączniki|udw|důležitost|přílohy|prílohy|важность|вложения|"
    "вложение|важливість|вкладення|скрытая копия|fontosság|melléklet|mellékletek|importanță|"
    "atașamente|önem|ekler|yanıtla|gizli|συνημμένα|tệp đính kèm|lampiran|flag status|adjuntos|"
    "prioridade|antwoord aan|odpowiedź do|ответить|bilagor|svar till|svar til|odpovědět|válaszcím|"
    "yanıt|회신주소|密件抄送|回复地址|优先级"
)
OTHER_LABELS = frozenset(_OTHER_LABELS.split("|"))
