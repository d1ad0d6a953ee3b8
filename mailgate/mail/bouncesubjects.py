"""What stands in the subject of a bounce, and under which names bounces are sent."""

from mailgate.mail.phrases import table

SUBJECTS = table(
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
        "Bulgarian, Croatian, Slovak, Slovene, Lithuanian, Latvian, Estonian, Catalan": """
            не може да бъде доставен | недоставим | nije isporučen | neisporučiv | nedoručiteľn |
            nebolo doručen | nebola doručen | nedostavljiv | ni bilo dostavljen | nepristaty |
            nepiegādāj | neizdevās piegādāt | kättetoimetamatu | ei saanud kohale toimetada |
            no s'ha pogut lliurar
        """,
        "Vietnamese, Thai, Indonesian, Malay, Hindi": """
            không thể gửi | không gửi được | chưa được gửi | ไม่สามารถส่ง | ส่งไม่สำเร็จ |
            tidak dapat dikirim | tidak terkirim | gagal terkirim | gagal dikirim |
            tidak dapat dihantar | डिलीवर नहीं | वितरित नहीं
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

SYSTEM_NAMES = table(
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
