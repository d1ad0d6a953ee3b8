"""What speaks for a bounce: of the sender, the header, the subject, the text. Points are
added, because no sign alone is sure and every one can be missing in a real bounce."""

import re
from dataclasses import dataclass, replace

from mailgate.mail.addresslist import AddressField
from mailgate.mail.bouncewords import FAILED, SUBJECTS, SYSTEM_NAMES, fold, says
from mailgate.mail.clean import clean_header
from mailgate.mail.header import Header
from mailgate.mail.mime import Part
from mailgate.mail.statuses import code_in
from mailgate.mail.subject import base_subject

ENOUGH = 6
"""Points: a system's sender with a failure in subject or text; a weaker sender needs both, or
the returned mail besides."""

SUBJECT_POINTS = 3
TEXT_POINTS = 2
MAX_EVIDENCE = 120

_DAEMON = re.compile(
    rb"^[ \t\"']*(?:<>|\"?[^<@]{0,80}\"?[ \t]*<>|$)|mailer[-_. ]?da?e?mon|mail-?daemon|"
    rb"double-bounce@|mail[. ]deliver[a-z]*[. ](?:sub)?system",
    re.IGNORECASE,
)
_CARETAKER = re.compile(
    rb"\b(?:post[_-]?master|mdaemon|mail(?:er|admin|master|system|gateway|router)?|mta|bounces?|bounced?-?mail|"
    rb"undeliver(?:ed|able)|delivery|nondelivery|ndr|smtp|sysadmin|virusalert|spamfilter)[-_a-z0-9]{0,20}@",
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
    """`machine`: points of the sender and the header, `sender`: those of the sender and of
    what only bounces have; `words`: of subject and text."""

    machine: int = 0
    sender: int = 0
    words: int = 0
    evidence: tuple[str, ...] = ()

    def with_text(self, notice: str, *, has_returned: bool) -> "Signs":
        """With what the notice says."""
        words, evidence = self.words, list(self.evidence)
        unquoted = "\n".join(line for line in notice.split("\n") if not line.startswith(">"))
        if phrase := _shown(unquoted):
            words += TEXT_POINTS
            evidence.append(f'text: "{phrase}"'[:MAX_EVIDENCE])
        if code_in(unquoted):
            words += 1
        if words and has_returned:
            words += 2
            evidence.append("the mail that is given back")
        return replace(self, words=words, evidence=tuple(evidence))

    @property
    def suffice(self) -> bool:
        """It is a bounce, when it tells of anybody."""
        return self.machine > 0 and self.words >= 2 and self.machine + self.words >= ENOUGH

    @property
    def is_vague(self) -> bool:
        """What was sent by a machine and did not arrive can be a parcel too: no mail system
        has signed this, no reply code and no mail that is given back is in it."""
        return self.sender < 2 and self.words <= SUBJECT_POINTS + TEXT_POINTS

    @property
    def stand_alone(self) -> bool:
        """It is a bounce even if it names nobody."""
        return self.suffice and self.machine >= 4 and self.words >= 3


def signs_of(root: Part, senders: AddressField, subject: str, *, has_report: bool) -> Signs:
    """What the header says. A report inside an ordinary mail was attached by somebody."""
    header, points, evidence = root.header, 0, []
    report_type = root.parameters.get("report-type", "").lower()
    if root.content_type == "multipart/report":
        if report_type in {"disposition-notification", "feedback-report"} and not has_report:
            return Signs()
        points += 4 if has_report or report_type == "delivery-status" else 1
        evidence.append(f"Content-Type: multipart/report; report-type={report_type}")
    if (failed := header.first("x-failed-recipients")) is not None:
        points += 4
        evidence.append(f"X-Failed-Recipients: {_text(failed)}")
    if header.first("x-ms-exchange-message-is-ndr") is not None:
        points += 4
        evidence.append("X-MS-Exchange-Message-Is-Ndr")
    if "x-mlserver" in header.by_name and _LIST_MANAGER.search(header.first("from") or b""):
        points += 3
        evidence.append("X-Mlserver: a list manager")
    sender, shown = _sender(header, senders)
    if sender:
        points += sender
        evidence.append(shown)
    sender = points
    path, shown = _path(header)
    if path:
        points += path
        evidence.append(shown)
    words = 0
    if points and says(SUBJECTS, fold(subject)):
        words += SUBJECT_POINTS
        evidence.append(f"Subject: {subject}")
    if points and base_subject(subject) != subject and points < 4:
        words -= 4  # somebody's answer to a bounce, or a bounce passed on
    if has_report:
        words += 4
    return Signs(points, sender, words, tuple(line[:MAX_EVIDENCE] for line in evidence))


def _sender(header: Header, senders: AddressField) -> tuple[int, str]:
    """Points for the From field: a mail system by its name, or a role that sends bounces."""
    values = header.all("from")
    value = values[0][:1000] if values else b""
    shown = f"From: {_text(value)}"
    if not values or _DAEMON.search(value):
        return (4, shown) if values else (1, "no From field")
    points = 0
    name = senders.addresses[0].name if senders.addresses else ""
    folded = fold(name[:200])
    if says(SYSTEM_NAMES, folded):
        points += 2
    elif folded == "postmaster":
        points += 1
    if _CARETAKER.search(value):
        points += 2
    elif _UNATTENDED.search(value):
        points += 1
    return points, shown


def _path(header: Header) -> tuple[int, str]:
    """Points for the null reverse path (RFC 5321 §4.5.5), and for what a machine says of
    itself (RFC 3834 §5)."""
    path = header.first("return-path")
    if path is not None and _NULL_PATH.fullmatch(path[:300]):
        return 2, f"Return-Path: {_text(path)}"
    automatic = header.first("auto-submitted")
    if automatic and not automatic.lower().lstrip().startswith(b"no"):
        return 1, f"Auto-Submitted: {_text(automatic)}"
    return 0, ""


def _shown(text: str) -> str:
    """The sentence with the first failure phrase, as it stands in the text."""
    if not says(FAILED, fold(text)):
        return ""
    lines = [line for line in text.split("\n")[:200] if not _BOILERPLATE.search(line)]
    found = next((line for line in lines if says(FAILED, fold(line))), text)
    return " ".join(found.split())[:80]


def _text(value: bytes) -> str:
    return clean_header(value[:300].decode("utf-8", "replace")).strip()
