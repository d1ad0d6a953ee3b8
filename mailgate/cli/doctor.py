"""`mailgate doctor`: what is wrong, and what to do."""

import asyncio
from collections.abc import Sequence
from functools import partial
from ipaddress import ip_address
from typing import Annotated

import typer

from mailgate import settings as settings_room
from mailgate.cli import output, session
from mailgate.cli.options import Json
from mailgate.cli.session import CommandError
from mailgate.clock import SystemClock
from mailgate.daemon.doctor.findings import Finding, Level, fail, failed, ok, warn
from mailgate.settings.units import read_duration

doctor = typer.Typer(no_args_is_help=False, rich_markup_mode=None)

_DNS_PORT = 53
Dns = Annotated[
    str | None,
    typer.Option("--dns", metavar="IP[:PORT]", help="Ask this DNS server, not this machine's."),
]


@doctor.callback(invoke_without_command=True)
def examine(
    context: typer.Context,
    *,
    dns: Dns = None,
    selector: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A DKIM selector whose key is looked at; repeatable."),
    ] = None,
    json: Json = False,
) -> None:
    """Check everything that mail needs; exit 1 when something fails."""
    if context.invoked_subcommand is not None:
        return
    server = dns_server(dns)
    findings = _examined(server, tuple(selector or ()))
    if json:
        output.print_json(document(findings))
    else:
        print_findings(findings)
    raise typer.Exit(1 if failed(findings) else 0)


def _examined(server: tuple[str, int] | None, selectors: tuple[str, ...]) -> list[Finding]:
    path = session.required_config_file()
    try:
        settings = settings_room.load(path, typed=True)
    except settings_room.SettingsError as error:
        first, *more = error.lines
        text = f"{first}{f' (and {len(more)} more)' if more else ''}"
        return [fail("settings", text, "run `mailgate check-config`, which names all of them")]
    notices = [_remark(notice) for notice in settings_room.notices(settings)]
    begin = notices or [ok("settings", str(path))]

    from mailgate.daemon.doctor.examine import Questions, examine  # noqa: PLC0415  heavy
    from mailgate.daemon.doctor.resolver import open_resolver  # noqa: PLC0415

    questions = Questions(selectors=selectors, own_server=server is not None)
    work = examine(settings, questions, open_resolver(server), SystemClock())
    return [*begin, *asyncio.run(work)]


@doctor.command("forwarding")
def forwarding(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="A support address.")],
    *,
    timeout: Annotated[
        str, typer.Option(metavar="DURATION", help="How long to wait, such as 120s or 10m.")
    ] = "120s",
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="A", help="Sender of the probe; else ADDRESS+p…"),
    ] = None,
    json: Json = False,
) -> None:
    """Send a probe to a support address: does it come back, how, and what was changed?"""
    from mailgate.cli.probes import shape  # noqa: PLC0415  the store, and more
    from mailgate.daemon.doctor.forwarding import Wish, check_forwarding  # noqa: PLC0415

    try:
        seconds = read_duration(timeout).total_seconds()
    except ValueError as error:
        raise CommandError(f"--timeout: {error}", 2) from None
    sender = None if from_ is None else session.typed(from_)
    wish = Wish(session.typed(address), seconds, sender)
    report = session.with_gateway(partial(check_forwarding, wish=wish, tell=session.say))
    if json:
        output.print_json({**document(report.findings), **shape(report)})
    else:
        print_findings(report.findings)
    raise typer.Exit(1 if failed(report.findings) else 0)


def _remark(notice: str) -> Finding:
    """What it is, and behind the last semicolon what to do."""
    sentence, _, what_to_do = notice.rpartition("; ")
    return warn("settings", sentence, what_to_do)


def dns_server(text: str | None) -> tuple[str, int] | None:
    """`192.0.2.1`, `192.0.2.1:5353`, `[2001:db8::1]:53`. CommandError for anything else."""
    if text is None:
        return None
    host, port = text, ""
    if text.startswith("["):
        host, _, port = text.removeprefix("[").partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    try:
        ip_address(host)
        number = int(port or _DNS_PORT)
    except ValueError:
        number = 0
    if not 0 < number < 2**16:
        raise CommandError(f"--dns: {text!r} is no server; write IP or IP:PORT", 2)
    return host, number


def print_findings(findings: Sequence[Finding]) -> None:
    """A line each, what to do behind it; then the sum."""
    rows = [(each.level, each.subject, _line(each)) for each in findings]
    output.print_text("\n".join(output.table(("", "WHAT", "FOUND"), rows)))
    print(f"\n{summary(findings)}")


def _line(finding: Finding) -> str:
    return f"{finding.sentence}; {finding.what_to_do}" if finding.what_to_do else finding.sentence


def summary(findings: Sequence[Finding]) -> str:
    count = {level: sum(each.level is level for each in findings) for level in Level}
    return ", ".join(f"{count[level]} {level}" for level in Level)


def document(findings: Sequence[Finding]) -> dict[str, object]:
    """As --json prints it."""
    return {
        "ok": not failed(findings),
        "findings": [
            {
                "subject": each.subject,
                "level": each.level.value,
                "sentence": each.sentence,
                "what_to_do": each.what_to_do or None,
            }
            for each in findings
        ],
    }
