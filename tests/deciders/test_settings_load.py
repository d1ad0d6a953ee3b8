"""What good settings give: values, defaults, the desk, keys; and the generated files."""

import base64
import json
import stat
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from mailgate import settings
from mailgate.mail.address import Address
from mailgate.model.ticket import Role
from mailgate.model.traffic import LoopLimits, Rate
from mailgate.settings import Settings, SettingsError
from mailgate.settings.example import demo, render_docs, render_example
from mailgate.settings.showing import toml

ROOT = Path(__file__).parents[2]


def parse(text: str) -> Settings:
    return settings.parse(text.encode(), source="m.toml")


# --- the example and the page ------------------------------------------------------------


def test_the_checked_in_example_is_current() -> None:
    """`python -m mailgate.settings.example > config/mailgate.toml` makes it so."""
    assert (ROOT / "config/mailgate.toml").read_text() == render_example()


def test_the_checked_in_page_is_current() -> None:
    """`python -m mailgate.settings.example --docs > docs/operators/settings.md` makes it so."""
    assert (ROOT / "docs/operators/settings.md").read_text() == render_docs()


def test_the_example_is_a_desk_to_try_out() -> None:
    desk = settings.directory(demo())
    support = desk.supports["support@acme.example"]
    assert [str(agent.address) for agent in desk.members(support.group)] == [
        "alice@acme.example",
        "bob@acme.example",
    ]
    assert [str(entry.address) for entry in demo().listen] == ["127.0.0.1:2525", "127.0.0.1:2424"]
    assert demo().outbound.transport == "maildir"


def test_the_example_with_every_setting_turned_on_is_known_to_the_last_key() -> None:
    """Lines that are off (`#key = ...`) must be right as well when an operator turns them on."""
    on = "\n".join(
        line[1:] if line.startswith("#") and not line.startswith("# ") else line
        for line in render_example().splitlines()
    )
    with pytest.raises(SettingsError) as caught:
        parse(on)
    # What is left to say is about files that the example cannot have, of two logins, and of a
    # rule that cannot do everything at once.
    assert all(
        "cannot read etc/" in line
        or "there is no folder etc/" in line
        or "needs either password_file or oauth2" in line
        or "has both password_file and oauth2" in line
        or "is not used with tls" in line
        or "a password would go" in line
        or line.partition(" ")[2].startswith("rule[1].")
        for line in caught.value.lines
    )


# --- values --------------------------------------------------------------------------------


def test_an_empty_file_is_a_gateway_on_loopback() -> None:
    made = parse("")
    assert made == Settings()
    assert [(entry.protocol, str(entry.address)) for entry in made.listen] == [
        ("smtp", "127.0.0.1:2525"),
        ("lmtp", "127.0.0.1:2424"),
    ]
    assert (made.ratelimit.plan, made.ratelimit.when_full) == ("growth", "wait")
    assert made.loops.hop_limit == 100  # RFC 5321 §6.3: "at least 100 Received entries"


def test_what_depends_on_the_folder_follows_it() -> None:
    made = parse('[gateway]\ndata_dir = "/srv/mail"\n')
    assert made.store.url == "sqlite:////srv/mail/mailgate.db"
    assert made.gateway.secret_file == Path("/srv/mail/secret.key")
    assert made.outbound.maildir == Path("/srv/mail/outbox")


def test_what_is_named_does_not_follow_the_folder() -> None:
    made = parse('[gateway]\ndata_dir = "/srv/mail"\n[store]\nurl = "postgresql://db/m"\n')
    assert made.store.url == "postgresql://db/m"


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("12h", timedelta(hours=12)),
        ("30d", timedelta(days=30)),
    ],
)
def test_durations(text: str, duration: timedelta) -> None:
    assert parse(f'[threading]\nreopen_within = "{text}"\n').threading.reopen_within == duration


@pytest.mark.parametrize(
    ("text", "octets"),
    [("512KB", 512_000), ("25MB", 25_000_000), ("1GB", 10**9), ("25MiB", 25 * 1024 * 1024)],
)
def test_sizes(text: str, octets: int) -> None:
    assert parse(f'[[listen]]\nmax_size = "{text}"\n').listen[0].max_size == octets


