"""Bounces in words: what each mail system writes, and what is read in it. All are made here;
addresses and texts are no real ones."""

import pytest

from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import MailKind
from tests.deciders.bounce_samples import OURS, Sample, failed

SAMPLES = {
    "qmail": Sample(
        "MAILER-DAEMON@q.example",
        "failure notice",
        "Hi. This is the qmail-send program at q.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        "<kim@x.kr>:\n192.0.2.7 does not like recipient.\n"
        "Remote host said: 550 5.1.1 unknown\nGiving up on 192.0.2.7.\n\n"
        "--- Below this line is a copy of the message.\n\n",
        failed("kim@x.kr", "5.1.1"),
        returned=True,
    ),
    "Exim, each with its own reason": Sample(
        "Mail Delivery System <Mailer-Daemon@e.example>",
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its\n"
        "recipients. This is a permanent error. The following address(es) failed:\n\n"
        "  a@x.kr\n    Unrouteable address\n  b@y.kr\n    host mx.y.kr [192.0.2.1]\n"
        "    SMTP error from remote mail server after RCPT TO:<b@y.kr>:\n"
        "    452 4.2.2 over quota\n  c@z.kr\n    (ultimately generated from list@x.kr)\n"
        "    550 no such user\n\n"
        "------ This is a copy of the message, including all the headers. ------\n\n",
        (
            ("a@x.kr", "failed", "5.0.0"),
            ("b@y.kr", "failed", "4.2.2"),
            ("c@z.kr", "failed", "5.0.0"),
        ),
        returned=True,
    ),
    "Sendmail": Sample(
        "Mail Delivery Subsystem <MAILER-DAEMON@s.example>",
        "Returned mail: User unknown",
        "The original message was received at Mon, 1 Jun 2026 10:00:00 +0900\n"
        "from localhost [127.0.0.1]\n\n"
        "   ----- The following addresses had permanent fatal errors -----\n<kim@x.kr>\n\n"
        "   ----- Transcript of session follows -----\n... while talking to mx.x.kr.:\n"
        ">>> RCPT To:<kim@x.kr>\n<<< 550 5.1.1 <kim@x.kr>... User unknown\n"
        "550 5.1.1 <kim@x.kr>... User unknown\n",
        failed("kim@x.kr", "5.1.1"),
    ),
    "Sendmail has not given up": Sample(
        "Mail Delivery Subsystem <MAILER-DAEMON@s.example>",
        "Warning: could not send message for past 4 hours",
        "    **      THIS IS A WARNING MESSAGE ONLY      **\n"
        "    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n\n"
        "   ----- The following addresses had transient non-fatal errors -----\n<kim@x.kr>\n\n"
        "   ----- Transcript of session follows -----\n"
        "<kim@x.kr>... Deferred: Connection timed out with mx.x.kr.\n"
        "Warning: message still undelivered after 4 hours\n"
        "Will keep trying until message is 5 days old\n",
        (("kim@x.kr", "delayed", "4.0.0"),),
    ),
    "GroupWise": Sample(
        "Mailer-Daemon@gw.example",
        "Message status - undeliverable",
        "The message that you sent was undeliverable to the following:\n"
        "\tlee@gw.example (user not found)\n\tkim@gw.example (mailbox is full)\n",
        (("lee@gw.example", "failed", "5.0.0"), ("kim@gw.example", "failed", "5.0.0")),
    ),
    "MDaemon": Sample(
        '"MDaemon at mail.acme.com" <MDaemon@mail.acme.com>',
        "Permanent Delivery Failure",
        "The attached message had PERMANENT fatal delivery errors!\n\n"
        "Failed address: park@x.kr\n\n--- Session Transcript ---\n"
        " Mon 2026-06-01 10:00:00: *  From: help@acme.kr\n"
        " Mon 2026-06-01 10:00:01: --> RCPT To:<park@x.kr>\n"
        " Mon 2026-06-01 10:00:01: <-- 550 5.1.1 <park@x.kr>: Recipient address rejected\n",
        failed("park@x.kr", "5.1.1"),
    ),
    "Kerio": Sample(
        '"Mail Server" <postmaster@k.example>',
        "Undeliverable message notification",
        "Your message could not be delivered to the following recipients:\n\n"
        "  choi@x.kr\n    Last error: 554 Mailbox full.\n\nThe message headers follow:\n\n",
        failed("choi@x.kr"),
        returned=True,
    ),
    "hMailServer": Sample(
        "mailer-daemon@h.example",
        "Message undeliverable: Rechnung",
        "Your message did not reach some or all of the intended recipients.\n\n"
        "   Sent: Mon, 1 Jun 2026\n   Subject: Rechnung\n\n"
        "The following recipient(s) could not be reached:\n\nkim@x.kr\n   Error Type: SMTP\n"
        "   hMailServer sent: RCPT TO:<kim@x.kr>\n"
        "   Remote server replied: 550 5.7.1 Unable to relay\n",
        failed("kim@x.kr", "5.7.1"),
    ),
    "CommuniGate Pro": Sample(
        "<MAILER-DAEMON@cgp.example>",
        "Undeliverable mail: hi",
        "Failed to deliver to 'kim@x.kr'\nSMTP module(domain x.kr) reports:\n"
        " host mx.x.kr says:\n 550 5.1.1 unknown user account\n",
        failed("kim@x.kr", "5.1.1"),
    ),
    "James": Sample(
        "postmaster@j.example",
        "Error in email delivery",
        "Hi. This is the James mail server at j.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n\n"
        "Failed recipient(s):\nkim@x.kr\n\nError message:\n550 5.1.1 unknown user\n",
        failed("kim@x.kr", "5.1.1"),
    ),
    "IronPort": Sample(
        '"Mail Delivery System" <MAILER-DAEMON@i.example>',
        "Delivery Status Notification (Failure)",
        "The following message to <kim@x.kr> was undeliverable.\n"
        "The reason for the problem:\n"
        "5.1.0 - Unknown address error 550-'#5.1.0 Address rejected.'\n",
        failed("kim@x.kr", "5.1.0"),
    ),
    "Courier, without an address of its own": Sample(
        '"Courier mail server at c.example" <@>',
        "NOTICE: mail delivery status.",
        "This is a delivery status notification from c.example,\n\n"
        "                           UNDELIVERABLE MAIL\n\n"
        "Your message to the following recipients cannot be delivered:\n\n<kim@x.kr>:\n"
        "    mx.x.kr [192.0.2.1]:\n    >>> RCPT TO:<kim@x.kr>\n"
        "    <<< 550 5.1.1 <kim@x.kr>... User Unknown\n",
        failed("kim@x.kr", "5.1.1"),
    ),
    "T-Online": Sample(
        "Mail Delivery System <mailer-daemon@t.example>",
        "Mail could not be delivered",
        "|------------------------- Message log follows: -------------------------|\n"
        " no valid recipients were found for this message\n"
        "|------------------------- Failed addresses follow: ---------------------|\n"
        " <hans@t.example> ... unknown user\n"
        "|------------------------- Message text follows: ------------------------|\n",
        failed("hans@t.example"),
        returned=True,
    ),
    "Domino": Sample(
        "Mail_Delivery_Subsystem@notes.example",
        "DELIVERY FAILURE: User kim (kim@x.kr) not listed in Domino Directory",
        "Your message\n\n  Subject: hi\n\nwas not delivered to:\n\n  kim@x.kr\n\nbecause:\n\n"
        "  User kim (kim@x.kr) not listed in Domino Directory\n",
        failed("kim@x.kr"),
    ),
    "a picture message to a telephone": Sample(
        "post_master@phone.example",
        "Undeliverable Message",
        "Error: Invalid recipient number\n\nMessage details:\n  Subject: hi\n"
        "  MAIL FROM: help@acme.kr\n  RCPT TO: 0001112222@phone.example\n  From: help@acme.kr\n",
        failed("0001112222@phone.example"),
    ),
    "Barracuda": Sample(
        '"Barracuda Spam Firewall" <postmaster@b.example>',
        "**Message you sent blocked by our bulk email filter**",
        "Your message to: kim@x.kr\nwas blocked by our Spam Firewall. The email you sent with "
        "the following subject has NOT BEEN DELIVERED:\n\nSubject: hi\n",
        failed("kim@x.kr"),
    ),
    "Gmail, the reason on a page": Sample(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Failure)",
        "<p><b>Adresse introuvable</b></p><p>Votre message n'est pas parvenu à "
        "<b>luc@exemple.fr</b>, car l'adresse est introuvable.</p><p>550 5.1.1 unknown</p>",
        failed("luc@exemple.fr", "5.1.1"),
        fields=f"X-Failed-Recipients: luc@exemple.fr\nIn-Reply-To: <{OURS}>\n",
        html=True,
    ),
    "Exchange of 2003 in French": Sample(
        "Administrateur système <postmaster@e.example>",
        "Non remis : Devis",
        "Votre message\n\n  À :       dupont@exemple.fr\n  Objet :   Devis\n\n"
        "n'a pas été remis aux destinataires suivants :\n\n"
        "dupont@exemple.fr on lun. 1 juin 2026 10:00:00\n"
        "    Le compte de messagerie n'existe pas.\n    <ex.e.example #5.1.1>\n",
        failed("dupont@exemple.fr", "5.1.1"),
    ),
    "Exchange in Korean": Sample(
        "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@acme.kr>",
        "배달되지 않음: 견적서",
        "받는 사람 또는 그룹에 메일을 배달하지 못했습니다.\n\n"
        "kim@partner.kr (kim@partner.kr)<mailto:kim@partner.kr>\n"
        "입력한 전자 메일 주소를 찾을 수 없습니다.\n\n관리자용 진단 정보:\n\n"
        "생성 서버: EX01.acme.kr\n\nkim@partner.kr\n"
        "Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'\n\n"
        "원본 메시지 머리글:\n\n",
        failed("kim@partner.kr", "5.1.10"),
        returned=True,
    ),
    "Exchange in Japanese": Sample(
        "postmaster@corp.example",
        "配信不能: 見積書",
        "受信者またはグループへの配信に失敗しました:\n\n"
        "tanaka@example.co.jp<mailto:tanaka@example.co.jp>\n"
        "入力した電子メール アドレスが見つかりませんでした。\n\n管理者向けの診断情報:\n\n"
        "tanaka@example.co.jp\nRemote Server returned '550 5.1.10 RecipientNotFound'\n\n"
        "元のメッセージ ヘッダー:\n\n",
        failed("tanaka@example.co.jp", "5.1.10"),
        returned=True,
    ),
    "Exchange in German": Sample(
        "postmaster@firma.example",
        "Unzustellbar: Angebot",
        "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:\n\n"
        "mueller@kunde.de<mailto:mueller@kunde.de>\nDas Postfach ist voll.\n\n"
        "Diagnoseinformationen für Administratoren:\n\nmueller@kunde.de\n"
        "#< #5.2.2 smtp; 552 5.2.2 mailbox full> #SMTP#\n\n"
        "Ursprüngliche Nachrichtenkopfzeilen:\n\n",
        failed("mueller@kunde.de", "5.2.2"),
        returned=True,
    ),
    "a Korean portal": Sample(
        '"Mail Delivery Subsystem" <mailer-daemon@portal.example>',
        "메일 전송 실패 안내 (Delivery Failure)",
        "보내신 메일이 아래와 같은 이유로 전송되지 못했습니다.\n\n"
        "받는사람 : hong@nowhere.kr\n발송시간 : 2026-06-01 10:00:00\n"
        "실패이유 : 받는 사람의 메일 주소가 존재하지 않습니다.\n",
        failed("hong@nowhere.kr"),
    ),
    "a Korean page": Sample(
        "메일 관리자 <postmaster@portal.example>",
        "[반송] 메일이 전송되지 못했습니다",
        "<p>고객님께서 보내신 메일이 전송되지 못했습니다.</p><table><tr><th>수신자</th>"
        "<td>hong@nowhere.kr</td></tr><tr><th>사유</th><td>없는 계정 (550 5.1.1)</td></tr></table>",
        failed("hong@nowhere.kr", "5.1.1"),
        html=True,
    ),
    "a Chinese portal": Sample(
        "PostMaster@portal.example",
        "系统退信",
        "很抱歉您发送的邮件被退回，以下是该邮件的相关信息：\n\n无法发送到 zhang@abc.cn\n"
        "退信原因 收件人邮箱不存在。\nhost mx.abc.cn[192.0.2.9] said: 550 User not found\n",
        failed("zhang@abc.cn"),
    ),
    "in Taiwan": Sample(
        "MAILER-DAEMON@tw.example",
        "退信通知",
        "您寄出的信件無法送達以下收件者:\n\n<chen@abc.tw>\n\n原因: 信箱已滿\n",
        failed("chen@abc.tw"),
    ),
    "a Japanese telephone company": Sample(
        "MAILER-DAEMON@phone.example",
        "メール送信失敗のお知らせ",
        "次の宛先へのメールを配信できませんでした。\n\n宛先：hanako@phone.example\n"
        "理由：宛先のメールアドレスが存在しません。\n",
        failed("hanako@phone.example"),
    ),
    "in Russian": Sample(
        "mailer-daemon@ru.example",
        "Недоставленное сообщение",
        "К сожалению, мы вынуждены сообщить Вам о том, что Ваше письмо не может\n"
        "быть отправлено одному или нескольким адресатам.\n\n"
        "<ivan@firma.ru>: host mx.firma.ru[192.0.2.5] said: 550 5.7.1 No such user!\n",
        failed("ivan@firma.ru", "5.7.1"),
    ),
    "in Spanish": Sample(
        "postmaster@es.example",
        "No se puede entregar: Factura",
        "Error de entrega a estos destinatarios o grupos:\n\njuan@ejemplo.es\n"
        "No se encontró la dirección que especificó.\n\njuan@ejemplo.es\n"
        "Remote Server returned '550 5.4.1 Recipient address rejected: Access denied'\n",
        failed("juan@ejemplo.es", "5.4.1"),
    ),
    "in Portuguese": Sample(
        "MAILER-DAEMON@br.example",
        "Mensagem não entregue",
        "Sua mensagem não pôde ser entregue ao destinatário: joao@empresa.br\n"
        "Motivo: caixa postal cheia\n",
        failed("joao@empresa.br"),
    ),
    "in Italian": Sample(
        "postmaster@it.example",
        "Mancato recapito",
        "Il messaggio non è stato recapitato a:\n\nrossi@ditta.it\n\nErrore: utente sconosciuto\n",
        failed("rossi@ditta.it"),
    ),
    "in Polish": Sample(
        "MAILER-DAEMON@pl.example",
        "Zwrot poczty: wiadomość nie została dostarczona",
        "Nie można dostarczyć wiadomości do adresata jan@firma.pl\nskrzynka nie istnieje\n",
        failed("jan@firma.pl"),
    ),
    "in French, not yet given up": Sample(
        "Mail Delivery System <MAILER-DAEMON@fr.example>",
        "Message retardé (Delayed Mail)",
        "Votre message est retardé. De nouvelles tentatives auront lieu.\n\n"
        "<luc@exemple.fr>: connect to mx: Connection refused\n",
        (("luc@exemple.fr", "delayed", "4.0.0"),),
    ),
    "in Korean, not yet given up": Sample(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Delay)",
        "kim@x.kr(으)로 메일을 전송하는 동안 일시적인 문제가 발생했습니다. "
        "46시간 더 전송을 다시 시도할 예정입니다.\n",
        (("kim@x.kr", "delayed", "4.0.0"),),
        fields="X-Failed-Recipients: kim@x.kr\n",
    ),
    "a gateway that knows none of the recipients": Sample(
        "Postmaster <postmaster@g.example>",
        "Undeliverable: Order",
        "The following recipients are unknown: kim@x.kr\n",
        failed("kim@x.kr"),
    ),
    "Exim has not given up": Sample(
        "Mail Delivery System <Mailer-Daemon@e.example>",
        "Warning: message 1abcde-000123-AB delayed 24 hours",
        "A message that you sent has not yet been delivered to one or more of its\n"
        "recipients after more than 24 hours on the queue on e.example.\n\n"
        "The address to which the message has not yet been delivered is:\n\n"
        "  kim@x.kr\n    Delay reason: Connection timed out\n\n"
        "No action is required on your part.\n",
        (("kim@x.kr", "delayed", "4.0.0"),),
    ),
    "Exim, a program of the recipient failed": Sample(
        "Mail Delivery System <Mailer-Daemon@e.example>",
        "Mail delivery failed: returning message to sender",
        "A message that you sent could not be delivered to one or more of its\n"
        "recipients. This is a permanent error. The following address(es) failed:\n\n"
        "  pipe to |/usr/local/bin/filter\n    generated by kim@x.kr\n"
        "    Child process returned 2 from command\n\n"
        "------ This is a copy of your message, including all the headers. ------\n\n",
        failed("kim@x.kr"),
        returned=True,
    ),
    "PMDF names the mail before the recipient": Sample(
        "PMDF e-Mail Interconnect <postmaster@p.example>",
        "Delivery Notification: Delivery has failed",
        "This report relates to a message you sent with the following header fields:\n\n"
        f"  Message-id: <{OURS}>\n  From: help@acme.kr\n  To: list@x.kr\n\n"
        "Your message cannot be delivered to the following recipients:\n\n"
        "  Recipient address: kim@x.kr\n  Diagnostic code: smtp; 550 5.7.1 no\n",
        failed("kim@x.kr", "5.7.1"),
    ),
    "in Swedish": Sample(
        "Systemadministratör <postmaster@se.example>",
        "Kan inte levereras: Offert",
        "Ditt meddelande kunde inte levereras till följande mottagare:\n\n"
        "sven@foretag.se\n\n550 5.1.1 okänd\n",
        failed("sven@foretag.se", "5.1.1"),
    ),
    "in Vietnamese": Sample(
        "postmaster@vn.example",
        "Không gửi được: Báo giá",
        "Thư của bạn không thể gửi tới người nhận sau:\n\nan@congty.vn\n",
        failed("an@congty.vn"),
    ),
    "it arrived": Sample(
        "Mail Delivery Subsystem <MAILER-DAEMON@s.example>",
        "Return receipt",
        "   ----- The following addresses had successful delivery notifications -----\n"
        "<kim@x.kr>  (successfully delivered to mailbox)\n",
        (("kim@x.kr", "delivered", "2.0.0"),),
    ),
}


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_who_did_not_get_the_mail(sample: Sample) -> None:
    mail = parse_mail(sample.content)
    told = tuple((str(each.recipient), each.action, each.status) for each in mail.dsn)
    assert told == sample.expected
    failed_for_anybody = any(action == "failed" for _, action, _ in sample.expected)
    assert mail.kind is (MailKind.BOUNCE if failed_for_anybody else MailKind.DELIVERY_NOTICE)
    assert mail.kind_evidence


@pytest.mark.parametrize(
    "sample",
    [s for s in SAMPLES.values() if s.returned],
    ids=[n for n in SAMPLES if SAMPLES[n].returned],
)
def test_which_mail_it_was(sample: Sample) -> None:
    assert {each.original_message_id for each in parse_mail(sample.content).dsn} == {OURS}
