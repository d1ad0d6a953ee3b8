"""The page that tells operators of the table of rights: `python -m mailgate.threading.rightspage`
prints docs/operators/rights.md."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from mailgate.threading.rights import RIGHTS, Authentication, Claim, Right, Who

_Word = TypeVar("_Word", bound=StrEnum)

_INTRODUCTION = """\
# Rights

Who may do what with a ticket by mail. Made from the table in `mailgate/threading/rights.py`
(`scripts/generated.py`), the one that decides. `mailgate explain` names the row and the column of
a message; [reasons](reasons.md) has the words that it uses.

A From line proves nothing. What a mail may do depends on three things: who its sender is to the
ticket, whether that is proven, and what the mail has that names the ticket.
"""
_WHO = {
    Who.REQUESTER: "opened the ticket",
    Who.PARTICIPANT: "is on the ticket's CC",
    Who.COLLEAGUE: "writes from the requester's organisation: the same registered domain "
    "(`seoul.acme.example` and `acme.example`), which is not that of a mail provider "
    "(`gmail.com`, `naver.com`)",
    Who.AGENT: "is in the settings with this address, also as `name+anything@`",
    Who.COLLABORATOR: "the same, with the role of a collaborator",
    Who.SIDE_PARTY: "somebody whom agents ask about the ticket without the customer",
    Who.STRANGER: "everybody else, and a sender who can be read in two ways",
}
_AFTER_WHO = """
Whoever is more than one of these is an agent first, except on a ticket that they opened
themselves; then requester, participant, side party, colleague. What leads to that ticket makes them
a participant after it was merged into another one. Reply-To, Sender and display names are nobody's
identity.
"""
_PROOFS = {
    Authentication.PASS: "SMTP AUTH, or DMARC, aligned DKIM or SPF, by a host that we trust or by "
    "our own check; or ARC of a sealer in the settings",
    Authentication.NONE: "nothing speaks for or against the address",
    Authentication.FAIL: "the domain's own policy says that the mail is not from there. "
    "Forwarding does that to honest mail too: rights shrink, and the mail is kept",
}
_BEFORE_CLAIMS = """\
Strongest first. Where a mail names several tickets, the strongest signal decides, and the others
stand in its explanation.
"""
_CLAIMS = {
    Claim.TOKEN: "it came to a reply address (`support+t...@`) that was made for this sender",
    Claim.FORWARDED_TOKEN: "it came to one that was made for somebody else",
    Claim.OWN_ID: "it answers an id that we signed, or an id that a relay gave to a mail of ours, "
    "or it quotes the marker of one",
    Claim.FOREIGN_ID: "it answers another Message-ID that stands on the ticket",
    Claim.SUBJECT_TAG: "the ticket's number in the subject: anybody can write that",
    Claim.NOTHING: "no ticket that exists",
}
_AFTER_CLAIMS = """
All but the last two show that the sender has seen the thread.
"""
_RIGHTS = {
    Right.PUBLIC: "part of the conversation: a customer's opens the ticket again, an agent's is "
    "mailed to the customer",
    Right.PRIVATE: "for the desk alone: a collaborator's note, or a word on the side thread",
    Right.FLAGGED: "on the ticket, for the desk alone, marked: the agents are told and see why. "
    "It opens nothing again, makes nobody a participant, and no mail goes outside for it",
    Right.LINKED: "a new ticket that points to the named one; its sender gets nothing of the other",
    Right.NEW: "a new ticket",
    Right.QUARANTINE: "waits for a human",
}
_AFTER_RIGHTS = """
Where the proof failed, a new ticket gets no automatic answer.
"""
_NARROWER = """
Narrower than the table, never wider:

- A note stays a note: what answers the notification of a note is one, and with
  `agents.reply_is = "note"` every answer by mail is. So is an answer to a requester who has no
  address that mail can go to.
- A ticket that was closed for longer than `threading.reopen_within` stays closed: what a customer
  or a stranger writes opens a new one, linked to it.
- With `threading.split_changed_subject` an answer under another subject, without the number in
  it, opens a new, linked ticket.
