"""The operators' pages leave nothing out."""

from pathlib import Path

import pytest

from mailgate.ingest.respond import RefusalReason, refusal
from mailgate.model.decision import QuarantineCause, Reason
from mailgate.model.delivery import DeliveryState, WaitReason
from mailgate.ratelimit.providers import ANY_DOMAIN, PROVIDERS
from mailgate.telemetry.metrics import DISPOSITIONS

PAGES = Path(__file__).parents[2] / "docs/operators"

EXPLAINED = [*Reason, *QuarantineCause, *RefusalReason, *sorted(DISPOSITIONS)]


@pytest.mark.parametrize("word", sorted({str(each) for each in EXPLAINED}))
def test_every_reason_is_explained(word: str) -> None:
    assert f"`{word}`" in (PAGES / "reasons.md").read_text()


@pytest.mark.parametrize("reason", list(WaitReason))
def test_every_reason_to_wait_says_what_an_operator_can_do(reason: WaitReason) -> None:
    section = (PAGES / "queue.md").read_text().partition("## Why mail waits")[2]
    lines = section.partition("\n## ")[0].splitlines()
    (row,) = (line for line in lines if line.startswith(f"| `{reason}` | "))
    assert all(len(cell.strip()) > 5 for cell in row.split(" | ")[1:])


def test_every_state_of_a_delivery_is_explained() -> None:
    page = (PAGES / "queue.md").read_text()
    assert all(f"| `{state}` | " in page for state in DeliveryState)


def test_the_page_of_destinations_has_the_table_of_providers() -> None:
    page = (PAGES / "destinations.md").read_text()
    for flow in PROVIDERS:
        policy = flow.policy
        assert f"| {', '.join(flow.domains)} | {policy.pace} | {policy.connections} |" in page
    assert f"| everybody else | | none | {ANY_DOMAIN.connections} |" in page


@pytest.mark.parametrize("reason", list(RefusalReason))
def test_every_refusal_is_listed_with_its_reply(reason: RefusalReason) -> None:
    reply = refusal(reason)
    assert f"| `{reason}` | {reply.code} {reply.status} |" in (PAGES / "reasons.md").read_text()
