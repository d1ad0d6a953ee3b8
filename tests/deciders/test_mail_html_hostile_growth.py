"""Formatting that a parser builds again in each block (HTML §13.2.4.3), hidden from those who
count close tags: what is written of it stays small.

A close tag that stands in a comment, in an attribute, in text that is no markup, or where a
parser does not obey it, closes nothing; 66 KB of these would become 270 MB.
"""

import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.mail.html import read_html
from mailgate.mail.htmllimits import nests_well
from mailgate.mail.htmlrepair import MAX_DEPTH, repair
from tests.harness.effort import at_most

MOST_WRITTEN = 8_000_000
MOST_SECONDS = 1.0
MOST_MEGABYTES = 100

_LONG = "L" * 30_000
_RAW_NAMES = "style title textarea xmp iframe noembed noframes noscript"
_FONT = f'<font title="{_LONG}">'
_PARAGRAPHS = "<p>x" * 9_000 + "KEPT"
_LONG_B = [f'<b title="{number}{"L" * 900}">' for number in range(90)]


def _hidden(close: str) -> str:
    return f"<p>{_FONT}{close}{_PARAGRAPHS}"


ROWS = {
    "never closed": _hidden(""),
    "in a comment": _hidden("<!--</font>-->"),
    "in a comment that ends with --!>": _hidden("<!--</font>--!>"),
    "after comments of no length": _hidden("<!--><!---><!--</font>-->"),
    "in a declaration": _hidden("<!x </font"),
    "in an instruction": _hidden("<?x </font"),
    "in an end of nothing": _hidden("</ </font>"),
    "in an attribute": _hidden('<br title="</font>">'),
    "in an attribute with single quotes": _hidden("<br title='</font>'>"),
    "in an attribute without quotes": _hidden("<br title=</font>"),
    "in the name of an attribute": _hidden("<br </font>"),
    "in a script": _hidden("<script></font></script>"),
    "in a script in a script": _hidden("<script><!--<script></script></font>--></script>"),
    **{f"in {name}": _hidden(f"<{name}></font></{name}>") for name in _RAW_NAMES.split()},
    "in a style of capitals": _hidden("<STYLE></font></sTyle>"),
    "in select": _hidden("<select></font></select>"),
    "in a style in select": _hidden("<select><style><!--</select></style></font>-->"),
    "in a cell": f"{_FONT}<table><tr><td></font></table>{_PARAGRAPHS}",
    "in a caption": f"{_FONT}<table><caption></font></table>{_PARAGRAPHS}",
    "in a template": _hidden("<template></font></template>"),
    "in an object": _hidden("<object></font></object>"),
    "in svg": _hidden("<svg><desc></font></desc></svg>"),
    "in a title of svg": _hidden("<svg><title></font></title></svg>"),
    "in CDATA of svg": _hidden("<svg><![CDATA[</font>]]></svg>"),
    "in math": _hidden("<math><mtext></font></mtext></math>"),
    "in an annotation": _hidden(
        '<math><annotation-xml encoding="text/html"></font></annotation-xml></math>'
    ),
    "in frames": _hidden("<frameset></font></frameset>"),
    "of another name": _hidden("</fontx></fon></font-></font:x>"),
    "with NUL in its name": _hidden("</fo\0nt></\0font>"),
    "with a letter like k": f'<p><strike title="{_LONG}"></stri\u212ae>{_PARAGRAPHS}',
    "opened in capitals": f'<p><FONT title="{_LONG}"><!--</FONT>-->{_PARAGRAPHS}',
    "opened with a slash": f'<p><font/x=1/title="{_LONG}"/><!--</font>-->{_PARAGRAPHS}',
    "behind nine blocks": f"{_FONT}{'<div>' * 9}</font>{_PARAGRAPHS}",
    "nine headings": f"{_FONT}{'<h1><div><h2></h1>' * 9}</font>{_PARAGRAPHS}",
    "nine lists": f"{_FONT}{'<li><ul></li></ul>' * 9}</font>{_PARAGRAPHS}",
    "foster parent": f'<table><b title="{_LONG}"><tr><td>x</table>{_PARAGRAPHS}',
    "foster parent of rows": f'<table><b title="{_LONG}">{"<tr>x" * 9_000}KEPT',
    "heading in heading": f"<h1>{_FONT}<h2><h2></h2></h2>{_PARAGRAPHS}",
    "misnested": f'<b title="{_LONG}"><p></b>{_PARAGRAPHS}',
    "closed by its paragraph": f"<p>{_FONT}{'<div>x</div>' * 9_000}KEPT",
    "link in link": "".join(f'<a title="{n}{"L" * 900}"><p>' for n in range(90)) + _PARAGRAPHS,
    "nobr in nobr": "<p>"
    + "".join(f'<nobr title="{n}{"L" * 900}">' for n in range(90))
    + _PARAGRAPHS,
    "closed again and again": "<p>".join(_LONG_B) + "</b>" * 9_000 + "KEPT",
    "adopted again and again": "<p>" + "".join(_LONG_B) + "<p></b>" * 9_000 + "KEPT",
    "characters written longer": f'<p><font title="{"&" * 30_000}">{_PARAGRAPHS}',
    "250 fonts": "<p>" + "".join(f"<font color=c{n}>" for n in range(250)) + _PARAGRAPHS,
    "div closed in comments": "<div><!--</div>-->" * 13_000 + "KEPT",
    "span closed in attributes": '<span title="</span>">' * 13_000 + "KEPT",
    "search for what is open": "<div><table><tr><td>" + "<i>" * 190 + "</div>" * 35_000 + "KEPT",
    "search for an item": "<li><table><tr><td>" + "<i>" * 190 + "<li>" * 35_000 + "KEPT",
}


