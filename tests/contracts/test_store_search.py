"""What is found, and that both engines find the same: subjects, texts, names, tags, any script."""

import asyncio
import threading
import unicodedata
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import delete, func, select, text, update

from mailgate.mail.address import Address, NamedAddress
from mailgate.mail.parsed import Attachment
from mailgate.model.ids import TicketId
from mailgate.model.searchwords import QueryError
from mailgate.model.ticket import Author, Role, Visibility
from mailgate.store import entries, merging, search, tickets
from mailgate.store.core import Connection, Store
from mailgate.store.listing import TicketFilter, listing
from mailgate.store.searchtables import search_docs, search_state
from mailgate.store.tables import attachments, message_ids
from mailgate.store.tables import entries as entries_table
from mailgate.store.tables import tickets as tickets_table
from mailgate.store.tickets import TicketChange
from tests.contracts.store_world import HONG, MINUTE, NOW, add_entry, entry, open_ticket

LATER = NOW + 3 * search.SETTLES
MINA = NamedAddress("Mina Müller", Address("mina", "shop.example"))


async def told(
    store: Store,
    body: str,
    *,
    subject: str = "hello",
    requester: NamedAddress = HONG,
    visibility: Visibility = Visibility.PUBLIC,
    file: str | None = None,
) -> TicketId:
    """A ticket with one message."""
    attached = (
        (Attachment(file, "text/plain", b"x", inline=False, content_id=None),) if file else ()
    )

    def unit(conn: Connection) -> TicketId:
        ticket = open_ticket(conn, subject=subject, requester=requester)
        new = entry(ticket, text=body, visibility=visibility, attachments=attached)
        author = Author(requester.address, requester.name, Role.REQUESTER)
        entries.add(conn, replace(new, author=author))
        return ticket

    return await store.write(unit)


async def found(store: Store, words: str) -> list[TicketId]:
    """By number, after the index has caught up."""
    while await store.write(partial(search.catch_up, limit=100, now=NOW)):
        pass
    all_ = await store.read(partial(listing, wanted=TicketFilter(search=words, limit=1000)))
    return sorted(ticket.id for ticket in all_)


TEXT = "주문 Order-7을 환불해주세요, 100% a_b back\\slash Straße CAFÉ don't 你好世界 สวัสดีครับ ０１２"


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("환불", True),  # before what is glued to it
        ("불해", True),  # and inside
        ("환불해주세요", True),
        ("환불을", False),
        ("해주 세요", True),
        ("주", True),  # a syllable that a word begins with
        ("없", False),
        (unicodedata.normalize("NFD", "환불"), True),
        ("환불 ORDER", True),
        ("환불 nothing", False),
        ("order-7을", True),
        ("order", True),
        ("orde", False),  # a whole word
        ("orde*", True),
        ("rder*", False),
        ('"back slash"', True),
        ('"slash back"', False),
        ("slash back", True),
        ('"주문 order"', True),
        ('"order 주문"', False),
        ('"환불해주세요 100', True),
        ("strasse", True),
        ("STRASSE", True),
        ("café", True),
        ("cafe\N{COMBINING ACUTE ACCENT}", True),
        ("don't", True),
        ("don’t", True),
        ("世界", True),
        ("好世", True),
        ("界你", False),
        ("สวัสดี", True),
        ("012", True),  # of full width
        ("a_b", True),
        ("100%", True),
        ("hong@customer.example", True),
        ("customer@hong.example", False),
        ("홍길동", True),
        ("고장", True),  # the subject
        ("설명서", True),  # the name of an attachment
        ("pdf", True),
        ("NEAR", False),  # no word of a query language of any engine
        ("order OR nothing", False),
        ("order' | 'nothing", False),
        ("order & !nothing", False),
        ("words:order", False),
        ("^order", True),
    ],
)
async def test_what_is_found(store: Store, words: str, is_found: bool) -> None:
    ticket = await told(store, TEXT, subject="고장났어요", file="설명서 v2.pdf")
    await told(store, "unrelated", requester=MINA)
    assert await found(store, words) == ([ticket] if is_found else [])


@pytest.mark.parametrize("written", ["환불해주세요", "환불을 원합니다", "전액환불"])
async def test_korean_is_found_with_whatever_is_glued_to_it(store: Store, written: str) -> None:
    ticket = await told(store, written)
    await told(store, "환영합니다, 불편하시면 알려 주세요")
    assert await found(store, "환불") == [ticket]


