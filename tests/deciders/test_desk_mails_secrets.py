"""Nobody outside receives an agent's mailbox, a token of an agent or a mail meant for agents."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.desk.words.mails import EntryContent, public_reply
from mailgate.desk.words.notification import notifications
from mailgate.desk.words.who import Happening
from mailgate.mail.address import Address
from mailgate.mail.compose import compose
from mailgate.mail.html import from_text, sanitise
from mailgate.mail.parse import parse_mail
from mailgate.model.delivery import Draft
from mailgate.model.directory import Agent
from mailgate.model.seed import Seed
from mailgate.model.ticket import Author, EntryKind, Role, Ticket, Visibility
from mailgate.threading.token import (
    Purpose,
    is_for,
    mint_message_id,
    mint_token,
    reply_address,
    token_in,
    verify_message_id,
    verify_token,
)
from tests.deciders.desk_world import (
    ALICE,
    ANSWER,
    BOB,
    CAROL,
    HELP_KO,
    HONG,
    KEYRING,
    MINSU,
    NOW,
    QUESTION,
    SEED,
    SUPPORT,
    TICKET,
    desk,
    everything_in,
)

AGENTS = (ALICE, BOB, MINSU, CAROL)
MAILBOXES = {address for agent in AGENTS for address in (agent.address, *agent.also)}
ALICES = (ALICE.address, *ALICE.also)
OUTSIDE = (Address("boss", "customer.example"), Address("lawyer", "law.example"))
AGENT_TOKEN = mint_token(KEYRING, Purpose.AGENT_REPLY, TICKET.id, ALICE.address)
NOTE_TOKEN = mint_token(KEYRING, Purpose.AGENT_NOTE, TICKET.id, ALICE.address)
SECRETS = [
    *(str(address).encode() for address in ALICES),
    AGENT_TOKEN.encode(),
    NOTE_TOKEN.encode(),
]

people = st.sampled_from([*MAILBOXES, SUPPORT, HELP_KO, HONG.address, *OUTSIDE])
tickets = st.builds(
    lambda cc, group, assignee: replace(TICKET, cc=tuple(cc), group=group, assignee=assignee),
    st.lists(people, max_size=6),
    st.sampled_from([None, "support", "hangook", "partners", "gone"]),
    st.none() | people,
)
seeds = st.binary(min_size=32, max_size=32).map(Seed)


def spellings(address: Address) -> list[str]:
    """Ways in which a client writes a mailbox into a text."""
    plain = str(address)
    return [
        plain,
        plain.upper(),
        plain.title(),
        f"<{plain}>",
        f"mailto:{plain}",
        f"mailto:{plain.replace('@', '%40')}",
        f"{address.localpart}+desk@{address.domain}",
        f"{plain}.",
        f"({plain})",
    ]


leaks = st.sampled_from(
    [
        *(text for address in ALICES for text in spellings(address)),
        str(reply_address(SUPPORT, AGENT_TOKEN)),
        str(reply_address(SUPPORT, NOTE_TOKEN)).upper(),
        f"mailto:{reply_address(SUPPORT, AGENT_TOKEN)}".replace("@", "%40"),
    ]
)
# What may stand right before and behind an address without being a part of it.
words = st.text(alphabet="가로 \n,;:'<>()", min_size=1, max_size=12)
texts = st.lists(st.tuples(words, leaks), max_size=5).map(
    lambda pairs: "".join(f"{word}{leak}" for word, leak in pairs)
)


def replied(
    ticket: Ticket, entry: EntryContent, cc: Sequence[Address], ids: Sequence[str], seed: Seed
) -> Draft:
    return public_reply(
        desk(),
        ticket,
        entry,
        ALICE,
        from_override=None,
        extra_cc=cc,
        references=ids,
        now=NOW,
        seed=seed,
    )


@given(text=texts, seed=seeds)
def test_whatever_an_agent_writes_their_mailboxes_and_tokens_stay_inside(
    text: str, seed: Seed
) -> None:
    html = sanitise(f'<p>{text}</p><a href="{text}">x</a><blockquote>{text}</blockquote>')
    draft = replied(TICKET, replace(ANSWER, text=text, html=html), (), (), seed)
    seen = everything_in(compose(draft.mail))
    assert [secret for secret in SECRETS if secret in seen] == []


@given(ticket=tickets, extra=st.lists(people, max_size=5), seed=seeds)
def test_an_answer_goes_to_nobody_of_ours_and_to_each_other_once(
    ticket: Ticket, extra: list[Address], seed: Seed
) -> None:
    draft = replied(ticket, ANSWER, extra, (), seed)
    assert draft.recipients[0] == HONG.address
    assert len(set(draft.recipients)) == len(draft.recipients)
    assert set(draft.recipients) == {HONG.address} | ({*ticket.cc, *extra} & set(OUTSIDE))
    named = {one.address for one in (*draft.mail.to, *draft.mail.cc)}
    assert named == set(draft.recipients)


purposes = st.sampled_from([Purpose.MESSAGE_PUBLIC, Purpose.MESSAGE_AGENT, Purpose.MESSAGE_NOTE])
own_ids = st.builds(
    lambda purpose, random: mint_message_id(KEYRING, purpose, TICKET.id, "acme.example", random),
    purposes,
    st.binary(min_size=4, max_size=4),
)


@given(ids=st.lists(own_ids | st.sampled_from(["a@x", "b@y"]), max_size=12), seed=seeds)
def test_an_answer_names_no_mail_that_only_agents_got(ids: list[str], seed: Seed) -> None:
    mail = replied(TICKET, ANSWER, (), ids, seed).mail
    named = {*mail.references, mail.message_id, mail.in_reply_to or ""}
    found = [verify_message_id(KEYRING, text) for text in named]
    assert {own.purpose for own in found if own} == {Purpose.MESSAGE_PUBLIC}


# How clients put the mail that is answered under the answer: {text} and {html} are its bodies.
OUTLOOK_HEAD = (
    "From: Hong (Acme Support) <support@acme.example>\n"
    "Sent: Monday, March 2, 2026 9:30 AM\n"
    "To: Alice Kim <alice@acme.example>\n"
    "Subject: [#12] Where is my parcel?\n"
)
OUTLOOK_KOREAN = (
    "보낸 사람: Hong (Acme Support) <support@acme.example>\n"
    "보낸 날짜: 2026년 3월 2일 월요일 오전 9:30\n"
    "받는 사람: Alice Kim <alice@acme.example>\n"
    "제목: [#12] Where is my parcel?\n"
)
GMAIL = "On Mon, Mar 2, 2026 at 9:30 AM Hong (Acme Support) <support@acme.example> wrote:\n"
GMAIL_KOREAN = (
    "2026년 3월 2일 (월) 오전 9:30, Hong (Acme Support) <support@acme.example>님이 작성:\n"
)
SIGNATURE = "Alice Kim\nalice@acme.example\n"
CLIENTS = {
    "outlook": f"내일 도착합니다.\n\n{SIGNATURE}\n{OUTLOOK_HEAD}\n{{text}}",
    "outlook in korean": f"내일 도착합니다.\n\n{SIGNATURE}\n{OUTLOOK_KOREAN}\n{{text}}",
    "gmail": f"내일 도착합니다.\n\n{GMAIL}\n{{quoted}}\n\n-- \n{SIGNATURE}",
    "gmail in korean": f"내일 도착합니다.\n\n{GMAIL_KOREAN}\n{{quoted}}",
    "below the quote": f"{GMAIL}\n{{quoted}}\n내일 도착합니다.\n",
}


@pytest.mark.parametrize("client", CLIENTS)
def test_an_answer_from_a_mail_client_reaches_the_customer_without_what_was_quoted(
    client: str,
) -> None:
    """The whole way of an agent's plain text mail: notification, answer, mail to the customer."""
    told = notifications(desk(), TICKET, QUESTION, Happening.NEW, now=NOW, seed=SEED)
    text = next(draft.mail.text for draft in told if draft.recipients == (ALICE.address,))
    quoted = "\n".join(f"> {line}" for line in text.splitlines())
    mail = parse_mail(
        b"From: Alice Kim <alice@acme.example>\r\nTo: support@acme.example\r\n"
        b"Subject: RE: [#12] Where is my parcel?\r\nContent-Transfer-Encoding: 8bit\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
        + CLIENTS[client].format(text=text, quoted=quoted).encode()
    )
    entry = replace(ANSWER, text=mail.text, html=mail.reply_html, quoted_html=mail.html)
    seen = everything_in(compose(replied(TICKET, entry, (), (), SEED).mail)).decode()
    assert "내일 도착합니다." in seen
    for inside in ("##-", "your reply goes to", "has not come", "wrote:", "alice@acme.example"):
        assert inside not in seen


