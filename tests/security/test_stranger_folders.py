"""Folders and files that somebody else made: nothing outside is written, nothing waits for ever."""

import gzip
import json
import os
from contextlib import suppress
from pathlib import Path

import pytest

from xlt.backends.replay import Replay
from xlt.batches.exporting import export_batch
from xlt.batches.folder import read_status
from xlt.batches.importing import import_results
from xlt.errors import DataFileError, InputError, RunFolderError, XLTError
from xlt.evaluation.runs.run_folder import ResultLog, load_manifest, load_run
from xlt.files import safe
from xlt.files.safe import only_writer, read_file, read_lines, write_together, write_whole
from xlt.rows import opening, read_rows

ROWS = [{"inputs": "Juma ana mayai 16. Anakula 3. Yamebaki mangapi?", "language": "sw"}]
MINE = b"alias ls='ls --color'\n"


@pytest.fixture
def mine(tmp_path):
    """A file of the user's, outside the stranger's folder."""
    path = tmp_path / "bashrc"
    path.write_bytes(MINE)
    (tmp_path / "folder").mkdir()
    return path


@pytest.fixture
def folder(mine):
    return mine.parent / "folder"


@pytest.fixture
def batch(folder):
    export_batch(folder, "mgsm", ROWS, provider="openai", model="m")
    return folder


