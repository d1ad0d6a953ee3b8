"""What became of old mail, counted."""

from dataclasses import dataclass, field
from enum import StrEnum

SHOWN = 3
"""Names of each reason that are kept."""


class LeftOut(StrEnum):
    """Why something was not put in. The values stand in `--json`."""

    NO_MAIL = "no_mail"
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    LINK = "link_to_folder"
    UNSENT = "draft_junk_or_deleted"
    TOO_LARGE = "too_large"
    NO_SUPPORT_ADDRESS = "no_support_address"
    NOBODY_OUTSIDE = "nobody_outside"
    AUTOMATIC_ALONE = "automatic_alone"
    NOT_UNDERSTOOD = "not_understood"
    NOT_STORED = "not_stored"


SENTENCES = {
    LeftOut.NO_MAIL: "no mail",
    LeftOut.EMPTY: "empty",
    LeftOut.UNREADABLE: "could not be read",
    LeftOut.LINK: "a link to a folder, or out of the one that is read: not followed",
    LeftOut.UNSENT: "drafts, junk or deleted mail; name their folder to put them in",
    LeftOut.TOO_LARGE: "larger than 256 MB",
    LeftOut.NO_SUPPORT_ADDRESS: "no support address of ours in it: use --rcpt",
    LeftOut.NOBODY_OUTSIDE: "among ourselves: nobody outside wrote it or got it",
    LeftOut.AUTOMATIC_ALONE: "a bounce or an automatic answer to a mail that is not here",
    LeftOut.NOT_UNDERSTOOD: "made the parser fail: a mistake of mailgate, please report it",
    LeftOut.NOT_STORED: "could not be stored",
}


@dataclass(slots=True)
class Summary:
    """The count of one run. `read` is every message that was found; each of them is in
    `imported`, `already_there` or one of `left_out`. Files that are no mail are
    in `left_out` too, and not in `read`."""

    read: int = 0
    imported: int = 0
    already_there: int = 0
    tickets_new: int = 0
    tickets_extended: int = 0
    left_out: dict[LeftOut, int] = field(default_factory=dict)
    named: dict[LeftOut, list[str]] = field(default_factory=dict)

    def leave(self, why: LeftOut, name: str) -> None:
        """Counts one that was left out; the first few are named."""
        self.left_out[why] = self.left_out.get(why, 0) + 1
        names = self.named.setdefault(why, [])
        if len(names) < SHOWN:
            names.append(name)
