"""Asking the DNS: each question once, remembered, and at no cost while nobody answers."""

import asyncio
from collections.abc import Iterable
from typing import Protocol
from weakref import WeakValueDictionary

from mailgate.clock import Clock
from mailgate.mail.domains import organisational_domain
from mailgate.mail.proofs import Answer, Answers, Question, RecordType
from mailgate.resolver.cache import Cache
from mailgate.resolver.names import is_special, labels_of
from mailgate.resolver.servers import Failure, NameServers, Reply
from mailgate.resolver.slow import SlowDomains
from mailgate.telemetry.facts import Telemetry

PAUSE = 30.0
"""Seconds between looks at a DNS that does not answer."""
FRESH = 60.0
"""Seconds after which a DNS that has said nothing is looked at before anybody waits for it."""
AT_ONCE = 256
"""Questions that are open at the same time: each has a socket. Enough for the mails of a batch,
each with as many as it may have open."""
OF_ONE = 8
"""Of them, those that are about one organisation."""

_NOTHING = Answer(exists=False)
_FAILED = Answer(failed=True)


class Resolver(Protocol):
    """Who asks the DNS."""

    def known(self, questions: Iterable[Question]) -> Answers:
        """The answers that cost no question: remembered ones, and those that nobody would give."""

    async def ask(self, questions: Iterable[Question]) -> Answers:
        """An answer to each. Bounded in time; one that nobody gives is `failed`."""


class CachingResolver:
    """The one of the process. `run` watches for a DNS that comes back; without it one that was
    found silent stays so."""

    def __init__(self, servers: NameServers, clock: Clock, telemetry: Telemetry) -> None:
        self._servers = servers
        self._clock = clock
        self._telemetry = telemetry
        self._cache = Cache()
        self._slow = SlowDomains()
        self._asking: dict[Question, asyncio.Future[Answer]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._of_one: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._looking = asyncio.Lock()
        self._silent = asyncio.Event()

    @property
    def is_silent(self) -> bool:
        """Whether the DNS does not answer at all, so that nobody waits for it."""
        return self._silent.is_set()

    async def run(self) -> None:
        """Until it is cancelled."""
        # The list of public suffixes is read once, and takes a while.
        await asyncio.to_thread(organisational_domain, "mail.example")
        while True:
            await self._silent.wait()
            await self._clock.sleep(PAUSE)
            self._servers.look_again()
            if await self._servers.probe():
                self._silent.clear()
                self._telemetry.dns_back()

    def use(self, servers: NameServers) -> None:
        """From now on others are asked."""
        self._servers = servers
        self._cache.clear()
        self._silent.clear()

    def known(self, questions: Iterable[Question]) -> dict[Question, Answer]:
        """See `Resolver`."""
        now = self._clock.monotonic()
        found = ((question, self._without_asking(question, now)) for question in questions)
        return {question: answer for question, answer in found if answer is not None}

    async def ask(self, questions: Iterable[Question]) -> Answers:
        """See `Resolver`. What was answered is remembered, even if the caller is cancelled."""
        asked = dict.fromkeys(questions)
        answers = self.known(asked)
        left = [question for question in asked if question not in answers]
        if not left:
            return answers
        async with asyncio.TaskGroup() as group:
            tasks = {question: group.create_task(self._shared(question)) for question in left}
        return answers | {question: task.result() for question, task in tasks.items()}

    def _without_asking(self, question: Question, now: float) -> Answer | None:
        if labels_of(question.name) is None or is_special(question.name):
            return _NOTHING
        held = self._cache.get(question, now)
        if held is not None:
            self._telemetry.dns_lookup(result="cached")
            return held
        if self.is_silent or self._slow.is_out(question.name, now):
            self._telemetry.dns_lookup(result="skipped")
            return _FAILED
        return None

    async def _shared(self, question: Question) -> Answer:
        """The same question is asked once, however many wait for it."""
        asking = self._asking.get(question)
        if asking is not None:
            return await asyncio.shield(asking)
        asking = self._asking[question] = asyncio.get_running_loop().create_future()
        answer = _FAILED
        try:
            # An organisation's own line comes first: who stands in it takes up no slot.
            async with self._line(question.name), self._slots:
                answer = await self._looked_up(question)
        finally:
            del self._asking[question]
            asking.set_result(answer)
        return answer

    def _line(self, name: str) -> asyncio.Semaphore:
        """Where questions about the organisation wait for each other; it lasts as long as
        anybody waits."""
        return self._of_one.setdefault(organisational_domain(name), asyncio.Semaphore(OF_ONE))

    async def _looked_up(self, question: Question) -> Answer:
        # It may have been found out while this one waited for its turn.
        if self.is_silent or self._slow.is_out(question.name, self._clock.monotonic()):
            self._telemetry.dns_lookup(result="skipped")
            return _FAILED
        reply = await self._reply(question)
        answer = _answer(question.type, reply)
        self._telemetry.dns_lookup(result=_result(reply))
        now = self._clock.monotonic()
        if reply.failure is Failure.SILENT:
            if self.is_silent:
                return answer  # It says nothing about this name.
            self._slow.strike(question.name, now)
        self._cache.put(question, answer, reply.ttl, now)
        return answer

    async def _reply(self, question: Question) -> Reply:
        """A name whose own servers are slow is tried twice; a DNS that is silent about everything
        is not tried at all, as far as that is known."""
        begun = self._clock.monotonic()
        if not await self._is_there(begun - FRESH):
            return Reply(failure=Failure.SILENT)
        reply = await self._servers.ask(question.name, question.type.value)
        if reply.failure is Failure.SILENT and await self._is_there(begun):
            return await self._servers.ask(question.name, question.type.value)
        return reply

    async def _is_there(self, since: float) -> bool:
        """Whether the DNS has answered anything since; if not, it gets one chance to."""
        if self._servers.heard_since(since):
            return True
        async with self._looking:
            if self.is_silent:
                return False
            if self._servers.heard_since(since) or await self._servers.probe():
                return True
            self._silent.set()
            self._telemetry.dns_silent(seconds=PAUSE)
            return False


def _answer(kind: RecordType, reply: Reply) -> Answer:
    if reply.failure is not None:
        return _FAILED
    if kind is not RecordType.MX:
        return Answer(reply.texts, exists=reply.exists, secure=reply.secure)
    pairs = (text.split(" ", 1) for text in reply.texts)
    ordered = sorted((int(number), name) for number, name in pairs)
    return Answer(
        tuple(name for _, name in ordered),
        exists=reply.exists,
        secure=reply.secure,
        preferences=tuple(number for number, _ in ordered),
    )


def _result(reply: Reply) -> str:
    if reply.failure is not None:
        return "silent" if reply.failure is Failure.SILENT else "failed"
    return "found" if reply.texts else "nothing"
