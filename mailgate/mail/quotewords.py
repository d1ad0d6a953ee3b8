"""The words by which mail programs introduce what they quote, by language.

Names of programs in comments say where an unusual form comes from. All words are lower case:
they are compared with `str.casefold` of what a mail has.
"""

ORIGINAL_NAMES = {
    "en": "original message|original appointment|original|reply message|original email|"
    "original mail|previous message|message history|quoted message",
    "ko": "원본 메시지|원본메시지|원본 메세지|원본메세지|원본 메일|원본메일|원본 이메일|"
    "원본이메일|원본|"
    "원문|원문 메시지|원본 내용|원본 메일 내용|받은 메일 내용|받은메일내용|받은 메일|받은메일|"
    "받은 메시지|이전 메시지|이전 메일|답장 메시지",
    "ja": "元のメッセージ|元のメール|オリジナルメッセージ|元のメッセージ/original message|"
    "original message/元のメッセージ|返信元メッセージ",
    "zh-hans": "原始邮件|原邮件|原始信息|原始消息|邮件原件|回复的原邮件|回复的原信",
    "zh-hant": "原始郵件|原始信件|原始訊息|原郵件|原始邮件訊息",
    "de": "ursprüngliche nachricht|ursprüngliche mail|ursprüngliche e-mail|originalnachricht|"
    "original nachricht|original-nachricht|original mail|original-mail|originalmail|"
    "original e-mail|ursprünglicher termin",
    "fr": "message d'origine|message d’origine|message original|message initial|"
    "message originel|courriel d'origine|courriel original|mail original|e-mail d'origine",
    "es": "mensaje original|mensaje anterior|correo original",
    "pt": "mensagem original|mensagem original enviada|mensagem anterior|e-mail original",
    "it": "messaggio originale|messaggio originario|messaggio precedente|"
    "messaggio originario inviato",
    "ca": "missatge original",
    "nl": "oorspronkelijk bericht|origineel bericht|oorspronkelijke bericht|"
    "oorspronkelijk mailbericht",
    "sv": "ursprungligt meddelande|originalmeddelande|ursprungligt brev|ursprungligt mail",
    "da": "oprindelig meddelelse|original meddelelse|oprindelig besked|oprindelig mail",
    "no": "opprinnelig melding|original melding|opprinnelig e-post",
    "fi": "alkuperäinen viesti|alkuperäinen sähköposti",
    "pl": "wiadomość oryginalna|oryginalna wiadomość|pierwotna wiadomość|"
    "treść oryginalnej wiadomości",
    "cs": "původní zpráva|původní e-mail|původní email",
    "sk": "pôvodná správa|originálna správa",
    "hu": "eredeti üzenet|eredeti levél",
    "ro": "mesaj original|mesajul original|mesaj iniţial|mesaj inițial",
    "hr, sr, sl": "izvorna poruka|originalna poruka|prvotno sporočilo|izvirno sporočilo|"
    "изворна порука|оригинална порука",
    "bg": "оригинално съобщение|първоначално съобщение",
    "ru": "исходное сообщение|оригинальное сообщение|исходное письмо|"
    "первоначальное сообщение|исходное сообщение от",
    "uk": "оригінальне повідомлення|вихідне повідомлення|початкове повідомлення",
    "tr": "orijinal mesaj|özgün ileti|özgün mesaj|orijinal ileti|orjinal mesaj|orijinal e-posta",
    "el": "αρχικό μήνυμα|πρωτότυπο μήνυμα",
    "vi": "thư gốc|tin nhắn gốc|thư nguyên bản|tin nhắn ban đầu",
    "id": "pesan asli|pesan awal|mesej asal",
    "th": "ข้อความต้นฉบับ|ข้อความเดิม",
    "ar": "الرسالة الأصلية|رسالة أصلية",
    "he": "הודעה מקורית|ההודעה המקורית",
    "lt, lv, et": "pradinis laiškas|originalus pranešimas|sākotnējā ziņa|sākotnējais ziņojums|"
    "algne sõnum|algne kiri|originaalsõnum",
}

