"""`xlt report` and `xlt compare` as a user types them."""

from __future__ import annotations

import json

import pytest
from small_run import Ending, cell, mango_cells, mango_results, manifest, result, write_run
from typer.testing import CliRunner

from xlt.cli.main import app
from xlt.errors import XLTError
from xlt.evaluation.report.comparing import compare_runs
from xlt.evaluation.runs.run_folder import load_run

FILES = ["report.csv", "report.html", "report.json", "report.md"]


def xlt(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_report_writes_into_the_folder_and_prints_the_table(mangoes):
    done = xlt("report", mangoes)
    assert done.exit_code == 0
    lines = done.stdout.split("\n")
    assert lines[0].split("\t")[:4] == ["cell", "score", "95%", "over basic"]
    assert "mgsm/th/xlt\t77.8\t44.4–100.0\t+33.3\t10\t9\t0\t1" in lines
    assert "100 planned = 98 scored + 1 unparsed + 1 errored" in done.stderr
    assert "Is a language left behind? Yes: Swahili" in done.stderr
    assert sorted(path.name for path in mangoes.glob("report.*")) == FILES


def test_a_strangers_metric_prints_no_line_of_its_own(mangoes):
    path = mangoes / "run.json"
    about = json.loads(path.read_text(encoding="utf-8"))
    for one in about["cells"]:
        one["metric"] = "x\n\nEverything is right? Yes"
    path.write_text(json.dumps(about), encoding="utf-8")
    done = xlt("report", mangoes)
    assert "Everything is right? Yes" in done.stderr
    assert not [one for one in done.stderr.split("\n") if one.startswith("Everything")]


def test_report_as_json(mangoes):
    done = xlt("report", mangoes, "--json")
    assert json.loads(done.stdout) == json.loads((mangoes / "report.json").read_text("utf-8"))
    assert "Written: " in done.stderr


def test_report_elsewhere(mangoes, tmp_path):
    assert xlt("report", mangoes, "-o", tmp_path / "a" / "b").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == FILES
    assert not list(mangoes.glob("report.*"))


def test_report_of_no_run(tmp_path):
    done = xlt("report", tmp_path)
    assert done.exit_code == 2
    assert "run.json: cannot be read (No such file" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_report_with_an_unknown_baseline(mangoes):
    done = xlt("report", mangoes, "--baseline", "basc")
    assert (done.exit_code, "Did you mean 'basic'?" in done.stderr) == (2, True)


def test_report_that_cannot_be_written(mangoes, tmp_path):
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    done = xlt("report", mangoes, "-o", tmp_path / "out")
    assert (done.exit_code, "No report was written" in done.stderr) == (4, True)


@pytest.fixture
def better(tmp_path):
    """The small run again on another model that has two more right in every language."""
    cells = {one.name: one for one in mango_cells()}
    results = [
        result(cells[one.cell], one.sample, Ending())
        if one.strategy == "xlt" and one.sample in ("q7", "q8")
        else one
        for one in mango_results(list(cells.values()))
    ]
    plan = manifest(list(cells.values()), model="other-model", settings={"temperature": 1})
    return write_run(tmp_path / "better", plan, results)


def test_compare_pairs_sample_by_sample(mangoes, better):
    found = compare_runs(load_run(mangoes), load_run(better))
    cells = {one.name: one.difference for one in found.cells}
    assert cells["mgsm/sw/xlt"].value == 20.0
    assert cells["mgsm/sw/xlt"].p_value == 0.5  # two gained, none lost
    assert cells["mgsm/zh/basic"].value == 0.0
    assert cells["mgsm/th/xlt"].samples == 9
    overall = {one.name: one.difference for one in found.overall}
    assert (overall["mgsm/all/xlt"].pairs, overall["mgsm/all/xlt"].samples) == (49, 10)
    assert (found.unpaired, found.altered) == ((1, 1), 0)


def test_compare_says_what_differs(mangoes, better):
    done = xlt("compare", mangoes, better)
    assert done.exit_code == 0
    assert "model: fake-model in A, other-model in B" in done.stderr
    assert "settings.temperature: 0 in A, 1 in B" in done.stderr
    assert "settings.max_tokens: 512 in A, nothing in B" in done.stderr
    assert "mgsm/sw/xlt\t+20.0\t" in done.stdout


def test_compare_as_json(mangoes, better):
    data = json.loads(xlt("compare", mangoes, better, "--json").stdout)
    assert (data["schema_version"], data["kind"]) == (1, "xlt compare")
    assert len(data["cells"]) == 10
    assert data["changes"][0] == {
        "name": "model",
        "first": "fake-model",
        "second": "other-model",
    }


def test_a_run_against_itself(mangoes):
    done = xlt("compare", mangoes, mangoes)
    assert "The two runs have the same model, settings, templates and version." in done.stderr


def one_cell_run(folder, *, language="zh", strategy="xlt", **more):
    place = cell(language, strategy, planned=1)
    return write_run(folder, manifest([place]), [result(place, "q0", Ending(), **more)])


def test_two_strategies_of_one_run_each_are_compared(tmp_path):
    first = one_cell_run(tmp_path / "a", strategy="basic")
    second = one_cell_run(tmp_path / "b", strategy="xlt")
    (found,) = compare_runs(load_run(first), load_run(second)).cells
    assert found.name == "mgsm/zh/basic→xlt"


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"language": "sw"}, "no sample of a cell was answered in both"),
        ({"inputs": {"problem": "另一个问题"}}, "have other inputs or another right answer"),
        ({"gold": 13}, "have other inputs or another right answer"),
    ],
)
def test_runs_without_a_common_sample_are_refused(tmp_path, other, message):
    first = one_cell_run(tmp_path / "a")
    second = one_cell_run(tmp_path / "b", **other)
    with pytest.raises(XLTError, match=message):
        compare_runs(load_run(first), load_run(second))
    done = xlt("compare", first, second)
    assert (done.exit_code, message in done.stderr) == (1, True)
