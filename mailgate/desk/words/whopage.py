"""The page that tells operators who gets which mail: `python -m mailgate.desk.words.whopage` prints
docs/desk-mails.md."""

import sys
from collections.abc import Iterable, Mapping, Sequence

from mailgate.desk.words.who import GETS, Happening, Party, Sends

__all__ = ["page"]

_INTRODUCTION = """\
# Who gets which mail

Made from the table in `mailgate/desk/words/who.py` (`scripts/generated.py`), the one that decides.
"""
_HAPPENINGS: Mapping[Happening, tuple[str, str]] = {
    Happening.NEW: ("new ticket", "somebody has opened a ticket by mail"),
    Happening.ANSWER: (
        "answer",
        (
            "a customer, a third party or a stranger writes on a ticket, or a machine something "
            "that may be a person's words"
        ),
    ),
    Happening.REPLY: ("reply", "one of ours answers in public; this mail is the answer"),
    Happening.NOTE: ("note", "one of ours writes for the colleagues"),
    Happening.ASSIGNED: (
        "assigned",
        "a ticket becomes an agent's; the mail has the customer's last words, and can be answered",
    ),
    Happening.HANDED_OVER: ("handed over", "a ticket becomes another group's; the same"),
    Happening.RESOLVED: ("resolved", "a ticket is resolved, and no answer goes out beside it"),
    Happening.MERGED: ("merged", "another ticket becomes part of it"),
    Happening.BOTH_ANSWERED: (
        "both answered",
        "two agents answer the same mail within ten minutes",
    ),
    Happening.OVERDUE: ("overdue", "a response time is over"),
    Happening.OVERDUE_STILL: ("still overdue", "and nothing came of telling the group"),
    Happening.SURVEYED: (
        "survey",
        "some time after a ticket was resolved or closed: how were the answers?",
    ),
    Happening.SCORED: ("scored", "a customer was not content, or says something about it"),
    Happening.RULED: ("rule", "a `[[rule]]` with `notify` matches a ticket that no mail came for"),
    Happening.FAILED: ("failed", "a mail of ours did not arrive"),
    Happening.DELAYED: ("delayed", "a mail of ours has not left for hours"),
    Happening.COMPLAINED: ("complained", "a customer calls a mail of ours spam"),
}
_PARTIES: Mapping[Party, tuple[str, str]] = {
    Party.REQUESTER: ("requester", "whose ticket it is"),
    Party.PARTICIPANTS: ("CC participants", "who is on its CC"),
    Party.ASSIGNEE: (
        "assignee",
        "who has it; of a conversation that an agent began and nobody has, who began it",
    ),
    Party.GROUP: ("group", "the members of its group; every agent where it has none"),
    Party.FOLLOWERS: ("followers", "who follows it (`#follow`)"),
    Party.MENTIONED: (
        "mentioned colleague",
        (
            "whom a rule names, or a note: `@alice`, `@Alice Kim`, `@김민수`, "
            "`@alice@acme.example`. A name that several have means nobody, and the author is told"
        ),
    ),
    Party.WRITER: ("writer", "the agent, or the agents, whose own mail it is about"),
    Party.SUPERVISOR: ("supervisor", "who stands in `supervisors` of its group"),
}
_CELLS: Mapping[Sends | None, tuple[str, str]] = {
    Sends.ALWAYS: ("mail", "a mail"),
    Sends.UNTAKEN: (
        "else",
        "a mail where nobody else of the row gets one but followers: else it would reach nobody",
    ),
    Sends.ASKED: ("if set", "a mail where `[desk] tell_resolved` or `[survey]` says so"),
    Sends.ACKNOWLEDGED: (
        "acknowledgement",
        (
            "the acknowledgement, where the address gives one, within the limits of "
            "[loops](operators/loops.md)"
        ),
    ),
    None: ("-", "nothing"),
}
_RULES = """\
Whatever the table says:

- Nobody is mailed twice of the same thing, whatever they are to the ticket.
- Nobody is told of what they did themselves, from whichever of their addresses. Two who answered
  the same mail are both told: of the other's half.
- Nothing goes to a support address.
- An agent who has opened a ticket as a customer does is its customer: they get what customers
  get but for the survey, and no notification of it.
- On a ticket that is part of another one, and that somebody has, answers and notes are for them:
  the group is not told, but of a note with `#group` above it, which is for that group.
- A customer is told that a ticket is resolved only when they began it, it is no spam, and a person
  resolved it or somebody had answered. Where nobody had answered, the mail holds no word of theirs.

All mails of one ticket are one conversation in a mail program: those that
somebody gets share a reference, and a subject that stays the same but for what people change in it
(neutral mails to customers hold no word of theirs, and share the reference alone). A mail to an
agent about a customer's ticket says in its first line what an answer to it does; one that tells
what was written or changed says who did what on which ticket and how it stands, and beside new
words what else was done since the last such mail. The words: [templates](operators/templates.md).
"""


def page() -> str:
    """The whole page."""
    parts = (
        _INTRODUCTION,
        _table(("", *(_PARTIES[party][0] for party in Party)), map(_row, Happening)),
        _table(("Cell", "Means"), _CELLS.values()),
        "## What happens\n",
        _table(("Row", "Is told when"), _HAPPENINGS.values()),
        "## To whom\n",
        _table(("Column", "Is"), _PARTIES.values()),
        "## Always\n",
        _RULES,
    )
    return "\n".join(parts)


def _row(happening: Happening) -> Sequence[str]:
    cells = (_CELLS[GETS[happening, party]][0] for party in Party)
    return (f"**{_HAPPENINGS[happening][0]}**", *cells)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    sys.stdout.write(page())
