"""Messages by their places, also when a mail program works on the same folder."""

import os
import subprocess
from pathlib import Path

import pytest

from mailgate.ingest.importing.archive import MAX_HEAD, Archive, Gone
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


def test_an_apple_file_of_terabytes_is_not_read_for_its_header(tmp_path: Path) -> None:
    """Its length is what it says; behind it a hole that costs a disk nothing."""
    place = tmp_path / "1.emlx"
    place.write_bytes(b"%d\n%s" % (len(ASK), ASK))
    os.truncate(place, 2**40)
    assert archive_of(place).head(0) == ASK
    place.write_bytes(b"%d\n%s" % (2**39, ASK))
    os.truncate(place, 2**40)
    assert len(archive_of(place).head(0)) <= MAX_HEAD


def test_folders_in_folders_as_deep_as_a_path_can_be(tmp_path: Path) -> None:
    deep = tmp_path / "deep"
    deep.mkdir()
    descriptor = os.open(deep, os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("d", dir_fd=descriptor)
        within = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = within
    with os.fdopen(os.open("1.eml", os.O_WRONLY | os.O_CREAT, dir_fd=descriptor), "wb") as file:
        file.write(ASK)
    os.close(descriptor)
    try:
        (found,) = locate(deep)
        assert isinstance(found, Source)
    finally:
        subprocess.run(["rm", "-rf", deep], check=True)


def test_links_do_not_lead_out_of_the_archive(tmp_path: Path) -> None:
    """Whoever packed it would have any mail read that is on this machine."""
    (tmp_path / "private.eml").write_bytes(ASK)
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "1.eml").write_bytes(ASK)
    (archive / "2.eml").symlink_to("1.eml")
    (archive / "3.eml").symlink_to(tmp_path / "private.eml")
    (archive / "4.eml").symlink_to("../archive/../private.eml")
    (archive / "5.eml").symlink_to("/dev/zero")
    found = {one.path.name: one for one in locate(archive)}
    assert {name for name, one in found.items() if isinstance(one, Source)} == {"1.eml", "2.eml"}
    others = {one.why for one in found.values() if isinstance(one, Other)}
    assert others == {LeftOut.LINK}
