"""What went wrong, as one sentence and an exit code."""

import os

from mailgate.cli.session import CommandError
from mailgate.settings import SettingsError
from mailgate.store.core import StoreUnavailable

FAILED = 1
TRY_AGAIN = 75


def describe(error: BaseException) -> tuple[int, str]:
    """The exit code and what to say."""
    match error:
        case BaseExceptionGroup():
            return describe(error.exceptions[0])
        case CommandError():
            return error.code, f"mailgate: {error}"
        case SettingsError():
            return FAILED, "\n".join(error.lines)
        case StoreUnavailable():
            return TRY_AGAIN, f"mailgate: the database cannot be used now, try again: {error}"
        case _ if type(error).__module__.startswith("mailgate."):
            # Every exception of ours is a sentence for whoever caused it.
            return FAILED, f"mailgate: {error}"
        case OSError():
            return FAILED, f"mailgate: {_os_error(error)}"
        case _:
            return FAILED, (
                f"mailgate: unexpected {type(error).__name__}: {_one_line(error)} "
                "(MAILGATE_DEBUG=1 shows where)"
            )


def _os_error(error: OSError) -> str:
    reason = os.strerror(error.errno) if error.errno else str(error)
    return f"{error.filename}: {reason}" if error.filename else reason


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 200 else text[:197] + "..."
