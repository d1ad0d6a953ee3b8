"""Real mails, damaged: each is still read, into values that can be kept; and the text of every
part is somewhere, however the parts are built into each other."""

import base64
import quopri
from dataclasses import dataclass
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.mail.parse import parse_mail
from tests.corpus.folders import CORPUS
from tests.harness.mailchecks import reading_faults
from tests.harness.mailmutations import mutated
from tests.harness.mailseeds import SEEDS

LARGEST = 40_000
"""Octets of a mail of the corpora that is damaged here: larger ones cost too many examples."""


def corpus_mails() -> list[bytes]:
    """The seeds, and what is in the corpora where they are."""
    paths = sorted(path for path in CORPUS.rglob("*") if path.is_file()) if CORPUS.is_dir() else []
    small = [path.read_bytes() for path in paths if path.stat().st_size <= LARGEST]
    return [*SEEDS.values(), *small]


MAILS = corpus_mails()


def test_the_seeds_themselves_are_read_without_a_fault() -> None:
    for name, content in SEEDS.items():
        assert not reading_faults(parse_mail(content)), name


@given(mail=st.integers(0, len(MAILS) - 1), seed=st.integers(0, 2**32))
@settings(max_examples=500, deadline=None)
def test_a_damaged_mail_is_read_into_clean_values(mail: int, seed: int) -> None:
    content = mutated(MAILS[mail], Random(seed))
    assert not reading_faults(parse_mail(content))


@given(mail=st.sampled_from(sorted(SEEDS)), seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_the_same_octets_are_the_same_reading(mail: str, seed: int) -> None:
    content = mutated(SEEDS[mail], Random(seed))
    assert parse_mail(content) == parse_mail(content)


@given(mail=st.sampled_from(sorted(SEEDS)), cut=st.integers(0, 4000))
@settings(max_examples=150, deadline=None)
def test_a_mail_cut_short_keeps_whose_it_is(mail: str, cut: int) -> None:
    """A relay that loses its connection delivers the beginning."""
    content = SEEDS[mail]
    head = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").find(b"\n\n")
    whole = parse_mail(content)
    if cut > head + content.count(b"\n", 0, head + 100) + 4:
        short = parse_mail(content[:cut])
        assert (short.from_, short.subject, short.to) == (whole.from_, whole.subject, whole.to)


# --- parts in parts --------------------------------------------------------------------------


@dataclass(frozen=True)
class Leaf:
    """A part with a word that stands nowhere else in the mail."""

    content_type: str
    encoding: str
    disposition: str


@dataclass(frozen=True)
class Branch:
    """A multipart, or a message that is attached."""

    subtype: str
    parts: tuple["Leaf | Branch", ...]
    is_closed: bool


LEAF = st.builds(
    Leaf,
    content_type=st.sampled_from(
        [
            "text/plain; charset=utf-8",
            "text/html; charset=utf-8",
            "text/plain; format=flowed",
            "text/plain; name=a.txt",
            "text/calendar",
            "text/x-unknown",
            "application/pdf; name=a.pdf",
            "application/octet-stream",
            "image/png",
            "message/delivery-status",
            "message/disposition-notification",
            "application/pgp-signature",
            "",
        ]
    ),
    encoding=st.sampled_from(["", "7bit", "8bit", "base64", "quoted-printable"]),
    disposition=st.sampled_from(["", "inline", "attachment", "attachment; filename=b.txt"]),
)


def branches(children: st.SearchStrategy[Leaf | Branch]) -> st.SearchStrategy[Leaf | Branch]:
    return st.builds(
        Branch,
        subtype=st.sampled_from(
            ["mixed", "alternative", "related", "report", "signed", "digest", "x-new", "rfc822"]
        ),
        parts=st.lists(children, min_size=1, max_size=4).map(tuple),
        is_closed=st.booleans(),
    )


TREE = st.recursive(LEAF, branches, max_leaves=8)


class Writer:
    """Writes a tree, and knows which words stand in it."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self._boundaries = 0

    def entity(self, tree: Leaf | Branch) -> bytes:
        if isinstance(tree, Leaf):
            return self._leaf(tree)
        if tree.subtype == "rfc822":
            inner = self.entity(tree.parts[0])
            return b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n" + inner
        self._boundaries += 1
        boundary = b"b%d" % self._boundaries
        head = b"Content-Type: multipart/%b; boundary=%b\r\n\r\n" % (
            tree.subtype.encode(),
            boundary,
        )
        parts = [b"--%b\r\n%b\r\n" % (boundary, self.entity(part)) for part in tree.parts]
        end = b"--%b--\r\n" % boundary if tree.is_closed else b""
        return head + b"".join(parts) + end

    def _leaf(self, leaf: Leaf) -> bytes:
        word = f"Word{len(self.words)}x"
        self.words.append(word)
        body = f"It says {word} here.\r\n".encode()
        if leaf.encoding == "base64":
            body = base64.encodebytes(body)
        elif leaf.encoding == "quoted-printable":
            body = quopri.encodestring(body)
        fields = [
            f"Content-Type: {leaf.content_type}" if leaf.content_type else "",
            f"Content-Transfer-Encoding: {leaf.encoding}" if leaf.encoding else "",
            f"Content-Disposition: {leaf.disposition}" if leaf.disposition else "",
        ]
        return "\r\n".join([*filter(None, fields), "", ""]).encode() + body


@given(tree=TREE)
@settings(max_examples=400, deadline=None)
def test_what_every_part_says_is_kept(tree: Leaf | Branch) -> None:
    writer = Writer()
    content = b"From: a@b.kr\r\nSubject: s\r\n" + writer.entity(tree)
    mail = parse_mail(content)
    assert not reading_faults(mail)
    kept = [mail.full_text.encode(), (mail.html or "").encode()]
    kept += [file.content for file in mail.attachments]
    for word in writer.words:
        assert any(_says(one, word.encode()) for one in kept), word


def _says(kept: bytes, word: bytes) -> bool:
    """An attached message is kept with its encodings."""
    encoded = base64.b64encode(b"It says %b here.\r\n" % word)
    return word in kept or encoded in kept
