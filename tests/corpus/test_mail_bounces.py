"""Bounces of real mail systems, and ordinary mails that are none.

`expected/bounces.json` says of each message whether it is a notification of a mail system, for
which recipients, and of which class the gravest status is: by Sisimai 4.25.15 run on the same
files and, where it reads none or reads against what the mail says, by reading the mail (`note`).
Sisimai makes up a status where the mail has no code; there a class in words is right.
"""

import json
from pathlib import Path
from typing import TypedDict

from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import MailKind, ParsedMail
from tests.corpus.folders import files, name_of, needs_corpus
from tests.corpus.scores import note

EXPECTED = Path(__file__).parent / "expected" / "bounces.json"
NOTIFICATIONS = {MailKind.BOUNCE, MailKind.DELIVERY_NOTICE}
ORDINARY_FOLDERS = (
    "public/mail-gem",
    "public/stalwart-mail-parser",
    "public/talon",
    "public/mail-parser-reply",
    "synthetic",
)
REPORTS_AMONG_THEM = {
    "raw_email_with_mimepart_without_content_type.eml",
    "multi_address_bounce1.eml",
    "multi_address_bounce2.eml",
    "multipart_report_multiple_status.eml",
    "report_422.eml",
    "report_530.eml",
}


class Expected(TypedDict):
    recipients: list[str]
    bounce: bool


def expectations() -> list[tuple[Path, Expected, int | None]]:
    rows = json.loads(EXPECTED.read_text())
    found = files("public/set-of-emails", "*.eml")
    return [(path, rows[path.name], rows[path.name]["class"]) for path in found]


def recipients(mail: ParsedMail) -> list[str]:
    return sorted({str(each.recipient).casefold() for each in mail.dsn})


def unquoted(addresses: list[str]) -> list[str]:
    """`"a..b"@c.d` and `a..b@c.d` name the same mailbox."""
    return sorted(address.replace('"', "").casefold() for address in addresses)


def gravest(mail: ParsedMail) -> int | None:
    statuses = [each.status for each in mail.dsn]
    if not statuses or not all(statuses):
        return None
    return max(int(str(status)[0]) for status in statuses)


@needs_corpus
def test_recipients_and_classes_of_bounces() -> None:
    bounces = [row for row in expectations() if row[1]["bounce"]]
    mails = [parse_mail(path.read_bytes()) for path, _, _ in bounces]
    told = [
        recipients(mail) == unquoted(expected["recipients"])
        for mail, (_, expected, _) in zip(mails, bounces, strict=True)
    ]
    classes = [gravest(mail) == wanted for mail, (_, _, wanted) in zip(mails, bounces, strict=True)]
    known = [mail.kind in NOTIFICATIONS for mail in mails]
    note("bounces recognised", sum(known), len(bounces))
    note("bounces recipients", sum(told), len(bounces))
    note("bounces status class", sum(classes), len(bounces))
    assert sum(told) / len(bounces) >= 0.98
    assert sum(classes) / len(bounces) >= 0.97
    assert sum(known) / len(bounces) >= 0.99


@needs_corpus
def test_the_mail_that_a_bounce_is_about() -> None:
    """Where the returned mail has an id with a right-hand side, it is found."""
    bounces = [parse_mail(path.read_bytes()) for path, row, _ in expectations() if row["bounce"]]
    found = [any(each.original_message_id for each in mail.dsn) for mail in bounces]
    note("bounces original id", sum(found), len(bounces))
    assert sum(found) / len(bounces) >= 0.85


@needs_corpus
def test_ordinary_mail_is_no_bounce() -> None:
    others = [path for folder in ORDINARY_FOLDERS for path in files(folder)]
    others += [path for path, row, _ in expectations() if not row["bounce"]]
    ordinary = [
        path
        for path in others
        if path.suffix not in {".json", ".md"} and path.name not in REPORTS_AMONG_THEM
    ]
    taken = [p for p in ordinary if parse_mail(p.read_bytes()).kind in NOTIFICATIONS]
    note("ordinary mail not taken for a bounce", len(ordinary) - len(taken), len(ordinary))
    assert [name_of(path) for path in taken] == []


@needs_corpus
def test_reports_among_ordinary_mail_are_seen() -> None:
    reports = [p for p in files("public/mail-gem") if p.name in REPORTS_AMONG_THEM]
    assert [p.name for p in reports if parse_mail(p.read_bytes()).kind not in NOTIFICATIONS] == []
