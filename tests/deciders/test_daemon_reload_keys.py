"""SIGHUP takes new keys of DKIM; a key that cannot sign changes nothing."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mailgate import settings
from mailgate.daemon.gateway import Gateway, open_gateway
from mailgate.daemon.reload import reload
from mailgate.mail.dkimkey import SigningKey
from mailgate.telemetry.null import NullTelemetry
from tests.harness.database import make_database

CONFIG = """\
[gateway]
data_dir = "{var}"
[[address]]
address = "support@acme.example"
"""


def entry(file: Path, selector: str) -> str:
    return f'[[dkim]]\ndomain = "acme.example"\nselector = "{selector}"\nkey_file = "{file}"\n'


def new_key(file: Path) -> str:
    """Writes a key; what is published of it."""
    key = Ed25519PrivateKey.generate()
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    file.chmod(0o600)
    return SigningKey(key).record


def signing(gateway: Gateway) -> list[tuple[str, str]]:
    return [
        (one.selector, one.key.record)
        for signers in gateway.current_context().signers.values()
        for one in signers
    ]


async def test_a_new_key_signs_after_a_reload_and_a_bad_one_changes_nothing(
    tmp_path: Path,
) -> None:
    var, file, path = tmp_path / "var", tmp_path / "key.pem", tmp_path / "mailgate.toml"
    var.mkdir()
    text = CONFIG.format(var=var)
    first = new_key(file)
    path.write_text(text + entry(file, "one"))
    make_database(settings.load(path).store.url)
    async with open_gateway(settings.load(path)) as gateway:
        assert signing(gateway) == [("one", first)]

        second = new_key(file)
        path.write_text(text + entry(file, "two"))
        assert reload(gateway, NullTelemetry(), path) == ("dkim",)
        assert signing(gateway) == [("two", second)]

        file.write_text("no key")
        assert reload(gateway, NullTelemetry(), path) == ()
        assert signing(gateway) == [("two", second)]

        path.write_text(text)
        assert reload(gateway, NullTelemetry(), path) == ("dkim",)
        assert signing(gateway) == []
