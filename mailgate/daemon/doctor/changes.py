"""What became of a probe on its way, and what it means for real mail. Pure."""

from collections.abc import Sequence

from mailgate.daemon.doctor.findings import Finding, counted, fail, ok, span, warn
from mailgate.daemon.doctor.probe import Returned
from mailgate.mail.address import Address
from mailgate.mail.parsed import AuthenticationResults
from mailgate.model.directory import Directory
from mailgate.threading.authentication import is_in_front
from mailgate.threading.token import probe_token_in

_SLOW = 60.0
_METHODS = ("dmarc", "dkim", "spf", "arc")
_SHOWN = 100


def judge_changes(
    came: Returned, *, address: Address, directory: Directory, trusted_ids: frozenset[str]
) -> list[Finding]:
    """Everything about the probe to the plain address."""
    return [
        judge_arrival(came),
        judge_recipient(came, address, directory),
        judge_message_id(came),
        judge_references(came),
        judge_sender(came),
        judge_authentication(came, trusted_ids),
        judge_fields(came),
        judge_subject(came),
        judge_text(came),
    ]


def judge_arrival(came: Returned) -> Finding:
    """By which door, and how long it took."""
    way = f", by way of {', '.join(came.hops)}" if came.hops else ""
    took = f"{came.seconds:.1f} s" if came.seconds < _SLOW else span(came.seconds)
    sentence = f"came back by {came.row.door} after {took} (journal {came.row.id}){way}"
    if came.row.waits:
        return warn("came back", f"{sentence}; it waits in the journal", "start `mailgate serve`")
    if came.seconds > _SLOW:
        help_ = "customers wait as long: look at the times in Received (`mailgate explain`)"
        return warn("came back", sentence, help_)
    return ok("came back", sentence)


def judge_recipient(came: Returned, address: Address, directory: Directory) -> Finding:
    """Under which of our addresses it came: the ticket gets that one's brand and group."""
    subject, paths = "recipient", came.row.envelope.forward_paths
    supports = {found.address.key for each in paths if (found := directory.support_for(each))}
    shown = ", ".join(map(str, paths)) or "nobody"
    if address.key in supports:
        return ok(subject, f"for {shown}")
    if supports:
        text = f"it came for {shown}: tickets get the settings of that address, not of {address}"
        return warn(subject, text, f"forward to {address} itself, or name only one in [[address]]")
    return warn(subject, f"it came for {shown}", "see where the forwarder sends it")


def judge_message_id(came: Returned) -> Finding:
    """Other people's answers name it."""
    subject, found = "message-id", came.mail.message_id
    if found == came.probe.message_id:
        return ok(subject, "kept")
    told = f"replaced by <{found}>" if found else "taken away"
    return warn(
        subject,
        f"{told}: an answer of one customer to another is not known by it",
        "let the forwarder keep Message-ID; our own mail is known by References and the address",
    )


def judge_references(came: Returned) -> Finding:
    subject = "references"
    kept = [
        name
        for name, ids in (
            ("References", came.mail.references),
            ("In-Reply-To", came.mail.in_reply_to),
        )
        if came.probe.reference in ids
    ]
    if len(kept) == 2:
        return ok(subject, "References and In-Reply-To kept")
    if kept:
        return ok(subject, f"{kept[0]} kept, the other changed: one is enough")
    return warn(
        subject,
        "References and In-Reply-To do not name our id any more: answers are known by the reply "
        "address and the subject alone",
        "let the forwarder keep both fields",
    )


def judge_sender(came: Returned) -> Finding:
    """From is who the customer is; the reverse path may be rewritten (SRS)."""
    subject, sender = "sender", came.mail.from_
    path = came.row.envelope.reverse_path
    if sender is None or sender.address.key != came.probe.from_.key:
        shown = sender.address if sender else "somebody who cannot be read"
        return fail(
            subject,
            f"From was changed to {shown}: tickets have that as their requester",
            "use a forwarding that keeps From (a redirect or an alias, no group or list)",
        )
    if str(path) == str(came.probe.from_):
        return ok(subject, "From and reverse path kept")
    return ok(subject, f"From kept; reverse path changed to {path} (as SRS does)")