async def test_a_mac_writes_in_parts(store: Store) -> None:
    ticket = await told(store, unicodedata.normalize("NFD", "환불해주세요"))
    assert await found(store, "환불") == [ticket]


async def test_words_may_stand_on_several_messages_of_one_ticket(store: Store) -> None:
    ticket = await told(store, "the lamp is broken")
    await store.write(partial(add_entry, new=entry(ticket, text="send me a refund")))
    await told(store, "a lamp, please")
    await told(store, "no refund")
    assert await found(store, "lamp refund") == [ticket]
    assert await found(store, '"broken send"') == []


async def test_notes_and_requesters_and_numbers_are_found(store: Store) -> None:
    noted = await told(store, "내부 메모: 사기꾼", visibility=Visibility.PRIVATE)
    other = await told(store, "hi", requester=MINA)
    assert await found(store, "사기") == [noted]
    assert await found(store, "müller") == [other]
    assert await found(store, "mina@shop.example") == [other]
    assert await found(store, f"#{other}") == [other]


async def test_a_number_leads_to_the_ticket_and_to_where_it_was_merged(store: Store) -> None:
    gone, into = await told(store, "lamp"), await told(store, "hi")
    other = await told(store, f"it was order #{gone}")
    assert await found(store, f"#{gone}") == [gone, other]
    await store.write(partial(merging.move_all, source=gone, into=into, now=NOW))
    assert await found(store, f"#{gone}") == [into, other]
    assert await found(store, f"#{gone} lamp") == [into]
    assert await found(store, f"#{other + 99}") == []


async def test_what_a_message_was_split_off_to_is_found_as_its_own(store: Store) -> None:
    """By its number, its subject and its requester, though its message was known before."""
    ticket = await told(store, "my lamp", requester=MINA)
    answer = await store.write(partial(entries.add, new=entry(ticket, text="It comes.")))
    await found(store, "lamp")

    def split(conn: Connection) -> TicketId:
        new = open_ticket(conn, subject="invoice", requester=MINA)
        merging.move_entry(conn, answer, None, source=ticket, into=new, as_requester=False, now=NOW)
        search.add_head(conn, new)
        return new

    new = await store.write(split)
    for words in (f"#{new}", str(new), "invoice", "comes müller"):
        assert await found(store, words) == [new], words
    assert await found(store, "lamp müller") == [ticket]


async def test_tags_are_found_as_they_are_now(store: Store) -> None:
    ticket = await told(store, "hi")
    await told(store, "hi")
    tag = partial(tickets.update, ticket=ticket, now=NOW)
    await store.write(partial(tag, change=TicketChange(add_tags=("환불요청", "big-spender"))))
    assert await found(store, "환불 hello") == [ticket]
    assert await found(store, "big-spender") == [ticket]
    assert await found(store, "spender big") == [ticket]
    assert await found(store, '"spender big"') == []
    await store.write(partial(tag, change=TicketChange(remove_tags=("환불요청", "big-spender"))))
    assert await found(store, "환불") == []
    assert await found(store, "big-spender") == []


async def test_a_search_is_narrowed_by_the_other_filters(store: Store) -> None:
    await told(store, "lamp")
    other = await told(store, "lamp", requester=MINA)
    await found(store, "lamp")
    wanted = TicketFilter(search="lamp", requester="mina@shop.example")
    assert [each.id for each in await store.read(partial(listing, wanted=wanted))] == [other]


@pytest.mark.parametrize("nothing", ["!!! ...", '""', "  ", "*"])
async def test_nothing_to_look_for_is_said(store: Store, nothing: str) -> None:
    with pytest.raises(QueryError, match="nothing to look for"):
        await store.read(partial(search.found, asked=nothing))


async def test_more_than_anybody_looks_for_is_said(store: Store) -> None:
    many = " ".join(f"w{n}" for n in range(17))
    with pytest.raises(QueryError, match="at most 16 words"):
        await store.read(partial(search.found, asked=many))
    with pytest.raises(QueryError, match="too long"):
        await store.read(partial(search.found, asked="가나다라마바사아" * 5))


# --- keeping up ---------------------------------------------------------------------------------


async def test_catching_up_goes_on_where_it_was_and_ends(store: Store) -> None:
    for n in range(5):
        await told(store, f"message w{n}")
    assert await store.read(partial(search.left, most=100)) == 5
    assert await store.read(partial(search.left, most=3)) == 3
    one = partial(search.catch_up, limit=2, now=NOW)
    assert [await store.write(one) for _ in range(4)] == [2, 2, 1, 0]
    assert await store.read(partial(search.left, most=100)) == 0
    assert len(await found(store, "message")) == 5


