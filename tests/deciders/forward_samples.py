"""Forwards as mail programs write them: who, when, what is known of each.

All are of one mail: `SENDER` wrote it on 4 March 2024 at 15:12 of the clock of who forwards it.
"""

from dataclasses import dataclass

SENDER = "kim@corp.example"
BODY = "안녕하세요.\n\n견적서를 보냅니다.\nBest regards,\nKim"
COMMENT = "확인 부탁드립니다."


@dataclass(frozen=True, slots=True)
class Sample:
    """`name` is "" where the program writes none; `address` None where it writes no address."""

    client: str
    subject: str
    text: str
    inner_subject: str
    name: str = "Kim Minsu"
    address: str | None = SENDER
    body: str = BODY
    dated: bool = True


def _s(client: str, subject: str, block: str, inner: str, **more: str | None) -> Sample:
    text = f"{COMMENT}\n\n{block.strip(chr(10))}"
    body = more.get("body") or BODY
    if "{body}" not in text:
        text = f"{text}\n\n{body}"
    name = more.get("name")
    return Sample(
        client,
        subject,
        text.replace("{body}", body),
        inner,
        "Kim Minsu" if name is None else name,
        more.get("address", SENDER),
        body,
    )


_GMAIL = """
---------- Forwarded message ---------
From: Kim Minsu <kim@corp.example>
Date: Mon, Mar 4, 2024 at 3:12\u202fPM
Subject: Quote 2024
To: <lee@shop.example>

"""

