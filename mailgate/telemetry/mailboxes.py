"""The verbs of IMAP mailboxes. What they do to the log and the metrics is `mailbox_metrics`:
commands that report to nobody are spared its libraries."""

from typing import Protocol


class MailboxFacts(Protocol):
    """What the mailboxes report."""

    def mailbox_up(self, *, mailbox: str) -> None:
        """It is connected and its folder is open: told once, until it goes down."""

    def mailbox_down(self, *, mailbox: str, kind: str, error: str, again_in: float) -> None:
        """It cannot be used; `error` is one sentence that says what to do. Told once for each
        `kind`, until it is up again: see `mailbox_still_down`."""

    def mailbox_still_down(self, *, mailbox: str, kind: str, error: str, again_in: float) -> None:
        """Another try that ended as the one before."""

    def mailbox_elsewhere(self, *, mailbox: str) -> None:
        """Another node polls it: told once."""

    def mailbox_removed(self, *, mailbox: str) -> None:
        """It is polled no more: its series end."""

    def mailbox_polled(self, *, mailbox: str, at: float) -> None:
        """The server said what is there; `at` in seconds since 1970."""

    def mailbox_looked(self, *, mailbox: str, would_take: int, of: int, since: str) -> None:
        """The first look at a folder, and what will be taken of what is in it."""

    def mailbox_began_anew(self, *, mailbox: str, would_look_at: int, of: int) -> None:
        """UIDVALIDITY has changed: messages are looked at again, those we have are known."""

    def mailbox_repeated(self, *, mailbox: str, uid: int, journal: int | None) -> None:
        """A message that this mailbox gave before: no new row was made."""

    def mailbox_skipped(self, *, mailbox: str, uid: int, reason: str, detail: str) -> None:
        """A message is not taken and stays where it is; `reason` from SKIP_REASONS."""

    def mailbox_message_failed(
        self, *, mailbox: str, uid: int, attempt: int, error: str, again_in: float
    ) -> None:
        """One message could not be fetched; the others go on."""

    def mailbox_after_failed(self, *, mailbox: str, after: str, error: str) -> None:
        """What is to become of messages that were taken could not be done: told once."""

    def mailbox_sign_in_ends(self, *, mailbox: str, error: str) -> None:
        """The token will not be renewed again, or not for long: a human must do something."""


class NullMailboxFacts:
    """None of the verbs does anything."""

    def mailbox_up(self, *, mailbox: str) -> None:
        pass

    def mailbox_down(self, *, mailbox: str, kind: str, error: str, again_in: float) -> None:
        pass

    def mailbox_still_down(self, *, mailbox: str, kind: str, error: str, again_in: float) -> None:
        pass

    def mailbox_elsewhere(self, *, mailbox: str) -> None:
        pass

    def mailbox_removed(self, *, mailbox: str) -> None:
        pass

    def mailbox_polled(self, *, mailbox: str, at: float) -> None:
        pass

    def mailbox_looked(self, *, mailbox: str, would_take: int, of: int, since: str) -> None:
        pass

    def mailbox_began_anew(self, *, mailbox: str, would_look_at: int, of: int) -> None:
        pass

    def mailbox_repeated(self, *, mailbox: str, uid: int, journal: int | None) -> None:
        pass

    def mailbox_skipped(self, *, mailbox: str, uid: int, reason: str, detail: str) -> None:
        pass

    def mailbox_message_failed(
        self, *, mailbox: str, uid: int, attempt: int, error: str, again_in: float
    ) -> None:
        pass

    def mailbox_after_failed(self, *, mailbox: str, after: str, error: str) -> None:
        pass

    def mailbox_sign_in_ends(self, *, mailbox: str, error: str) -> None:
        pass
