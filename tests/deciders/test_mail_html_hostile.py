"""HTML that is written to stop its reader: answered in time, and its text kept."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import pytest

from mailgate.mail.html import read_html, sanitise, to_text
from mailgate.mail.htmllimits import is_small_enough, nests_well
from tests.harness.effort import at_most

BUDGET = 2.0
"""Seconds; the slowest needs a little more than half of it."""

T = TypeVar("T")

_FONTS = "".join(f"<font color=c{number}>" for number in range(250))

ROWS = {
    "500 KB of nested div": "<div>" * 100_000 + "KEPT",
    "div on every second line": "<div>\n<b>x</b>" * 290 + "KEPT",
    "1 MB of &": "KEPT" + "&" * 1_000_000,
    "references": "KEPT" + "&nbsp;" * 49_000,
    "100k attributes": "<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">KEPT",
    "attributes that hide the end": "<p " + " ".join(f'{n:x}=">"' for n in range(90_000)) + ">KEPT",
    "100k <": "KEPT" + "<" * 100_000,
    "900k >": "KEPT" + ">" * 900_000,
    "unclosed b": "<b>" * 50_000 + "KEPT",
    "unclosed a": "<a href=http://a.example/>" * 50_000 + "KEPT",
    "p and b misnested": "KEPT" + "<p><b>" * 20_000,
    "formatting that is built again": f"<p>{_FONTS}" + "<p>x" * 8_000 + "KEPT",
    "long formatting": '<p><font a=">" color="' + "c" * 90_000 + '">' + "<p>x" * 9_000 + "KEPT",
    "formatting in a tag": f'<p><font <x title="{"c" * 90_000}">' + "<p>x" * 9_000 + "KEPT",
    "li and dd in one another": "<li>x<dd>" * 10_000 + "KEPT",
    "cells in svg": "KEPT<svg>" + "<td>" * 30_000,
    "20k links": '<a href="http://a.example/">x</a>' * 20_000 + "KEPT",
    "20k rows": "<table>" + "<tr><td>x</td></tr>" * 20_000 + "</table>KEPT",
    "nested tables": "<table><tr><td>" * 140 + "KEPT",
    "5 MB of text": "KEPT" + " word" * 1_000_000,
    "1 MB of blanks": "KEPT" + " " * 1_000_000,
    "1 MB attribute": f'<p title="{"x" * 1_000_000}">KEPT',
    "long style": f'<p style="{"color:red;" * 100_000}">KEPT',
    "many styles": "KEPT" + "".join(f'<p style="color:#{n:06d}">x</p>' for n in range(15_000)),
    "quotes of gmail": "KEPT" + "<div class=gmail_quote><p>x</p></div>" * 6_000,
    "quotes in one another": "<blockquote type=cite>" * 290 + "KEPT" + "<br>x" * 15_000,
    "lists in one another": "<ol>" * 290 + "<li>x" * 30_000 + "KEPT",
    "preformatted": "<pre>" + "x\n" * 200_000 + "KEPT",
    "hidden": "KEPT" + '<div style="display:none">x</div>' * 10_000,
    "comments that do not end": "KEPT" + "<!--" * 30_000,
    "rules": "KEPT" + "<hr>" * 30_000,
    "data images": "KEPT" + '<img src="data:image/png;base64,AAAA">' * 9_000,
    "pictures": "KEPT" + '<img src="http://a.example/p.gif">' * 30_000,
}


def in_time(read: Callable[[], T]) -> T:
    """What `read` returns, within the budget."""
    with at_most(BUDGET):
        return read()


@pytest.mark.parametrize("html", ROWS.values(), ids=ROWS.keys())
def test_row_67_is_read_in_time_and_its_text_kept(html: str) -> None:
    reading = in_time(partial(read_html, html))
    assert "KEPT" in reading.text
    assert "KEPT" in reading.html
    assert len(reading.html) < 10 * len(html) + 10_000_000


@pytest.mark.parametrize("html", ROWS.values(), ids=ROWS.keys())
def test_row_67_is_sanitised_in_time(html: str) -> None:
    assert "KEPT" in in_time(partial(sanitise, html))


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 301,
        "<b>" * 301,
        "<li><dd>" * 301,
        "<svg>" + "<td>" * 301,
        "<table><tr><td>" * 301,
        f"<p>{_FONTS}" + "<p>x" * 8_000,
        "<div><!--</div>-->" * 301,
    ],
)
def test_what_no_parser_may_see_as_it_is(html: str) -> None:
    assert not nests_well(html)
    assert len(read_html(html).html) < 10_000 + 2 * len(html)


@pytest.mark.parametrize("html", ["&" * 60_000, "<p>" * 50_000, "<p " + "x " * 60_000 + ">"])
def test_what_no_parser_may_see(html: str) -> None:
    assert not is_small_enough(html)


@pytest.mark.parametrize(
    "html",
    [
        "<p>one<p>two" * 5_000,
        "<ul>" + "<li>item" * 5_000 + "</ul>",
        "<table>" + "<tr><td><b>x</b><td>y" * 3_000 + "</table>",
        "<div><span><a href='http://a.example/?a=1&amp;b=2'>x</a></span></div>" * 2_000,
        "<dl>" + "<dt>x<dd>y" * 3_000 + "</dl>",
        "<p>" + "word " * 100_000,
    ],
)
def test_large_documents_of_people_are_parsed_as_they_are(html: str) -> None:
    assert is_small_enough(html)
    assert nests_well(html)
    assert "<p>" in sanitise(html + "<p>x</p>")


@pytest.mark.parametrize(
    "html", ["", " ", "<", "</", "<!", "&", "\0", "<a", "<a href=", "]]>", "\ufffc"]
)
def test_scraps(html: str) -> None:
    reading = read_html(html)
    assert sanitise(reading.html) == reading.html
    assert to_text(html) == reading.text
