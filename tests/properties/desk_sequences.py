"""Random days at a desk: people write, answer, forward and command, and every word that they write
is one of a kind, so that it can be looked for in every mail that leaves."""

import itertools
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from html import escape

from hypothesis import strategies as st

from mailgate.desk.by import By
from mailgate.desk.commands.macros import Macros, parse_macro
from mailgate.desk.errors import DeskError
from mailgate.desk.rules.ruledtimes import due_rules
from mailgate.desk.surveys.survey import due_surveys
from mailgate.desk.ticket.changes import TicketWish
from mailgate.desk.ticket.changing import set_ticket
from mailgate.desk.ticket.life import close_resolved
from mailgate.desk.ticket.replies import NoteRequest, note
from mailgate.desk.timers.escalating import ring_due
from mailgate.mail.address import Address
from mailgate.model.ids import TicketId
from mailgate.model.rule import TO_GROUP, Actions, Conditions, Occasion, Rule, Rules, Since
from mailgate.model.seed import Seed
from mailgate.model.survey import Score
from mailgate.model.ticket import Status
from mailgate.store import outbound
from mailgate.store.core import Connection
from mailgate.store.outbound import DeliveryFilter
from mailgate.threading.token import Purpose, token_in, verify_token
from tests.deciders.desk_world import ALICE, BOB, CAROL, HELP_KO, KEYRING, MINSU, SUPPORT
from tests.deciders.inbound_world import NULL, Desk, mail
from tests.deciders.life_world import merged, parted
from tests.deciders.survey_world import ASKING, arrived, click_of, links_of

FRONT = "mx.acme.example"
CUSTOMERS = tuple(Address(name, "customer.example") for name in ("hong", "park", "jung"))
VENDOR = Address("orders", "parts.example")
STRANGER = Address("mallory", "evil.example")
OUTSIDE = (*CUSTOMERS, VENDOR, STRANGER)
AGENTS = (ALICE, BOB, MINSU, CAROL)
INSIDE = frozenset(one.key for agent in AGENTS for one in (agent.address, *agent.also))
SUPPORTS = (SUPPORT, HELP_KO)

ORDERS = (
    "",
    "#note",
    "#resolve",
    "#close",
    "#pending",
    "#me",
    "#assign Bob Lee",
    "#group hangook",
    "#priority urgent",
    "#tag {word}",
    "#cc park@customer.example",
    "#merge {ticket}",
    "#spam",
    "#forward orders@parts.example",
    "#new jung@customer.example",
    "#follow",
    "#nonsense",
    "#note\n#resolve",
    "#resolve\n#tag {word}",
    "#note @Bob Lee, @minsu",
    "#macro sorry",
    "#macro sorry\n#note",
    "_#note_",
    "(#note)",
)
_ITALIC = re.compile(r"^_(.*)_$")
_WORD = re.compile(r"zq\d+x")
OF_RULES = "zq0x"
"""The word that stands in the notes of rules."""


