"""The hostile table: rows 25 to 74 on reading and writing mail, and mails of 22 MB.

For each row: what it must be read as, nothing lost, and what it may cost in processor time and
memory. Time is that of a quiet machine, with the margin of `tests.harness.effort` for others.
"""

from collections.abc import Iterator

import pytest

from tests.deciders.hostile_measuring import Measuring
from tests.deciders.hostile_table import ROWS
from tests.harness.effort import MARGIN


@pytest.fixture(scope="module")
def measuring() -> Iterator[Measuring]:
    with Measuring() as measuring:
        yield measuring


@pytest.mark.parametrize("place", range(len(ROWS)), ids=[row.name for row in ROWS])
def test_a_hostile_mail(measuring: Measuring, place: int) -> None:
    row = ROWS[place]
    cost = measuring.cost(place)
    assert not cost.faults
    assert cost.megabytes <= row.megabytes
    assert cost.seconds <= row.seconds * cost.slowness * MARGIN


def test_every_row_has_a_name_of_its_own() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))


def test_the_table_has_every_row_on_reading_and_writing() -> None:
    elsewhere = {43, 44, 45, 46, 47, 48, 49, 55, 61, 70, 71, 72}
    """Decided by the desk, the doors, and threading: their own tests have them."""
    assert {row.number for row in ROWS} >= set(range(25, 75)) - elsewhere
