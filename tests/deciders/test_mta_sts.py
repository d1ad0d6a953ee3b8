"""Records and policies of MTA-STS (RFC 8461 §3, §4.1), and how a connection is protected."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailgate.mail.proofs import Answer
from mailgate.outbound.dane import DaneJudge
from mailgate.outbound.mtasts import MAX_AGE, BadPolicy, Mode, Policy, read_id, read_policy
from mailgate.outbound.mxkept import KeptPolicies, KeptPolicy
from mailgate.outbound.mxrouting import Target
from mailgate.outbound.mxsecurity import Barred, Protection, protection_of
from mailgate.outbound.peer import Judged, Pkix, Tls, Unchecked

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
GOOD = "version: STSv1\nmode: enforce\nmx: mail.shop.kr\nmx: *.mx.shop.kr\nmax_age: 604800\n"


@pytest.mark.parametrize(
    ("texts", "id_"),
    [
        (["v=STSv1; id=20260101T000000;"], "20260101T000000"),
        (["v=STSv1;id=1"], "1"),
        (["v=spf1 -all", "v=STSv1; id=1; x=y"], "1"),
        ([], None),
        (["v=STSv1; id=1", "v=STSv1; id=2"], None),
        (["v=STSv10; id=1"], None),
        (["v=STSv1;"], None),
        (["v=STSv1; id="], None),
        (["v=STSv1; id=" + "a" * 33], None),
        (["v=STSv1; id=a-b"], None),
    ],
)
def test_the_record(texts: list[str], id_: str | None) -> None:
    assert read_id(texts) == id_


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_policy(end: str) -> None:
    assert read_policy(GOOD.replace("\n", end)) == Policy(
        Mode.ENFORCE, ("mail.shop.kr", "*.mx.shop.kr"), 604800
    )


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        ("mode: enforce", "mode: enforce\nmode: none", "mode", Mode.ENFORCE),
        ("mode: enforce", "mode: testing", "mode", Mode.TESTING),
        ("mode: enforce", "mode:none", "mode", Mode.NONE),
        ("max_age: 604800", "max_age: 9999999999", "max_age", MAX_AGE),
        ("mx: mail.shop.kr", "mx: MAIL.Shop.kr.", "mx", ("mail.shop.kr", "*.mx.shop.kr")),
        ("version: STSv1", "version: STSv1\nnew-field: x", "mode", Mode.ENFORCE),
    ],
)
def test_what_a_policy_may_hold(old: str, new: str, field: str, value: object) -> None:
    assert getattr(read_policy(GOOD.replace(old, new)), field) == value


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version: STSv1", "version: STSv2"),
        ("version: STSv1\n", ""),
        ("mode: enforce\n", ""),
        ("mode: enforce", "mode: maybe"),
        ("max_age: 604800", "max_age: -1"),
        ("max_age: 604800", "max_age: 1 day"),
        ("max_age: 604800\n", ""),
        ("mx: mail.shop.kr\nmx: *.mx.shop.kr\n", ""),
        ("mx: mail.shop.kr", "mx: *"),
        ("mx: mail.shop.kr", "mx: mail.*.kr"),
        ("mx: mail.shop.kr", "mx: " + "x" * 300),
        ("mx: mail.shop.kr", "mx: a.kr\n" * 101),
    ],
)
def test_what_is_no_policy(old: str, new: str) -> None:
    with pytest.raises(BadPolicy):
        read_policy(GOOD.replace(old, new))


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("mail.shop.kr", True),
        ("MAIL.shop.kr.", True),
        ("a.mx.shop.kr", True),
        ("a.b.mx.shop.kr", False),
        ("mx.shop.kr", False),
        ("other.shop.kr", False),
        ("kr", False),
    ],
)
def test_which_servers_it_names(host: str, named: bool) -> None:
    assert read_policy(GOOD).names(host) is named


# --- on the disk ---------------------------------------------------------------------------------


def test_a_policy_is_kept(tmp_path: Path) -> None:
    kept = KeptPolicy("1", NOW, read_policy(GOOD))
    KeptPolicies(tmp_path / "new").write("shop.kr", kept)
    assert kept.until == NOW + timedelta(seconds=604800)
    assert KeptPolicies(tmp_path / "new").read_all(NOW) == {"shop.kr": kept}
    assert KeptPolicies(tmp_path / "new").read_all(kept.until) == {}
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("text", ["", "{}", "[1]", "\x00", '{"mode": "enforce", "mx": 1}'])
def test_a_file_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "shop.kr.json").write_text(text)
    assert KeptPolicies(tmp_path).read_all(NOW) == {}


@pytest.mark.parametrize("domain", ["../x", "a/b", "..", ".", "", "x" * 230, "a\x00b", "A.kr"])
def test_only_names_become_files(tmp_path: Path, domain: str) -> None:
    folder = tmp_path / "folder"
    KeptPolicies(folder).write(domain, KeptPolicy("1", NOW, read_policy(GOOD)))
    assert not list(tmp_path.rglob("*.json"))


# --- what is asked of a connection ----------------------------------------------------------------

SYSTEM = Pkix()
TARGET = Target("mail.shop.kr", "8.8.8.8", 10, secure=True)
TLSA = Answer(("3 1 1 " + "5f" * 32,), secure=True)
UNUSABLE = Answer(("0 0 1 " + "5f" * 32, "3 1 1 5f", "x"), secure=True)
ENFORCE = read_policy(GOOD)


def now() -> datetime:
    return NOW


def protect(tlsa: Answer | None, policy: Policy | None) -> Protection | Barred:
    return protection_of(TARGET, "shop.kr", tlsa, policy, authorities=SYSTEM, now=now)


@pytest.mark.parametrize("tlsa", [None, Answer(secure=True), Answer(exists=False)])
@pytest.mark.parametrize("mode", [None, Mode.TESTING, Mode.NONE])
def test_as_offered_where_nobody_asks_for_more(tlsa: Answer | None, mode: Mode | None) -> None:
    policy = None if mode is None else Policy(mode, ("other.kr",), 60)
    assert protect(tlsa, policy) == Protection(Tls.OPPORTUNISTIC, Unchecked())


@pytest.mark.parametrize("policy", [None, ENFORCE, Policy(Mode.ENFORCE, ("other.kr",), 60)])
def test_dane_goes_first(policy: Policy | None) -> None:
    found = protect(TLSA, policy)
    assert isinstance(found, Protection)
    assert found.tls is Tls.STARTTLS
    assert isinstance(found.certificate, Judged)
    assert isinstance(found.certificate.judge, DaneJudge)
    assert found.certificate.judge.names == ("mail.shop.kr", "shop.kr")
    assert len(found.certificate.judge.records) == 1


def test_equal_records_make_equal_protection() -> None:
    """Connections are kept by it."""
    assert protect(TLSA, None) == protect(TLSA, None)
    assert hash(protect(TLSA, None)) == hash(protect(TLSA, None))


def test_records_that_nobody_can_use_ask_for_tls() -> None:
    assert protect(UNUSABLE, None) == Protection(Tls.STARTTLS, Unchecked())


def test_records_that_are_not_validated_say_nothing() -> None:
    assert protect(Answer(TLSA.records), None) == Protection(Tls.OPPORTUNISTIC, Unchecked())


def test_records_that_are_kept_back_bar_the_server() -> None:
    found = protect(Answer(failed=True), ENFORCE)
    assert isinstance(found, Barred)
    assert found.text.startswith("4.7.5 ")


def test_a_policy_asks_for_a_certificate_of_an_authority() -> None:
    assert protect(None, ENFORCE) == Protection(Tls.STARTTLS, SYSTEM)


def test_a_server_that_the_policy_does_not_name_is_barred() -> None:
    found = protect(None, Policy(Mode.ENFORCE, ("other.kr",), 60))
    assert isinstance(found, Barred)
    assert found.text.startswith("4.7.1 ")
