"""The table of hostile mails, whole: the rows on reading and writing mail, by number."""

from tests.deciders import (
    hostile_addresses,
    hostile_bodies,
    hostile_structure,
    hostile_values,
    hostile_written,
)
from tests.deciders.hostile_rows import Row

ROWS: tuple[Row, ...] = tuple(
    sorted(
        (
            *hostile_structure.ROWS,
            *hostile_addresses.ROWS,
            *hostile_values.ROWS,
            *hostile_bodies.ROWS,
            *hostile_written.ROWS,
        ),
        key=lambda row: row.number,
    )
)
