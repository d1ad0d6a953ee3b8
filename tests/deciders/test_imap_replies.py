"""What a FETCH response says (RFC 3501 §7.4.2), in whatever form and order a server writes it."""

from datetime import UTC, datetime

import pytest

from mailgate.ingest.imap.replies import Fetched, ReplyError, fetched

LISTED = Fetched(7, 4827, datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC), None, None)


@pytest.mark.parametrize(
    "line",
    [
        b'12 FETCH (UID 7 RFC822.SIZE 4827 INTERNALDATE "17-Jul-1996 02:44:25 -0700")',
        b'12 FETCH (INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE 4827 UID 7)',
        (
            b"12 fetch (uid 7  rfc822.size 4827 flags (\\Seen) "
            b'internaldate "17-Jul-1996 02:44:25 -0700")'
        ),
    ],
)
def test_a_listed_message_is_the_same_in_every_order(line: bytes) -> None:
    assert fetched((line,)) == LISTED


@pytest.mark.parametrize(
    "response",
    [
        (b"12 FETCH (UID 7 BODY[] ", b"Subject: )\r\n\r\n", b")"),
        (b"12 FETCH (BODY[] ", b"Subject: )\r\n\r\n", b" UID 7)"),
        (b"12 FETCH (UID 7 FLAGS () BODY[] ", b"Subject: )\r\n\r\n", b" MODSEQ (9))"),
    ],
)
def test_a_body_is_the_same_in_every_order(response: tuple[bytes, ...]) -> None:
    assert fetched(response) == Fetched(7, None, None, b"Subject: )\r\n\r\n", None)


@pytest.mark.parametrize("uid", [b"0", b"4294967296", b"99999999999"])
def test_a_uid_that_is_none_is_refused(uid: bytes) -> None:
    """RFC 3501 §9: nz-number, 32 bits."""
    with pytest.raises(ReplyError):
        fetched((b"12 FETCH (UID " + uid + b" BODY[] ", b"x", b")"))
