"""How mailgate tells in Korean why a mail waits in quarantine."""

from mailgate.desk.telling.tellwords import CauseWords
from mailgate.model.decision import QuarantineCause

__all__ = ["CAUSES"]

CAUSES = {
    QuarantineCause.AGENT_NOT_PROVEN: CauseWords(
        title="상담원 주소이나 증거 없음",
        means="상담원의 주소로 되어 있지만 본인이 썼다는 증거가 없습니다. 그대로 믿으면 누구나 "
        "상담원 이름으로 고객에게 메일을 보낼 수 있습니다.",
        release="해제하면 상담원이 쓴 메일로 처리합니다. 티켓에 대한 답장이면 고객에게 발송됩니다.",
        to_do="상담원에게 확인해 주세요. 본인이 썼으면 해제하고, 아니면 폐기해 주세요.",
    ),
    QuarantineCause.AUTOMATED_WITHOUT_TICKET: CauseWords(
        title="연결된 티켓이 없는 자동 응답",
        means="기계가 보낸 응답(배달 보고, 부재 알림 등)인데 어느 티켓에 대한 것인지 알 수 "
        "없습니다.",
        release="해제하면 새 티켓을 열고, 보낸 사람에게는 아무것도 발송하지 않습니다.",
        to_do="대부분 폐기하면 됩니다. 관련 티켓이 있으면 `--ticket N`으로 해제해 주세요.",
    ),
    QuarantineCause.FROM_SUPPORT_ADDRESS: CauseWords(
        title="지원 주소를 발신자로 사용",
        means="지원 주소에서 보낸 것으로 되어 있지만 저희가 보낸 메일이 아닙니다. 흔히 웹사이트의 "
        "문의 양식이며, 위조나 순환일 때도 있습니다.",
        release="해제하면 일반 메일처럼 처리하고, 보낸 사람에게는 아무것도 발송하지 않습니다.",
        to_do="문의 양식이 보낸 메일이면 해제해 주세요. 양식은 From에 자체 주소를, Reply-To에 "
        "방문자의 주소를 쓰도록 바꿔 주세요.",
    ),
    QuarantineCause.HOP_LIMIT: CauseWords(
        title="메일 순환",
        means="실제 메일로는 볼 수 없을 만큼 많은 서버를 거쳤습니다. 두 서버가 메일을 서로 "
        "주고받고 있습니다.",
        release="해제하면 거친 서버 수와 관계없이 일반 메일처럼 처리합니다.",
        to_do="Received 필드를 확인하고(`mailgate quarantine export`) 저희 쪽으로 되돌아오는 전달 "
        "설정을 없애 주세요.",
    ),
    QuarantineCause.BLOCKED_SENDER: CauseWords(
        title="차단된 발신자",
        means="담당자가 이 발신자의 메일을 스팸으로 표시하여, 이후에 온 메일을 격리합니다.",
        release="해제하면 이 메일만 일반 메일처럼 처리하며, 다음 메일은 다시 격리합니다.",
        to_do="스팸이면 폐기해 주세요. 스팸이 아니면 해제하고 `mailgate senders unblock ADDRESS`로 "
        "차단을 풀어 주세요.",
    ),
    QuarantineCause.RULE: CauseWords(
        title="규칙에 따른 격리",
        means="설정의 [[rule]]에 따라 이런 메일은 담당자가 확인할 때까지 격리합니다.",
        release="해제하면 일반 메일처럼 처리하며, 규칙에 따라 다시 격리하지 않습니다.",
        to_do="필요한 메일은 해제하고 나머지는 폐기해 주세요. 규칙이 너무 많은 메일을 잡는다면 "
        "조건을 좁혀 주세요. 어느 규칙인지는 `mailgate explain`으로 확인할 수 있습니다.",
    ),
    QuarantineCause.FLOOD: CauseWords(
        title="한 발신자의 대량 메일",
        means="이 발신자가 사람이 읽을 수 없을 만큼 많은 메일을 보냈습니다.",
        release="해제하면 일반 메일처럼 처리하며, 보낸 양을 이유로 다시 격리하지 않습니다.",
        to_do="읽을 만한 메일은 해제하고 나머지는 폐기해 주세요. 원래 많이 보내는 기계라면 "
        "loops.machines에 추가해 주세요.",
    ),
    QuarantineCause.START_NOT_ALLOWED: CauseWords(
        title="상담원의 새 대화 시작이 허용되지 않음",
        means="상담원이 `#new` 명령으로 새 대화를 시작하려 했지만 "
        "설정(gateway.agents_may_start)에서 운영자만 시작할 수 있습니다. 상담원에게 알렸습니다.",
        release="해제하면 상담원이 쓴 그대로 고객에게 발송합니다.",
        to_do="보내도 되는 메일은 해제하고 나머지는 폐기해 주세요.",
    ),
    QuarantineCause.COMMAND_REFUSED: CauseWords(
        title="실행할 수 없는 `#new` 명령",
        means="상담원이 `#new` 명령으로 새 대화를 시작하려 했지만 메일에 빠지거나 잘못된 것이 "
        "있습니다. 아무것도 발송하지 않았고 상담원에게 이유를 알렸습니다.",
        release="해제하면 상담원의 다른 메일처럼 상담원 본인의 티켓을 엽니다.",
        to_do="상담원이 다시 보냈으면 폐기해 주세요.",
    ),
    QuarantineCause.PROCESSING_FAILED: CauseWords(
        title="처리 실패",
        means="mailgate가 이 메일을 세 번 처리하지 못했습니다. 메일이 아니라 mailgate의 "
        "문제입니다.",
        release="해제하면 다시 세 번까지 처리를 시도합니다.",
        to_do="`mailgate quarantine show`에 표시된 오류를 알려 주시고, 업데이트한 뒤 해제해 "
        "주세요.",
    ),
}
