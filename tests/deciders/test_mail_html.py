"""Strangers' HTML: what is let through, and that it loads nothing."""

import re

import pytest

from mailgate.mail.html import sanitise, to_text

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVaScRiPt:alert(1)">x</a>',
    '<a href="java&#10;script:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>',
    '<a href="vbscript:x">x</a>',
    "<svg onload=alert(1)><animate attributeName=href values=javascript:alert(1)></svg>",
    "<svg><script>alert(1)</script></svg>",
    '<math><mtext><table><mglyph><style><img src=x onerror="alert(1)"></style></mglyph></table>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "<style>@import 'http://evil/x.css'; body{background:url(http://evil/y)}</style>",
    '<div style="background:url(http://evil/x)">x</div>',
    '<div style="position:fixed;top:0">x</div>',
    "<link rel=stylesheet href=http://evil/x.css>",
    "<meta http-equiv=refresh content='0;url=http://evil/'>",
    "<base href=http://evil/>",
    "<iframe src=http://evil/></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=http://evil/></object>",
    "<embed src=http://evil/>",
    "<form action=http://evil/><input name=a><button>go</button></form>",
    "<img srcset='http://evil/x 2x'>",
    "<img src='http://evil/pixel.gif' width=1 height=1>",
    "<img src='//evil/pixel.gif'>",
    "<img src='/pixel.gif'>",
    "<a href='//evil/x'>x</a>",
    "<a href='/admin/delete'>x</a>",
    "<video src=http://evil/x poster=http://evil/y></video>",
    "<audio src=http://evil/x></audio>",
    "<table background=http://evil/x><tr><td background=http://evil/y>x</table>",
    "<body onload=alert(1) background=http://evil/x>x</body>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->x",
    "<xmp><script>alert(1)</script></xmp>",
    "<template><img src=x onerror=alert(1)></template>",
    "<select><img src=x onerror=alert(1)></select>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    '<p id="x" class="y" name="z" data-src="http://evil/x">x</p>',
    "<image src=http://evil/x>",
    '<img alt="<img src=http://evil/x>" src="cid:a@b">',
    "<a href='http://ok/' target=_blank onclick=x>x</a>",
]
TAG = re.compile(r"<([a-z0-9]+)((?: [a-z-]+=\"[^\"]*\")*)>")
ALLOWED = {"a", "img", "p", "div", "table", "tbody", "tr", "td", "b"}
LOADING = {"src", "srcset", "background", "poster", "data", "style", "action"}


@pytest.mark.parametrize("attack", ATTACKS)
def test_row_66_nothing_runs_and_nothing_is_loaded(attack: str) -> None:
    cleaned = sanitise(f"<p>before</p>{attack}<p>after</p>")
    for name, attributes in TAG.findall(cleaned):
        assert name in ALLOWED
        for attribute, value in re.findall(r' ([a-z-]+)="([^"]*)"', attributes):
            assert not attribute.startswith("on")
            assert attribute not in LOADING or value.startswith("cid:")
            if attribute == "href":
                assert value.startswith(("http://", "https://", "mailto:", "tel:"))
    assert cleaned.count("<") == len(TAG.findall(cleaned)) + cleaned.count("</")


def test_what_a_mail_is_made_of_stays() -> None:
    html = (
        '<div dir="rtl"><table border="1"><tbody><tr><td colspan="2">안녕 <b>bold</b></td></tr>'
        '</tbody></table><a href="https://a.example/x">link</a></div>'
    )
    cleaned = sanitise(html)
    for piece in (
        '<div dir="rtl">',
        '<td colspan="2">',
        "<b>bold</b>",
        'href="https://a.example/x"',
    ):
        assert piece in cleaned


def test_an_inline_image_stays_and_a_remote_one_waits() -> None:
    cleaned = sanitise('<img src="cid:i1@x"><img src="https://a.example/p.gif">')
    assert '<img src="cid:i1@x">' in cleaned
    assert '<img data-src="https://a.example/p.gif">' in cleaned


@pytest.mark.parametrize("html", ["<div>" * 5000 + "KEPT", "<b>KEPT</b>" * 30_000])
def test_row_67_what_no_parser_may_see_is_kept_as_text(html: str) -> None:
    cleaned = sanitise(html)
    assert "KEPT" in cleaned
    assert set(re.findall(r"<(\w+)", cleaned)) <= {"p", "br"}


def test_text_of_html() -> None:
    html = (
        "<html><head><title>no</title><style>no</style></head><body><p>Hello <b>there</b>,</p>"
        "<div>one<br>two</div><ul><li>a</li><li>b</li></ul><blockquote>quoted<br>lines"
        '</blockquote><img src="cid:x" alt="logo"><pre>  kept\n   as is</pre></body></html>'
    )
    assert to_text(html) == (
        "Hello there,\n\none\ntwo\n\n- a\n- b\n\n> quoted\n> lines\n\n[logo]\n\n  kept\n   as is"
    )
