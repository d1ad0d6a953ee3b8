"""What mail programs and ticket systems put under a reply, as they write it: all of it goes."""

import pytest

from mailgate.mail.quote import visible_reply

ANSWER = "안녕하세요. 확인했습니다.\n\n감사합니다.\nKim"

HEADERS = {
    "outlook en": ("From", "Sent", "To", "Subject"),
    "outlook ko": ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
    "outlook ja": ("差出人", "送信日時", "宛先", "件名"),
    "outlook zh-CN": ("发件人", "发送时间", "收件人", "主题"),
    "outlook zh-TW": ("寄件者", "寄件日期", "收件者", "主旨"),
    "outlook de": ("Von", "Gesendet", "An", "Betreff"),
    "outlook fr": ("De", "Envoyé", "À", "Objet"),
    "outlook es": ("De", "Enviado el", "Para", "Asunto"),
    "outlook pt-BR": ("De", "Enviada em", "Para", "Assunto"),
    "outlook pt-PT": ("De", "Enviado", "Para", "Assunto"),
    "outlook it": ("Da", "Inviato", "A", "Oggetto"),
    "outlook nl": ("Van", "Verzonden", "Aan", "Onderwerp"),
    "outlook pl": ("Od", "Wysłano", "Do", "Temat"),
    "outlook ru": ("От", "Отправлено", "Кому", "Тема"),
    "outlook uk": ("Від", "Надіслано", "Кому", "Тема"),
    "outlook sv": ("Från", "Skickat", "Till", "Ämne"),
    "outlook da": ("Fra", "Sendt", "Til", "Emne"),
    "outlook no": ("Fra", "Sendt", "Til", "Emne"),
    "outlook fi": ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    "outlook cs": ("Od", "Odesláno", "Komu", "Předmět"),
    "outlook sk": ("Od", "Odoslané", "Komu", "Predmet"),
    "outlook hu": ("Feladó", "Elküldve", "Címzett", "Tárgy"),
    "outlook ro": ("De la", "Trimis", "Către", "Subiect"),
    "outlook tr": ("Kimden", "Gönderildi", "Kime", "Konu"),
    "outlook el": ("Από", "Στάλθηκε", "Προς", "Θέμα"),
    "outlook vi": ("Từ", "Đã gửi", "Đến", "Chủ đề"),
    "outlook id": ("Dari", "Terkirim", "Kepada", "Subjek"),
    "outlook th": ("จาก", "ส่ง", "ถึง", "เรื่อง"),
    "outlook ar": ("من", "تاريخ", "إلى", "الموضوع"),
    "outlook he": ("מאת", "נשלח", "אל", "נושא"),
    "outlook ca": ("De", "Enviat", "Per a", "Assumpte"),
    "outlook hr": ("Šalje", "Poslano", "Prima", "Predmet"),
    "outlook sl": ("Od", "Poslano", "Za", "Zadeva"),
    "outlook bg": ("От", "Изпратено", "До", "Относно"),
    "windows mail": ("From", "Date", "To", "Subject"),
    "naver ko": ("보낸사람", "보낸시간", "받는사람", "제목"),
    "groupware ko": ("발신", "일시", "수신", "제목"),
}


def header(labels: tuple[str, ...], before: str = "", after: str = "", colon: str = ":") -> str:
    sender, date, to, subject = labels
    return (
        f"{before}{sender}{after}{colon} Hong Gildong <hong@example.kr>\n"
        f"{before}{date}{after}{colon} 2026-11-20 15:04\n"
        f"{before}{to}{after}{colon} Acme Support <support@acme.example>\n"
        f"{before}{subject}{after}{colon} RE: 결제\n\nThe original text.\nIn two lines.\n"
    )


@pytest.mark.parametrize("labels", HEADERS.values(), ids=HEADERS.keys())
@pytest.mark.parametrize(
    "form",
    [
        pytest.param(("", "", ":"), id="plain"),
        pytest.param(("*", "*", ":"), id="stars of Gmail"),
        pytest.param(("**", "**", ":"), id="Markdown"),
        pytest.param(("", " ", ":"), id="blank before the colon"),
        pytest.param(("", "\u00a0", ":"), id="hard blank"),
        pytest.param(("", "", "："), id="wide colon"),
        pytest.param(("   ", "", ":"), id="indented"),
        pytest.param(("> ", "", ":"), id="quoted"),
    ],
)
def test_a_header_block_goes_with_what_is_under_it(
    labels: tuple[str, ...], form: tuple[str, str, str]
) -> None:
    before, after, colon = form
    block = header(labels, before, after, colon)
    if before == "> ":
        block = block.replace("\nThe", "\n> The").replace("\nIn", "\n> In")
    assert visible_reply(f"{ANSWER}\n\n{block}") == ANSWER


