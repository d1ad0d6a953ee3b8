"""What an agent is told of a mail of theirs, or in their name, that nobody has got. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mailgate.desk.commands.orderwords import what_is_wrong
from mailgate.desk.commands.wanted import Fault
from mailgate.desk.starts.notsent import not_sent
from mailgate.desk.starts.ownmail import NoStart, Refused
from mailgate.desk.words.templates import FALLBACK_LOCALE

__all__ = ["late", "not_obeyed", "refused", "unproven", "unread", "why_not"]


@dataclass(frozen=True, slots=True)
class _Words:
    unproven_subject: str
    unproven: str
    refused: str
    how: str
    why: Mapping[NoStart, str]
    late: str
    not_obeyed_subject: str
    not_obeyed: str
    unread_subject: str
    unread: str


_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        unproven_subject="A mail in your name is held back: nothing proves that it is yours",
        unproven="""\
A mail from {mailbox} came to {support} at {at}. Nothing proves that you wrote it, so nobody got
it: it waits for the operators under the number {row}.

If you wrote it, ask them to let it in, or write again in one of these ways:

- answer the desk's own mail about the ticket, and leave the address that the answer goes to as
  it is
- send from the mail server of {domain}, so that SPF or DKIM vouches for you; the operators of
  {domain} set that up
- log in at the desk's mail server where there is such a login

If you did not write it, somebody used your name, and there is nothing to do: nobody got it.

You are told of this once in 30 days, whatever else comes in your name.
""",
        refused="""\
Your mail to {support} with `#new` was not sent to anybody:

{why}

It waits for the operators under the number {row}. {how}
""",
        how="Write it again as it should be: a new mail to {support}, or an answer to this one.",
        why={
            NoStart.NOT_ALLOWED: "Agents begin no conversations here: only operators do. An "
            "operator can let the mail out of quarantine; then it goes to the customer as you "
            "wrote it.",
            NoStart.COLLABORATOR: "Collaborators do not write to customers: only agents begin "
            "conversations.",
            NoStart.SEVERAL: "`#new` takes one address. Name the others in Cc, or with `#cc`.",
            NoStart.NO_SUBJECT: "It has no subject, or that of a ticket that is there already. "
            "The subject goes to the customer, and the ticket is called by it.",
            NoStart.EMPTY: "There is nothing below the commands: no text, and no file.",
            NoStart.INTERNAL: "It has no text, and its files show what is the desk's own.",
            NoStart.TOO_MANY: "It goes to too many: one mail has at most 50 recipients.",
        },
        late="Your mail to {to} has not left yet: the hourly limit is reached ({used} of {cap} "
        "mails). It leaves by itself at about {at}; there is nothing to do.",
        not_obeyed_subject="{tag} is open, and your commands were not carried out",
        not_obeyed="""\
Your mail is ticket {tag}. None of the commands at its top was carried out:

{wrong}
""",
        unread_subject="{tag} is open in your name: whose mail you passed on cannot be read",
        unread="""\
The mail that you passed on is ticket {tag}, and you stand on it as the customer: its sender's
address cannot be read in it. Pass it on as an attachment, or with the address in its From line,
and it becomes the ticket of whoever wrote it.
""",
    ),
    "ko": _Words(
        unproven_subject="본인 확인이 되지 않아 메일을 보류했습니다",
        unproven="""\
{at}에 {mailbox} 주소로 된 메일이 {support} 앞으로 왔습니다. 본인이 썼다는 증거가 없어 아무에게도
전달하지 않았으며, 번호 {row}번으로 운영자의 확인을 기다리고 있습니다.

직접 쓰신 메일이라면 운영자에게 해제를 요청하거나 다음 방법으로 다시 보내 주세요.

- 티켓 알림 메일에 답장하고, 답장이 가는 주소를 바꾸지 않습니다
- {domain} 메일 서버로 보내 SPF 또는 DKIM 인증을 받습니다. 설정은 {domain} 운영자가 합니다
- 지원 창구의 메일 서버에 로그인할 수 있으면 로그인해서 보냅니다

직접 쓰지 않으셨다면 누군가 이름을 도용한 것입니다. 아무도 받지 않았으므로 하실 일은 없습니다.

이 안내는 30일에 한 번만 보냅니다.
""",
        refused="""\
{support} 앞으로 `#new` 명령을 넣어 보내신 메일은 아무에게도 발송하지 않았습니다.

{why}

