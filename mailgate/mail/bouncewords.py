"""How mail systems say that a mail was not delivered, by meaning and by language."""

from mailgate.mail.bouncesubjects import SUBJECTS
from mailgate.mail.phrases import table

_NOTICE = table(
    {
        "English": """
            unable to deliver | not able to deliver | unable to send | n't able to deliver |
            wasn't able to | not deliver | n't deliver | n't reach | not reach | not be sent |
            n't be sent | not been delivered | not relayed | was undeliverable | rejected by |
            was rejected | automatically rejected | were rejected | was blocked | was not sent |
            wasn't sent | delivery to the following | delivery errors | delivery problems |
            fatal errors | trouble delivering | error delivering |
            error occurred while trying to deliver |
            error has occurred while attempting to deliver | error while attempting to deliver |
            transcript of session follows | addresses failed | address(es) failed |
            address failed | recipients failed | returned permanent errors | error sending |
            recipients were affected | incorrectly constructed | tried to contact |
            delivery of your message | delevery to the following | message cannot be delivered |
            has been returned | is being returned | being bounced | message has bounced |
            failure reasons | undelivered | delivery aborted | was aborted after |
            could not be processed | cannot be accepted | duplicated message-id | not a member of |
            are not member | not allowed to post | not distributed
        """,
        "English: the reason": """
            user unknown | unknown user | unknown recipient | recipient unknown |
            recipients are unknown | recipient is unknown | user is unknown |
            address is unknown | unknown address |
            unknown local part | no such user | no such recipient | no such mailbox |
            no such address | no mailbox here | no mailbox by that name | not a valid mailbox |
            invalid recipient | invalid mailbox | invalid address | bad address | bad recipient |
            mailbox not found | mailbox unavailable | mailbox is unavailable |
            mailbox is inactive | mailbox disabled | account is disabled | account disabled |
            account has been disabled | account is not active | address not found |
            recipient not found | user not found | user doesn't exist | user does not exist |
            recipient does not exist | address does not exist | account does not exist |
            mailbox does not exist | doesn't have a | recipient name is not recognized |
            not listed in | does not like recipient | recipient rejected |
            recipient address rejected | address rejected | access denied | relaying denied |
            relay access denied | relay not permitted | unable to relay | host unknown |
            unknown host | host not found | domain not found | unrouteable | unroutable |
            no route to host | name server | mailbox full | mailbox is full |
            mailbox has exceeded | mailbox exceed | mailbox for user is full | over quota |
            overquota | quota exceeded | exceeded quota | exceeds allowed size |
            exceeded the local limit | storage limit | insufficient storage | message too large |
            message too big | message size exceeds | exceeds the maximum message size |
            connection refused | connection timed out | operation timed out | too many hops |
            hop count exceeded | mail loop | blacklist | blocklist | considered spam |
            detected as spam | identified as spam | content rejected | policy violation
        """,
        "Korean": """
            존재하지 않 | 없는 사용자 | 없는 계정 | 없는 메일 | 수신이 거부 | 수신 거부 |
            수신거절 | 용량이 초과 | 용량을 초과 | 용량 초과 | 편지함이 가득 | 사서함이 가득 |
            메일함이 가득 | 휴면 | 찾을 수 없 | 도메인이 없 | 알 수 없는 사용자
        """,
        "Japanese": """
            見つかりません | 存在しません | 存在しない | ユーザーが不明 | あて先が不明 | 宛先不明 |
            リストにありません | 容量を超 | 容量オーバー | 受信拒否 | 拒否されました |
            戻されました | エラーのため | 失敗しました
        """,
        "Chinese": """
            不存在 | 找不到 | 已满 | 已滿 | 被拒 | 拒收 | 超过限制 | 超出限制 | 失败 | 失敗
        """,
        "European languages, Persian, Hindi": """
            konnte nicht | konnten nicht | existiert nicht | unbekannter empfänger |
            empfänger unbekannt | postfach voll | nicht gefunden | nicht posten | n'a pas pu |
            n'ont pas pu | n'a pu être | introuvable | n'existe pas | inconnu | échec de |
            no existe | no se encontró | desconocid | buzón lleno | não existe |
            não foi encontrad | caixa cheia | non esiste | sconosciut | casella piena |
            impossibile | bestaat niet | kan niet | kon niet | onbekend | nie istnieje | nieznan |
            neexistuje | не существует | не найден | переполнен | не может быть | bulunamadı |
            ممکن است موجود نباشد | मौजूद न हो
        """,
    }
)
"""What the text of a bounce says besides, of the mail or of its recipient."""

FAILED = (*_NOTICE, *SUBJECTS)
"""What the text of a bounce says."""

