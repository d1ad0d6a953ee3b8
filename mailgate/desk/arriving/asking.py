"""Asking the DNS who mails are from: on the event loop, for many at a time."""

import asyncio
from collections.abc import Sequence

from mailgate.desk.arriving.proving import Inquiry, begin_proving
from mailgate.desk.context import DeskPolicy
from mailgate.mail.address import Address
from mailgate.mail.parsed import ParsedMail
from mailgate.mail.proofs import Connecting, Proofs
from mailgate.mail.proving import Proving
from mailgate.model.directory import Directory
from mailgate.model.journal import Arrival, Door
from mailgate.resolver.resolver import Resolver
from mailgate.resolver.rounds import answers_for


def inquiry_of(arrival: Arrival, policy: DeskPolicy) -> Inquiry | None:
    """None where nothing is to be proven: an agent who had logged in, or the settings say so."""
    if not policy.verify or arrival.authenticated is not None:
        return None
    trust = policy.trust(peer=arrival.trusted, login=None)
    return Inquiry(trust, _connection(arrival), arrival.at)


def _connection(arrival: Arrival) -> Connecting | None:
    """Who handed us the mail, if that says anything. A null reverse path is checked by the name
    in EHLO (RFC 7208 §2.4), which is no sender's."""
    path = arrival.envelope.reverse_path
    direct = arrival.door is Door.SMTP and not arrival.trusted and arrival.peer is not None
    if not direct or arrival.peer is None or not isinstance(path, Address):
        return None
    return Connecting(arrival.peer, "", path.localpart, path.domain)


def of_sender(
    proving: Proving | None, mail: ParsedMail | None, directory: Directory
) -> Proving | None:
    """With all that may prove this sender. Of an agent's mail many a signature is not enough: the
    large providers leave fields open, and who writes with Bcc has signed it for somebody else.
    Then it counts that their own server handed it to us."""
    if proving is None or mail is None or mail.from_ is None:
        return proving
    agent = directory.agent_for(mail.from_.address)
    return proving if agent is None else proving.with_server()


async def proofs_of(
    content: bytes,
    mail: ParsedMail,
    inquiry: Inquiry | None,
    directory: Directory,
    resolver: Resolver,
    *,
    seconds: float,
) -> Proofs | None:
    """What is proven of one mail; None where nothing is to be asked."""
    proving = begin_proving(content, mail, inquiry) if inquiry else None
    proving = of_sender(proving, mail, directory)
    return None if proving is None else await _proven(proving, resolver, seconds)


async def prove(
    provings: Sequence[Proving | None], resolver: Resolver, *, seconds: float
) -> list[Proofs | None]:
    """What is proven of each; all of them wait at the same time, none for longer than so many
    seconds."""
    async with asyncio.TaskGroup() as group:
        tasks = [
            None if one is None else group.create_task(_proven(one, resolver, seconds))
            for one in provings
        ]
    return [None if task is None else task.result() for task in tasks]


async def _proven(proving: Proving, resolver: Resolver, seconds: float) -> Proofs:
    return proving.conclude(await answers_for(proving, resolver, seconds=seconds))
