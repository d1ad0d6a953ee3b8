"""Texts that stand ready for agents: how their files are read, and what is filled in."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailgate.desk.commands.macrocheck import check_macros
from mailgate.desk.commands.macros import Macros, load_macros, parse_macro
from mailgate.desk.commands.orders import Order, Verb
from mailgate.desk.words.templates import TemplateError
from mailgate.mail.address import Address
from mailgate.model.ticket import Status
from tests.deciders.desk_world import ALICE, MINSU, body, directory, everything_in
from tests.deciders.inbound_world import Desk, mail, open_desk, reply_address

HONG = Address("hong", "customer.example")
NAMES = {
    "requester": "Hong",
    "subject": "x",
    "ticket": "12",
    "tag": "[#12]",
    "agent": "Alice Kim",
    "desk": "Acme",
    "address": "support@acme.example",
}


def test_commands_stand_above_an_empty_line_and_the_text_below() -> None:
    macro = parse_macro("refund", "#tag refund\n#대기\n\nDear {{ requester }},\n\nyes.\n", "m")
    assert macro.orders == (Order(Verb.TAG, "refund"), Order(Verb.PENDING))
    assert macro.fill(NAMES) == "Dear Hong,\n\nyes."


def test_a_macro_may_be_text_or_commands_alone() -> None:
    assert parse_macro("a", "Dear {{ requester }},\n", "m").orders == ()
    assert parse_macro("b", "#spam\n", "m").fill(NAMES) == ""


def test_what_a_customer_is_called_is_never_read_as_a_template() -> None:
    macro = parse_macro("a", "Dear {{ requester }},\n", "m")
    assert macro.fill({**NAMES, "requester": "{{ 7 * 7 }}"}) == "Dear {{ 7 * 7 }},"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "m: there is nothing in it"),
        ("#asign bob\n\nText.\n", "m: line 1: '#asign bob' is no command"),
        ("#note\n\nText.\n", "m: line 1: #note cannot stand in a macro"),
        ("#tag a\n#macro b\n\nText.\n", "m: line 2: #macro cannot stand in a macro"),
        ("#tag a\nText.\n", "m: line 2: an empty line must stand below the commands"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(TemplateError) as raised:
        parse_macro("a", text, "m")
    assert str(raised.value) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#tag a\n\nDear {{ customer }},\n", "m: line 3: unknown name {{ customer }}"),
        ("Dear {{ requester.x }},\n", "m: line 1: only {{ name }} and {% if name %}"),
        ("{% include 'x' %}\n", "m: line 1:"),
        ("#assign Zoe\n\nText.\n", "m: line 1: `#assign Zoe`: no colleague has this name"),
        ("#group sales\n", "m: line 1: `#group sales`: there is no such group"),
        ("#open\n#close\n", "m: line 2: `#close`: it contradicts `#open`"),
    ],
)
def test_what_cannot_be_on_this_desk_is_named(text: str, said: str) -> None:
    macros = Macros({"": {"a": parse_macro("a", text, "m")}})
    with pytest.raises(TemplateError) as raised:
        check_macros(macros, directory())
    assert str(raised.value).startswith(said)


def test_the_macros_that_come_along_can_be_used_in_both_languages() -> None:
    macros = load_macros(Path(__file__).resolve().parent.parent.parent / "config" / "macros")
    check_macros(macros, directory())
    for locale in ("en", "ko"):
        assert macros.names(locale) == ("order-number", "refund")
    english, korean = macros.find("en", "refund"), macros.find("ko", "REFUND")
    assert english is not None
    assert korean is not None
    assert "refund" in english.fill(NAMES)
    assert "환불" in korean.fill(NAMES)


def test_names_of_files_are_found_in_any_case_and_form_of_hangul(tmp_path: Path) -> None:
    decomposed = "\u1112\u116a\u11ab\u1107\u116e\u11af"  # 환불, as some file systems write it
    (tmp_path / f"{decomposed}.txt").write_text("네.\n", "utf-8")
    (tmp_path / "Order Number.txt").write_text("Which?\n", "utf-8")
    macros = load_macros(tmp_path)
    assert macros.find("ko", "환불") is not None
    assert macros.find("en", "order  number") is not None
    assert macros.find("en", "order") is None


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="there is no such folder of macros"):
        load_macros(tmp_path / "nothing")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(TemplateError, match=r"a\.txt"):
        load_macros(tmp_path)


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("환불".encode("cp949"))
    with pytest.raises(TemplateError, match=r"a\.txt: this file is not UTF-8"):
        load_macros(tmp_path)


# --- in mails ------------------------------------------------------------------------------------


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as place:
        macros = load_macros(Path(__file__).resolve().parent.parent.parent / "config" / "macros")
        place.context = replace(place.context, macros=macros)
        yield place


async def test_the_text_is_in_the_language_of_the_tickets_address(desk: Desk) -> None:
    to = Address("help", "hangook.example")
    await desk.receive(mail(to=str(to), from_="홍길동 <hong@customer.example>"), to=to)
    back = reply_address(await desk.notification(MINSU.address))
    words = mail("#매크로 refund\n", from_=str(MINSU.address), to=str(back), message_id="m@x.x")
    await desk.receive(words, to=back, reverse_path=MINSU.address)
    answer = (await desk.sent(HONG))[-1].get_body(("plain",))
    assert answer is not None
    assert answer.get_content().startswith("홍길동 님, 안녕하세요.")
    ticket = await desk.ticket()
    assert (ticket.tags, ticket.status) == (("환불",), Status.PENDING)


async def test_an_agent_whose_name_customers_do_not_see_is_not_named(desk: Desk) -> None:
    """`[agents] from_name = "address"`: as in the templates."""
    desk.set_policy(names_agents=False)
    await desk.receive(mail())
    back = reply_address(await desk.notification())
    words = mail("#macro refund", from_=str(ALICE.address), to=str(back), message_id="m@x.x")
    await desk.receive(words, to=back, reverse_path=ALICE.address)
    answer = (await desk.sent(HONG))[-1]
    assert "refund" in body(answer, "plain")
    assert b"alice" not in everything_in(answer.as_bytes())


async def test_in_html_the_text_is_text(desk: Desk) -> None:
    await desk.receive(mail(from_='"<b>Hong</b>" <hong@customer.example>'))
    back = reply_address(await desk.notification())
    fields = {"MIME_Version": "1.0", "Content_Type": "text/html"}
    words = mail(
        "<div>#macro refund</div><div>See <b>you</b>.</div>",
        from_=str(ALICE.address),
        to=str(back),
        message_id="m@x.x",
        **fields,
    )
    await desk.receive(words, to=back, reverse_path=ALICE.address)
    body = (await desk.sent(HONG))[-1].get_body(("html",))
    assert body is not None
    html = body.get_content()
    assert "Dear &lt;b&gt;Hong&lt;/b&gt;," in html
    assert html.index("Dear") < html.index("See <b>you</b>.")
    assert "#macro" not in html


async def test_who_contradicts_a_macro_is_told_that_the_macro_says_so(desk: Desk) -> None:
    await desk.receive(mail())
    back = reply_address(await desk.notification(ALICE.address))
    words = "#resolve\n#macro refund\nSorry."
    content = mail(words, from_=str(ALICE.address), to=str(back), message_id="m@x.x")
    await desk.receive(content, to=back, reverse_path=ALICE.address)
    told = (await desk.notification(ALICE.address)).get_body(("plain",))
    assert told is not None
    assert "`#macro refund: #pending`: it contradicts `#resolve`" in told.get_content()
