"""[[rule]]: what it is written in, what is wrong with one, and what is odd."""

from pathlib import Path

import pytest

from mailgate import settings
from mailgate.mail.address import Address
from mailgate.model.rule import NO_RULES, TO_GROUP, Occasion, Since
from mailgate.model.ticket import Priority, Status
from mailgate.settings import SettingsError

DESK = """\
[[address]]
address = "support@acme.example"
group = "support"
brand = "acme"
[[group]]
name = "support"
members = ["alice@acme.example"]
[[agent]]
address = "alice@acme.example"
name = "Alice Kim"
[[hours]]
name = "office"
mon = "09:00-18:00"
"""


def parsed(rules: str) -> settings.Settings:
    return settings.parse((DESK + rules).encode(), source="m.toml")


def mistakes(rules: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        parsed(rules)
    return [line.removeprefix("m.toml: ") for line in caught.value.lines]


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A folder with a text of the operator's."""
    (tmp_path / "ko" / "own").mkdir(parents=True)
    (tmp_path / "ko" / "own" / "refund.txt").write_text("Subject: 환불\n\n확인하겠습니다.\n")
    return tmp_path


def with_texts(texts: Path) -> str:
    return f'[gateway]\ntemplates = "{texts}"\n'


def test_without_rules_there_are_none() -> None:
    assert settings.rules_of((), {}) == NO_RULES


FULL = """\
[[rule]]
name = "everything"
when = "new"
address = "support@acme.example"
brand = "acme"
group = "support"
status = ["open", "pending"]
priority = "normal"
source = "email"
tag = "vip"
automated = false
authenticated = true
larger_than = "10MB"
sender = ["hong@customer.example", "shop.example"]
inside_hours = "office"
attachment = "*.pdf"
subject = "refund"
header = ["X-Priority: 1", "List-Id"]
body = ["환불", "money * back"]
set_group = "support"
assign = "round-robin"
set_priority = "urgent"
add_tag = "refund"
remove_tag = ["vip"]
set_status = "pending"
note = "Look at the order first."
notify = ["alice@acme.example", "group"]
template = "refund"
webhook = "https://hooks.acme.example/t?k=1"
stop = true
"""


def test_a_value_that_stands_alone_is_a_list_of_one(texts: Path) -> None:
    found = parsed(with_texts(texts) + FULL)
    (rule,) = settings.rules_of(found.rule, settings.hours_of(found)).of(Occasion.NEW)
    conditions, actions = rule.conditions, rule.actions
    assert conditions.address == (Address("support", "acme.example"),)
    assert conditions.status == (Status.OPEN, Status.PENDING)
    assert conditions.larger_than == 10_000_000
    assert conditions.sender == (Address("hong", "customer.example"), "shop.example")
    assert conditions.inside_hours is not None
    assert [one.text for one in conditions.subject] == ["refund"]
    assert [one.name for one in conditions.header] == ["x-priority", "list-id"]
    assert [one.words is None for one in conditions.header] == [False, True]
    assert [one.text for one in conditions.body] == ["환불", "money * back"]
    assert (actions.group, actions.take_turns, actions.assign) == ("support", True, None)
    assert (actions.priority, actions.status) == (Priority.URGENT, Status.PENDING)
    assert (actions.tag, actions.untag) == (("refund",), ("vip",))
    assert actions.notify == (Address("alice", "acme.example"), TO_GROUP)
    assert (actions.template, actions.stop) == ("refund", True)


def test_what_is_shown_can_be_loaded_again(texts: Path) -> None:
    from mailgate.settings.showing import toml  # noqa: PLC0415

    found = parsed(with_texts(texts) + FULL)
    assert settings.parse(toml(found).encode(), source="again").rule == found.rule


def test_rules_keep_their_order_and_their_times() -> None:
    found = parsed("""
[[rule]]
name = "b"
when = "time"
after = "24h"
since = "waiting"
add_tag = "late"
[[rule]]
name = "a"
when = "time"
after = "2d"
add_tag = "later"
""")
    first, second = settings.rules_of(found.rule, {}).of(Occasion.TIME)
    assert (first.name, first.after.total_seconds(), first.since) == ("b", 86_400, Since.WAITING)
    assert (second.name, second.since) == ("a", Since.CREATED)


WRONG = {
    'when = "new"\nadd_tag = "x"\nsubject = "*"': "rule[1].subject[1] (line 18): no words: * alone "
    "is in every text",
    'when = "new"\nadd_tag = "x"\nheader = "No name: x"': "rule[1].header[1] (line 18): "
    '\'No name: x\' is no header field; write "Name: words", or "Name" for any words',
    'when = "new"\nadd_tag = "x"\nsender = "nobody at all"': "rule[1].sender[1] (line 18): "
    "'nobody at all' is neither an address nor a domain; write it such as "
    '"orders@shop.example" or "shop.example"',
    'when = "later"\nadd_tag = "x"': "rule[1].when (line 16): 'later' is none of its values; write "
    "'new', 'answer', 'resolved' or 'time'",
    'when = "new"': "rule[1] (line 14): does nothing; write one of set_group, assign, "
    "set_priority, add_tag, remove_tag, set_status, note, notify, template, webhook, quarantine, "
    "drop",
    'when = "time"\nadd_tag = "x"': 'rule[1].after (line 14): is missing; when = "time" needs one, '
    'such as "24h"',
    'when = "new"\nafter = "1h"\nadd_tag = "x"': 'rule[1].after (line 17): is for when = "time"; '
    'this is when = "new"',
    'when = "resolved"\nbody = "x"\nadd_tag = "x"': "rule[1].body (line 17): is asked of a mail, "
    'and when = "resolved" has none; leave it out',
    'when = "time"\nafter = "1h"\nquarantine = "why"': "rule[1].quarantine (line 18): is of a "
    'mail, and when = "time" has none; leave it out',
    'when = "time"\nafter = "1h"\nadd_tag = "x"\nstop = true': "rule[1].stop (line 19): ends "
    'nothing: each rule with when = "time" has its own; leave it out',
    'when = "new"\nquarantine = "why"\ndrop = "why"': "rule[1].drop (line 18): the mail cannot be "
    "set aside and dropped; write one",
    'when = "new"\ndrop = "why"\nnote = "x"': "rule[1].drop (line 17): makes no ticket of the "
    "mail, so note does nothing; write one",
    'when = "new"\nadd_tag = "x"\nremove_tag = "x"': 'rule[1].remove_tag (line 18): "x" is added '
    "too; write it once",
    'when = "new"\nset_group = "suport"': "rule[1].set_group (line 17): there is no [[group]] "
    '"suport" (did you mean "support"?); name one, or add it',
    'when = "new"\nassign = "bob@acme.example"': "rule[1].assign (line 17): there is no [[agent]] "
    '"bob@acme.example"; name one, or add it',
    'when = "new"\nnotify = "bob@acme.example"': "rule[1].notify (line 17): there is no [[agent]] "
    '"bob@acme.example"; name one, or add it',
    'when = "new"\nadd_tag = "x"\naddress = "info@acme.example"': "rule[1].address (line 18): "
    'there is no [[address]] "info@acme.example"; name one, or add it',
    'when = "new"\nadd_tag = "x"\nbrand = "amce"': "rule[1].brand (line 18): there is no "
    '[[address]] of the brand "amce"; name one, or add it',
    'when = "new"\nadd_tag = "x"\noutside_hours = "night"': "rule[1].outside_hours (line 18): "
    'there is no [[hours]] "night"; name one, or add it',
    'when = "new"\nwebhook = "http://hooks.acme.example/"': "rule[1].webhook (line 17): is no "
    "https:// address; the ticket goes there, so http:// is for this machine alone",
    'when = "new"\nwebhook = "https://u:p@hooks.acme.example/"': "rule[1].webhook (line 17): is no "
    "https:// address; the ticket goes there, so http:// is for this machine alone",
}
"""What stands below [[rule]] and its name (lines 14 and 15), and what is said of it."""


@pytest.mark.parametrize("rule", WRONG)
def test_a_mistake_is_named_with_its_key_and_line(rule: str) -> None:
    assert mistakes(f'[[rule]]\nname = "r"\n{rule}\n') == [WRONG[rule]]


def test_a_text_that_is_nowhere_is_told(texts: Path) -> None:
    rule = '[[rule]]\nname = "r"\nwhen = "new"\ntemplate = "weekend"\n'
    assert mistakes(rule) == [
        (
            "rule[1].template (line 17): needs gateway.templates, the folder that has "
            "LOCALE/own/NAME.txt; set it"
        )
    ]
    assert mistakes(with_texts(texts) + rule) == [
        (
            f"rule[1].template (line 19): there is neither {texts}/en/own/weekend.txt nor "
            f"{texts}/ko/own/weekend.txt; write one of them"
        )
    ]


def test_a_webhook_may_go_to_this_machine_in_clear() -> None:
    parsed('[[rule]]\nname = "r"\nwhen = "new"\nwebhook = "http://127.0.0.1:8080/x"\n')


def test_two_rules_of_one_name_are_told_apart_by_nobody() -> None:
    twice = '[[rule]]\nname = "r"\nwhen = "new"\nadd_tag = "x"\n' * 2
    assert mistakes(twice) == [
        'rule[2].name (line 19): "r" is the name of another [[rule]]; rename one'
    ]


ODD = {
    'when = "new"\nstatus = "closed"\nadd_tag = "x"': "rule[1]: r: never matches: a new ticket is "
    "open, not closed",
    'when = "new"\npriority = ["low", "high"]\nadd_tag = "x"': "rule[1]: r: never matches: a new "
    "ticket has the priority normal, not low or high",
    'when = "new"\ntag = "vip"\nadd_tag = "x"': "rule[1]: r: never matches: a new ticket has no "
    "tag, and no rule above adds vip",
    'when = "new"\nsource = "import"\nadd_tag = "x"': "rule[1]: r: never matches: a mail opens "
    "tickets of the source email, not import",
    'when = "resolved"\nstatus = "open"\nadd_tag = "x"': "rule[1]: r: never matches: the ticket is "
    "resolved, not open",
    'when = "time"\nafter = "1h"\nsince = "waiting"\nstatus = "pending"\nadd_tag = "x"': "rule[1]: "
    "r: never matches: nobody waits on a ticket that is pending",
    'when = "time"\nafter = "1h"\nsince = "resolved"\nadd_tag = "x"': "rule[1]: r: never matches: "
    'it needs status = "resolved", or "closed"',
    'when = "new"\ninside_hours = "office"\noutside_hours = "office"\nadd_tag = "x"': "rule[1]: r: "
    "never matches: it asks for hours that are open and not open",
}


@pytest.mark.parametrize("rule", ODD)
def test_a_rule_that_can_never_match_is_told(rule: str) -> None:
    found = parsed(f'[[rule]]\nname = "r"\n{rule}\n')
    assert ODD[rule] in settings.notices(found)


def test_a_rule_may_match_what_a_rule_above_it_sets() -> None:
    found = parsed("""
[[rule]]
name = "first"
when = "new"
sender = "shop.example"
add_tag = "vip"
set_status = "closed"
[[rule]]
name = "second"
when = "new"
tag = "vip"
status = "closed"
set_priority = "high"
""")
    assert settings.notices(found) == ()


def test_a_rule_below_one_that_always_stops_is_told() -> None:
    found = parsed("""
[[rule]]
name = "all"
when = "new"
add_tag = "x"
stop = true
[[rule]]
name = "late"
when = "new"
add_tag = "y"
[[rule]]
name = "other"
when = "answer"
add_tag = "z"
""")
    assert settings.notices(found) == (
        'rule[2]: late: is never looked at: "all" above it always matches and stops',
    )


def test_the_rules_of_the_manual_are_good(texts: Path) -> None:
    """docs/operators/rules.md, as it stands there."""
    page = Path(__file__).parents[2] / "docs" / "operators" / "rules.md"
    (texts / "ko" / "own" / "weekend.txt").write_text("Subject: x\n\ny\n")
    example = page.read_text().split("```toml\n")[1].split("```")[0]
    found = parsed(with_texts(texts) + example)
    assert len(found.rule) == 4
    assert settings.notices(found) == ()