def test_networks_and_endpoints() -> None:
    (listen,) = parse(
        '[[listen]]\naddress = "[::1]:25"\ntrusted_networks = ["10.0.0.0/8", "::1"]\n'
    ).listen
    assert (listen.address.host, listen.address.port) == ("::1", 25)
    assert listen.trusted_networks == (ip_network("10.0.0.0/8"), ip_network("::1/128"))


def test_authserv_ids_are_compared_without_case() -> None:
    made = parse('[threading]\ntrusted_authserv_ids = ["MX.Acme.Example"]\n')
    assert made.trusted_authserv_ids == frozenset({"mx.acme.example"})


def test_limits_of_loops() -> None:
    text = """
[loops]
sender_hard = [5, 10, 20]
machines = ["Orders@SHOP.example", "Monitor.example"]
"""
    limits = parse(text).loops.limits
    assert limits.sender_hard == Rate(5, 10, 20)
    assert limits.sender_soft == LoopLimits().sender_soft
    assert limits.machines.holds(Address("orders", "shop.example"))
    assert limits.machines.holds(Address("disk", "host7.monitor.example"))
    assert not limits.machines.holds(Address("hong", "shop.example"))


def test_copies_are_tickets_unless_they_are_ignored() -> None:
    text = """
[[address]]
address = "support@acme.example"

[[address]]
address = "info@acme.example"
cc = "ignore"
"""
    supports = settings.directory(parse(text)).supports
    assert not supports["support@acme.example"].ignores_copies
    assert supports["info@acme.example"].ignores_copies


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse("").gateway.hostname = "other"  # type: ignore[misc]  # that is the point


# --- the desk ------------------------------------------------------------------------------

DESK = """
[gateway]
locale = "ko"
[[address]]
address = "support@Acme.Example"
name = "고객 지원"
brand = "acme"
group = "support"
[[address]]
address = "sales@acme.example"
locale = "en"
acknowledge = false
[[group]]
name = "support"
members = ["Alice.Kim@gmail.example", "alice@acme.example", "bob@acme.example"]
[[agent]]
address = "alice@acme.example"
name = "Alice Kim"
also = ["alice.kim@gmail.example"]
[[agent]]
address = "bob@acme.example"
name = "Bob"
role = "collaborator"
"""


def test_the_desk_as_configured() -> None:
    desk = settings.directory(parse(DESK))
    support, sales = desk.supports["support@acme.example"], desk.supports["sales@acme.example"]
    assert (support.name, support.locale, support.acknowledge) == ("고객 지원", "ko", True)
    assert (sales.locale, sales.acknowledge, sales.group) == ("en", False, None)
    alice = desk.agent_for(Address("ALICE.KIM", "gmail.example"))
    assert alice is not None
    assert (alice.name, alice.role) == ("Alice Kim", Role.AGENT)
    bob = desk.agents["bob@acme.example"]
    assert bob.role is Role.COLLABORATOR
    # Alice is a member by two of her addresses and is told once.
    assert desk.groups["support"] == (alice, bob)


def test_a_signature_comes_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "signature.txt").write_text("Acme 고객 지원팀\n", "utf-8")
    made = parse(
        f'[[address]]\naddress = "a@acme.example"\nsignature_file = "{tmp_path}/signature.txt"\n'
    )
    assert settings.directory(made).supports["a@acme.example"].signature == "Acme 고객 지원팀"


def test_an_agent_may_have_a_signature_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "alice.txt").write_text("Alice Kim, 반품\n", "utf-8")
    agent = '[[agent]]\naddress = "alice@acme.example"\nname = "Alice Kim"\n'
    made = parse(f'{agent}signature_file = "{tmp_path}/alice.txt"\n')
    assert settings.directory(made).agents["alice@acme.example"].signature == "Alice Kim, 반품"
    with pytest.raises(settings.SettingsError, match=r"agent\[1\]\.signature_file .*cannot read"):
        parse(f'{agent}signature_file = "{tmp_path}/nothing.txt"\n')


