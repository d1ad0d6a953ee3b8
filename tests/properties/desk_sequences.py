"""Random days at a desk: people write, answer, forward and command, and every word that they write
is one of a kind, so that it can be looked for in every mail that leaves."""

import itertools
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from hypothesis import strategies as st

from mailgate.mail.address import Address
from mailgate.store import outbound
from mailgate.store.core import Connection
from mailgate.store.outbound import DeliveryFilter
from mailgate.threading.token import Purpose, token_in, verify_token
from tests.deciders.desk_world import ALICE, BOB, CAROL, HELP_KO, KEYRING, MINSU, SUPPORT
from tests.deciders.inbound_world import NULL, Desk, mail

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
)
_WORD = re.compile(r"zq\d+x")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody does; the numbers choose among what there is at that moment."""

    what: str
    who: int
    which: int
    order: str
    proven: bool
    below: bool


steps = st.builds(
    Step,
    what=st.sampled_from(
        ["open", "open", "copy", "answer", "reply", "reply", "reply", "agent opens", "vendor",
         "stranger", "pass on", "time"]
    ),
    who=st.integers(0, 11),
    which=st.integers(0, 11),
    order=st.sampled_from(ORDERS),
    proven=st.booleans(),
    below=st.booleans(),
)  # fmt: skip


@dataclass(slots=True)
class Written:
    """A word that stands in one mail alone, and who of those outside may read it."""

    word: str
    for_outside: frozenset[str]


@dataclass(slots=True)
class Day:
    desk: Desk
    words: dict[str, Written] = field(default_factory=dict)
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
                assert step.what == "time"
                await self.desk.clock.advance(3600.0 * (1 + step.which))

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
        inside = "#note" in step.order or "#nonsense" in step.order
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


def copied(template: Path, folder: Path) -> str:
    """A database like the template, of its own."""
    shutil.copy(template, folder / "desk.db")
    return f"sqlite:///{folder}/desk.db"
