"""`mailgate check-config` and SIGHUP read the templates, also those of one support address."""

import re
from pathlib import Path

import pytest

from mailgate import settings
from mailgate.daemon.gateway import open_gateway
from mailgate.daemon.reload import reload
from mailgate.desk.words.templates import TemplateName
from tests.deciders.cli_world import Failures, Mailgate, installed

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
"""


@pytest.fixture
def mailgate(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Mailgate:
    """Whose second address has a folder of templates."""
    (tmp_path / "acme" / "en").mkdir(parents=True)
    return installed(tmp_path, capfdbinary, f'{CONFIG}templates = "{tmp_path}/acme"\n')


def acknowledgement(config: Path, text: str) -> Path:
    path = config.parent / "acme" / "en" / "acknowledgement.txt"
    path.write_text(f"Subject: {{{{ subject }}}}\n\n{text}\n")
    return path


def test_a_mistake_is_named_with_its_file_and_line(mailgate: Mailgate) -> None:
    path = acknowledgement(mailgate.config, "Hello {{ name }},\n\nyou are number {{ nubmer }}.")
    code, _, told = mailgate("check-config")
    assert code != 0
    assert f"{path}: line 5: unknown name {{{{ nubmer }}}}; known here: " in told
    acknowledgement(mailgate.config, "Hello {{ name }}, you are number {{ ticket }}.")
    assert mailgate("check-config").code == 0


def test_a_folder_that_is_not_there_is_named(mailgate: Mailgate) -> None:
    mailgate.config.write_text(mailgate.config.read_text().replace("/acme", "/amce", 1))
    code, _, told = mailgate("check-config")
    assert code != 0
    assert re.search(
        r"address\[\d\]\.templates \(line \d+\): there is no folder .*/amce; make", told
    )


async def test_a_reload_takes_new_words_and_leaves_the_old_ones_for_a_mistake(
    mailgate: Mailgate,
) -> None:
    acknowledgement(mailgate.config, "First.")
    made = settings.load(mailgate.config)
    support, sales = (entry.address.key for entry in reversed(made.address))
    async with open_gateway(made) as gateway:

        def said(address: str) -> str:
            found = gateway.context.templates.find("en", TemplateName.ACKNOWLEDGEMENT, address)
            return found.fill_body({"name": "Hong", "desk": "Acme", "tag": "[#1]"})

        assert said(support) == "First.\n"
        assert said(sales).startswith("Hello Hong,\n")
        acknowledgement(mailgate.config, "Second.")
        reload(gateway, Failures(), mailgate.config)
        assert said(support) == "Second.\n"
        acknowledgement(mailgate.config, "Third {{ tciket }}.")
        telemetry = Failures()
        reload(gateway, telemetry, mailgate.config)
        assert said(support) == "Second.\n"
        assert "unknown name {{ tciket }}" in telemetry.errors[0]
