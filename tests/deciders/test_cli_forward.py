"""`mailgate forward` on a real store: what it prints and what it writes."""

from pathlib import Path

import pytest

from tests.deciders.cli_world import Mailgate, installed

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


@pytest.fixture
def mailgate(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Mailgate:
    found = installed(tmp_path, capfdbinary, CONFIG)
    (tmp_path / "body.txt").write_text("부품 재고가 있습니까?\n", "utf-8")
    assert found(*SEND, "--body-file", str(tmp_path / "body.txt")).code == 0
    return found


def test_it_queues_one_mail_and_says_so(mailgate: Mailgate, tmp_path: Path) -> None:
    body = str(tmp_path / "body.txt")
    code, out, _ = mailgate(
        "forward", "1", "--to", "parts@supplier.example", "--as", "alice@acme.example",
        "--body-file", body,
    )  # fmt: skip
    assert (code, out) == (0, "forward 2 on ticket 1; 1 mail queued\n")
    shown = mailgate("tickets", "show", "1", "--json").json
    message = shown["messages"][-1]
    assert message["kind"] == "forward"
    assert message["visibility"] == "private"
    assert message["author"]["role"] == "agent"
    assert message["text"] == "부품 재고가 있습니까?"
    assert [one["recipient"] for one in message["deliveries"]] == ["parts@supplier.example"]


def test_json_names_the_delivery(mailgate: Mailgate, tmp_path: Path) -> None:
    arguments = ("--to", "parts@supplier.example", "--body-file", str(tmp_path / "body.txt"))
    told = mailgate("forward", "1", *arguments, "--json").json
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
    mailgate: Mailgate, arguments: tuple[str, ...], why: str
) -> None:
    code, out, err = mailgate("forward", *arguments)
    assert (code, out) == (1, "")
    assert why in err
    shown = mailgate("tickets", "show", "1", "--json").json
    assert len(shown["messages"]) == 1
