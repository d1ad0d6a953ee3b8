"""Answers as mail programs write them in HTML, by program and language: the HTML and the reply
that a person sees in it. QUOTED stands in what they answered to."""

ANSWERS: dict[str, tuple[str, str]] = {
    "gmail, english": (
        """\
<div dir="ltr">Thanks, that <b>works</b>.<div><br></div><div>Alex</div></div><br><div
class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Fri, Nov 20, 2026
at 3:04 PM Support &lt;<a href="mailto:s@a.example">s@a.example</a>&gt;
wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px
solid rgb(204,204,204);padding-left:1ex">QUOTED<br>more QUOTED</blockquote></div>""",
        "Thanks, that works.\n\nAlex",
    ),
    "gmail, korean, phone": (
        """\
<div dir="auto">네, 확인했습니다.</div><br><div class="gmail_quote"><div dir="ltr"
class="gmail_attr">2026년 11월 20일 (금) 오후 3:04, 홍길동 &lt;<a
href="mailto:h@a.example">h@a.example</a>&gt;님이 작성:<br></div><blockquote class="gmail_quote"
style="margin:0 0 0 .8ex;border-left:1px #ccc
solid;padding-left:1ex"><div>QUOTED</div></blockquote></div>""",
        "네, 확인했습니다.",
    ),
    "gmail, a language without rules": (
        """\
<div dir="ltr">Ndiyo, asante.</div><br><div class="gmail_quote"><div class="gmail_attr"
dir="ltr">Mnamo Ijumaa Juma alisema QUOTED<br></div><blockquote
class="gmail_quote">QUOTED</blockquote></div>""",
        "Ndiyo, asante.",
    ),
    "gmail, own signature under the quote": (
        """\
<div dir="ltr">Yes.<br></div><div class="gmail_extra"><br><div class="gmail_quote">On Fri, Nov
20, 2026 at 3:04 PM, S <span dir=ltr>&lt;s@a.example&gt;</span> wrote:<br><blockquote
class="gmail_quote">QUOTED</blockquote></div><br><br clear="all"><div><br></div>-- <br><div
class="gmail_signature">Alex Miller<br>Sales</div></div>""",
        "Yes.",
    ),
    "gmail, answers between": (
        """\
<div dir="ltr"><div class="gmail_quote"><div class="gmail_attr" dir="ltr">On Fri, Nov 20, 2026
at 3:04 PM S &lt;s@a.example&gt; wrote:<br></div><blockquote
class="gmail_quote"><div>When?</div></blockquote><div>Tomorrow.</div><blockquote
class="gmail_quote"><div>Where?</div></blockquote><div>In Seoul.</div></div></div>""",
        "> When?\n\nTomorrow.\n\n> Where?\n\nIn Seoul.",
    ),
    "gmail, answer under the quote": (
        """\
<div dir="ltr"><div class="gmail_quote"><div class="gmail_attr" dir="ltr">On Fri, Nov 20, 2026
at 3:04 PM S &lt;s@a.example&gt; wrote:<br></div><blockquote
class="gmail_quote"><div>QUOTED</div></blockquote></div><div>It is under it.</div></div>""",
        "It is under it.",
    ),
    "gmail, a passage quoted by the author": (
        """\
<div dir="ltr">The manual says<blockquote class="gmail_quote" style="margin:0 0 0 .8ex">Press
the button.</blockquote>and I did.</div><br><div class="gmail_quote"><div class="gmail_attr">On
Fri, Nov 20, 2026 at 3:04 PM S &lt;s@a.example&gt; wrote:<br></div><blockquote
class="gmail_quote">QUOTED</blockquote></div>""",
        "The manual says\n\n> Press the button.\n\nand I did.",
    ),
    "outlook 365, english": (
        """\
<div class="WordSection1"><p class="MsoNormal">Please go on.<o:p></o:p></p><p
class="MsoNormal"><o:p>&nbsp;</o:p></p><div><div style="border:none;border-top:solid #E1E1E1
1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal"><b>From:</b> S &lt;s@a.example&gt;
<br><b>Sent:</b> Friday, November 20, 2026 3:04 PM<br><b>To:</b> Alex
&lt;x@b.example&gt;<br><b>Subject:</b> RE: Order<o:p></o:p></p></div></div><p
class=MsoNormal>QUOTED</p></div>""",
        "Please go on.",
    ),
    "outlook 2010, korean": (
        """\
<div class=WordSection1><p class=MsoNormal><span lang=EN-US>Alex</span>님께<span
lang=EN-US>,</span></p><p class=MsoNormal>내일 보내겠습니다<span lang=EN-US>.<o:p></o:p></span></p>
<div style='border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p><b>보낸 사람
<span lang=EN-US>:</span></b><span lang=EN-US> S [mailto:s@a.example] <br></span><b>보낸 날짜<span
lang=EN-US>:</span></b><span lang=EN-US> 2026</span>년<span lang=EN-US> 11</span>월 20일 금요일 오후
3:04<br><b>받는 사람:</b> Alex<br><b>제목:</b> 주문</p></div><p>QUOTED</p></div>""",
        "Alex님께,\n\n내일 보내겠습니다.",
    ),
    "outlook, basque": (
        """\
<div><p>Eskerrik asko.</p><div><div style="border:none;border-top:solid #E1E1E1
1.0pt;padding:3.0pt 0cm 0cm 0cm"><p><b>Nork:</b> S &lt;s@a.example&gt;<br><b>Bidaltze-data:</b>
atzo 15:04<br><b>Nori:</b> Alex<br><b>Gaia:</b> Eskaera</p></div></div><p>QUOTED</p></div>""",
        "Eskerrik asko.",
    ),
    "outlook web, german": (
        """\
<div class="elementToProof" style="font-size:12pt">Das passt, danke.</div><div
id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div
id="divRplyFwdMsg" dir="ltr"><font face="Calibri" style="font-size:11pt"><b>Von:</b> S
&lt;s@a.example&gt;<br><b>Gesendet:</b> Freitag, 20. November 2026 15:04<br><b>An:</b>
Alex<br><b>Betreff:</b> Auftrag</font><div>&nbsp;</div></div><div>QUOTED</div>""",
        "Das passt, danke.",
    ),
    "outlook web, hebrew": (
        """\
<div dir="rtl">תודה רבה</div><hr tabindex="-1" style="display:inline-block; width:98%"><div
id="divRplyFwdMsg"><b>מאת:</b> S<br><b>נשלח:</b> x<br></div><div>QUOTED</div>""",
        "תודה רבה",
    ),
    "outlook mobile, with its signature": (
        """\
<div dir="auto">Ja, graag.</div><div id="ms-outlook-mobile-signature"><div><br></div>Verzonden
vanuit <a href="https://aka.ms/o0ukef">Outlook voor iOS</a></div><hr
style="display:inline-block;width:98%"><div id="divRplyFwdMsg" dir="ltr"><b>Van:</b>
S<br><b>Verzonden:</b> vrijdag<br><b>Aan:</b> Alex<br></div>QUOTED""",
        "Ja, graag.",
    ),
    "outlook mobile, new": (
        """\
<div dir="ltr">D'accord.</div><div id="mail-editor-reference-message-container"
class="ms-outlook-mobile-reference-message skipProofing"><div
style="border:none;border-top:solid #b5c4df 1.0pt;padding:3.0pt 0 0 0"><b>De : </b>S<br><b>Date
: </b>vendredi<br><b>À : </b>Alex<br></div>QUOTED</div>""",
        "D'accord.",
    ),
    "outlook for mac, 2011": (
        """\
<div>Done.</div><div><br></div><span id="OLK_SRC_BODY_SECTION"><div style="font-family:Calibri;
border-top:#b5c4df 1pt solid"><span>From: </span> S<br><span>Date: </span>
Friday</div><div>QUOTED</div></span>""",
        "Done.",
    ),
    "hotmail": (
        """\
<div dir="ltr">Muito obrigado.<br><div><hr id="stopSpelling">From: s@a.example<br>To:
x<br>Subject: Pedido<br>Date: Fri, 20 Nov 2026<br><br>QUOTED</div></div>""",
        "Muito obrigado.",
    ),
    "windows mail, russian": (
        """\
<div>Спасибо.</div><div style="padding-top: 5px; border-top-color: rgb(229, 229, 229);
border-top-width: 1px; border-top-style: solid;"><div><b>От:</b> S<br><b>Отправлено:</b>
пятница<br><b>Кому:</b> Alex</div></div><div>QUOTED</div>""",
        "Спасибо.",
    ),
    "apple mail, french": (
        """\
<body style="overflow-wrap: break-word;">Bien reçu.<br
id="lineBreakAtBeginningOfMessage"><div><br><blockquote type="cite"><div>Le 20 nov. 2026 à
15:04, S &lt;s@a.example&gt; a écrit :</div><br
class="Apple-interchange-newline"><div>QUOTED</div></blockquote></div></body>""",
        "Bien reçu.",
    ),
    "iphone, japanese": (
        """\
<div dir="ltr">承知しました。</div><div dir="ltr"><br><blockquote type="cite">2026/11/20 15:04、S
&lt;s@a.example&gt;のメール:<br><br></blockquote></div><blockquote type="cite"><div
dir="ltr">﻿QUOTED</div></blockquote>""",
        "承知しました。",
    ),
    "iphone, answers between": (
        """\
<div><blockquote type="cite">On Nov 20, 2026, at 15:04, S &lt;s@a.example&gt;
wrote:<br><br></blockquote></div><blockquote
type="cite"><div>When?</div></blockquote><div>Tomorrow.</div><blockquote
type="cite"><div>Where?</div></blockquote><div>In Seoul.</div>""",
        "> When?\n\nTomorrow.\n\n> Where?\n\nIn Seoul.",
    ),
    "thunderbird, polish": (
        """\
<p>Dziękuję.</p><div class="moz-cite-prefix">W dniu 20.11.2026 o 15:04, S
pisze:<br></div><blockquote type="cite" cite="mid:1@a.example"><p>QUOTED</p></blockquote><div
class="moz-signature">-- <br>Jan</div>""",
        "Dziękuję.",
    ),
    "thunderbird, a language without rules": (
        """\
<p>Paldies!</p><div class="moz-cite-prefix">S, 20.11.2026 15:04 QUOTED:<br></div><blockquote
type="cite"><pre class="moz-quote-pre" wrap="">QUOTED
</pre></blockquote>""",
        "Paldies!",
    ),
    "thunderbird, answer under the quote": (
        """\
<div class="moz-cite-prefix">Am 20.11.26 um 15:04 schrieb S:<br></div><blockquote
type="cite">QUOTED</blockquote><p>Ja.</p>""",
        "Ja.",
    ),
    "yahoo, spanish": (
        """\
<div class="ydp1f6eyahoo-style-wrap"><div dir="ltr">Gracias por todo.</div></div><div
id="ydp5c2yahoo_quoted_123" class="ydp5c2yahoo_quoted"><div>En viernes, 20 de noviembre de 2026,
15:04:00 CET, S &lt;s@a.example&gt; escribió:</div><div>QUOTED</div></div>""",
        "Gracias por todo.",
    ),
    "aol": (
        """\
<div style="color:black;font:10pt arial">OK for me.<br><br><div>-----Original
Message-----<br>From: S &lt;s@a.example&gt;<br>To: x &lt;x@b.example&gt;<br>Sent: Fri, Nov 20,
2026 3:04 pm<br>Subject: Order<br><br>QUOTED</div></div>""",
        "OK for me.",
    ),
    "naver": (
        """\
<div style="font-size:10pt; font-family: Gulim,sans-serif;"><p>네
알겠습니다.</p><p>감사합니다.</p><p>&nbsp;</p><p>-----Original Message-----<br><b>From:</b>
"S"&lt;s@a.example&gt; <br><b>To:</b> &lt;x@naver.example&gt;; <br><b>Cc:</b> <br><b>Sent:</b>
2026-11-20 (금) 15:04:00 (GMT+09:00)<br><b>Subject:</b>
주문<br>&nbsp;<br></p></div><div>QUOTED</div>""",
        "네 알겠습니다.\n\n감사합니다.",
    ),
    "daum": (
        """\
<div>보내 주세요.</div><br><br><blockquote style="padding-left:1ex;margin:0 0 0
0.8ex;border-left:#ccc 1px solid"><div>--------- 원본 메일 ---------</div><div><b>보낸사람</b> : S
&lt;s@a.example&gt;</div><div><b>받는사람</b> : x</div><div><b>날짜</b> : 2026/11/20
15:04</div><div><b>제목</b> : 주문</div>QUOTED</blockquote>""",
        "보내 주세요.",
    ),
    "kakao": (
        """\
<div>확인 부탁드립니다.</div><div><br></div><div>---------- Original Message ----------</div>
<div>From : S &lt;s@a.example&gt;</div><div>To : x</div><div>Date : 2026-11-20</div>
<div>QUOTED</div>""",
        "확인 부탁드립니다.",
    ),
    "qq, chinese": (
        """\
<div>好的，谢谢。</div><div><br></div><div><includetail><div style="font:Verdana normal 14px;"><div
style="FONT-SIZE: 12px;padding:2px 0 2px
0;">------------------&nbsp;原始邮件&nbsp;------------------</div><div
style="font-size:12px;background:#efefef;padding:8px;"><div><b>发件人:</b>&nbsp;"S";&lt;s@a.example&gt;;</div><div><b>发送时间:</b>&nbsp;2026年11月20日</div></div><div>QUOTED</div></div></includetail></div>""",
        "好的，谢谢。",
    ),
    "163": (
        """\
<div style="line-height:1.7">收到。<br><br><div style="zoom:1"></div>在 2026-11-20 15:04:00，"S"
&lt;s@a.example&gt; 写道：<br><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex;
BORDER-LEFT: #ccc 1px solid">QUOTED</blockquote></div>""",
        "收到。",
    ),
    "netease mailmaster": (
        """\
<div>可以。</div><div class="ntes-mailmaster-quote"><div>---- Replied Message
----</div><table><tr><td>From</td><td>S</td></tr></table>QUOTED</div>""",
        "可以。",
    ),
    "foxmail": (
        """\
<div>没问题。</div><blockquote style="margin-top: 0px; margin-left: 0.5em;"><div>&nbsp;</div><div
style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm
0cm"><div><b>发件人：</b>&nbsp;S</div><div><b>发送时间：</b>&nbsp;2026-11-20</div><div><b>收件人：</b>&nbsp;x</div><div><b>主题：</b>&nbsp;订单</div></div><div>QUOTED</div></blockquote>""",
        "没问题。",
    ),
    "mail.ru": (
        """\
<p>Хорошо.</p><br>-- <br>Алекс<br><br><br><blockquote style="border-left:1px solid #0857A6;
margin:10px; padding:0 0 0 10px;">Пятница, 20 ноября 2026, 15:04 +03:00 от S
&lt;s@a.example&gt;:<br><br><div>QUOTED</div></blockquote>""",
        "Хорошо.",
    ),
    "yandex": (
        """\
<div>Да, конечно.</div><div>&nbsp;</div><div class="mail-quote-collapse"><div>20.11.2026, 15:04,
"S" &lt;s@a.example&gt;:</div><blockquote><div>QUOTED</div></blockquote></div>""",
        "Да, конечно.",
    ),
    "gmx": (
        """\
<div style="font-family:Verdana"><div>Alles klar.</div><div name="quote" style="margin:10px 5px
5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5;"><div><b>Gesendet:</b>
Freitag</div><div name="quoted-content">QUOTED</div></div></div>""",
        "Alles klar.",
    ),
    "zoho": (
        """\
<div>Works for me.</div><br><div class="zmail_extra" style=""><div id="Zm-_Id_-Sgn1">---- On
Fri, 20 Nov 2026 15:04:00 +0900 <b>S&lt;s@a.example&gt;</b> wrote ----<br></div><blockquote
style="border-left: 1px solid #ccc">QUOTED</blockquote></div>""",
        "Works for me.",
    ),
    "proton": (
        """\
<div style="font-family:Arial">Grazie mille.</div><div
class="protonmail_signature_block"><div>Inviato con Proton Mail.</div></div><div
class="protonmail_quote">Il venerdì 20 novembre 2026 15:04, S &lt;s@a.example&gt; ha
scritto:<br><br><blockquote class="protonmail_quote" type="cite">QUOTED</blockquote><br></div>""",
        "Grazie mille.",
    ),
    "tutanota": (
        """\
<div>Bestens.</div><div><br></div><div>20. Nov. 2026, 15:04 von
s@a.example:<br></div><blockquote class="tutanota_quote" style="border-left: 1px solid
#93A3B8;">QUOTED</blockquote>""",
        "Bestens.",
    ),
    "fastmail": (
        """\
<div style="font-family:Arial;">Takk.</div><div>On Fri, Nov 20, 2026, at 3:04 PM, S
wrote:<br></div><blockquote type="cite" id="qt" style=""><div>QUOTED</div></blockquote>""",
        "Takk.",
    ),
    "zimbra": (
        """\
<div style="font-family: arial"><div>Tack.</div><hr id="zwchr" data-marker="__DIVIDER__"><div
data-marker="__HEADERS__"><b>Från: </b>S<br><b>Till: </b>x</div><div
data-marker="__QUOTED_TEXT__">QUOTED</div></div>""",
        "Tack.",
    ),
    "roundcube, hungarian": (
        """\
<p>Köszönöm.</p><p id="reply-intro">2026-11-20 15:04 időpontban S QUOTED:</p><blockquote
type="cite" style="padding: 0 0.4em; border-left: #1010ff 2px solid; margin:
0"><div>QUOTED</div></blockquote>""",
        "Köszönöm.",
    ),
    "spark": (
        """\
<div name="messageBodySection"><div dir="auto">See you.</div></div><div
name="messageSignatureSection"><br><div>Alex</div></div><div name="messageReplySection">On 20
Nov 2026, 15:04 +0900, S &lt;s@a.example&gt;, wrote:<br><blockquote type="cite"
class="spark_quote">QUOTED</blockquote></div>""",
        "See you.",
    ),
    "airmail": (
        """\
<div id="bloop_customfont">Fine.</div><br><div class="bloop_sign" id="bloop_sign_1"></div><br><p
class="airmail_on">On 20 November 2026 at 15:04:00, S (s@a.example) wrote:</p><blockquote
type="cite" class="clean_bq"><div>QUOTED</div></blockquote>""",
        "Fine.",
    ),
    "front": (
        """\
<div>Thank you!</div><br><blockquote type="cite" class="front-blockquote" style="margin:
0.5em">On November 20, 2026 at 3:04 PM GMT s@a.example wrote:<br><br>QUOTED</blockquote>""",
        "Thank you!",
    ),
    "lotus notes": (
        """\
<font size=2 face="sans-serif">Agreed.</font><br><br><br><font size=1 color=#5f5f5f
face="sans-serif">From: &nbsp; &nbsp;</font><font size=1>S &lt;s@a.example&gt;</font><br><font
size=1>To: &nbsp;</font><font size=1>x/ACME</font><br><font size=1>Date: &nbsp;</font><font
size=1>20.11.2026 15:04</font><br><font size=1>Subject: &nbsp;</font><font
size=1>Order</font><br><hr noshade><br>QUOTED""",
        "Agreed.",
    ),
    "samsung": (
        """\
<div>Tamam.</div><div id="composer_signature"><div>Galaxy cihazımdan
gönderildi</div></div><div><br></div><div style="font-size:100%;color:#000000"><!--
originalMessage --><div>-------- Original message --------</div><div>From: S &lt;s@a.example&gt;
</div><div>Date: 20.11.2026  15:04  (GMT+03:00) </div><div>To: x </div><div>Subject:
Order</div></div>QUOTED""",
        "Tamam.",
    ),
    "em client": (
        """\
<div>Great.</div><div><br></div><div>------ Original Message ------</div><div>From "S"
&lt;s@a.example&gt;</div><div>To x</div><div>Date 20/11/2026 15:04:00</div><div>Subject
Order</div><div><br></div><div id="x1"><blockquote type="cite"
class="cite2">QUOTED</blockquote></div>""",
        "Great.",
    ),
    "k-9 mail": (
        """\
<div dir="auto">Sim.</div><br><br><div class="gmail_quote"><div dir="auto">Em 20 de novembro de
2026 15:04:00 BRT, S &lt;s@a.example&gt; escreveu:</div><blockquote
class="gmail_quote">QUOTED</blockquote></div>""",
        "Sim.",
    ),
    "our marker in spans": (
        """\
<div>예.</div><div><span>##- 이 줄 위에 </span><span lang="EN-US">답장해 주세요</span><span>
-##</span></div><p>QUOTED</p>""",
        "예.",
    ),
    "our marker under an unknown attribution": (
        """\
<p>Bai.</p><p>2026-11-20 15:04 Alice-k (alice@a.example) idatzi du:</p><table><tr><td>##- Please
type your reply above this line -##</td></tr><tr><td>QUOTED</td></tr></table>""",
        "Bai.",
    ),
    "an image alone": (
        """\
<div dir="ltr"><img src="cid:shot@x" width="600" height="400"></div><br><div
class="gmail_quote"><div class="gmail_attr">On Fri, Nov 20, 2026 at 3:04 PM S
&lt;s@a.example&gt; wrote:<br></div><blockquote class="gmail_quote">QUOTED</blockquote></div>""",
        "",
    ),
    "plain text in pre": (
        """\
<pre>Thanks.

On Fri, Nov 20, 2026 at 3:04 PM, S &lt;s@a.example&gt; wrote:
&gt; QUOTED
</pre>""",
        "Thanks.",
    ),
}

