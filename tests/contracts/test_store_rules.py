"""What rules have done, and the webhooks that they send, on both engines."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from mailgate.desk.rules.ruledtimes import due_rules
from mailgate.model.ids import TicketId
from mailgate.model.rule import Actions, Conditions, Occasion, Rule, Rules, Since
from mailgate.model.ticket import Priority, Status
from mailgate.model.webhook import LeasedWebhook, WebhookState
from mailgate.store import entries, once, rules, ticketlife, tickets, webhooks
from mailgate.store.core import Connection, Store
from mailgate.store.rules import DueTicket
from mailgate.store.tickets import TicketChange
from tests.contracts.store_world import NOW, open_ticket
from tests.deciders.desk_world import SEED, desk

HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=1)


def by_time(name: str = "late", since: Since = Since.CREATED, **conditions: Any) -> Rule:
    return Rule(name, Occasion.TIME, Conditions(**conditions), after=HOUR, since=since)


async def due(store: Store, rule: Rule, now: datetime, limit: int = 10) -> list[int]:
    found = await store.write(partial(rules.due, rule=rule, now=now, limit=limit))
    return [one.id for one in found]


async def opened(store: Store, at: datetime = NOW) -> TicketId:
    return await store.write(partial(open_ticket, at=at))


async def looked(store: Store, rule: Rule, now: datetime) -> list[bool]:
    """The rule looks at everything that is due."""

    def unit(conn: Connection) -> list[bool]:
        return [rules.take(conn, one, rule.name, now) for one in rules.due(conn, rule, now, 10)]

    return await store.write(unit)


async def changed(store: Store, ticket: TicketId, now: datetime, **change: Any) -> None:
    await store.write(
        partial(tickets.update, ticket=ticket, change=TicketChange(**change), now=now)
    )


async def test_a_ticket_is_due_when_the_time_is_over(store: Store) -> None:
    first, second = await opened(store), await opened(store, NOW + HOUR)
    assert await due(store, by_time(), NOW + HOUR - timedelta(seconds=1)) == []
    assert await due(store, by_time(), NOW + HOUR) == [first]
    assert await due(store, by_time(), NOW + 2 * HOUR) == [first, second]
    assert await due(store, by_time(), NOW + 2 * HOUR, limit=1) == [first]


async def test_whether_any_is_due_can_be_read(store: Store) -> None:
    rule = by_time()
    ticket = await opened(store)
    is_due = partial(rules.is_due, rule=rule)
    assert not await store.read(partial(is_due, now=NOW))
    assert await store.read(partial(is_due, now=NOW + HOUR))
    take = partial(rules.take, of=DueTicket(ticket, NOW), rule=rule.name, now=NOW + HOUR)
    assert await store.write(take)
    assert not await store.read(partial(is_due, now=NOW + HOUR))


async def test_each_moment_is_looked_at_once_by_a_rule(store: Store) -> None:
    await opened(store)
    now = NOW + HOUR
    assert await looked(store, by_time(), now) == [True]
    assert await due(store, by_time(), now + 99 * HOUR) == []
    assert await due(store, by_time("another"), now) != []


async def test_a_new_moment_is_another_one(store: Store) -> None:
    ticket = await opened(store)
    rule = by_time(since=Since.WAITING)
    assert await due(store, rule, NOW + 9 * HOUR) == []
    await store.write(partial(ticketlife.note_waiting, ticket=ticket, since=NOW))
    assert await looked(store, rule, NOW + HOUR) == [True]
    await store.write(partial(ticketlife.nobody_waits, ticket=ticket))
    assert await due(store, rule, NOW + 9 * HOUR) == []
    await store.write(partial(ticketlife.note_waiting, ticket=ticket, since=NOW + 2 * HOUR))
    assert await due(store, rule, NOW + 3 * HOUR) == [ticket]


async def test_what_another_node_has_looked_at_meanwhile_is_not_taken(store: Store) -> None:
    await opened(store)
    now = NOW + HOUR
    (found,) = await store.write(partial(rules.due, rule=by_time(), now=now, limit=1))
    take = partial(rules.take, of=found, rule="late", now=now)
    assert [await store.write(take), await store.write(take)] == [True, False]


@pytest.mark.parametrize(
    ("change", "conditions", "is_due"),
    [
        ({"status": Status.PENDING}, {}, True),
        ({"status": Status.RESOLVED}, {}, False),
        ({"status": Status.CLOSED}, {}, False),
        ({"status": Status.CLOSED}, {"status": (Status.CLOSED,)}, True),
        ({}, {"status": (Status.PENDING,)}, False),
        ({"priority": Priority.HIGH}, {"priority": (Priority.HIGH, Priority.URGENT)}, True),
        ({}, {"priority": (Priority.HIGH,)}, False),
        ({"group": "sales"}, {"group": ("sales",)}, True),
        ({}, {"group": ("sales",)}, False),
        ({"add_tags": ("vip",)}, {"tag": ("other", "vip")}, True),
        ({}, {"tag": ("vip",)}, False),
    ],
)
async def test_what_may_change_on_a_ticket_is_asked_each_time(
    store: Store, change: dict[str, Any], conditions: dict[str, Any], *, is_due: bool
) -> None:
    ticket = await opened(store)
    await changed(store, ticket, NOW, **change)
    assert await due(store, by_time(**conditions), NOW + HOUR) == ([ticket] if is_due else [])


async def test_what_a_rule_does_is_no_news_where_it_says_so(store: Store) -> None:
    ticket = await opened(store)
    await changed(store, ticket, NOW + HOUR, priority=Priority.HIGH)
    await store.write(partial(rules.leave_updated, ticket=ticket, at=NOW))
    assert await due(store, by_time(since=Since.UPDATED), NOW + HOUR) == [ticket]


async def test_spam_is_left_alone(store: Store) -> None:
    ticket = await opened(store)
    await store.write(partial(ticketlife.note_spam, ticket=ticket, now=NOW, spam=True))
    assert await due(store, by_time(), NOW + HOUR) == []


async def test_something_is_done_once_to_a_ticket_by_a_rule(store: Store) -> None:
    first, second = await opened(store), await opened(store)
    once = partial(rules.begin_once, rule="r", now=NOW)
    said = [
        await store.write(partial(once, ticket=ticket)) for ticket in (first, first, second, first)
    ]
    assert said == [True, False, True, False]


async def test_they_take_turns(store: Store) -> None:
    turn = partial(rules.next_of, group="support", members=("a", "b", "c"))
    assert [await store.write(turn) for _ in range(5)] == ["a", "b", "c", "a", "b"]
    other = partial(rules.next_of, group="sales", members=("a", "b", "c"))
    assert await store.write(other) == "a"


async def test_who_has_left_a_group_has_no_turn(store: Store) -> None:
    await store.write(partial(rules.next_of, group="support", members=("a", "b")))
    left = partial(rules.next_of, group="support", members=("b", "c"))
    assert [await store.write(left) for _ in range(3)] == ["b", "c", "b"]


async def test_turns_are_even_when_many_ask_at_once(store: Store) -> None:
    turn = partial(rules.next_of, group="support", members=("a", "b", "c"))
    given = await asyncio.gather(*(store.write(turn) for _ in range(12)))
    assert sorted(given) == sorted("abc" * 4)


# --- webhooks ----------------------------------------------------------------------------


async def put(store: Store, now: datetime = NOW) -> None:
    ticket = await opened(store)
    await store.write(
        partial(
            webhooks.put,
            ticket=ticket,
            rule="r",
            url="https://hooks.acme.example/",
            body='{"제목": "x"}',
            now=now,
        )
    )


async def claimed(store: Store, now: datetime, limit: int = 10) -> list[LeasedWebhook]:
    return list(await store.write(partial(webhooks.claim, now=now, lease=LEASE, limit=limit)))


async def test_a_webhook_is_claimed_by_one(store: Store) -> None:
    await put(store)
    (mine,) = await claimed(store, NOW)
    assert (mine.rule, mine.url, mine.body) == ("r", "https://hooks.acme.example/", '{"제목": "x"}')
    assert (mine.attempts, mine.created_at) == (1, NOW)
    assert await claimed(store, NOW + LEASE / 2) == []


async def test_the_webhook_of_a_node_that_died_is_claimed_again(store: Store) -> None:
    await put(store)
    (lost,) = await claimed(store, NOW)
    (mine,) = await claimed(store, NOW + LEASE)
    assert mine.attempts == 2
    done = partial(webhooks.settle, state=WebhookState.DONE)
    assert not await store.write(partial(done, of=lost))
    assert await store.write(partial(done, of=mine))
    assert await claimed(store, NOW + 99 * HOUR) == []


async def test_a_webhook_that_was_not_taken_is_due_again_later(store: Store) -> None:
    await put(store)
    (mine,) = await claimed(store, NOW)
    later = NOW + timedelta(minutes=5)
    again = partial(
        webhooks.settle, of=mine, state=WebhookState.READY, due_at=later, error="answers 500"
    )
    assert await store.write(again)
    assert await store.read(webhooks.next_due) == later
    assert await claimed(store, later - timedelta(seconds=1)) == []
    (shown,) = await store.read(webhooks.listing)
    assert (shown.last_error, shown.attempts, shown.due_at) == ("answers 500", 1, later)
    assert len(await claimed(store, later)) == 1


async def test_what_was_given_up_goes_once_more_when_an_operator_says_so(store: Store) -> None:
    await put(store)
    (mine,) = await claimed(store, NOW)
    await store.write(partial(webhooks.settle, of=mine, state=WebhookState.FAILED, error="x"))
    assert await store.read(webhooks.next_due) is None
    now = NOW + 48 * HOUR
    assert await store.write(partial(webhooks.retry, number=mine.id, now=now))
    (again,) = await claimed(store, now)
    assert (again.attempts, again.created_at) == (1, now)
    await store.write(partial(webhooks.settle, of=again, state=WebhookState.DONE))
    assert not await store.write(partial(webhooks.retry, number=mine.id, now=now))
    assert not await store.write(partial(webhooks.retry, number=2**70, now=now))


async def test_webhooks_are_counted_and_listed_by_state(store: Store) -> None:
    await put(store)
    await put(store, NOW + HOUR)
    (mine,) = await claimed(store, NOW)
    await store.write(partial(webhooks.settle, of=mine, state=WebhookState.DONE))
    assert await store.read(webhooks.counts) == {
        WebhookState.READY: 1,
        WebhookState.DONE: 1,
        WebhookState.FAILED: 0,
    }
    done = await store.read(partial(webhooks.listing, state=WebhookState.DONE))
    assert [one.id for one in done] == [mine.id]


async def test_webhooks_that_came_to_their_end_are_forgotten_later(store: Store) -> None:
    """What waits is not, however long ago it was queued."""
    for _ in range(3):
        await put(store)
    taken, given_up, _ = await claimed(store, NOW)
    settle = webhooks.settle
    await store.write(partial(settle, of=taken, state=WebhookState.DONE))
    await store.write(partial(settle, of=given_up, state=WebhookState.FAILED, error="x"))
    assert await store.write(partial(webhooks.prune, before=NOW, limit=10)) == 0
    later = NOW + HOUR
    assert await store.write(partial(webhooks.prune, before=later, limit=1)) == 1
    assert await store.write(partial(webhooks.prune, before=later, limit=10)) == 1
    assert [one.state for one in await store.read(webhooks.listing)] == [WebhookState.READY]


async def test_what_was_told_long_ago_is_forgotten(store: Store) -> None:
    for key, at in (("old", NOW), ("new", NOW + HOUR)):
        await store.write(partial(once.begin, key=key, since=NOW, now=at))
    assert await store.write(partial(once.prune, before=NOW + HOUR)) == 1
    again = partial(once.begin, since=NOW, now=NOW + HOUR)
    assert await store.write(partial(again, key="old"))
    assert not await store.write(partial(again, key="new"))


async def test_of_many_nodes_one_carries_a_rule_out(store: Store) -> None:
    """The sweeps of several nodes at once: each ticket gets its note once."""
    numbers = [await opened(store) for _ in range(12)]
    rule = replace(by_time("late"), actions=Actions(note="Nobody has answered.", tag=("late",)))
    ctx = desk()
    policy = replace(ctx.policy, rules=Rules({Occasion.TIME: (rule,)}))
    unit = partial(due_rules, ctx=replace(ctx, policy=policy), now=NOW + HOUR, seed=SEED, limit=20)
    await asyncio.gather(*(store.write(unit) for _ in range(4)))
    await store.write(unit)
    for number in numbers:
        notes = await store.read(partial(entries.of_ticket, ticket=number))
        assert [one.text for one in notes] == ["Nobody has answered."]
