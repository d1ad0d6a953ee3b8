"""`mailgate check-config` and SIGHUP read the macros of agents, and what collaborators may do."""

from pathlib import Path

import pytest

from mailgate import settings
from mailgate.daemon.gateway import desk_context, open_gateway
from mailgate.daemon.reload import reload
from mailgate.model.verb import Verb
from tests.deciders.cli_world import Failures, Mailgate, installed

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


@pytest.fixture
def mailgate(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Mailgate:
    """With a folder of macros, as yet empty."""
    (tmp_path / "macros").mkdir()
    return installed(tmp_path, capfdbinary, f'{CONFIG}macros = "{tmp_path}/macros"\n')


def test_a_mistake_in_a_macro_is_named_with_its_file_and_line(mailgate: Mailgate) -> None:
    macro = mailgate.config.parent / "macros" / "refund.txt"
    macro.write_text("#tag refund\n#assign Zoe\n\nDear {{ requester }},\n")
    code, _, err = mailgate("check-config")
    assert code == 1
    assert f"{macro}: line 2: `#assign Zoe`: no colleague has this name" in err
    macro.write_text("#tag refund\n\nDear {{ customer }},\n")
    code, _, err = mailgate("check-config")
    assert code == 1
    assert f"{macro}: line 3: unknown name {{{{ customer }}}}" in err
    macro.write_text("\n#tag refund\n#group sales\n\nDear {{ requester }},\n")
    code, _, err = mailgate("check-config")
    assert code == 1
    assert f"{macro}: line 3: `#group sales`: there is no such group" in err
    macro.write_text("#tag refund\n#assign alice\n\nDear {{ requester }},\n")
    assert mailgate("check-config").code == 0


@pytest.mark.parametrize("verb", ["new", "forward"])
def test_what_collaborators_may_not_be_given_is_named_with_its_line(
    mailgate: Mailgate, verb: str
) -> None:
    text = mailgate.config.read_text()
    mailgate.config.write_text(text + f'commands_for_collaborators = ["tag", "{verb}"]\n')
    code, _, err = mailgate("check-config")
    assert code == 1
    assert "agents.commands_for_collaborators" in err
    assert f"(line {len(text.splitlines()) + 1})" in err


def test_what_collaborators_are_given_reaches_the_desk(mailgate: Mailgate) -> None:
    mailgate.config.write_text(
        mailgate.config.read_text() + 'commands_for_collaborators = ["tag", "follow"]\n'
    )
    policy = desk_context(settings.load(mailgate.config)).policy
    assert policy.commands_for_collaborators == {Verb.TAG, Verb.FOLLOW}


async def test_a_macro_is_there_after_a_reload_and_a_mistake_leaves_the_old_ones(
    mailgate: Mailgate,
) -> None:
    loaded = settings.load(mailgate.config)
    macro, told = mailgate.config.parent / "macros" / "refund.txt", Failures()
    async with open_gateway(loaded) as gateway:
        assert gateway.context.macros.find("en", "refund") is None
        macro.write_text("Yes.\n")
        reload(gateway, told, mailgate.config)
        first = gateway.context.macros.find("en", "refund")
        assert first is not None
        macro.write_text("{{ nobody }}\n")
        reload(gateway, told, mailgate.config)
        assert gateway.context.macros.find("en", "refund") is first
    assert [error.partition(": ")[0] for error in told.errors] == [str(macro)]
