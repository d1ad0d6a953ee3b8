"""How mailgate tells in Korean what became of a mail."""

from mailgate.desk.telling.causeskorean import CAUSES
from mailgate.desk.telling.tellrules import RULES_KOREAN
from mailgate.desk.telling.tellwords import Phrases, Words
from mailgate.model.decision import (
    Authentication,
    Claim,
    Reason,
    Right,
    SignalKind,
    Who,
)

__all__ = ["KOREAN"]

_REASONS = {
    Reason.NEW_CONVERSATION: "이 메일을 기록할 수 있는 기존 티켓을 가리키는 내용이 없습니다.",
    Reason.MATCHED_REPLY_TOKEN: "{ticket}용으로 저희가 서명한 회신 주소로 도착했습니다.",
    Reason.MATCHED_OWN_ID: "{ticket}에서 저희가 보낸 메일에 대한 답장입니다. 답장이 가리키는 "
    "Message-ID에 저희 서명이 있습니다.",
    Reason.MATCHED_RELAYED_ID: "{ticket}에서 저희가 보낸 메일에 대한 답장입니다. 중간 메일 서버가 "
    "바꿔 붙인 ID로 확인했습니다.",
    Reason.MATCHED_STORED_ID: "{ticket}에 있는 다른 메일에 대한 답장입니다. 저희가 서명한 ID가 "
    "아니므로 그 메일을 본 사람이면 누구나 알 수 있습니다.",
    Reason.MATCHED_BODY_MARKER: "{ticket}에서 저희가 보낸 메일의 서명된 줄을 인용하고 있습니다.",
    Reason.MATCHED_SUBJECT_TAG: "제목에 {ticket}의 번호가 있습니다. 번호는 누구나 적을 수 "
    "있으므로 이것만으로는 아무 권한도 생기지 않습니다.",
    Reason.TOKEN_INVALID: "저희가 서명하지 않았거나 변경된 회신 주소가 있어 무시했습니다.",
    Reason.SIGNALS_DISAGREE: "메일 안의 단서들이 서로 다른 티켓을 가리켜 가장 확실한 단서를 "
    "따랐습니다.",
    Reason.TICKET_UNKNOWN: "존재하지 않는 티켓을 가리키고 있습니다.",
    Reason.FOLLOWED_MERGE: "가리키는 티켓이 다른 티켓에 병합되어 병합된 티켓으로 처리했습니다.",
    Reason.TICKET_CLOSED_LONG_AGO: "{ticket}은 종료된 지 threading.reopen_within보다 오래되어 "
    "다시 열지 않습니다.",
    Reason.SUBJECT_CHANGED: "제목이 {ticket}의 제목과 달라 다른 문의로 보았습니다.",
    Reason.SENDER_IS_REQUESTER: "{ticket}을 요청한 {address}에서 온 메일입니다.",
    Reason.SENDER_IS_PARTICIPANT: "{ticket}의 참조(CC)에 있는 {address}에서 온 메일입니다.",
    Reason.SENDER_IS_AGENT: "상담원의 주소 {address}에서 온 것으로 되어 있습니다.",
    Reason.SENDER_IS_COLLABORATOR: "협력자의 주소 {address}에서 온 것으로 되어 있습니다.",
    Reason.SENDER_IS_COLLEAGUE: "{address}에서 온 메일입니다. {ticket}의 참여자는 아니지만 "
    "요청자와 같은 조직의 주소입니다.",
    Reason.SENDER_IS_THIRD_PARTY: "{ticket}에 대해 상담원이 따로 문의한 외부 관계자 {address}에서 "
    "온 메일입니다.",
    Reason.SENDER_IS_STRANGER: "{ticket}과 관계없는 {address}에서 온 메일입니다.",
    Reason.SENDER_UNREADABLE: "주소가 하나만 적힌 From이 정확히 하나 있지 않아 보낸 사람을 정할 "
    "수 없습니다.",
    Reason.SENDER_UNAUTHENTICATED: "신뢰할 수 있는 곳에서 이 발신 주소를 보증하지 않습니다.",
    Reason.AGENT_PROVEN_BY_TOKEN: "이 상담원에게만 발급된 회신 주소로 보냈으므로 본인임이 "
    "확인되었습니다.",
    Reason.AGENT_PROVEN_BY_AUTHENTICATION: "발신자 인증으로 본인임이 확인되었습니다.",
    Reason.AGENT_NOT_PROVEN: "본인이 썼다는 증거가 없습니다.",
    Reason.SUBJECT_TAG_NOT_ENOUGH: "관계없는 사람은 제목의 번호만으로 티켓에 글을 남길 수 "
    "없습니다.",
    Reason.OWN_MAIL: "저희 서명이 있는, 저희가 보낸 메일이 되돌아온 것입니다.",
    Reason.PROBE: "`mailgate doctor forwarding`의 점검 메일이거나 그에 대한 답장입니다.",
    Reason.ANSWERS_DIGEST: "운영자에게 매일 보내는 메일에 대한 자동 응답입니다.",
    Reason.FROM_SUPPORT_ADDRESS: "저희 서명 없이 저희 지원 주소 {address}에서 보낸 것처럼 되어 "
    "있습니다.",
    Reason.NULL_REVERSE_PATH: "반송 주소가 비어 있는(MAIL FROM:<>) 알림 메일이므로 답장해서는 안 "
    "됩니다.",
    Reason.AUTOMATED: "기계가 보냈거나 헤더에 그렇게 표시되어 있습니다. 기계에는 자동으로 답하지 "
    "않습니다.",
    Reason.HOP_LIMIT: "loops.hop_limit보다 많은 메일 서버를 거쳤습니다. 메일이 순환하고 있습니다.",
    Reason.DUPLICATE_BYTES: "한 바이트도 다르지 않은 같은 메일이 이미 도착했습니다.",
    Reason.SAME_ID_OTHER_CONTENT: "Message-ID가 같고 내용이 다른 메일이 있어 둘 다 보관합니다.",
    Reason.RELEASED_BY_OPERATOR: "운영자가 격리를 해제했습니다.",
    Reason.NOTE_TOKEN: "메모 알림에 대한 답장이므로 메모로 처리합니다.",
    Reason.TOO_MANY_FROM_SENDER: "최근에 보낸 메일이 너무 많아, 줄어들 때까지 기계가 보낸 것으로 "
    "봅니다.",
    Reason.REPORT_REPEATED: "같은 메일에 대한 같은 종류의 보고가 이미 티켓에 여러 건 있어 저널에만 "
    "보관합니다.",
    Reason.LOOP_SUSPECTED: "최근에 이 발신자나 그 조직에서 온 메일이 너무 많아 기계끼리 서로 "
    "답하는 것으로 의심됩니다.",
    Reason.MANY_WITH_SAME_WORDS: "최근에 발신자와 관계없이 같은 내용의 메일이 많이 왔습니다.",
    Reason.FLOOD: "이 발신자가 사람이 읽을 수 없을 만큼 많은 메일을 보내 loops.sender_hard를 "
    "넘었습니다.",
    Reason.SENDER_BLOCKED: "담당자가 이 발신자의 메일을 스팸으로 표시한 적이 있습니다.",
    Reason.REOPENING_BUDGET: "{ticket}은 메일로 다시 열 수 있는 횟수(loops.reopenings_per_day)를 "
    "넘어 상태를 바꾸지 않습니다.",
    Reason.QUARANTINED_BY_RULE: "설정의 규칙에 따라 격리합니다.",
    Reason.DROPPED_BY_RULE: "설정의 규칙에 따라 폐기합니다. 티켓으로 만들지 않으며, 원본은 보관 "
    "기간이 끝날 때까지 남아 있습니다.",
    Reason.ONLY_COPIED: "다른 사람에게 보낸 메일의 사본으로 왔으며, 이 [[address]]는 사본을 "
    "무시하도록 설정되어 있습니다.",
    Reason.SURVEY_ANSWER: "{ticket}의 답변에 대한 고객 평가용 주소로 왔습니다.",
    Reason.SURVEY_NOT_THEIRS: "이 주소는 {ticket}의 요청자에게만 발급되었는데 요청자가 썼다는 "
    "근거가 없어 평가로 반영하지 않습니다.",
    Reason.SURVEY_REPEATED: "Message-ID가 같은 메일이 이미 평가로 반영되어 이 메일은 반영하지 "
    "않습니다.",
    Reason.SURVEY_UNCLEAR: "평가용 주소 여러 개로 보낸 메일이어서 어느 것도 반영하지 않습니다.",
    Reason.REQUESTER_UNANSWERABLE: "{ticket}의 요청자에게 메일을 보낼 수 있는 주소가 없습니다.",
    Reason.REPORT_MATCHED: "저희가 보낸 메일에 대한 보고이며, 그 메일에만 적힌 서명된 주소로 "
    "도착했습니다.",
    Reason.REPORT_OF_FORWARDED: "받는 쪽 서버가 메일을 다른 곳으로 전달했고 거기서 실패했습니다. "
    "수신자의 주소 자체에는 문제가 없습니다.",
    Reason.REPORT_UNSIGNED: "저희 메일의 서명된 주소로 오지 않은 보고입니다. 누구나 쓸 수 "
    "있으므로 아무것도 바꾸지 않습니다.",
    Reason.REPORT_OF_ANOTHER_RECIPIENT: "한 수신자의 서명된 주소로 왔지만 다른 수신자에 대한 "
    "보고이므로 아무것도 바꾸지 않습니다.",
    Reason.REPORT_OF_ANOTHER_MAIL: "한 메일의 서명된 주소로 왔지만 다른 메일에 대한 보고이므로 "
    "아무것도 바꾸지 않습니다.",
    Reason.REPORT_OF_SEVERAL: "수신자 한 명의 주소로 왔지만 여러 수신자에 대한 보고이므로 "
    "아무것도 바꾸지 않습니다.",
    Reason.REPLY_TO_DIFFERS: "보낸 사람과 다른 주소로 답장해 달라고 되어 있습니다. mailgate는 "
    "보낸 사람에게 답합니다.",
    Reason.NAME_OF_AGENT: "다른 주소에서 보내면서 상담원이나 지원 창구의 이름을 쓰고 있습니다.",
    Reason.NAME_WITH_ADDRESS: "보낸 사람 이름에 실제 발신 주소가 아닌 다른 주소가 적혀 있습니다.",
    Reason.BEGUN_BY_AGENT: "상담원이 `#new` 명령으로 새 대화를 시작합니다. 본문은 고객에게 "
    "발송되고 티켓은 그 고객의 것이 됩니다.",
    Reason.WRITTEN_BY_AGENT: "상담원이 이미 고객에게 직접 보낸 메일의 사본입니다. 고객의 티켓에 "
    "기록하고 아무것도 발송하지 않습니다.",
    Reason.PASSED_ON_BY_AGENT: "상담원이 다른 사람의 메일을 전달했습니다. 원래 보낸 사람의 티켓이 "
    "됩니다.",
}