def reply_to(folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    choice = {"message": {"content": "Answer: 13"}, "finish_reason": "stop"}
    line = {
        "custom_id": next(iter(manifest["waves"][-1]["requests"])),
        "response": {"status_code": 200, "body": {"choices": [choice]}},
    }
    path = folder.parent / "output.jsonl"
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    return path


def test_a_draft_that_is_a_link_is_not_written_through(mine, folder):
    (folder / ".a.draft").symlink_to(mine)
    write_whole(folder / "a", [b"new"])
    (folder / ".b.draft").symlink_to(mine)
    write_together(folder, {"b": b"new", "c": b"new"})
    assert mine.read_bytes() == MINE
    assert sorted(os.listdir(folder)) == ["a", "b", "c"]
    assert not (folder / "a").is_symlink()


@pytest.mark.parametrize("target", ["../bashrc", "../no such file", "/dev/full"])
def test_a_link_out_of_the_folder_is_an_error(mine, folder, target):
    (folder / "a").symlink_to(target)
    for write in (
        lambda: write_whole(folder / "a", [b"new"], inside=folder),
        lambda: write_together(folder, {"b": b"new", "a": b"new"}),
    ):
        with pytest.raises(InputError, match=r"/a cannot be written: (It is a link|it is not a)"):
            write()
    assert mine.read_bytes() == MINE
    assert os.listdir(folder) == ["a"]


def test_a_link_inside_the_folder_stays_one(folder):
    (folder / "a").symlink_to("b")
    write_whole(folder / "a", [b"new"], inside=folder)
    assert (folder / "a").is_symlink()
    assert (folder / "b").read_bytes() == b"new"


def test_a_folder_in_a_draft_s_place_is_an_error(folder):
    (folder / ".a.draft").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write_whole(folder / "a", [b"new"])


def test_a_lock_that_is_a_link_is_not_made_elsewhere(mine, folder):
    (folder / ".lock").symlink_to("../elsewhere")
    with (
        pytest.raises(RunFolderError, match="cannot be used: It is a link"),
        only_writer(folder / ".lock", "it"),
    ):
        pass
    assert not (folder.parent / "elsewhere").exists()


@pytest.mark.parametrize("name", ["manifest.json", "results-RUN.jsonl", "answers.jsonl", ".lock"])
@pytest.mark.parametrize("draft", [False, True])
def test_a_batch_folder_of_links(batch, mine, name, draft):
    output = reply_to(batch)
    name = name.replace("RUN", read_status(batch).run)
    planted = batch / (f".{name}.draft" if draft else name)
    planted.unlink(missing_ok=True)
    planted.symlink_to(mine)
    with suppress(XLTError):
        import_results(batch, [output])
    assert mine.read_bytes() == MINE


def test_names_in_a_manifest_are_no_paths(batch, mine):
    path = batch / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    (batch / "results-x").mkdir()
    for change in ({"run": "x/../../bashrc"}, {"waves": [{"requests": {}, "files": ["../a"]}]}):
        path.write_text(json.dumps({**manifest, **change}), encoding="utf-8")
        with pytest.raises(DataFileError, match="not an xlt manifest: .* should match pattern"):
            import_results(batch)
    assert mine.read_bytes() == MINE


def test_a_folder_in_the_place_of_answers_is_an_error(batch):
    (batch / "answers.jsonl").mkdir()
    with pytest.raises(InputError, match="answers.jsonl cannot be"):
        import_results(batch, [reply_to(batch)])


def test_results_are_not_written_through_a_link(mine, folder):
    (folder / "results.jsonl").symlink_to(mine)
    with pytest.raises(RunFolderError, match="link that leads out"):
        ResultLog.open(folder / "results.jsonl")
    assert mine.read_bytes() == MINE


def test_a_run_s_plan_is_not_read_through_a_link(mine, folder):
    (folder / "run.json").symlink_to(mine)
    with pytest.raises(DataFileError, match="link that leads out"):
        load_manifest(folder)


def readers(path):
    return {
        "lines": lambda: list(read_lines(path)),
        "file": lambda: read_file(path),
        "recording": lambda: Replay.open(path),
        "data": lambda: list(read_rows(path)),
        "run": lambda: load_run(path.parent),
        "log": lambda: ResultLog.open(path),
    }


@pytest.mark.parametrize("reader", readers(Path()))
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_not_a_regular_file_is_an_error_and_never_waited_for(folder, reader, kind):
    path = folder / ("run.json" if reader == "run" else "a.jsonl")
    {
        "pipe": lambda: os.mkfifo(path),
        "device": lambda: path.symlink_to("/dev/zero"),
        "folder": path.mkdir,
    }[kind]()
    with pytest.raises(XLTError, match=r"Not a regular file|Is a directory|link that leads out"):
        readers(path)[reader]()


def test_a_gzip_bomb_is_refused(folder, monkeypatch):
    monkeypatch.setattr(opening, "_FREE", 1000)
    bomb = folder / "en.jsonl.gz"
    bomb.write_bytes(gzip.compress(b"0" * 1_000_000) + gzip.compress(b"\n"))
    with pytest.raises(DataFileError, match=r"en\.jsonl\.gz: unpacks to more than 200 times"):
        list(read_rows(bomb))
    bomb.write_bytes(gzip.compress(b"{}\n" * 1000)[:-4])
    with pytest.raises(DataFileError, match="not a whole gzip file"):
        list(read_rows(bomb))


def test_an_endless_line_does_not_hide_the_next(folder, monkeypatch):
    monkeypatch.setattr(safe, "MAX_LINE", 1000)
    path = folder / "lines"
    path.write_bytes(b"{}\n" + b"[" * 10_000 + b"\n{}\n" + b"x" * 999 + b"\n" + b"y" * 5000)
    found = [(number, len(line), whole) for number, line, whole in read_lines(path)]
    assert found == [(1, 3, True), (2, 100, True), (3, 3, True), (4, 1000, True), (5, 100, False)]


def test_a_long_line_of_results_costs_no_other_line(batch, monkeypatch):
    output = reply_to(batch)
    monkeypatch.setattr(safe, "MAX_LINE", 100_000)
    whole = output.read_bytes()
    output.write_bytes(b'{"custom_id": "' + b"x" * 200_000 + b'"}\n' + whole)
    imported = import_results(batch, [output])
    assert dict(imported.lines) == {"unreadable": 1, "new": 1}
    assert imported.status.ended