FORWARD_NAMES = {
    "en": "forwarded message|begin forwarded message|forwarded by|forwarded email|"
    "forwarded mail|start of forwarded message|begin forwarded email|"
    "forwarded e-mail|begin forward message|start forwarded message|forwarded message follows|"
    "original message forwarded|forwarded letter",
    "ko": "전달된 메시지|전달된메시지|전달된 메세지|전달된 메일|전달 메일|전달 메시지|"
    "전달한 메시지|"
    "전달된 이메일|전달된 메시지 시작|전달받은 메일|전달 내용|"
    "전달된메일|전달한 메일|전달된 메일 시작|전달된 메시지의 시작|아래는 전달된 메시지입니다|"
    "아래는 전달된 메일입니다|전달 받은 메일|전달된 원본 메시지|전달된 원본 메일",
    "ja": "転送メッセージ|転送されたメッセージ|転送メール|転送されたメール|以下、転送されたメール|"
    "転送されたメッセージの先頭|以下は転送されたメッセージです|"
    "転送メッセージの開始|転送されたメッセージの開始|転送元メッセージ|"
    "転送されたメッセージここから|転送されたメールここから|以下、転送メッセージ|以下、転送メール",
    "zh-hans": "转发的邮件|转发邮件|转发信息|转发的消息|已转发的邮件|下面是被转发的邮件|"
    "下面是被转发的邮件内容|转发邮件信息|"
    "转发的信件|转发的邮件信息|被转发的邮件|已转发邮件|转发的邮件开始|开始转发的邮件|"
    "开始转发邮件|以下是转发的邮件|转发消息",
    "zh-hant": "轉寄郵件|轉寄的郵件|已轉寄的郵件|轉寄訊息|轉寄的訊息|開始轉寄訊息|以下是轉寄的信件|"
    "轉發的郵件|"
    "轉寄信件|轉寄的信件|轉發郵件|已轉寄郵件|開始轉寄郵件|開始轉寄的郵件|以下是轉寄的郵件|"
    "以下為轉寄郵件",
    "de": "weitergeleitete nachricht|anfang der weitergeleiteten nachricht|"
    "weitergeleitete e-mail|weitergeleitete mail|beginn der weitergeleiteten nachricht|"
    "anfang der weitergeleiteten e-mail|weitergeleitet von|"
    "beginn der weitergeleiteten e-mail",
    "fr": "message transféré|début du message transféré|début du message réexpédié|"
    "message réexpédié|e-mail transféré|courriel transféré|message transmis|"
    "début du message transmis|"
    "message transfere|mail transféré|début du courriel transféré|début de message transféré",
    "es": "mensaje reenviado|inicio del mensaje reenviado|correo reenviado|"
    "mensaje remitido|comienza el mensaje reenviado|"
    "comienzo del mensaje reenviado|principio del mensaje reenviado",
    "pt": "mensagem encaminhada|início da mensagem encaminhada|mensagem reencaminhada|"
    "início da mensagem reencaminhada|e-mail encaminhado|início de mensagem encaminhada|"
    "inicio da mensagem encaminhada|inicio da mensagem reencaminhada|"
    "começo da mensagem encaminhada",
    "it": "messaggio inoltrato|inizio messaggio inoltrato|inizio del messaggio inoltrato|"
    "messaggio inoltrato da|e-mail inoltrata|"
    "messaggio girato|email inoltrata|inizio email inoltrata",
    "ca": "missatge reenviat|inici del missatge reenviat",
    "nl": "doorgestuurd bericht|begin doorgestuurd bericht|doorgestuurde e-mail|"
    "begin van het doorgestuurde bericht|"
    "doorgezonden bericht|begin van doorgestuurd bericht",
    "sv": "vidarebefordrat meddelande|vidarebefordrat brev|vidarebefordrat mejl|"
    "början på vidarebefordrat brev|vidarebefordrat mail|"
    "början av vidarebefordrat meddelande|"
    "vidarebefordrat e-postmeddelande|början på vidarebefordrat meddelande|"
    "vidarebefordrat meddelande börjar",
    "da": "videresendt besked|videresendt meddelelse|start på videresendt besked|"
    "starten på den videresendte besked|videresendt mail|start på videresendt meddelelse|"
    "videresendt e-mail|start på videresendt e-mail",
    "no": "videresendt melding|videresendt e-post|start på videresendt melding|"
    "begynnelse på videresendt melding|videresendt e-postmelding|"
    "starten på videresendt melding",
    "fi": "välitetty viesti|edelleenlähetetty viesti|välitetty viesti alkaa|"
    "edelleen lähetetty viesti|välitetyn viestin alku|"
    "alkuperäinen välitetty viesti",
    "pl": "wiadomość przekazana dalej|przekazana wiadomość|treść przekazanej wiadomości|"
    "forwarded message / wiadomość przekazana|początek przekazanej wiadomości|"
    "przesłana wiadomość|początek przekazywanej wiadomości|przekazana dalej wiadomość|"
    "wiadomość przesłana dalej|"
    "wiadomość przekazana|początek przesłanej dalej wiadomości|"
    "początek wiadomości przekazanej dalej",
    "cs": "přeposlaná zpráva|předaná zpráva|začátek přeposlané zprávy|přeposlaný e-mail|"
    "začátek přeposílané zprávy|"
    "přeposlaný email|přeposílaná zpráva",
    "sk": "preposlaná správa|preposlaný e-mail|začiatok preposlanej správy|"
    "začiatok preposielanej správy",
    "hu": "továbbított üzenet|továbbított levél|a továbbított levél kezdete|"
    "továbbított üzenet kezdete|"
    "továbbított e-mail|a továbbított üzenet kezdete|továbbított levél kezdete",
    "ro": "mesaj redirecționat|mesaj redirecţionat|mesaj redirectionat|mesaj transmis|"
    "început mesaj redirecționat|începutul mesajului redirecționat|"
    "mesaj înaintat|mesaj retrimis|începutul mesajului înaintat|mesaj transferat",
    "hr, sr, sl": "proslijeđena poruka|prosleđena poruka|početak proslijeđene poruke|"
    "posredovano sporočilo|začetek posredovanega sporočila|прослеђена порука|"
    "prosljeđena poruka",
    "bg": "препратено съобщение|препратен имейл|начало на препратеното съобщение",
    "ru": "пересылаемое сообщение|начало переадресованного сообщения|пересланное сообщение|"
    "переадресованное сообщение|начало пересылаемого сообщения|перенаправленное сообщение|"
    "пересылаемое письмо|начало пересланного сообщения|"
    "пересланное письмо|начало перенаправленного сообщения",
    "uk": "переслане повідомлення|пересилане повідомлення|початок переадресованого листа|"
    "початок переадресованого повідомлення|переслане повідомлення від|"
    "перенаправлене повідомлення|переадресоване повідомлення|початок пересланого повідомлення|"
    "початок листа, що пересилається|початок переспрямованого повідомлення",
    "tr": "iletilmiş mesaj|iletilen mesaj|yönlendirilmiş mesaj|iletilmiş ileti|"
    "i̇letilmiş mesaj|iletilmiş mesajın başlangıcı|yönlendirilen mesaj|"
    "i̇letilen mesaj|i̇letilmiş ileti|iletilen ileti|i̇letilen ileti|"
    "yönlendirilen ileti|yönlendirilmiş ileti|iletilen e-posta|iletilen mesajın başlangıcı|"
    "iletilen iletinin başlangıcı|yönlendirilen iletinin başlangıcı",
    "el": "προωθημένο μήνυμα|έναρξη προωθημένου μηνύματος|προωθημένο mail|"
    "αρχή προωθημένου μηνύματος|"
    "προωθημένο μήνυμα ηλεκτρονικού ταχυδρομείου|μήνυμα που προωθήθηκε",
    "vi": "thư đã chuyển tiếp|tin nhắn đã chuyển tiếp|thư được chuyển tiếp|"
    "bắt đầu thư được chuyển tiếp|forwarded message|"
    "tin nhắn được chuyển tiếp",
    "id": "pesan terusan|pesan yang diteruskan|pesan diteruskan|mulai meneruskan pesan|"
    "mesej dimajukan|"
    "awal pesan terusan",
    "th": "ข้อความที่ส่งต่อ|เริ่มข้อความที่ส่งต่อ",
    "ar": "رسالة معاد توجيهها|رسالة مُعاد توجيهها|رسالة تمت إعادة توجيهها|"
    "بداية الرسالة المعاد توجيهها|بدء الرسالة المعاد توجيهها",
    "he": "הודעה שהועברה|הודעה מועברת|תחילת ההודעה שהועברה",
    "lt, lv, et": "persiųstas pranešimas|persiųstas laiškas|pārsūtīta ziņa|pārsūtītā ziņa|"
    "edastatud sõnum|edastatud kiri|"
    "persiunčiamas laiškas",
}

