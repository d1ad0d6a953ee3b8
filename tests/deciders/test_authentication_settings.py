"""`[authentication]`, from the file to what the desk decides by."""

from datetime import timedelta

import pytest

from mailgate import settings
from mailgate.settings import Settings, SettingsError


def parse(text: str) -> Settings:
    return settings.parse(f"[authentication]\n{text}\n".encode(), source="m.toml")


def mistake(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(text)
    (line,) = caught.value.lines
    return line


def test_what_holds_where_nothing_is_said() -> None:
    section = parse("").authentication
    assert (section.verify, section.nameservers, section.trusted_arc_sealers) == (True, (), ())
    assert section.timeout == timedelta(seconds=5)


def test_name_servers_have_port_53_unless_they_say_another() -> None:
    section = parse('nameservers = ["192.0.2.53", "127.0.0.1:5353", "2001:db8::1", "[::1]:5353"]')
    found = [(each.host, each.port) for each in section.authentication.nameservers]
    assert found == [
        ("192.0.2.53", 53), ("127.0.0.1", 5353), ("2001:db8::1", 53), ("::1", 5353),
    ]  # fmt: skip


def test_effective_settings_can_be_read_again() -> None:
    section = parse('nameservers = ["2001:db8::1", "192.0.2.53"]').authentication
    again = ", ".join(f'"{each}"' for each in section.nameservers)
    assert parse(f"nameservers = [{again}]").authentication == section


def test_sealers_are_compared_in_lower_case() -> None:
    assert parse('trusted_arc_sealers = ["Google.COM"]').authentication.trusted_arc_sealers == (
        "google.com",
    )


@pytest.mark.parametrize("server", ["ns1.acme.example", "192.0.2.300", "127.0.0.1:99999", ""])
def test_a_name_server_is_named_by_its_address(server: str) -> None:
    assert "is no name server; write its IP address" in mistake(f'nameservers = ["{server}"]')


@pytest.mark.parametrize("timeout", ["0s", "31s", "1d"])
def test_nobody_waits_for_nothing_nor_for_long(timeout: str) -> None:
    assert "is not from 1s to 30s" in mistake(f'timeout = "{timeout}"')


def test_a_sealer_is_a_domain() -> None:
    assert "is no host name" in mistake('trusted_arc_sealers = ["a b"]')
