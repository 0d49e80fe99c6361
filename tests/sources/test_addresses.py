"""Downloads from a real server, with interruptions; and file systems that fsspec knows."""

import hashlib
import os

import fsspec
import pytest
from sources.archives_made import zipped
from sources.range_server import serving

from workbench.core.errors import UnreadableFile, WorkFailed
from workbench.sources import (
    Address,
    Bounds,
    Refused,
    Stopped,
    download,
    forget,
    is_address,
    walk_address,
)

DATA = os.urandom(1_000_000)


@pytest.fixture
def served():
    with serving() as server:
        server.files["/a/tunes.tar.gz"] = DATA
        yield server


def fetched(served, folder, path="/a/tunes.tar.gz", sha256="", **options):
    return download(Address(served.url + path, sha256), folder, into_own_net=True, **options)


def test_a_file_arrives_with_progress_and_under_no_name_of_the_server(served, tmp_path):
    told = []
    path = fetched(served, tmp_path, progress=lambda *words: told.append(words))
    assert path.read_bytes() == DATA
    assert path.name.endswith(".tar.gz") and "tunes" not in path.name
    assert told[-1] == (len(DATA), len(DATA))
    assert {each.name for each in tmp_path.iterdir()} == {path.name, path.name + ".json"}
    forget(path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_here_and_unchanged_is_not_sent_again(served, tmp_path):
    path = fetched(served, tmp_path)
    path.write_bytes(b"still the first")
    assert fetched(served, tmp_path).read_bytes() == b"still the first"
    served.state = '"second"'
    assert fetched(served, tmp_path).read_bytes() == DATA


def test_a_broken_line_goes_on_where_it_broke(served, tmp_path):
    served.cut = 300_000
    with pytest.raises(WorkFailed, match="What has arrived is kept"):
        fetched(served, tmp_path)
    with pytest.raises(WorkFailed):
        fetched(served, tmp_path)
    served.cut = None
    assert fetched(served, tmp_path).read_bytes() == DATA
    assert [each.get("Range") for each in served.asked] == [None, "bytes=300000-", "bytes=600000-"]


def test_what_had_arrived_as_a_whole_before_it_was_interrupted_is_taken(served, tmp_path):
    """Killed between the last byte and the new name: a server has no more to send, and says so with an error."""
    path = fetched(served, tmp_path)
    for each in (path, path.with_name(path.name + ".json")):
        each.rename(tmp_path / each.name.replace(path.name, path.name + ".partial"))
    assert fetched(served, tmp_path).read_bytes() == DATA
    assert served.asked[-1]["Range"] == f"bytes={len(DATA)}-"


def test_a_file_that_changed_meanwhile_is_fetched_anew(served, tmp_path):
    served.cut = 300_000
    with pytest.raises(WorkFailed):
        fetched(served, tmp_path)
    served.cut, served.state = None, '"second"'
    served.files["/a/tunes.tar.gz"] = DATA[::-1]
    assert fetched(served, tmp_path).read_bytes() == DATA[::-1]


def test_stopping_keeps_what_has_arrived(served, tmp_path):
    looks = iter([False, False, True])
    with pytest.raises(Stopped):
        fetched(served, tmp_path, should_stop=lambda: next(looks))
    assert 0 < next(tmp_path.glob("*.partial")).stat().st_size < len(DATA)
    assert fetched(served, tmp_path).read_bytes() == DATA
    assert served.asked[-1]["Range"].startswith("bytes=")


def test_a_known_checksum_is_held_to(served, tmp_path):
    right = hashlib.sha256(DATA).hexdigest()
    with pytest.raises(UnreadableFile, match="checksum"):
        fetched(served, tmp_path, sha256="0" * 64)
    assert fetched(served, tmp_path, sha256=right).read_bytes() == DATA
    asked = len(served.asked)
    fetched(served, tmp_path, sha256=right)
    assert len(served.asked) == asked  # what is here and right is not fetched again


def test_too_large_a_file_is_refused_before_it_is_fetched(served, tmp_path):
    with pytest.raises(UnreadableFile, match="larger than"):
        fetched(served, tmp_path, limit=1000)
    assert sum(each.stat().st_size for each in tmp_path.iterdir()) == 0


def test_an_address_that_leads_nowhere(served, tmp_path):
    with pytest.raises(UnreadableFile, match="the server says 404"):
        fetched(served, tmp_path, "/nothing.zip")
    with pytest.raises(UnreadableFile, match="cannot be reached"):
        download(Address("http://127.0.0.1:9/x.zip"), tmp_path, into_own_net=True)


def test_no_redirect_leads_to_the_disk(served, tmp_path):
    secret = tmp_path / "secret.mid"
    secret.write_bytes(b"secret")
    served.redirects["/x.mid"] = f"file://{secret}"
    with pytest.raises(UnreadableFile):
        fetched(served, tmp_path / "out", "/x.mid")


def test_a_hosted_app_does_not_ask_its_own_network(served, tmp_path):
    with pytest.raises(UnreadableFile, match="own network"):
        download(Address(served.url + "/a/tunes.tar.gz"), tmp_path)
    assert served.asked == []  # not even the first line was sent


def test_secrets_of_an_address_are_never_shown(served, tmp_path):
    host = served.url.removeprefix("http://")
    address = Address(f"http://anna:pass@{host}/gone.zip?token=abc")
    assert address.shown == f"{served.url}/gone.zip"
    with pytest.raises(UnreadableFile) as refusal:
        download(address, tmp_path, into_own_net=True)
    assert "pass" not in str(refusal.value) and "abc" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "answer"),
    [("https://a.b/c", True), ("s3://x/y", True), ("C:\\music", False), ("/home/x", False), ("memory://x", True)],
)  # fmt: skip
def test_what_is_an_address(text, answer):
    assert is_address(text) == answer


# --- fsspec ---


def contents(url):
    found = walk_address(Address(url), Bounds())
    return {
        each.name: each.reason if isinstance(each, Refused) else each.read(10**6) for each in found
    }


def test_folders_and_archives_of_fsspecs_memory():
    system = fsspec.filesystem("memory")
    system.pipe(
        {"/school/a.mid": b"one", "/school/b/c.zip": zipped({"d.abc": b"two"}), "/school/bad.zip": b"x"}
    )  # fmt: skip
    found = contents("memory://school")
    assert (found["a.mid"], found["b/c.zip/d.abc"]) == (b"one", b"two")
    assert "cannot be opened as an archive" in found["bad.zip"]
    assert contents("memory://school/b/c.zip") == {"c.zip/d.abc": b"two"}


def test_fsspecs_local_files(tmp_path):
    (tmp_path / "a.mid").write_bytes(b"one")
    assert contents(f"file://{tmp_path}") == {"a.mid": b"one"}


def test_what_fsspec_cannot_reach_is_refused_in_words():
    with pytest.raises(UnreadableFile, match="nothing at memory://nowhere"):
        contents("memory://nowhere/x.zip")
    with pytest.raises(UnreadableFile, match="the package for nosuch://"):
        contents("nosuch://bucket/x.zip")
