"""One way to be wrong a case, with the line that an operator gets."""

import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from mailgate import settings
from mailgate.settings import SettingsError
from mailgate.settings.files import read_password

GOOD = """\
[gateway]
hostname = "mail.acme.example"

[[address]]
address = "support@acme.example"
group = "support"

[[group]]
name = "support"
members = ["alice@acme.example"]

[[agent]]
address = "alice@acme.example"
name = "Alice Kim"

"""
"""Fifteen lines: what a case adds begins on line 16."""


OAUTH2 = (
    'oauth2 = { token_url = "https://oauth2.example/token", client_id = "mailgate", '
    'refresh_token_file = "/dev/null", scope = "smtp" }\n'
)


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        settings.parse(text.encode(), source="m.toml")
    return caught.value.lines


def test_the_file_that_the_cases_start_from_is_good() -> None:
    settings.parse(GOOD.encode(), source="m.toml")


ADDED = {
    "a view of a group that is not there": (
        '[[view]]\nname = "a"\ngroup = "suport"\n',
        'view[1].group (line 18): there is no group "suport"; name a [[group]]',
    ),
    "a view of a brand that no address is of": (
        '[[view]]\nname = "a"\nbrand = "acme"\n',
        'view[1].brand (line 18): no [[address]] is of the brand "acme"; correct it',
    ),
    "a view of nobody's tickets and of somebody's": (
        '[[view]]\nname = "a"\nassignee = "alice@acme.example"\nunassigned = true\n',
        (
            "view[1].unassigned (line 19): a ticket is an agent's or nobody's; leave out "
            "assignee or this"
        ),
    ),
    "a view of nobody whom one knows": (
        '[[view]]\nname = "a"\nassignee = "bob@acme.example"\n',
        "view[1].assignee (line 18): there is no agent bob@acme.example; name an [[agent]]",
    ),
    "a view that looks for nothing": (
        '[[view]]\nname = "a"\nsearch = "!!!"\n',
        ("view[1].search (line 18): nothing to look for: write a word with a letter or a digit"),
    ),
    "two views of one name": (
        '[[view]]\nname = "가"\n[[view]]\nname = "가"\n',
        'view[2].name (line 19): "가" is the name of another [[view]]; rename one',
    ),
    "unknown key, one letter off": (
        '[outbound]\ntransprt = "smtp"\n',
        (
            "outbound.transprt (line 17): unknown key "
            '(did you mean "transport"?); correct or remove it'
        ),
    ),
    "unknown key that belongs elsewhere": (
        '[loops]\npoll_interval = "5m"\n',
        "loops.poll_interval (line 17): unknown key here; it belongs to [[mailbox]]",
    ),
    "unknown key that is nowhere": (
        "[log]\nzzz = 1\n",
        "log.zzz (line 17): unknown key; known here are format, level",
    ),
    "unknown table": (
        '[treading]\nreopen_within = "1d"\n',
        'treading (line 16): unknown key (did you mean "threading"?); correct or remove it',
    ),
    "number for text": (
        "[store]\nurl = 5\n",
        "store.url (line 17): the number 5 where text in quotes belongs",
    ),
    "text for number": (
        '[store]\nraw_retention_days = "365"\n',
        "store.raw_retention_days (line 17): the text '365' where a whole number belongs",
    ),
    "text for list": (
        '[threading]\ntrusted_authserv_ids = "mx.acme.example"\n',
        (
            "threading.trusted_authserv_ids (line 17): the text 'mx.acme.example' where a list in "
            "[ ] belongs"
        ),
    ),
    "text for bool": (
        '[[address]]\naddress = "sales@acme.example"\nacknowledge = "yes"\n',
        "address[2].acknowledge (line 18): the text 'yes' where true or false belongs",
    ),
    "table for list of tables": (
        "[mailbox]\n",
        "mailbox (line 16): a table where a list in [ ] belongs",
    ),
    "none of the choices": (
        '[agents]\nreply_is = "private"\n',
        "agents.reply_is (line 17): 'private' is none of its values; write 'public' or 'note'",
    ),
    "too small": (
        "[loops]\nhop_limit = 0\n",
        "loops.hop_limit (line 17): 0 is too small; write 1 or more",
    ),
    "too large": (
        "[ratelimit]\nhourly = 2000000\n",
        "ratelimit.hourly (line 17): 2000000 is too large; write 1000000 or less",
    ),
    "missing key": (
        '[[agent]]\naddress = "bob@acme.example"\n',
        "agent[2].name (line 16): is missing; add it",
    ),
    "a limit of two numbers": (
        "[loops]\nsender_soft = [20, 60]\n",
        (
            "loops.sender_soft (line 17): [20, 60] is no limit; write three whole numbers from 1 "
            "on: how many in ten minutes, in an hour and in a day, such as [20, 60, 200]"
        ),
    ),
    "a machine that is no sender": (
        '[loops]\nmachines = ["shop example"]\n',
        (
            "loops.machines[1] (line 17): 'shop example' is neither an address nor a domain; write "
            'it such as "orders@shop.example" or "shop.example"'
        ),
    ),
    "what becomes of copies": (
        '[[address]]\naddress = "info@acme.example"\ncc = "drop"\n',
        "address[2].cc (line 18): 'drop' is none of its values; write 'ticket' or 'ignore'",
    ),
    "duration without unit": (
        "[threading]\nreopen_within = 30\n",
        (
            "threading.reopen_within (line 17): 30 is no duration; write a whole number and s, m, "
            'h or d, such as "90s", "10m" or "30d"'
        ),
    ),
    "size without unit": (
        '[[listen]]\nmax_size = "25"\n',
        (
            "listen[1].max_size (line 17): '25' is no size; write a whole number and KB, MB or GB, "
            'such as "25MB" (KiB, MiB, GiB count in 1024)'
        ),
    ),
    "listening on a name": (
        '[[listen]]\naddress = "localhost:2525"\n',
        (
            "listen[1].address (line 17): 'localhost:2525' is nothing to listen on; write IP:PORT "
            'such as "127.0.0.1:2525", "[::1]:2525" or "0.0.0.0:25"'
        ),
    ),
    "a port that is none": (
        '[[listen]]\naddress = "127.0.0.1:99999"\n',
        (
            "listen[1].address (line 17): '127.0.0.1:99999' has a port that is too large; write "
            "65535 or less"
        ),
    ),
    "two listeners on a port": (
        '[[listen]]\naddress = "127.0.0.1:25"\n[[listen]]\naddress = "127.0.0.1:25"\n',
        "listen[2].address (line 19): 127.0.0.1:25 stands in listen[1] already; take another port",
    ),
    "mail and HTTP on a port": (
        '[http]\nlisten = "127.0.0.1:2525"\n',
        "http.listen (line 17): 127.0.0.1:2525 is a listener for mail already; take another port",
    ),
    "network with bits behind the prefix": (
        '[[listen]]\ntrusted_networks = ["10.0.0.1/8"]\n',
        (
            "listen[1].trusted_networks[1] (line 17): '10.0.0.1/8' is no network; write it such as "
            '"10.0.0.0/8", "192.0.2.7" or "2001:db8::/32" (no bits set behind the prefix)'
        ),
    ),
    "TLS without certificate": (
        '[[listen]]\ntls = "implicit"\nkey = "/etc/hostname"\n',
        'listen[1].tls (line 17): "implicit" needs a certificate and a key; add certificate',
    ),
    "no address": (
        '[[address]]\naddress = "sales"\n',
        "address[2].address (line 17): 'sales' is no address: an address has the form name@domain",
    ),
    "address twice": (
        '[[address]]\naddress = "Support@acme.example"\n',
        (
            "address[2].address (line 17): Support@acme.example stands in address[1] already; "
            "write each address once"
        ),
    ),
    "support address of an agent": (
        '[[agent]]\naddress = "support@acme.example"\nname = "S"\n',
        (
            "agent[2].address (line 17): support@acme.example stands in address[1] already; write "
            "each address once"
        ),
    ),
    "second mailbox of two agents": (
        '[[agent]]\naddress = "bob@acme.example"\nname = "Bob"\nalso = ["alice@acme.example"]\n',
        (
            "agent[2].also[1] (line 19): alice@acme.example stands in agent[1] already; write each "
            "address once"
        ),
    ),
    "agent behind a support address": (
        '[[agent]]\naddress = "support+bob@acme.example"\nname = "Bob"\n',
        (
            "agent[2].address (line 17): mail to support+bob@acme.example comes to the support "
            "address support@acme.example; give the agent's own mailbox"
        ),
    ),
    "localpart without room for tokens": (
        '[[address]]\naddress = "customer-support-and-returns-eu@acme.example"\n',
        (
            "address[2].address (line 17): the localpart has 31 characters, at most 30 leave room "
            "for reply tokens; use a shorter alias as the support address"
        ),
    ),
    "support address in quotes": (
        "[[address]]\naddress = '\"help desk\"@acme.example'\n",
        (
            "address[2].address (line 17): a support address needs no quotes: reply tokens go "
            "behind it; use another"
        ),
    ),
    "subaddress as support address": (
        '[[address]]\naddress = "help+eu@acme.example"\n',
        (
            "address[2].address (line 17): a support address has no + in it: reply tokens go "
            "behind one; leave it out"
        ),
    ),
    "group that is not there": (
        '[[address]]\naddress = "sales@acme.example"\ngroup = "suport"\n',
        (
            'address[2].group (line 18): there is no group "suport" (did you mean "support"?); '
            "name a [[group]] or add it"
        ),
    ),
    "member who is no agent": (
        '[[group]]\nname = "sales"\nmembers = ["alice@acme.example", "eve@acme.example"]\n',
        (
            "group[2].members[2] (line 18): there is no agent eve@acme.example; add an [[agent]] "
            "with this address"
        ),
    ),
    "group twice": (
        '[[group]]\nname = "support"\n',
        'group[2].name (line 17): "support" is the name of another [[group]]; rename one',
    ),
    "mailbox of no support address": (
        (
            '[[mailbox]]\nname = "m"\nhost = "imap.acme.example"\nusername = "u"\n'
            'password_file = "/etc/hostname"\naddress = "sales@acme.example"\n'
        ),
        (
            "mailbox[1].address (line 21): sales@acme.example is no support address; add an "
            "[[address]] for it"
        ),
    ),
    "mailbox without a login": (
        (
            '[[mailbox]]\nname = "m"\nhost = "imap.acme.example"\nusername = "u"\n'
            'address = "support@acme.example"\n'
        ),
        "mailbox[1] (line 16): needs either password_file or oauth2; write exactly one of them",
    ),
    "other blobs": (
        '[store]\nblobs = "s3://bucket"\n',
        'store.blobs (line 17): "s3://bucket" is not supported by this version; write "database"',
    ),
    "other database": (
        '[store]\nurl = "mysql://localhost/x"\n',
        (
            "store.url (line 17): no database that mailgate knows; write sqlite:///PATH or "
            "postgresql://USER:PASSWORD@HOST/NAME"
        ),
    ),
    "port that is none": (
        '[store]\nurl = "postgresql://db:port/mailgate"\n',
        (
            "store.url (line 17): no database that mailgate knows; write sqlite:///PATH or "
            "postgresql://USER:PASSWORD@HOST/NAME"
        ),
    ),
    "other transport": (
        '[outbound]\ntransport = "uucp"\n',
        (
            "outbound.transport (line 17): 'uucp' is none of its values; write 'maildir', 'smtp' "
            "or 'mx'"
        ),
    ),
    "user without password": (
        '[outbound.smarthost]\nusername = "u"\n',
        (
            "outbound.smarthost (line 16): has a username and nothing to log in with; write "
            "password_file or oauth2, or leave username out"
        ),
    ),
    "password without a user": (
        '[[smarthost]]\nname = "n"\nhost = "127.0.0.1"\npassword_file = "/etc/hostname"\n',
        ("smarthost[1] (line 16): has password_file and no username; write the login as username"),
    ),
    "token without a user": (
        f'[[smarthost]]\nname = "n"\nhost = "127.0.0.1"\n{OAUTH2}',
        "smarthost[1] (line 16): has oauth2 and no username; write the login as username",
    ),
    "password and token": (
        (
            '[[smarthost]]\nname = "n"\ntls = "implicit"\nhost = "relay.example"\n'
            f'username = "u"\npassword_file = "/etc/hostname"\n{OAUTH2}'
        ),
        "smarthost[1] (line 16): has both password_file and oauth2; leave one of them out",
    ),
    "token in clear": (
        f'[[smarthost]]\nname = "n"\nhost = "relay.example"\nusername = "u"\n{OAUTH2}',
        (
            "smarthost[1].tls (line 16): a password would go over the network in clear; "
            'write "starttls" or "implicit"'
        ),
    ),
    "unreadable token": (
        (
            '[[smarthost]]\nname = "n"\nusername = "u"\n'
            f"{OAUTH2.replace('/dev/null', '/nonexistent/token')}"
        ),
        (
            "smarthost[1].oauth2.refresh_token_file (line 19): cannot read /nonexistent/token: No "
            "such file or directory; make the file, or let mailgate's user read it"
        ),
    ),
    "smarthost twice": (
        '[[smarthost]]\nname = "n"\n[[smarthost]]\nname = "n"\n',
        'smarthost[2].name (line 19): "n" is the name of another [[smarthost]]; rename one',
    ),
    "smarthost that is none": (
        (
            '[[smarthost]]\nname = "naver"\n'
            '[[address]]\naddress = "shop@acme.example"\nname = "S"\nsmarthost = "navr"\n'
        ),
        (
            'address[2].smarthost (line 21): there is no smarthost "navr" (did you mean '
            '"naver"?); name a [[smarthost]] or add it'
        ),
    ),
    "password in clear": (
        (
            '[outbound.smarthost]\nhost = "relay.example"\nusername = "u"\n'
            'password_file = "/etc/hostname"\n'
        ),
        (
            "outbound.smarthost.tls (line 16): a password would go over the network in clear; "
            'write "starttls" or "implicit"'
        ),
    ),
    "unreadable secret": (
        (
            '[outbound.smarthost]\nhost = "127.0.0.1"\nusername = "u"\n'
            'password_file = "/nonexistent/password"\n'
        ),
        (
            "outbound.smarthost.password_file (line 19): cannot read /nonexistent/password: No "
            "such file or directory; make the file, or let mailgate's user read it"
        ),
    ),
    "a domain in two destinations": (
        (
            '[[destination]]\ndomains = ["a.example"]\npace = "1/min"\n'
            '[[destination]]\ndomains = ["b.example", "A.example"]\n'
        ),
        (
            "destination[2].domains[2] (line 20): a.example stands in destination[1] already; "
            "leave one of them out"
        ),
    ),
    "a destination that is no domain": (
        '[[destination]]\ndomains = ["a.example", "a_b.example"]\n',
        (
            "destination[1].domains[2] (line 17): 'a_b.example' is no domain; write one such as "
            '"example.com"'
        ),
    ),
    "table in a table": (
        "[gateway.x]\n",
        (
            "gateway.x (line 16): unknown key; known here are hostname, data_dir, secret_file, "
            "locale, timezone, subject_prefix, templates, free_recipients, agents_may_start"
        ),
    ),
    "what becomes of a mail": (
        (
            '[[mailbox]]\nname = "m"\nhost = "h"\nusername = "u"\npassword_file = "/etc/hostname"\n'
            'address = "support@acme.example"\nafter = "move"\n'
        ),
        (
            "mailbox[1].after (line 22): 'move' is nothing that becomes of a mail; write "
            '"seen", "delete" or "move:FOLDER" with the folder to move it to'
        ),
    ),
}


