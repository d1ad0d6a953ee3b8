"""The visible reply of the bodies of email-reply-trimmer, compared with what is expected of them,
white space folded; and that nothing but the quote and the signature goes from the other mails."""

from pathlib import Path

import pytest

from mailgate.mail.quote import visible_reply
from tests.corpus.folders import files, needs_corpus
from tests.corpus.scores import note

pytestmark = needs_corpus

TRIMMED = files("public/email-reply-trimmer/trimmed", "*.txt")
TARGET = 0.9


def folded(text: str) -> str:
    return " ".join(text.split())


def is_right(trimmed: Path) -> bool:
    body = trimmed.parents[1] / "emails" / trimmed.name
    return folded(visible_reply(body.read_text())) == folded(trimmed.read_text())


def test_the_visible_reply_is_the_expected_one() -> None:
    right = [path for path in TRIMMED if is_right(path)]
    note("replies email-reply-trimmer", len(right), len(TRIMMED))
    wrong = sorted(path.name for path in TRIMMED if path not in right)
    assert len(right) >= TARGET * len(TRIMMED), wrong


OTHERS = {
    # How the reply ends, and the first of what goes; read by a person.
    "begins_with_signature": ("Christopher Edwards", "On Mon, Jun 3, 2024"),
    "caution": ("Thanks,", "HAHA LOLO"),
    "caution2": ("Person Person.", "Disclaimer"),
    "correct_sig": ("a correct -- signature.", "rick"),
    "email_1_1": ("-Abhishek Kona", "riak-users mailing list"),
    "email_1_3": ("-Abhishek Kona", "On 01/03/11"),
    "email_1_4": ("another problem with it.", "On Aug 22"),
    "email_1_5": ("for a while.", None),
    "email_1_6": ("I get proper rendering as well.", "Sent from"),
    "email_1_7": (":+1:", "Chris Wanstrath"),
    "email_1_8": ("and under this.", "Hey there, this is my signature"),
    "email_2_1": ("Outlook with a reply", "Google Apps"),
    "email_2_2": ("directly above line", "From: CRM"),
    "email_2_3": ("using unusual format", "From:"),
    "email_3_1": ("nothing too hard here!", "Am So."),
    "email_bullets": ("- and another", "Joe Smith"),
    "email_danish_1": ("Anders Andersen", "skrev"),
    "email_danish_2": ("Søren", "Fra:"),
    "email_danish_3": ("Svar.", "skrev"),
    "email_danish_4": ("Svar.", "Oprindelig"),
    "email_danish_5": ("Kh\nPeter", None),
    "email_gmail": ("github message.", "Steven Scott"),
    "email_headers_no_delimiter": ("And another reply!", "Dan Watson"),
    "email_ja_1_1": ("みなさん！", None),
    "email_ja_1_2": ("よろしくお願いいたします", "2022年"),
    "email_nl_1_1": ("-Maarten de Jong", "mailing list"),
    "email_nl_1_2": ("met een antwoord", "Van:"),
    "email_one_is_not_on": ("when I run...", "Dave Tapley"),
    "email_partial_quote_header": ("the tunnel is not working.", "George"),
    "email_sent_from_BlackBerry": ("another email", "BlackBerry"),
    "email_sent_from_iPhone": ("another email", "iPhone"),
    "email_sent_from_multi_word_mobile_device": ("another email", "Verizon"),
    "email_sent_from_not_signature": ("my mobile phone.", None),
    "email_sig_delimiter_in_middle_of_line": ("kthxbai", None),
    "email_sv_anon_1": ("070-0000000", "Person B"),
    "email_swedish_1": ("Person B", "4 dec."),
    "email_swedish_2": ("/John", "Anna Andersson"),
    "forward": ("Best regards", None),
    "greedy_on": ("the tunnel is not working.", "George"),
    "multi_header": ("start a new order.", "On May 30"),
    "outlook": ("+00 0000 000 000", "Get Outlook"),
    "pathological": ("get back to a computer.", "On Dec 8"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_reply_ends_where_a_reader_would_end_it(name: str) -> None:
    path = files("public/mail-parser-reply/emails", f"{name}.txt")[0]
    last, first_that_goes = OTHERS[name]
    reply = visible_reply(path.read_text())
    right = folded(reply).endswith(folded(last))
    right = right and (first_that_goes is None or first_that_goes not in reply)
    note("replies mail-parser-reply, read by a person", right, 1)
    assert right, reply[-500:]
