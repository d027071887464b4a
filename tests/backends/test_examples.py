"""The examples run, against a fake model that says what it was told to."""

from __future__ import annotations

import asyncio
import csv
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from misbehaving_server import completion, serving

from xlt.backends.errors import RateLimited
from xlt.backends.replay import Scripted

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))


def example(name: str) -> ModuleType:
    sys.modules.pop(name, None)
    return import_module(name)


@pytest.mark.real_server
def test_openai_sdk():
    from openai import OpenAI

    with (
        serving(completion("Answer: 540")) as server,
        OpenAI(base_url=server.url, api_key="none") as client,
    ):
        answer = example("openai_sdk").answer(client, "他每周一共跑多少米？每次跑 180 米。")
    assert answer.value == 540
    assert "expert for Chinese" in server.requests[0]["messages"][0]["content"]


def test_anthropic_format():
    body = example("anthropic_format").request("Mji mkuu wa Kenya ni upi?", "sw")
    assert body["system"] == "I want you to act as a question answering expert for Swahili."
    assert [message["role"] for message in body["messages"]] == ["user"]


def test_streaming_terminal(capsys: pytest.CaptureFixture[str]):
    model = Scripted(["8 - 3 = 5\nAnswer: 5"], few_shot=True)
    answer = asyncio.run(example("streaming_terminal").ask(model, "8 - 3?", "ru"))
    assert answer.value == 5
    assert capsys.readouterr().out == "8 - 3 = 5\nAnswer: 5\n"
    assert len(model.prompts[0].demonstrations) == 3


def test_batch_csv(tmp_path: Path):
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("language,problem\nde,3 + 4?\nzh,五加五？\nfr,1 + 1 ?\n", encoding="utf-8")
    model = Scripted(["Answer: 7", RateLimited("busy"), "I do not know."])
    asyncio.run(example("batch_csv").run(model, source, target))
    with target.open(encoding="utf-8", newline="") as file:
        rows = [(row["answer"], row["status"], row["error"]) for row in csv.DictReader(file)]
    assert rows == [("7", "anchored", ""), ("", "errored", "RateLimited"), ("", "none", "")]


def test_custom_task():
    module = example("custom_task")
    model = Scripted(["Retelling ...\nSentiment: positive"])
    answer = module.sentiment(model, "Ça m'a beaucoup plu.", "fr")
    assert (answer.value, answer.status) == ("positive", "anchored")
    assert "in this format 'Sentiment:'." in model.prompts[0].text


def test_fastapi_endpoint():
    import httpx

    module = example("fastapi_endpoint")
    model = Scripted(["Answer: 7", RateLimited("busy")])
    module.app.dependency_overrides[module.backend] = lambda: model

    async def call(body: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(module.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post("/solve", json=body)

    solved = asyncio.run(call({"problem": "3 + 4?", "language": "de"}))
    busy = asyncio.run(call({"problem": "3 + 4?", "language": "de"}))
    unknown = asyncio.run(call({"problem": "3 + 4?", "language": "Germn"}))
    assert solved.json() == {"value": 7, "status": "anchored", "language": "de"}
    assert (busy.status_code, unknown.status_code) == (502, 422)
    assert "</input-" in model.prompts[0].text