FIELDS = header(HEADERS["outlook en"])
BLOCKS = {
    "under a rule of Outlook for iOS": f"________________________________\n{FIELDS}",
    "under a rule right under the text": f"\n-----------------------\n{FIELDS}",
    "two fields under a rule": "________________________________\nFrom: Hong\nSubject: x\n\ntext\n",
    "Subject first": "Subject: RE: x\nFrom: Hong <h@x.kr>\nTo: me\nDate: today\n\ntext\n",
    "Date first": "Date: Fri, 20 Nov 2026\nFrom: h@x.kr\nTo: me@x.kr\n\ntext\n",
    "To first": "To: me@x.kr\nFrom: h@x.kr\nSubject: x\n\ntext\n",
    "blank lines between the fields": FIELDS.replace("\n", "\n\n", 3),
    "more fields": (
        "From: Hong <h@x.kr>\nReply-To: h@x.kr\nSent: today\nTo: me\nCc: you\nImportance: High\n"
        "Attachments: a.pdf\nSubject: x\n\ntext\n"
    ),
    "long list of recipients": (
        "From: Hong <h@x.kr>\nSent: today\nTo: one <a@b.kr>;\n two <c@d.kr>;\n three <e@f.kr>\n"
        "Subject: a long\n subject\n\ntext\n"
    ),
    "on behalf of": "From: X <x@x.kr> on behalf of Y <y@y.kr>\nSent: now\nTo: me\nSubject: x\n\nt",
    "mailto in brackets": (
        "From: Hong [mailto:h@x.kr]\nSent: Friday, November 20, 2026 3:04 PM\n"
        "To: 'support@acme.example'\nSubject: x\n\nt\n"
    ),
    "all fields on a line": "From: Hong <h@x.kr> Sent: today To: me Subject: RE: x\n\ntext\n",
    "all fields on a line, ko": (
        "보낸 사람: Hong <h@x.kr> 보낸 날짜: 2026-11-20 받는 사람: me 제목: x\n\ntext\n"
    ),
    "original message": f"-----Original Message-----\n{FIELDS}",
    "original message in stars": f"*-------- Original Message --------*\n{FIELDS}",
    "galaxy": (
        "-------- 원본 이메일 --------\n발신: Hong <h@x.kr>\n날짜: 26/11/20 오후 3:04 "
        "(GMT+09:00)\n받은 사람: y\n제목: z\n\ntext\n"
    ),
    "galaxy en": (
        "-------- Original message --------\nFrom: h@x.kr\nDate: 20/11/2026 15:04 (GMT+09:00)\n"
        "To: y\nSubject: z\n\ntext\n"
    ),
    "daum": (
        "--------- 원본 메일 ---------\n보낸사람: Hong <h@x.kr>\n받는사람 : y@daum.net\n"
        "날짜: 2026년 11월 20일 금요일, 15시 04분 05초 +0900\n제목: z\n\ntext\n"
    ),
    "hanmail, spelled otherwise": "---------- 원본 메세지 ----------\n보낸이 : Hong\n\ntext\n",
    "kakao": (
        "--------- 원본 메일 ---------\n보낸사람 : Hong <h@kakao.com>\n받는사람 : y\n"
        "날짜 : 2026년 11월 20일\n제목 : z\n\ntext\n"
    ),
    "qq": (
        "------------------&nbsp;原始邮件&nbsp;------------------\n发件人: Hong <h@qq.com>;\n"
        "发送时间: 2026年11月20日\n收件人: y;\n主题: z\n\ntext\n"
    ),
    "qq in text": '------------------ 原始邮件 ------------------\n发件人: "Hong";\n\ntext\n',
    "foxmail": "发件人： Hong\n发送时间： 2026-11-20 15:04\n收件人： y\n主题： z\ntext\n",
    "163": "---- 原始邮件 ----\n发件人：Hong<h@163.com>\n\ntext\n",
    "lotus notes": (
        "From:        Hong Gildong/Seoul/ACME\nTo:          y@x.kr\n"
        "Date:        11/20/2026 03:04 PM\nSubject:     Re: z\n\ntext\n"
    ),
    "groupwise": ">>> Hong Gildong <h@x.kr> 11/20/2026 3:04 PM >>>\ntext\nmore\n",
    "zoho": ("---- On Fri, 20 Nov 2026 15:04:05 +0900 Hong <h@x.kr> wrote ----\n\ntext\nmore\n"),
    "zoho, wrapped": (
        "---- On Fri, 20 Nov 2026 15:04:05 +0900 Hong Gildong\n<h@x.kr> wrote ----\n\ntext\nmore\n"
    ),
    "tobit david": "Original Message processed by david®\nRE: z 20. November 2026\nVon Hong\n\nx",
    "gmail without a sentence": "2026-11-20 15:04 GMT+09:00 Hong Gildong <h@x.kr>:\n\n> text\n",
    "gmail without a colon": "2013/10/2 Hong Gildong <h@x.kr>\n\n> text\n",
    "zendesk": "##- Please type your reply above this line -##\n\nYour request (12) has been\n",
    "zendesk de": "##- Bitte geben Sie Ihre Antwort oberhalb dieser Zeile ein. -##\n\nIhre Anfrage",
    "freshdesk": "---- Please reply above this line ----\n\nHi Kim,\n",
    "jira": "—-—-—-—\nReply above this line.\n\nHong commented:\n".replace("—-—-—-—\n", "— "),
    "help desk ko": "===== 이 줄 위에 답장을 작성해 주세요 =====\n\n안녕하세요\n",
    "help desk fr": "--- Répondre au-dessus de cette ligne ---\n\nBonjour\n",
    "help desk es": "--- Por favor, escriba su respuesta por encima de esta línea ---\n\nHola\n",
    "help desk pt": "--- Por favor, digite sua resposta acima desta linha ---\n\nOlá\n",
    "quoted with bars": "On 20 Nov 2026 at 15:04, Hong <h@x.kr> wrote:\n| text\n| more\n",
    "quoted with initials": "On 20 Nov 2026 at 15:04, Hong wrote:\nHG> text\nHG> more\n",
    "quoted twice": "On 20 Nov 2026 at 15:04, Hong wrote:\n>> text\n>>\n> more\n",
    "quoted without a word": "> text\n> more\n",
    "hotmail": "> Date: Fri, 20 Nov 2026\n> From: h@x.kr\n> To: y\n> Subject: z\n>\n> text\n",
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
def test_the_forms_of_one_program(block: str) -> None:
    assert visible_reply(f"{ANSWER}\n\n{block}") == ANSWER


DEVICES = [
    *(
        "Sent from my iPhone",
        "Sent from my iPad",
        "Sent from my Galaxy",
        "Sent from my Samsung S24",
    ),
    *("Sent from my Verizon Wireless 4G LTE smartphone", "Sent from Yahoo Mail on Android"),
    *("Sent from Outlook for Android", "Sent from Mail for Windows", "Sent with Shift"),
    *(
        "Get Outlook for iOS",
        "Get Outlook for Android<https://aka.ms/ghei36>",
        "Sent via Superhuman",
    ),
    *("Sent with Proton Mail secure email.", "Sent from Windows Mail", "Kim from mobile"),
    *("(sent from my phone, please excuse typos)".replace(", ", "; "), "<<sent by galaxy>>"),
    *("나의 iPhone에서 보냄", "내 Galaxy에서 보냈습니다.", "iPhone에서 보냄", "보낸 사람: iPhone"),
    *("네이버 메일 앱에서 보냈습니다.", "Android용 Outlook 다운로드", "삼성 스마트폰에서 보냄"),
    *("iPhoneから送信", "発自我的".replace("発", "发") + "iPhone", "從我的 iPhone 傳送"),
    *("Von meinem iPhone gesendet", "Gesendet von Outlook für Android", "Von unterwegs gesendet"),
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
    *("Envoyé de mon iPhone", "Envoyé depuis mon mobile Orange", "Télécharger Outlook pour iOS"),
    *("Enviado desde mi iPhone", "Enviado do meu iPhone", "Enviado a partir do Outlook"),
    *("Inviato da iPhone", "Inviato dal mio dispositivo", "Verstuurd vanaf mijn iPhone"),
    *(
        "Verzonden met Outlook",
        "Skickat från min iPhone",
        "Sendt fra min iPhone",
        "Hent Outlook til iOS",
    ),
    *("Lähetetty iPhonesta", "Wysłane z iPhone’a", "Odesláno z iPhonu", "Odoslané z iPhonu"),
    *("Küldve az iPhone-omról".replace("Küldve az iPhone-omról", "iPhone-ról küldve"),),
    *("Trimis de pe iPhone", "Отправлено с iPhone", "Отправлено из мобильной Почты Mail.ru"),
    *("Надіслано з iPhone", "iPhone'umdan gönderildi", "Στάλθηκε από το iPhone μου"),
    *("Đã gửi từ iPhone của tôi", "Dikirim dari iPhone saya", "ส่งจาก iPhone ของฉัน"),
    *("تم الإرسال من الـ iPhone", "נשלח מה-iPhone שלי", "Poslano s iPhonea", "Изпратено от iPhone"),
]


@pytest.mark.parametrize("line", DEVICES)
@pytest.mark.parametrize("under", ["", f"\n\n{FIELDS}", "\n\n> text\n"])
def test_the_line_of_a_phone_goes(line: str, under: str) -> None:
    assert visible_reply(f"{ANSWER}\n\n{line}{under}") == ANSWER


def test_several_of_them_go() -> None:
    assert visible_reply("\n".join([ANSWER, "", *DEVICES])) == ANSWER


SIGNATURES = {
    "RFC 3676": "-- \nKim Minsu\nAcme Inc.\n",
    "without its blank": "--\nKim Minsu\n",
    "RFC 3676, with a page of law": "-- \nKim\n" + "A line of the law of a company.\n" * 40,
    "underscores": "__\nKim Minsu\n",
    "a long dash": "—\nKim Minsu\nAcme\n",
    "rule with contact": "--------------------\nKim Minsu\nTel. 02-123-4567\nhttps://acme.example\n",
    "rule of underscores": "\n______________________\nKim Minsu\nAcme\n",
    "github": "—\nReply to this email directly, view it on GitHub<https://github.com/a/b/1>\n",
    "avast": "-- \nVirus-free. www.avast.com<https://www.avast.com/sig>\n",
    "avast in words": "---\nThis email has been checked for viruses by Avast antivirus software.\n",
    "mailman": (
        "_______________________________________________\nusers mailing list\nusers@x.example\n"
        "https://x.example/mailman/listinfo/users\n"
    ),
    "google groups": (
        '-- \nYou received this message because you are subscribed to the Google Groups "x"\n'
        "group.\nTo unsubscribe from this group, send an email to x+unsubscribe@y.example.\n"
    ),
    "disclaimer": (
        "Disclaimer\n\nThe information contained in this communication from the sender is "
        "confidential. It is intended solely for use by the recipient.\n"
    ),
    "tracker": "ᐧ\n",
    "signature over the line of a phone": "-- \nKim\n\nSent from my iPhone\n",
}


@pytest.mark.parametrize("signature", SIGNATURES.values(), ids=SIGNATURES.keys())
@pytest.mark.parametrize("under", ["", f"\n\n{FIELDS}", "\nOn 20 Nov 2026 15:04, X wrote:\n> a\n"])
def test_a_marked_signature_goes(signature: str, under: str) -> None:
    assert visible_reply(f"{ANSWER}\n\n{signature}{under}") == ANSWER


@pytest.mark.parametrize("signature", ["-- \nKim\nAcme", "--\nKim", "Sent from my iPhone"])
def test_a_signature_under_the_quote_goes(signature: str) -> None:
    quote = "On 20 Nov 2026 15:04, X wrote:\n> a\n> b\n"
    assert visible_reply(f"{ANSWER}\n\n{quote}\n{signature}\n") == ANSWER


KOREAN = {
    "outlook for iOS": (
        "iOS용 Outlook 다운로드<https://aka.ms/o0ukef>\n________________________________\n"
        "보낸 사람: 홍길동 <hong@x.kr>\n보낸 날짜: 2026년 11월 20일 금요일 오후 3:04\n"
        "받는 사람: Acme <support@acme.example>\n제목: Re: 결제\n\n원문\n"
    ),
    "new outlook": (
        "________________________________\n보낸 사람: 홍길동 <hong@x.kr>\n보낸 날짜: 2026년 11월 "
        "20일 금요일 15:04\n받는 사람: Acme\n참조: 김\n중요도: 높음\n제목: Re: 결제\n\n원문\n"
    ),
    "naver": (
        '-----Original Message-----\nFrom: "홍길동"<hong@naver.com>\nTo: "Acme"<support@x.kr>;\n'
        "Cc:\nSent: 2026-11-20 (금) 15:04:05 (GMT+09:00)\nSubject: Re: 결제\n\n원문\n"
    ),
    "naver app": (
        "네이버 메일 앱에서 보냈습니다.\n\n"
        "2026년 11월 20일 (금) 15:04, 홍길동 <hong@naver.com> 작성:\n\n원문\n"
    ),
    "daum": (
        "--------- 원본 메일 ---------\n보낸사람: 홍길동 <hong@daum.net>\n받는사람: Acme\n"
        "날짜: 2026년 11월 20일 금요일, 15시 04분 05초 +0900\n제목: Re: 결제\n\n원문\n"
    ),
    "hanmail, old": (
        "---------[ 받은 메일 내용 ]----------\n제목 : Re: 결제\n날짜 : Fri, 20 Nov 2026 15:04\n"
        "보낸이 : 홍길동 <hong@hanmail.net>\n받는이 : Acme\n\n원문\n"
    ),
    "gmail app": "2026년 11월 20일 (금) 오후 3:04, 홍길동\n<hong@gmail.com>님이 작성:\n\n> 원문\n",
    "gmail, morning": "2026년 1월 2일 (금) AM 9:04, 홍길동 <h@x.kr>님이 작성:\n\n> 원문\n",
    "iphone": (
        "나의 iPhone에서 보냄\n\n> 2026. 11. 20. 오후 3:04, 홍길동 <hong@x.kr> 작성:\n> \n> 원문\n"
    ),
    "galaxy": (
        "Galaxy에서 보냄\n\n-------- 원본 메시지 --------\n발신: 홍길동 <hong@x.kr>\n"
        "날짜: 26/11/20 15:04 (GMT+09:00)\n수신: Acme\n제목: Re: 결제\n\n원문\n"
    ),
    "groupware": (
        "----- 원본 메시지 -----\n보낸 사람 : 홍길동 [hong@x.kr]\n받는 사람 : Acme\n"
        "보낸 시간 : 2026-11-20 15:04:05\n제목 : Re: 결제\n\n원문\n"
    ),
    "line works": (
        "-----Original Message-----\nFrom: 홍길동 <hong@x.kr>\nTo: Acme <s@x.kr>\n"
        "Sent: 2026-11-20 (금) 15:04:05 (UTC+09:00)\nSubject: Re: 결제\n\n원문\n"
    ),
    "in a sentence": "홍길동 <hong@x.kr>님이 2026년 11월 20일 오후 3:04에 작성한 글:\n> 원문\n",
}


@pytest.mark.parametrize("quote", KOREAN.values(), ids=KOREAN.keys())
def test_the_programs_of_korea(quote: str) -> None:
    assert visible_reply(f"{ANSWER}\n\n{quote}") == ANSWER


BANNERS = [
    "CAUTION: This email originated from outside of the organization. Do not click links.",
    "[EXTERNAL]",
    "[EXTERNAL EMAIL] Do not click links unless you recognize the sender.",
    "You don't often get email from kim@x.kr. Learn why this is important",
    "Warning: This message originated outside of your company.\nBe careful with links.",
    "[외부메일]\n외부에서 발송된 메일입니다. 첨부파일에 주의하세요.",
]


@pytest.mark.parametrize("banner", BANNERS)
def test_the_warning_of_the_readers_server_goes(banner: str) -> None:
    assert visible_reply(f"{banner}\n\n{ANSWER}") == ANSWER