_PHRASES = Phrases(
    on="{number}번 티켓",
    on_it="해당 티켓",
    new_sender="{address}에서 온 메일입니다.",
    joint=", ",
    check="{domain}의 {method}: {result}{aligned}({source})",
    login="{domain}: SMTP 로그인(AUTH)",
    aligned=", From과 일치",
    ours="mailgate가 확인",
    told_by="{source}의 판정",
    checks="발신자 확인 결과: {checks}.",
    no_check="발신자에 대해 확인된 것이 없습니다. 신뢰하는 서버의 판정도 없고 직접 확인할 수도 "
    "없었습니다.",
    open_forgery="발신자가 위조되었거나 중간 서버가 메일을 변경한 것으로 보입니다.",
    names_it_too="다음 단서도 같은 티켓을 가리킵니다: {signal}.",
    names_another="다음 단서는 {number}번 티켓을 가리키지만 더 약하므로 따르지 않았습니다: "
    "{signal}.",
    names_nothing="다음 단서가 가리키는 티켓은 존재하지 않습니다: {signal}.",
    rule="적용한 규칙: {authentication} {who} {claim} {right}.",
    new_ticket="새 티켓을 엽니다.",
    new_ticket_numbered="새 티켓({number}번)을 엽니다.",
    linked_ticket="새 티켓에 {number}번 티켓을 연결합니다.",
    public="{ticket}의 대화에 추가합니다.",
    answer="{ticket}에 대한 답장으로 고객에게 발송합니다.",
    note="{ticket}에 메모로 남깁니다. 고객에게는 보이지 않습니다.",
    side="{ticket}의 외부 관계자와의 대화에 추가합니다. 고객에게는 보이지 않습니다.",
    flagged="{ticket}에 주의 표시를 하여 상담원에게만 보여 줍니다. 티켓을 다시 열지 않으며 외부로 "
    "아무것도 발송하지 않습니다.",
    bounce="{ticket}에 발송 메일에 대한 보고로 보관합니다.",
    auto_reply="{ticket}에 기계가 보낸 메일로 보관합니다. 아무도 자동으로 답하지 않으며 티켓을 "
    "다시 열지 않습니다.",
    score="답변에 대한 평가로 {ticket}에 상담원만 볼 수 있게 보관합니다. 티켓은 다시 열리지 "
    "않습니다.",
    duplicate="저널 {original}번 메일의 사본이므로 더 처리하지 않습니다.",
    suppress="더 처리하지 않고 저널에만 보관합니다.",
    quarantine="사람이 확인할 때까지 격리합니다. {means}",
    mails="이 메일로 인해 발송되는 메일: {mails}.",
    mail_to="{kind}({recipients})",
    no_mails="이 메일로 인해 발송되는 메일은 없습니다.",
    no_acknowledgement="접수 확인 메일은 보내지 않습니다. {why}",
    not_answered_machine="기계에는 자동으로 답하지 않습니다(RFC 3834).",
    not_answered_failed="발신 주소 인증에 실패하여, 메일을 쓰지 않은 사람에게 갈 수 있습니다.",
    not_answered_many="최근에 온 메일이 너무 많아 기계끼리의 순환이 의심됩니다.",
    not_answered_copy="Message-ID가 같은 다른 메일에 이미 답했습니다.",
    not_answered_unread="보낼 수 있는 주소가 없습니다.",
    not_wanted="이 지원 주소는 접수 확인 메일을 보내지 않습니다.",
    if_proven="{domain} 도메인이 확인되었다면 {right}. {domain}에서 DKIM으로 서명하고 SPF와 "
    "DMARC를 게시해 주세요. 앞단 메일 서버가 이를 검사한다면 그 서버를 "
    "threading.trusted_authserv_ids에, 그 네트워크를 수신 설정의 trusted_networks에 적어 주세요.",
    if_failed="{domain} 도메인이 확인되었다면 {right}. 이번에는 인증에 실패했습니다. {domain}에서 "
    "DKIM으로 서명해 주세요. 전달 서버가 메일을 변경했다면 그 서버를 "
    "authentication.trusted_arc_sealers에 적어 주세요.",
    if_answering="{ticket}에서 {address} 앞으로 보낸 저희 메일에 답장했다면 {right}.",
    if_answering_us="{address} 앞으로 보낸 저희 알림 메일에 답장했다면 그 회신 주소로 본인임이 "
    "확인되었을 것입니다.",
    if_participant="{address} 님이 {ticket}의 참조(CC)에 있었다면 {right}. 상담원이 이 주소를 "
    "참조에 넣어 답장하면 추가됩니다.",
    if_both="{domain} 도메인이 확인되고 {address} 님이 {ticket}의 참조(CC)에 있었다면 {right}.",
    if_covers="DKIM 서명이 제목이나 References를 포함하지 않아 상담원 본인임을 확인할 수 "
    "없습니다. {domain}에서 이 필드들(h=)도 서명하거나, 상담원이 알림 메일에 답장해야 합니다.",
    if_role='설정에서 {address}의 역할이 role = "agent"였다면 고객에게 발송되었을 것입니다.',
    if_answerable="{domain} 도메인이 확인되었다면 {address} 앞으로 접수 확인 메일이 발송되었을 "
    "것입니다.",
    if_acknowledged="접수 확인 메일을 보내려면 메일을 받은 [[address]]에 acknowledge = true를 "
    "설정해 주세요.",
    waiting="처리를 기다리고 있습니다. 지금 처리하면 다음과 같이 됩니다.",
    failing="{attempts}번 시도했지만 실패했으며 다시 시도합니다. 오류: {error}",
    failed="오류: {error}",
    dropped="운영자가 폐기했습니다. 아무 티켓에도 기록되지 않았으며 원본은 보존 기간까지 남습니다.",
    released="운영자가 격리를 해제하여 처리를 기다리고 있습니다. 다음은 이전의 판단입니다.",
    otherwise="다음과 같았다면 결과가 달라졌을 것입니다.",
    foretold="지금 해제하면: {outcome}",
)

