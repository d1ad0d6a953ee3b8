"""Which addresses are mailgate's own, on the port that mail servers are dialled at."""

import pytest

from mailgate.daemon.mx import is_of_this_machine, own_addresses
from mailgate.settings import Settings


def listening_at(*endpoints: str) -> Settings:
    listen = tuple({"protocol": "smtp", "address": each} for each in endpoints)
    return Settings.model_validate({"listen": listen})


@pytest.mark.parametrize(
    ("endpoint", "address", "ours"),
    [
        ("192.0.2.7:25", "192.0.2.7", True),
        ("192.0.2.7:25", "192.0.2.8", False),
        ("192.0.2.7:2525", "192.0.2.7", False),
        ("0.0.0.0:25", "127.0.0.1", True),
        ("0.0.0.0:25", "192.0.2.8", False),
        ("0.0.0.0:2525", "127.0.0.1", False),
        ("127.0.0.1:25", "127.0.0.2", False),
    ],
)
def test_only_where_we_listen_ourselves(endpoint: str, address: str, ours: bool) -> None:
    """Another mail server of this machine is another one."""
    assert own_addresses(listening_at(endpoint), 25)(address) is ours


@pytest.mark.parametrize(
    ("address", "here"),
    [("127.0.0.1", True), ("127.3.4.5", True), ("192.0.2.1", False), ("2001:db8::1", False)],
)
def test_addresses_of_this_machine(address: str, here: bool) -> None:
    assert is_of_this_machine(address) is here
