"""Who gets mail to a postmaster (RFC 5321 §4.5.1), and what a listener is told."""

from pathlib import Path

import pytest

from mailgate import settings as settings_room
from mailgate.daemon.doors import listener_spec, postmaster_of
from mailgate.mail.address import Address

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