@pytest.mark.parametrize("head", [OUTLOOK_HEAD, OUTLOOK_KOREAN, GMAIL], ids=["en", "ko", "gmail"])
def test_an_answer_in_html_reaches_the_customer_without_what_was_quoted(head: str) -> None:
    question = replace(QUESTION, html="<p>My parcel has not come.</p>")
    told = notifications(desk(), TICKET, question, Happening.NEW, now=NOW, seed=SEED)
    notification = next(d.mail.html for d in told if d.recipients == (ALICE.address,))
    shown = from_text(head)
    html = (
        '<html><body><p class="MsoNormal">내일 <b>도착</b>합니다.</p>'
        '<p class="MsoNormal">Alice Kim<br><a href="mailto:alice@acme.example">alice@acme.example'
        '</a></p><div style="border:none;border-top:solid #E1E1E1 1.0pt">'
        f"{shown}</div><div>{notification}</div></body></html>"
    )
    mail = parse_mail(
        b"From: Alice Kim <alice@acme.example>\r\nTo: support@acme.example\r\n"
        b"Subject: RE: [#12] Where is my parcel?\r\nContent-Transfer-Encoding: 8bit\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode()
    )
    entry = replace(ANSWER, text=mail.text, html=mail.reply_html, quoted_html=mail.html)
    draft = replied(TICKET, entry, (), (), SEED)
    assert draft.mail.html is not None
    assert "<b>도착</b>" in draft.mail.html
    seen = everything_in(compose(draft.mail)).decode()
    for inside in ("##-", "your reply goes to", "has not come", "alice@acme.example"):
        assert inside not in seen


