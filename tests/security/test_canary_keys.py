"""A canary key in every way to a model is in no message, repr, log, record or result."""

from __future__ import annotations

import json
import logging
import pickle
import traceback
from pathlib import Path
from typing import Any

import pytest
from misbehaving_server import EVENTS, Script, completion, delta, events, serving
from pydantic import SecretStr
from typer.testing import CliRunner

import xlt
from xlt.backends.backend import ask
from xlt.backends.errors import BackendError, MalformedReply
from xlt.backends.langchain_chat import LangChainChat, translated
from xlt.backends.openai_compatible import OpenAICompatible
from xlt.backends.redaction import redacted, without
from xlt.backends.replay import Recorder, Replay
from xlt.backends.retrying import Retries
from xlt.cli.main import app

pytestmark = pytest.mark.real_server

CANARY = "sk-canary-7f3a9b2c4d5e6f708192a3b4"
HINT = CANARY[:8]
PROMPT = xlt.compose("mgsm", "2 + 2?", language="en")


@pytest.fixture(autouse=True)
def _debug(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("OPENAI_LOG", "debug")


def told(error: BaseException | None) -> str:
    """Return all that a program can print of an error and of what it was raised from."""
    if error is None:
        return ""
    behind = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines = traceback.format_exception(error)
    return " ".join([str(error), repr(error), repr(vars(error)), *lines, told(behind)])


def echo(status: int, template: str = "Incorrect API key provided: {}") -> Script:
    return Script(json.dumps({"error": {"message": template.format(CANARY)}}).encode(), status)


ANSWERS = {
    "401": echo(401),
    "403": echo(403),
    "429": echo(429),
    "500": echo(500),
    "cut in the key": echo(400, "x" * 285 + " {}"),
    "HTML": Script(f"<p>{CANARY}</p>".encode(), 502, kind="text/html"),
    "HTML in a 200": Script(f"<p>{CANARY}</p>".encode(), kind="text/html"),
    "no JSON, cut in the key": Script(("z" * 45 + CANARY).encode()),
    "an error in a 200": Script(json.dumps({"error": CANARY}).encode()),
    "a refusal": completion(None, refusal=f"no, {CANARY}"),
    "a stream cut short": Script([f"data: {delta(CANARY)}\n\n".encode()], kind=EVENTS),
    "an error in a stream": events(json.dumps({"error": {"message": CANARY}})),
}


@pytest.mark.parametrize("way", ANSWERS)
@pytest.mark.parametrize("streamed", [True, False])
def test_openai_compatible(way: str, streamed: bool, caplog: pytest.LogCaptureFixture) -> None:
    with serving(ANSWERS[way]) as server:
        model = OpenAICompatible(
            server.url, "fake", SecretStr(CANARY), retries=Retries(limit=0), streamed=streamed
        )
        with pytest.raises(BackendError) as caught:
            ask(model, PROMPT)
    assert HINT not in told(caught.value) + repr(model) + str(model) + caplog.text
    assert CANARY.encode() not in pickle.dumps(caught.value.args)
    if isinstance(caught.value, MalformedReply):
        assert HINT not in caught.value.partial


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("kept", ["in the environment", "in the model"])
def test_langchain(
    status: int, kept: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from langchain_openai import ChatOpenAI

    options: dict[str, Any] = {"model": "fake", "max_retries": 0}
    if kept == "in the model":
        options["api_key"] = SecretStr(CANARY)
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    else:
        monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    with serving(echo(status)) as server:
        model = LangChainChat("openai:fake", ChatOpenAI(base_url=server.url, **options))
        with pytest.raises(BackendError) as caught:
            ask(model, PROMPT)
        assert server.headers[0]["authorization"] == f"Bearer {CANARY}"
    ours = [one.getMessage() for one in caplog.records if one.name.startswith("xlt")]
    assert HINT not in told(caught.value) + repr(model) + "".join(ours)
    sent = [one for one in caplog.records if "eaders" in one.getMessage() and HINT in str(one)]
    assert sent == []


def test_a_recording_and_its_replay(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    with serving(completion("Answer: 4")) as server:
        model = OpenAICompatible(server.url, "fake", SecretStr(CANARY))
        reply = ask(Recorder.to(model, path), PROMPT)
    replay = Replay.open(path)
    assert ask(replay, PROMPT).text == reply.text == "Answer: 4"
    shown = path.read_text(encoding="utf-8") + repr(reply) + repr(replay)
    assert HINT not in shown + repr(Recorder(model, path))


@pytest.mark.parametrize("options", [[], ["--json"], ["-q"]])
@pytest.mark.parametrize("way", ["401", "cut in the key", "HTML in a 200", "an answer"])
def test_the_command(
    options: list[str], way: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XLT_API_KEY", CANARY)
    kept = tmp_path / "calls.jsonl"
    arguments = ["ask", "mgsm", "2 + 2?", "-l", "en", "-m", "fake", "--record", str(kept), *options]
    with serving(ANSWERS.get(way) or completion("Answer: 4")) as server:
        result = CliRunner().invoke(app, [*arguments, "--base-url", server.url])
    assert server.headers[0]["authorization"] == f"Bearer {CANARY}"
    assert HINT not in result.output + repr(result.exception) + kept.read_text(encoding="utf-8")


def test_prompts_plans_and_answers_know_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLT_API_KEY", CANARY)
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    plan = xlt.SavedPlan.start("mgsm", "2 + 2?", language="en")
    kept = [PROMPT, PROMPT.parse("Answer: 4"), plan]
    assert HINT.encode() not in pickle.dumps(kept) + plan.to_json().encode()


def test_keys_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", CANARY)
    monkeypatch.setenv("SHORT_KEY", "abc")
    assert redacted(f"a {CANARY} abc") == "a [SOME_TOKEN] abc"
    assert redacted(f"a {CANARY[:12]}… b") == "a [SOME_TOKEN]… b"


@pytest.mark.parametrize("length", range(4, len(CANARY)))
def test_a_message_cut_in_the_middle_of_a_key(length: int) -> None:
    assert without(f"no: {CANARY[:length]}…", {"key": CANARY}) == "no: [key]…"
    assert without(f"a… b {CANARY[:length]}… c", {"key": CANARY}) == "a… b [key]… c"


def test_a_key_that_the_model_does_not_hold_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER_API_KEY", CANARY)
    assert HINT not in told(translated("a model", RuntimeError(f"refused {CANARY}")))
