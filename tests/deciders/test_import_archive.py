"""Messages by their places, also when a mail program works on the same folder."""

from pathlib import Path

import pytest

from mailgate.ingest.importing.archive import Archive, Gone
from mailgate.ingest.importing.locate import Other, Source, Unusable, locate
from mailgate.ingest.importing.outcome import LeftOut
from tests.harness.oldmail import mail, write_mbox

ASK = mail("1@a", sender="hong@customer.example")


def archive_of(path: Path) -> Archive:
    archive = Archive()
    for found in locate(path):
        assert isinstance(found, Source)
        list(archive.add(found))
    return archive


def test_a_mail_that_was_read_meanwhile_has_another_name(tmp_path: Path) -> None:
    """A Maildir's flags stand in the name, and reading moves a mail from new to cur."""
    for folder in ("cur", "new", "tmp"):
        (tmp_path / folder).mkdir()
    (tmp_path / "new" / "1.M1.host").write_bytes(ASK)
    (tmp_path / "cur" / "2.M1.host:2,").write_bytes(ASK)
    archive = archive_of(tmp_path)
    (tmp_path / "new" / "1.M1.host").rename(tmp_path / "cur" / "1.M1.host:2,S")
    (tmp_path / "cur" / "2.M1.host:2,").rename(tmp_path / "cur" / "2.M1.host:2,RS")
    assert [archive.content(number) for number in range(2)] == [ASK, ASK]


def test_a_file_that_got_shorter_meanwhile(tmp_path: Path) -> None:
    write_mbox(tmp_path / "old.mbox", [ASK, ASK])
    archive = archive_of(tmp_path / "old.mbox")
    with (tmp_path / "old.mbox").open("r+b") as file:
        file.truncate(100)
    with pytest.raises(Gone):
        archive.content(1)
    archive.close()


def test_a_header_section_longer_than_usual_is_read_whole(tmp_path: Path) -> None:
    long = b"X-Long: " + b"x" * 100_000 + b"\n" + ASK
    write_mbox(tmp_path / "old.mbox", [long])
    archive = archive_of(tmp_path / "old.mbox")
    assert b"hong@customer.example" in archive.head(0)
    assert archive.name(0) == f"{tmp_path}/old.mbox at byte 44"
    archive.close()


def test_an_mbox_in_a_folder_and_what_is_none(tmp_path: Path) -> None:
    write_mbox(tmp_path / "Inbox", [ASK])
    write_mbox(tmp_path / "Trash", [ASK])
    (tmp_path / "Inbox.msf").write_bytes(b"// <!-- <mdb:mork:z v=1.4/> -->\n")
    (tmp_path / "readme").write_bytes(b"Note: this is old.\nSee: the wiki.\n")
    found = list(locate(tmp_path))
    assert [one.path.name for one in found if isinstance(one, Source)] == ["Inbox"]
    assert {one.path.name: one.why for one in found if isinstance(one, Other)} == {
        "Inbox.msf": LeftOut.NO_MAIL,
        "Trash": LeftOut.UNSENT,
        "readme": LeftOut.NO_MAIL,
    }
    assert len(archive_of(tmp_path / "Trash")) == 1


def test_a_device_is_no_mail() -> None:
    with pytest.raises(Unusable, match="no file and no folder"):
        list(locate(Path("/dev/null")))
