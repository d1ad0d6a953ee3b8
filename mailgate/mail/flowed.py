"""format=flowed (RFC 3676): soft line ends joined again."""


def unflow(text: str, *, delete_space: bool) -> str:
    """The paragraphs as they were written; quote marks are `> ` again."""
    out: list[str] = []
    held: tuple[int, str] | None = None
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        if held is not None and held[0] == depth and content != "-- ":
            content = held[1] + content
        elif held is not None:
            out.append(_quoted(*held))
        held = None
        if content.endswith(" ") and content != "-- ":
            held = (depth, content[:-1] if delete_space else content)
        else:
            out.append(_quoted(depth, content))
    if held is not None:
        out.append(_quoted(*held))
    return "\n".join(out)


def _quoted(depth: int, content: str) -> str:
    return f"{'>' * depth} {content}" if depth else content