kinds = st.sampled_from([EntryKind.MESSAGE, EntryKind.NOTE, EntryKind.AUTO_REPLY])
authors = st.sampled_from(
    [
        Author(HONG.address, "Hong", Role.REQUESTER),
        Author(ALICE.also[0], "Alice", Role.AGENT),
        Author(CAROL.address, "Carol", Role.COLLABORATOR),
        Author(OUTSIDE[0], "Boss", Role.STRANGER),
        Author(SUPPORT, "Acme Support", Role.SYSTEM),
    ]
)
entry_contents = st.builds(
    lambda kind, author, visibility: replace(
        QUESTION, kind=kind, author=author, visibility=visibility
    ),
    kinds,
    authors,
    st.sampled_from(Visibility),
)


def who(address: Address) -> Agent:
    (found,) = [one for one in AGENTS if one.address == address]
    return found


@given(ticket=tickets, entry=entry_contents, seed=seeds)
def test_notifications_go_to_agents_alone_each_with_their_own_tokens(
    ticket: Ticket, entry: EntryContent, seed: Seed
) -> None:
    drafts = notifications(desk(), ticket, entry, Happening.NEW, now=NOW, seed=seed)
    told = [draft.recipients for draft in drafts]
    assert len(set(told)) == len(told)
    for draft in drafts:
        (recipient,) = draft.recipients
        agent = who(recipient)
        assert entry.author.address not in {agent.address, *agent.also}
        raw = compose(draft.mail).lower()
        for other in AGENTS:
            if other is not agent and other.address != entry.author.address:
                assert str(other.address).encode() not in raw
        tokens = set(re.findall(rb"\+[tb]([a-z2-7]{32})@", raw))
        assert len(tokens) == 1  # the bounce address is in the envelope alone
        assert draft.mail.reply_to is not None
        token = verify_token(KEYRING, token_in(draft.mail.reply_to.address) or "")
        assert token is not None
        assert is_for(KEYRING, token, agent.address)


@given(ticket=tickets, entry=entry_contents, seed=seeds)
def test_what_is_private_is_never_answered_in_public(
    ticket: Ticket, entry: EntryContent, seed: Seed
) -> None:
    private = entry.kind is EntryKind.NOTE or entry.visibility is Visibility.PRIVATE
    for draft in notifications(desk(), ticket, entry, Happening.NEW, now=NOW, seed=seed):
        agent = who(draft.recipients[0])
        assert draft.mail.reply_to is not None
        token = verify_token(KEYRING, token_in(draft.mail.reply_to.address) or "")
        assert token is not None
        public = not private and agent.role is Role.AGENT
        assert token.purpose is (Purpose.AGENT_REPLY if public else Purpose.AGENT_NOTE)