REPLY_ABOVE = (
    # Zendesk, Freshdesk, Help Scout, Jira, Basecamp, Intercom and their like.
    (
        r"(?:please )?(?:type|enter|write|add) (?:your )?(?:reply|response|answer|comment)s? "
        r"(?:above|over) this line(?: to reply)?"
    ),
    (
        r"(?:please )?(?:reply|respond|write|type|answer)(?: to this (?:email|"
        r"message))? above th(?:is|e) "
        r"(?:dotted )?line(?: to (?:add|post|reply|respond|leave|comment)[a-z ]{0,40})?"
    ),
    r"above this line (?:is|goes) your reply",
    r"(?:이|아래|위) ?(?:줄|선|라인)(?:의)? ?위에 (?:답장|회신|답변|내용)[^.:]{0,30}",
    r"この(?:行|線)(?:より|の)上に[^.:。]{0,30}",
    r"请在(?:此|本)行(?:的)?(?:上方|之上|以上)[^.:。]{0,30}",
    r"請在(?:此|本)行(?:的)?(?:上方|之上|以上)[^.:。]{0,30}",
    (
        r"bitte (?:geben|schreiben|fügen) sie ihre antwort (?:oberhalb|über) dieser (?:zeile|linie)"
        r"[^.:]{0,20}"
    ),
    r"bitte (?:antworten sie )?(?:oberhalb|über) dieser (?:zeile|linie)(?: antworten)?",
    (
        r"(?:veuillez|merci de) (?:répondre|saisir votre réponse|taper votre réponse|écrire) "
        r"(?:au-dessus|en haut) de cette ligne"
    ),
    r"répond(?:re|ez) au-dessus de cette ligne",
    (
        r"(?:por favor,? )?(?:escriba|escribe|introduzca|responda|ingrese)(?: su respuesta)? "
        r"(?:por encima|encima|arriba) de esta l[ií]nea"
    ),
    (
        r"(?:por favor,? )?(?:digite|escreva|insira|responda)(?: (?:a )?sua resposta)? "
        r"(?:acima|por cima) desta linha"
    ),
    (
        r"(?:si prega di )?(?:scriv(?:ere|i)|digit(?:are|a)|inserisci|rispond(?:ere|i))"
        r"(?: la (?:tua |propria )?risposta)? (?:sopra|al di sopra d[ia]) questa (?:riga|linea)"
    ),
    r"(?:typ|schrijf|antwoord|reageer)(?: uw antwoord| je antwoord)? boven deze (?:regel|lijn)",
    (
        r"(?:prosimy )?(?:odpowiedz|wpisz|napisz)(?: swoją)?(?: odpowiedź)? (?:nad|powyżej) "
        r"t(?:ą|ej) lini(?:ą|i)"
    ),
    (
        r"(?:пожалуйста,? )?(?:введите|напишите|пишите)(?: ваш)? ответ (?:над|выше) эт(?:ой|ой) "
        r"(?:строкой|чертой|линией|строки|линии)"
    ),
    r"skriv(?: ditt)? svar(?:et)? (?:ovanför|över|over) den(?:na|ne) (?:rad|linje)(?:n|en)?",
)
"""A sentence of a ticket system that says where to answer, all of a line between dashes."""

