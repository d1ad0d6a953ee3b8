"""Documents as text for people: the same values as --json, laid out."""

from collections.abc import Iterable
from typing import Any

from mailgate.cli.output import table
from mailgate.desk.telling.telling import words_of
from mailgate.model.survey import Score

Document = dict[str, Any]
"""A JSON document of `mailgate.api.shapes`."""


def ticket_text(ticket: Document) -> str:
    """A ticket the way it is read: what it is, then what was said, then what happened."""
    requester = ticket["requester"]
    facts = _facts(
        ("status", f"{ticket['status']}, priority {ticket['priority']}"),
        ("requester", _person(requester)),
        ("cc", ", ".join(ticket["cc"])),
        ("address", ticket["address"]),
        ("brand", ticket["brand"]),
        ("group", ticket["group"]),
        ("assignee", ticket["assignee"]),
        ("tags", ", ".join(ticket["tags"])),
        ("parent", ticket["parent"]),
        ("children", ", ".join(map(str, ticket["children"]))),
        ("merged into", ticket["merged_into"]),
        ("merged", ", ".join(map(str, ticket["merged"]))),
        ("linked", ", ".join(map(str, ticket["linked"]))),
        ("created", ticket["created_at"]),
        ("first answer", ticket["first_response_at"]),
        ("due", ", ".join(map(_due, ticket["due"]))),
        ("resolved", ticket["resolved_at"]),
        ("score", _score(ticket["score"])),
    )
    parts = [f"[#{ticket['id']}] {ticket['subject']}", *facts]
    for message in ticket["messages"]:
        parts += ["", *_message(message)]
    parts += ["", "events:", *_indented(_events(ticket["events"]))]
    if ticket["deliveries"]:
        parts += ["", "mails:", *_indented(_deliveries(ticket["deliveries"]))]
    return "\n".join(parts)


def _due(clock: Document) -> str:
    what = clock["what"].replace("_", " ")
    return f"{what} {clock['at'] or 'stands still'}"


def _score(points: int | None) -> str | None:
    """What the customer said of the answers."""
    return None if points is None else f"{points} ({Score(points).name.lower()})"


def delivery_text(delivery: Document) -> str:
    """A delivery, its story in words, and every attempt to send it."""
    lines = _facts(
        ("delivery", delivery["id"]),
        ("ticket", delivery["ticket"]),
        ("from", delivery["sender"]),
        ("to", delivery["recipient"]),
        ("message-id", delivery["message_id"]),
        ("lane", delivery["lane"]),
        ("state", delivery["state"]),
        ("waits for", _waits(delivery["wait_reason"], delivery["waits_for"])),
        ("due", delivery["due_at"] if delivery["wait_reason"] else None),
        ("relay id", delivery["relay_id"]),
        ("came back", _came_back(delivery["bounced"])),
    )
    lines += ["", *delivery["text"]]
    rows = [
        (each["number"], each["started_at"], each["result"] or "running", _replied(each))
        for each in delivery["history"]
    ]
    if rows:
        lines += ["", *table(("ATTEMPT", "STARTED", "RESULT", "REPLY"), rows)]
    return "\n".join(lines)


def _waits(reason: str | None, key: str | None) -> str | None:
    return f"{reason} ({key})" if reason and key else reason


def _came_back(bounced: Document | None) -> str | None:
    if bounced is None:
        return None
    said = " ".join(part for part in (bounced["status"], bounced["text"]) if part)
    return f"{bounced['at']} {said}".rstrip()


def journal_text(row: Document, locale: str) -> str:
    """A mail in the journal, and what was concluded from what."""
    lines = _facts(
        ("mail", row["id"]),
        ("received", f"{row['received_at']} by {row['door']}, {row['size']} octets"),
        ("reverse path", row["envelope"]["reverse_path"]),
        ("recipients", ", ".join(row["envelope"]["forward_paths"])),
        ("from", row["from"]),
        ("subject", row["subject"]),
        ("message-id", row["message_id"]),
        ("state", row["state"]),
        ("cause", row["cause"]),
        ("ticket", row["ticket"]),
        ("error", row["error"]),
    )
    lines += ["", *_words(row, locale), "", row["release"], row["to_do"]]
    if row["decision"] is not None:
        lines += ["", explanation_text(row["decision"])]
    return "\n".join(lines)


