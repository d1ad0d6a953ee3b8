"""What the pipe reads of the settings is what the whole settings say."""

from pathlib import Path

import pytest

from mailgate import settings
from mailgate.mail.address import parse_path
from mailgate.settings.errors import SettingsError
from mailgate.settings.pipe import PipeSettings, load_for_pipe

ROOT = Path(__file__).parents[2]
SUPPORT = '[[address]]\naddress = "Support@Acme.example"\n'
SALES = '[[address]]\naddress = "sales@bücher.example"\n'


def by_the_whole(path: Path) -> PipeSettings:
    """Said by the settings that the daemon loads."""
    whole = settings.load(path)
    return PipeSettings(
        whole.store.url,
        frozenset(settings.directory(whole).supports),
        max((door.max_size for door in whole.listen), default=25_000_000),
    )


@pytest.mark.parametrize(
    "text",
    [
        SUPPORT,
        SUPPORT + SALES,
        SUPPORT + '[gateway]\ndata_dir = "/srv/mail gate"',
        SUPPORT + '[gateway]\nhostname = "mail.acme.example"',
        SUPPORT + '[store]\nurl = "postgresql://mailgate:p%40ss@db.example/desk"',
        SUPPORT + '[gateway]\ndata_dir = "/srv/m"\n[store]\nurl = "sqlite:////srv/x.db"',
        SUPPORT + '[gateway]\ndata_dir = "/srv/m"\n[store]\nraw_retention_days = 3',
        SUPPORT + '[[listen]]\nmax_size = "40MiB"\n[[listen]]\naddress = "127.0.0.1:1"',
        SUPPORT + '[[listen]]\nmax_size = "1MB"\n[[listen]]\naddress = "[::1]:1"\nmax_size = "2KB"',
        SUPPORT + '[[listen]]\nmax_size = "1MB"\n[[listen]]\naddress = "127.0.0.1:1"',
        "",
    ],
)  # fmt: skip
def test_both_readings_agree(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mailgate.toml"
    path.write_text(text)
    assert load_for_pipe(path) == by_the_whole(path)


def test_they_agree_on_the_file_that_comes_with_it() -> None:
    path = ROOT / "config" / "mailgate.toml"
    assert load_for_pipe(path) == by_the_whole(path)


@pytest.mark.parametrize(
    "text",
    [
        "[gateway",
        SUPPORT + '[store]\nurl = "mysql://x"',
        SUPPORT + "[store]\nurl = 3",
        SUPPORT + '[[listen]]\nmax_size = "many"',
        "listen = 3\n" + SUPPORT,
        SUPPORT + "[gateway]\ndata_dir = 3",
        "[[address]]\naddress = 3",
        "[[address]]\naddress = 'support'",
        '[[address]]\nname = "x"',
        "address = 3",
    ],
)
def test_a_mistake_in_what_it_needs_is_told_in_the_same_words(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mailgate.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as whole:
        settings.load(path)
    with pytest.raises(SettingsError) as pipe:
        load_for_pipe(path)
    assert pipe.value.lines == whole.value.lines


def test_a_subaddress_is_ours(tmp_path: Path) -> None:
    path = tmp_path / "mailgate.toml"
    path.write_text(SUPPORT)
    found = load_for_pipe(path)
    assert found.is_ours(parse_path("support+tabc@acme.example"))
    assert found.is_ours(parse_path("SUPPORT@acme.example"))
    assert not found.is_ours(parse_path("sales@acme.example"))
    assert not found.is_ours(parse_path("support@elsewhere.example"))
