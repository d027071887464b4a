"""Files written whole or not at all, and places where none can be written."""

import gzip
import os
import stat
from pathlib import Path

import pytest

from xlt.building.built import BuiltDemonstrations, Tally
from xlt.demonstrations import Demonstration
from xlt.errors import DataFileError, DefinitionError, InputError, RunFolderError
from xlt.files import safe
from xlt.files.safe import check_place, only_writer, read_file, write_whole

NOWHERE = ["a file/below", "no folder/file", "n" * 250, "folder"]


@pytest.fixture
def places(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a file").write_text("old")
    Path("folder").mkdir()
    return tmp_path


@pytest.mark.parametrize("place", [*NOWHERE, "."], ids=lambda place: place[:20])
def test_a_place_that_cannot_be_written_is_an_error_of_ours(places, place):
    with pytest.raises(InputError, match="cannot be written: "):
        write_whole(Path(place), [b"new"])
    with pytest.raises(InputError, match="cannot be written: "):
        check_place(Path(place))
    assert sorted(os.listdir()) == ["a file", "folder"]


def test_a_check_of_the_place_leaves_what_is_there(places):
    check_place(Path("a file"))
    check_place(Path("new file"))
    assert sorted(os.listdir()) == ["a file", "folder"]
    assert Path("a file").read_text() == "old"


def test_a_write_that_breaks_off_leaves_the_old_file_and_no_draft(places):
    def pieces():
        yield b"half"
        raise ValueError("the maker failed")

    def refuse(draft):
        assert draft.read_bytes() == b"new"
        raise DefinitionError("not what was meant")

    with pytest.raises(ValueError, match="the maker failed"):
        write_whole(Path("a file"), pieces())
    with pytest.raises(DefinitionError, match="not what was meant"):
        write_whole(Path("a file"), [b"new"], check=refuse)
    assert sorted(os.listdir()) == ["a file", "folder"]
    assert Path("a file").read_text() == "old"


def test_a_link_stays_a_link_and_a_file_keeps_who_may_read_it(places):
    Path("a file").chmod(0o600)
    Path("folder/link").symlink_to("../a file")
    write_whole(Path("folder/link"), [b"new"])
    assert Path("folder/link").is_symlink()
    assert Path("a file").read_text() == "new"
    assert stat.S_IMODE(Path("a file").stat().st_mode) == 0o600
    assert sorted(os.listdir("folder")) == ["link"]


def test_built_demonstrations_do_not_replace_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    shown = Demonstration("1 + 1?", reply="Answer: 2", answer="2", language="sw")
    built = BuiltDemonstrations("mgsm", (shown,), "xlt+xlt", Tally(1, 1, 1), 1, "signature")
    with pytest.raises(InputError, match="it is not a regular file"):
        built.write(pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_disk_without_locks_is_not_another_process(tmp_path, monkeypatch):
    def no_locks(*arguments):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", no_locks)
    with (
        pytest.raises(RunFolderError, match="cannot be used: Operation not supported"),
        only_writer(tmp_path / ".lock", "it"),
    ):
        pass


def test_what_a_file_unpacks_to_is_bounded(tmp_path, monkeypatch):
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(b"0" * 2_000))
    assert len(read_file(path)) == 2_000
    monkeypatch.setattr(safe, "MAX_UNPACKED", 1_999)
    with pytest.raises(DataFileError, match="unpacks to more than"):
        read_file(path)
