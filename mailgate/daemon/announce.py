"""What a person who starts mailgate by hand reads when it is ready."""

from collections.abc import Sequence

from mailgate.ingest.smtp import SmtpDoor
from mailgate.settings import Settings
from mailgate.settings.outbound import OutboundSettings


def announcement(settings: Settings, doors: Sequence[SmtpDoor], http: str) -> str:
    """`ready` with the addresses, and three lines to try next."""
    opened = zip(settings.listen, doors, strict=True)
    where = [
        f"{listen.protocol} {address}" for listen, door in opened for address in door.addresses
    ]
    where += [f"mailbox {entry.name} (imap {entry.host})" for entry in settings.mailbox]
    leaves = f"outbound mail {_way_out(settings.outbound)}"
    lines = [
        f"ready: {', '.join([*where, f'http {http}', leaves])}",
        *_to_try(settings, where, http),
    ]
    return "\n".join(lines)


def _to_try(settings: Settings, where: Sequence[str], http: str) -> list[str]:
    smtp = next((each.removeprefix("smtp ") for each in where if each.startswith("smtp ")), None)
    support = settings.address[0].address if settings.address else None
    if settings.mailbox and support is not None and smtp is None:
        return ["  .venv/bin/mailgate tickets list", f"  curl http://{http}/metrics"]
    if smtp is None or support is None:
        return ["  write [[address]] and [[listen]] into the settings: nothing can come in yet"]
    return [
        f"  swaks --server {smtp} --from hong@customer.example --to {support}",
        "  .venv/bin/mailgate tickets list",
        f"  curl http://{http}/metrics",
    ]


def _way_out(outbound: OutboundSettings) -> str:
    match outbound.transport:
        case "maildir":
            return f"into {outbound.maildir}"
        case "smtp":
            return f"to {outbound.smarthost.host}:{outbound.smarthost.port}"
        case "mx":
            return "straight to the recipients' mail servers"
