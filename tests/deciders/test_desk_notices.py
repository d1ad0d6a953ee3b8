"""The mails that a change of a ticket causes."""

from dataclasses import replace

import pytest

from mailgate.desk.by import By
from mailgate.desk.words.mails import EntryContent
from mailgate.desk.words.notices import is_to_customer, of_change, tell
from mailgate.desk.words.who import Around, Happening
from mailgate.mail.address import Address, NullReversePath
from mailgate.mail.quote import marker_line
from mailgate.model.delivery import Draft, Lane
from mailgate.model.ids import TicketId
from mailgate.model.ticket import Source, Status, Ticket
from mailgate.threading.token import Purpose, token_in, verify_token
from tests.deciders.desk_world import (
    ALICE,
    BOB,
    CAROL,
    HONG,
    KEYRING,
    MINSU,
    NOW,
    QUESTION,
    SEED,
    TICKET,
    body,
    desk,
    read,
)

ALICES = By(str(ALICE.address), NOW, SEED, ALICE)
OPERATOR = By("operator", NOW, SEED)
SYSTEM = By("system", NOW, SEED)
TO_CUSTOMER = marker_line("Your reply goes to hong@customer.example. Please write above this line.")
INSIDE = marker_line(
    "Your reply becomes an internal note and goes to no customer. Write above this line."
)


def caused(
    after: Ticket,
    *,
    before: Ticket = TICKET,
    by: By = OPERATOR,
    last: EntryContent | None = QUESTION,
    followers: tuple[Address, ...] = (),
    tell_resolved: bool = True,
) -> dict[Address, Draft]:
    ctx = desk()
    ctx = replace(ctx, policy=replace(ctx.policy, tell_resolved=tell_resolved))
    drafts = of_change(ctx, before, after, by, followers, last)
    assert len({one for draft in drafts for one in draft.recipients}) == len(drafts)
    return {draft.recipients[0]: draft for draft in drafts}


def purpose(draft: Draft) -> Purpose:
    assert draft.mail.reply_to is not None
    token = verify_token(KEYRING, token_in(draft.mail.reply_to.address) or "")
    assert token is not None
    return token.purpose


def test_a_new_assignee_gets_what_the_customer_wrote_and_can_answer() -> None:
    mine = replace(TICKET, assignee=MINSU.address)
    told = caused(mine, by=ALICES)
    assert set(told) == {MINSU.address}
    text = body(read(told[MINSU.address]), "plain")
    assert text.startswith(
        f"{TO_CUSTOMER}\n\n"
        "This ticket is yours now (Alice Kim has assigned it)\n"
        "Ticket [#12] Where is my parcel?\n"
        "2026-03-02 09:30 UTC\n"
        "open · normal priority · assigned to 김민수 · group support\n\n"
        "Hong <hong@customer.example> wrote last, 2026-03-02 09:30 UTC:\n\n"
        "My parcel has not come.\n\n"
        "ref:mg."
    )
    assert purpose(told[MINSU.address]) is Purpose.AGENT_REPLY


def test_without_a_message_of_the_customer_an_answer_is_a_note() -> None:
    mine = replace(TICKET, assignee=MINSU.address)
    told = caused(mine, last=None)[MINSU.address]
    text = body(read(told), "plain")
    assert text.startswith(f"{INSIDE}\n\nThis ticket is yours now\nTicket [#12] ")
    assert "wrote last" not in text
    assert purpose(told) is Purpose.AGENT_NOTE


def test_a_collaborators_answer_is_a_note() -> None:
    told = caused(replace(TICKET, assignee=CAROL.address))[CAROL.address]
    assert body(read(told), "plain").startswith(INSIDE)
    assert purpose(told) is Purpose.AGENT_NOTE


def test_who_takes_a_ticket_is_not_told() -> None:
    assert caused(replace(TICKET, assignee=ALICE.address), by=ALICES) == {}


def test_the_new_group_is_told_and_nobody_twice() -> None:
    moved = replace(TICKET, group="partners")
    told = caused(moved, by=ALICES)
    assert set(told) == {BOB.address, CAROL.address}
    head = "This ticket came to your group, partners (Alice Kim has handed it over)"
    assert head in body(read(told[BOB.address]), "plain")
    both = caused(replace(moved, assignee=BOB.address), by=ALICES)
    assert set(both) == {BOB.address, CAROL.address}
    assert "This ticket is yours now" in body(read(both[BOB.address]), "plain")


