"""What replies mean. The expectations are the RFCs'; unknown is transient."""

from datetime import UTC, datetime

import pytest

from mailgate.model.delivery import Deferred, Delivered, Rejected
from mailgate.outbound.classify import classify, relay_id, reply_of, status_of

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (250, "2.0.0 Ok: queued as 4F1A", Delivered),
        (251, "User not local; will forward", Delivered),  # RFC 5321 §4.2.2
        (252, "cannot verify, will try", Delivered),
        (421, "4.3.2 shutting down", Deferred),
        (450, "4.2.1 mailbox busy", Deferred),
        (451, "4.7.1 Greylisted", Deferred),
        (452, "4.2.2 Over quota", Deferred),
        (455, "cannot accommodate parameters", Deferred),
        (550, "5.1.1 User unknown", Rejected),
        (550, "no such user", Rejected),
        (551, "5.1.6 User has moved", Rejected),
        (553, "5.1.3 mailbox name not allowed", Rejected),
        (554, "5.7.1 refused by policy", Rejected),
        (556, "5.1.10 null MX", Rejected),  # RFC 7504, RFC 7505
        (521, "does not accept mail", Rejected),
        (500, "command unrecognised", Rejected),
        # RFC 5321 §4.5.3.1.10: 552 for too many recipients is to be read as 452.
        (552, "too many recipients", Deferred),
        (552, "5.2.2 mailbox full", Deferred),
        (550, "5.2.2 mailbox full", Deferred),  # RFC 3463 §3.3
        (552, "5.3.4 message too big", Rejected),
        (552, "5.2.3 message exceeds the limit of the mailbox", Rejected),
        (552, "sorry, that message size exceeds my databytes limit (#5.3.4)", Rejected),  # qmail
        (552, "sorry, too many recipients (#5.5.3)", Deferred),
        # RFC 4954 §6 and a session out of order: nothing that the mail can help.
        (530, "5.7.0 authentication required", Deferred),
        (534, "5.7.9 mechanism too weak", Deferred),
        (535, "5.7.8 credentials invalid", Deferred),
        (538, "5.7.11 encryption required", Deferred),
        (503, "5.5.1 bad sequence of commands", Deferred),
        # Code and status contradict each other (RFC 2034 §4): nobody knows.
        (550, "4.7.0 try again", Deferred),
        (354, "go on", Deferred),
        (199, "?", Deferred),
        (999, "?", Deferred),
        (None, "Connection lost", Deferred),
    ],
)
def test_what_a_reply_means(code: int | None, text: str, expected: type) -> None:
    assert type(classify(reply_of(code, text, AT))) is expected


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("5.1.1 User unknown", "5.1.1"),
        ("4.7.999", "4.7.999"),
        ("5.1.1", "5.1.1"),
        ("3.1.1 no such class", None),
        ("5.1 too short", None),
        ("5.1.1.1 too long", None),
        ("User 5.1.1 unknown", None),
        ("", None),
    ],
)
def test_the_enhanced_status_stands_at_the_start(text: str, status: str | None) -> None:
    assert status_of(text) == status


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2.0.0 Ok: queued as 4F1A2B3C", "4F1A2B3C"),  # Postfix
        ("OK id=1rGXvA-000000001Yz-2Dqn", "1rGXvA-000000001Yz-2Dqn"),  # Exim
        ("2.0.0 OK", None),
    ],
)
def test_the_queue_id_of_the_next_hop(text: str, found: str | None) -> None:
    assert relay_id(text) == found


def test_a_reply_is_kept_as_one_printable_line_of_bounded_length() -> None:
    reply = reply_of(550, "5.1.1 a\nb\x1b[31m\x00\udcff" + "x" * 1000, AT)
    assert reply.text.startswith("5.1.1 a b [31m x")
    assert len(reply.text) == 500
    assert reply.text.isprintable()


def test_a_code_that_is_none_is_unknown() -> None:
    assert reply_of(-1, "Malformed", AT).code is None
    assert reply_of(25, "two digits", AT).code is None
