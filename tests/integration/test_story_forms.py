"""The Korean story, told once in every form in which Korean stands in mail.

Each customer writes in a form of their own, all to one gateway, through a real mail server:
the ticket, the agent's notification and the customer's answer hold the same words.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.corpus.own.korean import FILE, FILE_CONTENT, NAME, RARE, SUBJECT, TEXT, Form, forms
from tests.harness.gateway import Gateway, make_gateway
from tests.harness.mailbox import Mail
from tests.harness.mails import ALICE, MARKER, outlook_reply
from tests.harness.ports import free_ports
from tests.harness.postfix import Postfix, running_postfix
from tests.harness.waiting import until

pytestmark = pytest.mark.servers("postfix")

SUPPORT = "support@acme.example"
ANSWER = "안녕하세요, 오늘 새 상품을 보내 드리겠습니다. 똠방각하"
FORMS = list(forms())
SECONDS = 60.0
"""For all of them together; the whole takes a third of it on an idle machine."""

DESK = """
[[address]]
address = "support@acme.example"
name = "Acme Support"
brand = "Acme Support"
group = "support"
locale = "ko"

[[group]]
name = "support"
members = ["alice@acme.example"]

[[agent]]
address = "alice@acme.example"
name = "Alice Kim"
"""


@dataclass(frozen=True, slots=True)
class Story:
    """What became of one customer's mail."""

    ticket: dict[str, Any]
    notification: Mail
    answer: Mail


def customer(number: int) -> str:
    return f"hong{number}@customer.example"


@pytest.fixture(scope="module")
def postfix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Postfix]]:
    gateway = make_gateway(tmp_path_factory.mktemp("forms") / "gateway")
    (port,) = free_ports(1)
    gateway.write_config(smarthost=port, desk=DESK)
    with running_postfix(
        port,
        mailboxes=[ALICE.address, *(customer(number) for number in range(len(FORMS)))],
        routes={SUPPORT: gateway.smtp_port},
    ) as server:
        yield gateway, server


@pytest.fixture(scope="module")
def stories(postfix: tuple[Gateway, Postfix]) -> dict[str, Story]:
    """All of them at once, in one running gateway."""
    gateway, server = postfix
    with gateway.start():
        for number, form in enumerate(FORMS):
            server.submit(customer(number), [SUPPORT], first_mail(number, form))
        notified = server.mailbox(ALICE.address).wait_for(len(FORMS), seconds=SECONDS)
        for number, notification in enumerate(notified):
            answer = outlook_reply(
                notification, ALICE, [ANSWER], message_id=f"answer-{number}@acme.example"
            )
            server.submit(ALICE.address, [notification["Reply-To"]], answer)
        answers = [answer_to(server, number) for number in range(len(FORMS))]
        tickets = tickets_by_customer(gateway)
    found = {}
    for number, form in enumerate(FORMS):
        ticket = tickets[customer(number)]
        (notification,) = (m for m in notified if m["Subject"].startswith(f"[#{ticket['id']}] "))
        found[form.name] = Story(ticket, notification, answers[number])
    return found


def first_mail(number: int, form: Form) -> bytes:
    return form.mail(
        message_id=f"first-{number}@customer.example", sender=customer(number), to=SUPPORT
    )


def answer_to(server: Postfix, number: int) -> Mail:
    """What the customer gets after the acknowledgement."""
    mailbox = server.mailbox(customer(number))

    def answer() -> Mail | None:
        return next((mail for mail in mailbox.mails() if not mail.has("Auto-Submitted")), None)

    return until(f"{customer(number)} has the answer", answer, seconds=SECONDS)


def tickets_by_customer(gateway: Gateway) -> dict[str, dict[str, Any]]:
    listed = gateway.ask("tickets", "list", "--limit", "1000")
    whole = [gateway.ticket(one["id"]) for one in listed]
    return {ticket["requester"]["address"]: ticket for ticket in whole}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_ticket_notification_and_answer_hold_the_same_words(
    stories: dict[str, Story], form: Form
) -> None:
    story = stories[form.name]
    said = f"{TEXT}\n{RARE}" if RARE in form.text else TEXT
    expect_ticket(story.ticket, said, form)
    expect_notification(story, said, form)
    expect_answer(story)


def expect_ticket(ticket: dict[str, Any], said: str, form: Form) -> None:
    assert ticket["subject"] == SUBJECT
    assert ticket["requester"]["name"] == NAME
    first, answer = (one for one in ticket["messages"] if one["kind"] == "message")
    assert first["text"].strip() == said
    assert first["author"]["name"] == NAME
    files = [(one["filename"], one["sha256"]) for one in first["attachments"]]
    assert files == ([(FILE, hashlib.sha256(FILE_CONTENT).hexdigest())] if form.has_file else [])
    assert answer["text"].split() == [*ANSWER.split(), *ALICE.name.split()]


def expect_notification(story: Story, said: str, form: Form) -> None:
    mail = story.notification
    assert mail["From"] == f'"{NAME} (Acme Support)" <{SUPPORT}>'
    assert mail["Subject"] == f"[#{story.ticket['id']}] {SUBJECT}"
    assert said in "\n".join(line.rstrip() for line in mail.text().splitlines())
    if form.page:
        assert all(line in mail.html() for line in said.splitlines())
    assert mail.files() == ({FILE: FILE_CONTENT} if form.has_file else {})


def expect_answer(story: Story) -> None:
    mail = story.answer
    assert mail["To"] == f"{NAME} <{story.ticket['requester']['address']}>"
    assert mail["Subject"] == f"[#{story.ticket['id']}] {SUBJECT}"
    *words, marker = mail.text().split()
    assert words == [*ANSWER.split(), *ALICE.name.split()]
    assert MARKER.fullmatch(marker)
    assert ANSWER in mail.html()
