"""Walking folders and archives: everything is listed or refused with a reason, and nothing is written."""

import io
import os
import tarfile
import zipfile

import pytest
from sources.archives_made import encrypted_zip, linked_tar, linked_zip, tarred, zipped

from workbench.core.errors import UnreadableFile
from workbench.corpora import CORPORA
from workbench.formats import encode
from workbench.sources import Bounds, Item, Refused, walk

TUNE = encode(
    CORPORA.get("ryans-mammoth").read(CORPORA.get("ryans-mammoth").members()[0]).score, ".mid"
)
OTHER = b"X:1\nK:G\nGABc|\n"


def contents(path, **options):
    """Shown name to content, or to the reason of a refusal."""
    found = {}
    for each in walk(path, **options):
        found[each.name] = each.reason if isinstance(each, Refused) else each.read(10**7)
    return found


def placed(folder, name: str, data: bytes):
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("school.zip", zipped),
        ("school.tar", lambda files: tarred(files, "w")),
        ("school.tar.gz", tarred),
        ("school.tgz", tarred),
        ("school.tar.bz2", lambda files: tarred(files, "w:bz2")),
        ("school.tar.xz", lambda files: tarred(files, "w:xz")),
    ],
)
def test_an_archive_is_opened_where_it_lies(tmp_path, name, made):
    files = {"a/tune.mid": TUNE, "b/other.abc": OTHER, "empty.mid": b""}
    path = placed(tmp_path, name, made(files))
    assert contents(path) == {f"{name}/{inside}": data for inside, data in files.items()}
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_folder_is_walked_in_order_with_its_archives(tmp_path):
    (tmp_path / "b").mkdir()
    placed(tmp_path, "z.mid", TUNE)
    placed(tmp_path / "b", "c.zip", zipped({"d.abc": OTHER}))
    assert list(contents(tmp_path)) == ["z.mid", "b/c.zip/d.abc"]


@pytest.mark.parametrize("made", [zipped, tarred])
@pytest.mark.parametrize(
    "name", ["../../escape.mid", "/etc/escape.mid", "C:\\escape.mid", "a/../../escape.mid"]
)
def test_names_that_climb_lead_nowhere(tmp_path, made, name):
    inside = tmp_path / "inside"
    inside.mkdir()
    path = placed(inside, "x.zip" if made is zipped else "x.tar.gz", made({name: TUNE}))
    assert list(contents(path).values()) == [TUNE]
    assert not list(tmp_path.rglob("escape*"))


def test_links_are_listed_and_not_followed(tmp_path):
    secret = placed(tmp_path, "secret.mid", TUNE)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file.mid").symlink_to(secret)
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.mid")
    placed(folder, "a.zip", linked_zip("link.mid", "../secret.mid"))
    placed(folder, "b.tar", linked_tar("link.mid", "../secret.mid"))
    found = contents(folder)
    assert len(found) == 7
    assert all(isinstance(reason, str) for reason in found.values()), found
    assert "not followed" in found["file.mid"] and "not followed" in found["loop"]
    assert "pipe" in found["pipe.mid"]
    assert all("link" in found[name] for name in found if name.startswith(("a.zip", "b.tar")))


def test_names_of_any_encoding_become_printable(tmp_path):
    raw = b"M\xfcnchen\x07\n.mid"
    placed(tmp_path, os.fsdecode(raw), TUNE)
    (name,) = contents(tmp_path)
    assert name.isprintable() and name.endswith(".mid")


def test_utf8_names_without_their_mark_are_understood(tmp_path):
    data = zipped({"Lied_x.mid": TUNE})
    path = placed(tmp_path, "a.zip", data.replace(b"Lied_x", "Lié_x".encode()))
    assert list(contents(path)) == ["a.zip/Lié_x.mid"]


def test_archives_within_archives_to_a_depth(tmp_path):
    data = zipped({"tune.mid": TUNE})
    for depth in range(4):
        data = zipped({f"{depth}.zip": data, f"beside{depth}.abc": OTHER})
    found = contents(placed(tmp_path, "outer.zip", data))
    assert found["outer.zip/beside3.abc"] == OTHER
    assert found["outer.zip/3.zip/beside2.abc"] == OTHER
    (deep,) = [reason for reason in found.values() if isinstance(reason, str)]
    assert "too deep" in deep


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.zip", b"PK\x03\x04 and nothing more"),
        ("x.zip", zipped({"a.mid": TUNE})[:-30]),
        ("x.zip", b""),
        ("x.tar.gz", b"no archive"),
        ("x.tar", b"\x00" * 100 + b"no archive" * 100),
        ("x.tar.gz", tarred({"a.mid": TUNE, "b.mid": os.urandom(50_000)})[:20_000]),
        ("x.tar.xz", tarred({"a.mid": TUNE}, "w:xz")[:60]),
        ("x.tar.bz2", tarred({"a.mid": TUNE}, "w:bz2")[:60]),
    ],
)
def test_damaged_archives_are_refused_in_one_sentence(tmp_path, name, data):
    path = placed(tmp_path, name, data)
    with pytest.raises(
        UnreadableFile,
        match=rf"{name} cannot be opened as an archive \(.*\); pack it again|damaged|taken out",
    ):
        contents(path)


def test_a_tar_that_is_damaged_in_the_middle_says_so(tmp_path):
    data = bytearray(tarred({f"{i}.abc": OTHER for i in range(5)}, "w"))
    data[1024 + 10 : 1024 + 40] = os.urandom(30)
    seen = []
    with pytest.raises(UnreadableFile, match="damaged in the middle"):
        seen.extend(each.name for each in walk(placed(tmp_path, "x.tar", bytes(data))))
    assert seen == ["x.tar/0.abc"]


