"""`mailgate forward` on a real store: what it prints and what it writes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mailgate import settings
from mailgate.cli.main import run
from tests.harness.database import make_database

CONFIG = """\
[gateway]
hostname = "mail.acme.example"
data_dir = "{var}"
[[address]]
address = "support@acme.example"
name = "Acme Support"
[[agent]]
address = "alice@acme.example"
name = "Alice Kim"
[[agent]]
address = "carol@partner.example"
name = "Carol"
role = "collaborator"
"""
SEND = ("send", "--from", "support@acme.example", "--to", "hong@customer.example", "--subject", "x")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    config = tmp_path / "mailgate.toml"
    config.write_text(CONFIG.format(var=tmp_path / "var"))
    (tmp_path / "var").mkdir()
    make_database(settings.load(config).store.url)
    (tmp_path / "body.txt").write_text("부품 재고가 있습니까?\n", "utf-8")

    def called(*arguments: str) -> tuple[int, str, str]:
        code = run(["--config", str(config), *arguments])
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    assert called(*SEND, "--body-file", str(tmp_path / "body.txt"))[0] == 0
    return called


def test_it_queues_one_mail_and_says_so(command: Run, tmp_path: Path) -> None:
    body = str(tmp_path / "body.txt")
    code, out, _ = command(
        "forward", "1", "--to", "parts@supplier.example", "--as", "alice@acme.example",
        "--body-file", body,
    )  # fmt: skip
    assert (code, out) == (0, "forward 2 on ticket 1; 1 mail queued\n")
    _, shown, _ = command("tickets", "show", "1", "--json")
    message = json.loads(shown)["messages"][-1]
    assert message["kind"] == "forward"
    assert message["visibility"] == "private"
    assert message["author"]["role"] == "agent"
    assert message["text"] == "부품 재고가 있습니까?"
    assert [one["recipient"] for one in message["deliveries"]] == ["parts@supplier.example"]


def test_json_names_the_delivery(command: Run, tmp_path: Path) -> None:
    arguments = ("--to", "parts@supplier.example", "--body-file", str(tmp_path / "body.txt"))
    code, out, _ = command("forward", "1", *arguments, "--json")
    assert code == 0
    told = json.loads(out)
    assert (told["ticket"], told["message"], len(told["queued"])) == (1, 2, 1)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("9", "--to", "parts@supplier.example"), "There is no ticket 9."),
        (("1", "--to", "parts@supplier.example"), "There is nothing to forward on ticket 1"),
        (("1", "--to", "support@acme.example"), "is a support address"),
        (("1", "--to", "alice@acme.example"), "is an agent"),
        (("1", "--to", "hong@customer.example"), "takes part in the ticket"),
        (
            ("1", "--to", "parts@supplier.example", "--as", "carol@partner.example"),
            "is a collaborator",
        ),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    command: Run, arguments: tuple[str, ...], why: str
) -> None:
    code, out, err = command("forward", *arguments)
    assert (code, out) == (1, "")
    assert why in err
    _, shown, _ = command("tickets", "show", "1", "--json")
    assert len(json.loads(shown)["messages"]) == 1