async def test_a_look_goes_on_behind_another_one(store: Store) -> None:
    for n in range(5):
        await told(store, f"message w{n}")
    first = await store.read(partial(search.look, limit=2))
    second = await store.read(partial(search.look, limit=2, after=first.last))
    third = await store.read(partial(search.look, limit=2, after=second.last))
    assert [len(each.docs) for each in (first, second, third)] == [2, 2, 1]
    assert [each.more for each in (first, second, third)] == [True, True, False]
    assert len({doc.entry for each in (first, second, third) for doc in each.docs}) == 5
    for each in (third, first):
        await store.write(partial(search.take_in, docs=each.docs, now=LATER))
    assert await store.read(partial(search.left, most=10)) == 2
    assert len(await found(store, "message")) == 5


async def test_who_catches_up_at_once_does_not_double(store: Store) -> None:
    """Two nodes have looked; each wants to take in the same."""
    ticket = await told(store, "lamp")
    looks = [await store.read(partial(search.look, limit=10)) for _ in range(2)]
    taken = await asyncio.gather(
        *(store.write(partial(search.take_in, docs=each.docs, now=NOW)) for each in looks)
    )
    assert sorted(taken) == [0, 1]
    assert await found(store, "lamp") == [ticket]


async def test_a_message_that_becomes_visible_late_is_found(store: Store) -> None:
    """PostgreSQL gives ids when rows are written, not when they are committed."""
    if (await store.read(lambda conn: conn.dialect.name)) == "sqlite":
        return  # Its one writer numbers rows in the order in which they become visible.
    ticket = await told(store, "first")
    first = await store.read(highest)
    with pytest.raises(ZeroDivisionError):
        await store.write(lambda conn: entries.add(conn, entry(ticket)) / 0)
    await told(store, "third")
    assert await store.read(highest) == first + 2
    assert len(await found(store, "hello")) == 2

    def commit_late(conn: Connection) -> None:
        """It had got its number before the third."""
        late = entries.add(conn, entry(ticket, text="latecomer"))
        conn.execute(update(entries_table).where(entries_table.c.id == late).values(id=first + 1))

    await store.write(commit_late)
    assert await found(store, "latecomer") == [ticket]


def highest(conn: Connection) -> int:
    return int(conn.execute(select(func.max(entries_table.c.id))).scalar_one())


async def test_in_the_end_nobody_looks_at_what_is_in_the_index(store: Store) -> None:
    for n in range(3):
        await told(store, f"w{n}")
    await found(store, "w1")
    for hours in (0, 2, 4):
        at = NOW + timedelta(hours=hours)
        await store.write(partial(search.catch_up, limit=10, now=at))
    look = await store.read(partial(search.look, limit=10))
    assert (look.docs, look.more, look.behind) == ((), False, False)
    floor = await store.read(lambda c: c.execute(select(search_state.c.floor)).scalar_one())
    assert floor == await store.read(highest)
    ticket = await told(store, "w9")
    assert await found(store, "w9") == [ticket]


async def test_a_long_text_is_found_to_its_end(store: Store) -> None:
    """Behind what PostgreSQL can number, and rows of words across the edges of parts."""
    words = [f"w{n}" for n in range(20_000)]
    ticket = await told(store, " ".join(words))
    assert await found(store, "w19999") == [ticket]
    for at in range(search.PART - search.OVERLAP - 10, search.PART + 10):
        assert await found(store, f'"w{at} w{at + 1} w{at + 2}"') == [ticket], at
    assert await found(store, '"w1 w3"') == []


async def test_a_text_without_an_end_is_taken_in_to_a_bound(store: Store) -> None:
    endless = await told(store, "ab " * 300_000)
    after = await told(store, "lamp")
    assert await found(store, "lamp") == [after]
    assert await found(store, "ab") == [endless]
    docs = select(func.count()).select_from(search_docs)
    assert await store.read(lambda c: c.execute(docs).scalar_one()) < 500


async def test_one_word_a_thousand_times_is_no_obstacle(store: Store) -> None:
    """PostgreSQL keeps 256 places of a term."""
    ticket = await told(store, "습니" * 900 + " ha" * 900 + " ho 환불 습니다")
    assert await found(store, '"환불 습니다"') == [ticket]
    assert await found(store, '"ha ho"') == [ticket]