DELAYED = table(
    {
        "English": """
            delayed | deferred mail | not yet been delivered | not been delivered yet |
            not yet delivered | will keep trying | will continue to try | will continue trying |
            continue to be attempted | continue to attempt | still trying | still be trying |
            will be retried | will retry | will try again | attempts will be made |
            will continue to be made | do not need to resend | do not need to re-send |
            don't need to resend | no action is required on your part | warning message only |
            warning only | only a temporary failure report | could not send message for past |
            could not send mail for past | could not send for past
        """,
        "German": """
            verzögert | zustellversuche werden fortgesetzt | wird weiterhin versucht
        """,
        "French": """
            retardé | différée | sera tentée | nouvelles tentatives
        """,
        "Spanish": """
            retrasad | se ha retrasado | seguirá intentando | se seguirá
        """,
        "Portuguese": """
            atrasada | continuará tentando | continuaremos tentando
        """,
        "Italian": """
            ritardat | in ritardo | continuerà a tentare | verranno effettuati altri tentativi
        """,
        "Dutch": """
            vertraagd | wordt opnieuw geprobeerd
        """,
        "Polish, Czech, Russian, Nordic, Turkish": """
            opóźnion | zpožděn | задерж | fördröj | forsink | geciktiril | viivästy
        """,
        "Korean": """
            지연 | 다시 시도할 예정 | 계속 시도 | 재시도합니다 | 재시도할
        """,
        "Japanese": """
            遅延 | 再送を試み | 再送信を試み | 引き続き | まだ配信されていません
        """,
        "Chinese": """
            延迟 | 延遲 | 继续尝试 | 繼續嘗試 | 将重试 | 將重試
        """,
    }
)
"""The system has not given up."""

TEMPORARY = table(
    {
        "English": """
            temporar | persistent transient | transient
        """,
        "German, French, Spanish, Italian, Dutch": """
            vorübergehend | temporär | temporaire | temporal | temporane | tijdelijk
        """,
        "Polish, Czech, Russian, Nordic, Turkish": """
            tymczasow | dočasn | временн | tillfällig | midlertidig | geçici
        """,
        "Korean, Japanese, Chinese": """
            일시적 | 一時的 | 暂时 | 暫時 | 临时 | 臨時
        """,
    }
)
"""The cause may pass by itself."""

FINAL = table(
    {
        "English": """
            giving up | given up | gave up | not going to try again | will not try again |
            will not be retried | will not try to redeliver | no further attempts |
            permanent error | failed permanently | permanent fatal errors | message expired |
            in the queue too long | was not delivered to | could not be delivered for
        """,
    }
)
"""The system has given up, whatever else it says of earlier attempts."""

DELIVERED = table(
    {
        "English and others": """
            was successfully delivered | been successfully delivered | successfully delivered to |
            has been delivered to the following | was successfully relayed |
            successfully relayed to | successful mail delivery report |
            delivery status notification (success) | delivery status notification (relay) |
            delivery to the following recipients was successful | erfolgreich zugestellt |
            remis avec succès | entregado correctamente | 성공적으로 전달 | 正常に配信 |
            已成功传递
        """,
    }
)
"""The mail arrived: a notice that somebody asked for."""

RETURNED = table(
    {
        "English": """
            original message | original mail | original email | original header |
            copy of the message | copy of your message | copy of message | copy of the original |
            copy of your mail | copy of the mail | unsent message | unsent mail |
            returned message | returned mail | undelivered message | undeliverable message follow |
            message header | mail header | headers follow | message follows | below this line |
            text of the message | rejected message follow | body of your message
        """,
        "German": """
            originalnachricht | original-nachricht | ursprüngliche nachricht |
            ursprüngliche e-mail | kopie der nachricht | kopie ihrer nachricht
        """,
        "French": """
            message d'origine | message original | message initial | copie du message |
            copie de votre message
        """,
        "Spanish, Portuguese, Italian": """
            mensaje original | mensajes originales | copia del mensaje | mensagem original |
            mensagem originais | cópia da mensagem | messaggio originale | intestazioni originali |
            copia del messaggio
        """,
        "Dutch, Nordic": """
            oorspronkelijke bericht | oorspronkelijk bericht | ursprungligt meddelande |
            ursprungliga meddelande | opprinnelig melding | oprindelig meddelelse |
            alkuperäinen viesti
        """,
        "Polish, Czech, Russian, Turkish": """
            oryginaln | původní zpráv | исходное сообщение | исходные заголовки | копия сообщения |
            копия письма | исходного сообщения | orijinal ileti | özgün ileti
        """,
        "Korean": """
            원본 메일 | 원본 메시지 | 원본 내용 | 원문 메일 | 원본메세지 | 보내신 메일 원문
        """,
        "Japanese": """
            元のメール | 元のメッセージ | オリジナルメール | オリジナルメッセージ | 元メール |
            原文
        """,
        "Chinese": """
            原始邮件 | 原邮件 | 原始郵件 | 原始信件 | 原始訊息 | 原始讯息 | 邮件原文 | 原信
        """,
    }
)
"""What stands on the line above the mail that is given back."""

AUTOMATIC = table(
    {
        "English": """
            this is the mail system | this is the mail delivery agent | this is the mailer-daemon |
            this is the qmail | this is the mail server | this is the james mail server |
            created automatically by | generated automatically by | automatically generated |
            program at | mail server at | do not reply to this | please do not reply
        """,
        "German, French, Spanish, Portuguese, Italian": """
            automatisch erstellt | automatisch erzeugt | automatisch generiert |
            créé automatiquement | généré automatiquement | generado automáticamente |
            creado automáticamente | gerada automaticamente | generato automaticamente
        """,
        "Dutch, Polish, Russian, Turkish": """
            automatisch gegenereerd | wygenerowana automatycznie | создано автоматически |
            сформировано автоматически | otomatik olarak
        """,
        "Korean, Japanese, Chinese": """
            자동으로 생성 | 자동으로 발송 | 자동 발송 | 발신 전용 | 발신전용 | 自動的に生成 |
            自動生成 | 自動送信 | 送信専用 | 自动发送 | 自动生成 | 自動發送 | 系统自动
        """,
    }
)
"""The text says that a machine wrote it."""
