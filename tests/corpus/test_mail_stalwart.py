"""The messages of stalwart's mail-parser, beside what that parser reads in them.

Its reading is a second opinion, not the truth: where the two differ, a person looked and wrote
down in RIGHT what the message says. It does not decode raw 8-bit octets: U+FFFD in its reading
stands for a character that it does not name.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mailgate.mail.address import NamedAddress
from mailgate.mail.parse import parse_mail
from mailgate.mail.parsed import ParsedMail
from tests.corpus.folders import files, needs_corpus
from tests.corpus.scores import note

pytestmark = needs_corpus

MESSAGES = files("public/stalwart-mail-parser", "*.eml")
Reading = dict[str, list[str]]

HARE = (
    "The Hare and the Tortoise A HARE one day ridiculed the short feet and slow pace of the "
    'Tortoise, who replied, laughing: "Though you be swift as the wind, I will beat you in a '
    'race." The Hare, believing her assertion to be simply impossible, assented to the '
    "proposal; and they agreed that the Fox should choose the course and fix the goal. On the "
    "day appointed for the race the two started together. The Tortoise never for a moment "
    "stopped, but went on with a slow but steady pace straight to the end of the course. The "
    "Hare, lying down by the wayside, fell fast asleep. At last waking up, and moving as fast "
    "as he could, he saw the Tortoise had reached the goal, and was comfortably dozing after "
    "her fatigue. Slow but steady wins the race."
)
RIGHT: dict[tuple[str, str], list[str]] = {
    # A DOS path in a quoted string without its backslashes doubled: `name="C:\TEMP\nsmailEG.png"`.
    ("035", "attachments"): ["nsmailEG.png", "nsmail39.png", "redball.png", "greenball.png"],
    ("039", "attachments"): ["nsmailV0.png", "nsmailNM.png", "greenball.png", "blueball.png"],
    # A mail without MIME: its pictures are uuencoded in the text.
    ("049", "attachments"): ["blueball.png", "greenball.png", "redball.png"],
    ("049", "text"): [HARE],
}


def theirs(document: dict[str, Any]) -> Reading:
    parts = document["parts"]
    head = parts[0]
    texts = [parts[number]["body"] for number in document["text_body"]]
    reading = {
        "subject": [str((field(head, "subject") or {}).get("Text") or "")],
        "from": people(field(head, "from")),
        "to": people(field(head, "to")),
        "cc": people(field(head, "cc")),
        "attachments": [file_name(parts[number]) for number in document["attachments"]],
    }
    if any("Html" in body for body in texts):  # it makes no text of a page
        return reading
    return reading | {"text": words("\n".join(body.get("Text", "") for body in texts))}


def field(part: dict[str, Any], name: str) -> Any:
    return next((each["value"] for each in part["headers"] if each["name"] == name), None)


def people(value: Any) -> list[str]:
    kinds = (value or {}).get("Address", {})
    groups = kinds.get("Group", [])
    found = [*kinds.get("List", []), *(one for group in groups for one in group["addresses"])]
    return [f"{each.get('name') or ''} <{each['address'].lower()}>" for each in found]


def file_name(part: dict[str, Any]) -> str:
    for name, parameter in (("content_disposition", "filename"), ("content_type", "name")):
        value = field(part, name) or {}
        for attribute in value.get("ContentType", {}).get("attributes") or []:
            if attribute["name"] == parameter:
                return str(attribute["value"])
    return ""


def ours(mail: ParsedMail) -> Reading:
    senders = [] if mail.from_claimed is None else [mail.from_claimed]
    return {
        "subject": [mail.subject],
        "from": [person(each) for each in senders],
        "to": [person(each) for each in mail.to],
        "cc": [person(each) for each in mail.cc],
        "text": words(mail.full_text),
        "attachments": [each.filename for each in mail.attachments],
    }


def person(of: NamedAddress) -> str:
    return f"{of.name} <{str(of.address).lower()}>"


def words(text: str) -> list[str]:
    """How lines are wrapped is the matter of format=flowed alone."""
    return [" ".join(text.split())]


def same(said: list[str], read: list[str]) -> bool:
    """U+FFFD stands for any one character."""
    pattern = re.escape("\n".join(said)).replace("\N{REPLACEMENT CHARACTER}", ".")
    return re.fullmatch(pattern, "\n".join(read)) is not None


@pytest.mark.parametrize("message", MESSAGES, ids=lambda path: path.stem)
def test_both_read_the_same_or_a_person_decided(message: Path) -> None:
    other = theirs(json.loads(message.with_suffix(".json").read_text()))
    mine = ours(parse_mail(message.read_bytes()))
    agreed = {name for name, said in other.items() if same(said, mine[name])}
    note("stalwart-mail-parser, readings that agree", len(agreed), len(other))
    for name, said in other.items():
        if name not in agreed:
            assert mine[name] == RIGHT.get((message.stem, name)), (name, said)


@pytest.mark.parametrize("line_end", [b"\n", b"\r"], ids=["LF", "CR"])
@pytest.mark.parametrize("message", MESSAGES, ids=lambda path: path.stem)
def test_line_ends_change_nothing(message: Path, line_end: bytes) -> None:
    """CRLF on the wire, LF from files and pipes, CR from old Macs."""
    wire = re.sub(rb"\r?\n", b"\r\n", message.read_bytes())
    assert ours(parse_mail(wire.replace(b"\r\n", line_end))) == ours(parse_mail(wire))
