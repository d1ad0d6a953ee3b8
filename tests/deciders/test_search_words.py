"""The words of a text, and what is looked for in it, whatever database keeps them."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.model.searchwords import (
    MAX_PHRASE_TERMS,
    Phrase,
    QueryError,
    holds,
    read_query,
    terms_of,
)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("Hello, World!", ["hello", "world"]),
        ("환불해주세요", ["환불", "불해", "해주", "주세", "세요"]),
        ("돈", ["돈"]),
        ("주문 3건", ["주문", "3", "건"]),
        ("iPhone케이스", ["iphone", "케이", "이스"]),
        ("東京タワー", ["東京", "京タ", "タワ", "ワー"]),
        ("ﾀﾜｰ", ["タワ", "ワー"]),  # narrow Kana
        ("Straße ΣΊΣΥΦΟΣ", ["strasse", "σίσυφοσ"]),
        ("re\u00adfund z\u200bero", ["refund", "zero"]),  # hyphens and blanks that nobody sees
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("snake_case a.b@c.example", ["snake", "case", "a", "b", "c", "example"]),
        ("don't don’t", ["don", "t", "don", "t"]),
        ("🙂 ___ --- ", []),
        ("x" * 100, ["x" * 64]),
    ],
)
def test_the_words_of_a_text(text: str, terms: list[str]) -> None:
    assert list(terms_of(text)) == terms


@pytest.mark.parametrize(
    ("asked", "phrases"),
    [
        ("refund", [Phrase(("refund",))]),
        ("refund*", [Phrase(("refund",), prefix=True)]),
        ("환불해", [Phrase(("환불", "불해"))]),
        ("돈", [Phrase(("돈",), prefix=True)]),
        ("환불 order", [Phrase(("환불",)), Phrase(("order",))]),
        ('"send it back" now', [Phrase(("send", "it", "back")), Phrase(("now",))]),
        ("“send it”", [Phrase(("send", "it"))]),
        ('"never closed', [Phrase(("never", "closed"))]),
        ("order order !!!", [Phrase(("order",))]),
        ("a@b.example", [Phrase(("a", "b", "example"))]),
        ("#123", [Phrase(("123",), number=123)]),
        ("\uff03\uff11", [Phrase(("1",), number=1)]),  # of full width
        ("#123 123 #a1", [Phrase(("123",), number=123), Phrase(("123",)), Phrase(("a1",))]),
    ],
)
def test_what_is_looked_for(asked: str, phrases: list[Phrase]) -> None:
    assert list(read_query(asked)) == phrases


@pytest.mark.parametrize("asked", ["", " ", "!!!", '""', "*", '"*" ---'])
def test_nothing_to_look_for(asked: str) -> None:
    with pytest.raises(QueryError, match="nothing to look for"):
        read_query(asked)


def test_too_much_to_look_for() -> None:
    read_query(" ".join(f"w{n}" for n in range(16)))
    with pytest.raises(QueryError, match="at most 16 words"):
        read_query(" ".join(f"w{n}" for n in range(17)))
    read_query(f'"{"a " * MAX_PHRASE_TERMS}"')
    with pytest.raises(QueryError, match="too long"):
        read_query(f'"{"a " * (MAX_PHRASE_TERMS + 1)}"')


@given(st.text(max_size=200))
def test_a_term_is_no_syntax_anywhere(text: str) -> None:
    for term in terms_of(text):
        assert term
        assert not re.search(r"[\s\"'\\:*&|!<>()^A-Z\x00-\x1f-]", term)
        assert not re.search("[\ud800-\udfff]", term)


@given(st.text(alphabet="가나다환불해주세요abc東京 .,-'é0", max_size=60))
def test_parts_and_wholes_and_capitals_are_the_same_words(text: str) -> None:
    terms = list(terms_of(text))
    assert list(terms_of(unicodedata.normalize("NFD", text))) == terms
    assert list(terms_of(text.upper())) == terms


@given(st.text(alphabet="가나다라환불해주세요", min_size=2, max_size=20), st.data())
def test_what_stands_inside_of_korean_is_found(text: str, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(text) - 2))
    end = data.draw(st.integers(begin + 2, len(text)))
    (phrase,) = read_query(text[begin:end])
    assert holds(list(terms_of(f"before {text} after")), phrase)


@given(
    st.text(alphabet="가나다라", min_size=2, max_size=8),
    st.text(alphabet="가나다라", min_size=2, max_size=4),
)
def test_and_what_does_not_is_not(text: str, asked: str) -> None:
    (phrase,) = read_query(asked)
    assert holds(list(terms_of(text)), phrase) == (asked in text)