메일은 번호 {row}번으로 운영자의 확인을 기다리고 있습니다. {how}
""",
        how="고쳐서 {support} 앞으로 새로 보내시거나 이 메일에 답장해 주세요.",
        why={
            NoStart.NOT_ALLOWED: "이 지원 창구에서는 운영자만 새 대화를 시작할 수 있습니다. "
            "운영자가 격리에서 해제하면 쓰신 그대로 고객에게 발송됩니다.",
            NoStart.COLLABORATOR: "협력자는 고객에게 메일을 보낼 수 없습니다. 새 대화는 상담원만 "
            "시작할 수 있습니다.",
            NoStart.SEVERAL: "`#new` 뒤에는 주소를 하나만 적을 수 있습니다. 다른 분은 참조(Cc)나 "
            "`#cc`로 넣어 주세요.",
            NoStart.NO_SUBJECT: "제목이 없거나 이미 있는 티켓의 제목입니다. 제목은 고객에게 "
            "보이고 티켓의 제목이 됩니다.",
            NoStart.EMPTY: "명령 아래에 글도 파일도 없습니다.",
            NoStart.INTERNAL: "글이 없고, 파일에는 지원 창구 내부의 내용이 들어 있습니다.",
            NoStart.TOO_MANY: "받는 사람이 너무 많습니다. 메일 한 통은 50명까지 보낼 수 있습니다.",
        },
        late="{to} 앞으로 보내신 메일이 아직 나가지 않았습니다. 시간당 발송 한도에 도달했습니다"
        "({cap}통 중 {used}통 사용). {at}쯤 자동으로 발송되며 따로 하실 일은 없습니다.",
        not_obeyed_subject="{tag} 티켓을 열었지만 명령은 실행하지 않았습니다",
        not_obeyed="""\
보내신 메일은 {tag} 티켓이 되었습니다. 맨 위에 쓰신 명령은 하나도 실행하지 않았습니다.

{wrong}
""",
        unread_subject="{tag} 티켓: 전달하신 메일의 원래 발신자를 읽을 수 없습니다",
        unread="""\
전달하신 메일은 {tag} 티켓이 되었습니다. 원래 보낸 사람의 주소를 읽을 수 없어 고객 자리에는 전달하신
분이 등록되었습니다. 첨부 파일로 전달하거나 보낸 사람 줄에 주소가 나오게 다시 전달해 주시면 원래
보낸 사람의 티켓이 됩니다.
""",
    ),
}


def unproven(locale: str, facts: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text: that a mail in their name waits. `facts` are `mailbox`, `support`, `at`,
    `row` and `domain`: no word of the mail, because who forged it would choose it."""
    words = _words(locale)
    return words.unproven_subject, words.unproven.format(**facts)


def refused(
    refusal: Refused, locale: str, *, subject: str, support: str, row: int
) -> tuple[str, str]:
    """Subject and text: why their `#new` was not carried out."""
    words, why = _words(locale), why_not(refusal, locale)
    how = "" if refusal.why is NoStart.NOT_ALLOWED else words.how.format(support=support)
    text = words.refused.format(why=why, support=support, row=row, how=how)
    return not_sent(subject, locale), f"{text.rstrip()}\n"


def why_not(refusal: Refused, locale: str) -> str:
    """What is wrong with a `#new`."""
    wrong = [f"- {what_is_wrong(fault, locale)}" for fault in refusal.faults]
    return _words(locale).why.get(refusal.why) or "\n".join(wrong) or refusal.says


def late(locale: str, facts: Mapping[str, str]) -> str:
    """That their mail waits for the hourly limit: `to`, `used`, `cap`, `at`."""
    return _words(locale).late.format(**facts)


def not_obeyed(faults: Iterable[Fault], locale: str, *, tag: str) -> tuple[str, str]:
    """Subject and text: that their ticket is open and its commands were not carried out."""
    words = _words(locale)
    wrong = "\n".join(f"- {what_is_wrong(fault, locale)}" for fault in faults)
    return words.not_obeyed_subject.format(tag=tag), words.not_obeyed.format(tag=tag, wrong=wrong)


def unread(locale: str, *, tag: str) -> tuple[str, str]:
    """Subject and text: that nobody can tell whose mail they passed on."""
    words = _words(locale)
    return words.unread_subject.format(tag=tag), words.unread.format(tag=tag)


def _words(locale: str) -> _Words:
    return _WORDS.get(locale, _WORDS[FALLBACK_LOCALE])