# --- what goes, and what moves ------------------------------------------------------------------


def delete_ticket(conn: Connection, ticket: TicketId) -> None:
    """With the rows of this module's tickets."""
    search.forget(conn, ticket)
    of_ticket = select(entries_table.c.id).where(entries_table.c.ticket == ticket)
    conn.execute(delete(attachments).where(attachments.c.entry.in_(of_ticket)))
    conn.execute(delete(entries_table).where(entries_table.c.ticket == ticket))
    conn.execute(delete(message_ids).where(message_ids.c.ticket == ticket))
    conn.execute(delete(tickets_table).where(tickets_table.c.id == ticket))


async def test_a_deleted_ticket_leaves_no_word_behind(store: Store) -> None:
    gone = await told(store, "secretword", subject="geheim", file="passport.png")
    kept = await told(store, "secretword")
    assert await found(store, "secretword") == [gone, kept]
    await store.write(partial(delete_ticket, ticket=gone))
    assert await found(store, "secretword") == [kept]
    assert await found(store, "geheim") == []
    rows = "SELECT count(*) FROM search_words"
    docs = select(func.count()).select_from(search_docs)
    assert await store.read(lambda c: c.execute(text(rows)).scalar_one()) == 2
    assert await store.read(lambda c: c.execute(docs).scalar_one()) == 2


async def test_what_is_deleted_while_it_is_looked_at_stays_out(store: Store) -> None:
    gone = await told(store, "lamp")
    look = await store.read(partial(search.look, limit=10))
    await store.write(partial(delete_ticket, ticket=gone))
    assert await store.write(partial(search.take_in, docs=look.docs, now=NOW)) == 0
    other = await told(store, "lamp")
    assert await found(store, "lamp") == [other]


async def test_what_is_being_deleted_is_not_taken_in(store: Store) -> None:
    """Another node has looked already, and goes on while the ticket is deleted."""
    gone = await told(store, "secretword")
    look = await store.read(partial(search.look, limit=10))
    await store.write(partial(search.take_in, docs=(), now=NOW))
    begun, go_on = threading.Event(), threading.Event()

    def slowly(conn: Connection) -> None:
        delete_ticket(conn, gone)
        begun.set()
        assert go_on.wait(30)

    deleting = asyncio.ensure_future(store.write(slowly))
    await asyncio.to_thread(begun.wait, 30)
    taking = asyncio.ensure_future(store.write(partial(search.take_in, docs=look.docs, now=NOW)))
    await store.read(search.is_quiet)
    go_on.set()
    await deleting
    assert await taking == 0
    docs = select(func.count()).select_from(search_docs)
    assert await store.read(lambda c: c.execute(docs).scalar_one()) == 0


async def test_messages_take_their_words_along(store: Store) -> None:
    source = await told(store, "lamp")
    into = await told(store, "table")
    assert await found(store, "lamp") == [source]

    def merge(conn: Connection) -> None:
        conn.execute(
            update(entries_table).where(entries_table.c.ticket == source).values(ticket=into)
        )
        conn.execute(
            update(tickets_table).where(tickets_table.c.id == source).values(merged_into=into)
        )

    await store.write(merge)
    assert await found(store, "lamp") == [into]
    assert await found(store, "lamp table") == [into]
    assert await found(store, "hello") == [into]


async def test_what_is_merged_while_it_is_looked_at_is_found_where_it_went(store: Store) -> None:
    source = await told(store, "lamp", subject="alpha")
    into = await told(store, "table", subject="beta")
    look = await store.read(partial(search.look, limit=10))

    def merge(conn: Connection) -> None:
        conn.execute(
            update(entries_table).where(entries_table.c.ticket == source).values(ticket=into)
        )

    await store.write(merge)
    await store.write(partial(search.take_in, docs=look.docs, now=NOW))
    assert await found(store, "lamp") == [into]


async def test_where_customers_wait_who_waits_the_longest_is_first(store: Store) -> None:
    short, long, none = [await told(store, "hi") for _ in range(3)]

    def wait(conn: Connection) -> None:
        for ticket, since in ((short, NOW), (long, NOW - MINUTE)):
            values = {"waiting_since": since}
            conn.execute(update(tickets_table).where(tickets_table.c.id == ticket).values(values))

    await store.write(wait)
    waiting = await store.read(partial(listing, wanted=TicketFilter(waiting=True)))
    assert [each.id for each in waiting] == [long, short]
    assert none not in [each.id for each in waiting]
