"""The words of what stands under a letter without being written for it: the lines that phones,
virus scanners and mailing lists add, and the greetings above a name, by language.

Patterns are for `re.match` on a line in `str.casefold`, without blanks and brackets around it.
"""

_PRODUCTS = (
    r"(?:iphone|ipad|ipod|ios|apple|mac|android|galaxy|samsung|pixel|xperia|huawei|xiaomi|redmi|"
    r"oppo|oneplus|nokia|htc|lg|motorola|blackberry|windows|symbian|palm|treo|lumia|smart ?phone|"
    r"phone|telephone|mobile|cell|cellphone|handheld|handy|tablet|device|wireless|4g|5g|lte|"
    r"outlook|mail|email|e-mail|gmail|yahoo|aol|hotmail|proton|protonmail|tutanota|tuta|gmx|"
    r"web\.de|zoho|naver|daum|kakao|hanmail|yandex|qq|netease|163|fastmail|icloud|mailbox|airmail|"
    r"sparrow|spark|shift|superhuman|front|mimestream|blue ?mail|nine|newton|polymail|mixmax|"
    r"missive|canary|em client|k-9|postbox|thunderbird|edison|hey|spike|boxer|touchdown|"
    r"typeapp|aqua ?mail|maildroid|cloudmagic|libero|orange|telekom|t-online|free|sfr|vodafone|"
    r"o2|verizon|at&t|t-mobile|sprint|rogers|bell|telstra|docomo|softbank|au by kddi|sk telecom|"
    r"thumbs|surface|chromebook|workspace one|app|webmail)"
)

