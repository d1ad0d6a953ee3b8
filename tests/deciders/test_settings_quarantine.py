"""[quarantine]: who is told of what waits, and when."""

from datetime import time

import pytest

from mailgate import settings
from mailgate.mail.address import Address
from mailgate.settings.errors import SettingsError
from mailgate.settings.showing import toml

DESK = '[[address]]\naddress = "support@acme.example"\nname = "Acme"\n'


def read(text: str) -> settings.Settings:
    return settings.parse(f"{text}\n{DESK}".encode(), source="test")


def test_nobody_is_told_unless_somebody_is_named() -> None:
    assert read("").quarantine.operators == ()
    assert read("").quarantine.digest_at == time(8, 0)


def test_operators_and_the_time_of_day() -> None:
    found = read('[quarantine]\noperators = ["op@acme.example"]\ndigest_at = "17:05"').quarantine
    assert found.operators == (Address("op", "acme.example"),)
    assert found.digest_at == time(17, 5)


def test_what_is_shown_can_be_loaded_again() -> None:
    text = toml(read('[quarantine]\noperators = ["op@acme.example"]\ndigest_at = "07:30"'))
    assert 'digest_at = "07:30"' in text
    assert settings.parse(text.encode(), source="test").quarantine.digest_at == time(7, 30)


@pytest.mark.parametrize("wrong", ['"8:00"', '"24:00"', '"08:60"', '"8am"', "8"])
def test_a_time_is_hours_and_minutes(wrong: str) -> None:
    with pytest.raises(SettingsError, match='write hours and minutes: "08:00"'):
        read(f"[quarantine]\ndigest_at = {wrong}")


@pytest.mark.parametrize("address", ["support@acme.example", "support+x@acme.example"])
def test_a_support_address_is_no_operator(address: str) -> None:
    with pytest.raises(SettingsError, match="is a support address"):
        read(f'[quarantine]\noperators = ["{address}"]')
