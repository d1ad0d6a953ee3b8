"""How mailgate tells which rules of the settings match, in each language."""

from mailgate.desk.telling.tellwords import RuleWords
from mailgate.model.rule import Condition

__all__ = ["RULES_ENGLISH", "RULES_KOREAN"]

_ENGLISH = 'The rule "{{rule}}" does not match: {}.'
RULES_ENGLISH = RuleWords(
    matched='The rule "{rule}" matches.',
    failed={
        test: _ENGLISH.format(why)
        for test, why in {
            Condition.ADDRESS: "the ticket is of another support address",
            Condition.BRAND: "the ticket is of another brand",
            Condition.GROUP: "another group has the ticket",
            Condition.STATUS: "the ticket has another status",
            Condition.PRIORITY: "the ticket has another priority",
            Condition.SOURCE: "the ticket came from elsewhere",
            Condition.TAG: "the ticket has no such tag",
            Condition.AUTOMATED: "it asks whether a machine sent the mail, and that is otherwise",
            Condition.AUTHENTICATED: "it asks whether the sender is proven, and that is otherwise",
            Condition.LARGER_THAN: "the mail is not large enough (larger_than)",
            Condition.SENDER: "it is from somebody else (sender)",
            Condition.INSIDE_HOURS: "the business hours that it asks for are not open",
            Condition.OUTSIDE_HOURS: "the business hours that it asks for are open",
            Condition.ATTACHMENT: "there is no such attachment",
            Condition.SUBJECT: "its words are not in the subject",
            Condition.HEADER: "there is no such header field",
            Condition.BODY: "its words are not in the text (body)",
        }.items()
    },
)

_KOREAN = '"{{rule}}" 규칙에는 해당하지 않습니다. {}'
RULES_KOREAN = RuleWords(
    matched='"{rule}" 규칙에 해당합니다.',
    failed={
        test: _KOREAN.format(why)
        for test, why in {
            Condition.ADDRESS: "다른 지원 주소의 티켓입니다.",
            Condition.BRAND: "다른 브랜드의 티켓입니다.",
            Condition.GROUP: "다른 그룹이 맡은 티켓입니다.",
            Condition.STATUS: "티켓의 상태가 다릅니다.",
            Condition.PRIORITY: "티켓의 우선순위가 다릅니다.",
            Condition.SOURCE: "티켓이 다른 경로로 들어왔습니다.",
            Condition.TAG: "티켓에 해당 태그가 없습니다.",
            Condition.AUTOMATED: "자동 발송 메일인지에 대한 조건(automated)이 맞지 않습니다.",
            Condition.AUTHENTICATED: "발신자 인증에 대한 조건(authenticated)이 맞지 않습니다.",
            Condition.LARGER_THAN: "메일이 기준(larger_than)보다 크지 않습니다.",
            Condition.SENDER: "발신자(sender)가 다릅니다.",
            Condition.INSIDE_HOURS: "지금은 지정한 업무 시간이 아닙니다.",
            Condition.OUTSIDE_HOURS: "지금은 지정한 업무 시간입니다.",
            Condition.ATTACHMENT: "해당하는 첨부 파일이 없습니다.",
            Condition.SUBJECT: "제목에 해당 단어가 없습니다.",
            Condition.HEADER: "해당하는 헤더 필드가 없습니다.",
            Condition.BODY: "본문에 해당 단어가 없습니다.",
        }.items()
    },
)