def busy(desk: Desk) -> None:
    """The settings of a desk that does by itself whatever a desk can."""
    noted = Actions(note=f"Look {OF_RULES}", notify=(TO_GROUP, MINSU.address), tag=(OF_RULES,))
    late = Rule("late", Occasion.TIME, Conditions(), noted, timedelta(hours=1), Since.UPDATED)
    by_occasion = {
        when: (Rule(when.value, when, Conditions(), noted),)
        for when in (Occasion.NEW, Occasion.ANSWER, Occasion.RESOLVED)
    }
    rules = Rules({**by_occasion, Occasion.TIME: (late,)})
    sorry = parse_macro("sorry", "#tag sorry\n\nDear {{ requester }},\n\nwe are sorry.\n", "m")
    desk.set_policy(
        trusted_authserv_ids=frozenset({FRONT}),
        tell_resolved=True,
        survey=ASKING,
        rules=rules,
        close_resolved_after=timedelta(hours=5),
    )
    desk.context = replace(desk.context, macros=Macros({"": {"sorry": sorry}}))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody does; the numbers choose among what there is at that moment."""

    what: str
    who: int
    which: int
    order: str
    proven: bool
    below: bool
    html: bool = False


steps = st.builds(
    Step,
    what=st.sampled_from(
        ["open", "open", "copy", "answer", "reply", "reply", "reply", "agent opens", "vendor",
         "stranger", "pass on", "time", "merge", "split", "resolve", "note", "follow", "sweep",
         "vote", "agent forwards"]
    ),
    who=st.integers(0, 11),
    which=st.integers(0, 11),
    order=st.sampled_from(ORDERS),
    proven=st.booleans(),
    below=st.booleans(),
    html=st.booleans(),
)  # fmt: skip


@dataclass(slots=True)
class Written:
    """A word that stands in one mail alone, and who of those outside may read it."""

    word: str
    for_outside: frozenset[str]


@dataclass(slots=True)
class Day:
    desk: Desk
    words: dict[str, Written] = field(
        default_factory=lambda: {OF_RULES: Written(OF_RULES, frozenset())}
    )
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def do(self, step: Step) -> None:
        match step.what:
            case "open":
                await self._open(step)
            case "copy":
                await self._open(step, cc=CUSTOMERS[(step.who + 1) % len(CUSTOMERS)])
            case "answer":
                await self._answer(CUSTOMERS[step.who % len(CUSTOMERS)], step)
            case "reply":
                await self._reply(step)
            case "agent opens":
                await self._agent_opens(step)
            case "vendor":
                await self._answer(VENDOR, step)
            case "stranger":
                await self._stranger(step)
            case "pass on":
                await self._pass_on(step)
            case _:
                with suppress(DeskError):
                    await self._do_more(step)

    async def _do_more(self, step: Step) -> None:
        match step.what:
            case "agent forwards":
                await self._agent_forwards(step)
            case "vote":
                await self._vote(step)
            case "time":
                await self.desk.clock.advance(3600.0 * (1 + step.which))
            case "sweep":
                await self._sweep(step)
            case _:
                await self._operate(step)

    # --- what people do --------------------------------------------------------------------------

    async def _open(self, step: Step, cc: Address | None = None) -> None:
        who = CUSTOMERS[step.who % len(CUSTOMERS)]
        word = self._word(frozenset({who.key, VENDOR.key}))
        more = {} if cc is None else {"Cc": str(cc)}
        await self._send(who, SUPPORTS[step.which % 2], "Hello", f"Help {word}", step, **more)

    async def _answer(self, who: Address, step: Step) -> None:
        """Somebody outside answers a mail that they got, which is quoted below."""
        got = await self._got(who)
        if not got:
            return
        answered = got[step.which % len(got)]
        text = f"More {self._word(frozenset({who.key, VENDOR.key}))}\n\n{quoted(answered)}"
        await self._send(who, reply_to(answered), subject_of(answered), text, step, **ids(answered))

    async def _reply(self, step: Step) -> None:
        """An agent answers a notification, with commands above and the whole of it below. What
        is a note is for nobody outside; an answer, by whoever is on the ticket then."""
        agent = AGENTS[step.who % len(AGENTS)]
        got = await self._got(agent.address)
        if not got:
            return
        answered = got[step.which % len(got)]
        everybody = frozenset(one.key for one in OUTSIDE)
        inside = "#note" in step.order or "#nonsense" in step.order  # whatever stands around them
        word = self._word(frozenset() if inside else everybody)
        order = step.order.format(word=self._word(frozenset()), ticket=1 + step.which)
        text = f"{order}\n\nWell {word}" + (f"\n\n{quoted(answered)}" if step.below else "")
        await self._send(
            agent.address, reply_to(answered), subject_of(answered), text, step, **ids(answered)
        )

    async def _agent_opens(self, step: Step) -> None:
        """An agent's mail that answers none: to the desk, or to a customer with a copy to it."""
        agent = AGENTS[step.who % len(AGENTS)]
        word = self._word(frozenset(one.key for one in OUTSIDE))
        text = f"{step.order.format(word='x', ticket=1)}\n\nWell {word}"
        more = {"Cc": str(CUSTOMERS[step.which % 3])} if step.below else {}
        await self._send(agent.address, SUPPORTS[step.which % 2], "Hello", text, step, **more)

    async def _stranger(self, step: Step) -> None:
        """Somebody who has seen a number, and claims to be whoever they like."""
        claimed = (STRANGER, ALICE.address, *CUSTOMERS)[step.who % 5]
        word = self._word(frozenset({STRANGER.key, VENDOR.key}))
        subject = f"Re: [#{1 + step.which}] Hello"
        order = step.order.format(word="x", ticket=1)
        content = mail(
            f"{order}\n\nWell {word}",
            from_=str(claimed),
            subject=subject,
            message_id=f"n{next(self._numbers)}@evil.example",
        )
        await self.desk.receive(content, reverse_path=STRANGER)

    async def _pass_on(self, step: Step) -> None:
        """A customer hands a mail of ours to a stranger, who answers it with all its tokens."""
        got = await self._got(CUSTOMERS[step.who % len(CUSTOMERS)])
        if not got:
            return
        answered = got[step.which % len(got)]
        text = f"Well {self._word(frozenset({STRANGER.key, VENDOR.key}))}\n\n{quoted(answered)}"
        await self._send(
            STRANGER, reply_to(answered), subject_of(answered), text, step, **ids(answered)
        )

    async def _agent_forwards(self, step: Step) -> None:
        """An agent shows the desk a mail that somebody wrote to them, or may have written; with
        `#new`, they show it to whom they name there."""
        agent = AGENTS[step.who % len(AGENTS)].address
        who = CUSTOMERS[step.which % 3]
        shown = frozenset({address.key for address in CUSTOMERS if f"#new {address}" in step.order})
        word, order = self._word(shown | {who.key, VENDOR.key}), step.order
        order = order.format(word=self._word(frozenset()), ticket=1 + step.which)
        above = f"{order}\n\nSee {self._word(shown)}\n\n" if step.below else f"{order}\n\n"
        text = (
            f"{above}---------- Forwarded message ---------\nFrom: Somebody <{who}>\n"
            f"Date: Mon, 5 Jan 2026 08:00:00 +0000\nSubject: Hello\nTo: {agent}\n\nHelp {word}"
        )
        await self._send(agent, SUPPORTS[step.who % 2], "Fwd: Hello", text, step)

    async def _vote(self, step: Step) -> None:
        """Somebody follows a link of a survey, theirs or one that they were shown."""
        asked = [one for _, one in await self.left() if "mailto:" in html_of(one)]
        if not asked:
            return
        who = (*CUSTOMERS, STRANGER)[step.who % 4]
        to, subject, body = click_of(links_of(asked[step.which % len(asked)])[Score.BAD])
        text = f"Bad {self._word(frozenset({who.key, VENDOR.key}))}{body}"
        subject = subject.encode("ascii", "replace").decode()
        await self._send(who, to, subject, text.encode("ascii", "replace").decode(), step)

    async def _operate(self, step: Step) -> None:
        """What an operator does by the command line."""
        numbers = [ticket.id for ticket in await self.desk.tickets()]
        if not numbers:
            return
        one, other = (numbers[at % len(numbers)] for at in (step.who, step.which))
        match step.what:
            case "merge":
                await merged(self.desk, one, other, with_requester=step.below)
            case "split":
                on_it = await self.desk.entries(one)
                if on_it:
                    await parted(self.desk, one, on_it[step.which % len(on_it)].id)
            case "resolve":
                await self._wish(one, TicketWish(status=Status.RESOLVED))
            case "follow":
                agent = AGENTS[step.which % len(AGENTS)].address
                await self._wish(one, TicketWish(follow=(agent,)))
            case _:
                assert step.what == "note"
                text = f"@minsu @bob {self._word(frozenset())}"
                request = NoteRequest(one, text, agent=ALICE)
                seed = self._seed()
                now = self.desk.clock.now()
                unit = partial(note, ctx=self.desk.context, request=request, now=now, seed=seed)
                await self.desk.store.write(unit)

    async def _wish(self, number: TicketId, wish: TicketWish) -> None:
        by = By("operator", self.desk.clock.now(), self._seed())
        ctx = self.desk.context
        await self.desk.store.write(
            partial(set_ticket, ctx=ctx, ticket_id=number, wish=wish, by=by)
        )

    def _seed(self) -> Seed:
        """Another one each time."""
        return Seed(f"{next(self._numbers)}".encode().ljust(32))

    async def _sweep(self, step: Step) -> None:
        """Everything that has left has arrived, time goes by, and each job of the minute runs."""
        await arrived(self.desk)
        await self.desk.clock.advance(3600.0 * (1 + step.which))
        for job in (ring_due, due_rules, close_resolved, due_surveys):
            seed = self._seed()
            now = self.desk.clock.now()
            unit = partial(job, ctx=self.desk.context, now=now, seed=seed, limit=20)
            await self.desk.store.write(unit)

    async def answer_by_machine(self, since: int) -> int:
        """Everybody's mailbox answers every mail that left from the one of this number on, as
        absence notes are (RFC 3834). How many mails have left then."""
        left = await self.left()
        for who, got in left[since:]:
            number = next(self._numbers)
            content = mail(
                f"I am away until Monday.\n\n{quoted(got)}",
                from_=f"Somebody <{who}>",
                to=str(reply_to(got)),
                subject=f"Out of office: {got['Subject']}",
                message_id=f"n{number}@{who.domain}",
                Auto_Submitted="auto-replied",
                **ids(got),
            )
            await self.desk.receive(content, to=reply_to(got), reverse_path=NULL, trusted=True)
        return len(left)

    # --- underneath ------------------------------------------------------------------------------

    def _word(self, for_outside: frozenset[str]) -> str:
        word = f"zq{next(self._numbers)}x"
        self.words[word] = Written(word, for_outside)
        return word

    async def _send(
        self, who: Address, to: Address, subject: str, text: str, step: Step, **fields: str
    ) -> None:
        if step.proven:
            fields["Authentication_Results"] = f"{FRONT}; dmarc=pass header.from={who.domain}"
        number = next(self._numbers)
        if step.html:
            text, more = in_both_halves(text)
            fields |= more
        content = mail(
            text,
            from_=f"Somebody <{who}>",
            to=str(to),
            subject=subject,
            message_id=f"n{number}@{who.domain}",
            **fields,
        )
        await self.desk.receive(content, to=to, reverse_path=who, trusted=True)

    async def _got(self, who: Address) -> list[EmailMessage]:
        return [one for recipient, one in await self.left() if recipient.key == who.key]

    async def left(self) -> list[tuple[Address, EmailMessage]]:
        """Every mail that left, or is to, and for whom."""
        everything = DeliveryFilter(state=None, lane=None, ticket=None, limit=100_000)

        def read(conn: Connection) -> list[tuple[Address, bytes]]:
            found = outbound.listing(conn, everything)
            raw = [(one.recipient, outbound.content(conn, one.id)) for one in found]
            return [(who, content) for who, content in raw if content is not None]

        raw = await self.desk.store.read(read)
        return [(who, message_from_bytes(content, policy=policy.default)) for who, content in raw]

    async def check(self) -> list[str]:
        """What somebody outside got that is none of theirs."""
        mails = await self.left()
        tokens = {str(reply_to(one)) for _, one in mails if is_an_agents(reply_to(one))}
        faults = []
        for who, one in mails:
            if who.key in INSIDE:
                continue
            seen = everything(one)
            own = [one for agent in AGENTS for one in (agent.address, *agent.also)]
            faults += [f"{who} sees {one}" for one in own if str(one) in seen]
            faults += [f"{who} sees the token {token}" for token in tokens if token in seen]
            for word in set(_WORD.findall(seen)):
                if who.key not in self.words[word].for_outside:
                    faults.append(f"{who} reads {word}")
        return faults


