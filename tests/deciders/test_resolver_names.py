"""Which names are asked for: RFC 1035 §2.3.4, and the ones that are reserved for other uses."""

import pytest

from mailgate.mail.proofs import Answer, Question, RecordType
from mailgate.resolver.cache import Cache
from mailgate.resolver.names import is_special, labels_of
from mailgate.resolver.slow import SlowDomains


@pytest.mark.parametrize(
    "name",
    [
        "test", "acme.test", "customer.example", "a.b.invalid", "localhost", "x.localhost",
        "printer.local", "example.com", "mail.example.net", "EXAMPLE.ORG.", "hidden.onion",
    ],
)  # fmt: skip
def test_a_special_use_domain_is_known(name: str) -> None:
    assert is_special(name)


@pytest.mark.parametrize(
    "name", ["acme.internal", "example.co.kr", "myexample.com", "test.kr", "4.2.0.192.in-addr.arpa"]
)
def test_every_other_name_is_asked_for(name: str) -> None:
    assert not is_special(name)


@pytest.mark.parametrize(
    "name", ["", ".", "a..b", "x" * 64 + ".kr", ".".join(["abcdefg"] * 40), "고객.kr", ".kr"]
)
def test_what_is_no_name_is_not_asked_for(name: str) -> None:
    assert labels_of(name) is None


def test_a_name_is_its_labels_whatever_stands_in_them() -> None:
    assert labels_of("k1._domainkey.acme.kr.") == (b"k1", b"_domainkey", b"acme", b"kr")
    assert labels_of("a\\046b.kr") == (b"a\\046b", b"kr")


# --- what is remembered -----------------------------------------------------------------------

KEY = Question("k1._domainkey.acme.internal", RecordType.TXT)
FOUND = Answer(("v=DKIM1",))


@pytest.mark.parametrize(
    ("answer", "ttl", "seconds"),
    [
        (FOUND, 300, 300),
        (FOUND, 5, 60),
        (FOUND, 10**6, 86400),
        (Answer(), 3600, 60),
        (Answer(failed=True), 3600, 60),
    ],
)
def test_an_answer_is_kept_for_its_ttl_within_bounds(
    answer: Answer, ttl: int, seconds: int
) -> None:
    cache = Cache()
    cache.put(KEY, answer, ttl, now=1000)
    assert cache.get(KEY, now=1000 + seconds - 1) == answer
    assert cache.get(KEY, now=1000 + seconds) is None
    assert len(cache) == 0


def test_ten_thousand_names_more_than_it_holds_take_no_more_room() -> None:
    cache = Cache(entries=100)
    for number in range(10_000):
        cache.put(Question(f"n{number}.internal", RecordType.TXT), FOUND, 3600, now=0)
    assert len(cache) == 100
    assert cache.get(Question("n9999.internal", RecordType.TXT), now=1) == FOUND


def test_long_answers_take_no_more_room_either() -> None:
    cache = Cache(octets=100_000)
    for number in range(100):
        long = Answer(("x" * 10_000,))
        cache.put(Question(f"n{number}.internal", RecordType.TXT), long, 3600, now=0)
    assert 0 < len(cache) < 10


def test_what_was_not_asked_for_longest_goes_first() -> None:
    cache = Cache(entries=2)
    one, two, three = (Question(f"{word}.internal", RecordType.A) for word in ("a", "b", "c"))
    cache.put(one, FOUND, 3600, now=0)
    cache.put(two, FOUND, 3600, now=0)
    cache.get(one, now=1)
    cache.put(three, FOUND, 3600, now=2)
    assert cache.get(two, now=3) is None
    assert cache.get(one, now=3) == FOUND


# --- who lets everybody wait ------------------------------------------------------------------


def test_after_three_silences_an_organisation_is_not_waited_for() -> None:
    slow = SlowDomains()
    for number in range(3):
        assert not slow.is_out("x.slow.co.kr", now=number)
        slow.strike(f"n{number}.slow.co.kr", now=number)
    assert slow.is_out("another.slow.co.kr", now=4)
    assert not slow.is_out("another.quick.co.kr", now=4)
    assert not slow.is_out("another.slow.co.kr", now=2 + 60)


def test_three_silences_in_a_day_are_nothing() -> None:
    slow = SlowDomains()
    for hour in range(3):
        slow.strike("mail.acme.kr", now=hour * 3600.0)
    assert not slow.is_out("mail.acme.kr", now=2 * 3600.0 + 1)
