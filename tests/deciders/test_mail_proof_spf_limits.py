"""SPF records that would cost us something (RFC 7208 §4.6.4 and §11.1)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.mail.proofs import Answer, Connecting, ProofResult, Question, RecordType
from mailgate.mail.spf import check_spf, spf_questions
from tests.deciders.spf_zone import Zone, ask
from tests.harness.effort import at_most

CPU_SECONDS = 1.0


def _names(count: int) -> list[str]:
    return [f"n{number}.example" for number in range(count)]


def test_ten_lookups_and_no_more() -> None:
    zone: Zone = {name: ["A 198.51.100.1"] for name in _names(11)}
    for count, expected in [(10, "fail"), (11, "permerror")]:
        terms = " ".join(f"a:{name}" for name in _names(count))
        asked = ask(zone | {"acme.example": [f"TXT v=spf1 {terms} -all"]})
        assert asked.result.result == expected
        assert len(asked.questions) == 11


def test_a_match_before_the_limit_counts() -> None:
    zone: Zone = {name: ["A 192.0.2.1"] for name in _names(1)}
    terms = " ".join(["a:n0.example"] * 20)
    assert ask(zone | {"acme.example": [f"TXT v=spf1 {terms} -all"]}).result.result == "pass"


def test_two_void_lookups_and_no_more() -> None:
    for count, expected in [(2, "fail"), (3, "permerror")]:
        terms = " ".join(f"a:{name}" for name in _names(count))
        assert ask({"acme.example": [f"TXT v=spf1 {terms} -all"]}).result.result == expected


@pytest.mark.parametrize(
    "records",
    [
        {"acme.example": "include:acme.example"},
        {"acme.example": "include:b.example", "b.example": "include:acme.example"},
        {"acme.example": "redirect=acme.example"},
        {"acme.example": "include:%{d}"},
        {"acme.example": " ".join(["include:acme.example"] * 500)},
        {"acme.example": "redirect=b.example", "b.example": "include:acme.example"},
    ],
)
def test_records_that_lead_to_themselves(records: dict[str, str]) -> None:
    with at_most(CPU_SECONDS):
        asked = ask({name: [f"TXT v=spf1 {record}"] for name, record in records.items()})
    assert asked.result.result == "permerror"
    assert len(asked.questions) <= len(records)


def test_an_endless_chain_of_includes() -> None:
    zone: Zone = {f"x{n}.example": [f"TXT v=spf1 include:x{n + 1}.example"] for n in range(100)}
    asked = ask(zone | {"acme.example": ["TXT v=spf1 include:x0.example"]})
    assert asked.result.result == "permerror"
    assert len(asked.questions) == 11


def test_exchanges_without_end() -> None:
    for count, expected in [(10, "fail"), (11, "permerror")]:
        zone: Zone = {name: ["A 198.51.100.1"] for name in _names(count)}
        zone["acme.example"] = ["TXT v=spf1 mx -all", *(f"MX {name}" for name in _names(count))]
        asked = ask(zone)
        assert asked.result.result == expected
        assert len(asked.questions) <= 12


def test_names_by_address_without_end() -> None:
    zone: Zone = {
        "acme.example": ["TXT v=spf1 ptr -all"],
        "1.2.0.192.in-addr.arpa": [f"PTR n{n}.acme.example" for n in range(1000)],
    }
    asked = ask(zone)
    assert asked.result.result == "fail"
    assert len(asked.questions) <= 12


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1 " + "x" * 1_000_000,
        "v=spf1 " + " " * 1_000_000 + "-all",
        "v=spf1 " + "a " * 500_000,
        "v=spf1 " + "ip4:192.0.2.0/24 " * 900,
        "v=spf1 exists:" + "%{d}." * 3000 + "example",
        "v=spf1 exists:" + "%{s" + "." * 15_000 + "}",
        "v=spf1 exists:" + "%{" * 8000,
        "v=spf1 exists:" + "a" * 16_000,
        "v=spf1 a:" + "/" * 16_000,
        "v=spf1 a:" + "/a" * 8_000,
        "v=spf1 a:" + "." * 16_000,
        "v=spf1 " + "a" * 16_000 + "=x",
        "v=spf1 moo=" + "%%" * 8_000,
        "v=spf1 ip4:192.0.2.1/" + "9" * 16_000,
        "v=spf1 ip4:192.0.2.1/" + "9" * 4_000,
        "v=spf1 ip6:" + "1:" * 8000,
    ],
)
def test_records_of_a_megabyte_and_records_made_to_be_slow(text: str) -> None:
    with at_most(CPU_SECONDS):
        ask({"acme.example": [f"TXT {text}"]}, mail_from=f"{'.'.join('a' * 30)}@acme.example")


_TERMS = st.sampled_from(
    [
        *("a", "mx", "ptr", "all", "-all", "ip4:192.0.2.0/24", "ip6:::/0", "include:b.example"),
        *("redirect=b.example", "exists:%{ir}.%{v}.%{d2r-}", "a:%{l}.example/3//4", "moo=%{s}"),
        *("exp=%{c}.x.example", "~a:b.example", "?mx:b.example", "ptr:example"),
    ]
)
_RECORDS = st.one_of(
    st.text(max_size=200).map(lambda text: f"v=spf1 {text}"),
    st.lists(_TERMS, max_size=12).map(lambda terms: f"v=spf1 {' '.join(terms)}"),
)
_ANSWERS = st.builds(
    Answer,
    st.lists(
        st.one_of(_RECORDS, st.sampled_from(["192.0.2.1", "::1", "b.example", "", "."]), st.text()),
        max_size=3,
    ).map(tuple),
    st.booleans(),
)


@settings(max_examples=400, deadline=None)
@given(
    st.data(),
    st.one_of(st.sampled_from(["192.0.2.1", "2001:db8::1"]), st.text()),
    st.one_of(st.just("acme.example"), st.text()),
    st.text(),
)
def test_whatever_the_dns_says_there_is_a_result_within_the_limits(
    data: st.DataObject, peer: str, domain: str, localpart: str
) -> None:
    connecting = Connecting(peer, "mx.example", localpart, domain)
    answers: dict[Question, Answer] = {}
    while open_ones := spf_questions(connecting, answers):
        assert check_spf(connecting, answers).result is ProofResult.TEMPERROR
        for question in open_ones:
            assert len(question.name) <= 253
            answers[question] = data.draw(_ANSWERS)
        # 11 records or terms, ten names for each of ten terms.
        assert len(answers) <= 111
    assert check_spf(connecting, answers).result in ProofResult
    assert all(question.type in RecordType for question in answers)
