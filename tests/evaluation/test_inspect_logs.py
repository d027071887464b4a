"""`write_logs`: a run as Inspect logs that Inspect reads, views and scores anew."""

import subprocess
import sys

import pytest

pytest.importorskip("inspect_ai")

from inspect_ai import score as inspect_score
from inspect_ai.log import read_eval_log

from xlt.evaluation import inspection
from xlt.evaluation.inspection import write_logs
from xlt.evaluation.runs.records import Call, Cell, Manifest, Reading, Result, SampleFailure
from xlt.evaluation.runs.run_folder import Run

# Inspect and anyio leave streams to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*MemoryObject:pytest.PytestUnraisableExceptionWarning"),
]


def cell(language: str, strategy: str = "clp", planned: int = 2) -> Cell:
    return Cell(
        benchmark="mgsm",
        task="arithmetic_reasoning",
        metric="accuracy",
        language=language,
        strategy=strategy,
        planned=planned,
    )


def call(*said: str, reply: str, finish: str = "stop") -> Call:
    roles = ("user", "assistant")
    messages = [{"role": roles[n % 2], "content": text} for n, text in enumerate(said)]
    return Call(
        messages=tuple(messages),
        reply=reply,
        finish_reason=finish,
        model="gpt-x",
        prompt_tokens=10,
        completion_tokens=3,
    )


def result(language: str, sample: str, **ended) -> Result:
    return Result(
        run="f" * 16,
        id=f"mgsm/{language}/clp/{sample}/0",
        benchmark="mgsm",
        language=language,
        strategy="clp",
        sample=sample,
        inputs={"problem": "三加四是多少？" if language == "zh" else "ما هو ٣ + ٤؟"},
        gold=7,
        signature="task:arithmetic_reasoning|v:0",
        **ended,
    )


TURNS = (
    call("Understand 三加四", reply="It asks 3 + 4."),
    call("Understand 三加四", "It asks 3 + 4.", "Solve it", reply="So.\nAnswer: 7"),
)
RIGHT = {
    "outcome": "scored",
    "score": 1,
    "reading": Reading(value=7, status="anchored", text="7", span=(12, 13)),
    "calls": TURNS,
}
WRONG = RIGHT | {
    "score": 0,
    "reading": Reading(value=8, status="fallback", text="8", span=(0, 1), flags=("truncated",)),
    "calls": (call("q", reply="fine"), call("q", "fine", "solve", reply="8", finish="length")),
}
BROKEN = {"outcome": "errored", "failure": SampleFailure(kind="ServerFailed", message="500")}
REFUSED = {"outcome": "errored", "failure": SampleFailure(kind="Refused", message="declined")}


def run_of(*results: Result, planned: int = 2, model: str = "openai:gpt-x") -> Run:
    manifest = Manifest(
        fingerprint="f" * 16,
        created="2026-11-23T04:00:00+00:00",
        model=model,
        settings={"temperature": 0.0},
        templates="abc",
        version="0.1.0",
        seed=1,
        cells=(cell("zh", planned=planned), cell("ar", planned=planned), cell("zh", "basic", 0)),
    )
    return Run(None, manifest, results)


ALL = (
    result("zh", "mgsm-10", **RIGHT),
    result("zh", "mgsm-9", **WRONG),
    result("ar", "mgsm-9", **BROKEN),
    result("ar", "mgsm-10", **REFUSED),
)


def test_a_log_a_benchmark_and_strategy(tmp_path):
    paths = write_logs(run_of(*ALL), tmp_path)
    assert ["mgsm-clp" in path.name for path in paths] == [True, False]
    log = read_eval_log(str(paths[0]))
    assert (log.status, log.eval.task, log.eval.model) == ("success", "xlt/mgsm", "openai/gpt-x")
    assert log.eval.task_args["language"] == ["zh", "ar"]
    correct, status = log.results.scores
    assert (correct.name, correct.scored_samples, correct.unscored_samples) == ("correct", 2, 1)
    assert correct.metrics["accuracy"].value == 0.5
    assert status.metrics["fallback"].value == 0.5
    assert log.stats.model_usage["openai/gpt-x"].total_tokens == 4 * 13


