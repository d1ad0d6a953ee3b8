"""What speaks for a bounce: of the sender, the header, the subject, the text. Points are
added, because no sign alone is sure and every one can be missing in a real bounce."""

import re
from dataclasses import dataclass, replace

from mailgate.mail.addresslist import AddressField
from mailgate.mail.bouncesubjects import SUBJECTS, SYSTEM_NAMES
from mailgate.mail.bouncewords import AUTOMATIC, FAILED
from mailgate.mail.clean import clean_header
from mailgate.mail.header import Header
from mailgate.mail.mime import Part
from mailgate.mail.phrases import fold, says
from mailgate.mail.statuses import code_in
from mailgate.mail.subject import base_subject

ENOUGH = 6
"""Points that make a bounce: a mail system's name and a failure in subject or text; a weaker
sender needs both, or the mail that is given back."""

SURE_SENDER = 4
SUBJECT_POINTS = 3
TEXT_POINTS = 2
RETURNED_POINTS = 2
REPORT_POINTS = 4
PASSED_ON = -4
MAX_EVIDENCE = 120

_DAEMON = re.compile(
    rb"^[ \t\"']*+(?:<>|[^<@]{0,80}+[ \t]*+<@?>|$)|mailer[-_. ]?da?e?mon|mail-?daemon|"
    rb"double-bounce@|mail[._ ]deliver[a-z]*[._ ](?:sub)?system",
    re.IGNORECASE,
)
_CARETAKER = re.compile(
    rb"\b(?:post[_-]?master|mdaemon|mail(?:er|admin|master|system|gateway|router)|mta|bounces?|"
    rb"bounced?-?mail|undeliver(?:ed|able)|nondelivery|ndr|smtp|sysadm(?:in)?|virusalert|"
    rb"spamfilter)[-_a-z0-9]{0,20}@",
    re.IGNORECASE,
)
_UNATTENDED = re.compile(
    rb"\b(?:no|do-?not)[-_.]?reply|unattended|auto-?mailer|notif", re.IGNORECASE
)
_BOILERPLATE = re.compile(r"delete your own text|transcript of session", re.IGNORECASE)
_LIST_MANAGER = re.compile(rb"-(?:admin|ctl|owner|request)@", re.IGNORECASE)
"""fml and its like refuse a post under this name."""
_NULL_PATH = re.compile(
    rb"[ \t]*(?:<[ \t]*>|\"\"|<?mailer-daemon(?:@[^>]{0,200})?>?|)[ \t]*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Signs:
    """`sender`: points of the sender and of fields that only bounces have; `machine`: those
    and what says that no person sent it; `words`: of subject and text. `grounded`: the subject
    says it, or the mail is given back as a part. `backed`: by a report, a reply code, or a
    mail that is given back."""

    machine: int = 0
    sender: int = 0
    words: int = 0
    grounded: bool = False
    backed: bool = False
    evidence: tuple[str, ...] = ()

    def may_suffice(self, *, in_parts: bool) -> bool:
        """Whether the text is worth looking at: it is not for nearly every ordinary mail."""
        return self.machine > 0 and (self.sender >= 2 or self.grounded or in_parts)

    def with_text(self, notice: str, *, in_text: bool, in_parts: bool) -> "Signs":
        """With what the notice says, and whether a mail is given back below it or as a part."""
        words, machine, evidence = self.words, self.machine, list(self.evidence)
        unquoted = "\n".join(line for line in notice.split("\n") if not line.startswith(">"))
        folded = fold(unquoted)
        if failures := tuple(phrase for phrase in FAILED if phrase in folded):
            words += TEXT_POINTS
            evidence.append(f'text: "{_shown(unquoted, failures)}"'[:MAX_EVIDENCE])
        machine += 2 * bool(says(AUTOMATIC, folded))
        has_code = code_in(unquoted) is not None
        words += has_code
        if words and (in_text or in_parts):
            words += RETURNED_POINTS
            evidence.append("the mail that is given back")
        return replace(
            self,
            machine=machine,
            words=words,
            grounded=self.grounded or in_parts,
            backed=self.backed or has_code or in_text or in_parts,
            evidence=tuple(evidence),
        )

    @property
    def suffice(self) -> bool:
        """It is a bounce, when it tells of anybody. An absent person's automatic answer has a
        null reverse path too, and quotes: its subject does not speak of failure."""
        known = self.sender >= 2 or self.grounded
        return known and self.words >= 2 and self.machine + self.words >= ENOUGH

    @property
    def is_vague(self) -> bool:
        """What was sent by a machine and did not arrive can be a parcel too: no mail system
        has signed this, no reply code and no mail that is given back is in it."""
        return self.sender < SURE_SENDER and not self.backed

    @property
    def stand_alone(self) -> bool:
        """It is a bounce even if it names nobody."""
        return self.suffice and self.words >= SUBJECT_POINTS and not self.is_vague


def signs_of(root: Part, senders: AddressField, subject: str, *, has_report: bool) -> Signs:
    """What the header says. No points for the machine: no bounce, whatever the words are."""
    header = root.header
    signs = [_report(root, has_report=has_report), *_only_bounces_have(header)]
    signs.append(_sender(header, senders))
    sender = sum(points for points, _ in signs)
    signs.append(_path(header))
    machine = sum(points for points, _ in signs)
    if machine <= 0:
        return Signs()
    words = REPORT_POINTS * has_report
    if said := bool(says(SUBJECTS, fold(subject))):
        words += SUBJECT_POINTS
        signs.append((0, f"Subject: {subject}"))
    if sender < SURE_SENDER and (base_subject(subject) != subject or _is_list(header)):
        words += PASSED_ON  # somebody's answer to a bounce, a bounce passed on or discussed
    evidence = tuple(shown[:MAX_EVIDENCE] for _, shown in signs if shown)
    return Signs(machine, sender, words, said or has_report, has_report, evidence)


def _report(root: Part, *, has_report: bool) -> tuple[int, str]:
    """Points for multipart/report. A report in any other mail was attached by somebody; a
    report of another type than RFC 3464's is none of a delivery."""
    if root.content_type != "multipart/report":
        return 0, ""
    kind = root.parameters.get("report-type", "").lower()
    if kind in {"disposition-notification", "feedback-report"} and not has_report:
        return -100, ""
    points = SURE_SENDER if has_report or kind == "delivery-status" else 1
    return points, f"Content-Type: multipart/report; report-type={kind}"


def _only_bounces_have(header: Header) -> list[tuple[int, str]]:
    """Points for fields of Exim and Gmail, of Exchange, and of the list manager fml."""
    found = []
    if (failed := header.first("x-failed-recipients")) is not None:
        found.append((SURE_SENDER, f"X-Failed-Recipients: {_text(failed)}"))
    if "x-ms-exchange-message-is-ndr" in header.by_name:
        found.append((SURE_SENDER, "X-MS-Exchange-Message-Is-Ndr"))
    if "x-mlserver" in header.by_name and _LIST_MANAGER.search(header.first("from") or b""):
        found.append((3, "X-Mlserver: a list manager"))
    return found


def _sender(header: Header, senders: AddressField) -> tuple[int, str]:
    """Points for the From field: a mail system by its name, or a role that sends bounces."""
    values = header.all("from")
    if not values:
        return 1, "no From field"
    value = values[0][:1000]
    if _DAEMON.search(value):
        return SURE_SENDER, f"From: {_text(value)}"
    name = fold(senders.addresses[0].name[:200]) if senders.addresses else ""
    points = 2 if says(SYSTEM_NAMES, name) else int(name == "postmaster")
    points += 2 if _CARETAKER.search(value) else int(_UNATTENDED.search(value) is not None)
    return points, f"From: {_text(value)}" if points else ""


def _path(header: Header) -> tuple[int, str]:
    """Points for the null reverse path (RFC 5321 §4.5.5), or for what a machine says of
    itself (RFC 3834 §5)."""
    path = header.first("return-path")
    if path is not None and _NULL_PATH.fullmatch(path[:300]):
        return 2, f"Return-Path: {_text(path)}"
    automatic = header.first("auto-submitted")
    if automatic and not automatic.lower().lstrip().startswith(b"no"):
        return 1, f"Auto-Submitted: {_text(automatic)}"
    return 0, ""


def _is_list(header: Header) -> bool:
    return "list-id" in header.by_name or "list-unsubscribe" in header.by_name


def _shown(text: str, failures: tuple[str, ...]) -> str:
    """The line with the first of these phrases, as it stands in the text."""
    lines = [line for line in text.split("\n")[:200] if not _BOILERPLATE.search(line)]
    found = next((line for line in lines if says(failures, fold(line))), text)
    return " ".join(found.split())[:80]


def _text(value: bytes) -> str:
    return clean_header(value[:300].decode("utf-8", "replace")).strip()
