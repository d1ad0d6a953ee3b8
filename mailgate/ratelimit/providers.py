"""How mail to the big mailbox providers leaves when we bring it to them ourselves.

None of them publishes numbers for a stranger, and all of them judge by reputation: an address of
good standing may send thousands a minute, a new one is told 421 after a few dozen. The numbers
below are what a desk with a small, unknown address gets through without being told off: slow
enough for a first day, and no obstacle for answers. Whoever is told 421 or 4.7.x all the same is
slowed further (`ratelimit.flow`); whoever has a standing raises them by `[[destination]]`.
docs/operators/destinations.md shows this table.
"""

from mailgate.model.pace import Pace
from mailgate.ratelimit.flow import FlowPolicy
from mailgate.ratelimit.policy import Flow

__all__ = ["ANY_DOMAIN", "PROVIDERS"]

ANY_DOMAIN = FlowPolicy(connections=5)
"""For everybody else: no pace. Postfix opens up to 20 connections, many a small server takes 10
from one address; five are polite, and no obstacle."""

PROVIDERS = (
    # "Sending rate too high" is 421 4.7.28; their guidelines for senders ask to begin slowly and
    # to raise the volume with the days. https://support.google.com/a/answer/81126
    Flow(("gmail.com", "googlemail.com"), FlowPolicy(Pace(60, 60, burst=20), connections=5)),
    # Tells newcomers off by 421 RP-001 to RP-003 (too many mails or connections for the
    # reputation of the address). https://sendersupport.olc.protection.outlook.com/pm/
    Flow(
        ("outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.kr", "hotmail.co.kr"),
        FlowPolicy(Pace(30, 60, burst=10), connections=3),
    ),
    # "421 4.7.0 [TSS04] temporarily deferred"; asks for few mails by a connection and for few
    # connections. https://senders.yahooinc.com/best-practices/
    Flow(
        ("yahoo.com", "ymail.com", "rocketmail.com", "yahoo.co.kr", "aol.com"),
        FlowPolicy(Pace(30, 60, burst=10), connections=3),
    ),
    # Limits an unregistered address by its reputation; a white domain registration with KISA
    # helps. 421 4.3.2 and 4.7.0 when it is too fast.
    Flow(("naver.com",), FlowPolicy(Pace(60, 60, burst=20), connections=3)),
    # One house: Daum, Hanmail and Kakao share their mail servers.
    Flow(
        ("daum.net", "hanmail.net", "kakao.com"), FlowPolicy(Pace(60, 60, burst=20), connections=3)
    ),
    # 450 4.7.x for an address that is too fast or not known well enough.
    # https://support.apple.com/102322
    Flow(("icloud.com", "me.com", "mac.com"), FlowPolicy(Pace(30, 60, burst=10), connections=3)),
)
"""`[[destination]]` holds before it."""
