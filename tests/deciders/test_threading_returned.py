"""Which mail of ours a report is about, and which reports prove nothing (attack 19)."""

from dataclasses import replace

import pytest

from mailgate.mail.address import Address
from mailgate.mail.badaddress import is_bad_address
from mailgate.mail.parsed import DsnRecipient, MailKind, Report
from mailgate.model.decision import Reason
from mailgate.model.delivery import Lane
from mailgate.model.ids import DeliveryId
from mailgate.model.returned import Outcome
from mailgate.threading.returned import Finding, Sent, of_complaint, of_report

HONG = Address("hong", "customer.example")
PARK = Address("park", "customer.example")
CEO = Address("ceo", "customer.example")
FIRST_ID, SECOND_ID = "mg.first@acme.example", "mg.second@acme.example"
OURS = frozenset({FIRST_ID, SECOND_ID})

FIRST = Sent(DeliveryId(1), HONG, Lane.REPLY, FIRST_ID, signed=True, known=False)
SECOND = replace(FIRST, delivery=DeliveryId(2), message_id=SECOND_ID)
TO_PARK = replace(FIRST, delivery=DeliveryId(3), recipient=PARK, signed=False)
FAILED = DsnRecipient(HONG, "failed", "5.1.1", "550 5.1.1 unknown user", FIRST_ID)


def report(*told: DsnRecipient, sent: tuple[Sent, ...] = (FIRST, TO_PARK)) -> Finding:
    """To the signed address of the mails to Hong."""
    return of_report(MailKind.BOUNCE, told, OURS, sent)


def matched(finding: Finding) -> tuple[int, Outcome]:
    returned, reasons = finding
    assert returned is not None, reasons
    assert reasons[0] is Reason.REPORT_MATCHED
    return returned.delivery, returned.outcome


def test_a_report_to_the_signed_address_is_about_its_mail() -> None:
    returned, reasons = report(FAILED)
    assert returned is not None
    assert (returned.delivery, returned.recipient, returned.outcome) == (1, HONG, Outcome.HARD)
    assert (returned.status, returned.text) == ("5.1.1", "550 5.1.1 unknown user")
    assert reasons == (Reason.REPORT_MATCHED,)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("5.1.1", Outcome.HARD),
        ("5.1.2", Outcome.HARD),
        ("5.1.10", Outcome.HARD),
        ("5.2.1", Outcome.HARD),
        ("5.2.2", Outcome.SOFT),
        ("5.1.8", Outcome.SOFT),
        ("5.7.1", Outcome.SOFT),
        ("5.0.0", Outcome.SOFT),
        ("4.4.1", Outcome.SOFT),
        ("4.1.1", Outcome.SOFT),
        (None, Outcome.SOFT),
    ],
)
def test_only_a_bad_address_fails_for_good(status: str | None, outcome: Outcome) -> None:
    assert matched(report(replace(FAILED, status=status))) == (1, outcome)
    assert is_bad_address(status) is (outcome is Outcome.HARD)


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        ("delayed", Outcome.DELAYED),
        ("delivered", Outcome.ARRIVED),
        ("relayed", Outcome.ARRIVED),
        ("expanded", Outcome.ARRIVED),
    ],
)
def test_what_did_not_fail_is_bad_for_no_address(action: str, outcome: Outcome) -> None:
    """RFC 3464 §2.3.3; whatever the status says."""
    assert matched(report(replace(FAILED, action=action))) == (1, outcome)


def test_a_report_without_the_signed_address_proves_nothing() -> None:
    """Not even with the right recipient and the right id: whoever got the mail has both."""
    unsigned = (replace(FIRST, signed=False), TO_PARK)
    assert report(FAILED, sent=unsigned) == (None, (Reason.REPORT_UNSIGNED,))
    assert report(FAILED, sent=()) == (None, (Reason.REPORT_UNSIGNED,))


def test_the_signed_address_of_one_says_nothing_of_another() -> None:
    """Hong got the address for his mail, and would silence Park, or anybody at all."""
    of_another = (None, (Reason.REPORT_OF_ANOTHER_RECIPIENT,))
    assert report(replace(FAILED, recipient=PARK)) == of_another
    assert report(replace(FAILED, recipient=PARK, original_message_id=None)) == of_another
    assert report(replace(FAILED, recipient=CEO, original_message_id=None)) == of_another
    assert report(replace(FAILED, recipient=CEO, original_message_id="a@b.example")) == of_another


def test_a_report_of_several_is_not_about_one() -> None:
    both = (FAILED, replace(FAILED, recipient=CEO))
    assert report(*both) == (None, (Reason.REPORT_OF_SEVERAL,))


def test_the_same_recipient_twice_is_one() -> None:
    """First delayed, then failed: what counts is that it failed."""
    assert matched(report(replace(FAILED, action="delayed"), FAILED)) == (1, Outcome.HARD)


def test_the_id_of_another_mail_of_ours_does_not_fit() -> None:
    elsewhere = replace(FAILED, original_message_id=SECOND_ID)
    assert report(elsewhere) == (None, (Reason.REPORT_OF_ANOTHER_MAIL,))


def test_the_id_says_which_of_several_mails() -> None:
    sent = (SECOND, FIRST, TO_PARK)
    assert matched(report(FAILED, sent=sent)) == (1, Outcome.HARD)
    second = replace(FAILED, original_message_id=SECOND_ID)
    assert matched(report(second, sent=sent)) == (2, Outcome.HARD)


