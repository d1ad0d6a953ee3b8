"""What commands print as JSON: one document, which no terminal obeys."""

import json

import pytest

from mailgate.cli import output


@pytest.mark.parametrize("code", [0x00, 0x1B, 0x7F, 0x80, 0x9B, 0x9D, 0x9F])
def test_no_control_character_leaves(capfdbinary: pytest.CaptureFixture[bytes], code: int) -> None:
    """`\\x9b` is the beginning of a sequence by itself (ISO/IEC 6429), also in UTF-8."""
    document = {"subject": f"a{chr(code)}2Jb 환불"}
    output.print_json(document)
    output.print_json_line(document)
    shown = capfdbinary.readouterr().out
    assert chr(code) not in shown.decode()
    assert "환불" in shown.decode()
    one, line = shown[: shown.index(b"}") + 1], shown[shown.index(b"}") + 1 :]
    assert json.loads(one) == json.loads(line) == document
