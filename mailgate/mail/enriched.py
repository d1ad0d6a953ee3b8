"""text/enriched (RFC 1896) and its forerunner text/richtext (RFC 1341 §7.1.3) as plain text."""

import re

_COMMAND = re.compile(r"<(/?[A-Za-z0-9-]{1,60})>")
_LINE_ENDS = re.compile(r"\n+")
_LITERAL = "\ue000"
"""Stands for `<<`, a literal `<`, while commands are taken out."""


def from_enriched(text: str) -> str:
    """RFC 1896 §2: a line end is a blank, n of them are n - 1; commands and parameters go."""
    text = text.replace("\r\n", "\n").replace("<<", _LITERAL)
    pieces: list[str] = []
    position = 0
    in_parameter = False
    commands = list(_COMMAND.finditer(text))
    ends = [command.start() for command in commands if command[1].casefold() == "/param"]
    for command in commands:
        if not in_parameter:
            pieces.append(text[position : command.start()])
        position = command.end()
        match command[1].casefold():
            case "param":
                in_parameter = (
                    bool(ends) and position <= ends[-1]
                )  # one that never ends has no text in it
            case "/param":
                in_parameter = False
            case "nl":
                pieces.append("\n\n")
            case _:
                pass  # bold, center and their like
    if not in_parameter:
        pieces.append(text[position:])
    joined = _LINE_ENDS.sub(_fewer, "".join(pieces))
    return joined.replace(_LITERAL, "<")


def _fewer(found: "re.Match[str]") -> str:
    return "\n" * (len(found[0]) - 1) or " "
