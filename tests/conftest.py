"""What every test may ask for, and which tests this machine can run."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.gateway import Gateway, make_gateway
from tests.harness.ports import free_ports
from tests.harness.postfix import Postfix, running_postfix
from tests.harness.servers import PROGRAMS, why_not

CUSTOMERS = ["hong@customer.example", "mina@customer.example"]
AGENTS = ["alice@acme.example", "bob@acme.example"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves out what needs a missing server, only when told so: by itself it would fail."""
    if not os.environ.get("MAILGATE_WITHOUT_SERVERS"):
        return
    for item in items:
        for marker in item.iter_markers("servers"):
            reasons = [reason for name in marker.args or PROGRAMS if (reason := why_not(name))]
            if reasons:
                item.add_marker(pytest.mark.skip(reason="; ".join(reasons)))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Thousands of tests are collected and stay: the collector need not look at them each time."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a test that was left out is a failure: it would stay out for ever."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("MAILGATE_NOTHING_LEFT_OUT") or reporter is None:
        return
    skipped = reporter.stats.get("skipped", [])
    if skipped and session.exitstatus == pytest.ExitCode.OK:
        reporter.ensure_newline()
        reporter.write_line(f"{len(skipped)} tests were left out, and nothing may be.")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def gateway(request: pytest.FixtureRequest, tmp_path: Path) -> Gateway:
    """A gateway that is configured and not started; its mail goes into its outbox. In a module
    that is `COLD` each of its processes is a new interpreter, and imports late what is late."""
    return make_gateway(tmp_path / "gateway", cold=getattr(request.module, "COLD", False))


@pytest.fixture
def postfix(gateway: Gateway) -> Iterator[Postfix]:
    """The mail system around `gateway`, which sends through it."""
    (port,) = free_ports(1)
    gateway.write_config(smarthost=port)
    with running_postfix(
        port,
        mailboxes=[*CUSTOMERS, *AGENTS],
        routes={"support@acme.example": gateway.smtp_port},
    ) as server:
        yield server