@pytest.mark.parametrize("html", ROWS.values(), ids=ROWS.keys())
def test_what_is_written_of_hidden_formatting_stays_small(html: str) -> None:
    with at_most(MOST_SECONDS):
        reading = read_html(html)
    assert len(reading.html) < MOST_WRITTEN
    assert "KEPT" in reading.text
    assert "KEPT" in reading.html


_MEASURED = """
import re, runpy, sys
from pathlib import Path

def most_kilobytes():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

names = runpy.run_path(sys.argv[1])
names["read_html"]("<p>x</p>")
before = most_kilobytes()
for html in names["ROWS"].values():
    names["read_html"](html)
print((most_kilobytes() - before) // 1024)
"""


def test_memory_for_all_of_them() -> None:
    command = [sys.executable, "-c", _MEASURED, __file__]
    grown = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert int(grown) < MOST_MEGABYTES


_FORMATTING_NAMES = "a b big code em font i nobr s small strike strong tt u"
_FORMATTING = _FORMATTING_NAMES.split()
_OTHER_NAMES = (
    "p div span ul ol li dl dd dt h1 h2 table tbody tr td th caption blockquote center pre form "
    "button select option svg math desc mtext template title style script textarea xmp noscript "
    "plaintext object marquee frameset body br img col o:p fontx"
)
_SCRAPS = [
    *["<!--", "-->", "<!-->", "--!>", "<!x", ">", "<?", "</ x>", "<![CDATA[", "]]>"],
    *['<br title="', '">', "<br title='", "'>", "<font/x=1>", "<f\0ont>", '</font x=">">', "<b a="],
]
_names = st.sampled_from(_FORMATTING + _OTHER_NAMES.split())
_starts = st.builds(
    lambda name, number: f'<{name} title="{number}{"L" * 2_000}">',
    st.sampled_from(_FORMATTING),
    st.integers(0, 4),
)
_pieces = st.one_of(
    _starts,
    _names.map(lambda name: f"<{name}>"),
    _names.map(lambda name: f"</{name}>"),
    st.sampled_from([f"</{name}>" for name in _FORMATTING]),
    st.sampled_from(_SCRAPS),
    st.just("x"),
)
_ends = st.sampled_from(["<p>x", "<div>x</div>", "<li>x", "<p><b>x</b></p>", "</p>x", "<tr><td>x"])


@settings(max_examples=300, deadline=None)
@given(st.lists(_pieces, min_size=1, max_size=40), _ends)
def test_no_soup_of_tags_is_written_much_longer(pieces: list[str], end: str) -> None:
    html = "".join(pieces) + end * 4_000
    assert len(read_html(html).html) <= 4_000_000 + 8 * len(html)


