"""The visible reply: what a person wrote, without what they answered to."""

MARK = "##-"
MARK_END = "-##"


def marker_line(text: str) -> str:
    """Our own line above a notification: the surest place to cut."""
    return f"{MARK} {text} {MARK_END}"


def visible_reply(text: str) -> str:
    """The text above the marker."""
    return text
