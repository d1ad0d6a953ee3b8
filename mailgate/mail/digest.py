"""The digest by which the same message is known again, whichever way it came."""

import hashlib
import re

from mailgate.mail.header import MAX_SECTION_OCTETS, skip_prologue

_TRACE = re.compile(
    rb"(?:received|return-path|delivered-to|x-original-to|x-delivered-to|envelope-to|"
    rb"x-envelope-to|x-envelope-from|authentication-results|received-spf|arc-[a-z-]+|"
    rb"x-forwarded-[a-z-]+|x-received|x-google-smtp-source|x-uid|x-uidl|status|x-status|"
    rb"content-length|lines|x-imap|x-imapbase|x-keywords|x-gmail-labels|x-gm-thrid|x-gm-msgid|"
    rb"x-mozilla-status2?|x-mozilla-keys|x-account-key|x-evolution[a-z-]*|x-folder|x-label)[ \t]*:",
    re.IGNORECASE,
)
"""What systems on the way write on top (RFC 5321 §4.4), and mailboxes that keep a mail: two copies
differ in it alone."""


def content_digest(content: bytes) -> bytes:
    """SHA-256 of the message without trace fields, and with every line end as LF."""
    text = content[skip_prologue(content) :].replace(b"\r\n", b"\n")
    end = text.find(b"\n\n")
    if end < 0:
        end = len(text)
    if end > MAX_SECTION_OCTETS:  # what is too large to be read counts as it stands
        end = max(text.rfind(b"\n", 0, MAX_SECTION_OCTETS), 0)
    kept: list[bytes] = []
    skipping = False
    for line in text[:end].split(b"\n"):
        if line[:1] not in {b" ", b"\t"}:
            skipping = _TRACE.match(line) is not None
        if not skipping:
            kept.append(line)
    digest = hashlib.sha256(b"\n".join(kept))
    digest.update(text[end : end + 2])
    digest.update(text[end + 2 :].rstrip(b"\n"))
    return digest.digest()