@settings(max_examples=300, deadline=None)
@given(st.lists(_pieces, min_size=1, max_size=40), _ends)
def test_what_is_repaired_is_well_nested(pieces: list[str], end: str) -> None:
    html = repair("".join(pieces) + end * 200)
    opened: list[str] = []
    for tag in re.findall(r'<(/?[a-z0-9]+)(?: [\w:.-]+="[^"]*")*>', html):
        if tag[0] == "/":
            assert opened.pop() == tag[1:]
        elif tag not in ("br", "hr", "img", "wbr"):
            opened.append(tag)
        assert len(opened) <= MAX_DEPTH
    assert not opened


def _newsletter(articles: int) -> str:
    """As Outlook and the senders of newsletters write it: conditional comments, tables in tables,
    nested formatting; what HTML lets one leave open is left open, a close tag is forgotten."""
    article = """
        <!--[if mso]><table><tr><td width="300"><![endif]-->
        <div class="card"><table role="presentation" width="100%"><tr><td align="left">
        <!-- article --><h2><a href="https://news.example/a/{0}?u=1&amp;v=2" title="1 > 0">
        <font color="#333333" face="Arial"><b>Title {0}</b></font></a></h2>
        <p class=MsoNormal><span lang=EN-US style='font-size:10.0pt'>Text {0}<o:p></o:p></span>
        <p>More <b><i>of {0}</b></i> <a href='https://news.example/m/{0}'>read on</a>
        <ul><li>one<li>two</ul><font size=2>small {0}</td></tr></table></div>
        <!--[if mso]></td></tr></table><![endif]-->
        <![if !supportLists]><br><![endif]>"""
    return (
        "<!DOCTYPE html><html><head><title>News</title><style>p > a {color:red}</style></head>"
        "<body><center><table><tr><td>"
        + "".join(article.format(number) for number in range(articles))
        + "</td></tr></table></center></body></html>"
    )


def test_a_newsletter_that_is_repaired_keeps_its_text_and_its_links() -> None:
    html = _newsletter(400)
    assert not nests_well(html)
    reading = read_html(html)
    for number in range(400):
        for shown in ("Title", "Text", "small"):
            assert f"{shown} {number}\n" in reading.text + "\n"
        assert f'href="https://news.example/a/{number}?u=1&amp;v=2"' in reading.html
        assert f'href="https://news.example/m/{number}"' in reading.html
    assert "supportLists" not in reading.text
    assert "1 > 0" not in reading.text


@pytest.mark.parametrize(
    ("html", "repaired"),
    [
        ("<p>one<p>two", "<p>one</p><p>two</p>"),
        ("<p><b>x<div>y</div>", "<p><b>x</b></p><div>y</div>"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
        ("<dl><dt>a<dd>b<dt>c</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>"),
        (
            "<table><tr><td>a<td>b<tr><td>c</table>d",
            "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>d",
        ),
        (
            "<table><tr><td><table><tr><td>a</table>b</table>",
            "<table><tr><td><table><tr><td>a</td></tr></table>b</td></tr></table>",
        ),
        ("<td>no table", "no table"),
        ("<b><i>x</b></i>y", "<b><i>x</i></b>y"),
        ("<a href=1>x<a href='2'>y</a>", '<a href="1">x</a><a href="2">y</a>'),
        ("<div><table><tr><td></div>x", "<div><table><tr><td>x</td></tr></table></div>"),
        ("<h1>a</h2>b", "<h1>a</h1>b"),
        ("a<script>b</script>c<style>d</style>e<!-- f -->g", "aceg"),
        ("1 < 2 <3 &lt; 4", "1 &lt; 2 &lt;3 &lt; 4"),
        ("<blink>x</blink><svg>y</svg>", "xy"),
        ("<p title='\"' =x \"=y>z", '<p title="&quot;">z</p>'),
        ('x<p title="y', "x"),
    ],
)
def test_elements_end_where_a_browser_ends_them(html: str, repaired: str) -> None:
    assert repair(html) == repaired
