"""A run against a server that misbehaves: each fault is what it is, and never a wrong answer."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from misbehaving_server import Script, Server, completion, delta, events, serving
from warm_cli import Ended, WarmCLI

from xlt.evaluation.runs.records import Result
from xlt.evaluation.runs.run_folder import load_run
from xlt.evaluation.self_test import DATA

pytestmark = pytest.mark.real_server

CANARY = "sk-canary-0123456789abcdef"
GOOD = completion("Answer: 4")


def fault(message: str, status: int, **more: str) -> Script:
    return Script(json.dumps({"error": {"message": message, **more}}).encode(), status)


def ask(warm: WarmCLI, server: Server, *more: str) -> Ended:
    """Three samples, one after the other."""
    return warm.run(
        "eval", "--benchmarks", "mgsm", "--languages", "zh", "--strategies", "basic", "--limit",
        "3", "--data", str(DATA), "-m", "fake", "--base-url", server.url, "-o", "run",
        "--max-concurrency", "1", *more, env={"XLT_API_KEY": CANARY},
    )  # fmt: skip


def results(warm: WarmCLI) -> tuple[Result, ...]:
    return load_run(warm.folder / "run").results


SAMPLE_FAULTS = [
    ("null content", completion(None), "EmptyReply"),
    ("refusal", completion(None, refusal="I cannot help."), "Refused"),
    ("filter", completion("Answer: 1", "content_filter"), "Refused"),
    ("tool call", completion(None, "tool_calls", tool_calls=[{"id": "1"}]), "UnexpectedToolCall"),
    ("HTML", Script(b"<html>Sign in to the hotel</html>", kind="text/html"), "MalformedReply"),
    ("overflow", fault("maximum context length is 8192", 400), "ContextOverflow"),
    ("404", fault("no such model", 404), "RequestRejected"),
    ("a stream cut", events(delta("Answer: ")), "MalformedReply"),
]


@pytest.mark.parametrize(
    ("script", "kind"), [row[1:] for row in SAMPLE_FAULTS], ids=[row[0] for row in SAMPLE_FAULTS]
)
def test_a_fault_of_one_sample_is_errored_and_the_run_goes_on(
    warm: WarmCLI, script: Script, kind: str
):
    with serving(GOOD, script, GOOD) as server:
        ended = ask(warm, server)
        assert ended.code == 1, ended.err
        assert len(server.requests) == 3
        found = results(warm)
        assert [one.outcome for one in found] == ["scored", "errored", "scored"]
        failure = found[1].failure
        assert failure is not None
        assert failure.kind == kind
        assert (found[1].score, found[1].reading) == (None, None)
        assert f"errors\t1 {kind}\n" in ended.out
        assert "samples\t3 planned = 2 scored + 0 unparsed + 1 errored\n" in ended.out
        if kind in ("EmptyReply", "Refused", "UnexpectedToolCall"):  # paid for as well
            assert len(found[1].calls) == 1
            assert ", 3 calls" in ended.out
        assert ask(warm, server).code == 0  # and tried again
        assert len(server.requests) == 4
    assert Counter(one.outcome for one in results(warm)) == {"scored": 3}


def test_a_hanging_server_is_a_sample_error(warm: WarmCLI):
    with serving(GOOD, Script(hang=True), GOOD) as server:
        assert ask(warm, server, "--timeout", "4").code == 1
    failures = [one.failure for one in results(warm) if one.failure]
    assert [one.kind for one in failures] == ["DeadlineExceeded"]


def test_429_is_waited_out_as_the_server_asks(warm: WarmCLI):
    busy = Script(b"{}", 429, headers={"retry-after": "0.01"})
    with serving(busy, busy, GOOD) as server:
        assert ask(warm, server).code == 0
        assert len(server.requests) == 5
    assert [one.calls[0].attempts for one in results(warm)] == [3, 1, 1]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (fault(f"bad key {CANARY}", 401), "bad key [key]"),
        (fault("You exceeded your current quota", 429, code="insufficient_quota"), "quota"),
    ],
    ids=["401", "quota"],
)
def test_the_account_stops_the_run_at_once_with_3(warm: WarmCLI, script: Script, words: str):
    with serving(GOOD, script, GOOD) as server:
        ended = ask(warm, server)
        assert ended.code == 3
        assert words in ended.err
        assert (
            "1 of 3 samples are in the folder; run the same command again to continue." in ended.err
        )
        assert len(server.requests) == 2
        assert [one.outcome for one in results(warm)] == ["scored"]
        assert ask(warm, server).code == 0
        assert len(server.requests) == 4


def test_a_403_before_any_reply_is_about_its_prompt_if_others_get_one(warm: WarmCLI):
    with serving(Script(b"Blocked", 403), GOOD) as server:
        assert ask(warm, server, "--max-concurrency", "1").code == 1  # a sample errored
        assert [one.outcome for one in results(warm)] == ["errored", "scored", "scored"]
        assert len(server.requests) == 3


def test_a_run_ends_where_a_firewall_blocks_its_last_sample_for_ever(warm: WarmCLI):
    with serving(GOOD, GOOD, Script(b"Blocked", 403)) as server:
        for _ in range(2):  # the second time no reply comes before the 403
            ended = ask(warm, server, "--max-concurrency", "1")
            assert ended.code == 1
            assert "3 planned = 2 scored + 0 unparsed + 1 errored" in ended.out
        assert len(server.requests) == 4


@pytest.mark.parametrize("limit", ["1", "3", "9"])
def test_a_key_that_may_do_nothing_stops_the_run_with_3(warm: WarmCLI, limit: str):
    with serving(Script(b"Forbidden", 403)) as server:
        ended = ask(warm, server, "--limit", limit, "--max-concurrency", "1")
    assert ended.code == 3
    assert "403: Forbidden" in ended.err
    assert len(server.requests) == min(int(limit), 5)


def test_another_server_is_another_run(warm: WarmCLI):
    with serving(GOOD) as server:
        assert ask(warm, server, "--limit", "1").code == 0
    with serving(GOOD) as other:
        ended = ask(warm, other, "--limit", "1")
        assert ended.code == 2
        assert 'run holds another run:\n  server: "' in ended.err
        assert other.requests == []
        assert ask(warm, other, "--limit", "1", "--force").code == 0


def test_length_is_truncated_not_wrong_by_itself(warm: WarmCLI):
    with serving(completion("Answer: 4", "length"), GOOD) as server:
        ended = ask(warm, server)
    assert ended.code == 0
    assert "truncated\t1 replies were cut at the token limit\n" in ended.out
    first = results(warm)[0]
    assert first.reading is not None
    assert first.reading.flags == ("truncated",)
    assert first.calls[0].finish_reason == "length"


def test_a_low_score_is_no_error(warm: WarmCLI):
    with serving(completion("Answer: 123456789")) as server:
        ended = ask(warm, server)
    assert ended.code == 0
    assert "mgsm\tzh\taccuracy\t0.0\n" in ended.out


def test_replies_without_a_number_are_unparsed(warm: WarmCLI):
    with serving(completion("I do not know.")) as server:
        ended = ask(warm, server)
    assert ended.code == 0
    assert "samples\t3 planned = 0 scored + 3 unparsed + 0 errored\n" in ended.out


def test_the_key_is_in_no_file_and_no_output(warm: WarmCLI):
    echo = completion(f"Your key is {CANARY}. Answer: 4", model=CANARY)
    with serving(echo, fault(f"bad {CANARY}", 400), fault(f"busy {CANARY}", 401)) as server:
        ended = ask(warm, server)
    assert ended.code == 3
    assert CANARY not in ended.out + ended.err
    files = [path for path in Path(warm.folder).rglob("*") if path.is_file()]
    assert len(files) > 3
    for path in files:
        assert CANARY.encode() not in path.read_bytes(), path


def test_clp_is_drawn_as_its_paper_draws_it_unless_told(warm: WarmCLI):
    with serving(GOOD) as server:
        for more in ((), ("--temperature", "0.5", "-o", "told")):
            ask(warm, server, "--strategies", "clp", "--limit", "1", *more)
        drawn = [one["temperature"] for one in server.requests]
    assert drawn == [1.0, 0.2, 0.5, 0.5]
