"""How mail systems say that a mail was not delivered, by meaning and by language.

Texts are compared without case and without any blanks (`fold`): a notice is wrapped at any
place, and Chinese, Japanese and Korean ones inside a word.
"""

from collections.abc import Mapping

MAX_FOLDED = 20_000


def fold(text: str) -> str:
    """The form in which a text is compared: case and blanks removed, one kind of apostrophe."""
    return "".join(text[:MAX_FOLDED].replace("\u2019", "'").casefold().split())


def says(table: tuple[str, ...], folded: str) -> str:
    """The first phrase of the table that the folded text holds, "" when it holds none."""
    return next((phrase for phrase in table if phrase in folded), "")


def _table(languages: Mapping[str, str]) -> tuple[str, ...]:
    """The phrases of all languages, folded; they are parted by bars."""
    phrases = (phrase for text in languages.values() for phrase in text.split("|"))
    return tuple(fold(phrase) for phrase in phrases)


SUBJECTS = _table(
    {
        "English": """
            undeliver | non-deliver | nondeliver | not delivered | not be delivered |
            n't be delivered | delivery status notification | delivery notification |
            delivery failure | delivery failed | delivery has failed | delivery error |
            delivery problem | delivery report | delivery status | delivery attempt |
            delivery delayed | delivery warning | deliver failure | deliver error |
            failure delivery | failure deliver | failed delivery | failed to deliver |
            failed mail | failed message | failure notice | mail failure | mail failed |
            mail error | mail system error | message not sent | message failed |
            message status - undeliver | message delayed | error sending your mail |
            returned mail | returned to sender | return to sender | returning message to sender |
            returned message | returned email | mail returned | message returned | mail bounce |
            bounced mail | bounced message | bounce notification | bounce message | rejected mail |
            mail rejected | message rejected | message blocked | warning: could not send |
            warning--could not send | could not send message | cannot send message |
            can't send message | unable to deliver | user unknown | unknown user |
            see transcript for details | message you sent blocked | nondelivery | ndn: | ndr:
        """,
        "German": """
            unzustellbar | nicht zustellbar | nicht zugestellt | zustellung fehlgeschlagen |
            zustellungsfehler | zustellfehler | fehler bei der zustellung | zustellung verzögert |
            verzögerte zustellung | zustellungsstatus | zustellbenachrichtigung |
            übermittlungsfehler | unzustellbare
        """,
        "French": """
            non remis | non-remise | non distribu | non délivr | échec de la remise |
            échec de remise | échec de livraison | échec de la livraison | échec d'envoi |
            échec de la distribution | échec de distribution | état de la remise | état de remise |
            remise différée | remise retardée | retour à l'expéditeur
        """,
        "Spanish": """
            no se puede entregar | no se pudo entregar | no se ha podido entregar | no entregado |
            no entregable | imposible entregar | error de entrega | error en la entrega |
            fallo en la entrega | fallo de entrega | falla en la entrega | estado de entrega |
            estado de la entrega | correo devuelto | mensaje devuelto | entrega retrasada
        """,
        "Portuguese": """
            não entregue | não foi entregue | não é possível entregar | não foi possível entregar |
            não entregável | impossível entregar | falha na entrega | falha no envio |
            erro na entrega | erro de entrega | status de entrega | estado de entrega |
            mensagem devolvida | entrega atrasada
        """,
        "Italian": """
            non recapitabile | non recapitato | non consegnat | impossibile recapitare |
            impossibile consegnare | mancato recapito | mancata consegna | recapito non riuscito |
            stato del recapito | stato di consegna | avviso di mancata consegna |
            consegna ritardata | errore di consegna
        """,
        "Dutch": """
            onbestelbaar | niet bezorgd | niet afgeleverd | niet worden bezorgd |
            niet worden afgeleverd | niet te bezorgen | bezorging mislukt | aflevering mislukt |
            bezorgingsstatus | afleverstatus | bezorging vertraagd
        """,
        "Swedish, Norwegian, Danish, Finnish": """
            kan inte levereras | kunde inte levereras | inte levererat | ej levererat |
            olevererbart | går inte att leverera | leveransfel | leveransen misslyckades |
            kan ikke leveres | kunne ikke leveres | uleverbar | uleveret | ikke leveret |
            ikke levert | levering mislykkedes | leveringsfeil | leveringsfejl |
            ei voida toimittaa | ei voitu toimittaa | toimitus epäonnistui | toimittamaton
        """,
        "Polish, Czech, Russian, Ukrainian": """
            niedostarczaln | nie dostarczono | nie można dostarczyć | nie można było dostarczyć |
            niedostarczon | nie został dostarczon | nie została dostarczon | zwrot poczty |
            błąd dostarczania | opóźnienie dostarczenia | nedoručiteln | nelze doručit |
            nebylo doručeno | nepodařilo se doručit | nedoručen | не доставлен | недоставлен |
            не удается доставить | не удаётся доставить | не удалось доставить |
            не может быть доставлен | доставка не удалась | сбой доставки | ошибка доставки |
            невозможно доставить | задержка доставки | не доставлено | недоставлене |
            не вдалося доставити | не вдалось доставити | неможливо доставити
        """,
        "Turkish, Hungarian, Romanian, Greek, Hebrew, Arabic": """
            teslim edilemedi | teslim edilemiyor | iletilemedi | teslim edilemeyen |
            gönderilemedi | kézbesíthetetlen | nem kézbesíthető | kézbesítés sikertelen |
            sikertelen kézbesítés | nelivrabil | nu a putut fi livrat | nu poate fi livrat |
            livrare eșuată | δεν παραδόθηκε | μη παραδοτέο | αδυναμία παράδοσης |
            αποτυχία παράδοσης | תקלה במסירה | לא ניתן למסירה | לא נמסר | تعذر تسليم |
            تعذر التسليم | لم يتم تسليم | غير قابل للتسليم
        """,
        "Korean": """
            반송 | 전달되지 않 | 전달되지 못 | 전달할 수 없 | 전달 실패 | 전달 지연 | 배달되지 않 |
            배달할 수 없 | 배달 실패 | 배달하지 못 | 배달 상태 알림 | 배달 못한 | 전송 실패 |
            전송이 실패 | 전송에 실패 | 전송되지 않 | 전송되지 못 | 전송하지 못 | 전송할 수 없 |
            발송 실패 | 발송이 실패 | 발송에 실패 | 발송되지 않 | 수신 실패 | 보내지 못 |
            보낼 수 없 | 되돌아온
        """,
        "Japanese": """
            配信不能 | 配信できません | 配信できなかった | 配信エラー | 配信失敗 | 配信に失敗 |
            配信状況 | 配信状態 | 配信されません | 配信遅延 | 送信できません | 送信できなかった |
            送信エラー | 送信失敗 | 送信に失敗 | 配達不能 | 配達できません | 配送できません |
            不達 | 未配信 | 未達 | 届きません | お届けできません | エラーメール | 返送 | 差戻
        """,
        "Chinese": """
            退信 | 退回 | 退件 | 未送达 | 未送達 | 未传递 | 未傳遞 | 未能送达 | 未能送達 |
            无法送达 | 無法送達 | 无法投递 | 無法投遞 | 无法传递 | 無法傳遞 | 无法传送 | 無法傳送 |
            无法递送 | 投递失败 | 投遞失敗 | 发送失败 | 發送失敗 | 寄送失敗 | 传递失败 | 傳遞失敗 |
            投递状态 | 传递状态 | 投递延迟
        """,
    }
)
"""What the subject of a bounce says. A notice says the same: they are among FAILED."""

_NOTICE = _table(
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
            user unknown | unknown user | unknown recipient | recipient unknown | unknown address |
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

DELAYED = _table(
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

TEMPORARY = _table(
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

FINAL = _table(
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

DELIVERED = _table(
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

SYSTEM_NAMES = _table(
    {
        "English and others": """
            mail delivery | mail deliver system | mail.delivery | mailer-daemon | mailer daemon |
            maildelivery | mail system | message delivery | delivery subsystem |
            delivery notification | delivery status | internet mail delivery | mail administrator |
            mail router | mail gateway | mail-gateway | microsoft outlook | microsoft exchange |
            system administrator | systemadministrator | administrateur système |
            administrador del sistema | administrador do sistema | amministratore di sistema |
            systeembeheerder | content-filter | spam firewall | electronic postmaster |
            sieve subsystem | email gateway | interscan | mailmarshal | 메일 시스템 | 메일시스템 |
            메일 관리자 | 메일관리자 | 시스템 관리자 | システム管理者 | メールシステム |
            メール管理者 | 系统管理员 | 系統管理員 | 邮件系统 | 郵件系統
        """,
    }
)
"""Names under which bounces are sent."""

RETURNED = _table(
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

AUTOMATIC = _table(
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