@pytest.mark.parametrize(
    "after",
    [
        replace(TICKET, assignee=None),
        replace(TICKET, group=None),
        replace(TICKET, status=Status.PENDING),
        replace(TICKET, status=Status.CLOSED),
        replace(TICKET, tags=("vip",)),
    ],
)
def test_what_tells_nobody(after: Ticket) -> None:
    assert caused(after, before=replace(TICKET, assignee=ALICE.address)) == {}


RESOLVED = replace(TICKET, status=Status.RESOLVED, first_response_at=NOW)


@pytest.mark.parametrize("by", [ALICES, OPERATOR, SYSTEM, By("rule old", NOW, SEED)])
def test_the_customer_is_told_that_it_is_resolved(by: By) -> None:
    told = caused(RESOLVED, by=by)
    assert set(told) == {HONG.address}
    draft = told[HONG.address]
    assert is_to_customer(draft)
    assert (draft.lane, draft.reverse_path) == (Lane.ACKNOWLEDGEMENT, NullReversePath())
    mail = read(draft)
    assert mail["Subject"] == "[#12] Where is my parcel?"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert "have marked it as resolved" in body(mail, "plain")
    assert purpose(draft) is Purpose.CUSTOMER_REPLY


def test_only_where_the_settings_say_so() -> None:
    assert caused(RESOLVED, tell_resolved=False) == {}


@pytest.mark.parametrize(
    "after",
    [
        replace(RESOLVED, spam=True),
        replace(RESOLVED, merged_into=TicketId(3)),
        replace(RESOLVED, source=Source.OUTBOUND_EMAIL),
        replace(RESOLVED, source=Source.IMPORT),
        replace(RESOLVED, source=Source.CAMPAIGN),
        replace(RESOLVED, status=Status.CLOSED),
    ],
)
def test_whose_end_is_not_told_to_the_customer(after: Ticket) -> None:
    assert caused(after) == {}


def test_what_was_resolved_already_is_not_told_again() -> None:
    assert caused(replace(RESOLVED, tags=("x",)), before=RESOLVED) == {}


def test_where_nobody_has_answered_nothing_of_the_sender_is_in_it() -> None:
    """Whoever forges a sender would choose the words for somebody else."""
    forged = replace(RESOLVED, first_response_at=None, subject="Buy at evil.example")
    assert caused(forged, by=SYSTEM) == {}, "and no machine writes there"
    mail = read(caused(forged)[HONG.address])
    for text in (str(mail["Subject"]), str(mail["To"]), body(mail, "plain"), body(mail, "html")):
        assert "evil" not in text
        assert "Hong" not in text


def test_no_customer_is_told_of_what_the_desk_tells_its_own() -> None:
    """Whatever happens, and whoever is around."""
    around = Around(
        followers=(MINSU.address, HONG.address, Address("x", "elsewhere.example")),
        writers=(ALICE,),
        mentioned=(BOB,),
        supervisors=(CAROL,),
    )
    inside = {one.address for one in (ALICE, BOB, CAROL, MINSU)}
    for happening in (
        Happening.ASSIGNED,
        Happening.HANDED_OVER,
        Happening.MERGED,
        Happening.BOTH_ANSWERED,
        Happening.OVERDUE,
        Happening.OVERDUE_STILL,
        Happening.SCORED,
    ):
        for draft in tell(desk(), TICKET, happening, by=SYSTEM, around=around):
            assert set(draft.recipients) <= inside
            assert purpose(draft) is Purpose.AGENT_NOTE
            assert body(read(draft), "plain").startswith(INSIDE)


def test_who_has_proven_their_address_keeps_their_conversation() -> None:
    """Also where nobody has answered: the subject is the one of all other mails of the ticket."""
    told = caused(replace(RESOLVED, first_response_at=None, proven=True), by=ALICES)
    assert read(told[HONG.address])["Subject"] == "[#12] Where is my parcel?"
