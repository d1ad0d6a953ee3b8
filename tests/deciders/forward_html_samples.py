"""The same mail, forwarded by programs that write HTML alone: (program, subject, HTML).

Each says `see`, and forwards what `kim@corp.example` wrote on 4 March 2024 at 15:12 in Korea.
"""

HTML_SAMPLES = [
    (
        "gmail",
        "Fwd: 견적서",
        (
            '<div dir="ltr">see<br><br><div class="gmail_quote">'
            '<div dir="ltr" class="gmail_attr">---------- Forwarded message ---------'
            '<br>보낸사람: <strong class="gmail_sendername" dir="auto">Kim Minsu</strong> '
            '<span dir="auto">&lt;<a href="mailto:kim@corp.example">kim@corp.example</a>&gt;'
            "</span><br>Date: 2024년 3월 4일 (월) 오후 3:12<br>Subject: 견적서<br>To:  &lt;"
            '<a href="mailto:lee@shop.example">lee@shop.example</a>&gt;<br></div><br><br>'
            '<div dir="ltr">본문입니다.</div></div></div>'
        ),
    ),
    (
        "outlook",
        "FW: Quote",
        (
            '<div class="WordSection1"><p class="MsoNormal">see<o:p></o:p></p>'
            '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt '
            '0in 0in 0in"><p class="MsoNormal"><b>From:</b> Kim Minsu &lt;kim@corp.example&gt; '
            "<br><b>Sent:</b> Monday, March 4, 2024 3:12 PM<br><b>To:"
            "</b> Lee &lt;lee@shop.example&gt;<br><b>Subject:</b> Quote<o:p></o:p></p></div>"
            '<p class="MsoNormal">본문입니다.<o:p></o:p></p></div>'
        ),
    ),
    (
        "owa",
        "FW: Quote",
        (
            '<div>see</div><div id="appendonsend"></div>'
            '<hr style="display:inline-block;width:98%" tabindex="-1">'
            '<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri"><b>보낸 사람:'
            "</b> Kim Minsu &lt;kim@corp.example&gt;<br><b>보낸 날짜:"
            "</b> 2024년 3월 4일 월요일 오후 3:12<br><b>받는 사람:"
            "</b> Lee &lt;lee@shop.example&gt;<br><b>제목:</b> Quote</font><div>&nbsp;</div>"
            "</div><div><p>본문입니다.</p></div>"
        ),
    ),
    (
        "apple",
        "Fwd: Quote",
        (
            '<div>see<br><div><br><blockquote type="cite"><div>Begin forwarded message:</div>'
            '<br class="Apple-interchange-newline"><div style="margin-top: 0px;">'
            '<span style="font-family: -webkit-system-font;"><b>From: </b></span>'
            '<span>Kim Minsu &lt;<a href="mailto:kim@corp.example">kim@corp.example</a>&gt;<br>'
            "</span></div><div><span><b>Subject: </b></span><span><b>Quote</b><br></span></div>"
            "<div><span><b>Date: </b></span><span>4 March 2024 at 15:12:00 GMT+9<br></span>"
            "</div><div><span><b>To: </b></span><span>lee@shop.example<br></span></div><br>"
            "<div>본문입니다.</div></blockquote></div></div>"
        ),
    ),
    (
        "ios",
        "Fwd: Quote",
        (
            '<div dir="ltr">see</div><div dir="ltr"><br>Begin forwarded message:<br><br></div>'
            '<blockquote type="cite"><div dir="ltr"><b>From:'
            "</b> Kim Minsu &lt;kim@corp.example&gt;<br><b>Date:"
            "</b> March 4, 2024 at 3:12:00 PM GMT+9<br><b>To:</b> lee@shop.example<br>"
            '<b>Subject:</b> <b>Quote</b><br><br></div></blockquote><blockquote type="cite">'
            '<div dir="ltr">본문입니다.</div></blockquote>'
        ),
    ),
    (
        "thunderbird",
        "Fwd: Quote",
        (
            '<p>see</p><div class="moz-forward-container"><br>'
            "<br>-------- Forwarded Message --------"
            '<table class="moz-email-headers-table" cellspacing="0" '
            'cellpadding="0" border="0"><tbody><tr>'
            '<th valign="BASELINE" nowrap align="RIGHT">Subject: </th><td>Quote</td></tr><tr>'
            '<th valign="BASELINE">Date: </th><td>Mon, 4 Mar 2024 15:12:00 +0900</td></tr><tr>'
            "<th>From: </th><td>Kim Minsu "
            '<a class="moz-txt-link-rfc2396E" '
            'href="mailto:kim@corp.example">&lt;kim@corp.example&gt;</a></td></tr><tr><th>To: '
            '</th><td><a href="mailto:lee@shop.example">lee@shop.example</a></td></tr></tbody>'
            "</table><br><br>본문입니다.</div>"
        ),
    ),
    (
        "naver",
        "Fwd: 견적",
        (
            '<div><p>see</p><div style="margin:20px 0"><b>-----Original Message-----</b><br>'
            '<b>From:</b> "Kim Minsu"&lt;kim@corp.example&gt; <br><b>To:'
            '</b> "Lee"&lt;lee@shop.example&gt;; <br><b>Cc:</b> <br><b>Sent:'
            "</b> 2024-03-04 (월) 15:12:00 (GMT+09:00)<br><b>Subject:</b> 견적<br><br></div>"
            "<p>본문입니다.</p></div>"
        ),
    ),
    (
        "daum",
        "Fwd: 견적",
        (
            '<p>see</p><blockquote style="font-size:13px"><p>--------- 원본 메일 ---------</p>'
            "<p><strong>보낸사람</strong> : Kim Minsu &lt;kim@corp.example&gt;</p><p>"
            "<strong>받는사람</strong> : Lee &lt;lee@shop.example&gt;</p><p><strong>날짜"
            "</strong> : 24.03.04 15:12 GMT +0900</p><p><strong>제목</strong> : 견적</p>"
            "<p>&nbsp;</p><p>본문입니다.</p></blockquote>"
        ),
    ),
    (
        "yahoo",
        "Fw: Quote",
        (
            '<div>see</div><div id="yahoo_quoted_1" class="yahoo_quoted">'
            '<div style="font-family:Helvetica"><div>----- Forwarded Message -----</div><div>'
            "<b>From:</b> Kim Minsu &lt;kim@corp.example&gt;</div><div><b>To:"
            "</b> Lee &lt;lee@shop.example&gt;</div><div><b>Sent:"
            "</b> Monday, March 4, 2024 at 03:12:00 PM GMT+9</div><div><b>Subject:</b> Quote"
            "</div><div><br></div><div>본문입니다.</div></div></div>"
        ),
    ),
    (
        "qq",
        "转发：报价",
        (
            "<div>see</div><div><!--emptysign--></div>"
            '<div style="font-size: 12px;padding:2px '
            '0;">------------------&nbsp;原始邮件&nbsp;------------------</div>'
            '<div style="font-size: 12px;background:#efefef;padding:8px;"><div><b>发件人:'
            '</b>&nbsp;"Kim Minsu"&lt;kim@corp.example&gt;;</div><div><b>发送时间:'
            "</b>&nbsp;2024年3月4日(星期一) 下午3:12</div><div><b>收件人:"
            '</b>&nbsp;"Lee"&lt;lee@shop.example&gt;;<wbr></div><div></div><div><b>主题:'
            "</b>&nbsp;报价</div></div><div><br></div><div>본문입니다.</div>"
        ),
    ),
    (
        "163",
        "转发：报价",
        (
            '<div>see</div><div style="zoom:1"></div><div id="isForwardContent"><pre>'
            '<br>-------- 转发邮件信息 --------<br>发件人："Kim Minsu" &lt;kim@corp.example&gt;'
            '<br>发送日期：2024-03-04 15:12:00<br>收件人："lee" &lt;lee@shop.example&gt;'
            "<br>主题：报价</pre></div><div>본문입니다.</div>"
        ),
    ),
    (
        "proton",
        "Fw: Quote",
        (
            '<div>see</div><div class="protonmail_quote">------- Forwarded Message -------'
            "<br>From: Kim Minsu &lt;kim@corp.example&gt;"
            "<br>Date: On Monday, March 4th, 2024 at 3:12 PM<br>Subject: Quote"
            "<br>To: lee@shop.example &lt;lee@shop.example&gt;<br><br>"
            '<blockquote class="protonmail_quote" type="cite">본문입니다.</blockquote></div>'
        ),
    ),
    (
        "notes",
        "Fw: Quote",
        (
            "<p>see</p>"
            '<font size="1" color="#800080">----- Forwarded by Lee/Seoul/Shop on '
            '03/06/2024 09:00 AM -----</font><br><br><table width="100%"><tr valign="top">'
            '<td width="40%"><font size="1">From:</font></td><td>'
            '<font size="1">Kim Minsu &lt;kim@corp.example&gt;</font></td></tr><tr><td>To:</td>'
            "<td>lee@shop.example</td></tr><tr><td>Date:</td><td>03/04/2024 03:12 PM</td></tr>"
            "<tr><td>Subject:</td><td>Quote</td></tr></table><hr><br>본문입니다."
        ),
    ),
    (
        "samsung",
        "Fwd: Quote",
        (
            "<div>see</div><div><br></div><div>-------- Original message --------</div>"
            "<div>From: Kim Minsu &lt;kim@corp.example&gt; </div>"
            "<div>Date: 3/4/24  3:12 PM  (GMT+09:00) </div><div>To: lee@shop.example </div>"
            "<div>Subject: Quote </div><div><br></div><div>본문입니다.</div>"
        ),
    ),
    (
        "outlookmobile",
        "Fw: Quote",
        (
            '<div>see</div><div id="ms-outlook-mobile-signature">Get '
            '<a href="https://aka.ms/o0ukef">Outlook for iOS</a></div><hr>'
            '<div id="divRplyFwdMsg"><b>From:</b> Kim Minsu &lt;kim@corp.example&gt;<br>'
            "<b>Sent:</b> Monday, March 4, 2024 3:12:00 PM<br><b>To:"
            "</b> Lee &lt;lee@shop.example&gt;<br><b>Subject:</b> Quote <div>&nbsp;</div></div>"
            "<div>본문입니다.</div>"
        ),
    ),
    (
        "outlook p each",
        "FW: Quote",
        (
            "<p>see</p><p><b>From:</b> Kim Minsu &lt;kim@corp.example&gt;</p><p><b>Sent:"
            "</b> Monday, March 4, 2024 3:12 PM</p><p><b>To:</b> Lee</p><p><b>Subject:"
            "</b> Quote</p><p>본문입니다.</p>"
        ),
    ),
    (
        "mail.ru",
        "Fwd: x",
        (
            "<div>see</div>"
            '<blockquote style="border-left:1px solid #0857A6;">-------- '
            "Пересылаемое сообщение --------<br>От кого: Kim Minsu &lt;"
            '<a href="mailto:kim@corp.example">kim@corp.example</a>&gt;'
            "<br>Кому: lee@shop.example<br>Дата: Понедельник, 4 марта 2024, 15:12 +09:00"
            "<br>Тема: Quote<br>&nbsp;<br><div>본문입니다.</div></blockquote>"
        ),
    ),
]
