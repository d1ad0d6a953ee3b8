"""What people are shown of what we sign. Pure.

Who knows a reply token can write as the one it was given to, and who knows the id of a mail or
its marker has "seen the thread". What explains a decision is passed around (support cases, logs,
exports), so it shows the beginning alone: which ticket and purpose, and nothing of the signature.
"""

import re

from mailgate.model.decision import Signal, SignalKind

__all__ = ["shown_signal", "shown_text"]

_SHOWN = 6
"""Characters: purpose and ticket stand in the first ten, the signature behind them."""
_SIGNED = frozenset(
    {
        SignalKind.REPLY_TOKEN,
        SignalKind.OWN_ID,
        SignalKind.RELAYED_ID,
        SignalKind.BODY_MARKER,
    }
)
_IN_ADDRESS = re.compile(r"(\+[tb][a-z2-7]{6})[a-z2-7]{26}(?=@)", re.IGNORECASE)


def shown_signal(signal: Signal) -> str:
    """The value of a signal; of what is signed by us the first six characters and `…`."""
    if signal.kind not in _SIGNED or len(signal.value) <= _SHOWN:
        return signal.value
    return f"{signal.value[:_SHOWN]}…"


def shown_text(text: str) -> str:
    """A text, with the tokens in addresses like `support+t…@` cut as those of signals are."""
    return _IN_ADDRESS.sub(r"\1…", text) if "+" in text else text
