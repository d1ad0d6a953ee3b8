"""How mailgate tells which rules of the settings match, in each language."""

from mailgate.desk.tellwords import RuleWords
from mailgate.model.rule import Test

__all__ = ["RULES_ENGLISH", "RULES_KOREAN"]

_ENGLISH = 'The rule "{{rule}}" does not match: {}.'
RULES_ENGLISH = RuleWords(
    matched='The rule "{rule}" matches.',
    failed={
        test: _ENGLISH.format(why)
        for test, why in {
            Test.ADDRESS: "the ticket is of another support address",
            Test.BRAND: "the ticket is of another brand",
            Test.GROUP: "another group has the ticket",
            Test.STATUS: "the ticket has another status",
            Test.PRIORITY: "the ticket has another priority",
            Test.SOURCE: "the ticket came from elsewhere",
            Test.TAG: "the ticket has no such tag",
            Test.AUTOMATED: "it asks whether a machine sent the mail, and that is otherwise",
            Test.AUTHENTICATED: "it asks whether the sender is proven, and that is otherwise",
            Test.LARGER_THAN: "the mail is not large enough (larger_than)",
            Test.SENDER: "it is from somebody else (sender)",
            Test.INSIDE_HOURS: "the business hours that it asks for are not open",
            Test.OUTSIDE_HOURS: "the business hours that it asks for are open",
            Test.ATTACHMENT: "there is no such attachment",
            Test.SUBJECT: "its words are not in the subject",
            Test.HEADER: "there is no such header field",
            Test.BODY: "its words are not in the text (body)",
        }.items()
    },
)

_KOREAN = '"{{rule}}" 규칙에는 해당하지 않습니다. {}'
RULES_KOREAN = RuleWords(
    matched='"{rule}" 규칙에 해당합니다.',
    failed={
        test: _KOREAN.format(why)
        for test, why in {
            Test.ADDRESS: "다른 지원 주소의 티켓입니다.",
            Test.BRAND: "다른 브랜드의 티켓입니다.",
            Test.GROUP: "다른 그룹이 맡은 티켓입니다.",
            Test.STATUS: "티켓의 상태가 다릅니다.",
            Test.PRIORITY: "티켓의 우선순위가 다릅니다.",
            Test.SOURCE: "티켓이 다른 경로로 들어왔습니다.",
            Test.TAG: "티켓에 해당 태그가 없습니다.",
            Test.AUTOMATED: "자동 발송 메일인지에 대한 조건(automated)이 맞지 않습니다.",
            Test.AUTHENTICATED: "발신자 인증에 대한 조건(authenticated)이 맞지 않습니다.",
            Test.LARGER_THAN: "메일이 기준(larger_than)보다 크지 않습니다.",
            Test.SENDER: "발신자(sender)가 다릅니다.",
            Test.INSIDE_HOURS: "지금은 지정한 업무 시간이 아닙니다.",
            Test.OUTSIDE_HOURS: "지금은 지정한 업무 시간입니다.",
            Test.ATTACHMENT: "해당하는 첨부 파일이 없습니다.",
            Test.SUBJECT: "제목에 해당 단어가 없습니다.",
            Test.HEADER: "해당하는 헤더 필드가 없습니다.",
            Test.BODY: "본문에 해당 단어가 없습니다.",
        }.items()
    },
)