WHOLE: dict[str, str] = {
    "gmail, a forward": """\
<div dir="ltr">Please look.<br><br><div class="gmail_quote"><div dir="ltr"
class="gmail_attr">---------- Forwarded message ---------<br>From: S
&lt;s@a.example&gt;<br>Date: Fri, Nov 20, 2026<br>Subject: Order<br>To:
x<br></div><br><br>PART</div></div>""",
    "apple, a forward": """\
Please look.<br><div><br><blockquote type="cite"><div>Begin forwarded
message:</div><br><div><b>From: </b>S</div><div><b>Subject: </b>Order</div><div><b>Date:
</b>Friday</div><br>PART</blockquote></div>""",
    "all of it is a quote": """\
<div class="gmail_quote"><div class="gmail_attr">On Fri, Nov 20, 2026 at 3:04 PM S
&lt;s@a.example&gt; wrote:<br></div><blockquote class="gmail_quote">PART</blockquote></div>""",
    "a contact form with rules": """\
<div>New message from the site</div><div style="border-top:1px solid #ccc">Name: Hong<br>Phone:
02-1<br>Message: PART</div>""",
    "a block quote of the author": """\
<p>The manual says:</p><blockquote>PART</blockquote><p>but it does not.</p>""",
    "a newsletter": """\
<table><tr><td style="border-top:solid 1px #eee"><b>From:</b> Seoul <b>To:</b>
Busan</td></tr><tr><td>PART</td></tr></table>""",
    "text in the signature of a phone": """\
<div id="AppleMailSignature" dir="ltr">PART: please call me back.</div>""",
}