def a_mailbox(tmp_path: Path, more: str = "", top: str = "") -> str:
    secret = tmp_path / "password"
    secret.write_text("x")
    secret.chmod(0o600)
    return (
        f'{top}\n[[address]]\naddress = "a@acme.example"\n'
        '[[mailbox]]\nname = "m"\nhost = "imap.acme.example"\nusername = "u"\n'
        f'password_file = "{secret}"\naddress = "a@acme.example"\n{more}\n'
    )


def test_a_smarthost_that_gets_no_mail_is_said_to_be_one() -> None:
    used = '[[smarthost]]\nname = "n"\n[[address]]\naddress = "a@acme.example"\nsmarthost = "n"\n'
    (notice,) = settings.notices(parse(f'{used}[outbound]\ntransport = "mx"\n'))
    assert notice == (
        'address[1]: a@acme.example: smarthost is not used with transport = "mx"; it is for "smtp"'
    )
    assert settings.notices(parse(f'{used}[outbound]\ntransport = "smtp"\n')) == ()


def test_tickets_that_go_before_an_answer_could_reopen_them_are_said_to() -> None:
    desk = '[desk]\ndelete_closed_after = "20d"\n'
    (notice,) = settings.notices(parse(desk))
    assert notice.startswith("desk.delete_closed_after: ")
    assert settings.notices(parse(f'{desk}[threading]\nreopen_within = "20d"\n')) == ()
    assert settings.notices(parse('[desk]\ndelete_closed_after = "never"\n')) == ()


def test_domains_of_destinations_may_be_written_as_people_write_them() -> None:
    made = parse('[[destination]]\ndomains = ["회사.한국", "Gmail.com"]\n')
    assert made.destination[0].domains == ("xn--vf4b131b.xn--3e0b707e", "gmail.com")


