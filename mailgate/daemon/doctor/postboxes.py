"""The IMAP mailboxes: does the server let us in, is the folder there, what is in it?"""

import asyncio

from mailgate.clock import Clock
from mailgate.daemon.doctor.findings import Finding, fail, ok, warn
from mailgate.daemon.mailboxes import account, since
from mailgate.ingest.imap.looking import first_look
from mailgate.ingest.imap.oauth import Tokens
from mailgate.ingest.imap.opening import open_session
from mailgate.ingest.imap.plan import FirstLook
from mailgate.ingest.imap.session import ImapError, ImapTrouble
from mailgate.settings.mailboxes import MailboxSettings

_HELP = {
    ImapTrouble.LOGIN_REFUSED: "correct username and password; many providers want an app password",
    ImapTrouble.SIGN_IN: "sign in at the provider again, and write the new refresh token",
    ImapTrouble.UNREACHABLE: "see host and port, and that it can be reached from here",
    ImapTrouble.TIMEOUT: "see host and port, and that it can be reached from here",
    ImapTrouble.PROTOCOL: "see that an IMAP server listens there, and `tls`",
    ImapTrouble.GONE: "correct `folder`, as the provider's webmail shows it",
    ImapTrouble.TLS: "see `tls` and `ca_file`, and that `host` is the name in its certificate",
    ImapTrouble.THROTTLED: "wait: the provider limits how often we may ask",
    ImapTrouble.BYE: "wait, and ask the provider if it stays so",
}


async def check_mailbox(
    mailbox: MailboxSettings, clock: Clock, tokens: Tokens, *, seconds: float
) -> list[Finding]:
    """One `[[mailbox]]`. Nothing in it is changed."""
    subject = f"mailbox {mailbox.name}"
    try:
        async with asyncio.timeout(seconds):
            session = await open_session(account(mailbox), clock=clock, tokens=tokens)
            try:
                look = await first_look(session, since(mailbox), clock.now())
            finally:
                await session.close()
    except ImapError as error:
        return [judge_trouble(subject, error)]
    except TimeoutError:
        text = f"{mailbox.host} did not say all that we asked in {seconds:.0f} s"
        return [warn(subject, text, "try again; if it stays so, see how large the folder is")]
    return [judge_look(subject, mailbox, look)]


def judge_trouble(subject: str, error: ImapError) -> Finding:
    return fail(subject, str(error), _HELP.get(error.kind, "see the sentence"))


def judge_look(subject: str, mailbox: MailboxSettings, look: FirstLook) -> Finding:
    began = "all of it" if look.since is None else f"{look.since:%Y-%m-%d %H:%M} UTC"
    return ok(
        subject,
        f"logged in as {mailbox.username}; {mailbox.folder} has {look.of} messages, a first look "
        f"takes {look.would_take} (since {began}), then {mailbox.after}",
    )
