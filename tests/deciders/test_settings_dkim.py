"""`[[dkim]]`: keys as openssl makes them are read; every other file is a mistake that is named."""

import subprocess
from pathlib import Path

import pytest

from mailgate import settings
from mailgate.settings import SettingsError

BASE = """\
[[address]]
address = "support@acme.example"

[[address]]
address = "help@acme.co.kr"

"""
RSA = ("genpkey", "-algorithm", "RSA", "-pkeyopt")
KINDS = {
    "rsa": (*RSA, "rsa_keygen_bits:2048"),
    "ed25519": ("genpkey", "-algorithm", "ed25519"),
    "short": (*RSA, "rsa_keygen_bits:768"),
    "ec": ("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "locked": ("genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:x"),
}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name, arguments in KINDS.items():
        made = subprocess.run(["openssl", *arguments], check=True, capture_output=True)
        (folder / f"{name}.pem").write_bytes(made.stdout)
        (folder / f"{name}.pem").chmod(0o640)
    (folder / "open.pem").write_bytes((folder / "rsa.pem").read_bytes())
    (folder / "open.pem").chmod(0o644)
    public = subprocess.run(
        ["openssl", "pkey", "-in", str(folder / "rsa.pem"), "-pubout"],
        check=True,
        capture_output=True,
    )
    (folder / "public.pem").write_bytes(public.stdout)
    (folder / "public.pem").chmod(0o600)
    return folder


def entry(file: Path, domain: str = "acme.example", selector: str = "mailgate") -> str:
    return f'[[dkim]]\ndomain = "{domain}"\nselector = "{selector}"\nkey_file = "{file}"\n'


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        settings.parse((BASE + text).encode(), source="m.toml")
    return caught.value.lines


def test_keys_of_both_kinds_sign_for_their_domains(keys: Path) -> None:
    text = (
        entry(keys / "rsa.pem")
        + entry(keys / "ed25519.pem", selector="MAILGATE-ed")
        + entry(keys / "ed25519.pem", "ACME.co.kr")
    )
    made = settings.parse((BASE + text).encode(), source="m.toml")
    found = settings.load_signers(made)
    assert {
        domain: [(one.domain, one.selector, one.key.algorithm) for one in signers]
        for domain, signers in found.items()
    } == {
        "acme.example": [
            ("acme.example", "mailgate", "rsa-sha256"),
            ("acme.example", "mailgate-ed", "ed25519-sha256"),
        ],
        "acme.co.kr": [("acme.co.kr", "mailgate", "ed25519-sha256")],
    }


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("missing.pem", "cannot read {}: No such file or directory; make the file"),
        ("open.pem", "{} is a secret that everybody can reach (mode 0644); run chmod o= {}"),
        ("public.pem", "{}: there is no private key in it"),
        ("ec.pem", "{}: a key of another kind; make one of RSA (2048 bits) or Ed25519"),
        ("locked.pem", "{}: the key has a passphrase"),
        ("short.pem", "{}: an RSA key of 768 bits; 1024 to 8192 are taken (RFC 8301 §3.2)"),
    ],
)
def test_a_key_that_cannot_sign_is_named(keys: Path, file: str, says: str) -> None:
    (line,) = mistakes(entry(keys / file))
    assert line.startswith("m.toml: dkim[1].key_file (line 10): ")
    assert says.replace("{}", str(keys / file)) in line


def test_a_key_for_a_domain_that_nobody_writes_from_is_a_mistake(keys: Path) -> None:
    """A signature is of the very domain behind the @ (and so aligned, however DMARC asks)."""
    (line,) = mistakes(entry(keys / "rsa.pem", "mail.acme.example"))
    assert line == (
        "m.toml: dkim[1].domain (line 8): no support address is of mail.acme.example (they are "
        "of: acme.co.kr, acme.example); name the very domain behind the @ of an [[address]]"
    )


def test_two_keys_need_two_selectors(keys: Path) -> None:
    (line,) = mistakes(entry(keys / "rsa.pem") + entry(keys / "ed25519.pem", selector="Mailgate"))
    assert line == (
        "m.toml: dkim[2].selector (line 13): dkim[1] has this selector for acme.example already; "
        "a second key needs one of its own"
    )


@pytest.mark.parametrize("selector", ["a b", "-a", "a..b", "a.", "셀"])
def test_what_is_no_selector_is_named(keys: Path, selector: str) -> None:
    (line,) = mistakes(entry(keys / "rsa.pem", selector=selector))
    assert "is no selector: letters, digits, - and _, with dots between" in line


def test_a_key_that_went_since_then_is_one_sentence(keys: Path, tmp_path: Path) -> None:
    file = tmp_path / "gone.pem"
    file.write_bytes((keys / "rsa.pem").read_bytes())
    file.chmod(0o600)
    made = settings.parse((BASE + entry(file)).encode(), source="m.toml")
    file.unlink()
    with pytest.raises(SettingsError, match=r"gone\.pem: dkim\[1\]\.key_file: cannot read"):
        settings.load_signers(made)