def test_a_mailbox_whose_provider_nobody_believes_is_said_to_be_one(tmp_path: Path) -> None:
    notices = settings.notices(parse(a_mailbox(tmp_path)))
    assert len(notices) == 1
    assert "threading.trusted_authserv_ids" in notices[0]
    named = '[threading]\ntrusted_authserv_ids = ["mx.google.com"]'
    assert settings.notices(parse(a_mailbox(tmp_path, top=named))) == ()
    assert settings.notices(parse(a_mailbox(tmp_path, "trusted = false"))) == ()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('since = "yesterday"', '"1d"'),
        ('since = "2026-02-30"', '"1d"'),
        ('timeout = "0s"', "too short"),
        ('tls = "none"', "in clear"),
        ('after = "move:INBOX"', "another one"),
        ('after = "archive"', "after"),
    ],
)
def test_a_mailbox_that_cannot_work_is_refused(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse(a_mailbox(tmp_path, line))
    assert says in str(raised.value)
    assert "mailbox[1]" in str(raised.value)


@pytest.mark.parametrize("since", ["all", "now", "1d", "12h", "2026-01-31"])
def test_a_mailbox_begins_where_it_is_told(tmp_path: Path, since: str) -> None:
    made = parse(a_mailbox(tmp_path, f'since = "{since}"'))
    assert made.mailbox[0].since == since


def test_nothing_is_said_of_a_desk_without_surprises() -> None:
    assert settings.notices(parse(DESK)) == ()


# --- which file ------------------------------------------------------------------------------


def test_the_order_in_which_a_file_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    places = (Path("config/m.toml"), Path("etc.toml"))
    assert settings.find(None, {}, places) is None
    Path("etc.toml").touch()
    assert settings.find(None, {}, places) == Path("etc.toml")
    Path("config").mkdir()
    Path("config/m.toml").touch()
    assert settings.find(None, {}, places) == Path("config/m.toml")
    assert settings.find(None, {"MAILGATE_CONFIG": "x.toml"}, places) == Path("x.toml")
    assert settings.find(Path("y.toml"), {"MAILGATE_CONFIG": "x.toml"}, places) == Path("y.toml")


# --- effective -------------------------------------------------------------------------------


def test_the_effective_settings_can_be_loaded_again() -> None:
    for made in (demo(), parse(DESK), parse('[gateway]\ndata_dir = "/a \\"b\\""\n')):
        assert parse(toml(made)) == made


def test_the_effective_settings_hide_a_password_behind_the_question_mark() -> None:
    made = parse('[store]\nurl = "postgresql://db/m?user=m&password=hunter2&sslmode=require"\n')
    assert 'url = "postgresql://db/m?user=m&password=***&sslmode=require"' in toml(made)


def test_the_effective_settings_hide_the_password_of_the_store() -> None:
    made = parse('[store]\nurl = "postgresql://mailgate:hunter2@db/mailgate"\n')
    assert settings.effective(made)["store"] == {
        "url": "postgresql://mailgate:***@db/mailgate",
        "blobs": "database",
        "raw_retention_days": 365,
    }
    assert "hunter2" not in toml(made) + json.dumps(settings.effective(made))


# --- keys ------------------------------------------------------------------------------------


def with_secret(path: Path) -> Settings:
    return parse(f'[gateway]\nsecret_file = "{path}"\n')


def test_a_missing_secret_is_made_and_stays(tmp_path: Path) -> None:
    made = with_secret(tmp_path / "deep" / "secret.key")
    keys, current = settings.load_keyring(made)
    assert current == 0
    assert len(keys[0]) == 32
    assert stat.S_IMODE(made.gateway.secret_file.stat().st_mode) == 0o600
    assert settings.load_keyring(made) == (keys, current)
    assert [each.name for each in made.gateway.secret_file.parent.iterdir()] == ["secret.key"]


def key(byte: bytes) -> str:
    return base64.b64encode(byte * 32).decode()


def test_after_a_rotation_the_first_signs_and_the_old_one_keeps_its_number(
    tmp_path: Path,
) -> None:
    path = tmp_path / "secret.key"
    path.touch(0o600)
    path.write_text(f"# mine\n1:{key(b'n')}\n\n0:{key(b'o')}\n")
    assert settings.load_keyring(with_secret(path)) == ({1: b"n" * 32, 0: b"o" * 32}, 1)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", "holds no key; remove the file to have one made"),
        ("hunter2", "(line 1): is no key; write NUMBER:BASE64 with a number from 0 to 7"),
        ("8:aGFsbG8=", "(line 1): is no key; write NUMBER:BASE64 with a number from 0 to 7"),
        ("0:hunter2!", "(line 1): needs 32 bytes or more in base64"),
        ("0:aHVudGVyMg==", "(line 1): needs 32 bytes or more in base64"),
        (f"0:{key(b'a')}\n0:{key(b'b')}", "(line 2): key 0 stands above already; give each key"),
    ],
)
def test_a_bad_secret_file_is_one_line_without_the_secret(
    content: str, line: str, tmp_path: Path
) -> None:
    path = tmp_path / "secret.key"
    path.touch(0o600)
    path.write_text(content)
    with pytest.raises(SettingsError) as caught:
        settings.load_keyring(with_secret(path))
    (told,) = caught.value.lines
    assert told.startswith(f"{path}: gateway.secret_file")
    assert line in told
    assert "hunter2" not in told
    assert "aHVudGVyMg" not in told


def test_a_secret_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    path.write_text(f"0:{key(b'a')}\n")
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="everybody can reach"):
        settings.load_keyring(with_secret(path))


def test_the_passwords_that_logs_must_hide(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.touch(0o600)
    path.write_text("hunter2\n")
    other = tmp_path / "other"
    other.touch(0o600)
    other.write_text("pa55\n")
    made = parse(
        '[store]\nurl = "postgresql://mailgate:p%40ss@db/mailgate"\n'
        f'[outbound.smarthost]\nusername = "u"\npassword_file = "{path}"\n'
        f'[[smarthost]]\nname = "n"\nusername = "u"\npassword_file = "{other}"\n'
    )
    assert set(settings.secret_values(made)) == {"hunter2", "pa55", "p@ss", "p%40ss"}
    assert settings.secret_values(Settings()) == ()