_OTHERWISE = {
    Reason.TICKET_CLOSED_LONG_AGO: "threading.reopen_within이 더 길었다면 {ticket}에 추가되었을 "
    "것입니다.",
    Reason.SUBJECT_CHANGED: "threading.split_changed_subject = false이거나 제목이 그대로였다면 "
    "{ticket}에 추가되었을 것입니다.",
    Reason.TICKET_UNKNOWN: "티켓이 이곳에 있었다면 찾았을 것입니다. 데이터베이스나 secret_file이 "
    "바뀌지 않았는지 확인해 주세요.",
    Reason.TOKEN_INVALID: "회신 주소는 저희 메일에 적힌 그대로여야 합니다. secret_file을 바꾼 "
    "뒤에도 이전 키를 남겨 두어야 합니다.",
    Reason.SENDER_UNREADABLE: "주소가 하나만 적힌 From 필드가 하나만 있었다면 보낸 사람을 알 수 "
    "있었을 것입니다.",
    Reason.FROM_SUPPORT_ADDRESS: "문의 양식이 From에 자체 주소를, Reply-To에 방문자의 주소를 쓰면 "
    "티켓이 열립니다.",
    Reason.NULL_REVERSE_PATH: "봉투에 반송 주소가 있었다면 사람이 보낸 메일로 보았을 것입니다.",
    Reason.AUTOMATED: "기계임을 알리는 필드(Auto-Submitted, Precedence, List-Id 등, `mailgate "
    "parse`로 확인)가 없었다면 사람이 보낸 메일로 보았을 것입니다.",
    Reason.HOP_LIMIT: "loops.hop_limit이 더 컸다면 처리되었을 것입니다. 그보다는 순환을 없애 "
    "주세요.",
    Reason.DUPLICATE_BYTES: "한 글자라도 다른 메일이거나 threading.duplicate_window가 지난 "
    "뒤였다면 처리되었을 것입니다.",
    Reason.NOTE_TOKEN: "고객 메일의 알림에 답장하면 고객에게 발송됩니다.",
    Reason.TOO_MANY_FROM_SENDER: "메일이 줄어들면 다시 정상 처리합니다. 한도는 [loops]의 "
    "sender_on_ticket과 sender_soft입니다.",
    Reason.LOOP_SUSPECTED: "메일이 더 적었거나 [loops]의 sender_soft와 domain_soft가 더 컸다면 "
    "접수 확인 메일이 발송되었을 것입니다.",
    Reason.MANY_WITH_SAME_WORDS: "같은 내용의 메일이 더 적었거나 loops.words_soft가 더 컸다면 "
    "접수 확인 메일이 발송되었을 것입니다.",
    Reason.FLOOD: "loops.sender_hard가 더 컸거나 이 주소가 loops.machines에 있었다면 처리되었을 "
    "것입니다.",
    Reason.SENDER_BLOCKED: "차단되지 않았다면 처리되었을 것입니다. `mailgate senders list`에서 "
    "확인해 주세요.",
    Reason.REOPENING_BUDGET: "loops.reopenings_per_day가 더 컸다면 티켓이 다시 열렸을 것입니다.",
    Reason.QUARANTINED_BY_RULE: "해당 [[rule]]이 없거나 조건이 더 좁았다면 처리했을 것입니다.",
    Reason.DROPPED_BY_RULE: "해당 [[rule]]이 없거나 조건이 더 좁았다면 처리했을 것입니다.",
    Reason.ONLY_COPIED: '[[address]]에 cc = "ticket"이 설정되어 있었거나 받는 사람(To)에 지원 '
    "주소가 있었다면 티켓이 열렸을 것입니다.",
    Reason.SURVEY_NOT_THEIRS: "평가 요청을 받은 주소에서 보냈다면 반영되었을 것입니다.",
    Reason.SURVEY_REPEATED: "평가용 주소로 메일을 새로 보내면 이전 평가 대신 반영됩니다.",
    Reason.SURVEY_UNCLEAR: "평가용 주소 하나로만 보냈다면 반영되었을 것입니다.",
    Reason.REQUESTER_UNANSWERABLE: "요청자의 주소가 있었다면 답장이 발송되었을 것입니다. 올바른 "
    "주소로 티켓을 열어 주세요.",
    Reason.REPORT_UNSIGNED: "RFC 3464에 따라 저희 메일의 반송 주소로 온 보고만 인정합니다.",
    Reason.REPORT_OF_ANOTHER_RECIPIENT: "수신자마다 각자의 반송 주소로 온 보고였다면 인정했을 "
    "것입니다.",
    Reason.REPORT_OF_ANOTHER_MAIL: "해당 메일의 반송 주소로 온 보고였다면 인정했을 것입니다.",
    Reason.REPORT_OF_SEVERAL: "수신자마다 각자의 반송 주소로 온 보고였다면 인정했을 것입니다.",
}

