"""Doors that keep what they are told in files give the same end for the same reply.

These are batch files, Ray's rows, `xlt eval`, Inspect's tasks and building demonstrations. An end
is an answer, as in tests/test_doors.py, or the name of the error that is kept instead: a row that
was refused has a reason, not a score.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import xlt
from xlt.backends.replies import read_completion

PROBLEM = "Juma ana mayai 16. Anakula 3. Yamebaki mangapi?"
End = tuple[Any, str, frozenset[str]] | str

# Kind of reply: the message of a chat completion and its finish reason, and what becomes of it.
KINDS: dict[str, tuple[dict[str, Any], str, End]] = {
    "plain": ({"content": "16 - 3 = 13\nAnswer: 13"}, "stop", (13, "anchored", frozenset())),
    "unread": ({"content": "Hm."}, "stop", (None, "none", frozenset())),
    "cut behind a marker": (
        {"content": "Answer: 13\nSo"},
        "length",
        (13, "anchored", frozenset(["truncated"])),
    ),
    "cut before it": (
        {"content": "16 - 3 = 13"},
        "length",
        (None, "none", frozenset(["truncated"])),
    ),
    "refused": ({"content": None, "refusal": "I cannot help."}, "stop", "Refused"),
    "filtered": ({"content": "Answer: 13"}, "content_filter", "Refused"),
    "empty": ({"content": ""}, "stop", "EmptyReply"),
    "empty and cut": ({"content": " "}, "length", "EmptyReply"),
    "text and a tool call": (
        {"content": "Answer: 13", "tool_calls": [{"id": "1", "function": {"name": "add"}}]},
        "stop",
        (13, "anchored", frozenset(["tool_call"])),
    ),
    "tool call": (
        {"content": None, "tool_calls": [{"id": "1", "function": {"name": "add"}}]},
        "tool_calls",
        "UnexpectedToolCall",
    ),
}


def completion(kind: str) -> dict[str, Any]:
    message, reason, _ = KINDS[kind]
    said = {"role": "assistant", **message}
    return {"model": "m", "choices": [{"index": 0, "message": said, "finish_reason": reason}]}


class Server:
    """A backend that reads a completion as xlt's own does."""

    name, few_shot, settings = "server", False, {}

    def __init__(self, kind: str) -> None:
        self.kind = kind

    async def stream(self, prompt: Any) -> Any:
        yield ""
        yield read_completion(completion(self.kind), "server")


def end_of(answer: xlt.Answer | None, failure: str | None) -> End:
    if answer is None:
        assert failure is not None
        return failure
    return answer.value, answer.status, answer.flags


def by_batch(kind: str, folder: Path) -> End:
    from xlt.batches import export_batch, import_results, read_answers

    rows = [{"inputs": PROBLEM, "language": "sw"}]
    status = export_batch(
        folder / "run", "mgsm", rows, provider="openai", model="m", strategy="xlt"
    )
    (request,) = [json.loads(line) for line in status.files[0].read_bytes().splitlines()]
    response = {"status_code": 200, "request_id": "r", "body": completion(kind)}
    line = {"id": "b", "custom_id": request["custom_id"], "response": response, "error": None}
    results = folder / "results.jsonl"
    results.write_text(json.dumps(line), encoding="utf-8")
    import_results(folder / "run", [results])
    (row,) = read_answers(folder / "run")
    return end_of(row.answer, row.failure and row.failure.kind)


def by_ray(kind: str, folder: Path) -> End:
    pytest.importorskip("pyarrow")
    from xlt.ray.mapping import http_request, read_http

    row = {"problem": PROBLEM, "language": "sw"}
    asked = http_request("mgsm", model="m", language_column="language")(dict(row))
    read = read_http("mgsm", keep=["problem"], language_column="language")
    found = read({**row, **asked, "http_response": completion(kind)})
    if found["xlt_error"]:
        return found["xlt_error"]
    value = None if found["xlt_answer"] is None else int(found["xlt_answer"])
    return value, found["xlt_status"], frozenset(found["xlt_flags"])


