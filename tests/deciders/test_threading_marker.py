"""The marker in the body of our mails, as clients quote it, wrap it and show it."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.html import sanitise, to_text
from mailgate.model.ids import TicketId
from mailgate.threading.marker import (
    marker,
    marker_html,
    markers_in,
    markers_in_html,
    without_markers,
    without_markers_html,
)
from mailgate.threading.token import Keyring, Purpose

KEYS = Keyring({0: b"k" * 32}, 0)
OTHERS = Keyring({0: b"x" * 32}, 0)
TICKET = TicketId(12)
LINE = marker(KEYS, Purpose.MESSAGE_PUBLIC, TICKET)
AT = 9
"""A place in the middle of it."""


def tickets(text: str) -> list[int]:
    return [found.ticket for found in markers_in(KEYS, text)]


def tickets_html(html: str) -> list[int]:
    return [found.ticket for found in markers_in_html(KEYS, html)]


def test_its_form() -> None:
    """Short enough to stay on a line behind the quote marks of a long thread (76 characters)."""
    assert LINE.startswith("ref:mg.")
    assert LINE.endswith(":ref")
    assert len(LINE) == 35
    assert marker(KEYS, Purpose.MESSAGE_PUBLIC, TICKET) == LINE


@pytest.mark.parametrize("purpose", [Purpose.MESSAGE_PUBLIC, Purpose.MESSAGE_AGENT])
def test_it_says_to_whom_the_mail_went(purpose: Purpose) -> None:
    (found,) = markers_in(KEYS, marker(KEYS, purpose, TICKET))
    assert (found.purpose, found.ticket) == (purpose, TICKET)


@pytest.mark.parametrize(
    "left",
    [
        LINE,
        f"> {LINE}",
        f">>> > > {LINE}",
        f"Hong> {LINE}",
        f"  | {LINE}",
        LINE.upper(),
        LINE.capitalize(),
        f"*{LINE}*",
        f"[{LINE}]",
        f"words right before{LINE}and behind",
        f"{LINE}.",
        "ref: mg." + LINE[7:],
        f"{LINE[:AT]}\n> {LINE[AT:]}",
        f"{LINE[:AT]}\r\n> > > > > > {LINE[AT:]}",
        f"{LINE[:AT]}=\n{LINE[AT:]}",
        "\u00a0".join([LINE[:4], LINE[4:]]),
        "\u00ad".join(LINE),
        "\u200b".join(LINE),
        "\u200f" + LINE + "\u200e",
        "ref:mg.abcdefgh (cut)\n" + LINE,
    ],
)
def test_it_is_read_however_programs_leave_it(left: str) -> None:
    assert tickets(f"Thank you!\n\n{left}\n\nHong") == [12]


@pytest.mark.parametrize(
    "left",
    [
        marker_html(LINE),
        marker_html(LINE).upper(),
        f"<div>{LINE[:AT]}<wbr>{LINE[AT:]}</div>",
        f"<p>{LINE[:AT]}<br>\n&gt; {LINE[AT:]}</p>",
        f"<p>{LINE[:AT]}&shy;&nbsp;&#8203;&#x200b;{LINE[AT:]}</p>",
        f'<p>{LINE[:AT]}<span style="color:red">{LINE[AT:]}</span></p>',
        "&shy;".join(LINE[7:31]).join(["ref:mg.", ":ref"]),
    ],
)
def test_it_is_read_in_html_too(left: str) -> None:
    assert tickets_html(f"<p>Thank you!</p><blockquote>{left}</blockquote>") == [12]


def test_it_survives_the_cleaning_of_html_and_its_turning_into_text() -> None:
    html = f"<p>It comes tomorrow.</p>{marker_html(LINE)}"
    assert tickets_html(sanitise(html)) == [12]
    assert tickets(to_text(html)) == [12]


def test_it_is_not_hidden() -> None:
    """Filters take what nobody can see for a trick."""
    html = marker_html(LINE).casefold()
    assert not any(word in html for word in ("display", "hidden", "opacity", "#fff", "size:0"))


@pytest.mark.parametrize(
    "other",
    [
        "",
        "ref: management of 2026",
        f"{LINE[:AT]}",
        LINE.replace(LINE[12], "a" if LINE[12] != "a" else "b", 1),
        f"{LINE[:AT]}0{LINE[AT:]}",
        LINE.replace("mg", "\N{LATIN SMALL LETTER LONG S}g"),
        marker(OTHERS, Purpose.MESSAGE_PUBLIC, TICKET),
        f"ref:mg.{'a' * 24}:ref",
        f"{LINE[:AT]}{' ' * 200}{LINE[AT:]}",
    ],
)
def test_what_is_no_marker_of_ours(other: str) -> None:
    assert tickets(other) == []
    assert tickets_html(other) == []


def test_several_are_told_in_order_each_once_and_at_most_ten() -> None:
    lines = [marker(KEYS, Purpose.MESSAGE_PUBLIC, TicketId(n)) for n in range(1, 30)]
    assert tickets("\n".join(["x", lines[4], lines[2], f"> {lines[4]}"])) == [5, 3]
    assert tickets(" ".join(lines)) == list(range(1, 11))


def test_one_without_its_key_is_none() -> None:
    rotated = Keyring({1: b"n" * 32}, 1)
    assert markers_in(rotated, LINE) == ()
    both = Keyring({0: b"k" * 32, 1: b"n" * 32}, 1)
    assert markers_in(both, LINE)[0].ticket == TICKET


@given(
    # 40 characters may stand between two letters, and the colon or the dot is one of them.
    st.text(alphabet=" \t\n>|*_\u00a0\u00ad\u200b\ufeff-.:", max_size=39),
    st.sampled_from([3, 4, *range(6, 32)]),
)
def test_nothing_between_its_letters_hides_it(between: str, at: int) -> None:
    assert tickets(f"{LINE[:at]}{between}{LINE[at:]}") == [12]


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_around_it_hides_it(before: str, after: str) -> None:
    assert 12 in tickets(f"{before}\n{LINE}\n{after}")


@given(st.integers(1, 12), st.integers(40, 120))
def test_no_wrapping_of_a_quoted_mail_hides_it(depth: int, width: int) -> None:
    quoted = ("> " * depth) + LINE
    assert tickets("\n".join(textwrap.wrap(quoted, width))) == [12]


# What people are shown.


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Thank you!\n\n> Tomorrow.\n> \n> {}\n", "Thank you!\n\n> Tomorrow.\n> "),
        ("{}", ""),
        ("> {}", ""),
        ("Thank you!\n*{}*\nHong", "Thank you!\nHong"),
        ("Here it is: {} and more", "Here it is:  and more"),
        ("a {} b {} c", "a  b  c"),
        ("no marker here\n", "no marker here\n"),
    ],
)
def test_it_is_taken_out_of_what_is_shown(text: str, kept: str) -> None:
    assert without_markers(KEYS, text.replace("{}", LINE)) == kept


def test_taken_out_of_html_it_leaves_every_tag() -> None:
    html = f"<p>Hi</p><p>{LINE[:AT]}<b>{LINE[AT:]}</b></p><hr>"
    assert without_markers_html(KEYS, html) == "<p>Hi</p><p><b></b></p><hr>"
    assert without_markers_html(KEYS, "<p>Hi</p>") == "<p>Hi</p>"


def test_anothers_marker_is_their_word() -> None:
    foreign = marker(OTHERS, Purpose.MESSAGE_PUBLIC, TICKET)
    assert without_markers(KEYS, f"x {foreign} y") == f"x {foreign} y"


@given(st.lists(st.sampled_from(["words ", "\n", "> ", LINE, LINE.upper(), LINE[:AT], "ref:mg."])))
def test_what_is_taken_out_is_gone(pieces: list[str]) -> None:
    assert tickets(without_markers(KEYS, "".join(pieces))) == []


@pytest.mark.parametrize(
    "hostile",
    [
        "ref:mg.",
        f"ref:mg.{'a' * 24}:ref ",
        "ref" + " " * 40,
        "refmg" + "a" * 23 + " " * 40,
        "refmg<" + "b" * 199,
        "refmg&aaaa",
        "ref<b>",
        "mg ref ",
    ],
)
@pytest.mark.parametrize("read", [markers_in, markers_in_html, without_markers])
def test_a_text_full_of_beginnings_takes_no_time(hostile: str, read: object) -> None:
    """A megabyte: at so many candidates the look ends, and none costs more than its length."""
    assert callable(read)
    text = hostile * (1_000_000 // len(hostile))
    assert not read(KEYS, text) or read is without_markers
