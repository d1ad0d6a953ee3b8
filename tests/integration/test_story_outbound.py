"""Outbound e-mail is a ticket: three ways in which an agent writes first, and what becomes of the
answer. Real mails through a real Postfix into real mailboxes."""

import re

import pytest

from tests.harness.gateway import Gateway
from tests.harness.mailbox import Mail
from tests.harness.office import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    SUPPORT,
    Office,
    bare,
    open_office,
)

pytestmark = pytest.mark.servers("postfix")

PDF = ("terms.pdf", "application/pdf", b"%PDF-1.4 terms %%EOF\n")


def expect_from_the_desk(mail: Mail, words: str) -> None:
    """What the customer sees: the support address with Alice's name, nothing of her mailbox."""
    assert mail["From"] == f'"Alice Kim (Acme Support)" <{SUPPORT}>'
    assert words in mail.text()
    assert bare(mail["Reply-To"]).startswith("support+t")
    everything = mail.everything()
    for theirs in (ALICE.address, "#new", "n1.alice"):
        assert theirs not in everything


def expect_started(office: Office, number: int) -> None:
    """A closed ticket that nobody waits on, of the one whom Alice wrote to."""
    ticket = office.ticket(number)
    facts = {key: ticket[key] for key in (
        "source", "status", "address", "brand", "group", "requester", "first_response_at",
        "sla_started_at",
    )}  # fmt: skip
    assert facts == {
        "source": "outbound_email",
        "status": "closed",
        "address": SUPPORT,
        "brand": "acme",
        "group": "support",
        "requester": {"address": CAROL.address, "name": facts["requester"]["name"]},
        "first_response_at": None,
        "sla_started_at": None,
    }
    (message,) = ticket["messages"]
    assert (message["kind"], message["direction"], message["visibility"]) == (
        "message",
        "out",
        "public",
    )
    assert message["author"] == {"address": ALICE.address, "name": ALICE.name, "role": "agent"}


def expect_answer_opens(office: Office, mail: Mail, number: int) -> None:
    """Carol answers: the ticket opens, the clock starts, and Alice, who began it, is told."""
    office.answer(CAROL, mail, "Thank you, but we need two of them.")
    news = office.arrived()
    assert ALICE in news
    assert CAROL not in news, "no acknowledgement on a ticket that we began"
    (told,) = news[ALICE]
    assert "we need two of them" in told.text()
    ticket = office.ticket(number)
    assert ticket["status"] == "open"
    assert ticket["sla_started_at"] is not None


