"""Invitations (RFC 5545, RFC 6047): what a calendar part asks for, and its words where the mail
has none of its own. A small reader for the first event; the part itself stays an attachment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailgate.mail.charset import decode
from mailgate.mail.clean import clean_body, clean_header

MAX_OCTETS = 256 * 1024
MAX_LINES = 5_000
MAX_VALUE = 4_000

METHODS = frozenset({"request", "reply", "cancel", "counter", "declinecounter", "refresh", "add"})
"""Methods that concern an invitation (RFC 5546 §1.4). `publish` is an event to keep: tickets and
bookings have one attached."""

CALENDAR_TYPES = frozenset({"text/calendar", "application/ics"})
_FOLD = re.compile(r"\n[ \t]")
_LINE = re.compile(
    r"([A-Za-z0-9-]{1,60})((?:;[^\":;]{1,200}(?:\"[^\"\n]{0,500}\"[^\":;]{0,200})*)*):(.*)"
)
_TZID = re.compile(r";TZID=(?:\"([^\"]{1,100})\"|([^\";:]{1,100}))", re.IGNORECASE)
_CN = re.compile(r";CN=(?:\"([^\"]{1,200})\"|([^\";:]{1,200}))", re.IGNORECASE)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(?:\d\d)?(Z?))?")
_ESCAPE = re.compile(r"\\([nN,;\\])")
_METHOD = re.compile(rb"^METHOD[ \t]*:[ \t]*([A-Za-z]{1,20})", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A calendar part that makes its mail an invitation; `method` is "" when it names none."""

    method: str
    octets: bytes = field(repr=False)
    label: str | None = None

    @property
    def text(self) -> str:
        """Its words."""
        return calendar_text(self.octets, self.label)


@dataclass(frozen=True, slots=True)
class Event:
    """The first event (or task) of a calendar object. Times are as it writes them, for people:
    `2026-11-25 10:00 (Asia/Seoul)`."""

    method: str
    summary: str
    start: str
    end: str
    location: str
    organizer: str
    description: str


def read_invitation(
    parameters: Mapping[str, str], octets: bytes, *, attached: bool
) -> Invitation | None:
    """The invitation that a calendar part is; None for a file that a person attached. RFC 6047
    §2.4 wants the method as a parameter; what stands in the body of the mail counts without."""
    method = parameters.get("method", "").strip().casefold()
    if attached and method not in METHODS:
        return None
    if not method and (found := _METHOD.search(octets[:MAX_OCTETS])):
        method = found[1].decode("ascii").casefold()
    return Invitation(method[:20], octets, parameters.get("charset"))


def read_event(octets: bytes, label: str | None = None) -> Event:
    """The first event; every field is "" when the object does not say it."""
    text = clean_body(decode(octets[:MAX_OCTETS], label or "utf-8", None))
    lines = _FOLD.sub("", text).split("\n", MAX_LINES)[:MAX_LINES]
    values: dict[str, tuple[str, str]] = {}
    inside: list[str] = []
    for line in lines:
        match = _LINE.match(line[: MAX_VALUE + 1_000])
        if match is None:
            continue
        name, parameters, value = match[1].upper(), match[2], match[3].strip()
        if name == "BEGIN":
            inside.append(value.upper())
        elif name == "END":
            if inside and inside.pop() in {"VEVENT", "VTODO"}:
                break
        elif inside[-1:] in (["VEVENT"], ["VTODO"]) or name == "METHOD":
            values.setdefault(name, (parameters, value[:MAX_VALUE]))
    return Event(
        method=_plain(values, "METHOD").casefold(),
        summary=clean_header(_plain(values, "SUMMARY")),
        start=_time(values, "DTSTART"),
        end=_time(values, "DTEND") or _time(values, "DUE"),
        location=clean_header(_plain(values, "LOCATION")),
        organizer=_organizer(values),
        description=_plain(values, "DESCRIPTION"),
    )


def calendar_text(octets: bytes, label: str | None = None) -> str:
    """What an invitation says, as text: for a mail that has no other. "" when it says nothing."""
    event = read_event(octets, label)
    time = f"{event.start} – {event.end}" if event.start and event.end else event.start
    lines = [event.summary, time, event.location, event.organizer]
    head = "\n".join(line for line in lines if line)
    return "\n\n".join(part for part in (head, event.description) if part)


def _plain(values: dict[str, tuple[str, str]], name: str) -> str:
    """RFC 5545 §3.3.11: a TEXT value without its escapes."""
    _, value = values.get(name, ("", ""))
    return _ESCAPE.sub(lambda m: "\n" if m[1] in "nN" else m[1], value).strip()


def _time(values: dict[str, tuple[str, str]], name: str) -> str:
    """A date, a time of a zone, UTC, or of no zone (RFC 5545 §3.3.5)."""
    parameters, value = values.get(name, ("", ""))
    match = _TIME.match(value)
    if match is None:
        return ""
    year, month, day, hour, minute, utc = match.groups()
    shown = f"{year}-{month}-{day}"
    if hour is None:
        return shown
    zone = _TZID.search(parameters)
    suffix = " UTC" if utc else f" ({clean_header(zone[1] or zone[2])})" if zone else ""
    return f"{shown} {hour}:{minute}{suffix}"


def _organizer(values: dict[str, tuple[str, str]]) -> str:
    parameters, value = values.get("ORGANIZER", ("", ""))
    address = clean_header(value.partition(":")[2] if value[:7].lower() == "mailto:" else value)
    name = _CN.search(parameters)
    shown = clean_header(name[1] or name[2]) if name else ""
    return f"{shown} <{address}>" if shown and address and shown != address else shown or address