def test_what_is_encrypted_is_refused_by_name(tmp_path):
    found = contents(placed(tmp_path, "x.zip", encrypted_zip("a.mid", TUNE)))
    assert "password" in found["x.zip/a.mid"]


def test_a_file_with_a_wrong_checksum_is_refused_and_the_next_one_read(tmp_path):
    data = bytearray(zipped({"a.mid": TUNE, "b.abc": OTHER}, zipfile.ZIP_STORED))
    data[data.index(TUNE) + 50] ^= 0xFF
    walked = walk(placed(tmp_path, "x.zip", bytes(data)))
    with pytest.raises(UnreadableFile, match=r"x\.zip/a\.mid cannot be taken out"):
        next(walked).read(10**6)
    assert next(walked).read(10**6) == OTHER


def test_a_missing_path_and_an_empty_folder(tmp_path):
    with pytest.raises(UnreadableFile, match="no file or folder"):
        list(walk(tmp_path / "nothing"))
    assert list(walk(tmp_path)) == []


# --- bombs ---


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    bomb = zipped({f"{i}.abc": bytes(30_000_000) for i in range(10)})
    with pytest.raises(UnreadableFile, match="would unpack to 300 MB"):
        list(walk(placed(tmp_path, "bomb.zip", bomb)))


def test_a_tar_bomb_is_refused_on_the_way(tmp_path):
    bomb = tarred({f"{i}.abc": bytes(30_000_000) for i in range(10)})
    seen = []
    with pytest.raises(UnreadableFile, match="would unpack to"):
        seen.extend(each.name for each in walk(placed(tmp_path, "bomb.tgz", bomb)))
    assert len(seen) < 10


def test_a_bomb_within_an_archive_costs_only_itself(tmp_path):
    bomb = zipped({f"{i}.abc": bytes(30_000_000) for i in range(10)})
    found = contents(placed(tmp_path, "x.zip", zipped({"bomb.zip": bomb, "a.mid": TUNE})))
    assert "would unpack to" in found["x.zip/bomb.zip"]
    assert found["x.zip/a.mid"] == TUNE


def test_too_many_files_and_too_many_bytes(tmp_path):
    path = placed(tmp_path, "x.zip", zipped({f"{i}.abc": OTHER for i in range(20)}))
    with pytest.raises(UnreadableFile, match="more than 10 files"):
        list(walk(path, bounds=Bounds(files=10)))
    with pytest.raises(UnreadableFile, match="more than the workbench takes"):
        list(walk(path, bounds=Bounds(bytes=100)))
    for each in range(11):
        placed(tmp_path, f"{each}.abc", OTHER)
    with pytest.raises(UnreadableFile, match="more than 10 files"):
        list(walk(tmp_path, bounds=Bounds(files=10)))


def test_a_table_of_contents_that_would_fill_the_memory(tmp_path):
    path = placed(tmp_path, "x.zip", zipped({f"{i}.abc": b"" for i in range(100)}))
    with pytest.raises(UnreadableFile, match="lists more files"):
        list(walk(path, bounds=Bounds(directory_bytes=1000)))


def test_a_table_of_contents_behind_a_mark_that_is_none(tmp_path):
    data = bytearray(zipped({f"{i}.abc": b"" for i in range(100)}))
    data[-6:-2] = b"PK\x05\x06"  # where the table begins, by its end record; zipfile can do without
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.namelist()) == 100
    with pytest.raises(UnreadableFile, match="lists more files"):
        list(walk(placed(tmp_path, "x.zip", bytes(data)), bounds=Bounds(directory_bytes=1000)))


def test_a_tar_that_leads_back_into_itself(tmp_path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("a.abc")
        member.pax_headers = {"size": "-1536"}
        archive.addfile(member)
    path = placed(tmp_path, "x.tar", buffer.getvalue())
    with pytest.raises(UnreadableFile, match="size of a file in it is wrong"):
        list(walk(path, bounds=Bounds(files=100)))


def test_a_name_in_a_tar_is_no_longer_than_names_are(tmp_path):
    long = tarfile.TarInfo("a/" * 50_000 + "a.abc").tobuf(tarfile.GNU_FORMAT)
    path = placed(tmp_path, "x.tar", long + bytes(10_240))
    with pytest.raises(UnreadableFile, match="too long"):
        list(walk(path))


def test_a_tar_header_that_claims_gigabytes(tmp_path):
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 3_000_000_000
    path = placed(tmp_path, "x.tar", header.tobuf(tarfile.GNU_FORMAT) + bytes(2000))
    with pytest.raises(UnreadableFile, match="too long"):
        list(walk(path))


def test_no_more_is_read_than_asked_for(tmp_path):
    walked = walk(placed(tmp_path, "x.zip", zipped({"a.abc": bytes(5_000_000)})))
    item = next(walked)
    assert isinstance(item, Item)
    assert len(item.read(1000)) == 1001
    assert item.size == 5_000_000


def test_many_members_leave_no_trace_in_memory(tmp_path):
    path = placed(tmp_path, "x.tar", tarred({f"{i}.abc": OTHER for i in range(300)}, "w"))
    with tarfile.open(path) as whole:
        assert len(whole.getmembers()) == 300
    assert sum(len(each.read(100)) == len(OTHER) for each in walk(path)) == 300


def test_reading_goes_on_after_a_refused_size(tmp_path):
    path = placed(tmp_path, "x.tar.gz", tarred({"a.abc": bytes(100_000), "b.abc": OTHER}))
    walked = walk(path)
    assert len(next(walked).read(10)) == 11
    assert next(walked).read(100) == OTHER
