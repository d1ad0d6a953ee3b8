"""Which rules match, in their order, and by which condition the others do not."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.desk.rules import seeing
from mailgate.desk.rules.matching import MailSeen, Standing, look
from mailgate.mail.address import Address
from mailgate.mail.words import decode_header
from mailgate.model.hours import ALWAYS
from mailgate.model.rule import (
    Actions,
    Condition,
    Conditions,
    FieldTest,
    Occasion,
    Rule,
    RuleTrial,
    Within,
)
from mailgate.model.ticket import Priority, Source, Status
from mailgate.model.wildcard import Glob, Words, folded

SUPPORT = Address("support", "acme.example")
HONG = Address("Hong", "customer.example")


MAIL = MailSeen(
    size=2_000,
    automated=False,
    authenticated=True,
    text="Please give me my money back.\n환불해 주세요.",
    files=(("Invoice 12.PDF", "application/pdf"),),
    fields=lambda name: {"x-priority": ("1 (highest)",)}.get(name, ()),
)
NEW = Standing(
    address=SUPPORT,
    brand="acme",
    group="support",
    status=Status.OPEN,
    priority=Priority.NORMAL,
    source=Source.EMAIL,
    tags=("vip",),
    sender=HONG,
    subject="Refund   of MY order",
    now=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    mail=MAIL,
)


def rule(name: str = "r", conditions: Conditions | None = None, **actions: Any) -> Rule:
    return Rule(name, Occasion.NEW, conditions or Conditions(), Actions(**actions))


def words(*texts: str) -> tuple[Words, ...]:
    return tuple(map(Words.of, texts))


HOLD: dict[Condition, tuple[Conditions, ...]] = {
    Condition.ADDRESS: (Conditions(address=(Address("SUPPORT", "acme.example"),)),),
    Condition.BRAND: (Conditions(brand=("other", "acme")),),
    Condition.GROUP: (Conditions(group=("support",)),),
    Condition.STATUS: (Conditions(status=(Status.OPEN, Status.PENDING)),),
    Condition.PRIORITY: (Conditions(priority=(Priority.NORMAL,)),),
    Condition.SOURCE: (Conditions(source=(Source.EMAIL,)),),
    Condition.TAG: (Conditions(tag=("other", "vip")),),
    Condition.AUTOMATED: (Conditions(automated=False),),
    Condition.AUTHENTICATED: (Conditions(authenticated=True),),
    Condition.LARGER_THAN: (Conditions(larger_than=1_999),),
    Condition.SENDER: (
        Conditions(sender=(Address("hong", "customer.example"),)),
        Conditions(sender=("other.example", "customer.example")),
    ),
    Condition.INSIDE_HOURS: (Conditions(inside_hours=Within("always", ALWAYS)),),
    Condition.ATTACHMENT: (
        Conditions(attachment=(Glob.of("*.pdf"),)),
        Conditions(attachment=(Glob.of("application/*"),)),
    ),
    Condition.SUBJECT: (
        Conditions(subject=words("refund of my")),
        Conditions(subject=words("nothing", "REFUND * order")),
    ),
    Condition.HEADER: (
        Conditions(header=(FieldTest("x-priority"),)),
        Conditions(header=(FieldTest("x-other"), FieldTest("x-priority", Words.of("highest")))),
    ),
    Condition.BODY: (Conditions(body=words("money back")), Conditions(body=words("환불"))),
}
"""Conditions that hold for NEW."""

FAIL: dict[Condition, tuple[Conditions, ...]] = {
    Condition.ADDRESS: (Conditions(address=(Address("sales", "acme.example"),)),),
    Condition.BRAND: (Conditions(brand=("other",)),),
    Condition.GROUP: (Conditions(group=("sales",)),),
    Condition.STATUS: (Conditions(status=(Status.CLOSED,)),),
    Condition.PRIORITY: (Conditions(priority=(Priority.HIGH,)),),
    Condition.SOURCE: (Conditions(source=(Source.API,)),),
    Condition.TAG: (Conditions(tag=("VIP",)),),
    Condition.AUTOMATED: (Conditions(automated=True),),
    Condition.AUTHENTICATED: (Conditions(authenticated=False),),
    Condition.LARGER_THAN: (Conditions(larger_than=2_000),),
    Condition.SENDER: (
        Conditions(sender=(Address("hongs", "customer.example"),)),
        Conditions(sender=("example", "mer.example")),
    ),
    Condition.OUTSIDE_HOURS: (Conditions(outside_hours=Within("always", ALWAYS)),),
    Condition.ATTACHMENT: (
        Conditions(attachment=(Glob.of("*.exe"),)),
        Conditions(attachment=(Glob.of("pdf"),)),
        Conditions(attachment=(Glob.of("image/*"),)),
    ),
    Condition.SUBJECT: (
        Conditions(subject=words("order * refund")),
        Conditions(subject=words("refunds")),
    ),
    Condition.HEADER: (
        Conditions(header=(FieldTest("x-other"),)),
        Conditions(header=(FieldTest("x-priority", Words.of("lowest")),)),
    ),
    Condition.BODY: (Conditions(body=words("refund")),),
}
"""Conditions that do not."""


@pytest.mark.parametrize("conditions", [one for of in HOLD.values() for one in of])
def test_a_rule_matches_whose_condition_holds(conditions: Conditions) -> None:
    found = look((rule("r", conditions, tag=("x",)),), NEW)
    assert found.trials == (RuleTrial("r", None),)
    assert [one.name for one in found.matched] == ["r"]


@pytest.mark.parametrize(
    ("test", "conditions"), [(test, one) for test, of in FAIL.items() for one in of]
)
def test_a_rule_says_which_condition_does_not_hold(test: Condition, conditions: Conditions) -> None:
    found = look((rule("r", conditions, tag=("x",)),), NEW)
    assert found.trials == (RuleTrial("r", test),)
    assert found.matched == ()


def test_every_condition_has_its_case() -> None:
    assert set(HOLD) | set(FAIL) == set(Condition)


def test_all_conditions_of_a_rule_must_hold() -> None:
    both = Conditions(subject=words("refund"), tag=("vip",), body=words("no such words"))
    assert look((rule("r", both),), NEW).trials == (RuleTrial("r", Condition.BODY),)


def test_a_rule_without_conditions_always_matches() -> None:
    assert look((rule(),), NEW).matched


@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(automated=False),
        Conditions(authenticated=False),
        Conditions(larger_than=0),
        Conditions(attachment=(Glob.of("*"),)),
        Conditions(header=(FieldTest("x-priority"),)),
        Conditions(body=words("money")),
    ],
)
def test_what_is_asked_of_a_mail_does_not_hold_without_one(conditions: Conditions) -> None:
    assert look((rule("r", conditions),), replace(NEW, mail=None)).matched == ()


SETS: list[tuple[dict[str, Any], Conditions]] = [
    ({"tag": ("refund",)}, Conditions(tag=("refund",))),
    ({"group": "sales"}, Conditions(group=("sales",))),
    ({"priority": Priority.URGENT}, Conditions(priority=(Priority.URGENT,))),
    ({"status": Status.PENDING}, Conditions(status=(Status.PENDING,))),
]


@pytest.mark.parametrize(("sets", "asks"), SETS)
def test_what_a_rule_sets_is_seen_by_the_rules_below_it(
    sets: dict[str, Any], asks: Conditions
) -> None:
    first, second = rule("first", **sets), rule("second", asks)
    assert [one.name for one in look((first, second), NEW).matched] == ["first", "second"]
    assert [one.name for one in look((second, first), NEW).matched] == ["first"]


def test_a_tag_that_is_removed_is_not_seen_below() -> None:
    rules = (rule("first", untag=("vip",)), rule("second", Conditions(tag=("vip",))))
    assert [one.name for one in look(rules, NEW).matched] == ["first"]


def test_stop_ends_the_look_where_the_rule_matches() -> None:
    never = Conditions(brand=("other",))
    rules = (rule("a", never, stop=True), rule("b", stop=True), rule("c"))
    assert look(rules, NEW).trials == (RuleTrial("a", Condition.BRAND), RuleTrial("b", None))


@pytest.mark.parametrize("aside", ["quarantine", "drop"])
def test_nothing_is_looked_at_below_a_rule_that_sets_the_mail_aside(aside: str) -> None:
    asides: dict[str, Any] = {aside: "why"}
    found = look((rule("a", **asides), rule("b")), NEW)
    assert [one.rule for one in found.trials] == ["a"]
    assert found.setting_aside is not None


def test_the_header_is_not_read_for_a_rule_that_fails_before() -> None:
    asked = list[str]()

    def fields(name: str) -> tuple[str, ...]:
        asked.append(name)
        return ()

    seen = replace(NEW, mail=replace(MAIL, fields=fields))
    both = Conditions(brand=("other",), header=(FieldTest("x-priority"),))
    look((rule("r", both),), seen)
    assert asked == []


# --- words and names ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("refund", "my REFUNDS"),
        ("re*nd", "refund"),
        ("환불", "환불해주세요"),
        ("환불", "\u1112\u116a\u11ab\u1107\u116e\u11af"),  # the same in its parts, as macOS writes
        ("a  b", "a\n\tb"),
        ("ＡＢＣ", "abc"),
        ("straße", "STRASSE"),
    ],
)
def test_words_are_found_whatever_their_form(pattern: str, text: str) -> None:
    assert Words.of(pattern).are_in(folded(text))


@pytest.mark.parametrize("pattern", ["", "*", " * ** "])
def test_a_pattern_that_would_be_in_every_text_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="no words"):
        Words.of(pattern)


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("*.pdf", "a.PDF", True),
        ("*.pdf", "a.pdf.exe", False),
        ("invoice*.pdf", "invoice.pdf", True),
        ("a*a", "a", False),
        ("a*b*c", "a-b-c", True),
        ("a*b*c", "a-c", False),
        ("a*b*b", "ab", False),
        ("*", "", True),
    ],
)
def test_a_glob_is_of_the_whole_name(pattern: str, name: str, fits: bool) -> None:
    assert Glob.of(pattern).fits(folded(name)) is fits


LETTERS = st.text(alphabet="ab", max_size=8)


def slow_fit(pattern: str, name: str) -> bool:
    """The definition: a star is any run of characters."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(slow_fit(pattern[1:], name[at:]) for at in range(len(name) + 1))
    return name[:1] == pattern[0] and slow_fit(pattern[1:], name[1:])


@given(st.text(alphabet="ab*", max_size=6), LETTERS)
def test_globs_fit_as_they_are_defined(pattern: str, name: str) -> None:
    assert Glob.of(pattern).fits(name) is slow_fit(pattern, name)


@given(st.text(alphabet="ab*", min_size=1, max_size=6).filter(lambda p: p.strip("*")), LETTERS)
def test_words_are_found_as_they_are_defined(pattern: str, text: str) -> None:
    assert Words.of(pattern).are_in(text) is slow_fit(f"*{pattern}*", text)


def test_many_rules_about_a_field_read_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A field is as long as a stranger makes it, and an operator has as many rules as they like."""
    read = list[bytes]()

    def decoded(value: bytes) -> str:
        read.append(value)
        return decode_header(value)

    monkeypatch.setattr(seeing, "decode_header", decoded)
    fields = seeing.fields_of(b"X-Spam: =?utf-8?q?V=45RY?=\r\nX-Spam: no\r\n\r\nBody")
    assert [fields("x-spam") for _ in range(50)] == [("very", "no")] * 50
    assert fields("x-other") == ()
    assert len(read) == 2
