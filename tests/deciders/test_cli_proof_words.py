"""The line that says who a mail is from, and what shows it."""

import pytest

from mailgate.cli.render import explanation_text


@pytest.mark.parametrize(
    ("authenticated", "by", "said"),
    [
        ("none", "token", "none; proven by token"),
        ("pass", "dkim", "pass by dkim"),
        ("none", None, "none"),
        ("fail", None, "fail"),
    ],
)
def test_a_token_proves_an_agent_and_not_the_address(
    authenticated: str, by: str | None, said: str
) -> None:
    """`none by token` would say that nothing is shown by a token."""
    sender: dict[str, object] = {
        "address": "alice@acme.example",
        "role": "agent",
        "authenticated": authenticated,
        "by": by,
        "checks": [],
    }
    text = explanation_text(
        {
            "disposition": "append",
            "ticket": 1,
            "reasons": ["matched_reply_token"],
            "sender": sender,
            "signals": [],
            "would_send": [],
            "defects": [],
        }
    )
    assert f"alice@acme.example (agent; {said})" in text
