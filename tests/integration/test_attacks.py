"""Known attacks on help desks, through the SMTP door, each as it was done to somebody: who gains
what they were not given. Seen is only what an operator, an agent or the attacker could see."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.harness.gateway import Gateway
from tests.harness.scene import (
    ALICE,
    BOB,
    HONG,
    MALLORY,
    SALES,
    SUPPORT,
    Opened,
    Scene,
    playing,
)

MINA = "mina@partner.example"


@pytest.fixture
def scene(gateway: Gateway) -> Iterator[Scene]:
    with playing(gateway) as place:
        yield place


def messages(ticket: Any) -> list[tuple[str, str, str]]:
    """Who wrote what stands on a ticket, as what, and who sees it."""
    return [
        (one["author"]["address"], one["author"]["role"], one["visibility"])
        for one in ticket["messages"]
        if one["direction"] == "in"
    ]


# --- 1: the Ticket Trick (De Ceukelaire 2017) ---------------------------------------------------


@pytest.mark.parametrize(
    "marks",
    [("Auto-Submitted: auto-generated",), ()],
    ids=["a machine that says so", "a machine that does not"],
)
def test_attack_1_a_confirmation_sent_to_a_tickets_address(
    scene: Scene, marks: tuple[str, ...]
) -> None:
    """Mallory opens a ticket, and signs up at a service that trusts addresses of acme.example with
    the address that she was told to answer to. The code must not reach her: not by a copy, not
    by what she may read of her ticket, not by an answer that quotes it."""
    opened = scene.open(MALLORY)
    scene.gateway.ask("tickets", "set", str(opened.number), "--status", "pending")
    before = scene.outside()
    scene.write(
        "Chat <noreply@chat.example>",
        to=opened.token,
        subject="Confirm your e-mail address",
        text="Your code is 48151623.",
        auth="pass",
        more=marks,
    )
    assert scene.outside() == before, "nobody outside hears anything"
    ticket = scene.ticket(opened.number)
    assert messages(ticket)[1:] == [("noreply@chat.example", "stranger", "private")]
    assert ticket["status"] == "pending", "a machine reopens nothing"
    assert ticket["cc"] == []
    scene.answer(opened.number, "We will look into it.")
    assert "48151623" not in scene.mails_to(MALLORY)[-1].everything()
    assert scene.mails_to("noreply@chat.example") == []


# --- 2: Zendesk 2024: a forged requester brings a reader along ----------------------------------


@pytest.mark.parametrize("auth", ["fail", None], ids=["known to be forged", "nothing known"])
def test_attack_2_a_forged_requester_copies_an_attacker_in(scene: Scene, auth: str | None) -> None:
    """Mallory writes as Hong on Hong's ticket with herself in Cc. She takes part in nothing, and
    not one mail goes to her, neither now nor when the ticket is answered."""
    opened = scene.open(HONG, text="My card number is 4711-0815.")
    scene.write(
        f"Hong <{HONG}>",
        subject=f"Re: [#{opened.number}] Where is my order?",
        text="My colleague takes over.",
        auth=auth,
        more=(f"Cc: {MALLORY}",),
        reverse_path=MALLORY,
    )
    ticket = scene.ticket(opened.number)
    assert ticket["cc"] == []
    assert messages(ticket)[1:] == [(HONG, "requester", "private")]
    assert ticket["messages"][1]["flags"]
    scene.answer(opened.number, "It is on its way.")
    assert scene.mails_to(MALLORY) == []
    assert scene.mails_to(HONG)[-1].text().startswith("It is on its way.")


def test_attack_2_a_proven_requester_brings_somebody_along_without_the_history(
    scene: Scene,
) -> None:
    """What the attack takes away is still there for those who may: Mina hears what is said from
    now on, and nothing of what was said before."""
    opened = scene.open(HONG, text="My card number is 4711-0815.")
    scene.write(
        f"Hong <{HONG}>",
        to=opened.token,
        subject="Re: Where is my order?",
        text="My colleague takes over.",
        auth="pass",
        more=(f"Cc: Mina <{MINA}>",),
    )
    assert scene.ticket(opened.number)["cc"] == [MINA]
    assert scene.mails_to(MINA) == [], "no mail of ours tells her so"
    scene.answer(opened.number, "It is on its way.")
    (answer,) = scene.mails_to(MINA)
    everything = answer.everything()
    assert "It is on its way." in everything
    assert "4711-0815" not in everything


# --- 3: numbers of tickets are guessed ----------------------------------------------------------

CLAIMS = ("subject", "token", "references")
"""A number in the subject, a signed address, a signed id of ours in References."""
Routes = dict[str | None, tuple[str, str, str]]
_ALL_PUBLIC = ("public", "public", "public")
_ALL_FLAGGED = ("flagged", "flagged", "flagged")
_CUSTOMER: Routes = {
    "pass": _ALL_PUBLIC,
    None: ("flagged", "public", "public"),
    "fail": _ALL_FLAGGED,
}
_STRANGER = ("linked", "flagged", "flagged")
ROUTES: dict[str, Routes] = {
    "requester": _CUSTOMER,
    "participant": _CUSTOMER,
    "stranger": {"pass": _STRANGER, None: _STRANGER, "fail": _STRANGER},
    "agent": {
        "pass": _ALL_PUBLIC,
        None: ("quarantine", "public", "quarantine"),
        "fail": ("quarantine", "quarantine", "quarantine"),
    },
}
"""By the sender, by what is known of the sender's address, and by what names the ticket."""
Row = tuple[str, str | None, str]


