"""How clients quote a mail of ours that they answer to, as text and as HTML."""

from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from html import escape


@dataclass(frozen=True)
class Got:
    """A mail as its recipient has it: what their client can answer to."""

    message_id: str
    references: str
    text: str
    html: str | None

    @property
    def shown(self) -> str:
        """As HTML, made by the client where there is none."""
        return self.html or escape(self.text).replace("\n", "<br>\n")


def got(message: EmailMessage, *, message_id: str | None = None, keeps: bool = True) -> Got:
    """`message_id` is what a relay has put in place of ours; `keeps` says that it left
    References alone."""
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    return Got(
        message_id or str(message["Message-ID"]).strip("<> "),
        str(message["References"] or "") if keeps else "",
        str(plain.get_content()).replace("\r\n", "\n"),
        None if html is None else str(html.get_content()).replace("\r\n", "\n"),
    )


_GMAIL = """\
<div dir="ltr">{said}</div><br><div class="gmail_quote">
<div dir="ltr" class="gmail_attr">On Mon, 5 Jan 2026 at 10:00, Acme Support
&lt;<a href="mailto:support@acme.example">support@acme.example</a>&gt; wrote:<br></div>
<blockquote class="gmail_quote">{html}</blockquote></div>"""
_GMAIL_TEXT = """\
{said}

On Mon, 5 Jan 2026 at 10:00, Acme Support <support@acme.example>
wrote:

{quoted}"""
_OUTLOOK = """\
<p class="MsoNormal">{said}</p><div style="border-top:solid #E1E1E1 1.0pt">
<p class="MsoNormal"><b>From:</b> Acme Support &lt;support@acme.example&gt;<br>
<b>Sent:</b> Monday, January 5, 2026 10:00<br><b>To:</b> Hong<br>
<b>Subject:</b> Where is my parcel?</p></div><p>{html}</p>"""
_OUTLOOK_TEXT = """\
{said}

From: Acme Support <support@acme.example>
Sent: Monday, January 5, 2026 10:00
To: Hong <hong@customer.example>
Subject: Where is my parcel?

{text}"""
_APPLE = """\
<html><body>{said}<br><div><blockquote type="cite"><div>On 5 Jan 2026, at 10:00, Acme Support
&lt;support@acme.example&gt; wrote:</div><br><div>{html}</div></blockquote></div></body></html>"""
_APPLE_TEXT = """\
{said}

> On 5 Jan 2026, at 10:00, Acme Support <support@acme.example> wrote:
>
{quoted}"""
_NAVER = """\
<div style="font-size:10pt"><p>{said}</p><div style="margin:0"><p>-----Original Message-----<br>
<b>From:</b> "Acme Support"&lt;support@acme.example&gt;<br>
<b>To:</b> "Hong"&lt;hong@customer.example&gt;<br><b>Cc:</b> <br>
<b>Sent:</b> 2026. 1. 5. (월) 10:00<br><b>Subject:</b> Where is my parcel?</p>{html}</div></div>"""
_NAVER_TEXT = """\
{said}

-----Original Message-----
From: "Acme Support"<support@acme.example>
To: "Hong"<hong@customer.example>
Cc:
Sent: 2026. 1. 5. (월) 10:00
Subject: Where is my parcel?

{text}"""

Client = Callable[[str, Got], tuple[str, str]]
"""Text and HTML of an answer that says something and quotes a mail."""


def _client(text: str, html: str) -> Client:
    def answer(said: str, was: Got) -> tuple[str, str]:
        quoted = "\n".join(f"> {line}".rstrip() for line in was.text.split("\n"))
        return (
            text.format(said=said, text=was.text, quoted=quoted),
            html.format(said=said, html=was.shown),
        )

    return answer


gmail = _client(_GMAIL_TEXT, _GMAIL)
outlook = _client(_OUTLOOK_TEXT, _OUTLOOK)
apple = _client(_APPLE_TEXT, _APPLE)
naver = _client(_NAVER_TEXT, _NAVER)
CLIENTS = (gmail, outlook, apple, naver)