def test_send(gateway: Gateway) -> None:
    with open_office(gateway) as office:
        (gateway.folder / "terms.pdf").write_bytes(PDF[2])
        (gateway.folder / "body.txt").write_text("Our new terms are attached.\n")
        done = gateway.run(
            "send", "--from", SUPPORT, "--to", CAROL.address, "--cc", DAVE.address,
            "--subject", "New terms", "--body-file", "body.txt", "--attach", "terms.pdf",
            "--as", ALICE.address, "--tag", "terms",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        news = office.arrived()
        assert set(news) == {CAROL, DAVE}, "no notification, no acknowledgement"
        (mail,) = news[CAROL]
        expect_from_the_desk(mail, "Our new terms are attached.")
        assert mail["Subject"] == "[#1] New terms"
        assert mail.files()["terms.pdf"] == PDF[2]
        expect_started(office, 1)
        assert office.ticket(1)["cc"] == [DAVE.address]
        assert office.ticket(1)["tags"] == ["terms"]
        (listed,) = gateway.ask("tickets", "list", "--source", "outbound_email")
        assert listed["id"] == 1
        expect_answer_opens(office, mail, 1)


def test_new_by_mail(gateway: Gateway) -> None:
    """`#new customer@…` to a support address: the customer gets the mail from there."""
    with open_office(gateway) as office:
        office.write(
            ALICE,
            SUPPORT,
            "New terms",
            f"#new {CAROL.address}\n#tag terms\n\nOur new terms are attached.\n",
            html=f"<p>#new {CAROL.address}</p><p>#tag terms</p>"
            "<p>Our <b>new</b> terms are attached.</p>",
            files=(PDF,),
        )
        news = office.arrived()
        assert set(news) == {CAROL}
        (mail,) = news[CAROL]
        expect_from_the_desk(mail, "terms are attached.")
        assert "#tag" not in mail.everything()
        assert mail.files()["terms.pdf"] == PDF[2]
        expect_started(office, 1)
        assert office.ticket(1)["tags"] == ["terms"]
        expect_answer_opens(office, mail, 1)


@pytest.mark.parametrize("way", ["cc", "bcc"])
def test_a_copy_to_the_support_address(gateway: Gateway, way: str) -> None:
    """Alice writes to Carol from her own client, with the support address in Cc or Bcc: Carol has
    the mail already and gets no second one; her answer to it is the ticket's."""
    with open_office(gateway) as office:
        copies = {way: (SUPPORT,)}
        own = office.write(ALICE, CAROL.address, "Your visit", "See you on Monday.", **copies)  # type: ignore[arg-type]
        news = office.arrived()
        assert set(news) == {CAROL}
        (mail,) = news[CAROL]
        assert mail["Message-ID"] == own, "the one that Alice sent herself"
        expect_started(office, 1)
        # Carol's client answers to all: the desk has it by the reference.
        office.write(
            CAROL,
            (ALICE.address, SUPPORT),
            "Re: Your visit",
            "Monday is a holiday.",
            header={"In-Reply-To": own, "References": own},
        )
        office.arrived()
        ticket = office.ticket(1)
        assert [one["text"].strip() for one in ticket["messages"]] == [
            "See you on Monday.",
            "Monday is a holiday.",
        ]
        assert ticket["status"] == "open"
        assert len(gateway.ask("tickets", "list")) == 1


def test_agents_may_not_start(gateway: Gateway) -> None:
    """By setting: nothing goes out, nothing is lost, and Alice is told."""
    with open_office(gateway) as office:
        config = gateway.config.read_text()
        gateway.config.write_text(
            config.replace("[gateway]", "[gateway]\nagents_may_start = false")
        )
        assert office.daemon.terminate() == 0
        office.daemon = gateway.start().wait_ready()
        office.write(ALICE, SUPPORT, "New terms", f"#new {CAROL.address}\n\nOur new terms.\n")
        news = office.arrived()
        assert set(news) == {ALICE}
        (told,) = news[ALICE]
        assert "was not sent to anybody" in told.text()
        assert gateway.ask("tickets", "list") == []
        (row,) = gateway.ask("quarantine", "list")
        assert row["from"] == ALICE.address


def test_over_the_hourly_cap(gateway: Gateway) -> None:
    """A new mail over the cap is refused with the time at which it would go; nothing is lost."""
    refusing = '[ratelimit]\nhourly = 2\nwhen_full = "refuse"\n'
    with open_office(gateway) as office:
        config = gateway.config.read_text()
        gateway.config.write_text(config.replace("[ratelimit]\nhourly = 100000\n", refusing))
        assert office.daemon.terminate() == 0
        office.daemon = gateway.start().wait_ready()
        words = ("send", "--from", SUPPORT, "--subject", "Hello", "--as", ALICE.address, "--to")
        for who in (CAROL, DAVE):
            assert gateway.run(*words, who.address, stdin=b"Hello\n").returncode == 0
        assert set(office.arrived()) == {CAROL, DAVE}
        refused = gateway.run(*words, BOB.address.replace("bob", "x"), stdin=b"Hello\n")
        assert refused.returncode == 1
        assert re.search(rb"\b\d{1,2}:\d\d\b", refused.stderr), "when it would go"
        assert b"Traceback" not in refused.stderr
        assert len(gateway.ask("tickets", "list")) == 2
