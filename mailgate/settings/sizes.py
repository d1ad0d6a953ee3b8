"""Sizes as they are written in the settings; without pydantic, for the pipe."""

import re

_SIZE = re.compile(r"(\d{1,9})(B|KB|MB|GB|KiB|MiB|GiB)")
_BYTES = {
    "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
}  # fmt: skip


def read_size(value: object) -> int:
    """Octets. Raises ValueError with a sentence for the operator."""
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            f"{shown(value)} is no size; write a whole number and KB, MB or GB, such as "
            '"25MB" (KiB, MiB, GiB count in 1024)'
        )
    return int(match[1]) * _BYTES[match[2]]


def shown(value: object) -> str:
    """A value in a sentence about it."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