def judge_authentication(came: Returned, trusted_ids: frozenset[str]) -> Finding:
    """Whether we learn who proved themselves: without it every sender is unproven."""
    subject, results = "authentication", came.mail.authentication_results
    if not results:
        return warn(
            subject,
            "no Authentication-Results: no sender is proven by them",
            "let the mail server in front of us check SPF, DKIM and DMARC and write them",
        )
    near = [each for each in results if is_in_front(each)]
    shown = "; ".join(_told(each) for each in (near or results)[:3])
    if not near:
        text = f"{shown}; it stands under {results[0].above_received} Received fields"
        return warn(subject, f"{text}, where anybody could write it", "check at the last server")
    known = [each for each in near if each.authserv_id in trusted_ids]
    if not known:
        name = next((each.authserv_id for each in near if each.authserv_id), "")
        text = f"{shown}; nobody of that name is believed"
        how = (
            f'threading.trusted_authserv_ids = ["{name}"]' if name else "a server that names itself"
        )
        return warn(subject, text, f"if that is your mail server: {how}")
    if not came.row.trusted:
        text = f"{shown}; who handed it to us is not in trusted_networks"
        return warn(subject, text, "name its network in trusted_networks of the [[listen]]")
    return ok(subject, f"{shown}; believed")


def _told(results: AuthenticationResults) -> str:
    said = [f"{r.method}={r.result}" for r in results.results if r.method in _METHODS]
    return f"{results.authserv_id or 'without a name'}: {' '.join(said) or 'no result'}"


def judge_fields(came: Returned) -> Finding:
    """Our own fields: mail of ours that comes back is known by them."""
    gone = [
        name
        for name, there in (
            ("X-Mailgate-Probe", came.mail.probe_token == came.probe.token),
            ("X-Mailgate-Loop", came.mail.loop_token is not None),
        )
        if not there
    ]
    if not gone:
        return ok("fields", "our own fields are kept")
    text = f"{' and '.join(gone)} taken away: our own mail is known by its Message-ID alone"
    return warn("fields", text, "let the forwarder keep X- fields")


def judge_subject(came: Returned) -> Finding:
    if came.mail.subject == came.probe.subject:
        return ok("subject", "kept")
    text = f"changed to {came.mail.subject[:_SHOWN]!r}: tickets are called so"
    return warn("subject", text, "let the forwarder leave mail to this address as it is")


def judge_text(came: Returned) -> Finding:
    """A banner above or a footer below gets into tickets, and DKIM breaks."""
    sent = [line.strip() for line in came.probe.text.splitlines() if line.strip()]
    got = [line.strip() for line in came.mail.full_text.splitlines() if line.strip()]
    added = [line for line in got if line not in sent]
    missing = [line for line in sent if line not in got]
    if missing:
        text = (
            f"{len(missing)} of {len(sent)} lines are missing or changed: {missing[0][:_SHOWN]!r}"
        )
        return warn("text", text, "see the mail: `mailgate explain`, and what changes it")
    if added:
        text = f"{counted(len(added), 'line')} added: {added[0][:_SHOWN]!r}"
        return warn("text", text, "turn the banner or footer off for this address")
    return ok("text", "kept")


def judge_plus(came: Sequence[Returned], refused: str | None) -> Finding:
    """Answers to our mail go to `support+t…@`: a mail system that does not know such addresses
    refuses them, or drops what stands behind the plus."""
    subject = "plus address"
    help_ = (
        "turn subaddressing on: Postfix recipient_delimiter = +, Microsoft 365 "
        "AllowPlusAddressInRecipients; Google has it always"
    )
    arrived = next((each for each in came if not each.is_answer), None)
    if arrived is None:
        bounced = bounce_text(came)
        why = refused or bounced or "it did not come back, and the plain one did"
        text = f"answers to our mail (to support+…@) do not arrive: {why}"
        return fail(subject, text, help_)
    token = arrived.probe.token
    if any(probe_token_in(path) == token for path in arrived.row.envelope.forward_paths):
        return ok(subject, "kept in the envelope")
    if any(probe_token_in(each.address) == token for each in (*arrived.mail.to, *arrived.mail.cc)):
        return ok(subject, "kept in To; the envelope has lost it, which does no harm")
    text = "what stands behind the + is lost: answers are known by References and subject alone"
    return warn(subject, text, help_)


def bounce_text(came: Sequence[Returned]) -> str | None:
    """What a bounce among them says."""
    answer = next((each for each in came if each.is_answer), None)
    if answer is None:
        return None
    for report in answer.mail.dsn:
        said = " ".join(filter(None, (report.status, report.diagnostic)))
        return f"{report.recipient or 'it'} is refused: {said[:200]}"
    return f"an answer came: {answer.mail.subject[:_SHOWN]!r}"
