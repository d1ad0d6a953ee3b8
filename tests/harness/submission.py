"""A real Postfix as a provider runs it: mail is taken over TLS, from those who log in.

Passwords are Dovecot's to check (SASL), as in most such set-ups; both are Debian's packages.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.harness.dovecot import PASSWORD, running_dovecot
from tests.harness.ports import free_ports
from tests.harness.postfix import Postfix, Transports, running_postfix

USER = "acme"

_SASL = """\
auth_mechanisms = plain login
service auth {{
  inet_listener sasl {{
    address = 127.0.0.1
    port = {port}
  }}
}}
"""

_POSTFIX = """\
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = {folder}/chain.pem
smtpd_tls_loglevel = 1
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{sasl}
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
"""

_TLS = "tlsmgr unix - - n 1000? 1 tlsmgr\n"


@dataclass(frozen=True, slots=True)
class Submission:
    """It asks for STARTTLS and for a login by USER with PASSWORD."""

    postfix: Postfix
    folder: Path

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    def settings(self, name: str, *, password: str = PASSWORD) -> str:
        """A `[[smarthost]]` for mailgate's configuration."""
        secret = self.folder / f"password-{name}"
        secret.write_text(password)
        secret.chmod(0o600)
        return (
            f'[[smarthost]]\nname = "{name}"\nhost = "127.0.0.1"\nport = {self.postfix.port}\n'
            f'tls = "starttls"\nca_file = "{self.ca_file}"\n'
            f'username = "{USER}"\npassword_file = "{secret}"\n'
        )


@contextmanager
def running_submission(*mailboxes: str) -> Iterator[Submission]:
    """It delivers to these mailboxes, and knows no other address of their domains."""
    port, sasl = free_ports(2)
    folder = Path(tempfile.mkdtemp(prefix="mailgate-submission-"))
    folder.chmod(0o755)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        str(folder / "chain.pem")
    )
    more = _POSTFIX.format(folder=folder, sasl=sasl)
    try:
        with (
            running_dovecot(USER, more=_SASL.format(port=sasl)),
            running_postfix(
                port, mailboxes=[*mailboxes], routes={}, transports=Transports(_TLS), more=more
            ) as postfix,
        ):
            yield Submission(postfix, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
