"""What people see while old mail goes in."""

import io

from mailgate.cli.importing import Bar, progress_line
from mailgate.ingest.importing.run import Phase
from tests.harness.clock import FakeClock


def test_share_rate_and_time_left() -> None:
    line = progress_line(Phase.IMPORTING, 1_500, 6_000, 3.0)
    assert line == (
        "importing [######..................]  25%  1,500 of 6,000, 500 a second, 9 s left"
    )


def test_octets_while_headers_are_read() -> None:
    line = progress_line(Phase.READING, 500_000_000, 2_000_000_000, 10.0)
    assert "500.0 MB of 2,000.0 MB, 50.0 MB a second, 30 s left" in line


def test_long_times_are_in_minutes_and_hours() -> None:
    assert "2 min 00 s left" in progress_line(Phase.IMPORTING, 1, 121, 1.0)
    assert "2 h 00 min left" in progress_line(Phase.IMPORTING, 1, 7_201, 1.0)


def test_nothing_to_do_is_all_done() -> None:
    assert "100%" in progress_line(Phase.IMPORTING, 0, 0, 0.0)


async def test_where_nobody_looks_a_line_every_ten_seconds() -> None:
    stream, clock = io.StringIO(), FakeClock()
    bar = Bar(stream, clock)
    for done in range(0, 250, 10):
        bar.show(Phase.IMPORTING, done, 250)
        await clock.advance(1)
    lines = stream.getvalue().splitlines()
    assert [line.partition("%  ")[2].partition(" of")[0] for line in lines] == ["100", "200"]
    bar.show(Phase.IMPORTING, 250, 250)
    assert "250 of 250" in stream.getvalue()
