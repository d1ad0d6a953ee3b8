"""Who gets mail to a postmaster (RFC 5321 §4.5.1), and what a listener is told."""

from pathlib import Path
from typing import Any, cast

import pytest

from mailgate import settings as settings_room
from mailgate.clock import SystemClock
from mailgate.daemon.doors import Logins, listener_spec, postmaster_of
from mailgate.daemon.gateway import Gateway
from mailgate.mail.address import Address
from mailgate.settings.passwords import hash_password
from mailgate.telemetry.null import NullTelemetry

SETTINGS = """
[gateway]
hostname = "mail.acme.example"

[[listen]]
address = "127.0.0.1:2525"
trusted_networks = ["127.0.0.0/8"]
proxy_protocol = true
messages_per_minute = 7
unknown_recipient_delay = "5s"

[[address]]
address = "support@acme.example"
name = "Acme"

[[address]]
address = "hilfe@beispiel.example"
name = "Beispiel"
"""


@pytest.fixture
def settings(tmp_path: Path) -> settings_room.Settings:
    file = tmp_path / "mailgate.toml"
    file.write_text(SETTINGS)
    return settings_room.load(file)


@pytest.mark.parametrize(
    ("domain", "reader"),
    [
        ("acme.example", "support@acme.example"),
        ("beispiel.example", "hilfe@beispiel.example"),
        ("mail.acme.example", "support@acme.example"),
        ("elsewhere.example", None),
    ],
)
def test_a_postmaster_is_the_support_address_of_the_domain(
    settings: settings_room.Settings, domain: str, reader: str | None
) -> None:
    found = postmaster_of(settings, Address("Postmaster", domain))
    assert (None if found is None else str(found)) == reader


def test_a_listener_is_told_what_the_settings_say(settings: settings_room.Settings) -> None:
    (listen,) = settings.listen
    spec = listener_spec(settings, listen)
    assert spec.proxy_networks == spec.trusted_networks
    assert spec.limits.messages_per_minute == 7
    assert spec.limits.unknown_delay == 5
    assert not spec.auth


def test_a_password_file_that_went_away_keeps_out_its_own_agent_alone(tmp_path: Path) -> None:
    text = SETTINGS
    for name in ("alice", "bob"):
        file = tmp_path / name
        file.write_text(hash_password("a password", bytes(16)))
        file.chmod(0o600)
        text += f'[[agent]]\naddress = "{name}@acme.example"\nname = "{name}"\n'
        text += f'password_file = "{file}"\n'
    (tmp_path / "mailgate.toml").write_text(text)
    settings = settings_room.load(tmp_path / "mailgate.toml")
    (tmp_path / "alice").unlink()
    nothing = cast("Any", None)
    gateway = Gateway(
        settings=settings,
        context=nothing,
        store=nothing,
        clock=SystemClock(),
        telemetry=NullTelemetry(),
        random=bytes,
        node="here",
    )
    find = Logins(gateway).find
    assert find(Address("alice", "acme.example")) is None
    bob = find(Address("bob", "acme.example"))
    assert bob is not None
    assert bob.key == "bob@acme.example"
