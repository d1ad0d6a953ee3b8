"""DKIM against another implementation (dkimpy) and against mutation: whatever is signed passes,
and whatever of it is changed does not."""

import base64
import re
from datetime import UTC, datetime

import dkim
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from mailgate.mail.header import read_inner_header, skip_prologue
from mailgate.mail.parse import parse_mail
from mailgate.mail.proofs import Answer, Connecting, ProofResult, Question
from mailgate.mail.proving import begin
from tests.deciders.mail_signer import (
    NAMES,
    RSA2048,
    Signer,
    canonical,
    canonical_text,
    signed,
    split,
    txt,
)

NOW = datetime.now(UTC)
"""The other implementation looks at the clock."""
SIGNER = Signer(key=RSA2048)
RECORD = SIGNER.record()
PEM = RSA2048.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())

_WORDS = st.sampled_from(
    [
        "보일러가",
        "샙니다",
        "leaks",
        "a",
        "=?utf-8?b?67O07J28?=",
        "<x@y.example>",
        ";",
        "b=",
        ":",
        "é",
    ]
)
_GAPS = st.sampled_from([" ", "  ", "\t", "\r\n ", "\r\n\t", " \t\r\n  "])
_VALUES = st.lists(st.tuples(_GAPS, _WORDS), max_size=8).map(
    lambda pairs: "".join(gap + word for gap, word in pairs).encode()
)
_LINES = st.one_of(
    st.sampled_from(
        [b"", b" ", b"\t", b"  a  b ", b"-- ", b"\xb0\xa1\xff", "고쳐 주세요".encode()]
    ),
    st.binary(max_size=30).map(lambda line: line.replace(b"\r", b"").replace(b"\n", b"")),
)
_BODIES = st.lists(_LINES, max_size=8).map(lambda lines: b"".join(one + b"\r\n" for one in lines))
"""SMTP knows no last line without its end."""
_CANONS = st.sampled_from(["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"])


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    fields = [b"From: Kim <kim@acme.co.kr>"]
    fields += [name + b":" + draw(_VALUES) for name in draw(st.permutations([b"To", b"Subject"]))]
    fields += [b"X-Note:" + draw(_VALUES) for _ in range(draw(st.integers(0, 3)))]
    fields = draw(st.permutations(fields))
    # A line of blanks alone ends the header section for some.
    head = re.sub(rb"\r\n[ \t]+(?=\r\n|\Z)", b"", b"\r\n".join(fields))
    return head + b"\r\n\r\n" + draw(_BODIES)


def by_others(content: bytes) -> bool:
    try:
        return bool(dkim.verify(content, dnsfunc=lambda name, timeout=5: RECORD.encode()))
    except (dkim.DKIMException, ValueError, IndexError):
        return False


def by_us(content: bytes, answers: dict[Question, Answer] | None = None) -> bool:
    proofs = begin(content, "acme.co.kr", connection=None, now=NOW).conclude(
        {SIGNER.question: Answer((RECORD,))} if answers is None else answers
    )
    return any(one.result is ProofResult.PASS for one in proofs.dkim)


@settings(max_examples=60, deadline=None)
@given(mails(), _CANONS)
def test_what_others_sign_passes(content: bytes, canon: str) -> None:
    header, _, body = canon.encode().partition(b"/")
    field = dkim.sign(
        content, b"sel", b"acme.co.kr", PEM, canonicalize=(header, body), linesep=b"\r\n"
    )
    assert by_others(field + content)
    assert by_us(field + content)


@settings(max_examples=60, deadline=None)
@given(mails(), _CANONS, st.data())
def test_others_judge_alike_of_what_was_changed(
    content: bytes, canon: str, data: st.DataObject
) -> None:
    """Anything goes but line ends: we take those for what they are, dkimpy repairs them."""
    content = signed(content, Signer(key=RSA2048, canon=canon, names=("From", "To", "Subject")))
    at = data.draw(st.integers(0, len(content) - 1))
    new = data.draw(st.sampled_from([b"", b" ", b"x", b"\t", b"=", b";", b"\r\n ", b"X"]))
    length = data.draw(st.integers(0, 2))
    cut = content[at : at + length]
    assume(b"\r" not in cut and b"\n" not in cut and b"\n" not in content[at - 1 : at + 1])
    changed = content[:at] + new + content[at + length :]
    others, us = by_others(changed), by_us(changed)
    event(f"others {others}, we {us}")
    assert us == others


