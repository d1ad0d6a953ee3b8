"""Which names the DNS is asked for. What a mail says is no name until it is one on the wire."""

MAX_NAME = 253
_MAX_LABEL = 63

_SPECIAL = frozenset(
    {"test", "example", "invalid", "localhost", "local", "onion", "alt"}
    | {"example.com", "example.net", "example.org"}
)
"""RFC 6761, RFC 2606, RFC 6762, RFC 7686, RFC 9476: nobody can have a record there, and whoever
is asked learns what mail we get."""


def labels_of(name: str) -> tuple[bytes, ...] | None:
    """The labels of a name (RFC 1035 §2.3.4); None when it is none that can be asked for."""
    bare = name.removesuffix(".")
    if not bare or len(bare) > MAX_NAME or not bare.isascii():
        return None
    labels = tuple(label.encode("ascii") for label in bare.split("."))
    return labels if all(0 < len(label) <= _MAX_LABEL for label in labels) else None


def is_special(name: str) -> bool:
    """Whether it stands in a domain that is reserved for other uses, so that there is nothing to
    be found and it is not asked for."""
    labels = name.lower().removesuffix(".").split(".")
    return labels[-1] in _SPECIAL or ".".join(labels[-2:]) in _SPECIAL