@pytest.mark.parametrize(("added", "line"), ADDED.values(), ids=ADDED.keys())
def test_a_mistake_is_one_line_with_file_key_and_line(
    added: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A secret that everybody can reach is a mistake of its own, tested below.
    monkeypatch.setattr("mailgate.settings.files.secret_trouble", lambda file: None)
    assert mistakes(GOOD + added) == (f"m.toml: {line}",)


IN_GATEWAY = {
    "no time zone": (
        'timezone = "Mars/Olympus"',
        (
            "gateway.timezone (line 2): 'Mars/Olympus' is no time zone of this machine; write a "
            'name such as "Asia/Seoul"'
        ),
    ),
    "prefix with a hyphen": (
        'subject_prefix = "a-1"',
        (
            "gateway.subject_prefix (line 2): 'a-1' has characters that do not go here; it must "
            "match ^([A-Za-z][A-Za-z0-9]{0,19})?$"
        ),
    ),
    "other language": (
        'locale = "kr"',
        "gateway.locale (line 2): 'kr' is none of its values; write 'en' or 'ko'",
    ),
    "folder of templates that is not there": (
        'templates = "etc/nowhere"',
        (
            "gateway.templates (line 2): there is no folder etc/nowhere; make it, or correct the "
            "path"
        ),
    ),
    "empty path": (
        'secret_file = ""',
        "gateway.secret_file (line 2): '' is no path; write one such as \"var/secret.key\"",
    ),
}


@pytest.mark.parametrize(("added", "line"), IN_GATEWAY.values(), ids=IN_GATEWAY.keys())
def test_a_mistake_in_gateway_is_one_line(added: str, line: str) -> None:
    text = GOOD.replace("[gateway]\n", f"[gateway]\n{added}\n")
    assert mistakes(text) == (f"m.toml: {line}",)


def test_the_host_name_must_be_one() -> None:
    assert mistakes(GOOD.replace("mail.acme.example", "mail acme")) == (
        (
            "m.toml: gateway.hostname (line 2): 'mail acme' is no host name; write a full one such "
            'as "mail.example.com"'
        ),
    )


def test_every_mistake_is_named_in_the_order_of_the_file() -> None:
    lines = mistakes(GOOD + '[agents]\nreply_is = 1\n[loops]\nhop = 1\n[log]\nlevel = "loud"\n')
    assert [line.split(":")[1].strip() for line in lines] == [
        "agents.reply_is (line 17)",
        "loops.hop (line 19)",
        "log.level (line 21)",
    ]


QUOTED = '[[agent]]\naddress = \'"bob lee"@acme.example\'\nname = "Bob"\n'


def test_what_people_type_is_read_by_a_second_reader_when_asked() -> None:
    """RFC 5321 allows it and nobody means it: `check-config` asks flanker, `serve` does not."""
    settings.parse((GOOD + QUOTED).encode(), source="m.toml")
    with pytest.raises(SettingsError) as caught:
        settings.parse((GOOD + QUOTED).encode(), source="m.toml", typed=True)
    (line,) = caught.value.lines
    assert line.startswith('m.toml: agent[2].address (line 17): "bob lee"@acme.example is not')


def test_the_daemon_does_not_load_flanker() -> None:
    """It costs 22 MB."""
    code = (
        "import sys; from mailgate.settings.example import demo; demo(); "
        "sys.exit(any(name.startswith('flanker') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_is_no_toml_is_named_by_its_line() -> None:
    assert mistakes("[gateway]\nhostname = mail\n") == (
        "m.toml: not TOML: Invalid value (at line 2, column 12); correct that line first",
    )


def test_what_is_no_utf8_is_said() -> None:
    with pytest.raises(SettingsError) as caught:
        settings.parse(b'[gateway]\nhostname = "\xc7\xd1"\n', source="m.toml")
    assert caught.value.lines == ("m.toml: not UTF-8 (byte 22); save it as UTF-8",)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load(tmp_path / "none.toml")
    assert caught.value.lines == (
        (
            f"{tmp_path}/none.toml: cannot be read: No such file or directory; name the settings "
            "file with --config"
        ),
    )


def test_a_password_that_everybody_can_read_is_a_mistake(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2")
    secret.chmod(0o644)
    added = f'[outbound.smarthost]\nusername = "u"\npassword_file = "{secret}"\n'
    assert mistakes(GOOD + added) == (
        (
            f"m.toml: outbound.smarthost.password_file (line 18): {secret} is a secret that "
            f"everybody can reach (mode 0644); run chmod o= {secret}"
        ),
    )


def test_a_password_for_the_group_alone_is_fine(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2")
    secret.chmod(0o640)
    added = f'[outbound.smarthost]\nusername = "u"\npassword_file = "{secret}"\n'
    settings.parse((GOOD + added).encode(), source="m.toml")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"p\xe4ss\n", "is no UTF-8; write the password as UTF-8"),
        (b" \n", "is empty; write the password into it"),
        (b"one\ntwo\n", "has more than one line; leave nothing but the password"),
    ],
)
def test_a_file_that_holds_no_password_is_a_mistake(
    tmp_path: Path, content: bytes, what: str
) -> None:
    secret = tmp_path / "password"
    secret.write_bytes(content)
    secret.chmod(0o600)
    added = f'[outbound.smarthost]\nusername = "u"\npassword_file = "{secret}"\n'
    assert mistakes(GOOD + added) == (
        f"m.toml: outbound.smarthost.password_file (line 18): {secret} {what}",
    )
    with pytest.raises(OSError, match=r"password has|password is") as caught:
        read_password(secret)
    assert str(caught.value) == f"{secret} {what}"


def test_a_password_is_the_line_of_its_file(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_bytes("비밀 7\r\n".encode())
    assert read_password(secret) == "비밀 7"


def test_a_file_without_certificates_is_a_mistake(tmp_path: Path) -> None:
    authorities = tmp_path / "ca.pem"
    authorities.write_text("no certificate")
    where = f'host = "relay.example"\nca_file = "{authorities}"\n'
    assert mistakes(f'{GOOD}[[smarthost]]\nname = "n"\n{where}') == (
        (
            f"m.toml: smarthost[1].ca_file (line 19): {authorities} holds no certificate; write "
            "PEM (BEGIN CERTIFICATE) into it"
        ),
    )
    trustme.CA().cert_pem.write_to_path(str(authorities))
    settings.parse(f'{GOOD}[[smarthost]]\nname = "n"\n{where}'.encode(), source="m.toml")


@pytest.mark.parametrize("url", ["http://oauth2.example/token", "oauth2.example/token", "https://"])
def test_a_secret_is_not_posted_in_clear(url: str) -> None:
    oauth2 = OAUTH2.replace("https://oauth2.example/token", url)
    added = f'[[smarthost]]\nname = "n"\nhost = "127.0.0.1"\nusername = "u"\n{oauth2}'
    lines = [line for line in mistakes(GOOD + added) if "token_url" in line]
    assert lines == [
        (
            "m.toml: smarthost[1].oauth2.token_url (line 20): is no https:// address; write the "
            "provider's"
        )
    ]


def test_no_mistake_repeats_the_password_of_the_store() -> None:
    text = GOOD + '[store]\nurl = "postgres://mailgate:hunter2@db/mailgate"\n'
    assert not any("hunter2" in line for line in mistakes(text))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('text = """\n[not.a.table]\nkey = 1\n"""\n[loops]\nx = 1\n', 6),
        ('list = [\n  "a", # ]\n  "b]",\n]\n[loops]\nx = 1\n', 6),
        ("loops.x = 1\n", 1),
        ('"loops" . x = 1\n', 1),
        ("loops = { hop_limit = 5, x = 1 }\n", 1),
    ],
    ids=["text over lines", "list over lines", "dotted key", "quoted key", "inline table"],
)
def test_the_line_is_right_however_the_file_is_written(text: str, line: int) -> None:
    assert any(f": loops.x (line {line}): unknown key" in each for each in mistakes(text))