def spec_of(folder: Path, **settings: Any) -> Any:
    from xlt.evaluation import RunSpec

    rows = folder / "rows.jsonl"
    rows.write_text(json.dumps({"problem": PROBLEM, "answer": "13"}), encoding="utf-8")
    given = {"task": "mgsm", "data": str(rows), "languages": "sw", "strategies": "xlt", **settings}
    return RunSpec(output=folder / "run", **given)


def by_eval(kind: str, folder: Path) -> End:
    from xlt.evaluation import evaluate

    evaluated = evaluate(spec_of(folder), Server(kind))
    lines = (folder / "run" / "results.jsonl").read_text("utf-8").splitlines()
    result = next(one for one in map(json.loads, lines) if "outcome" in one)
    assert evaluated.tally.errored == (result["outcome"] == "errored")
    if result.get("failure"):
        return result["failure"]["kind"]
    reading = result["reading"]
    return reading.get("value"), reading["status"], frozenset(reading.get("flags", ()))


def by_building(kind: str, folder: Path) -> End:
    """Building keeps no answers: what it counts is told as the end that the rule asks for."""
    from xlt.backends import ask
    from xlt.backends.errors import BackendError
    from xlt.building import build_demonstrations

    rows = [{"inputs": PROBLEM, "answer": 13, "language": "sw"}]
    try:
        built = build_demonstrations(
            "mgsm", rows, lambda prompt: ask(Server(kind), prompt), shots=1
        )
    except BackendError as error:
        return type(error).__name__
    counts = built.tally
    assert counts.asked == 1
    return "kept" if counts.complete + counts.partial else "unread"


DOORS: dict[str, Callable[[str, Path], End]] = {
    "xlt batch": by_batch,
    "xlt.ray": by_ray,
    "xlt eval": by_eval,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("door", DOORS)
def test_each_door_keeps_the_same_end(door, kind, tmp_path):
    assert DOORS[door](kind, tmp_path) == KINDS[kind][2]


@pytest.mark.parametrize("kind", KINDS)
def test_building_keeps_only_what_was_said_whole(kind, tmp_path):
    *_, end = KINDS[kind]
    if not isinstance(end, str):
        end = "kept" if end[1] == "anchored" and "truncated" not in end[2] else "unread"
    assert by_building(kind, tmp_path) == end


STOPS = {"stop": "stop", "length": "max_tokens", "content_filter": "content_filter"}


@pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning")
@pytest.mark.filterwarnings("ignore:.*MemoryObject:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "kind", [name for name in KINDS if "tool" not in name and name != "refused"]
)
def test_so_does_inspect(kind, tmp_path):
    """Inspect's model output has no field for a refusal, and its tools are not the task's."""
    inspect_ai = pytest.importorskip("inspect_ai")
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    from xlt.evaluation.inspection.solving import describe, described, read_record, strategy

    message, reason, end = KINDS[kind]

    def answer(messages, tools, tool_choice, config):
        output = ModelOutput.from_content("mockllm", message["content"], STOPS[reason])
        output.usage = ModelUsage(input_tokens=10, output_tokens=2, total_tokens=12)
        return output

    sample = inspect_ai.dataset.Sample(**describe("mgsm", {"problem": PROBLEM}, 13, "sw", None))
    task = inspect_ai.Task(dataset=[sample], solver=strategy("xlt"))
    model = get_model("mockllm/model", custom_outputs=answer, memoize=False)
    (log,) = inspect_ai.eval(task, model=model, log_dir=str(tmp_path), display="none")
    (sample,) = log.samples
    assert sample.error is None
    record = sample.store["xlt"]
    if "failure" in record:
        assert record["failure"]["kind"] == end
        return
    text = sample.output.completion
    found = read_record(described(sample.metadata), record, text, STOPS[reason])
    assert (found.value, found.status, found.flags) == end


def test_the_table_knows_every_ending_of_a_reply():
    from xlt.reply import Ending, Reply

    endings = {Reply.of(completion(kind)).ending for kind in KINDS}
    assert endings == set(Ending.__args__) - {"failed"}  # which is an error of the call
