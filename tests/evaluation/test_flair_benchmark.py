"""FLAIR as a benchmark: generated rows, no data folder, keys that its metric checks."""

from __future__ import annotations

from pathlib import Path

import pytest

import xlt
from xlt.evaluation import RunSpec, available_languages, get_benchmark, load, score_values
from xlt.evaluation.runs.sources import load_sources
from xlt.flair import KINDS, flair_languages, question


def test_the_same_rows_in_every_language_without_a_folder():
    found = get_benchmark("flair")
    assert found.languages == flair_languages() == available_languages("flair", Path("nowhere"))
    for tag in ("sw", "zh"):
        samples = load("flair", tag, "nowhere").samples
        assert len(samples) == found.count == 180
        assert {one.metadata["group"] for one in samples} == set(KINDS)
        assert samples[0].inputs["question"] == question("counting", tag, 0).text


def test_difficulty_is_an_option_of_load():
    hard = load("flair", "sw", "", difficulty=3).samples[0]
    assert hard.inputs["question"] == question("counting", "sw", 0, difficulty=3).text


def test_a_run_of_flair_needs_no_data_and_others_do():
    spec = RunSpec(benchmarks="flair", languages="sw,hi")
    sources, remarks = load_sources(spec)
    assert [(one.pair, one.metric, len(one.rows)) for one in sources] == [
        ("sw", "flair", 180),
        ("hi", "flair", 180),
    ]
    assert not remarks
    with pytest.raises(xlt.XLTError, match="need --data"):
        RunSpec(benchmarks="flair,mgsm", languages="sw")


def test_beside_the_hub_flair_is_still_generated():
    sources, _ = load_sources(RunSpec(benchmarks="flair", languages="sw", data="hub"))
    assert len(sources[0].rows) == 180


def test_a_language_without_wordings_is_named():
    with pytest.raises(xlt.XLTError, match="flair has no data in fi"):
        load_sources(RunSpec(benchmarks="flair", languages="fi"))


def test_another_split_is_refused():
    with pytest.raises(xlt.XLTError, match="no split 'train', only test"):
        load("flair", "sw", "", split="train")


def test_the_metric_checks_what_the_task_reads():
    samples = load("flair", "en", "").samples
    number, edits = samples[0], next(one for one in samples if one.gold[0] == "edits")
    assert edits.gold[1] in edits.inputs["question"]
    said = [f"I count them one by one.\nAnswer: {number.gold[1]}", "Answer: 0"]
    values = [xlt.parse("flair", reply, language="en").value for reply in said]
    score = score_values("flair", values, [number.gold] * 2, "en")
    assert score.per_sample == (1.0, 0.0)


def test_several_results_over_lines_are_read_whole():
    gold = ("edits", "drop", "1", "0", "1", "2", "01101")
    value = xlt.parse("flair", "Answer:\n1. 0101\n2. 0110", language="en").value
    assert score_values("flair", [value], [gold], "en").value == 100
