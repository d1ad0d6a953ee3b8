"""The ids that relays give to our mail: what of a reply is one, and what is a queue id."""

import pytest

from mailgate.model.delivery import Deferred, Delivered, Reply
from mailgate.outbound.settle import settle
from mailgate.threading.aliases import aliases_in
from tests.contracts.outbound_world import NOW, leased_delivery

SES = "0102018c2a3b4c5d-6e7f8a9b-1c2d-3e4f-5a6b-7c8d9e0f1a2b-000000"
UUID = "f7ead9bc-fe6e-49c1-bb7d-6efd14eb6766"
OURS = "mg.auaaaaaabsu5bbsgilnxe2psxxxxx@acme.example"
KNOWN = frozenset({OURS, "hong@customer.example"})


@pytest.mark.parametrize(
    ("host", "reply", "aliases"),
    [
        # Amazon SES, developer guide: "the message ID is in the response to DATA"
        (
            "email-smtp.eu-west-1.amazonaws.com",
            f"Ok {SES}",
            (f"{SES}@email.amazonses.com",),
        ),
        ("127.0.0.1", f"2.0.0 Ok {SES}", (f"{SES}@email.amazonses.com",)),
        # Microsoft 365
        (
            "smtp.office365.com",
            (
                "2.0.0 OK <AM0PR01MB1@AM0PR01MB1.eurprd01.prod.outlook.com> "
                "[Hostname=AM0PR01MB1.eurprd01.prod.outlook.com]"
            ),
            ("AM0PR01MB1@AM0PR01MB1.eurprd01.prod.outlook.com",),
        ),
        # Exchange
        (
            "mail.acme.example",
            (
                "2.6.0 <abc@exch1.acme.example> [InternalId=123, Hostname=exch1.acme.example] "
                "Queued mail for delivery"
            ),
            ("abc@exch1.acme.example",),
        ),
        # Brevo
        (
            "smtp-relay.brevo.com",
            "2.0.0 OK: queued as <202603020930.12345678901@smtp-relay.mailin.fr>",
            ("202603020930.12345678901@smtp-relay.mailin.fr",),
        ),
        ("smtp.postmarkapp.com", f"2.0.0 Ok: queued as {UUID}", (f"{UUID}@mtasv.net",)),
        ("SMTP.POSTMARKAPP.COM.", f"2.0.0 Ok: queued as {UUID}", (f"{UUID}@mtasv.net",)),
    ],
)
def test_what_relays_say_that_rewrite_ids(host: str, reply: str, aliases: tuple[str, ...]) -> None:
    assert aliases_in(reply, host=host, known=KNOWN) == aliases


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "2.0.0 Ok: queued as 4F1A",
        "Ok: queued as nhIMmON9SFOPcT0ii4nt2A",
        f"OK queued as {UUID}",
        "2.0.0 OK  1646870409 p2-20020a1709026b8200b0014f1c918957si2953939plk.484 - gsmtp",
        "OK id=1rX2Yz-0001aB-2c",
        "Great success",
        "2.0.0 OK 12/34-56789-0ABCDEF0",
        f"2.6.0 <{OURS}> [InternalId=123] Queued mail for delivery",
        "2.1.5 <hong@customer.example> accepted",
        "2.0.0 <no at sign> ok",
        "2.0.0 <> ok",
        f"Ok {SES} and more",
        f"<{'a' * 300}@x.example>",
    ],
)
def test_what_is_none(reply: str) -> None:
    assert aliases_in(reply, host="relay.example", known=KNOWN) == ()


def test_a_reply_full_of_ids_gives_few() -> None:
    reply = " ".join(f"<{n}@relay.example>" for n in range(100))
    assert len(aliases_in(reply, host="relay.example", known=KNOWN)) == 5


def test_only_a_mail_that_was_taken_has_another_name() -> None:
    reply = Reply(250, "2.0.0", "2.0.0 Ok", NOW)
    taken = settle(leased_delivery(), Delivered(reply, aliases=("a@relay.example",)), NOW, 0)
    assert (taken.message_id, taken.aliases) == ("m1@acme.example", ("a@relay.example",))
    later = settle(leased_delivery(), Deferred(reply), NOW, 0)
    assert later.aliases == ()