DEVICES = {
    "en": r"sent (?:from|by|via|with|using|through|on) [^,!?]{0,50}(?<![\w])"
    + _PRODUCTS
    + r"(?![a-z])[^,!?]{0,60}$|sent from my [^,!?]{1,40}$|(?:get|download|try) outlook for |"
    r"sent from (?:a|the|an) [^,.!?]{1,50}$|sent on the (?:move|go|run)|"
    r"(?:\w{1,20} )?(?:from|via) (?:my )?(?:mobile|phone|cell|iphone|ipad|android|smartphone)"
    r"(?: \w{1,10}){0,2}[.!]?$|from my .{0,20}(?:phone|ipad|mobile|galaxy|android|pixel|"
    r"blackberry)(?: \w{1,10})?[.!]?$|(?:please )?(?:excuse|forgive|pardon) "
    r"(?:\w+ ){0,4}(?:typos?|brevity|spelling|errors?|thumbs)|sent securely (?:from|with|using) |"
    r"(?:email )?powered by (?:outlook|superhuman|front|shift|hey)|typed on (?:my|a) |"
    r"yahoo mail: search, organize|sent from outlook|composed on (?:my|a) ",
    "ko": r"(?:나의|내|저의|제) .{1,40}에서 (?:보[냄냈낸]|발송|작성|전송)|.{1,40}에서 (?:보냄|"
    r"보냈습니다|"
    r"보낸 메일입니다|보낸 메일|보낸 메시지입니다|발송됨|발송하였습니다|발송했습니다|전송됨|"
    r"전송했습니다|작성됨)"
    r"\.?$|.{1,30}(?:메일 ?앱|휴대폰|스마트폰|모바일|갤럭시|아이폰)(?:에서|으로|로) (?:보냄|발송|"
    r"작성|전송|보낸)|"
    r"보낸 사람: ?(?:iphone|ipad|galaxy|아이폰)|.{1,30}(?:ios|android|안드로이드)용 outlook|"
    r"outlook (?:ios|android)|"
    r"(?:ios|android|안드로이드)용 outlook",
    "ja": r".{1,30}から(?:送信|送りました|送られ)|.{1,20}より送信|.{1,30}で送信(?:しました)?|"
    r"(?:ios|android) ?(?:版|用の?) ?outlook.{0,20}|outlook for (?:ios|android)を",
    "zh": r"(?:发|發)自我?的?.{1,40}$|(?:从|從|由|来自|來自)(?:我的|我)? ?.{1,30}(?:发送|發送|"
    r"傳送|传送|寄出|寄送|发出)|"
    r"(?:获取|取得|下載|下载) ?outlook.{1,20}|(?:由|使用|通过|透過).{1,20}(?:邮件|郵件|邮箱|信箱|"
    r"手机|手機)"
    r".{0,10}(?:发送|發送|傳送|寄出)|.{0,12}(?:iphone|ipad|手机|手機)(?:发送|傳送|發送)",
    "de": r"von (?:meinem|meiner|unterwegs|mobil|outlook|samsung) ?.{0,50}(?:gesendet|versendet|"
    r"verschickt|geschickt)"
    r"|gesendet (?:von|mit|über|aus|per|vom) |diese (?:e-?mail|nachricht|mail) wurde "
    r"(?:von|mit|über) .{1,80}(?:gesendet|verschickt|versendet)|mobil gesendet|"
    r"(?:holen|laden) sie sich outlook|outlook für (?:ios|android)|von unterwegs gesendet|"
    r"versendet mit |verschickt von meinem",
    "fr": r"envoyé (?:de|depuis|à partir d|avec|via|par|d[’']) ?.{1,60}$|provenance : |"
    r"télécharge[rz] outlook|"
    r"obtenez outlook|obtenir outlook|outlook pour (?:ios|android)|envoyée? d[’'']un |"
    r"(?:message )?expédié (?:de|depuis) |désolé pour les fautes",
    "es": r"enviado (?:desde|con|mediante|por|a través de) .{1,60}$|obtener outlook|"
    r"obtenga outlook|"
    r"consigue outlook|descargar outlook|outlook para (?:ios|android)",
    "pt": r"enviado (?:do|da|de|pelo|pela|a partir|via|por|com) .{1,60}$|obter o? ?outlook|"
    r"obtenha o outlook|baixar o outlook|enviada do meu ",
    "it": r"inviato (?:da|dal|dalla|con|tramite|via) .{1,60}$|scarica outlook|ottieni outlook|"
    r"outlook per (?:ios|android)|spedito da(?:l|lla)? ",
    "ca": r"enviat (?:des de|des del|amb) ",
    "nl": r"(?:verzonden|verstuurd|gestuurd) (?:vanaf|met|via|van|vanuit) |outlook voor (?:ios|"
    r"android)"
    r"|(?:download|haal) outlook",
    "sv": r"skickat (?:från|med|via) |skickad (?:från|med) |(?:hämta|skaffa) outlook|"
    r"från min (?:iphone|ipad|"
    r"mobil|telefon|samsung|android)|outlook för (?:ios|android)|mobilskickat",
    "da, no": r"sendt (?:fra|med|via) |send[t]? fra min |hent outlook|få outlook|skaff deg outlook|"
    r"outlook til (?:ios|android)|last ned outlook",
    "fi": r"lähetetty .{1,60}$|lähetettiin .{1,40}$|hanki outlook|hae outlook|lataa outlook",
    "pl": r"wysłan[eoya] (?:z|ze|za pomocą|przez|przy pomocy) .{1,60}$|pobierz outlook|"
    r"uzyskaj outlook",
    "cs": r"odesláno (?:z|ze|pomocí) |posláno z |získat outlook|získejte outlook|odesláno přes ",
    "sk": r"odoslané (?:z|zo|pomocou|cez) |získať outlook|získajte outlook|poslané z ",
    "hu": r".{1,40}(?:küldve|küldött üzenet|küldtem|elküldve)\.?$|elküldve .{1,40}$|"
    r"(?:szerezze be|töltse le) az? outlook",
    "ro": r"trimis (?:de pe|din|cu|prin) |obțineți outlook|descărcați outlook",
    "hr, sr, sl": r"poslano (?:s|sa|iz|z|putem|pomoću) |poslato sa? |послато са |nabavite outlook|"
    r"pridobite outlook",
    "bg": r"изпратено от |изпратен от ",
    "ru": r"отправлено (?:с|из|от|через|при помощи) .{1,60}$|отправлен[оа] (?:с|из) |"
    r"послано с |скачать outlook|получить outlook|письмо отправлено (?:с|из)|"
    r"(?:получите|скачайте) outlook",
    "uk": r"надіслано (?:з|із|зі|через|за допомогою) |відправлено (?:з|із|зі) |отримати outlook",
    "tr": r".{1,40}(?:ımdan|imden|umdan|ümden|'?d[ae]n|'?t[ae]n|ile|üzerinden) (?:gönderildi|"
    r"gönderilmiştir)"
    r"\.?$|outlook(?:'u| for)? .{0,12}(?:edinin|indirin|alın)|(?:android|ios) (?:için|"
    r"icin) outlook",
    "el": r"(?:στάλθηκε|εστάλη|απεστάλη) (?:από|με|μέσω) |λήψη (?:του )?outlook",
    "vi": r"(?:đã )?(?:được )?gửi từ |tải outlook|nhận outlook",
    "id": r"dikirim (?:dari|dengan|melalui|menggunakan) |dapatkan outlook|unduh outlook|"
    r"dihantar daripada ",
    "th": r"ส่งจาก ?|รับ outlook|ดาวน์โหลด outlook",
    "ar": r"(?:تم الإرسال|أرسلت|أُرسلت|مرسل[ةه]?|تم إرسال\w*) من |احصل على outlook|"
    r"الحصول على outlook",
    "he": r"נשלח מ|נשלחה מ|קבל את outlook|להורדת outlook",
    "lt, lv, et": r"išsiųsta iš |siųsta iš |nosūtīts no |saadetud (?:minu|mu) |saadetud .{1,30}st$",
}

