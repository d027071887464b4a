"""The output folder: whole parts or none, ids that are kept, and what a run was made with."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from pydantic import SecretStr

from xlt.backends.choosing import Choice
from xlt.backends.openai_compatible import OpenAICompatible
from xlt.backends.replay import Scripted
from xlt.demonstrations import shipped_demonstrations
from xlt.errors import DataFileError, InputError
from xlt.ray import output
from xlt.ray.output import (
    NAME,
    KeptIds,
    Parts,
    adopt_pieces,
    check_columns,
    check_record,
    id_texts,
    part_name,
)
from xlt.ray.row_format import RowFormat
from xlt.ray.running import read_results, read_table


def table(*ids: str, failed: tuple[str, ...] = ()) -> pyarrow.Table:
    errors = pyarrow.array(["Refused" if one in failed else None for one in ids], pyarrow.string())
    return pyarrow.table({"id": list(ids), "xlt_error": errors})


def test_a_part_is_written_under_another_name_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from pyarrow import parquet

    seen: list[list[str]] = []
    write = parquet.write_table

    def watching(rows: Any, where: str, **more: Any) -> None:
        write(rows, where, **more)
        seen.append([path.name for path in tmp_path.iterdir()])

    monkeypatch.setattr(parquet, "write_table", watching)
    parts = Parts.at(tmp_path)
    parts.write(part_name(["a"]), table("a"))
    ((draft,),) = seen
    assert draft.startswith(".")
    assert parts.names() == [path.name for path in tmp_path.iterdir()] == [part_name(["a"])]


def test_half_a_part_is_none_and_goes_at_the_next_start(tmp_path: Path):
    parts = Parts.at(tmp_path / "out")
    parts.make()
    parts.write(part_name(["a"]), table("a"))
    whole = (tmp_path / "out" / part_name(["a"])).read_bytes()
    for length in range(0, len(whole), 97):
        (tmp_path / "out" / f".draft-{length}").write_bytes(whole[:length])
    assert parts.names() == [part_name(["a"])]
    assert len(KeptIds.read(parts, "id")) == 1
    parts.sweep()
    assert [path.name for path in (tmp_path / "out").iterdir()] == [part_name(["a"])]


def test_a_part_that_is_no_parquet_is_named(tmp_path: Path):
    (tmp_path / part_name(["a"])).write_bytes(b"PAR1 and then nothing")
    with pytest.raises(DataFileError, match=part_name(["a"])):
        KeptIds.read(Parts.at(tmp_path), "id")


def test_a_folder_by_its_uri(tmp_path: Path):
    parts = Parts.at(f"file://{tmp_path}/deep/out")
    parts.make()
    parts.write(part_name(["a"]), table("a"))
    assert parts.read(part_name(["a"]))["id"].to_pylist() == ["a"]
    assert (tmp_path / "deep" / "out" / part_name(["a"])).is_file()


def test_a_folder_that_cannot_be_made_or_read(tmp_path: Path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", "nowhere://bucket/out"):
        with pytest.raises(InputError, match="cannot be made"):
            Parts.at(place).make()
        with pytest.raises(InputError, match="cannot be read"):
            Parts.at(place).names()


def test_a_file_that_cannot_be_written(tmp_path: Path):
    (tmp_path / "there").mkdir()
    with pytest.raises(InputError, match="there cannot be written"):
        Parts.at(tmp_path).write_text("there", "{}")


def test_reading_an_output_changes_nothing_in_it(tmp_path: Path):
    """A run that writes to it may have a draft there."""
    (tmp_path / ".draft-1").write_bytes(b"half")
    for place in (tmp_path, tmp_path / "mistyped"):
        with pytest.raises(InputError, match="holds no rows yet"):
            read_results(place)
    assert [path.name for path in tmp_path.iterdir()] == [".draft-1"]


def test_the_name_of_a_part_tells_its_rows():
    names = {part_name(ids) for ids in (["ab", "c"], ["a", "bc"], ["abc"], ["c", "ab"], [])}
    assert len(names) == 5
    assert part_name(["ab", "c"]) == part_name(["ab", "c"])


def test_kept_ids():
    kept = KeptIds.of([f"row-{number}" for number in range(0, 1000, 3)])
    asked = [f"row-{number}" for number in range(1000)]
    assert kept.has(asked) == [number % 3 == 0 for number in range(1000)]
    assert KeptIds.of([]).has(["a", "b"]) == [False, False]
    assert kept.has([]) == []
    assert kept.digests.nbytes == 16 * len(kept)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["a", "b", "a"], "The id 'a' appears twice"),
        ([1, 1], "The id '1' appears twice"),
        (["a", None], "texts or whole numbers, not None"),
        ([1.5], "not 1.5"),
        ([True], "not True"),
    ],
)
def test_ids_that_name_no_row(ids: list[Any], message: str):
    with pytest.raises(InputError, match=message):
        id_texts(ids, "id")


def test_failed_rows_leave_their_part_to_be_sent_again(tmp_path: Path):
    parts = Parts.at(tmp_path)
    parts.write(part_name(["a", "b"]), table("a", "b", failed=("b",)))
    parts.write(part_name(["c"]), table("c", failed=("c",)))
    parts.write(part_name(["d"]), table("d"))
    assert KeptIds.read(parts, "id").has(["a", "b", "c", "d"]) == [True] * 4
    kept = KeptIds.read(parts, "id", retry_failed=True)
    assert kept.has(["a", "b", "c", "d"]) == [True, False, False, True]
    left = [one for name in parts.names() for one in parts.read(name)["id"].to_pylist()]
    assert sorted(left) == ["a", "d"]


@pytest.fixture
def checked(tmp_path: Path) -> Callable[..., None]:
    def check(model: Any = None, force: bool = False, **settings: Any) -> None:
        rows = RowFormat("mgsm", **{"language": "zh", **settings})
        chosen = model or Choice("openai:gpt-test")
        check_record(Parts.at(tmp_path), rows, chosen, "id", force)

    return check


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"strategy": "basic"}, "strategy"),
        ({"model": Choice("openai:other")}, "model"),
        ({"model": Choice("openai:gpt-test", temperature=1.0)}, "model"),
        ({"language": "sw"}, "language"),
        ({"options": {"rephrase": "repeat"}}, "options"),
        ({"columns": {"problem": "question"}}, "columns"),
    ],
)
def test_another_run_is_refused_unless_forced(
    checked: Callable[..., None], other: dict[str, Any], named: str
):
    checked()
    checked()
    with pytest.raises(InputError, match=f"a run with other {named}"):
        checked(**other)
    checked(**other, force=True)
    checked(**other)


def test_another_template_is_another_run(checked: Callable[..., None], tmp_path: Path):
    folder = tmp_path / "own"
    folder.mkdir()
    checked(options={"templates": str(folder)})
    (folder / "basic.j2").write_text("{{ task_input }}")
    with pytest.raises(InputError, match="other templates"):
        checked(options={"templates": str(folder)})


KEY = "sk-canary-0123456789"


def of_key(key: str) -> OpenAICompatible:
    return OpenAICompatible(url="http://127.0.0.1:1/v1", model="m", key=SecretStr(key))


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (of_key(KEY), "m"),
        (partial(of_key, KEY), None),
        (lambda: of_key(KEY), None),
        (Scripted([KEY]), "scripted"),
    ],
)
def test_no_key_and_no_address_of_an_object_is_kept(
    checked: Callable[..., None], tmp_path: Path, model: Any, told: str | None
):
    shots = shipped_demonstrations("mgsm")
    options = {"demonstrations": shots, "translator": partial(str.strip, KEY)}
    checked(model=model, strategy="translate_en", options=options)
    text = (tmp_path / NAME).read_text("utf-8")
    assert KEY not in text
    assert "0x" not in text
    assert json.loads(text)["model"].get("name") == told
    assert shots[0].answer in text


def test_parts_that_are_not_of_a_run(checked: Callable[..., None], tmp_path: Path):
    Parts.at(tmp_path).write(part_name(["a"]), table("a"))
    with pytest.raises(InputError, match="xlt did not write it"):
        checked()
    (tmp_path / NAME).write_text("{")
    with pytest.raises(DataFileError, match="not a record that xlt wrote"):
        checked()


def test_the_rows_are_read_without_ray(tmp_path: Path):
    parts = Parts.at(tmp_path)
    with pytest.raises(InputError, match="holds no rows yet"):
        read_table(tmp_path)
    parts.write(part_name(["a"]), table("a"))
    parts.write(part_name(["b", "c"]), table("b", "c", failed=("b",)))
    rows = read_table(tmp_path).to_pylist()
    assert sorted(row["id"] for row in rows) == ["a", "b", "c"]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_part_that_was_cut_is_named(tmp_path: Path, share: float):
    parts, name = Parts.at(tmp_path), part_name(["a"])
    parts.write(name, table("a"))
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: int(len(data) * share)])
    for read in (lambda: read_table(tmp_path), lambda: KeptIds.read(parts, "id")):
        with pytest.raises(DataFileError, match=f"{name}: not a whole Parquet file; delete it"):
            read()


def test_a_pipe_or_a_link_in_an_output_is_not_opened(tmp_path: Path):
    out = tmp_path / "out"
    out.mkdir()
    os.mkfifo(out / part_name(["a"]))
    os.mkfifo(out / ".draft-1")
    parts = Parts.at(out)
    parts.sweep()
    assert parts.names() == []
    os.mkfifo(out / NAME)
    with pytest.raises(DataFileError, match="Not a regular file"):
        parts.read_text(NAME)
    Parts.at(tmp_path).write("elsewhere", table("a"))
    (out / part_name(["b"])).symlink_to("../elsewhere")
    with pytest.raises(DataFileError, match="link that leads out"):
        read_table(out)


def test_the_pieces_of_a_killed_run_become_a_part(tmp_path: Path):
    """Killed after a part was written (a, b), and while another was not finished (c to f)."""
    parts, first, second = Parts.at(tmp_path), part_name(["a", "b"]), part_name(["c", "d", "e"])
    parts.write(first, table("a", "b"))
    parts.pieces(first).write(part_name(["a"]), table("a"))
    for ids in (["c"], ["d", "e"], ["e", "f"]):
        parts.pieces(second).write(part_name(ids), table(*ids, failed=("d",)))
    cut = tmp_path / ".unfinished" / second / part_name(["g"])
    cut.write_bytes((tmp_path / first).read_bytes()[:-20])
    for reader in (read_table(tmp_path), pyarrow.parquet.read_table(tmp_path)):
        assert reader["id"].to_pylist() == ["a", "b"]
    adopt_pieces(parts, "id")
    assert sorted(read_table(tmp_path)["id"].to_pylist()) == ["a", "b", "c", "d", "e", "f"]
    assert parts.unfinished() == []
    parts.sweep()
    assert not (tmp_path / ".unfinished").exists()


def test_a_kill_while_pieces_become_parts_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    parts = Parts.at(tmp_path)
    parts.pieces(part_name(["x"])).write(part_name(["a"]), table("a"))
    with monkeypatch.context() as patch:
        patch.setattr(Parts, "drop_pieces", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            adopt_pieces(parts, "id")
    adopt_pieces(parts, "id")
    assert read_table(tmp_path)["id"].to_pylist() == ["a"]


def test_pieces_are_not_sought_behind_a_link(tmp_path: Path):
    out, mine = tmp_path / "out", tmp_path / "mine"
    (mine / part_name(["a"])).mkdir(parents=True)
    (mine / part_name(["a"]) / "letter.txt").write_text("mine")
    out.mkdir()
    (out / ".unfinished").symlink_to(mine)
    for work in (Parts.sweep, lambda parts: adopt_pieces(parts, "id")):
        with pytest.raises(InputError, match="link that leads out"):
            work(Parts.at(out))
    (out / ".unfinished").unlink()
    (out / ".unfinished").mkdir()
    (out / ".unfinished" / part_name(["a"])).symlink_to(mine / part_name(["a"]))
    with pytest.raises(InputError, match="link that leads out"):
        adopt_pieces(Parts.at(out), "id")
    assert (mine / part_name(["a"]) / "letter.txt").read_text() == "mine"


@pytest.mark.parametrize("told_as", ["dictionary", "text"])
def test_a_part_that_unpacks_to_gigabytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told_as: str
):
    monkeypatch.setattr(output, "_LARGEST", 2**24)
    rows = pyarrow.array(["a" * 5_000]).dictionary_encode().take([0] * 10_000)
    held = rows if told_as == "dictionary" else rows.dictionary_decode()
    pyarrow.parquet.write_table(pyarrow.table({"id": held}), tmp_path / part_name(["a"]))
    assert (tmp_path / part_name(["a"])).stat().st_size < 20_000
    with pytest.raises(DataFileError, match="unpacks to more than"):
        Parts.at(tmp_path).read(part_name(["a"]), ["id"])


def test_a_part_of_somebody_else(tmp_path: Path):
    parts, other = Parts.at(tmp_path), pyarrow.table({"id": ["b"], "xlt_error": [5]})
    parts.write(part_name(["a"]), pyarrow.table({"name": ["a"]}))
    with pytest.raises(DataFileError, match="lacks the column 'id'|lacks the column .*id"):
        KeptIds.read(parts, "id")
    parts.write(part_name(["a"]), table("a"))
    parts.write(part_name(["b"]), other)
    with pytest.raises(DataFileError, match="do not fit together"):
        read_table(tmp_path)


def test_columns_that_parquet_cannot_hold():
    with pytest.raises(InputError, match="drop or cast one"):
        check_columns(pyarrow.table({"id": ["a"], "x": pyarrow.array([(1, 2, 3)], MONTHS)}))


MONTHS = pyarrow.month_day_nano_interval()