SAMPLES = [
    _s("gmail en", "Fwd: Quote 2024", _GMAIL, "Quote 2024"),
    _s(
        "gmail ko",
        "Fwd: 견적서",
        """
---------- Forwarded message ---------
보낸사람: Kim Minsu <kim@corp.example>
Date: 2024년 3월 4일 (월) 오후 3:12
Subject: 견적서
To: 이영희 <lee@shop.example>
Cc: 박철수 <park@shop.example>


""",
        "견적서",
    ),
    _s(
        "gmail de",
        "Fwd: Angebot",
        """
---------- Forwarded message ---------
Von: Kim Minsu <kim@corp.example>
Date: Mo., 4. März 2024 um 15:12 Uhr
Subject: Angebot
To: <lee@shop.example>
""",
        "Angebot",
    ),
    _s(
        "gmail fr",
        "Fwd: Devis",
        """
---------- Forwarded message ---------
De : Kim Minsu <kim@corp.example>
Date: lun. 4 mars 2024 à 15:12
Subject: Devis
To: <lee@shop.example>
""",
        "Devis",
    ),
    _s(
        "gmail zh-Hans",
        "Fwd: 报价",
        """
---------- Forwarded message ---------
发件人： Kim Minsu <kim@corp.example>
Date: 2024年3月4日周一 15:12
Subject: 报价
To: <lee@shop.example>
""",
        "报价",
    ),
    _s(
        "gmail, old, subject over two lines",
        "Fwd: Some subject that spans over 2 lines",
        """
---------- Forwarded message ----------
From: Kim Minsu <kim@corp.example>
Date: 2024-03-04 15:12 GMT+09:00
Subject: Some subject that
spans over 2 lines
To: lee@shop.example
""",
        "Some subject that spans over 2 lines",
    ),
    _s(
        "outlook en, no mark",
        "FW: Quote 2024",
        """
From: Kim Minsu <kim@corp.example>
Sent: Monday, March 4, 2024 3:12 PM
To: Lee Younghee <lee@shop.example>; Park <park@shop.example>
Cc: Choi <choi@shop.example>
Subject: Quote 2024
""",
        "Quote 2024",
    ),
    _s(
        "outlook en, mailto in brackets",
        "FW: Quote 2024",
        """
-----Original Message-----
From: Kim Minsu [mailto:kim@corp.example]
Sent: Monday, March 4, 2024 3:12 PM
To: Lee Younghee
Subject: Quote 2024
""",
        "Quote 2024",
    ),
    _s(
        "outlook web, rule above",
        "Fw: Quote 2024",
        """
________________________________
From: Kim Minsu <kim@corp.example<mailto:kim@corp.example>>
Sent: Monday, 4 March 2024 15:12
To: Lee <lee@shop.example<mailto:lee@shop.example>>
Subject: Quote 2024
""",
        "Quote 2024",
    ),
    _s(
        "outlook html as text, bold as stars",
        "FW: Quote 2024",
        """
*From:* Kim Minsu <kim@corp.example>
*Sent:* Monday, March 4, 2024 3:12 PM
*To:* Lee <lee@shop.example>
*Subject:* Quote 2024
""",
        "Quote 2024",
    ),
    _s(
        "outlook mobile, markdown bold",
        "Fw: Quote 2024",
        """
Get Outlook for iOS
________________________________
**From:** Kim Minsu <kim@corp.example>
**Sent:** Monday, March 4, 2024 3:12:08 PM
**To:** Lee <lee@shop.example>
**Subject:** Quote 2024
""",
        "Quote 2024",
    ),
    _s(
        "outlook html as text, a blank line between fields",
        "FW: Quote 2024",
        """
From: Kim Minsu <kim@corp.example>

Sent: Monday, March 4, 2024 3:12 PM

To: Lee <lee@shop.example>

Subject: Quote 2024

""",
        "Quote 2024",
    ),
    _s(
        "outlook, text right under the block, attachments and importance named",
        "FW: Quote 2024",
        """
From: Kim Minsu <kim@corp.example>
Sent: Monday, March 4, 2024 3:12 PM
To: Lee <lee@shop.example>
Subject: Quote 2024
Attachments: quote.pdf; terms.docx
Importance: High
{body}
""",
        "Quote 2024",
    ),
    _s(
        "outlook, many recipients over many lines",
        "FW: Quote 2024",
        "From: Kim Minsu <kim@corp.example>\nSent: Monday, March 4, 2024 3:12 PM\nTo: "
        + ";\n".join(f"Person {n} <p{n}@shop.example>" for n in range(40))
        + "\nSubject: Quote 2024\n",
        "Quote 2024",
    ),
    _s(
        "exchange, names alone",
        "FW: Quote 2024",
        """
From: Kim Minsu
Sent: Monday, March 4, 2024 3:12 PM
To: Lee Younghee
Subject: Quote 2024
""",
        "Quote 2024",
        address=None,
    ),
    _s(
        "outlook, on behalf of",
        "FW: Quote 2024",
        """
From: Assistant On Behalf Of Kim Minsu [mailto:kim@corp.example]
Sent: Monday, March 4, 2024 3:12 PM
To: Lee Younghee
Subject: Quote 2024
""",
        "Quote 2024",
    ),
    _s(
        "outlook ko",
        "FW: 견적서",
        """
보낸 사람: Kim Minsu <kim@corp.example>
보낸 날짜: 2024년 3월 4일 월요일 오후 3:12
받는 사람: 이영희 <lee@shop.example>
참조: 박철수 <park@shop.example>
제목: 견적서
""",
        "견적서",
    ),
    _s(
        "outlook ko, mark",
        "전달: 견적서",
        """
-----원본 메시지-----
보낸 사람: Kim Minsu [mailto:kim@corp.example]
보낸 날짜: 2024년 3월 4일 월요일 오후 3:12
받는 사람: 이영희
제목: 견적서
""",
        "견적서",
    ),
    _s(
        "naver",
        "Fwd: 견적서",
        """
-----Original Message-----
From: "Kim Minsu"<kim@corp.example>
To: "이영희"<lee@shop.example>;
Cc:
Sent: 2024-03-04 (월) 15:12:00 (GMT+09:00)
Subject: 견적서

""",
        "견적서",
    ),
    _s(
        "daum",
        "FW: 견적서",
        """
--------- 원본 메일 ---------
보낸사람 : Kim Minsu <kim@corp.example>
받는사람 : 이영희 <lee@shop.example>
날짜: 2024년 3월 04일 월요일, 15시 12분 00초 +0900
제목: 견적서
""",
        "견적서",
    ),
    _s(
        "kakao",
        "Fwd: 견적서",
        """
---------- 전달된 메일 ----------
보낸사람: "Kim Minsu" <kim@corp.example>
받는사람: <lee@shop.example>
보낸날짜: 2024. 3. 4. 오후 3:12
제목: 견적서
""",
        "견적서",
    ),
    _s(
        "thunderbird ko",
        "Fwd: 견적서",
        """
-------- 전달된 메시지 --------
제목: \t견적서
날짜: \tMon, 4 Mar 2024 15:12:00 +0900
보낸 사람: \tKim Minsu <kim@corp.example>
받는 사람: \t이영희 <lee@shop.example>
""",
        "견적서",
    ),
    _s(
        "apple ko",
        "전달: 견적서",
        """
전달된 메시지 시작:

보낸 사람: Kim Minsu <kim@corp.example>
제목: 견적서
날짜: 2024년 3월 4일 GMT+9 오후 3:12:00
받는 사람: lee@shop.example
""",
        "견적서",
    ),
    _s(
        "apple en",
        "Fwd: Quote 2024",
        """
Begin forwarded message:

From: Kim Minsu <kim@corp.example>
Subject: Quote 2024
Date: 4 March 2024 at 15:12:00 GMT+9
To: lee@shop.example
Reply-To: <desk@corp.example>
""",
        "Quote 2024",
    ),
    Sample(
        "apple en, quoted and bold",
        "Fwd: Quote 2024",
        "확인 부탁드립니다.\n\n> Begin forwarded message:\n>\n"
        "> *From:* Kim Minsu <kim@corp.example>\n"
        "> *Subject:* Quote 2024\n> *Date:* 4 March 2024 at 15:12:00 GMT+9\n"
        "> *To:* lee@shop.example\n>\n> 안녕하세요.\n>\n> 견적서를 보냅니다.\n"
        "> Best regards,\n> Kim\n\nSent from my Mac",
        "Quote 2024",
    ),
    Sample(
        "ios, one quoted level",
        "Fwd: Quote 2024",
        "Sent from my iPhone\n\nBegin forwarded message:\n\n"
        "> From: Kim Minsu <kim@corp.example>\n"
        "> Date: March 4, 2024 at 3:12:00\u202fPM GMT+9\n> To: Lee <lee@shop.example>\n"
        "> Subject: Quote 2024\n> \n> \ufeff안녕하세요.\n> \n> 견적서를 보냅니다.\n"
        "> Best regards,\n> Kim",
        "Quote 2024",
        body="\ufeff" + BODY,
    ),
    _s(
        "thunderbird en",
        "Fwd: Quote 2024",
        """
-------- Forwarded Message --------
Subject: 	Quote 2024
Date: 	Mon, 4 Mar 2024 15:12:00 +0900
From: 	Kim Minsu <kim@corp.example>
Reply-To: 	desk@corp.example
Organization: 	Corp
To: 	lee@shop.example
""",
        "Quote 2024",
    ),
    _s(
        "thunderbird de",
        "Fwd: Angebot",
        """
-------- Weitergeleitete Nachricht --------
Betreff: 	Angebot
Datum: 	Mon, 4 Mar 2024 15:12:00 +0900
Von: 	Kim Minsu <kim@corp.example>
An: 	lee@shop.example
""",
        "Angebot",
    ),
    _s(
        "outlook de",
        "WG: Angebot",
        """
Von: Kim Minsu <kim@corp.example>
Gesendet: Montag, 4. März 2024 15:12
An: Lee <lee@shop.example>
Betreff: Angebot
Anlagen: angebot.pdf
""",
        "Angebot",
    ),
    _s(
        "gmx de",
        "Fw: Angebot",
        """
Gesendet: Montag, 04. März 2024 um 15:12 Uhr
Von: "Kim Minsu" <kim@corp.example>
An: lee@shop.example
Betreff: Angebot
""",
        "Angebot",
    ),
    _s(
        "outlook fr",
        "TR: Devis",
        """
De : Kim Minsu <kim@corp.example>
Envoyé : lundi 4 mars 2024 15:12
À : Lee <lee@shop.example>
Objet : Devis
""",
        "Devis",
    ),
    _s(
        "apple fr",
        "Tr : Devis",
        """
Début du message réexpédié :

De: Kim Minsu <kim@corp.example>
Objet: Devis
Date: 4 mars 2024 à 15:12:00 UTC+9
À: lee@shop.example
""",
        "Devis",
    ),
    _s(
        "outlook es",
        "RV: Presupuesto",
        """
De: Kim Minsu <kim@corp.example>
Enviado el: lunes, 4 de marzo de 2024 15:12
Para: Lee <lee@shop.example>
Asunto: Presupuesto
""",
        "Presupuesto",
    ),
    _s(
        "thunderbird es",
        "Fwd: Presupuesto",
        """
-------- Mensaje reenviado --------
Asunto: 	Presupuesto
Fecha: 	Mon, 4 Mar 2024 15:12:00 +0900
De: 	Kim Minsu <kim@corp.example>
Para: 	lee@shop.example
""",
        "Presupuesto",
    ),
    _s(
        "outlook pt",
        "ENC: Orçamento",
        """
De: Kim Minsu <kim@corp.example>
Enviada em: segunda-feira, 4 de março de 2024 15:12
Para: Lee <lee@shop.example>
Assunto: Orçamento
""",
        "Orçamento",
    ),
    _s(
        "apple pt",
        "Fwd: Orçamento",
        """
Início da mensagem encaminhada:

De: Kim Minsu <kim@corp.example>
Assunto: Orçamento
Data: 4 de março de 2024 15:12:00 GMT+9
Para: lee@shop.example
""",
        "Orçamento",
    ),
    _s(
        "outlook it",
        "I: Preventivo",
        """
Da: Kim Minsu <kim@corp.example>
Inviato: lunedì 4 marzo 2024 15:12
A: Lee <lee@shop.example>
Oggetto: Preventivo
""",
        "Preventivo",
    ),
    _s(
        "apple it",
        "Fwd: Preventivo",
        """
Inizio messaggio inoltrato:

Da: Kim Minsu <kim@corp.example>
Oggetto: Preventivo
Data: 4 marzo 2024 alle ore 15:12:00 GMT+9
A: lee@shop.example
""",
        "Preventivo",
    ),
    _s(
        "outlook nl",
        "FW: Offerte",
        """
Van: Kim Minsu <kim@corp.example>
Verzonden: maandag 4 maart 2024 15:12
Aan: Lee <lee@shop.example>
Onderwerp: Offerte
""",
        "Offerte",
    ),
    _s(
        "outlook pl",
        "PD: Oferta",
        """
Od: Kim Minsu <kim@corp.example>
Wysłano: poniedziałek, 4 marca 2024 15:12
Do: Lee <lee@shop.example>
Temat: Oferta
""",
        "Oferta",
    ),
    _s(
        "thunderbird pl",
        "Fwd: Oferta",
        """
-------- Treść przekazanej wiadomości --------
Temat: 	Oferta
Data: 	Mon, 4 Mar 2024 15:12:00 +0900
Nadawca: 	Kim Minsu <kim@corp.example>
Adresat: 	lee@shop.example
""",
        "Oferta",
    ),
    _s(
        "outlook ru",
        "FW: Предложение",
        """
От: Kim Minsu <kim@corp.example>
Отправлено: понедельник, 4 марта 2024 г. 15:12
Кому: Lee <lee@shop.example>
Тема: Предложение
""",
        "Предложение",
    ),
    _s(
        "mail.ru",
        "Fwd: Предложение",
        """
-------- Пересылаемое сообщение --------
От кого: Kim Minsu <kim@corp.example>
Кому: lee@shop.example
Дата: Понедельник, 4 марта 2024, 15:12 +09:00
Тема: Предложение
""",
        "Предложение",
    ),
    _s(
        "yandex ru",
        "Fwd: Предложение",
        """
-------- Начало пересылаемого сообщения --------

04.03.2024, 15:12, "Kim Minsu" <kim@corp.example>:

{body}

-------- Конец пересылаемого сообщения --------
""",
        "Предложение",
    ),
    _s(
        "outlook uk",
        "Fwd: Пропозиція",
        """
Від: Kim Minsu <kim@corp.example>
Надіслано: понеділок, 4 березня 2024 р. 15:12
Кому: Lee <lee@shop.example>
Тема: Пропозиція
""",
        "Пропозиція",
    ),
    _s(
        "outlook sv",
        "VB: Offert",
        """
Från: Kim Minsu <kim@corp.example>
Skickat: den 4 mars 2024 15:12
Till: Lee <lee@shop.example>
Ämne: Offert
""",
        "Offert",
    ),
    _s(
        "outlook da",
        "VS: Tilbud",
        """
-------- Videresendt besked --------
Fra: Kim Minsu <kim@corp.example>
Sendt: 4. marts 2024 15:12
Til: Lee <lee@shop.example>
Emne: Tilbud
""",
        "Tilbud",
    ),
    _s(
        "thunderbird nb",
        "Fwd: Tilbud",
        """
-------- Videresendt melding --------
Emne: 	Tilbud
Dato: 	mandag 4. mars 2024 15:12
Fra: 	Kim Minsu <kim@corp.example>
Til: 	lee@shop.example
""",
        "Tilbud",
    ),
    _s(
        "outlook fi",
        "VL: Tarjous",
        """
Lähettäjä: Kim Minsu <kim@corp.example>
Lähetetty: maanantai 4. maaliskuuta 2024 15.12
Vastaanottaja: Lee <lee@shop.example>
Aihe: Tarjous
""",
        "Tarjous",
    ),
    _s(
        "seznam cs",
        "Fwd: Nabídka",
        """
---------- Přeposlaný e-mail ----------
Od: Kim Minsu <kim@corp.example>
Komu: lee@shop.example
Datum: 4. 3. 2024 15:12:00
Předmět: Nabídka
""",
        "Nabídka",
    ),
    _s(
        "thunderbird hu",
        "Fwd: Ajánlat",
        """
-------- Továbbított üzenet --------
Tárgy: 	Ajánlat
Dátum: 	2024. március 4. 15:12
Feladó: 	Kim Minsu <kim@corp.example>
Címzett: 	lee@shop.example
""",
        "Ajánlat",
    ),
    _s(
        "outlook tr",
        "İLT: Teklif",
        """
Kimden: Kim Minsu <kim@corp.example>
Gönderildi: 4 Mart 2024 Pazartesi 15:12
Kime: Lee <lee@shop.example>
Konu: Teklif
""",
        "Teklif",
    ),
    _s(
        "gmail tr",
        "Fwd: Teklif",
        """
---------- İletilen mesaj ---------
Gönderen: Kim Minsu <kim@corp.example>
Date: 4 Mar 2024 Pzt, 15:12
Subject: Teklif
To: <lee@shop.example>
""",
        "Teklif",
    ),
    _s(
        "thunderbird ro",
        "Fwd: Ofertă",
        """
-------- Mesaj redirecționat --------
Subiect: 	Ofertă
Data: 	luni, 4 martie 2024 15:12
De la: 	Kim Minsu <kim@corp.example>
Către: 	lee@shop.example
""",
        "Ofertă",
    ),
    _s(
        "thunderbird el",
        "Fwd: Προσφορά",
        """
-------- Προωθημένο μήνυμα --------
Θέμα: 	Προσφορά
Ημερομηνία: 	Δευ, 4 Μαρ 2024 15:12
Από: 	Kim Minsu <kim@corp.example>
Προς: 	lee@shop.example
""",
        "Προσφορά",
    ),
    _s(
        "outlook ja",
        "FW: 見積書",
        """
差出人: Kim Minsu <kim@corp.example>
送信日時: 2024年3月4日 15:12
宛先: 李 <lee@shop.example>
件名: 見積書
""",
        "見積書",
    ),
    _s(
        "apple ja",
        "Fwd: 見積書",
        """
転送されたメッセージ:

差出人: Kim Minsu <kim@corp.example>
件名: 見積書
日付: 2024年3月4日 15:12:00 JST
宛先: lee@shop.example
""",
        "見積書",
    ),
    _s(
        "thunderbird ja",
        "Fwd: 見積書",
        """
-------- 転送メッセージ --------
件名： 	見積書
日付： 	Mon, 4 Mar 2024 15:12:00 +0900
差出人： 	Kim Minsu <kim@corp.example>
宛先： 	lee@shop.example
""",
        "見積書",
    ),
    _s(
        "outlook zh-Hans",
        "转发: 报价",
        """
发件人: Kim Minsu <kim@corp.example>
发送时间: 2024年3月4日 15:12
收件人: 李 <lee@shop.example>
主题: 报价
""",
        "报价",
    ),
    _s(
        "qq",
        "转发：报价",
        """
------------------ 原始邮件 ------------------
发件人: "Kim Minsu" <kim@corp.example>;
发送时间: 2024年3月4日(星期一) 下午3:12
收件人: "李"<lee@shop.example>;
主题: 报价
""",
        "报价",
    ),
    _s(
        "163",
        "转发：报价",
        """
-------- 转发邮件信息 --------
发件人："Kim Minsu" <kim@corp.example>
发送日期：2024-03-04 15:12:00
收件人："李" <lee@shop.example>
主题：报价
""",
        "报价",
    ),
    _s(
        "apple zh-Hant",
        "轉寄: 報價",
        """
開始轉寄郵件:

寄件人: Kim Minsu <kim@corp.example>
主旨: 報價
日期: 2024年3月4日 週一 下午3:12:00 [GMT+9]
收件人: lee@shop.example
""",
        "報價",
    ),
    _s(
        "outlook zh-Hant",
        "轉寄: 報價",
        """
寄件者: Kim Minsu <kim@corp.example>
寄件日期: 2024年3月4日 下午 03:12
收件者: 李 <lee@shop.example>
主旨: 報價
""",
        "報價",
    ),
    _s(
        "yahoo",
        "Fw: Quote 2024",
        """
 ----- Forwarded Message -----
From: Kim Minsu <kim@corp.example>
To: Lee <lee@shop.example>
Sent: Monday, March 4, 2024 at 03:12:00 PM GMT+9
Subject: Quote 2024
""",
        "Quote 2024",
    ),
    _s(
        "zimbra",
        "Fwd: Quote 2024",
        """
----- Forwarded Message -----
From: "Kim Minsu" <kim@corp.example>
To: "Lee" <lee@shop.example>
Sent: Monday, March 4, 2024 3:12:00 PM
Subject: Quote 2024
""",
        "Quote 2024",
    ),
    _s(
        "proton",
        "Fw: Quote 2024",
        """
------- Forwarded Message -------
From: Kim Minsu <kim@corp.example>
Date: On Monday, March 4th, 2024 at 3:12 PM
Subject: Quote 2024
To: lee@shop.example <lee@shop.example>
""",
        "Quote 2024",
    ),
    _s(
        "samsung",
        "Fwd: Quote 2024",
        """
-------- Original message --------
From: Kim Minsu <kim@corp.example>
Date: 04/03/2024 15:12 (GMT+09:00)
To: lee@shop.example
Subject: Quote 2024
""",
        "Quote 2024",
    ),
    _s(
        "notes",
        "Fw: Quote 2024",
        """
----- Forwarded by Lee Younghee/Seoul/Shop on 03/06/2024 09:00 AM -----

From:   Kim Minsu/Corp <kim@corp.example>
To:     Lee Younghee/Seoul/Shop@SHOP
Date:   03/04/2024 03:12 PM
Subject:        Quote 2024
""",
        "Quote 2024",
        name="Kim Minsu/Corp",
    ),
    _s(
        "mutt",
        "Fwd: Quote 2024",
        """
----- Forwarded message from Kim Minsu <kim@corp.example> -----

Date: Mon, 4 Mar 2024 15:12:00 +0900
From: Kim Minsu <kim@corp.example>
To: lee@shop.example
Subject: Quote 2024
User-Agent: Mutt/2.2
Message-ID: <20240304061200.GA1@corp.example>

{body}

----- End forwarded message -----
""",
        "Quote 2024",
    ),
    _s(
        "kmail, address in parentheses",
        "Fwd: Quote 2024",
        """
----------  Forwarded Message  ----------

Subject: Quote 2024
Date: Monday 04 March 2024, 15:12:00
From: Kim Minsu (kim@corp.example)
To: lee@shop.example
""",
        "Quote 2024",
    ),
    _s(
        "an address alone",
        "Fwd: Quote 2024",
        """
---------- Forwarded message ---------
From: <kim@corp.example>
Date: Mon, 4 Mar 2024 at 15:12
Subject: Quote 2024
To: <lee@shop.example>
""",
        "Quote 2024",
        name="",
    ),
    _s(
        "an attribution under a forward's subject",
        "Fwd: Quote 2024",
        """
On Mon, 4 Mar 2024 at 15:12, Kim Minsu <kim@corp.example> wrote:
""",
        "Quote 2024",
    ),
    _s(
        "a forward in a forward: the outer one counts",
        "Fwd: Fwd: Quote 2024",
        _GMAIL,
        "Quote 2024",
        body="FYI\n\n---------- Forwarded message ---------\nFrom: Other <other@else.example>\n"
        "Date: Sun, Mar 3, 2024 at 1:00 PM\nSubject: Older\nTo: <kim@corp.example>\n\n\nolder text",
    ),
    _s("a mark in a mail with a subject of its own", "견적 관련", _GMAIL, "Quote 2024"),
]
