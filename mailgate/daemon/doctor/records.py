"""What the records of a mail domain say. Pure: texts in, findings out."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping

from mailgate.daemon.doctor.findings import Finding, fail, ok, warn
from mailgate.daemon.doctor.resolver import Answer
from mailgate.mail.dkimsign import Signer
from mailgate.mail.dkimtags import Refused
from mailgate.mail.proofs import Answer as TxtAnswer

SPF_LOOKUPS = 10
"""More questions than this and the record is void (RFC 7208 §4.6.4)."""
_LEAST_KEY = 1024
_GOOD_KEY = 2048
_TERM = re.compile(
    r"[+?~-]?(?:all|(?:include|exists):\S+|(?:a|mx|ptr)(?::[^\s/]+)?(?:/\d{1,2})?(?://\d{1,3})?"
    r"|ip4:[0-9.]+(?:/\d{1,2})?|ip6:[0-9a-f:.]+(?:/\d{1,3})?)|[a-z][a-z0-9_.-]*=\S*",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"[+?~-]?(?:include:|exists:|a(?=[:/]|$)|mx(?=[:/]|$)|ptr(?=:|$))", re.IGNORECASE
)
_FOLLOWS = re.compile(r"(?:[+?~-]?include:|redirect=)(\S+)", re.IGNORECASE)


# --- MX ---------------------------------------------------------------------------------------


def mx_targets(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The hosts of MX records, the preferred ones first."""
    pairs = (text.split() for text in texts)
    return tuple(p[1] for p in sorted((p for p in pairs if len(p) == 2), key=lambda p: int(p[0])))


def judge_mx(
    domain: str, answer: Answer, reachable: Mapping[str, bool], *, hostname: str
) -> Finding:
    """Where mail to the domain goes (RFC 5321 §5.1). `reachable` says of each target, and of
    the domain itself, whether it has an address."""
    subject, targets = f"mx {domain}", mx_targets(answer.texts)
    if not answer.exists:
        return fail(subject, "there is no such domain", "correct the [[address]], or register it")
    if targets == (".",):
        text = "a null MX says that the domain takes no mail (RFC 7505)"
        return fail(subject, text, "replace it by the MX records of your provider")
    if not targets and not reachable.get(domain, False):
        text = "neither MX nor address: nobody can send mail to it"
        return fail(subject, text, "publish MX records")
    if not targets:
        text = "no MX record; mail goes to the address of the domain itself"
        return warn(subject, text, "publish an MX record")
    dead = [target for target in targets if not reachable.get(target, False)]
    if len(dead) == len(targets):
        return fail(subject, f"no address for {', '.join(dead)}", "correct the MX records")
    if dead:
        text = f"mail goes to {', '.join(targets)}; no address for {', '.join(dead)}"
        return warn(subject, text, "correct the MX records")
    if hostname in targets:
        return ok(subject, f"mail comes to us: {', '.join(targets)}")
    return ok(
        subject,
        f"mail goes to {', '.join(targets[:4])}; whether it is forwarded to us is told by "
        "`mailgate doctor forwarding ADDRESS`",
    )


# --- SPF --------------------------------------------------------------------------------------


def spf_records(texts: tuple[str, ...]) -> tuple[str, ...]:
    """RFC 7208 §4.5: the version is a whole word, in any case."""
    return tuple(text for text in texts if text.lower().split(" ", 1)[0] == "v=spf1")


def spf_questions(record: str) -> int:
    """How many questions the record itself costs."""
    terms = record.split()[1:]
    redirects = any(term.lower().startswith("redirect=") for term in terms)
    return sum(bool(_ASKS.match(term)) for term in terms) + redirects


def spf_follows(record: str) -> tuple[str, ...]:
    """The domains whose records belong to it; names with macros cannot be known."""
    found = (match[1] for term in record.split()[1:] if (match := _FOLLOWS.fullmatch(term)))
    return tuple(name for name in found if "%" not in name)


def judge_spf(domain: str, texts: tuple[str, ...], questions: int | None) -> Finding:
    """Who may send as the domain. `questions` is what the whole record costs, None when that is
    not known."""
    subject, records = f"spf {domain}", spf_records(texts)
    if not records:
        return warn(
            subject,
            "no SPF record: answers from this domain may be taken for forged",
            'publish a TXT record such as "v=spf1 include:YOUR-SMARTHOST ~all"',
        )
    if len(records) > 1:
        text = f"{len(records)} SPF records: all of them are void (RFC 7208 §4.5)"
        return fail(subject, text, "make one of them")
    (record,) = records
    wrong = [term for term in record.split()[1:] if not _TERM.fullmatch(term)]
    if wrong:
        text = f"{wrong[0]!r:.60} is no SPF term, so that the record is void"
        return fail(subject, text, "correct the record")
    if questions is not None and questions > SPF_LOOKUPS:
        text = f"{questions} lookups, over {SPF_LOOKUPS} the record is void (RFC 7208 §4.6.4)"
        return fail(subject, text, "take includes out, or write ip4: and ip6: in their place")
    return _judge_all(subject, record)


def _judge_all(subject: str, record: str) -> Finding:
    terms = [term.lower() for term in record.split()[1:]]
    last = next((term for term in terms if term.lstrip("+?~-") == "all"), None)
    if last in {"all", "+all"}:
        return fail(subject, "+all lets everybody send as you", "end it with ~all or -all")
    redirects = any(term.startswith("redirect=") for term in terms)
    if last == "?all" or (last is None and not redirects):
        return warn(subject, f"says nothing of other senders: {record:.120}", "end it with ~all")
    return ok(subject, f"{record:.160}; see that your smarthost is in it")


