"""The pieces of one element of an address list, and what they make: a name, an addr-spec."""

from dataclasses import dataclass, field

from mailgate.mail.address import quote

Piece = tuple[str, str]
"""(kind, text); kind: word, quoted, at, comment, blank, literal."""


@dataclass(slots=True)
class Mailbox:
    """The element that is being read: what stands outside the angle brackets, and in them."""

    pieces: list[Piece] = field(default_factory=list)
    angle: str | None = None
    has_at: bool = False
    """Something outside the angle brackets looks like an address."""

    @property
    def last(self) -> str:
        """The kind of the last piece, "" when there is none."""
        return self.pieces[-1][0] if self.pieces else ""


@dataclass(frozen=True, slots=True)
class BareElement:
    """An element without angle brackets. `exact`: nothing was moved or left out to read it."""

    specs: tuple[str, ...]
    name: str
    exact: bool


def bare_element(pieces: list[Piece]) -> BareElement:
    """An addr-spec with comments or careless words around it: `a@b.kr (Hong)`, `Hong a@b.kr`."""
    solid = [index for index, (kind, _) in enumerate(pieces) if kind not in {"comment", "blank"}]
    first, last = solid[0], solid[-1] + 1
    before, inside, behind = pieces[:first], pieces[first:last], pieces[last:]
    plain = [piece for piece in inside if piece[0] != "comment"]  # `a(comment)@b.kr`
    glued = _glued(plain)
    runs = runs_of(glued)
    comments = [text for kind, text in (*before, *behind) if kind == "comment"]
    words = [run for run in runs if all(kind != "at" for kind, _ in run)]
    return BareElement(
        specs=tuple(spec_of(run) for run in runs if run not in words),
        name=comments[-1] if comments else " ".join("".join(t for _, t in run) for run in words),
        exact=len(runs) == 1
        and len(glued) == len(inside)
        and not any(kind == "comment" for kind, _ in before),
    )


def runs_of(pieces: list[Piece]) -> list[list[Piece]]:
    """The pieces between blanks and comments."""
    runs: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece[0] in {"blank", "comment"}:
            runs.append([])
        else:
            runs[-1].append(piece)
    return [run for run in runs if run]


def spec_of(run: list[Piece]) -> str:
    """A run as an addr-spec."""
    return "".join(quote(text) if kind == "quoted" else text for kind, text in run)


def name_of(pieces: list[Piece]) -> str:
    """The octets of the display name; a comment is the name when there is nothing else."""
    if all(kind in {"comment", "blank"} for kind, _ in pieces):
        return next((text for kind, text in reversed(pieces) if kind == "comment"), "")
    return "".join(f"({text})" if kind == "comment" else text for kind, text in pieces)


def repeats(pieces: list[Piece], angle: str) -> bool:
    """`a@b.kr <a@b.kr>`, and Outlook's `'a@b.kr' <a@b.kr>`, as programs write an address that
    nobody named: both readings are the same."""
    runs = runs_of(pieces)
    if len(runs) != 1:
        return False
    name = spec_of(runs[0])
    if len(name) > len(angle) and name[0] == name[-1] == "'":
        name = name[1:-1]
    return name.casefold() == angle.casefold()


def _glued(pieces: list[Piece]) -> list[Piece]:
    """Without the blanks around an `@`, and around a dot behind it: `jdoe @ test   . example`
    (RFC 5322 appendix A.6.3)."""
    kept: list[Piece] = []
    seen_at = False
    for index, piece in enumerate(pieces):
        seen_at = seen_at or piece[0] == "at"
        if piece[0] == "blank" and 0 < index < len(pieces) - 1:
            before, after = pieces[index - 1], pieces[index + 1]
            if "at" in {before[0], after[0]}:
                continue
            if seen_at and (before[1] == "." or after[1].startswith(".")):
                continue
        kept.append(piece)
    return kept
