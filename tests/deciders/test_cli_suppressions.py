"""`mailgate suppressions`: what operators see of addresses that mail is kept from."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailgate.cli.main import run
from mailgate.mail.address import Address
from mailgate.model.suppression import Lanes, Suppression, SuppressionCause
from mailgate.store import suppressions
from mailgate.store.core import Connection
from mailgate.store.open import open_store
from mailgate.telemetry.null import NullTelemetry
from tests.harness.database import make_database

AT = datetime.now(UTC).replace(microsecond=0)
HONG, PARK = Address("hong", "customer.example"), Address("park", "customer.example")
BOUNCED = Suppression(
    address=HONG,
    cause=SuppressionCause.BOUNCE,
    lanes=Lanes.ALL,
    status="5.1.1",
    text="550 5.1.1 unknown user",
    at=AT,
    until=AT + timedelta(days=30),
    delivery=None,
)
COMPLAINED = Suppression(
    PARK, SuppressionCause.COMPLAINT, Lanes.CAMPAIGN, None, "abuse", AT, None, None
)

Run = Callable[..., tuple[int, str, str]]


async def _fill(url: str) -> None:
    def unit(conn: Connection) -> None:
        suppressions.suppress(conn, BOUNCED)
        suppressions.suppress(conn, COMPLAINED)

    store = open_store(url, telemetry=NullTelemetry())
    await store.write(unit)
    await store.close()


@pytest.fixture
def mailgate(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    var = tmp_path / "var"
    var.mkdir()
    url = f"sqlite:///{var}/mailgate.db"
    config = tmp_path / "mailgate.toml"
    config.write_text(
        f'[gateway]\nhostname = "mail.acme.example"\ndata_dir = "{var}"\n'
        f'[store]\nurl = "{url}"\n'
        '[[address]]\naddress = "support@acme.example"\nname = "Acme Support"\n'
        '[outbound]\ntransport = "maildir"\n'
    )
    make_database(url)
    asyncio.run(_fill(url))

    def command(*arguments: str) -> tuple[int, str, str]:
        code = run(["--config", str(config), *arguments])
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return command


def rfc3339(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_list_says_which_why_and_until_when(mailgate: Run) -> None:
    code, out, _ = mailgate("suppressions", "list", "--json")
    assert code == 0
    assert {each["address"]: each for each in json.loads(out)} == {
        str(HONG): {
            "address": str(HONG),
            "lanes": "all",
            "cause": "bounce",
            "status": "5.1.1",
            "text": "550 5.1.1 unknown user",
            "at": rfc3339(AT),
            "until": rfc3339(AT + timedelta(days=30)),
            "delivery": None,
            "ticket": None,
        },
        str(PARK): {
            "address": str(PARK),
            "lanes": "campaign",
            "cause": "complaint",
            "status": None,
            "text": "abuse",
            "at": rfc3339(AT),
            "until": None,
            "delivery": None,
            "ticket": None,
        },
    }


def test_the_list_for_people(mailgate: Run) -> None:
    code, out, _ = mailgate("suppressions", "list")
    assert code == 0
    (hong,) = [line for line in out.splitlines() if str(HONG) in line]
    for word in ("all", "bounce", "5.1.1", "unknown user"):
        assert word in hong


def test_lifting_ends_it(mailgate: Run) -> None:
    assert mailgate("suppressions", "lift", "HONG@customer.example")[0] == 0
    left = json.loads(mailgate("suppressions", "list", "--json")[1])
    assert [each["address"] for each in left] == [str(PARK)]
    code, out, err = mailgate("suppressions", "lift", str(HONG))
    assert (code, out, err) == (1, "", f"mailgate: no mail is kept from {HONG}\n")


def test_what_is_no_address_is_wrong_usage(mailgate: Run) -> None:
    code, _, err = mailgate("suppressions", "lift", "hong at customer")
    assert code == 2
    assert "is no address" in err