def rows() -> dict[Row, str]:
    return {
        (who, auth, claim): route
        for who, by_auth in ROUTES.items()
        for auth, routes in by_auth.items()
        for claim, route in zip(CLAIMS, routes, strict=True)
    }


def test_attack_3_numbers_tokens_and_references_in_every_hand(scene: Scene) -> None:
    """Each row on a ticket of its own, opened by a proven customer with a participant."""
    expected = rows()
    requesters = [f"hong{number}@customer.example" for number in range(len(expected))]
    # In so few words that they are not counted: thirty mails of the same words are a machine's.
    tickets = scene.open_all(requesters, text="Where is it?", more=(f"Cc: {MINA}",))
    words = {row: f"said-in-row-{number}." for number, row in enumerate(expected)}
    for row, opened in zip(expected, tickets, strict=True):
        say(scene, row, opened, words[row])
    by_number = {ticket["id"]: ticket for ticket in scene.tickets()}
    aside = [row["subject"] for row in scene.quarantine()]
    found = {
        row: route(by_number, opened.number, words[row], aside)
        for row, opened in zip(expected, tickets, strict=True)
    }
    assert found == expected
    outside = scene.outside()
    for row, opened in zip(expected, tickets, strict=True):
        heard = {one.recipient for one in outside if words[row].encode() in one.content}
        assert heard == hearers(row, expected[row], opened), row


def hearers(row: Row, way: str, opened: Opened) -> set[str]:
    """Who outside may read what was said: an agent's answer is for those on the ticket, and who
    is proven has their own subject back in the acknowledgement of their own ticket."""
    if row[0] == "agent" and way == "public":
        return {opened.requester, MINA}
    return {MALLORY} if row[:2] == ("stranger", "pass") and way == "linked" else set()


def say(scene: Scene, row: Row, opened: Opened, words: str) -> None:
    who, auth, claim = row
    sender = {"requester": opened.requester, "participant": MINA, "stranger": MALLORY}.get(
        who, ALICE
    )
    token, seen = opened.token, opened.acknowledgement
    if who == "agent":
        token, seen = opened.token_of(ALICE), opened.notifications[ALICE]
    by_tag, by_token, by_reference = (claim == each for each in CLAIMS)
    scene.write(
        sender,
        to=token if by_token else SUPPORT,
        subject=f"[#{opened.number}] {words}" if by_tag else words,
        text=words,
        auth=auth,
        more=(f"References: {seen['Message-ID']}",) if by_reference else (),
    )


def route(tickets: dict[int, Any], named: int, words: str, aside: list[str]) -> str:
    """What became of the mail with these words that named a ticket."""
    if any(words in (subject or "") for subject in aside):
        return "quarantine"
    ((number, message),) = [
        (ticket["id"], one)
        for ticket in tickets.values()
        for one in ticket["messages"]
        if words in one["text"]
    ]
    if number != named:
        return "linked" if named in tickets[number]["linked"] else "new"
    if message["visibility"] == "public":
        return "public"
    return "flagged" if message["flags"] else "private"


# --- 4: somebody writes as an agent (CVE-2026-47123) --------------------------------------------


def test_attack_4_an_agents_name_is_no_proof(scene: Scene) -> None:
    """Mallory writes to Hong as the desk: with a number that she guessed, with tokens that she
    found, with tokens that she changed, and with one whose owner the server in front knows not
    to be writing. Hong hears nothing of it; a human does."""
    opened = scene.open(HONG)
    before, state = scene.outside(), scene.ticket(opened.number)
    hers = opened.token_of(ALICE)
    notification = opened.notifications[ALICE]["Message-ID"]
    ways: dict[str, dict[str, Any]] = {
        "a number": {"subject": f"Re: [#{opened.number}] a number"},
        "a reference": {"more": (f"References: {notification}",)},
        "a changed reference": {"more": (f"In-Reply-To: {changed(notification)}",)},
        "a customer's token": {"to": opened.token},
        "a changed token": {"to": changed(hers)},
        "her token and a failed check": {"to": hers, "auth": "fail"},
    }
    for name, how in ways.items():
        scene.write(f"Alice Kim <{ALICE}>", **{"subject": name, "reverse_path": MALLORY, **how})
    scene.write(f"Bob Lee <{BOB}>", to=hers, subject="the token of another", reverse_path=MALLORY)
    aside = {row["subject"].rpartition("] ")[2]: row["cause"] for row in scene.quarantine()}
    assert aside == dict.fromkeys([*ways, "the token of another"], "agent_not_proven")
    assert scene.outside() == before
    assert scene.ticket(opened.number) == state


def changed(signed: str) -> str:
    """A signed address or id with another letter in its middle."""
    at = 20
    return f"{signed[:at]}{'b' if signed[at] == 'a' else 'a'}{signed[at + 1 :]}"


