"""How mail programs mark in HTML what they quote: classes and ids, by program.

Google: Gmail; Microsoft: Outlook and Windows Mail; the rest by the names of the programs. What
a program only draws (a rule, a bar at the left) is known by `mailgate.mail.htmlstyle` or by the
words of its header.
"""

from enum import StrEnum


class Mark(StrEnum):
    """What an element says about its content."""

    QUOTE = "quote"
    """The mail answered to, with its attribution; what follows the element is not."""
    THREAD = "thread"
    """As QUOTE; answers may stand between the block quotes in it (Gmail breaks the block)."""
    CITE = "cite"
    """A block quote that a program made of the mail answered to."""
    MAYBE = "maybe"
    """A block quote that a person may have made."""
    BEGIN = "begin"
    """From here on everything is the mail answered to."""
    OUTLOOK_RULE = "outlook rule"
    """As BEGIN, when a header stands in it, in whatever language."""
    RULE = "rule"
    """A line drawn above the element."""
    ATTRIBUTION = "attribution"
    SIGNATURE = "signature"


_CLASSES = {
    Mark.THREAD: "gmail_quote gmail_quote_container gmail_extra_quote protonmail_quote "
    "k9mail_quote nylas-quote",
    Mark.QUOTE: "zmail_extra missive_quote freshdesk_quote front-blockquote history_container "
    "mail-quote-collapse ntes-mailmaster-quote bloop_original_html spark_quote canaryblockquote "
    "tutanota_quote superhuman-quote sh-quote hs_quote yandex-quote moz-email-headers-quote "
    "edo-original mailbird-quote polymail-quote",
    Mark.BEGIN: "ms-outlook-mobile-reference-message yahoo-quoted-begin yahoo_quoted_begin",
    Mark.ATTRIBUTION: "gmail_attr moz-cite-prefix airmail_ext_on airmail_on",
    Mark.SIGNATURE: "gmail_signature moz-signature protonmail_signature_block k9mail-signature "
    "bloop_sign sh-signature",
}
_IDS = {
    Mark.QUOTE: "isreplycontent qt zm-quote editor_reference_quote canaryblockquote edo-original "
    "fmoriginalcontent",
    Mark.BEGIN: "divrplyfwdmsg appendonsend olk_src_body_section stopspelling zwchr "
    "zmail_extra_hr yahoo-quoted-begin includetail reply-divider",
    Mark.ATTRIBUTION: "reply-intro",
    Mark.SIGNATURE: "signature ms-outlook-mobile-signature composer_signature edo-signature",
}
_NAMES = {
    Mark.QUOTE: "quote messagereplysection",
    Mark.SIGNATURE: "messagesignaturesection",
}
_ID_STARTS = {
    "mail-editor-reference-message": Mark.BEGIN,
    "bloop_sign_": Mark.SIGNATURE,
}
_ZIMBRA = {
    "__DIVIDER__": Mark.BEGIN,
    "__HEADERS__": Mark.BEGIN,
    "__QUOTED_TEXT__": Mark.BEGIN,
    "__SIG_PRE__": Mark.SIGNATURE,
    "__SIG_POST__": Mark.SIGNATURE,
}


def _by_word(table: dict[Mark, str]) -> dict[str, Mark]:
    return {word: mark for mark, words in table.items() for word in words.split()}


_BY_CLASS = _by_word(_CLASSES)
_BY_ID = _by_word(_IDS)
_BY_NAME = _by_word(_NAMES)


def find_mark(element: str, attributes: dict[str, str]) -> Mark | None:
    """What the attributes of the element say about it."""
    mark = _of_words(attributes)
    if element == "blockquote":
        if attributes.get("type", "").lower() == "cite" or mark in {Mark.QUOTE, Mark.BEGIN}:
            return Mark.CITE
        is_cited = "protonmail_quote" in attributes.get("class", "")
        return Mark.CITE if is_cited else Mark.MAYBE
    return None if element in {"td", "th", "tr", "tbody"} and mark is Mark.SIGNATURE else mark


def _of_words(attributes: dict[str, str]) -> Mark | None:
    ident = attributes.get("id", "").lower()
    if ident:
        mark = _BY_ID.get(ident)
        if mark is not None:
            return mark
        for start, mark in _ID_STARTS.items():
            if ident.startswith(start):
                return mark
        if "yahoo_quoted" in ident:
            return Mark.QUOTE
    classes = attributes.get("class", "").lower()
    for word in classes.split():
        mark = _BY_CLASS.get(word)
        if mark is not None:
            return mark
        if "yahoo_quoted" in word:
            return Mark.QUOTE
    if "name" in attributes:
        return _BY_NAME.get(attributes["name"].lower())
    return _ZIMBRA.get(attributes.get("data-marker", ""))
