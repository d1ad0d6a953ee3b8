"""The state table of deliveries as a page for people.

`python -m mailgate.outbound.states` prints docs/contributors/delivery-states.md; a test says
when that file is stale. The table itself is `mailgate.model.delivery_states`.
"""

import sys

from mailgate.model.delivery import DeliveryState
from mailgate.model.delivery_states import FINAL, TRANSITIONS, DeliveryEvent, after

__all__ = ["page", "picture", "table"]

_INTRODUCTION = """\
# The states of a delivery

Generated from `mailgate/model/delivery_states.py` by `python -m mailgate.outbound.states`.

A delivery is one recipient's fate. Its `state` changes only as this table says: the CHECK
constraint of the column and the guard of every UPDATE are made from it.
"""


def picture() -> str:
    """A Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> ready: enqueue"]
    for state, ways in TRANSITIONS.items():
        lines += [f"    {state} --> {to}: {event}" for event, to in ways.items()]
    lines += [f"    {state} --> [*]" for state in TRANSITIONS if state in FINAL]
    return "\n".join(lines)


def table() -> str:
    """A Markdown table: a row for each state, a column for each event."""
    head = ["from \\ event", *DeliveryEvent]
    rows = [head, ["---"] * len(head), *(_row(state) for state in TRANSITIONS)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def page() -> str:
    """The whole page."""
    return f"{_INTRODUCTION}\n```mermaid\n{picture()}\n```\n\n{table()}\n"


def _row(state: DeliveryState) -> list[str]:
    if state in FINAL:
        return [state, "final", *([""] * (len(DeliveryEvent) - 1))]
    return [state, *(after(state, event) or "" for event in DeliveryEvent)]


if __name__ == "__main__":
    sys.stdout.write(page())
