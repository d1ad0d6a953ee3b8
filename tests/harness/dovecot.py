"""A real Dovecot of Debian's package, with folders, ports and processes of its own.

It needs no root and touches nothing outside its folder; the system's own Dovecot may run beside
it. Mailboxes are Maildirs, so that a test can deliver thousands of messages in a second, as
Dovecot's own deliveries do it: a file that is renamed into `new`. Folders are made and read by
IMAP, with the standard library's client.
"""

import grp
import imaplib
import json
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import trustme

from tests.harness.ports import free_ports, listens
from tests.harness.servers import program
from tests.harness.waiting import until

CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/run
instance_name = {name}
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
mail_location = maildir:{folder}/mail/%u:LAYOUT=fs
mail_uid = {owner}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
ssl = yes
ssl_cert = <{folder}/chain.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
auth_cache_size = 0
maildir_very_dirty_syncs = no
mail_max_userip_connections = 100
namespace inbox {{
  inbox = yes
  separator = /
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/home/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
}}
{more}
"""

PASSWORD = "correct horse"


class Dovecot:
    """A server that can be started, stopped, killed and frozen as often as a test likes.

    `port` speaks plain IMAP with STARTTLS, `tls_port` implicit TLS with a certificate for
    `localhost` from `ca_file`. Every user has the password PASSWORD.
    """

    def __init__(self, folder: Path, users: Iterable[str], *, more: str = "") -> None:
        self.folder = folder
        self.port, self.tls_port = free_ports(2)
        self.users = tuple(users)
        self._process: subprocess.Popen[bytes] | None = None
        self._serial = 0
        self._configure(more)

    # --- the server --------------------------------------------------------------------------

    def start(self) -> None:
        """Starts it and waits until it listens. It ends with the thread that started it."""
        with (self.folder / "errors").open("ab") as errors:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig=TERM", program("dovecot"), "-F", "-c", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )
        until("Dovecot listens", self._listens)

    def stop(self) -> None:
        """SIGTERM: every client is told BYE and thrown out."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL of master and children: connections end without a word."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Every process stops where it is: connections stay open and nobody answers."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def log(self) -> str:
        found = [self.folder / name for name in ("errors", "log")]
        return "\n".join(path.read_text(errors="replace") for path in found if path.exists())

    def settings(
        self, user: str, *, name: str = "support", password: str = PASSWORD, **more: object
    ) -> str:
        """A `[[mailbox]]` for mailgate's configuration: plain IMAP, a quick time-out. `more` are
        settings of its own, as TOML values of Python's kind."""
        secret = self.folder / f"password-{name}"
        secret.write_text(password)
        secret.chmod(0o600)
        given: dict[str, object] = {
            "name": name,
            "host": "127.0.0.1",
            "port": self.port,
            "tls": "none",
            "username": user,
            "password_file": str(secret),
            "address": "support@acme.example",
            "since": "all",
            "poll_interval": "2s",
            "timeout": "2s",
            **more,
        }
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in given.items()]
        return "\n".join(["[[mailbox]]", *lines, ""])

    @property
    def config(self) -> Path:
        return self.folder / "dovecot.conf"

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    # --- mailboxes ---------------------------------------------------------------------------

    def deliver(
        self,
        user: str,
        contents: Iterable[bytes],
        *,
        folder: str = "INBOX",
        at: datetime | None = None,
    ) -> None:
        """Puts messages into a folder as a local delivery does; `at` is their INTERNALDATE, now
        without. CRLF becomes LF on disk, and Dovecot sends CRLF."""
        place = self._maildir(user, folder)
        for part in ("tmp", "new", "cur"):
            self._make(place / part)
        identity = place.stat()
        for content in contents:
            self._serial += 1
            name = f"{1_700_000_000 + self._serial}.M{self._serial}P{os.getpid()}.localhost"
            draft = place / "tmp" / name
            draft.write_bytes(content.replace(b"\r\n", b"\n"))
            if at is not None:
                os.utime(draft, (at.timestamp(), at.timestamp()))
            if os.geteuid() == 0:
                os.chown(draft, identity.st_uid, identity.st_gid)
            draft.rename(place / "new" / name)

    @contextmanager
    def client(self, user: str, *, folder: str | None = "INBOX") -> Iterator[imaplib.IMAP4]:
        """Another client of the same mailbox, logged in and with `folder` selected."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=20) as client:
            client.login(user, PASSWORD)
            if folder is not None:
                answered(client.select(mailbox(folder)))
            yield client

    def make_folder(self, user: str, folder: str) -> None:
        with self.client(user, folder=None) as client:
            answered(client.create(mailbox(folder)))

    def flags(self, user: str, folder: str = "INBOX") -> dict[int, str]:
        """Flags as they stand there, by UID."""
        with self.client(user, folder=folder) as client:
            found = answered(client.uid("FETCH", "1:*", "(UID FLAGS)"))
        told: dict[int, str] = {}
        for line in found:
            if isinstance(line, bytes):
                inner = line.decode().partition("(")[2]
                words = inner.replace("(", " ").replace(")", " ").split()
                uid = int(words[words.index("UID") + 1])
                told[uid] = " ".join(word for word in words if word.startswith("\\"))
        return told

    def count(self, user: str, folder: str = "INBOX") -> int:
        with self.client(user, folder=None) as client:
            found = answered(client.select(mailbox(folder), readonly=True))
        return int(found[0] or b"0")

    def uidvalidity(self, user: str, folder: str = "INBOX") -> int:
        with self.client(user, folder=folder) as client:
            return int(client.response("UIDVALIDITY")[1][0])

    def begin_anew(self, user: str, folder: str = "INBOX") -> None:
        """What a restored backup does: the folder has another UIDVALIDITY and every message
        another UID. The server is restarted."""
        before = self.uidvalidity(user, folder)
        self.stop()
        place = self._maildir(user, folder)
        for path in place.glob("dovecot*"):
            path.unlink()
        self.start()
        until("another UIDVALIDITY", lambda: self.uidvalidity(user, folder) != before)

    # --- within ------------------------------------------------------------------------------

    def _configure(self, more: str) -> None:
        owner, group = self._owner()
        root = os.geteuid() == 0
        authority = trustme.CA()
        certificate = authority.issue_cert("localhost", "127.0.0.1")
        authority.cert_pem.write_to_path(self.ca_file)
        certificate.private_key_pem.write_to_path(self.folder / "key.pem")
        for pem in certificate.cert_chain_pems:
            pem.write_to_path(self.folder / "chain.pem", append=True)
        for name in ("mail", "home", "run"):
            self._make(self.folder / name)
        (self.folder / "users").write_text(
            "".join(f"{user}:{{PLAIN}}{PASSWORD}\n" for user in self.users)
        )
        (self.folder / "users").chmod(0o644)
        self.config.write_text(
            CONFIG.format(
                folder=self.folder,
                name=self.folder.name,
                owner=owner,
                group=group,
                internal="dovecot" if root else owner,
                internal_group="dovecot" if root else group,
                login="dovenull" if root else owner,
                port=self.port,
                tls_port=self.tls_port,
                more=more,
            )
        )

    def _owner(self) -> tuple[str, str]:
        """Whose the mail is: Dovecot gives root's to nobody."""
        if os.geteuid() == 0:
            return "nobody", "nogroup"
        user = pwd.getpwuid(os.geteuid())
        return user.pw_name, grp.getgrgid(user.pw_gid).gr_name

    def _make(self, folder: Path) -> None:
        missing = [place for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0 and folder.name != "run":
            for place in missing:
                shutil.chown(place, *self._owner())

    def _maildir(self, user: str, folder: str) -> Path:
        place = self.folder / "mail" / user
        return place if folder == "INBOX" else place / utf7(folder)

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"Dovecot ended:\n{self.log()}"
        return listens(self.port) and listens(self.tls_port)

    def _signal_all(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _end(self, number: signal.Signals) -> None:
        """Master and children are in the session that was made for them."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGCONT)
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        until("Dovecot's ports are free", lambda: not listens(self.port))


@contextmanager
def running_dovecot(*users: str, more: str = "") -> Iterator[Dovecot]:
    """A started server with these users, gone afterwards. `more` is configuration of its own."""
    # Not below pytest's folder: its users must get in, and a socket's path has 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="mg-dovecot-"))
    folder.chmod(0o755)
    try:
        server = Dovecot(folder, users or ("support@acme.example",), more=more)
        server.start()
        try:
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# --- IMAP in so far as the standard library does not speak it --------------------------------


def answered(reply: tuple[str, list[Any]]) -> list[Any]:
    """The data of an OK; AssertionError for NO."""
    kind, data = reply
    assert kind == "OK", data
    return data


def utf7(name: str) -> str:
    """A folder's name as it goes over the wire (RFC 3501 §5.1.3)."""
    told, run = "", ""
    for character in [*name, ""]:
        if character and not " " <= character <= "~":
            run += character
            continue
        if run:
            coded = b64encode(run.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
            told, run = f"{told}&{coded}-", ""
        told += "&-" if character == "&" else character
    return told


def mailbox(name: str) -> str:
    """A folder's name as an argument of a command."""
    quoted = utf7(name).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


class IdlingClient:
    """A second client that idles in the same folder: it says when the server announces."""

    def __init__(self, server: Dovecot, user: str, folder: str = "INBOX") -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        self._lines = self._socket.makefile("rb")
        self._lines.readline()
        self._tell(f'a LOGIN "{user}" "{PASSWORD}"', until_=b"a OK")
        self._tell(f"b SELECT {mailbox(folder)}", until_=b"b OK")
        self._tell("c IDLE", until_=b"+ ")

    def wait_for_exists(self) -> int:
        """Blocks until the server says how many messages there are now."""
        while True:
            words = self._lines.readline().split()
            assert words, "the server hung up"
            if len(words) == 3 and words[2] == b"EXISTS":
                return int(words[1])

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def _tell(self, line: str, *, until_: bytes) -> None:
        self._socket.sendall(f"{line}\r\n".encode())
        while True:
            answer = self._lines.readline()
            assert answer, "the server hung up"
            assert not answer.startswith((b"a NO", b"b NO", b"a BAD", b"b BAD")), answer
            if answer.startswith(until_):
                return


def trusting(server: Dovecot) -> ssl.SSLContext:
    """A TLS context that trusts the server's certificate."""
    return ssl.create_default_context(cafile=str(server.ca_file))
