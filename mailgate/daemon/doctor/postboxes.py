"""The IMAP mailboxes: does the server let us in, is the folder there, what is in it?"""

import asyncio
from dataclasses import replace

from mailgate.clock import Clock
from mailgate.daemon.doctor.findings import Finding, counted, fail, ok, warn
from mailgate.daemon.mailboxes import account, since
from mailgate.daemon.oauth import can_replace
from mailgate.ingest.imap.looking import first_look
from mailgate.ingest.imap.oauth import MailboxTokens
from mailgate.ingest.imap.opening import open_session
from mailgate.ingest.imap.plan import FirstLook
from mailgate.ingest.imap.session import Account, ImapError, ImapTrouble
from mailgate.ingest.imap.spec import Delete, MarkSeen, MoveTo, after
from mailgate.oauth.grant import OAuth2
from mailgate.settings.mailboxes import MailboxSettings

_HELP = {
    ImapTrouble.LOGIN_REFUSED: "correct username and password; many providers want an app password",
    ImapTrouble.UNREACHABLE: "see host and port, and that it can be reached from here",
    ImapTrouble.TIMEOUT: "see host and port, and that it can be reached from here",
    ImapTrouble.PROTOCOL: "see that an IMAP server listens there, and `tls`",
    ImapTrouble.GONE: "correct `folder`, as the provider's webmail shows it",
    ImapTrouble.TLS: "see `tls` and `ca_file`, and that `host` is the name in its certificate",
    ImapTrouble.THROTTLED: "wait: the provider limits how often we may ask",
    ImapTrouble.BYE: "wait, and ask the provider if it stays so",
}


async def check_mailbox(
    mailbox: MailboxSettings, clock: Clock, tokens: MailboxTokens, *, seconds: float
) -> list[Finding]:
    """One `[[mailbox]]`. Nothing in it is changed."""
    subject = f"mailbox {mailbox.name}"
    place = account(mailbox)
    if isinstance(place.credentials, OAuth2) and not can_replace(place.credentials):
        file = place.credentials.refresh_token_file
        text = f"not looked at: a new token could not be put into {file}"
        return [warn(subject, text, "call the doctor as the user that mailgate runs as")]
    try:
        async with asyncio.timeout(seconds):
            session = await open_session(place, clock=clock, tokens=tokens)
            try:
                look = await first_look(session, since(mailbox), clock.now())
            finally:
                await session.close()
            if (aside := await _aside(mailbox, place, clock, tokens)) is not None:
                return [judge_aside(subject, mailbox, aside)]
    except ImapError as error:
        return [judge_trouble(subject, error)]
    except TimeoutError:
        text = f"{mailbox.host} did not say all that we asked in {seconds:.0f} s"
        return [warn(subject, text, "try again; if it stays so, see how large the folder is")]
    return [judge_look(subject, mailbox, look)]


async def _aside(
    mailbox: MailboxSettings, place: Account, clock: Clock, tokens: MailboxTokens
) -> ImapError | None:
    """What is wrong with the folder that mail is moved to."""
    match after(mailbox.after):
        case MoveTo(folder):
            try:
                there = await open_session(
                    replace(place, folder=folder), clock=clock, tokens=tokens
                )
                try:
                    await there.select()
                finally:
                    await there.close()
            except ImapError as error:
                if error.kind in {ImapTrouble.GONE, ImapTrouble.REFUSED}:
                    return error
        case MarkSeen() | Delete():
            pass
    return None


def judge_aside(subject: str, mailbox: MailboxSettings, error: ImapError) -> Finding:
    folder = mailbox.after.partition(":")[2]
    return fail(
        subject,
        f"mail is taken, but cannot be moved: {error}",
        f"make the folder {folder}, or correct `after`",
    )


def judge_trouble(subject: str, error: ImapError) -> Finding:
    """The sentence ends with what the daemon advises; the doctor says more where it can, and
    nothing twice."""
    told, _, advice = str(error).rpartition("; ")
    if not told:
        return fail(subject, advice, "correct it, and ask again")
    return fail(subject, told, _HELP.get(error.kind, advice))


def judge_look(subject: str, mailbox: MailboxSettings, look: FirstLook) -> Finding:
    began = "all of it" if look.since is None else f"since {look.since:%Y-%m-%d %H:%M} UTC"
    return ok(
        subject,
        f"logged in as {mailbox.username}; {mailbox.folder} has {counted(look.of, 'message')}, "
        f"a first look takes {look.would_take} ({began}), then {mailbox.after}",
    )