def told_text(document: Document, locale: str) -> str:
    """The words first, then the decision that they tell of."""
    return "\n".join([*_words(document, locale), "", explanation_text(document)])


def _words(document: Document, locale: str) -> list[str]:
    heading, points = words_of(locale).phrases.otherwise, document["otherwise"]
    return [*document["text"], *(["", heading, *_points(points)] if points else [])]


def explanation_text(decision: Document) -> str:
    """A decision and everything that it was concluded from."""
    sender = decision["sender"]
    proof = _proof(sender["authenticated"], sender["by"])
    lines = _facts(
        ("disposition", decision["disposition"]),
        ("ticket", decision["ticket"]),
        ("reasons", ", ".join(decision["reasons"])),
        ("sender", f"{sender['address'] or 'unreadable'} ({sender['role']}; {proof})"),
        ("defects", ", ".join(decision["defects"])),
    )
    checks = [
        (each["method"], each["result"], each["domain"], each["source"], each["detail"])
        for each in sender["checks"]
    ]
    if checks:
        lines += ["", *table(("CHECK", "RESULT", "DOMAIN", "FOUND BY", "DETAIL"), checks)]
    signals = [
        (each["kind"], each["ticket"], "yes" if each["verified"] else "no", each["value"])
        for each in decision["signals"]
    ]
    if signals:
        lines += ["", *table(("SIGNAL", "TICKET", "VERIFIED", "VALUE"), signals)]
    mails = [(each["kind"], each["recipient"]) for each in decision["would_send"]]
    if mails:
        lines += ["", *table(("MAIL", "TO"), mails)]
    return "\n".join(lines)


def _proof(authenticated: str, by: str | None) -> str:
    """`pass by dkim`; a token proves an agent of whose address nothing is known."""
    if by is None or authenticated == "pass":
        return f"{authenticated} by {by}" if by else authenticated
    return f"{authenticated}; proven by {by}"


def _facts(*pairs: tuple[str, object]) -> list[str]:
    """One line a fact; what is not there has none."""
    there = [(name, value) for name, value in pairs if value not in (None, "")]
    return [f"{name + ':':<14}{value}" for name, value in there]


def _message(message: Document) -> list[str]:
    direction = "from" if message["direction"] == "in" else "by"
    author = message["author"]
    head = (
        f"--- {message['kind']} {message['id']} ({message['visibility']}) {direction} "
        f"{_person(author)}, {author['role']}, {message['at']}"
    )
    flags = [f"flags: {', '.join(message['flags'])}"] if message["flags"] else []
    attached = [
        f"attached: {each['filename'] or '(no name)'} "
        f"({each['content_type']}, {each['size']} octets)"
        for each in message["attachments"]
    ]
    return [head, *flags, message["text"].rstrip("\n"), *attached]


def _events(events: Iterable[Document]) -> list[str]:
    rows = [(each["at"], each["kind"], each["actor"], _detail(each["detail"])) for each in events]
    return table(("AT", "EVENT", "BY", "DETAIL"), rows)


def _deliveries(deliveries: Iterable[Document]) -> list[str]:
    rows = [
        (
            each["id"],
            each["lane"],
            each["state"],
            each["recipient"],
            _waits(each["wait_reason"], each["waits_for"]),
            each["due_at"] if each["wait_reason"] else None,
        )
        for each in deliveries
    ]
    return table(("ID", "LANE", "STATE", "TO", "WAITS FOR", "DUE"), rows)


def _detail(detail: Document) -> str:
    return " ".join(f"{key}={value}" for key, value in detail.items() if value is not None)


def _person(person: Document) -> str:
    name, address = person["name"], person["address"]
    return f"{name} <{address}>" if name else str(address)


def _replied(attempt: Document) -> str:
    text = attempt["text"] or ""
    # Most replies begin with their enhanced status (RFC 2034 §4).
    status = None if text.startswith(attempt["status"] or " ") else attempt["status"]
    return " ".join(str(part) for part in (attempt["code"], status, text) if part)


def _points(sentences: Iterable[str]) -> list[str]:
    return [f"- {sentence}" for sentence in sentences]


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]