# --- 5: Reply-To as identity (GitLab, FreeScout) ------------------------------------------------


@pytest.mark.parametrize("field", ["Reply-To", "Sender"])
def test_attack_5_only_from_says_who_writes(scene: Scene, field: str) -> None:
    """Mallory, proven to be Mallory, names others as those to answer to. She stays Mallory: on a
    ticket of Hong's a stranger, with an agent's name no agent, and nobody else gets her
    acknowledgement."""
    opened = scene.open(HONG)
    before = scene.outside()
    as_hong = scene.write(
        MALLORY,
        subject=f"Re: [#{opened.number}] as Hong",
        auth="pass",
        more=(f"{field}: {HONG}",),
    )
    as_alice = scene.write(
        MALLORY,
        subject=f"Re: [#{opened.number}] as Alice",
        text="#close\n\nPay to this account.",
        auth="pass",
        more=(f"{field}: Alice Kim <{ALICE}>",),
    )
    for row in (as_hong, as_alice):
        explained = scene.explained(row)
        assert explained["disposition"] == "open_ticket"
        assert explained["sender"]["address"] == MALLORY
        ticket = scene.ticket(explained["ticket"])
        assert ticket["requester"]["address"] == MALLORY
        assert ticket["linked"] == [opened.number]
    assert messages(scene.ticket(opened.number)) == [(HONG, "requester", "public")]
    assert {one.recipient for one in scene.outside()[len(before) :]} <= {MALLORY}


# --- 6: machines that answer each other ---------------------------------------------------------


def test_attack_6_our_own_mail_comes_back(scene: Scene) -> None:
    """An alias on the other side sends what we send back to us, with every field that we wrote."""
    scene.open(HONG)
    before = scene.outside()
    own = next(one for one in before if one.recipient == HONG)
    row = scene.send(own.content, reverse_path=HONG)
    assert scene.explained(row)["disposition"] == "suppress"
    assert scene.outside() == before
    assert len(scene.tickets()) == 1


def test_attack_6_one_support_address_writes_to_another(scene: Scene) -> None:
    """Somebody forges sales@ to have it and support@ answer each other."""
    scene.write(f"Acme Sales <{SALES}>", auth="pass")
    scene.write(f"Acme Support <{SUPPORT}>", to=SALES)
    assert [row["cause"] for row in scene.quarantine()] == ["from_support_address"] * 2
    assert scene.outside() == []
    assert scene.tickets() == []


def test_attack_6_a_mail_that_has_come_through_too_many_hosts(scene: Scene) -> None:
    received = tuple(
        f"Received: from a{number}.example by b{number}.example; Mon, 5 Jan 2026 09:00:00 +0000"
        for number in range(101)
    )
    scene.write(MALLORY, more=received)
    assert [row["cause"] for row in scene.quarantine()] == ["hop_limit"]
    assert scene.outside() == []


def test_attack_6_a_machine_without_any_mark(scene: Scene) -> None:
    """Thirty mails from one address, each a new conversation by everything that it says."""
    for number in range(30):
        scene.write("robot@machine.example", subject=f"Report {number}", text=f"Item {number}")
    loops = scene.gateway.ask("check-config")["loops"]
    assert len(scene.outside()) <= loops["acknowledgements_per_address_per_day"]
    opened = len(scene.tickets())
    assert opened + len(scene.quarantine()) == 30, "what is not answered is not lost"


# --- 7: backscatter, and acknowledgements as a relay (Zendesk 2025) -----------------------------


def test_attack_7_acknowledgements_carry_nobodys_words(scene: Scene) -> None:
    """Mallory has us write to people whom she wants to read something."""
    lure = "Click https://evil.example/prize"
    for number in range(70):
        victim = f"victim{number}@domain{number}.example"
        name = f"{lure} {number}"
        scene.write(f'"{name}" <{victim}>', subject=lure, text=lure, reverse_path=MALLORY)
    loops = scene.gateway.ask("check-config")["loops"]
    sent = scene.outside()
    assert 1 <= len(sent) <= loops["neutral_acknowledgements_per_hour"]
    assert set(Counter(one.recipient for one in sent).values()) == {1}
    for one in sent:
        everything = one.mail.everything().casefold()
        for word in ("evil.example", "prize", "click", "https:"):
            assert word not in everything
    assert scene.mails_to(MALLORY) == [], "nothing goes to where a bounce would"


def test_attack_7_who_is_known_not_to_have_written_hears_nothing(scene: Scene) -> None:
    for number in range(10):
        scene.write(f"victim{number}@bank.example", auth="fail", reverse_path=MALLORY)
    assert len(scene.tickets()) == 10
    assert scene.outside() == []


def test_attack_7_nothing_is_accepted_and_bounced_later(scene: Scene) -> None:
    """An unknown recipient is refused in the dialogue, so there is nothing to send back."""
    with pytest.raises(AssertionError, match=r"5\.1\.1"):
        scene.write(HONG, to="nobody@acme.example", reverse_path="victim@bank.example")
    assert scene.outside() == []
    assert scene.tickets() == []