VERBS = {
    "en": "wrote|writes|written",
    "de": "schrieb|schreibt|geschrieben",
    "nl": "schreef|geschreven|schrijft",
    "fr": "a écrit|écrit|a ecrit",
    "es": "escribió|escribio|escribe",
    "pt": "escreveu",
    "it": "ha scritto|scritto|scrive",
    "ca": "va escriure|ha escrit|missatge de",
    "sv, da, no": "skrev|skriver|har skrivit|følgende",
    "fi": "kirjoitti",
    "pl": "napisał|pisze",
    "cs, sk": "napsal|napísal|píše",
    "hr, sr, sl": "napisao|napisala|napisal|piše|је написао|написао|пише",
    "bg": "написа|писа",
    "ru, uk": "написал|написав|написала|пишет|пише|писал",
    "hu": "írta|ezt írta",
    "ro": "a scris",
    "tr": "yazdı|yazdi|yazmış|şunları yazdı",
    "el": "έγραψε",
    "vi": "đã viết|viết",
    "id, ms": "menulis",
    "lt, lv, et": "rašė|parašė|rakstīja|kirjutas",
    "ar, fa": "كتب|كتابة|نوشت",
    "he": "כתב|כתבה|מאת",
    "Horde, IMP": "quoting|zitat von|citando|citazione di|in reply to|en réponse à",
}
"""Found at the begin of a word."""

