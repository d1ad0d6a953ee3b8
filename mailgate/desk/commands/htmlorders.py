"""Commands that the formatted half of a mail has, and its text has not. Pure."""

import re

from mailgate.desk.commands.orders import SIGNS, Orders, read_orders
from mailgate.desk.commands.wanted import Fault, Trouble, shown_order
from mailgate.mail.html import to_text

__all__ = ["in_html_alone"]

_TAG = re.compile(r"<[^<>]*>")


def in_html_alone(orders: Orders) -> Fault | None:
    """A command that is left in the HTML of a mail whose text has been understood: whoever gets
    the mail would read it, and what was meant nobody can tell."""
    html = orders.html
    if html is None or not orders.is_clear:
        return None
    if not any(sign in _TAG.sub("", html) for sign in SIGNS):
        return None
    read = read_orders(to_text(html))
    named = (*map(shown_order, read.orders), *read.unknown, read.below)
    line = next((line for line in named if line is not None), None)
    return None if line is None else Fault(Trouble.HALF, line)
