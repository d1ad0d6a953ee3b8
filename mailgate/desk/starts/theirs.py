"""A mail that an agent passes on, as if its author had sent it to us. Pure."""

from dataclasses import replace

from mailgate.desk.arriving.plan import Case
from mailgate.desk.starts.passedon import PassedOn
from mailgate.model.decision import Authentication, OpenTicket, Reason
from mailgate.model.ticket import Role

__all__ = ["as_theirs"]


def as_theirs(case: Case) -> Case:
    """The case of the mail that is passed on; any other as it is. What is in the envelope stays;
    its author is not proven."""
    passed, decision = case.own, case.decision
    if not isinstance(passed, PassedOn):
        return case
    disposition = decision.disposition
    if isinstance(disposition, OpenTicket):
        wanted = disposition.answer and case.ctx.policy.acknowledge_forwarded
        disposition = replace(disposition, answer=wanted)
    mail = replace(
        case.mail,
        from_=passed.sender,
        from_claimed=passed.sender,
        reply_to=(),
        to=(),
        cc=(),
        subject=passed.subject,
        message_id=passed.message_id,
        text=passed.text,
        full_text=passed.text,
        html=None,
        reply_html=None,
        attachments=passed.attachments,
    )
    sender = replace(
        decision.sender,
        address=passed.sender.address,
        name=passed.sender.name,
        role=Role.REQUESTER,
    )
    return replace(
        case,
        mail=mail,
        # What proves the agent says nothing of whoever stands in what they show us.
        evidence=replace(
            case.evidence,
            authentication=Authentication.NONE,
            authenticated_by=None,
            oddities=(Reason.PASSED_ON_BY_AGENT,),
        ),
        decision=replace(decision, disposition=disposition, sender=sender),
        own=None,
    )
