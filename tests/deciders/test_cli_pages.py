"""The operators' pages leave nothing out."""

from pathlib import Path

import pytest

from mailgate.ingest.respond import RefusalReason, refusal
from mailgate.model.decision import QuarantineCause, Reason
from mailgate.model.delivery import WaitReason
from mailgate.telemetry.metrics import DISPOSITIONS

PAGES = Path(__file__).parents[2] / "docs/operators"

EXPLAINED = [*Reason, *QuarantineCause, *RefusalReason, *WaitReason, *sorted(DISPOSITIONS)]


@pytest.mark.parametrize("word", sorted({str(each) for each in EXPLAINED}))
def test_every_reason_is_explained(word: str) -> None:
    assert f"`{word}`" in (PAGES / "reasons.md").read_text()


@pytest.mark.parametrize("reason", list(RefusalReason))
def test_every_refusal_is_listed_with_its_reply(reason: RefusalReason) -> None:
    reply = refusal(reason)
    assert f"| `{reason}` | {reply.code} {reply.status} |" in (PAGES / "reasons.md").read_text()