@settings(max_examples=300, deadline=None)
@given(mails(), st.sampled_from(["simple/simple", "relaxed/relaxed"]), st.data())
def test_no_change_of_what_is_signed_passes(
    content: bytes, canon: str, data: st.DataObject
) -> None:
    signer = Signer(canon=canon, names=(*NAMES, "From", "X-Note", "X-Note", "X-Note", "X-Note"))
    whole = signed(content, signer)
    at = data.draw(st.integers(0, len(whole)))
    new = data.draw(
        st.one_of(st.binary(max_size=3), st.sampled_from([b"\r\n", b"\n", b"\r\n\r\n"]))
    )
    changed = whole[:at] + new + whole[at + data.draw(st.integers(0, 3)) :]
    if not by_us(changed, signer.answers()):
        return
    # It passes: then nothing that is signed reads otherwise.
    header, _, body = canon.partition("/")
    assert _reads(changed, header, body) == _reads(whole, header, body)
    assert parse_mail(changed).from_ == parse_mail(whole).from_
    assert read_inner_header(changed).all("from") == read_inner_header(whole).all("from")


def _reads(content: bytes, header: str, body: str) -> object:
    """The fields that are signed, each name in order, and the body, by the words of the RFC."""
    content = content[skip_prologue(content) :]  # blank lines on top are no part of a mail
    content = content if b"\r\n" in content else content.replace(b"\n", b"\r\n")
    fields, text = split(content)
    kinds: dict[bytes, list[bytes]] = {name.lower().encode(): [] for name in (*NAMES, "X-Note")}
    for raw in fields:
        name = raw.partition(b":")[0].strip().lower()
        if name in kinds:
            kinds[name].append(canonical(raw, header))
    return kinds, canonical_text(text, body)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(
            st.sampled_from(
                [
                    *(b"\r\n", b"\n", b"\r", b" ", b";", b"i=1;", b"b=", b"From: a@b.kr", b"\xff"),
                    *(b"DKIM-Signature: ", b"v=1; a=rsa-sha256;", b"d=acme.co.kr; s=sel;"),
                    *(b"h=from; bh=AAAA; b=AAAA", b"ARC-Seal: ", b"cv=none; ", b"cv=pass; "),
                    *(
                        b"ARC-Message-Signature: ",
                        b"ARC-Authentication-Results: ",
                        b"x; dmarc=pass",
                    ),
                ]
            ),
            max_size=40,
        ).map(b"".join),
    ),
    st.one_of(st.none(), st.just("acme.co.kr"), st.text(max_size=20)),
    st.data(),
)
def test_there_is_an_answer_whatever_the_bytes_are(
    content: bytes, domain: str | None, data: st.DataObject
) -> None:
    texts = st.one_of(
        st.text(max_size=60), st.sampled_from([RECORD, "v=DMARC1; p=none", "v=spf1 a"])
    )
    drawn = st.builds(Answer, st.lists(texts, max_size=2).map(tuple), st.booleans())
    connection = Connecting("192.0.2.1", "mx.example", "kim", "acme.co.kr")
    proving = begin(content, domain, connection=connection, now=NOW)
    answers: dict[Question, Answer] = {}
    while open_ones := proving.questions(answers):
        proving.conclude(answers)
        answers |= {question: data.draw(drawn) for question in open_ones}
        assert len(answers) < 150
    proofs = proving.conclude(answers)
    assert all(one.result is not ProofResult.PASS for one in proofs.dkim)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_key_that_was_changed_passes_nothing(data: st.DataObject) -> None:
    content = signed(b"From: kim@acme.co.kr\r\n\r\nIt leaks.\r\n", Signer(names=("From",)))
    key = bytearray(base64.b64decode(Signer().record().rpartition("p=")[2]))
    at, bit = data.draw(st.integers(0, len(key) - 1)), data.draw(st.integers(0, 7))
    key[at] ^= 1 << bit
    record = f"v=DKIM1; k=ed25519; p={base64.b64encode(key).decode()}"
    assert not by_us(content, {txt("sel._domainkey.acme.co.kr"): Answer((record,))})
