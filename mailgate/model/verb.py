"""What an agent can tell the desk in a mail."""

from enum import StrEnum

__all__ = ["Verb"]


class Verb(StrEnum):
    """A command: a line at the top of an agent's mail that starts with `#` and this word."""

    NOTE = "note"
    """The rest of the mail is for colleagues alone."""
    CLOSE = "close"
    RESOLVE = "resolve"
    PENDING = "pending"
    OPEN = "open"
    ASSIGN = "assign"
    ME = "me"
    """The ticket is theirs who wrote it."""
    GROUP = "group"
    PRIORITY = "priority"
    TAG = "tag"
    UNTAG = "untag"
    CC = "cc"
    MERGE = "merge"
    SPAM = "spam"
    FORWARD = "forward"
    """The customer's last mail, and the rest of this one, go to somebody else."""
    NEW = "new"
    """The rest of the mail begins a conversation of its own."""
    MACRO = "macro"
    """A text that stands ready comes here."""
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
