"""The lines at the top of an agent's mail that are for the desk, in text and in HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.desk.commands.orders import ALIASES, MAX_ORDERS, Order, Verb, read_orders
from mailgate.mail.html import sanitise, to_text


def orders_of(text: str) -> list[tuple[str, str]]:
    return [(order.verb.value, order.argument) for order in read_orders(text).orders]


def test_commands_end_at_the_first_line_that_is_none() -> None:
    read = read_orders("\n#tag refund\n\n #Assign  Alice Kim \n\nDear Hong,\n\n#1 is yours.\n")
    assert read.orders == (Order(Verb.TAG, "refund"), Order(Verb.ASSIGN, "Alice Kim"))
    assert read.text.strip() == "Dear Hong,\n\n#1 is yours."
    assert read.is_clear


@pytest.mark.parametrize(
    ("line", "verb", "argument"),
    [
        ("#CLOSE", "close", ""),
        ("#close.", "close", ""),
        ("# close", "close", ""),
        ("#  close", "close", ""),
        ("#\u3000 close", "close", ""),
        ("\uff03close", "close", ""),
        ("#\u200bclose", "close", ""),
        ("\u00a0\u3164#close", "close", ""),
        ("#tag: refund", "tag", "refund"),
        ("#assign Mu\u0308ller", "assign", "M\u00fcller"),
        ("#assign \u1100\u1175\u11b7\u1106\u1175\u11ab\u1109\u116e", "assign", "김민수"),
        ("#cc kim@x.example <mailto:kim@x.example>", "cc", "kim@x.example"),
        ("#cc kim@x.example<mailto:kim@x.example>", "cc", "kim@x.example"),
        ("#note It is 5 ㎏ …", "note", "It is 5 ㎏ …"),
        ("#메모", "note", ""),
        ("#배정 김민수", "assign", "김민수"),
        ("#tag ประเทศไทย", "tag", "ประเทศไทย"),
    ],
)
def test_a_command_is_read_as_one_sees_it(line: str, verb: str, argument: str) -> None:
    assert orders_of(line) == [(verb, argument)]


@pytest.mark.parametrize("alias", ALIASES)
def test_each_korean_word_is_a_command(alias: str) -> None:
    assert [order.verb for order in read_orders(f"#{alias} x\n글").orders] == [ALIASES[alias]]


@pytest.mark.parametrize("line", ["#asign bob", "#notes", "## note", "#c# is", "#note(secret)"])
def test_what_looks_like_a_command_at_the_top_and_is_none_is_unknown(line: str) -> None:
    read = read_orders(f"{line}\nIt comes.")
    assert read.unknown
    assert not read.is_clear


@pytest.mark.parametrize(
    "line",
    [
        *("#note he is a fraud", "#close", "#closed", "#Resolve", "#종료", "\u200b#note x"),
        *(
            "# note he is a fraud",
            "- #note x",
            "\u2022 #close",
            "1. #note x",
            "> #note x",
            "\\#note",
        ),
        *("#   note x", "(#note)", "[#note x]", '"#note"', "\u201c#note\u201d x", "`#note`"),
        *("_#note_ x", "*#note*", "**_#note_** x", "<#note>", "\u2013 #note", ".#note", "_#메모_"),
        *("\u203b #note", "\u25cf #note", "\u2460 #note", "1 #note", "12) (#close)", "# #note"),
    ],
)
def test_a_command_below_words_is_found(line: str) -> None:
    assert read_orders(f"Dear Hong,\n{line}\nbye").below is not None


@pytest.mark.parametrize(
    "line",
    [
        "#1",
        "#spring",
        "#new-arrivals",
        "#note_to_self",
        "_#spring_",
        "[#acme-12]",
        "1234 #close",
        "C# code",
        "# Shipping",
        "a #close",
        "- #1",
        "(#1)",
    ],
)
def test_other_number_signs_below_words_are_text(line: str) -> None:
    text = f"Dear Hong,\n{line}\nbye"
    read = read_orders(text)
    assert not read
    assert read.text == text


def test_what_stands_behind_note_is_its_first_line() -> None:
    assert read_orders("#note He is angry.\n#tag vip\nBe kind.").text.split("\n") == [
        "He is angry.",
        "Be kind.",
    ]


_PIECES = st.sampled_from(
    [
        *("#", "\uff03", "\ufe5f", "##", " ", "\u200b", "\u3164", "\u0301", "\n", "\r\n", "1", ":"),
        *("note", "CLOSE", "closed", "tag", "메모", "hello", "<mailto:a@b.c>", "a@b.c", "\x0b"),
    ]
)


@given(st.lists(_PIECES, max_size=40).map("".join))
def test_of_what_is_clear_no_command_is_left(text: str) -> None:
    """Whatever somebody writes: what goes on to a customer has no line that is a command, as one
    sees it, and no word of it is lost."""
    read = read_orders(text)
    if not read.is_clear:
        return
    left = read_orders(read.text)
    notes = [order for order in read.orders if order.verb is Verb.NOTE and order.argument]
    assert left.below is None
    assert not left.orders or notes
    cut = len(text.splitlines()) - len(read.text.splitlines()) + len(notes)
    assert cut >= len(read.orders) - 1
    if not read.orders:
        assert read.text == text


def test_a_command_as_a_point_of_a_list_is_none_and_goes_to_no_customer() -> None:
    html = sanitise("<ul><li>#note he is a fraud</li></ul><p>It comes.</p>")
    assert read_orders(to_text(html), html).below is not None


@pytest.mark.parametrize("line", ["#tag x", "#spring"])
def test_more_commands_than_anybody_writes_are_not_understood(line: str) -> None:
    read = read_orders(f"{line}\n" * 10_000)
    assert not read.is_clear
    assert len(read.orders) + len(read.unknown) == MAX_ORDERS + 1


# --- HTML ----------------------------------------------------------------------------------------

CLIENTS = {
    "gmail": "<div dir='ltr'>#resolve<div>#tag a</div><div><br></div><div>It <b>comes</b>.</div>"
    "</div>",
    "outlook": "<div class=WordSection1><p class=MsoNormal><span lang=EN-US>#resolve</span></p>"
    "<p class=MsoNormal><span>#tag&nbsp;a</span></p><p class=MsoNormal>&nbsp;</p>"
    "<p class=MsoNormal><span>It <b>comes</b>.</span></p></div>",
    "apple": "#resolve<br>#tag a<br><br>It <b>comes</b>.",
    "thunderbird": "<p>#resolve<br>\n#tag a<br>\n</p><p>It <b>comes</b>.</p>",
    "naver": "<div style='font-size:10pt'><p>#resolve</p><p>#tag <span>a</span></p>"
    "<p>It <b>comes</b>.</p></div>",
}


@pytest.mark.parametrize("client", CLIENTS)
def test_commands_are_cut_out_of_the_html_of(client: str) -> None:
    html = sanitise(CLIENTS[client])
    read = read_orders(to_text(html), html)
    assert [order.verb for order in read.orders] == [Verb.RESOLVE, Verb.TAG]
    assert read.html is not None
    assert to_text(read.html) == "It comes."
    assert "<b>comes</b>" in read.html
    assert sanitise(read.html) == read.html


@pytest.mark.parametrize(
    "html",
    [
        "<p>It comes.</p>",
        "<p>#note</p><p>It comes.</p>",
        "<pre>#resolve\n#tag a\nIt comes.</pre>",
        "<ul><li>#resolve</li><li>#tag a</li></ul>",
        "<table><tr><td>#resolve</td><td>#tag a</td></tr></table>",
    ],
)
def test_where_the_lines_cannot_be_cut_out_the_text_goes_alone(html: str) -> None:
    read = read_orders("#resolve\n#tag a\nIt comes.", sanitise(html))
    assert read.html is None
    assert read.text == "It comes."


_INLINE = st.sampled_from(["{}", "<b>{}</b>", "<span>{}</span>", "<i><u>{}</u></i>"])
_BLOCK = st.sampled_from(["<div>{}</div>", "<p>{}</p>", "{}<br>", "<div><div>{}</div></div>"])
_WORDS = st.sampled_from(["It comes.", "내일 도착합니다.", "#1 is yours", "a &amp; b", "5 &lt; 6"])
_COMMANDS = st.sampled_from(["#resolve", "#tag a", "#메모 secret", "#assign Alice Kim", "#note x"])


@given(
    st.lists(st.tuples(_COMMANDS, _INLINE, _BLOCK), min_size=1, max_size=5),
    st.lists(st.tuples(_WORDS, _INLINE, _BLOCK), max_size=5),
    st.booleans(),
)
def test_whatever_is_left_of_the_html_holds_all_words_and_no_command(
    commands: list[tuple[str, str, str]], words: list[tuple[str, str, str]], wrapped: bool
) -> None:
    pieces = [block.format(inline.format(text)) for text, inline, block in (*commands, *words)]
    html = sanitise(f"<div>{''.join(pieces)}</div>" if wrapped else "".join(pieces))
    read = read_orders(to_text(html), html)
    assert len(read.orders) == len(commands)
    assert read.html is not None
    left = [line for line in to_text(read.html).splitlines() if line]
    assert left == [line for line in to_text("<br>".join(w[0] for w in words)).splitlines() if line]
    assert "secret" not in read.html