VERBS_INSIDE = {
    "ko": "작성|쓴 글|쓴글|쓰셨습니다|썼습니다|보낸 글|보낸글|보낸 메시지|님의 메시지|님의 말|"
    "님께서",
    "ja": "書きました|書いた|のメール|からのメール|のメッセージ",
    "zh": "写道|寫道|写到|寫到|撰写|撰寫|写了",
    "th": "เขียน",
    "hi": "लिखा",
}
"""Found anywhere: these languages do not part their words with blanks."""

INTRODUCTIONS = {
    "en": "on|at|in|date",
    "de": "am|zitat von",
    "fr": "le",
    "es, ca": "el|missatge",
    "pt": "em|no dia|a",
    "it": "il|in data|il giorno",
    "nl": "op",
    "sv, da, no": "den|kl",
    "pl, cs, sk, sl": "dnia|dne|dňa|w dniu|v|dana|u",
    "ru, uk, bg, sr": "в|за|на|у|дана",
    "ro": "în|pe|la",
    "el": "στις|την|το",
    "vi": "vào",
    "id": "pada",
    "ar, fa": "في|بتاريخ|در",
    "et": "kasutaja",
    "Horde": "quoting",
}
INTRODUCTIONS_INSIDE = "ในวันที่|เมื่อ|在|于|於|בתאריך"

DAYS = {
    "en": "mon|tue|wed|thu|fri|sat|sun",
    "de": "mo|di|mi|do|fr|sa|so|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag",
    "fr": "lun|mar|mer|jeu|ven|sam|dim|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
    "es": "lunes|martes|miércoles|jueves|viernes|sábado|domingo|mié|jue|vie|sáb|dom",
    "pt": "seg|ter|qua|qui|sex|sáb|segunda|terça|quarta|quinta|sexta",
    "it": "gio|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica",
    "nl": "ma|di|wo|do|vr|za|zo|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag",
    "sv, da, no": "mån|tis|ons|tors|fre|lör|sön|man|tir|tor|lør|søn|mandag|tirsdag|onsdag|"
    "torsdag|fredag|lørdag|søndag|måndag|tisdag|lördag|söndag",
    "fi": "ma|ti|ke|to|pe|la|su",
    "pl": "pon|wt|śr|czw|pt|sob|niedz",
    "cs, sk": "po|út|st|čt|pá|so|ne|ut|št|pi",
    "hr, sl, sr": "pon|uto|sri|čet|pet|sub|ned|tor|sre|пет|сре|чет|суб|нед|уто",
    "ru, uk, bg": "пн|вт|ср|чт|пт|сб|вс|нд|понедельник|вторник|среда|четверг|пятница|"
    "суббота|воскресенье|понеділок|вівторок|середа|четвер|пʼятниця|п'ятниця|субота|неділя",
    "lt": "pr|an|tr|kt|pn|št|sk",
}


