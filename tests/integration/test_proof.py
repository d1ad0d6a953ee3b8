"""Rights come from proof: what the mail server in front of us has checked decides what a sender
gets, and what an agent may do. Postfix writes the Authentication-Results (RFC 8601) here, as a
milter would, and takes nobody else's."""

from collections.abc import Iterator

import pytest

from tests.harness.gateway import DESK, Gateway
from tests.harness.mails import korean_plain, simple
from tests.harness.ports import free_ports
from tests.harness.postfix import Postfix, running_postfix
from tests.harness.waiting import until

pytestmark = pytest.mark.servers("postfix")

HONG, MALLORY, SUPPORT = "hong@customer.example", "mallory@evil.example", "support@acme.example"
TRUSTED = '[threading]\ntrusted_authserv_ids = ["mx.acme.example"]\n'
# What Postfix found out about a mail, by its envelope sender.
CHECKED = """\
smtpd_sender_restrictions = check_sender_access inline:{
    { hong@customer.example = PREPEND Authentication-Results: mx.acme.example;
      dmarc=pass header.from=customer.example }
    { mallory@evil.example = PREPEND Authentication-Results: mx.acme.example;
      dmarc=fail header.from=acme.example } }
"""


@pytest.fixture
def mail_system(gateway: Gateway) -> Iterator[Postfix]:
    (port,) = free_ports(1)
    gateway.write_config(smarthost=port, desk=TRUSTED + DESK)
    with running_postfix(
        port,
        mailboxes=[HONG, MALLORY, "alice@acme.example", "bob@acme.example"],
        routes={SUPPORT: gateway.smtp_port},
        more=CHECKED,
    ) as server:
        yield server


def test_a_proven_sender_is_acknowledged_in_their_own_words(
    gateway: Gateway, mail_system: Postfix
) -> None:
    with gateway.start():
        mail_system.submit(HONG, [SUPPORT], korean_plain(message_id="one@customer.example"))
        (acknowledgement,) = mail_system.mailbox(HONG).wait_for(1)
        sender = gateway.ask("explain", "1")["sender"]
    assert acknowledgement["Subject"] == "[#1] 주문한 상품이 안 왔어요"
    assert acknowledgement["In-Reply-To"] == "<one@customer.example>"
    assert "홍길동" in acknowledgement.text()
    assert acknowledgement["Auto-Submitted"] == "auto-replied"
    assert (sender["authenticated"], sender["by"]) == ("pass", "dmarc")


def test_who_only_claims_to_be_an_agent_is_set_aside(
    gateway: Gateway, mail_system: Postfix
) -> None:
    """Mallory writes as Alice on Hong's ticket, and DMARC failed: no customer ever sees it."""
    forged = simple(
        sender="Alice Kim <alice@acme.example>",
        subject="Re: [#1] order",
        text="#close\n\nPlease pay to this account.",
        message_id="forged@acme.example",
        more=("Authentication-Results: mx.acme.example; dmarc=pass header.from=acme.example",),
    )
    with gateway.start():
        mail_system.submit(HONG, [SUPPORT], korean_plain(message_id="one@customer.example"))
        mail_system.mailbox(HONG).wait_for(1)
        before = gateway.ticket(1)
        mail_system.submit(MALLORY, [SUPPORT], forged)
        (row,) = until("it is set aside", lambda: gateway.ask("quarantine", "list"))
        assert row["cause"] == "agent_not_proven"
        assert row["from"] == "alice@acme.example"
        assert gateway.ticket(1) == before, "the ticket has not changed"
        for somebody in (HONG, MALLORY):
            count = 1 if somebody == HONG else 0
            assert mail_system.mailbox(somebody).count() == count, "nobody is answered"
