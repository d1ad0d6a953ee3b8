"""[survey]: when customers are asked how the answers were."""

from datetime import timedelta

import pytest

from mailgate import settings
from mailgate.model.survey import Asking
from mailgate.model.ticket import Status
from mailgate.settings.errors import SettingsError
from mailgate.settings.showing import toml

DESK = '[[address]]\naddress = "support@acme.example"\nname = "Acme"\n'


def read(text: str) -> settings.Settings:
    return settings.parse(f"{text}\n{DESK}".encode(), source="test")


def test_nobody_is_asked_unless_the_settings_say_so() -> None:
    assert read("").survey.asking is None
    assert read('[survey]\nwhen = "never"\nafter = "2h"').survey.asking is None


def test_a_survey_that_asks_nobody_is_said_to() -> None:
    (notice,) = settings.notices(read('[survey]\nafter = "2h"'))
    assert notice == ('survey: nobody is asked as long as when is "never"; write when = "resolved"')
    assert settings.notices(read('[survey]\nwhen = "never"\nafter = "2h"')) == ()


def test_an_hour_after_it_is_resolved_and_once_a_month() -> None:
    hour, month = timedelta(hours=1), timedelta(days=30)
    asking = read('[survey]\nwhen = "resolved"').survey.asking
    assert asking == Asking(Status.RESOLVED, hour, month)


def test_every_part_can_be_set() -> None:
    text = '[survey]\nwhen = "closed"\nafter = "1d"\nagain_after = "90d"'
    asked = Asking(Status.CLOSED, timedelta(days=1), timedelta(days=90))
    assert read(text).survey.asking == asked
    assert settings.parse(toml(read(text)).encode(), source="test").survey.asking == asked


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('when = "solved"', r"survey\.when"),
        ('after = "soon"', r"survey\.after"),
        ('agian_after = "1d"', r"survey\.agian_after"),
    ],
)
def test_mistakes_are_named_by_their_key(text: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        read(f"[survey]\n{text}")
