"""What was found out about who sent a mail, one value a check."""

from dataclasses import dataclass

OURSELVES = "mailgate"
"""The source of a check that we made."""


@dataclass(frozen=True, slots=True)
class Check:
    """`method` as RFC 8601 calls it (`dkim`, `spf`, `dmarc`, `arc`), or `smtp_auth`; `domain` is
    what it is about, "" when that was not told; `result` as RFC 8601 §2.7 has it. `source` is
    who says so: ourselves, the authserv-id of a trusted host, or the sealer of an ARC set.
    `detail` is for people."""

    method: str
    domain: str
    result: str
    source: str
    detail: str = ""
