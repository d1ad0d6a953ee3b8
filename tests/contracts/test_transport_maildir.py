"""Delivery into a Maildir (https://cr.yp.to/proto/maildir.html)."""

from dataclasses import replace
from pathlib import Path

import pytest

from mailgate.mail.address import Address, NullReversePath
from mailgate.model.delivery import Deferred, Delivered, LeasedDelivery
from mailgate.outbound.maildir import MaildirTransport, file_name
from tests.contracts.outbound_world import NOW, leased_delivery
from tests.harness.clock import FakeClock


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "var" / "outbox"


@pytest.fixture
def transport(outbox: Path) -> MaildirTransport:
    return MaildirTransport(outbox, hostname="mail.acme.example", clock=FakeClock(NOW))


def new(outbox: Path) -> list[Path]:
    return sorted((outbox / "new").iterdir())


async def test_the_envelope_stands_on_top_and_lines_end_as_files_do(
    transport: MaildirTransport, outbox: Path
) -> None:
    await transport.send(leased_delivery())
    (file,) = new(outbox)
    assert file.read_bytes() == (
        b"Return-Path: <support@acme.example>\n"
        b"Delivered-To: hong@customer.example\n"
        b"From: support@acme.example\nSubject: [#1] Hello\n\nHello\n.dot\n"
    )
    assert not list((outbox / "tmp").iterdir())


async def test_the_null_reverse_path_and_an_address_beyond_ascii(
    transport: MaildirTransport, outbox: Path
) -> None:
    leased = replace(leased_delivery(), reverse_path=NullReversePath())
    await transport.send(replace(leased, recipient=Address("홍길동", "customer.example")))
    (file,) = new(outbox)
    assert file.read_bytes().startswith(
        b"Return-Path: <>\nDelivered-To: " + "홍길동@customer.example\n".encode()
    )


async def test_a_second_attempt_makes_no_double(transport: MaildirTransport, outbox: Path) -> None:
    await transport.send(leased_delivery(attempts=1))
    await transport.send(leased_delivery(attempts=2))
    assert len(new(outbox)) == 1


async def test_a_second_attempt_finds_what_a_reader_has_moved(
    transport: MaildirTransport, outbox: Path
) -> None:
    await transport.send(leased_delivery(attempts=1))
    (file,) = new(outbox)
    file.rename(outbox / "cur" / f"{file.name}:2,S")
    assert isinstance(await transport.send(leased_delivery(attempts=2)), Delivered)
    assert new(outbox) == []


async def test_what_an_attempt_left_unfinished_is_written_anew(
    transport: MaildirTransport, outbox: Path
) -> None:
    (outbox / "tmp").mkdir(parents=True)
    (outbox / "tmp" / file_name(leased_delivery(), "mail.acme.example")).write_bytes(b"half a")
    await transport.send(leased_delivery(attempts=2))
    (file,) = new(outbox)
    assert file.read_bytes().endswith(b"Hello\n.dot\n")


def test_two_deliveries_never_have_the_same_name_and_a_name_never_has_a_slash() -> None:
    def name(leased: LeasedDelivery) -> str:
        return file_name(leased, "a/b:c")

    names = {name(leased_delivery(number)) for number in range(100)}
    assert len(names) == 100
    assert not any("/" in name or ":" in name for name in names)


async def test_a_full_disk_is_transient_and_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    transport = MaildirTransport(tmp_path / "outbox", hostname="h", clock=FakeClock(NOW))
    result = await transport.send(leased_delivery())
    assert isinstance(result, Deferred)
    assert result.reply.status == "4.3.0"
    assert str(tmp_path) not in result.reply.text