# --- DMARC ------------------------------------------------------------------------------------


def tags(record: str) -> dict[str, str]:
    """`v=DMARC1; p=none` (RFC 7489 §6.4, RFC 6376 §3.2)."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, eq, value in pairs if eq}


def dmarc_records(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text for text in texts if re.match(r"v\s*=\s*DMARC1\s*(?:;|$)", text))


def judge_dmarc(domain: str, at: str, texts: tuple[str, ...]) -> Finding:
    """What receivers do with mail that proves nothing. `at` is the domain where it was found."""
    subject, records = f"dmarc {domain}", dmarc_records(texts)
    if not records:
        return warn(
            subject,
            "no DMARC record: large providers trust mail of such domains less",
            f'publish TXT _dmarc.{domain} "v=DMARC1; p=none; rua=mailto:YOUR-ADDRESS"',
        )
    if len(records) > 1:
        return fail(subject, f"{len(records)} DMARC records: all are void", "make one of them")
    found = tags(records[0])
    policy = found.get("sp", found.get("p", "")) if at != domain else found.get("p", "")
    if policy.lower() not in {"none", "quarantine", "reject"}:
        return fail(subject, f"p={policy} is no policy: {records[0]:.100}", "correct the record")
    strict = [name for name in ("aspf", "adkim") if found.get(name, "r").lower() == "s"]
    where = "" if at == domain else f" (of {at})"
    sentence = f"p={policy}{where}{', strict ' + ' and '.join(strict) if strict else ''}"
    if policy.lower() == "none":
        return ok(subject, f"{sentence}: forged mail is only watched")
    return ok(subject, f"{sentence}: our answers must pass SPF or DKIM as {domain}")


# --- DKIM -------------------------------------------------------------------------------------


def judge_dkim(domain: str, selector: str, texts: tuple[str, ...]) -> Finding:
    """The key under a selector (RFC 6376 §3.6.1)."""
    subject, name = f"dkim {domain}", f"{selector}._domainkey.{domain}"
    keys = [found for text in texts if "p" in (found := tags(text))]
    if not keys:
        return fail(subject, f"no key at {name}", "publish the key that the smarthost names")
    if len(keys) > 1:
        return fail(subject, f"{len(keys)} keys at {name}: which counts is open", "keep one")
    key = "".join(keys[0]["p"].split())
    if not key:
        return fail(subject, f"the key at {name} is withdrawn", "publish the one in use")
    if keys[0].get("k", "rsa").lower() == "ed25519":
        return ok(subject, f"an Ed25519 key at {name}")
    bits = _rsa_bits(key)
    if bits is None:
        return fail(subject, f"the key at {name} cannot be read", "copy it again, whole")
    if bits < _LEAST_KEY:
        return fail(subject, f"the key at {name} is too short", "make one of 2048 bits")
    sentence = f"an RSA key of {bits} bits at {name}"
    if bits < _GOOD_KEY:
        return warn(subject, sentence, "make one of 2048 bits")
    return ok(subject, sentence)


def judge_own_key(domain: str, signer: Signer, texts: tuple[str, ...]) -> Finding:
    """Whether what we sign is believed: by the record, as receivers read it."""
    # As below.
    from mailgate.mail.dkimkey import key_record, read_key  # noqa: PLC0415

    subject, name = f"dkim {domain}", f"{signer.selector}._domainkey.{domain}"
    publish = f'publish TXT {name} "{signer.key.record}"'
    try:
        key = read_key(key_record(TxtAnswer(texts)), signer.key.kind)
    except Refused as refused:
        return fail(subject, f"nobody believes what we sign: {name}: {refused.reason}", publish)
    probe = hashlib.sha256(name.encode()).digest()
    if not key.verifies(signer.key.sign(probe), probe):
        text = f"nobody believes what we sign: the key at {name} is another than ours"
        return fail(subject, text, publish)
    if key.testing:
        text = f"the key at {name} is ours, and t=y says that it is only being tested"
        return warn(subject, text, "take t=y out of the record when the tests are over")
    bits = signer.key.bits
    kind = "Ed25519 key" if bits is None else f"RSA key of {bits} bits"
    sentence = f"we sign, and the {kind} at {name} is ours"
    if bits is not None and bits < _GOOD_KEY:
        return warn(subject, sentence, "make one of 2048 bits, under another selector")
    return ok(subject, sentence)


def _rsa_bits(key: str) -> int | None:
    """0 for a key that is none of RSA, None for one that cannot be read."""
    # Heavy, and without a selector no key is looked at.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

    try:
        public = load_der_public_key(base64.b64decode(key, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return None
    return public.key_size if isinstance(public, RSAPublicKey) else 0


# --- the host ---------------------------------------------------------------------------------


def judge_host(
    hostname: str, addresses: tuple[str, ...], names: Mapping[str, tuple[str, ...]]
) -> Finding:
    """The name that we say in EHLO. `names` are the PTR names of each address."""
    subject = f"host {hostname}"
    if not addresses:
        return warn(
            subject,
            "[gateway] hostname has no address in the DNS",
            "publish one, or name the host as others call it: mail servers look at EHLO",
        )
    back = [address for address in addresses if hostname not in names.get(address, ())]
    shown = ", ".join(addresses)
    if back:
        named = {name for address in back for name in names.get(address, ())}
        told = f"is named {', '.join(sorted(named))}" if named else "has no name"
        return warn(
            subject,
            f"{shown}; backwards {', '.join(back)} {told}",
            "have the PTR record set, unless all mail leaves by a smarthost",
        )
    return ok(subject, f"{shown}, and back")
