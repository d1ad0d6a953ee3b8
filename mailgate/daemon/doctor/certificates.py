"""Whether a certificate will do, and for how long."""

from datetime import datetime, timedelta

from mailgate.daemon.doctor.dialogue import Certificate
from mailgate.daemon.doctor.findings import Finding, counted, fail, ok, warn

SOON = timedelta(days=14)
"""Certificates that are renewed by a program are renewed earlier than this."""


def judge_certificate(subject: str, certificate: Certificate, name: str, now: datetime) -> Finding:
    """`name` is what others call the server."""
    until = f"{certificate.ends:%Y-%m-%d}"
    by = f"certificate of {certificate.issuer}"
    if certificate.ends <= now:
        return fail(subject, f"{by} ended on {until}", "renew it, then `systemctl reload mailgate`")
    if certificate.begins > now:
        return fail(
            subject,
            f"{by} is not valid before {certificate.begins:%Y-%m-%d}",
            "set the clock, or use another certificate",
        )
    if not covers(certificate.names, name):
        return warn(
            subject,
            f"{by} is for {', '.join(certificate.names[:5]) or 'no name'}, not for {name}",
            f"get one for {name}, or correct [gateway] hostname",
        )
    if certificate.ends - now < SOON:
        days = (certificate.ends - now).days
        return warn(subject, f"{by} ends in {counted(days, 'day')}, on {until}", "renew it now")
    return ok(subject, f"{by} for {name}, until {until}")


def covers(names: tuple[str, ...], name: str) -> bool:
    """RFC 9525 §6.3: a wildcard stands for the whole first label."""
    wanted = name.lower().rstrip(".")
    rest = wanted.partition(".")[2]
    return any(
        each == wanted or (each.startswith("*.") and bool(rest) and each[2:] == rest)
        for each in (known.lower().rstrip(".") for known in names)
    )