KOREAN = Words(
    reasons=_REASONS,
    causes=CAUSES,
    who={
        Who.REQUESTER: "요청자가",
        Who.PARTICIPANT: "참조(CC)에 있는 사람이",
        Who.COLLEAGUE: "요청자와 같은 조직의 사람이",
        Who.AGENT: "상담원이",
        Who.COLLABORATOR: "협력자가",
        Who.SIDE_PARTY: "티켓의 외부 관계자가",
        Who.STRANGER: "티켓과 관계없는 사람이",
    },
    authentication={
        Authentication.PASS: "발신 주소가 확인된",
        Authentication.NONE: "발신 주소가 확인되지 않은",
        Authentication.FAIL: "발신 주소 인증에 실패한",
    },
    claims={
        Claim.TOKEN: "본인에게 발급된 회신 주소로 보낸 메일은",
        Claim.FORWARDED_TOKEN: "다른 사람에게 발급된 회신 주소로 보낸 메일은",
        Claim.OWN_ID: "저희가 보낸 메일에 답장한 메일은",
        Claim.FOREIGN_ID: "티켓의 다른 메일에 답장한 메일은",
        Claim.SUBJECT_TAG: "제목에 번호만 적어 보낸 메일은",
        Claim.NOTHING: "어느 티켓도 가리키지 않고 보낸 메일은",
    },
    rights={
        Right.PUBLIC: "티켓의 대화에 추가합니다",
        Right.PRIVATE: "메모나 외부 관계자와의 대화로 내부에만 남깁니다",
        Right.FLAGGED: "주의 표시를 하여 상담원에게만 보여 줍니다",
        Right.LINKED: "그 티켓을 연결한 새 티켓으로 엽니다",
        Right.NEW: "새 티켓으로 엽니다",
        Right.QUARANTINE: "사람이 확인할 때까지 격리합니다",
    },
    would={
        Right.PUBLIC: "티켓의 대화에 추가되었을 것입니다",
        Right.PRIVATE: "메모나 외부 관계자와의 대화로 남았을 것입니다",
        Right.FLAGGED: "주의 표시와 함께 티켓에 남아 상담원에게 보였을 것입니다",
        Right.LINKED: "그 티켓을 연결한 새 티켓으로 열렸을 것입니다",
        Right.NEW: "새 티켓으로 열렸을 것입니다",
        Right.QUARANTINE: "격리되었을 것입니다",
    },
    signals={
        SignalKind.REPLY_TOKEN: "회신 주소",
        SignalKind.OWN_ID: "저희가 서명한 Message-ID",
        SignalKind.RELAYED_ID: "다른 서버가 저희 메일에 붙인 ID",
        SignalKind.STORED_ID: "다른 메일의 Message-ID",
        SignalKind.BODY_MARKER: "본문에 인용된 서명된 줄",
        SignalKind.SUBJECT_TAG: "제목의 번호",
    },
    methods={"dkim": "DKIM", "spf": "SPF", "dmarc": "DMARC", "arc": "ARC"},
    results={
        "pass": "통과",
        "fail": "실패",
        "softfail": "약한 실패",
        "neutral": "판정 보류",
        "none": "정보 없음",
        "policy": "정책에 따라 거부",
        "temperror": "조회하지 못함",
        "permerror": "설정 오류",
    },
    mails={
        "reply": "답장",
        "notification": "알림",
        "acknowledgement": "접수 확인",
        "forward": "전달",
    },
    withheld={
        "acknowledgement_budget": "자동 메일 한도([loops] acknowledgements_per_address_per_day, "
        "neutral_acknowledgements_per_...)를 모두 썼습니다.",
        "reads_automatic": "부재중 안내 같은 자동 응답으로 보입니다.",
        "automatic_answer": "부재중 안내 같은 자동 응답으로 보여 고객에게 발송하지 않았습니다.",
        "empty_answer": "인용문 외에 내용이 없어 고객에게 발송하지 않았습니다.",
        "command": "실행할 수 없는 명령이 있습니다. 없는 명령이거나 없는 것을 가리키거나 다른 글 "
        "아래에 있습니다. 그래서 아무것도 실행하지 않고 누구에게도 보내지 않았으며 작성자에게 "
        "이유를 알렸습니다.",
        "repeated_answer": "같은 상담원이 보낸 같은 Message-ID의 메일이 이미 있어 고객에게 "
        "발송하지 않았습니다.",
        "forwarded_mail": "다른 메일을 전달한 것이거나 고객에게 보내는 글이라는 표시가 없어 "
        "고객에게 발송하지 않았습니다.",
    },
    otherwise=_OTHERWISE,
    otherwise_withheld={
        "acknowledgement_budget": "나중에 왔거나 [loops]의 한도가 더 컸다면 접수 확인 메일이 "
        "발송되었을 것입니다.",
        "reads_automatic": "다른 말로 썼다면 접수 확인 메일이 발송되었을 것입니다.",
        "automatic_answer": "다른 말로 썼다면 고객에게 발송되었을 것입니다.",
        "empty_answer": "인용문 위에 내용을 적었다면 고객에게 발송되었을 것입니다.",
        "command": "그 줄이 없었다면 나머지 글이 고객에게 발송되었을 것입니다.",
        "repeated_answer": "새로 작성해 보냈다면 고객에게 발송되었을 것입니다.",
        "forwarded_mail": "제목에 `Fwd:` 없이 알림 메일에 답장했다면 고객에게 발송되었을 것입니다.",
    },
    phrases=_PHRASES,
    rules=RULES_KOREAN,
)
