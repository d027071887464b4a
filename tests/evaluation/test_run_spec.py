"""`RunSpec`: the same run by Python, the command line and a file; what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scripted_runs import Scripted, outcome, run_small, small

from xlt.errors import DefinitionError, InputError, UnknownName, XLTError
from xlt.evaluation import RunSpec, load_run
from xlt.evaluation.self_test import DATA

GRID = {"benchmarks": "mgsm", "data": "DIR"}


def test_python_and_a_file_name_the_same_run(tmp_path: Path):
    given = {
        "benchmarks": "mgsm, xcopa", "languages": ["sw", "th"], "data": "DIR", "limit": 20,
        "options": {"xlt": {"rephrase": "repeat"}}, "max_concurrency": 2,
    }  # fmt: skip
    path = tmp_path / "run.yaml"
    path.write_text(
        "benchmarks: mgsm, xcopa\nlanguages: [sw, th]\ndata: DIR\nlimit: 20\nmax_concurrency: 2\n"
        "options: {xlt: {rephrase: repeat}}\n",
        encoding="utf-8",
    )
    assert RunSpec.from_file(path) == RunSpec(**given)
    assert RunSpec.from_file(path, limit=5).limit == 5


def test_a_run_can_be_repeated_from_its_own_run_json(tmp_path: Path):
    spec = small(languages=("sw",), repeats=2)
    first = run_small(tmp_path / "a", Scripted(), spec)
    kept = json.loads((tmp_path / "a" / "run.json").read_text("utf-8"))["spec"]
    assert kept == {
        "benchmarks": ["mgsm"], "languages": ["sw"], "strategies": ["xlt", "clp"],
        "data": str(DATA), "limit": 3, "repeats": 2, "max_concurrency": 3,
    }  # fmt: skip
    again = RunSpec.from_file(tmp_path / "a" / "run.json")
    second = run_small(tmp_path / "b", Scripted(), again)
    assert outcome(first.run) == outcome(second.run)


def test_no_address_or_folder_stands_in_the_run(tmp_path: Path):
    spec = RunSpec(**GRID, base_url="http://u:p@host/v1?key=s", key_env="MY_KEY", output=tmp_path)
    assert spec.kept() == {"benchmarks": ["mgsm"], "data": "DIR"}


def as_first(text: str) -> str:
    """A record as it was before schema 2."""
    record = {**json.loads(text), "schema_version": 1}
    return json.dumps({key: one for key, one in record.items() if key not in ("spec", "metadata")})


def test_a_run_of_the_first_schema_is_read(tmp_path: Path):
    run_small(tmp_path, Scripted(), small(limit=1))
    (tmp_path / "run.json").write_text(
        as_first((tmp_path / "run.json").read_text("utf-8")), "utf-8"
    )
    lines = (tmp_path / "results.jsonl").read_text("utf-8").split("\n")
    text = "\n".join(as_first(line) for line in lines if line)
    (tmp_path / "results.jsonl").write_text(f"{text}\n", "utf-8")
    run = load_run(tmp_path)
    assert (run.manifest.schema_version, run.manifest.spec) == (1, {})
    assert len(run.results) == 4


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ({**GRID, "bechmarks": "x"}, UnknownName, "Did you mean 'benchmarks'?"),
        ({"data": "DIR"}, InputError, "Name the benchmarks to run"),
        ({**GRID, "task": "mgsm"}, InputError, "not both"),
        ({"task": "mgsm"}, InputError, "--task needs --data"),
        ({**GRID, "limit": "many"}, InputError, "limit is 'many'; it must be a valid integer"),
        ({**GRID, "temperature": 3}, InputError, "a number from 0 to 2"),
        ({**GRID, "price_in": 1.0}, InputError, "together"),
        ({**GRID, "options": ["xlt=1"]}, InputError, "STRATEGY.NAME=VALUE"),
        ({**GRID, "options": ["xlt.a=1", "xlt.a=2"]}, InputError, "gives xlt.a twice"),
        ({**GRID, "columns": "a"}, InputError, "FIELD=COLUMN"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_does_not_fit_is_named(given: dict[str, Any], kind: type[XLTError], message: str):
    with pytest.raises(kind) as caught:
        RunSpec(**given)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"), [("a.yaml", "- 1\n"), ("a.json", "{"), ("b.json", '{"fingerprint": "x"}')]
)
def test_a_file_without_a_run(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError):
        RunSpec.from_file(tmp_path / name)
