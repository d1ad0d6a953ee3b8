"""format=flowed (RFC 3676): soft line ends joined again."""


def unflow(text: str, *, delete_space: bool) -> str:
    """The paragraphs as they were written; quote marks are `> ` again."""
    out: list[str] = []
    held: list[str] = []
    held_depth = 0
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        is_signature = content == "-- "
        if held and (held_depth != depth or is_signature):
            out.append(_quoted(held_depth, "".join(held)))
            held = []
        held_depth = depth
        if content.endswith(" ") and not is_signature:
            held.append(content[:-1] if delete_space else content)
        else:
            out.append(_quoted(depth, "".join([*held, content])))
            held = []
    if held:
        out.append(_quoted(held_depth, "".join(held)))
    return "\n".join(out)


def _quoted(depth: int, content: str) -> str:
    return f"{'>' * depth} {content}" if depth else content
