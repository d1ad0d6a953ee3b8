"""Which status codes say that an address takes no mail, rather than that a mail was not wanted."""

_BAD_ADDRESS = {
    "5.1.1": "bad destination mailbox address: nobody has this mailbox (RFC 3463 §3.2)",
    "5.1.2": "bad destination system address: there is no such domain, or no mail in it",
    "5.1.3": "bad destination mailbox address syntax",
    "5.1.6": "destination mailbox has moved, no forwarding address",
    "5.1.10": "recipient address has null MX: the domain takes no mail (RFC 7505 §4.2)",
    "5.1.351": "Microsoft 365: the next server knows no such recipient",
    "5.2.1": "mailbox disabled, not accepting messages (RFC 3463 §3.3)",
    "5.4.4": "unable to route: the domain does not exist (RFC 3463 §3.5; Postfix, for NXDOMAIN)",
    "5.4.310": "Microsoft 365: the domain does not exist",
}
"""All others are about something else: 5.2.2 a full mailbox, 5.3.x the system, 5.6.x the content,
5.7.x the rules there, and 5.1.7 and 5.1.8 our own address. Codes that say only their class (5.0.0,
5.1.0, a bare 550) are given to spam and to strangers alike. 4.x.x may be otherwise tomorrow."""


def is_bad_address(status: str | None) -> bool:
    """Whether this enhanced status code (RFC 3463) says that the recipient's address is bad."""
    return status in _BAD_ADDRESS
