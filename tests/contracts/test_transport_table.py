"""Every stage of the dialogue with a next hop, and every way to go wrong at it: one table.

`Ambiguous` stands in one row alone: the final dot is written, and no clear answer came (RFC 5321
§4.2.5). What fails before MAIL is said concerns the site, whatever mail it is (F25).
"""

import asyncio
import ssl
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import trustme

from mailgate.model.delivery import (
    Ambiguous,
    AttemptResult,
    Deferred,
    Delivered,
    Reach,
    Rejected,
)
from mailgate.outbound.peer import Credentials, Limits, Peer, Pkix, Timeouts, Tls
from mailgate.outbound.pool import Pool
from tests.contracts.outbound_world import NOW, leased_delivery
from tests.contracts.scripted_smtp import (
    DOT,
    GREETING,
    Act,
    Answer,
    ScriptedServer,
    Slowly,
    serving,
)
from tests.harness.clock import FakeClock

USUAL = {
    GREETING: b"220 sink ESMTP\r\n",
    "STARTTLS": b"220 2.0.0 go on\r\n",
    "AUTH": b"235 2.7.0 welcome\r\n",
    "MAIL": b"250 2.1.0 Ok\r\n",
    "RCPT": b"250 2.1.5 Ok\r\n",
    "DATA": b"354 go on\r\n",
    DOT: b"250 2.0.0 Ok\r\n",
    "RSET": b"250 2.0.0 Ok\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}
EXTRA = b"250 2.0.0 and another thing\r\n"
HUGE = b"250-" + b"x" * 40_000 + b"\r\n250 x\r\n"
KINDS = ("2xx", "4xx", "5xx", "garbage", "close", "freeze", "slow", "huge", "extra")

# sent: Delivered. site, mail, us: Deferred, with that reach (us: of the sender). no: Rejected.
# ?: Ambiguous.
TABLE = """
stage     2xx   4xx   5xx   garbage  close  freeze  slow  huge  extra
connect   sent  site  site  site     site   site    sent  site  site
EHLO      sent  site  sent  site     site   site    sent  site  site
STARTTLS  site  site  site  site     site   site    sent  site  sent
AUTH      site  site  site  site     site   site    sent  site  site
MAIL      sent  us    no    mail     mail   mail    sent  mail  mail
RCPT      sent  mail  no    mail     mail   mail    sent  mail  mail
DATA      mail  mail  no    mail     mail   mail    sent  mail  mail
dot       sent  mail  no    ?        ?      ?       sent  ?     sent
RSET      sent  sent  sent  sent     sent   sent    sent  sent  sent
QUIT      sent  sent  sent  sent     sent   sent    sent  sent  sent
"""
# EHLO 5xx: a server that does not know it is greeted with HELO (RFC 5321 §3.2).
# STARTTLS extra: what was said in clear behind the reply is forgotten (RFC 3207 §4.2).
# RSET: it comes before the next mail, which then goes by a new connection.

CELLS = [
    (row.split()[0], kind, outcome)
    for row in TABLE.strip().splitlines()[1:]
    for kind, outcome in zip(KINDS, row.split()[1:], strict=True)
]
PATIENT = Timeouts(connect=5, command=5, data=5, total=10)
SHORT = 0.3


@dataclass(frozen=True)
class Trust:
    server: ssl.SSLContext
    ca_file: Path


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    ca = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(server)
    return Trust(server, path)


def answer_at(stage: str, kind: str, offers: tuple[str, ...]) -> Answer:
    """What the server says of this kind at this stage."""
    ehlo = "".join(f"250-{offer}\r\n" for offer in ("sink", *offers)) + "250 HELP\r\n"
    usual = USUAL.get(stage, ehlo.encode())
    other = b"220 2.0.0 well\r\n" if stage == GREETING else b"251 2.0.0 well\r\n"
    answers: dict[str, Answer] = {
        "2xx": usual if stage == "EHLO" else other,
        "4xx": b"451 4.3.0 not now\r\n",
        "5xx": b"554 5.7.1 no\r\n",
        "garbage": b"hello?\r\n",
        "close": Act.CLOSE,
        "freeze": Act.FREEZE,
        "slow": Slowly(usual),
        "huge": HUGE,
        "extra": usual + EXTRA,
    }
    return answers[kind]


def impatient(stage: str) -> Timeouts:
    """Only at the frozen stage is the time short that decides."""
    if stage == DOT:
        return replace(PATIENT, data=SHORT)
    return replace(PATIENT, connect=SHORT, command=SHORT)


def expected(outcome: str) -> tuple[type, Reach | None]:
    return {
        "sent": (Delivered, None),
        "site": (Deferred, Reach.SITE),
        "mail": (Deferred, Reach.MAIL),
        "us": (Deferred, Reach.SENDER),
        "no": (Rejected, None),
        "?": (Ambiguous, None),
    }[outcome]


def shape(result: AttemptResult) -> tuple[type, Reach | None]:
    return type(result), result.reach if isinstance(result, Deferred) else None


@pytest.mark.parametrize("pipelining", [False, True], ids=["one by one", "pipelining"])
@pytest.mark.parametrize(("stage", "kind", "outcome"), CELLS)
async def test_every_stage_and_every_way(
    stage: str, kind: str, outcome: str, pipelining: bool, trust: Trust
) -> None:
    secured = stage in {"STARTTLS", "AUTH"}
    offers = ("SIZE 10000000", *(("PIPELINING",) if pipelining else ()))
    if secured:
        offers = (*offers, "STARTTLS", "AUTH PLAIN")
    script: dict[str, list[Answer]] = {stage: [answer_at(stage, kind, offers)]}
    if stage == "RSET":
        script["RCPT"] = [b"550 5.1.1 User unknown\r\n"]
    server = ScriptedServer(script, offers=offers, tls=trust.server)
    async with serving(server):
        peer = Peer(
            "127.0.0.1",
            server.port,
            "mail.acme.example",
            tls=Tls.STARTTLS if secured else Tls.NONE,
            certificate=Pkix(trust.ca_file),
            login=Credentials("acme", "hunter2") if secured else None,
            timeouts=impatient(stage) if kind == "freeze" else PATIENT,
        )
        pool = Pool(peer, Limits(), clock=FakeClock(NOW))
        if stage == "RSET":
            refused = await pool.send(leased_delivery(1))
            assert (type(refused), refused.reply.code) == (Rejected, 550)
        result = await pool.send(leased_delivery(2))
        await pool.close()
    assert shape(result) == expected(outcome), result
    # Nothing arrives but what is sent, or may have been: once, and whole.
    whole = [message.content.endswith(b"\r\n") for message in server.messages]
    assert whole == ([True] if outcome in {"sent", "?"} or stage == DOT else [])


def test_the_table_is_whole() -> None:
    assert len(CELLS) == len(USUAL.keys() | {"EHLO"}) * len(KINDS)


async def test_a_reply_that_has_no_end_ends_with_the_attempt() -> None:
    """Each byte comes in time, the reply never."""
    server = ScriptedServer({DOT: [Act.DRIP]})
    limits = Timeouts(connect=60, command=60, data=600, total=1.0)
    async with serving(server):
        peer = Peer("127.0.0.1", server.port, "mail.acme.example", timeouts=limits)
        pool = Pool(peer, Limits(), clock=FakeClock(NOW))
        assert isinstance(await pool.send(leased_delivery()), Ambiguous)
        await pool.close()


async def test_each_recipient_has_a_fate_of_their_own() -> None:
    """Partial refusal: three recipients of one mail are three transactions by one connection."""
    script: dict[str, list[Answer]] = {
        "RCPT": [USUAL["RCPT"], b"550 5.1.1 User unknown\r\n", b"450 4.2.1 busy\r\n"]
    }
    for offers in ((), ("PIPELINING",)):
        async with serving(ScriptedServer(script, offers=offers)) as server:
            peer = Peer("127.0.0.1", server.port, "mail.acme.example", timeouts=PATIENT)
            pool = Pool(peer, Limits(), clock=FakeClock(NOW))
            results = [await pool.send(leased_delivery(number)) for number in range(4)]
            await pool.close()
        assert [type(each) for each in results] == [Delivered, Rejected, Deferred, Delivered]
        assert len(server.messages) == 2


async def test_what_is_refused_costs_no_connection_where_the_server_behaves() -> None:
    """RFC 2920 §3.1: a server that refused the recipient refuses DATA too."""
    script: dict[str, list[Answer]] = {
        "RCPT": [b"550 5.1.1 User unknown\r\n"],
        "DATA": [b"503 5.5.1 no valid recipients\r\n"],
    }
    async with serving(ScriptedServer(script, offers=("PIPELINING",))) as server:
        peer = Peer("127.0.0.1", server.port, "mail.acme.example", timeouts=PATIENT)
        pool = Pool(peer, Limits(), clock=FakeClock(NOW))
        assert isinstance(await pool.send(leased_delivery(1)), Rejected)
        assert isinstance(await pool.send(leased_delivery(2)), Delivered)
        assert server.connections == 1
        await pool.close()


async def test_mail_and_rcpt_and_data_are_said_at_once_where_that_is_offered() -> None:
    """The server says nothing before it has heard all three."""
    heard: list[bytes] = []
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(USUAL[GREETING])
        await reader.readline()
        writer.write(b"250-sink\r\n250 PIPELINING\r\n")
        heard.append(await reader.readuntil(b"DATA\r\n"))
        writer.write(USUAL["MAIL"] + USUAL["RCPT"] + USUAL["DATA"])
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(USUAL[DOT])
        await reader.read()
        writer.close()
        await writer.wait_closed()
        ended.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as door:
        port = door.sockets[0].getsockname()[1]
        peer = Peer("127.0.0.1", port, "mail.acme.example", timeouts=PATIENT)
        pool = Pool(peer, Limits(), clock=FakeClock(NOW))
        assert isinstance(await pool.send(leased_delivery()), Delivered)
        await pool.close()
        await ended.wait()
    (said,) = heard
    assert [line.split()[0] for line in said.splitlines()] == [b"MAIL", b"RCPT", b"DATA"]


@pytest.mark.parametrize(
    ("reply", "connections", "result"),
    [
        (b"421 4.4.2 idle for too long\r\n", 2, Delivered),
        (b"421 bye\r\n", 2, Delivered),
        # It means us: a new connection would be no better, and the queue slows down.
        (b"421 4.7.28 too many mails from you\r\n", 1, Deferred),
    ],
)
async def test_421_to_a_kept_connection(reply: bytes, connections: int, result: type) -> None:
    """RFC 5321 §3.8: a server may close a connection that was idle, and says so to whatever
    comes next."""
    async with serving(ScriptedServer({"MAIL": [USUAL["MAIL"], reply]})) as server:
        peer = Peer("127.0.0.1", server.port, "mail.acme.example", timeouts=PATIENT)
        pool = Pool(peer, Limits(), clock=FakeClock(NOW))
        assert isinstance(await pool.send(leased_delivery(1)), Delivered)
        second = await pool.send(leased_delivery(2))
        assert isinstance(second, result)
        assert not isinstance(second, Deferred) or second.reach is not Reach.SITE
        assert server.connections == connections
        await pool.close()


async def test_what_a_server_says_into_a_kept_connection_ends_it() -> None:
    """Nobody asked: it would pass for the reply to the next command."""
    async with serving(ScriptedServer({DOT: [USUAL[DOT] + b"421 4.4.2 bye\r\n"]})) as server:
        peer = Peer("127.0.0.1", server.port, "mail.acme.example", timeouts=PATIENT)
        pool = Pool(peer, Limits(), clock=FakeClock(NOW))
        assert isinstance(await pool.send(leased_delivery(1)), Delivered)
        assert pool.is_unused
        assert isinstance(await pool.send(leased_delivery(2)), Delivered)
        assert server.connections == 2
        await pool.close()
