"""A real Postfix of Debian's package, with folders, ports and processes of its own.

It is the mail system around the gateway: it relays the support addresses to the gateway over
SMTP, takes the gateway's outbound mail as its smarthost, and delivers to the mailboxes of
agents and customers, which are Maildirs. It needs root (Postfix changes to its own users) and
touches nothing outside its folder; the system's own Postfix may run beside it.
"""

import os
import pwd
import shutil
import signal
import smtplib
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.mailbox import Mailbox
from tests.harness.ports import listens
from tests.harness.servers import program
from tests.harness.waiting import until

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
"""

# Seconds instead of minutes between tries, no DNS, no TLS: loopback alone.
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.acme.example
mydestination =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
recipient_delimiter = +
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_peername_lookup = no
smtp_tls_security_level = none
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
default_destination_concurrency_failed_cohort_limit = 0
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = texthash:{folder}/mailboxes
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
transport_maps = texthash:{folder}/transport
{more}
"""


@dataclass(frozen=True, slots=True)
class Postfix:
    folder: Path
    port: int

    def mailbox(self, address: str) -> Mailbox:
        return Mailbox(self.folder / "mail" / address)

    def submit(self, sender: str, recipients: list[str], content: bytes) -> None:
        """Hands it a mail, as a person's mail client does. 8-bit content goes as 8BITMIME."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as client:
            refused = client.sendmail(sender, recipients, content, mail_options=["BODY=8BITMIME"])
        assert not refused, refused

    def log(self) -> str:
        path = self.folder / "mail.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def flush(self) -> None:
        """Has it try what is deferred now: it leaves out what it looks at too soon."""
        subprocess.run(
            [program("postqueue"), "-c", str(self.folder / "config"), "-f"],
            check=True,
            capture_output=True,
        )

    def waiting(self) -> int:
        """How many mails are in its queue, for whatever reason."""
        places = ("incoming", "active", "deferred", "maildrop", "hold")
        return sum(
            1
            for place in places
            for path in (self.folder / "queue" / place).rglob("*")
            if path.is_file()
        )


@dataclass(frozen=True, slots=True)
class Transports:
    """Ways of delivery of a test's own: services in master.cf, and which addresses (with any
    subaddress) go by which of them (`relay:[host]:port`, `name:`)."""

    master: str = ""
    by_address: dict[str, str] = field(default_factory=dict)


def _configure(
    folder: Path, port: int, mailboxes: list[str], transports: Transports, more: str
) -> None:
    owner = pwd.getpwnam("nobody")
    postfix = pwd.getpwnam("postfix")
    for name in ("queue", "data", "mail", "config"):
        (folder / name).mkdir()
    os.chown(folder / "data", postfix.pw_uid, postfix.pw_gid)
    os.chown(folder / "mail", owner.pw_uid, owner.pw_gid)
    known = [*mailboxes, *transports.by_address]
    (folder / "mailboxes").write_text("".join(f"{name} {name}/\n" for name in known))
    (folder / "transport").write_text(
        "".join(f"{name} {way}\n" for name, way in transports.by_address.items())
    )
    (folder / "config" / "master.cf").write_text(MASTER.format(port=port) + transports.master)
    (folder / "config" / "main.cf").write_text(
        MAIN.format(
            folder=folder,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
            domains=", ".join(sorted({name.partition("@")[2] for name in known})),
            more=more,
        )
    )


@contextmanager
def running_postfix(
    port: int,
    *,
    mailboxes: list[str],
    routes: dict[str, int],
    transports: Transports | None = None,
    more: str = "",
) -> Iterator[Postfix]:
    """`mailboxes` are addresses delivered here, `routes` addresses (with any subaddress)
    relayed to a port on loopback. Every other address of their domains is unknown: 550."""
    own = transports or Transports()
    relayed = {name: f"smtp:[127.0.0.1]:{target}" for name, target in routes.items()}
    ways = Transports(own.master, {**relayed, **own.by_address})
    # Not below pytest's folder, which is root's alone: Postfix's users must get in.
    folder = Path(tempfile.mkdtemp(prefix="mailgate-postfix-"))
    folder.chmod(0o755)
    try:
        _configure(folder, port, mailboxes, ways, more)
        postfix = Postfix(folder, port)
        checked = subprocess.run(
            [program("postfix"), "-c", str(folder / "config"), "check"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.returncode == 0, checked.stderr + postfix.log()
        master = subprocess.Popen(
            # It must not outlive the tests that started it, however they end.
            ["setpriv", "--pdeathsig=TERM", program("master"), "-c", str(folder / "config"), "-d"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            until("Postfix listens", lambda: _listening(postfix, master))
            yield postfix
        finally:
            _stop(master)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _listening(postfix: Postfix, master: subprocess.Popen[bytes]) -> bool:
    assert master.poll() is None, f"Postfix ended:\n{postfix.log()}"
    return listens(postfix.port)


def _stop(master: subprocess.Popen[bytes]) -> None:
    """Ends master and its children: all of them are in the session that was made for it."""
    master.send_signal(signal.SIGTERM)
    try:
        master.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(master.pid, signal.SIGKILL)
        master.wait()
