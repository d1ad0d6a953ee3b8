"""Whether the From address is the sender's: what is proven, by whom we believe (RFC 8601)."""

from collections.abc import Iterable

from mailgate.mail.address import Address
from mailgate.mail.parsed import AuthenticationResults, AuthResult
from mailgate.model.decision import Authentication
from mailgate.model.directory import Directory

Proof = tuple[Authentication, str | None]

_NOTHING: Proof = (Authentication.NONE, None)
_OWN_HOP = 1
"""Received fields that may stand above what the trusted host wrote: its own."""
_DKIM_DOMAINS = ("header.d", "header.i")
_SPF_DOMAINS = ("smtp.mailfrom",)


def authenticate(
    sender: Address | None,
    results: tuple[AuthenticationResults, ...],
    *,
    trusted: bool,
    authenticated: str | None,
    directory: Directory,
    trusted_authserv_ids: frozenset[str],
) -> Proof:
    """The verdict on the From address, and the method that it stands on.

    `authenticated` is the agent that SMTP AUTH proved at our own door; it says nothing of
    another's From address. Authentication-Results are read only when the peer is trusted.
    """
    if sender is None:
        return _NOTHING
    if _is_agent(directory, authenticated, sender):
        return Authentication.PASS, "smtp_auth"
    if not trusted:
        return _NOTHING
    return _verdict(sender.domain, _topmost(results, trusted_authserv_ids))


def _is_agent(directory: Directory, authenticated: str | None, sender: Address) -> bool:
    agent = directory.agents.get(authenticated) if authenticated else None
    return agent is not None and directory.agent_for(sender) == agent


def _topmost(
    results: tuple[AuthenticationResults, ...], trusted_ids: frozenset[str]
) -> tuple[AuthResult, ...]:
    """The results of the topmost block: everything under the next Received field came with
    the mail and may be forged, whatever id it bears (RFC 8601 §5)."""
    block = [field for field in results if field.above_received <= _OWN_HOP]
    if not block:
        return ()
    top = block[0].above_received
    return tuple(
        result
        for field in block
        if field.above_received == top and field.authserv_id.lower() in trusted_ids
        for result in field.results
    )


def _verdict(domain: str, results: tuple[AuthResult, ...]) -> Proof:
    dmarc = _agreed(r for r in results if r.method == "dmarc" and _names(r, domain))
    if dmarc == "pass":
        return Authentication.PASS, "dmarc"
    if dmarc == "fail":
        return Authentication.FAIL, "dmarc"
    for method, properties in (("dkim", _DKIM_DOMAINS), ("spf", _SPF_DOMAINS)):
        about = (r for r in results if r.method == method and _aligned(r, properties, domain))
        if _agreed(about) == "pass":
            return Authentication.PASS, method
    return _NOTHING


def _agreed(results: Iterable[AuthResult]) -> str | None:
    """The one result that they all give; results in conflict count as none."""
    values = {result.result.lower() for result in results}
    return values.pop() if len(values) == 1 else None


def _names(result: AuthResult, domain: str) -> bool:
    return _domain_of(dict(result.properties).get("header.from", "")) == domain


def _aligned(result: AuthResult, properties: tuple[str, ...], domain: str) -> bool:
    """Relaxed alignment (RFC 7489 §3.1) as far as it can be told without a list of public
    suffixes: the same domain, or one above it."""
    values = dict(result.properties)
    proven = next((_domain_of(values[name]) for name in properties if name in values), "")
    return proven == domain or ("." in proven and domain.endswith(f".{proven}"))


def _domain_of(value: str) -> str:
    return value.strip().strip("<>").rpartition("@")[2].rstrip(".").lower()