def test_a_sample_has_its_conversation_its_reading_and_its_end(tmp_path):
    log = read_eval_log(str(write_logs(run_of(*ALL), tmp_path)[0]))
    samples = {sample.id: sample for sample in log.samples}
    right = samples["zh/mgsm-10"]
    assert [one.role for one in right.messages] == ["user", "assistant"] * 2
    assert right.output.completion == "So.\nAnswer: 7"
    assert right.scores["correct"].value == "C"
    assert right.scores["correct"].metadata["span"] == [12, 13]
    assert [event.event for event in right.events] == ["model", "model"]
    wrong = samples["zh/mgsm-9"]
    assert (wrong.scores["correct"].value, wrong.output.stop_reason) == ("I", "max_tokens")
    assert samples["ar/mgsm-9"].error.message == "ServerFailed: 500"
    assert samples["ar/mgsm-9"].scores is None
    assert samples["ar/mgsm-10"].scores["correct"].reason == "refusal"


def test_a_run_of_a_task_of_ones_own_has_logs_too(tmp_path):
    """The task may stand in a folder of templates or in Python alone: the log needs it not."""
    own = cell("zh").model_copy(update={"benchmark": "mine", "task": "riddles"})
    texts = Reading(value=0.1, status="anchored", text="0.1", span=(8, 11))
    ended = {"outcome": "scored", "score": 1, "reading": texts, "calls": TURNS[:1]}
    row = result("zh", "1", **ended).model_copy(update={"benchmark": "mine", "gold": 0.1})
    run = run_of(row)
    manifest = run.manifest.model_copy(update={"cells": (own,)})
    (path,) = write_logs(Run(None, manifest, run.results), tmp_path)
    (sample,) = read_eval_log(str(path)).samples
    assert sample.scores["correct"].value == "C"


def test_writing_again_replaces_the_logs(tmp_path):
    before = write_logs(run_of(*ALL[:3]), tmp_path)
    assert read_eval_log(str(before[0])).status == "started"
    first = write_logs(run_of(*ALL), tmp_path)
    log = read_eval_log(str(first[0]))
    second = write_logs(run_of(*reversed(ALL)), tmp_path)
    assert before == first == second
    assert sorted(tmp_path.iterdir()) == sorted(first)
    again = read_eval_log(str(second[0]))
    assert again.model_dump(exclude={"location"}) == log.model_dump(exclude={"location"})


def test_a_log_is_scored_anew_to_the_same(tmp_path):
    results = (result("zh", "mgsm-1", **RIGHT), result("zh", "mgsm-2", **REFUSED))
    log = read_eval_log(str(write_logs(run_of(*results, model="replay of mine"), tmp_path)[0]))
    again = inspect_score(log, inspection.correct(), action="overwrite")
    assert again.samples[0].scores["correct"].value == "C"
    assert again.results.scores[0].unscored_samples == 1
    kept = log.samples[0].scores["correct"].metadata
    assert again.samples[0].scores["correct"].metadata == kept


def test_inspect_is_loaded_by_nothing_else():
    code = (
        "import sys, xlt, xlt.cli.main, xlt.evaluation, xlt.evaluation.inspection;"
        "sys.exit('inspect_ai' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_inspect_the_extra_is_named():
    code = (
        "import sys; sys.modules['inspect_ai'] = None\n"
        "from xlt.errors import MissingExtra\n"
        "import xlt.evaluation.inspection as inspection\n"
        "import xlt.evaluation as evaluation\n"
        "for use in (lambda: inspection.mgsm, lambda: evaluation.write_logs):\n"
        "    try:\n"
        "        use()\n"
        "    except MissingExtra as error:\n"
        "        assert 'xlt[eval]' in str(error)\n"
        "    else:\n"
        "        sys.exit(1)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
