"""`mailgate check-config` and SIGHUP read the macros of agents, and what collaborators may do."""

from pathlib import Path

import pytest

from mailgate import settings
from mailgate.cli.main import run
from mailgate.daemon.gateway import desk_context, open_gateway
from mailgate.daemon.reload import reload
from mailgate.model.verb import Verb
from mailgate.telemetry.null import NullTelemetry
from tests.harness.database import make_database

CONFIG = """\
[gateway]
data_dir = "{var}"
secret_file = "{var}/secret.key"
[store]
url = "sqlite:///{var}/mailgate.db"
[[address]]
address = "support@acme.example"
name = "Acme Support"
[[agent]]
address = "alice@acme.example"
name = "Alice Kim"
[agents]
"""


class Told(NullTelemetry):
    """Remembers what went wrong."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def task_failed(self, *, task: str, error: str) -> None:
        self.errors.append(error)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings with a folder of macros, as yet empty."""
    (tmp_path / "var").mkdir()
    (tmp_path / "macros").mkdir()
    path = tmp_path / "mailgate.toml"
    path.write_text(f'{CONFIG.format(var=tmp_path / "var")}macros = "{tmp_path}/macros"\n')
    return path


def checked(config: Path, capfd: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = run(["--config", str(config), "check-config"])
    return code, capfd.readouterr().err


def test_a_mistake_in_a_macro_is_named_with_its_file_and_line(
    config: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    macro = config.parent / "macros" / "refund.txt"
    macro.write_text("#tag refund\n#assign Zoe\n\nDear {{ requester }},\n")
    code, err = checked(config, capfd)
    assert code == 1
    assert f"{macro}: line 2: `#assign Zoe`: no colleague has this name" in err
    macro.write_text("#tag refund\n\nDear {{ customer }},\n")
    code, err = checked(config, capfd)
    assert code == 1
    assert f"{macro}: line 3: unknown name {{{{ customer }}}}" in err
    macro.write_text("\n#tag refund\n#group sales\n\nDear {{ requester }},\n")
    code, err = checked(config, capfd)
    assert code == 1
    assert f"{macro}: line 3: `#group sales`: there is no such group" in err
    macro.write_text("#tag refund\n#assign alice\n\nDear {{ requester }},\n")
    assert checked(config, capfd)[0] == 0


@pytest.mark.parametrize("verb", ["new", "forward"])
def test_what_collaborators_may_not_be_given_is_named_with_its_line(
    config: Path, capfd: pytest.CaptureFixture[str], verb: str
) -> None:
    text = config.read_text()
    config.write_text(text + f'commands_for_collaborators = ["tag", "{verb}"]\n')
    code, err = checked(config, capfd)
    assert code == 1
    assert "agents.commands_for_collaborators" in err
    assert f"(line {len(text.splitlines()) + 1})" in err


def test_what_collaborators_are_given_reaches_the_desk(config: Path) -> None:
    config.write_text(config.read_text() + 'commands_for_collaborators = ["tag", "follow"]\n')
    policy = desk_context(settings.load(config)).policy
    assert policy.commands_for_collaborators == {Verb.TAG, Verb.FOLLOW}


async def test_a_macro_is_there_after_a_reload_and_a_mistake_leaves_the_old_ones(
    config: Path,
) -> None:
    loaded = settings.load(config)
    make_database(loaded.store.url)
    macro, told = config.parent / "macros" / "refund.txt", Told()
    async with open_gateway(loaded) as gateway:
        assert gateway.context.macros.find("en", "refund") is None
        macro.write_text("Yes.\n")
        reload(gateway, told, config)
        first = gateway.context.macros.find("en", "refund")
        assert first is not None
        macro.write_text("{{ nobody }}\n")
        reload(gateway, told, config)
        assert gateway.context.macros.find("en", "refund") is first
    assert [error.partition(": ")[0] for error in told.errors] == [str(macro)]