@pytest.mark.parametrize("original", [None, "0100018c@email.amazonses.example"])
def test_without_an_id_of_ours_it_is_the_newest_that_nothing_was_heard_of(
    original: str | None,
) -> None:
    """A relay that gives mails ids of its own, or a report that names none: the address is
    proven, and is the same for both."""
    told = replace(FAILED, original_message_id=original)
    assert matched(report(told, sent=(FIRST, SECOND))) == (2, Outcome.HARD)
    heard = replace(SECOND, known=True)
    assert matched(report(told, sent=(FIRST, heard))) == (1, Outcome.HARD)


def test_an_id_whose_case_or_domain_was_changed_is_the_same() -> None:
    changed = "MG.FIRST@relay.example"
    told = replace(FAILED, original_message_id=changed)
    finding = of_report(MailKind.BOUNCE, (told,), frozenset({changed}), (FIRST, SECOND))
    assert matched(finding) == (1, Outcome.HARD)


def test_a_report_that_names_nobody_is_about_whom_the_address_is_for() -> None:
    nobody = replace(FAILED, recipient=None)
    assert matched(report(nobody)) == (1, Outcome.HARD)
    assert matched(of_report(MailKind.BOUNCE, (), OURS, (FIRST,))) == (1, Outcome.SOFT)
    assert matched(of_report(MailKind.DELIVERY_NOTICE, (), OURS, (FIRST,))) == (1, Outcome.DELAYED)


def test_a_recipient_in_other_case_is_the_same() -> None:
    told = replace(FAILED, recipient=Address("HONG", "customer.example"))
    assert matched(report(told)) == (1, Outcome.HARD)


def test_mail_that_was_passed_on_did_not_arrive_but_the_address_is_good() -> None:
    """Hong's server forwards to a mailbox that is gone. The id in the report is that of his mail;
    but whose address is bad is somebody else."""
    returned, reasons = report(replace(FAILED, recipient=CEO))
    assert returned is not None
    assert (returned.recipient, returned.outcome) == (HONG, Outcome.SOFT)
    assert reasons == (Reason.REPORT_MATCHED, Reason.REPORT_OF_FORWARDED)


def test_the_original_recipient_is_whom_we_sent_it_to() -> None:
    """RFC 3464 §2.3.1: an alias of Hong's own server."""
    told = replace(FAILED, recipient=CEO, original_recipient=HONG, original_message_id=None)
    assert matched(report(told)) == (1, Outcome.HARD)


def test_that_it_failed_may_be_known() -> None:
    returned, _ = report(FAILED, sent=(replace(FIRST, known=True),))
    assert returned is not None
    assert returned.known


# --- complaints (RFC 5965) ------------------------------------------------------------------------

ABUSE = Report(HONG, "abuse", FIRST_ID)
UNSIGNED = (replace(FIRST, signed=False), TO_PARK)


def test_the_id_of_a_mail_proves_no_complaint() -> None:
    """Everybody in To and Cc of an answer has the same one, whoever they complain as."""
    assert of_complaint(ABUSE, OURS, UNSIGNED) == (None, (Reason.REPORT_UNSIGNED,))


def test_a_complaint_counts_at_the_signed_address() -> None:
    """Many leave out who complains."""
    redacted = Report(None, "abuse", None)
    assert matched(of_complaint(redacted, OURS, (FIRST, TO_PARK))) == (1, Outcome.COMPLAINED)
    blackened = Report(Address("redacted", "isp.example"), "abuse", FIRST_ID)
    assert matched(of_complaint(blackened, OURS, (FIRST, TO_PARK))) == (1, Outcome.COMPLAINED)
    to_park = replace(TO_PARK, message_id=SECOND_ID)
    of_park = of_complaint(Report(PARK, "abuse", FIRST_ID), OURS, (FIRST, to_park))
    assert of_park == (None, (Reason.REPORT_OF_ANOTHER_RECIPIENT,))


def test_the_id_says_which_of_several_mails_somebody_complains_of() -> None:
    assert matched(of_complaint(ABUSE, OURS, (FIRST, SECOND))) == (1, Outcome.COMPLAINED)
    second = replace(ABUSE, original_message_id=SECOND_ID)
    assert matched(of_complaint(second, OURS, (FIRST, SECOND))) == (2, Outcome.COMPLAINED)


@pytest.mark.parametrize(
    ("forged", "why"),
    [
        (Report(CEO, "abuse", FIRST_ID), Reason.REPORT_UNSIGNED),
        (Report(None, "abuse", FIRST_ID), Reason.REPORT_UNSIGNED),
        (Report(HONG, "abuse", None), Reason.REPORT_UNSIGNED),
        (Report(HONG, "abuse", "other@b.example"), Reason.REPORT_UNSIGNED),
    ],
)
def test_a_complaint_without_proof_changes_nothing(forged: Report, why: Reason) -> None:
    assert of_complaint(forged, OURS, UNSIGNED) == (None, (why,))


@pytest.mark.parametrize("says", ["not-spam", "auth-failure"])
def test_who_says_that_it_is_no_spam_does_not_complain(says: str) -> None:
    assert matched(of_complaint(replace(ABUSE, says=says), OURS, (FIRST,))) == (1, Outcome.ARRIVED)


def test_who_is_not_named_is_bad_only_where_nobody_else_is() -> None:
    nobody = replace(FAILED, recipient=None)
    somebody = replace(nobody, original_recipient=PARK)
    assert matched(report(nobody)) == (1, Outcome.HARD)
    assert matched(report(nobody, somebody)) == (1, Outcome.SOFT)
