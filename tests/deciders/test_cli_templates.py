"""`mailgate check-config` and SIGHUP read the templates, also those of one support address."""

import re
from pathlib import Path

import pytest

from mailgate import settings
from mailgate.cli.main import run
from mailgate.daemon.gateway import open_gateway
from mailgate.daemon.reload import reload
from mailgate.desk.words.templates import TemplateName
from mailgate.telemetry.null import NullTelemetry
from tests.harness.database import make_database

CONFIG = """\
[gateway]
data_dir = "{var}"
secret_file = "{var}/secret.key"
[store]
url = "sqlite:///{var}/mailgate.db"
[[agent]]
address = "alice@acme.example"
name = "Alice Kim"
[[address]]
address = "sales@acme.example"
[[address]]
address = "support@acme.example"
templates = "{folder}"
"""


class Told(NullTelemetry):
    """Remembers what went wrong."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def task_failed(self, *, task: str, error: str) -> None:
        self.errors.append(error)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings whose second address has a folder of templates."""
    (tmp_path / "var").mkdir()
    (tmp_path / "acme" / "en").mkdir(parents=True)
    path = tmp_path / "mailgate.toml"
    path.write_text(CONFIG.format(var=tmp_path / "var", folder=tmp_path / "acme"))
    return path


def acknowledgement(config: Path, text: str) -> Path:
    path = config.parent / "acme" / "en" / "acknowledgement.txt"
    path.write_text(f"Subject: {{{{ subject }}}}\n\n{text}\n")
    return path


def checked(config: Path, capfd: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = run(["--config", str(config), "check-config"])
    return code, capfd.readouterr().err


def test_a_mistake_is_named_with_its_file_and_line(
    config: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = acknowledgement(config, "Hello {{ name }},\n\nyou are number {{ nubmer }}.")
    code, told = checked(config, capfd)
    assert code != 0
    assert f"{path}: line 5: unknown name {{{{ nubmer }}}}; known here: " in told
    acknowledgement(config, "Hello {{ name }}, you are number {{ ticket }}.")
    assert checked(config, capfd)[0] == 0


def test_a_folder_that_is_not_there_is_named(
    config: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config.write_text(config.read_text().replace("/acme", "/amce", 1))
    code, told = checked(config, capfd)
    assert code != 0
    assert re.search(
        r"address\[\d\]\.templates \(line \d+\): there is no folder .*/amce; make", told
    )


async def test_a_reload_takes_new_words_and_leaves_the_old_ones_for_a_mistake(
    config: Path,
) -> None:
    acknowledgement(config, "First.")
    made = settings.load(config)
    make_database(made.store.url)
    support, sales = (entry.address.key for entry in reversed(made.address))
    async with open_gateway(made) as gateway:

        def said(address: str) -> str:
            found = gateway.context.templates.find("en", TemplateName.ACKNOWLEDGEMENT, address)
            return found.fill_body({"name": "Hong", "desk": "Acme", "tag": "[#1]"})

        assert said(support) == "First.\n"
        assert said(sales).startswith("Hello Hong,\n")
        acknowledgement(config, "Second.")
        reload(gateway, Told(), config)
        assert said(support) == "Second.\n"
        acknowledgement(config, "Third {{ tciket }}.")
        telemetry = Told()
        reload(gateway, telemetry, config)
        assert said(support) == "Second.\n"
        assert "unknown name {{ tciket }}" in telemetry.errors[0]