def is_an_agents(address: Address) -> bool:
    """Whether an answer to it is taken as an agent's word."""
    token = verify_token(KEYRING, token_in(address) or "")
    return token is not None and token.purpose in (Purpose.AGENT_REPLY, Purpose.AGENT_NOTE)


def reply_to(message: EmailMessage) -> Address:
    field = message["Reply-To"] or message["From"]
    spec = field.addresses[0]
    return Address(spec.username, spec.domain)


def subject_of(message: EmailMessage) -> str:
    return f"Re: {message['Subject']}"


def ids(message: EmailMessage) -> dict[str, str]:
    answered = message["Message-ID"].strip()
    return {"In_Reply_To": answered, "References": f"{message['References'] or ''} {answered}"}


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    return "" if part is None else str(part.get_content())


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    return "" if part is None else str(part.get_content())


def in_both_halves(text: str) -> tuple[str, dict[str, str]]:
    """A body of text and HTML, as a client writes it that marks no quotation in its HTML and
    makes italics of what the text has between low lines; and its fields."""
    lines = (escape(line.removeprefix("> ")) for line in text.splitlines())
    drawn = (_ITALIC.sub(r"<i>\1</i>", line) or "<br>" for line in lines)
    html = "".join(f"<div>{line}</div>" for line in drawn)
    halves = (
        f"--half\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
        f"--half\nContent-Type: text/html; charset=utf-8\n\n{html}\n--half--"
    )
    return halves, {
        "MIME_Version": "1.0",
        "Content_Type": 'multipart/alternative; boundary="half"',
    }


def quoted(message: EmailMessage) -> str:
    head = f"On Mon, 5 Jan 2026 at 10:00, {message['From']} wrote:"
    lines = [f"> {line}" for line in text_of(message).splitlines()]
    return "\n".join([head, "", *lines]).encode("ascii", "replace").decode()


def everything(message: EmailMessage) -> str:
    """All that a reader could find in a mail."""
    parts = [message.as_bytes().decode("utf-8", "replace")]
    for part in message.walk():
        parts += [f"{name}: {value}" for name, value in part.items()]
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            parts.append(content.decode(part.get_content_charset() or "utf-8", "replace"))
    return "\n".join(parts)
