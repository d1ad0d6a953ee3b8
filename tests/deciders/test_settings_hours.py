"""[[hours]], [[response]] and the supervisors of a group: read, checked, shown."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailgate import settings
from mailgate.model.hours import ALWAYS, Shift, WorkTime
from mailgate.model.ticket import Priority
from mailgate.settings.errors import SettingsError
from mailgate.settings.example import demo
from mailgate.settings.showing import toml

DESK = """\
[gateway]
timezone = "Europe/Berlin"

[[address]]
address = "support@acme.example"
brand = "acme"
group = "support"

[[group]]
name = "support"
members = ["alice@acme.example"]
supervisors = ["bob@acme.example"]

[[agent]]
address = "alice@acme.example"
name = "Alice Kim"

[[agent]]
address = "bob@acme.example"
name = "Bob Lee"

"""
"""Twenty-one lines: what a case adds begins on line 22."""
OFFICE = """\
[[hours]]
name = "office"
timezone = "Asia/Seoul"
mon = "09:00-12:00, 13:00-18:00"
fri = "09:00-24:00"
holidays = ["2026-02-16..2026-02-18", "12-25", 2026-03-01]

"""
TIMES = """\
[[response]]
name = "usual"
hours = "office"
address = ["support@acme.example"]
brand = ["acme"]
priority = ["high", "urgent"]
first = "90m"
solve = "3d"
escalate_after = "2h"
"""


def read(text: str) -> settings.Settings:
    return settings.parse(f"{DESK}{text}".encode(), source="test")


def test_hours_are_read() -> None:
    office = settings.hours_of(read(OFFICE))["office"]
    assert office.timezone == ZoneInfo("Asia/Seoul")
    assert office.week == (
        (Shift(540, 720), Shift(780, 1080)), (), (), (), (Shift(540, 1440),), (), (),
    )  # fmt: skip
    assert office.holidays == {
        date(2026, 2, 16), date(2026, 2, 17), date(2026, 2, 18), date(2026, 3, 1),
    }  # fmt: skip
    assert office.yearly == {(12, 25)}


def test_hours_are_in_the_zone_of_the_gateway_unless_they_name_one() -> None:
    given = '[[hours]]\nname = "here"\nmon = "09:00-10:00"\n'
    assert settings.hours_of(read(given))["here"].timezone == ZoneInfo("Europe/Berlin")


def test_times_are_read() -> None:
    given = read(OFFICE + TIMES)
    (usual,) = settings.responses_of(given, settings.hours_of(given))
    assert (usual.hours.name, usual.first, usual.next) == (
        "office",
        WorkTime(timedelta(minutes=90)),
        None,
    )
    assert usual.solve == WorkTime(days=3)
    assert usual.addresses == {"support@acme.example"}
    assert usual.brands == {"acme"}
    assert usual.priorities == {Priority.HIGH, Priority.URGENT}


def test_without_hours_time_runs_around_the_clock() -> None:
    given = read('[[response]]\nname = "all"\nfirst = "1s"\n')
    (usual,) = settings.responses_of(given, settings.hours_of(given))
    assert usual.hours == ALWAYS


def test_supervisors_are_agents_of_ours() -> None:
    found = settings.directory(read("")).supervisors
    assert [str(one.address) for one in found["support"]] == ["bob@acme.example"]


def test_what_is_shown_can_be_loaded_again() -> None:
    given = read(OFFICE + TIMES)
    again = settings.parse(toml(given).encode(), source="test")
    assert (again.hours, again.response, again.group) == (given.hours, given.response, given.group)


HOURS = '[[hours]]\nname = "office"\nmon = "09:00-18:00"\n'
WRONG = {
    "a night": (
        '[[hours]]\nname = "n"\nmon = "22:00-06:00"\n',
        (
            "hours[1].mon (line 24): '22:00-06:00' ends before it begins; what goes past midnight "
            'is two parts, "22:00-24:00" and on the next day "00:00-06:00"'
        ),
    ),
    "no clock": (
        '[[hours]]\nname = "n"\nmon = "9-18"\n',
        (
            "hours[1].mon (line 24): '9-18' is no part of a day; write it such as \"09:00-18:00\" "
            'or "09:00-12:00, 13:00-18:00", or "" for closed'
        ),
    ),
    "past the end of the day": (
        '[[hours]]\nname = "n"\nmon = "09:00-24:30"\n',
        "hours[1].mon (line 24): '09:00-24:30': a day ends at 24:00",
    ),
    "one in the other": (
        '[[hours]]\nname = "n"\nmon = "09:00-12:00, 11:00-13:00"\n',
        (
            "hours[1].mon (line 24): '09:00-12:00, 11:00-13:00': one part begins before the other "
            "ends; write them in order"
        ),
    ),
    "never open": (
        '[[hours]]\nname = "n"\n',
        'hours[1] (line 22): is never open; write at least one day, such as mon = "09:00-18:00"',
    ),
    "no such day": (
        f'{HOURS}holidays = ["2026-02-30"]\n',
        (
            "hours[1].holidays[1] (line 25): '2026-02-30' is no holiday; write a date such as "
            '"2026-01-01", days in a row such as "2026-02-16..2026-02-18", or "12-25" for each year'
        ),
    ),
    "a holiday backwards": (
        f'{HOURS}holidays = ["2026-02-18..2026-02-16"]\n',
        (
            "hours[1].holidays[1] (line 25): '2026-02-18..2026-02-16' is no holiday: it ends "
            "before it begins, or a year later"
        ),
    ),
    "two of one name": (
        f"{HOURS}{HOURS}",
        'hours[2].name (line 26): "office" is the name of another [[hours]]; rename one',
    ),
    "hours that are not there": (
        '[[response]]\nname = "r"\nhours = "ofice"\nfirst = "4h"\n',
        (
            'response[1].hours (line 24): there are no hours "ofice" (configured: none); add such '
            "[[hours]]"
        ),
    ),
    "no time at all": (
        '[[response]]\nname = "r"\n',
        "response[1] (line 22): has no time; write at least one of first, next and solve",
    ),
    "no time to do it in": (
        '[[response]]\nname = "r"\nfirst = "0h"\n',
        "response[1].first (line 24): '0h' is no time to answer in; leave the key out for none",
    ),
    "somebody else's address": (
        '[[response]]\nname = "r"\nfirst = "4h"\naddress = ["sales@acme.example"]\n',
        (
            "response[1].address[1] (line 25): sales@acme.example is no support address; add an "
            "[[address]] for it"
        ),
    ),
    "a brand of nobody": (
        '[[response]]\nname = "r"\nfirst = "4h"\nbrand = ["acne"]\n',
        'response[1].brand[1] (line 25): no [[address]] has the brand "acne"; name one of theirs',
    ),
    "a supervisor who is no agent": (
        '[[group]]\nname = "sales"\nsupervisors = ["bop@acme.example"]\n',
        (
            "group[2].supervisors[1] (line 24): there is no agent bop@acme.example (did you mean "
            '"bob@acme.example"?); add an [[agent]] with this address'
        ),
    ),
}


@pytest.mark.parametrize(("text", "line"), WRONG.values(), ids=WRONG.keys())
def test_a_mistake_is_named(text: str, line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(text)
    assert caught.value.lines == (f"test: {line}",)


def test_what_has_no_effect_is_told() -> None:
    silent = DESK.replace('supervisors = ["bob@acme.example"]\n', "")
    twice = TIMES + TIMES.replace("usual", "unusual")
    given = settings.parse(f"{silent}{OFFICE}{twice}".encode(), source="test")
    assert settings.notices(given) == (
        "response[1]: usual: escalate_after reaches nobody: no [[group]] has supervisors",
        "response[2]: unusual: is never used: usual is for the same tickets, and comes before",
        "response[2]: unusual: escalate_after reaches nobody: no [[group]] has supervisors",
    )


def test_the_built_in_example_promises_nothing() -> None:
    assert (demo().hours, demo().response) == ((), ())
