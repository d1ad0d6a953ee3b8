"""What strangers are told."""

import re

import pytest

from mailgate.ingest import respond
from mailgate.ingest.respond import RefusalReason, Reply, for_recipient, refusal
from mailgate.mail.address import Address
from mailgate.model.ids import JournalId

REPLIES = [
    *[value for value in vars(respond).values() if isinstance(value, Reply)],
    *[refusal(reason) for reason in RefusalReason],
    respond.accepted(JournalId(12)),
]


@pytest.mark.parametrize("reply", REPLIES, ids=str)
def test_a_reply_is_one_line_with_a_status_of_its_class(reply: Reply) -> None:
    """RFC 5321 §4.5.3.1.5: at most 512 octets; RFC 2034 §4: the classes agree. 354 has no
    enhanced status."""
    assert re.fullmatch(rb"[2345]\d\d [^\r\n]+\r\n", reply.wire)
    assert len(reply.wire) <= 512
    if reply.code == 354:
        assert reply.status == ""
    else:
        assert re.fullmatch(rf"{reply.code // 100}\.\d{{1,3}}\.\d{{1,3}}", reply.status)


@pytest.mark.parametrize(
    ("reason", "start"),
    [
        (RefusalReason.UNKNOWN_RECIPIENT, b"550 5.1.1 "),
        (RefusalReason.RELAY, b"550 5.7.1 "),
        (RefusalReason.BAD_SENDER, b"553 5.1.7 "),
        (RefusalReason.TOO_BIG, b"552 5.3.4 "),
        (RefusalReason.TOO_MANY_RECIPIENTS, b"452 4.5.3 "),
        (RefusalReason.BARE_NEWLINE, b"550 5.6.0 "),
        (RefusalReason.SHUTTING_DOWN, b"421 4.3.2 "),
        (RefusalReason.TOO_MANY_CONNECTIONS, b"421 4.3.2 "),
        (RefusalReason.OUR_FAULT, b"451 4.3.0 "),
    ],
)
def test_codes_of_the_manual(reason: RefusalReason, start: bytes) -> None:
    assert refusal(reason).wire.startswith(start)


def test_lmtp_names_the_recipient() -> None:
    reply = for_recipient(refusal(RefusalReason.TOO_BIG), Address("support", "acme.example"))
    assert reply.wire == b"552 5.3.4 <support@acme.example> Message too big\r\n"
