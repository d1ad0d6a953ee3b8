"""Which schema a database has, and what a person is told of one that will not do."""

from dataclasses import dataclass

from mailgate.store.errors import SchemaNewer, SchemaOlder

__all__ = [
    "HEAD",
    "Current",
    "Empty",
    "Newer",
    "Older",
    "SchemaState",
    "newer",
    "refuse_other",
    "state_of",
]

HEAD = "0002"
"""The revision that this version of mailgate works with."""


@dataclass(frozen=True, slots=True)
class Current:
    """Made by a mailgate of this schema."""


@dataclass(frozen=True, slots=True)
class Older:
    """`mailgate migrate` brings it to this version."""

    revision: str


@dataclass(frozen=True, slots=True)
class Newer:
    """This version must not touch it."""

    revision: str


@dataclass(frozen=True, slots=True)
class Empty:
    """There are no tables of ours."""


SchemaState = Current | Older | Newer | Empty


def newer(revision: str) -> SchemaNewer:
    """What a person is told of a database that this version must not touch."""
    return SchemaNewer(
        f"the database is at schema {revision}, made by a newer mailgate (this one knows {HEAD}); "
        "run that version, or restore a backup of before its upgrade"
    )


def state_of(revision: str | None) -> SchemaState:
    """By what Alembic's table says; None when there is none, or nothing in it."""
    if revision is None:
        return Empty()
    if revision == HEAD:
        return Current()
    return Older(revision) if revision < HEAD else Newer(revision)


def refuse_other(state: SchemaState) -> None:
    """Raises SchemaNewer or SchemaOlder unless the database is of this version."""
    match state:
        case Newer(revision):
            raise newer(revision)
        case Older(revision):
            raise SchemaOlder(
                f"the database is at schema {revision}; run `mailgate migrate` "
                "(`mailgate serve` does it by itself)"
            )
        case Empty():
            raise SchemaOlder("the database is empty; run `mailgate migrate` or `mailgate serve`")
        case Current():
            return