_ENGLISH_ANSWERS = r"(?:answers?|comments?|repl(?:y|ies)|respon(?:d|ded|se|ses)|remarks?|feedback)"
INLINE = {
    "en": rf"\b{_ENGLISH_ANSWERS}\b(?:\W+\w+){{0,4}}?\W+in-?line\b|^(?:see |pls see |"
    rf"please see )?in-?line"
    rf"(?: below)?[.:!]?$|\bin-?line {_ENGLISH_ANSWERS}\b|\bsee in-?line\b|"
    rf"\b{_ENGLISH_ANSWERS}\b(?:\W+\w+){{0,4}}?\W+in (?:red|blue|green|bold|purple|colou?r|caps)\b|"
    rf"\b{_ENGLISH_ANSWERS} (?:are )?(?:below|between the lines)\b|"
    rf"\bsee my {_ENGLISH_ANSWERS} below\b",
    "ko": r"(?:답변|답장|회신|코멘트|의견|답|수정|표시)[^.\n]{0,12}(?:빨간|붉은|파란|빨강|파랑|"
    r"적색|청색) ?(?:색|글씨)|"
    r"(?:빨간|붉은|파란|빨강|파랑|적색|청색) ?(?:색|글씨)[^.\n]{0,12}(?:답변|답장|회신|적[었어]|"
    r"표시|작성|기재|코멘트)|"
    r"(?:본문|아래)에 ?(?:답변|답장|회신|코멘트|의견|답)",
    "ja": r"赤字|青字|インライン(?:で|に)(?:回答|返信|コメント)|本文中に(?:回答|コメント)",
    "zh": r"(?:红|紅|蓝|藍)字|(?:回复|回覆|答复|批注)[^。\n]{0,8}(?:红色|紅色|蓝色|藍色)|"
    r"邮件正文中(?:回复|批注)",
    "de": r"(?:antwort|kommentar|anmerkung)[^.\n]{0,30}\b(?:in (?:rot|blau|grün)|im text|inline)\b",
    "fr": r"(?:réponse|commentaire|remarque)[^.\n]{0,30}\b(?:en (?:rouge|bleu|vert)|"
    r"dans le texte)\b",
    "es": r"(?:respuesta|comentario|respondo)[^.\n]{0,30}\b(?:en (?:rojo|azul|verde)|"
    r"en el texto)\b",
    "pt": r"(?:resposta|comentário|respondo)[^.\n]{0,30}\b(?:em (?:vermelho|azul|verde)|"
    r"no texto)\b",
    "it": r"(?:rispost|comment|rispond)[^.\n]{0,30}\bin (?:rosso|blu|verde)\b",
    "nl": r"(?:antwoord|opmerking|reactie)[^.\n]{0,30}\b(?:in het (?:rood|blauw)|in de tekst)\b",
    "pl": r"(?:odpowied|komentarz|uwag)[^.\n]{0,30}\bna (?:czerwono|niebiesko)\b",
    "ru": r"(?:ответ|коммент)[^.\n]{0,30}\b(?:красным|синим|в тексте)\b",
}
"""What people write above answers that stand inside the quoted mail."""

INLINE_STEMS = (
    *("inline", "in-line", "between the lines", "below", "in red", "in blue", "in green"),
    *("in bold", "in purple", "in color", "in colour", "in caps"),  # English
    *("색", "글씨", "본문", "아래"),  # Korean
    *("赤字", "青字", "インライン", "本文"),  # Japanese
    *("字", "色", "正文"),  # Chinese
    *("in rot", "in blau", "in grün", "im text"),  # German
    *("en rouge", "en bleu", "en vert", "dans le texte"),  # French
    *("en rojo", "en azul", "en verde", "en el texto"),  # Spanish
    *("em vermelho", "em azul", "em verde", "no texto"),  # Portuguese
    *("in rosso", "in blu", "in verde"),  # Italian
    *("in het rood", "in het blauw", "in de tekst"),  # Dutch
    *("na czerwono", "na niebiesko"),  # Polish
    *("красным", "синим", "в тексте"),  # Russian
)
"""Each of these sentences holds one: nearly every mail is done with these looks."""
