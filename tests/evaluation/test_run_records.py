"""A run's folder read back: each result once, a cut line left out, faults with their line."""

import json

import pytest

from xlt.errors import DataFileError, InputError
from xlt.evaluation.runs.records import Call, Cell, Manifest, Reading, Result
from xlt.evaluation.runs.run_folder import load_run
from xlt.evaluation.runs.tally import summarize

CELL = Cell(
    benchmark="mgsm",
    task="arithmetic_reasoning",
    metric="accuracy",
    language="zh",
    tier="high",
    strategy="xlt",
    planned=2,
)
MANIFEST = Manifest(
    fingerprint="f" * 16,
    created="2026-11-23T00:00:00Z",
    model="fake",
    templates="abc",
    version="0.1.0",
    seed=1,
    cells=(CELL,),
)


def result(sample: str, value: int = 540) -> Result:
    return Result(
        run="f" * 16,
        id=f"mgsm/zh/xlt/{sample}/0",
        benchmark="mgsm",
        language="zh",
        strategy="xlt",
        sample=sample,
        inputs={"problem": "一\u2028二\x85三"},
        gold=540,
        outcome="scored",
        score=1,
        reading=Reading(value=value, status="anchored", text=str(value), span=(8, 11)),
        calls=(Call(messages=({"role": "user", "content": "?"},), reply=f"Answer: {value}"),),
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run.json").write_text(MANIFEST.model_dump_json(), encoding="utf-8")
    lines = [result(name).model_dump_json().encode() + b"\n" for name in ("a", "b")]
    (tmp_path / "results.jsonl").write_bytes(b"".join(lines))
    return tmp_path


def test_a_run_is_read_as_it_was_written(folder):
    run = load_run(folder)
    assert run.manifest == MANIFEST
    assert run.results == (result("a"), result("b"))
    assert {one.cell for one in run.results} == {CELL.name} == {"mgsm/zh/xlt"}
    assert run.manifest.planned == 2


def test_a_line_cut_at_any_byte_is_left_out(folder):
    path = folder / "results.jsonl"
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole)):
        path.write_bytes(whole[:end])
        assert load_run(folder).results == (result("a"),)


def test_the_first_of_two_lines_about_one_sample_counts(folder):
    with (folder / "results.jsonl").open("ab") as file:
        file.write(result("a", 7).model_dump_json().encode() + b"\n")
    assert load_run(folder).results == (result("a"), result("b"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{}\n", r"results\.jsonl:3: run is missing"),
        (b"\xff\n", r"results\.jsonl:3: Invalid JSON"),
        (
            json.dumps(
                {**result("c").model_dump(mode="json"), "schema_version": 4, "new": 1}
            ).encode()
            + b"\n",
            r"results\.jsonl:3: schema_version: written by a newer xlt \(schema 4",
        ),
    ],
)
def test_a_bad_line_is_named(folder, line, message):
    with (folder / "results.jsonl").open("ab") as file:
        file.write(line)
    with pytest.raises(DataFileError, match=message):
        load_run(folder)


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(DataFileError, match=r"run\.json: cannot be read"):
        load_run(tmp_path)


def test_the_count_of_a_run_is_checked(folder):
    assert str(summarize(load_run(folder))[0].tally) == (
        "2 planned = 2 scored + 0 unparsed + 0 errored"
    )
    with (folder / "results.jsonl").open("ab") as file:
        file.write(result("c").model_dump_json().encode() + b"\n")
    with pytest.raises(InputError, match="more results than samples: 2 planned = 3 scored"):
        summarize(load_run(folder))