DEVICE_WORDS = (
    rf"(?<![a-z]){_PRODUCTS}(?![a-z])|iphon|ipad|outlook|android|galaxy|samsung|mobil|unterwegs|"
    rf"handy|"
    r"ger[äa]t|telefon|t[ée]l[ée]phone|tel[ée]fono|m[óo]vil|celular|telemóvel|cellulare|"
    r"dispositi[vf]|"
    r"appareil|apparaat|toestel|enhet|enhed|laitte|puhelim|urz[ąa]dzen|kom[óo]rk|zařízení|"
    r"zariaden|eszköz|"
    r"cihaz|συσκευ|κινητ|thiết bị|điện thoại|perangkat|ponsel|มือถือ|โทรศัพท์|هاتف|جهاز|موبايل|"
    r"נייד|טלפון|"
    r"телефон|мобил|мобіл|смартфон|почт|пошт|устройств|пристро|스마트폰|휴대폰|핸드폰|휴대전화|"
    r"모바일|"
    r"갤럭시|아이폰|아이패드|안드로이드|메일|앱|네이버|카카오|삼성|태블릿|아웃룩|スマートフォン|"
    r"スマホ|携帯|"
    r"メール|モバイル|アプリ|手机|手機|邮箱|郵箱|邮件|郵件|信箱|平板"
)
"""One of these stands in each that is not English: parcels are sent from somewhere too."""

FOOTERS = (
    # Virus scanners.
    (
        r"virus[- ]free\. ?(?:www\.)?|this (?:e-?mail|message) (?:has been|was|is) (?:checked|"
        r"scanned) (?:for|by) "
    ),
    (
        r"no virus found in this |checked by avg|scanned by |avast logo|libre de virus|sin virus\.|"
        r"garanti sans virus|"
        r"sans virus\.|virenfrei\.|diese e-mail wurde (?:von|mit) .{1,40}(?:viren|geprüft)|"
        r"privo di virus|"
        r"livre de vírus|virusvrij\.|без вирусов\.|wolny od wirusów|바이러스(?:가)? 없음|"
        r"이 (?:이메일|메일|전자 ?메일)은 .{1,40}바이러스 검사"
    ),
    (
        r"l'absence de virus dans ce |ce (?:courrier|message) (?:électronique )?(?:a été vérifié|"
        r"ne contient aucun virus)|"
        r"el software de antivirus avast|este (?:correo|mensaje) .{0,40}(?:avast|virus)|"
        r"questa e-?mail è (?:stata|priva)"
    ),
    # Mailing lists, groups and trackers.
    (
        r".{1,60} mailing[- ]?list$|to unsubscribe (?:from|send|visit)|"
        r"you received this (?:message|email) because you|"
        r"you are receiving this (?:because|email|message)|reply to this email directly|"
        r"to unsubscribe, (?:e-?mail|send|visit|click)|unsubscribe: https?://|"
        r"to respond, reply to this email|visit topic|"
        r"the information (?:contained )?in this communication from the sender is confidential"
    ),
)
"""A line that begins the footer of a machine; it goes with all that is under it."""