- Machines speak in nobody's name: an automatic answer or a bounce is recorded on its ticket or
  set aside, is never answered, and opens nothing again.
- Where DKIM passes and leaves the subject, the references or the type of the body unsigned, it
  proves a customer and not an agent.
- Where DKIM, checked by mailgate itself, is all that proves a sender, and the signed To and Cc name
  no support address, the sender has the rights of `none`.
- An agent's mail stays inside, as a note, when it has the Message-ID of another mail of theirs,
  when it forwards something, or when nothing in it says that it is for the customer: the
  reply address of a notification, the customer in To or Cc, or a support address in To of a mail
  that does not answer what the customer got.
"""
_OTHERS = (
    (
        "a customer who writes from a second address",
        "a stranger",
        (
            "an answer to a mail of ours, or to one of their own, is on the ticket, flagged; with "
            "the number alone it is a new, linked ticket. An agent who answers with that address "
            "in Cc makes a participant of it"
        ),
    ),
    (
        "a colleague to whom the customer forwarded our mail",
        "a colleague",
        "public when proven, else flagged",
    ),
    ("the same at a mail provider", "a stranger", "flagged"),
    (
        "a mailing list that passes a customer's mail on",
        "the customer, mostly not proven any more",
        "recorded on the ticket and told to the agents; nothing answers it",
    ),
    ("a mailing list that writes in its own name", "a stranger", "as above"),
    (
        "who got a token or a reference in a forwarded mail",
        "what their own address makes them",
        "a token proves that they have seen the thread, not who they are",
    ),
    (
        "an agent who answers another agent's notification",
        "an agent who has to be proven",
        "the other's token gives nothing: quarantine without a proof",
    ),
)
_AFTER_OTHERS = """
## Who is brought along

Everybody in To and Cc of the mail that opens a ticket is a participant. Onto a ticket that is
there a mail brings them only when it is public and proven (pass) and its sender is the requester,
a participant or an agent; the ticket's events say `participant_added`. They get what agents write
from then on, and nothing of what was written before.

## What agents are told of a sender

Flags of a message (`tickets show`) that take no right and give none:

"""
_FLAGS = (
    (
        "`reply_to_differs`",
        "answers are asked to another address than the one in From. They go to the requester",
    ),
    (
        "`name_of_agent`",
        (
            "the display name has the name of an agent or of the desk, also in letters that only "
            "look like it, and the address is not theirs"
        ),
    ),
    ("`name_with_address`", "the display name shows an address that is not the sender's"),
)


def page() -> str:
    """The whole page."""
    return "".join(
        (
            _INTRODUCTION,
            "\n## Who\n\n",
            _legend(_WHO),
            _AFTER_WHO,
            "\n## Whether it is proven\n\n",
            _legend(_PROOFS),
            "\n## What names the ticket\n\n",
            f"{_BEFORE_CLAIMS}\n",
            _legend(_CLAIMS),
            _AFTER_CLAIMS,
            "\n## What becomes of it\n\n",
            _legend(_RIGHTS),
            _AFTER_RIGHTS,
            "\n## The table\n\n",
            table(),
            _NARROWER,
            "\n## Who is not in the table\n\n",
            _lines(("", "is", "and so"), _OTHERS),
            _AFTER_OTHERS,
            _lines(("flag", "means"), _FLAGS),
        )
    )


def table() -> str:
    """A line for each sender and proof, a column for each claim."""
    lines = (
        (_words(who), proof.value, *(_words(RIGHTS[who, proof, claim]) for claim in Claim))
        for who in Who
        for proof in Authentication
    )
    return _lines(("", "", *map(_words, Claim)), lines)


def _legend(words: Mapping[_Word, str]) -> str:
    return _lines(("", ""), ((_words(word), meaning) for word, meaning in words.items()))


def _lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = "|---" * len(head) + "|"
    lines = (f"| {' | '.join(row)} |" for row in (head, *rows))
    first, *rest = lines
    return "\n".join((first, rule, *rest)) + "\n"


def _words(value: StrEnum) -> str:
    return value.value.replace("_", " ")


if __name__ == "__main__":
    sys.stdout.write(page())