FOOTER_WORDS = (
    *("virus", "viren", "вирус", "wirus", "바이러스", "avast", "avg", "scanned", "checked"),
    *("mailing", "unsubscribe", "because you", "receiving this", "reply to this email"),
    *("visit topic", "disclaimer", "confiden", "legal", "haftung", "riservatezza"),
)
"""One of these stands in each of them."""

_FOOTER_HEADINGS = (
    "disclaimer|disclaimer:|confidentiality notice|confidentiality notice:|legal disclaimer|"
    "legal notice|email disclaimer|haftungsausschluss|avis de confidentialité|"
    "aviso de confidencialidad|aviso legal|avviso di riservatezza"
)
FOOTER_HEADINGS = frozenset(_FOOTER_HEADINGS.split("|"))
"""A heading alone on its line, with a paragraph of law under it."""

GREETINGS = (
    r"(?:many |kind |kindest |best |warm |warmest |with |my |w/ )*(?:thanks|thank you|thx|regards|"
    r"rgds|cheers|sincerely|wishes|cordially|respectfully|yours)(?: (?:again|in advance|"
    r"and (?:best |"
    r"kind )?regards|very much|a lot|so much|truly|sincerely|faithfully|& regards|all))*$|"
    r"best$|br$|(?:감사합니다|고맙습니다|감사드립니다|수고하세요|수고하십시오|드림|올림).{0,4}$|"
    r"(?:よろしく|宜しく)お願い.{0,12}$|(?:此致|敬礼|谢谢|謝謝|祝好|顺祝商祺)$|"
    r"(?:mit |viele |liebe |beste |schöne |herzliche |freundliche[nr]? )+grü(?:ß|ss)en?$|mfg$|"
    r"vg$|lg$|"
    r"(?:bien )?cordialement$|(?:meilleures )?salutations$|merci$|"
    r"(?:un )?(?:cordial )?saludos?(?: cordiales)?$|atentamente$|gracias$|"
    r"(?:atenciosamente|att|abraços?|obrigad[oa]|cumprimentos|(?:com os )?melhores cumprimentos)$|"
    r"(?:cordiali |distinti )?saluti$|grazie$|met vriendelijke groet(?:en)?$|mvg$|groet(?:en|"
    r"jes)?$|"
    r"(?:med )?vänlig(?:a)? häls?ning(?:ar)?$|mvh$|(?:med |de )?venlige? hilsen(?:er)?$|"
    r"(?:med )?vennlig hilsen$|(?:ystävällisin )?terveisin$|pozdrawiam$|z poważaniem$|"
    r"с уважением$|спасибо$|з повагою$|s pozdravem$|üdvözlettel$|cu stimă$|saygılarımla$|"
    r"με εκτίμηση$|trân trọng$|salam$"
)
"""The last line of a letter above the name: a rule right under it begins a signature."""

BANNERS = (
    r"(?:\[?(?:caution|warning|attention|external|notice|alert|be careful|achtung|vorsicht|"
    r"attenzione|"
    r"atención|attention|let op|uwaga|внимание|주의|경고)[\]:!. -]|\[(?:external|ext|외부|"
    r"외부메일)\]|"
    r"(?:this|the) (?:e-?mail|message|sender) .{0,40}(?:outside|external)|"
    r"you don'?t often get (?:an )?e-?mail from|이 (?:메일|이메일|메시지)은? .{0,20}외부|"
    r"외부(?:에서|로부터))"
)
BANNER_WORDS = (
    r"outside (?:of )?(?:the|your|our|this) |originat(?:ed|es) (?:from )?(?:outside|extern)|"
    r"(?:do not|don'?t) click|don'?t often get|unless you (?:recogni[sz]e|trust|know)|"
    r"external (?:e-?mail|sender|source|message)|^\[?external\]?$|extern(?:e[nr]?|o|"
    r"a) (?:absender|e-?mail|"
    r"quelle|expéditeur|mittente|remitente|afzender)|외부(?:에서|로부터| ?메일| ?발신)|внешн|"
    r"zewnętrz"
)
"""What the reader's own mail server puts above a mail from outside: one of BANNERS at the begin
of the first line and one of these words in its paragraph."""
