"""What `-m` names: the chat model when it is here, a model file, Ollama; and `xlt models`."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from xlt.backends.choosing import Choice, choose_backend
from xlt.backends.local import CONTEXT, engine_size
from xlt.cli.main import app
from xlt.errors import InputError, ModelNotAvailable
from xlt.evaluation import RunSpec
from xlt.evaluation.runs.models import replies_of


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XLT_CACHE_DIR", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("local", "xlt models get"),
        ("local:qwen2.5-coder-1.5b", "xlt models get qwen2.5-coder-1.5b"),
        ("hf:a/b/c.gguf@v1", "xlt models get hf:a/b/c.gguf@v1"),
    ],
)
def test_a_model_that_is_not_here_names_the_command(name, command):
    spec = RunSpec(model=name, benchmarks="flair")
    for choose in (lambda: choose_backend(Choice(model=name)), lambda: replies_of(spec)):
        with pytest.raises(ModelNotAvailable) as caught:
            choose()
        assert str(caught.value).endswith(f"is not on this machine. Fetch it with: {command}")


def test_on_a_pipe_nothing_is_asked():
    done = CliRunner().invoke(app, ["ask", "mgsm", "1 + 1?", "-l", "en", "-m", "local"], input="")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: The model qwen2.5-coder-1.5b is not on this machine. "
        "Fetch it with: xlt models get\n"
    )


@pytest.mark.parametrize(
    ("host", "url"),
    [
        (None, "http://127.0.0.1:11434/v1"),
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),
        ("box:8080", "http://box:8080/v1"),
        ("https://ollama.example/", "https://ollama.example/v1"),
    ],
)
def test_ollama(monkeypatch, host, url):
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    if host:
        monkeypatch.setenv("OLLAMA_HOST", host)
    backend = choose_backend(Choice(model="ollama:qwen3:8b"))
    assert (backend.url, backend.model) == (url, "qwen3:8b")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("local:", "local: names no model"),
        ("local:none.gguf", "There is no model file none.gguf."),
        ("hf:a", "write hf:OWNER/REPO/FILE.gguf"),
    ],
)
def test_names_that_are_none(name, message):
    with pytest.raises(InputError, match=message):
        choose_backend(Choice(model=name))


def test_a_server_takes_the_calls_it_is_asked_with():
    threads, slots = engine_size(1)
    assert (slots, threads >= 1) == (1, True)
    most = engine_size(1000)[1]
    assert engine_size(most)[1] == most >= 2
    assert CONTEXT >= 8192


def test_models_are_listed_with_where_they_are(tmp_path):
    done = CliRunner().invoke(app, ["models", "list"])
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert lines[0] == ["name", "what it is", "parameters", "size", "licence", "where"]
    assert lines[1][0:1] + lines[1][2:] == [
        *("qwen2.5-coder-1.5b", "1.5B", "1117 MB", "Apache-2.0", "not here"),
    ]
    chat = json.loads(CliRunner().invoke(app, ["models", "list", "--json"]).stdout)[0]
    assert (chat["bytes"], chat["path"]) == (1_117_320_768, None)
    gone = CliRunner().invoke(app, ["models", "path"])
    assert (gone.exit_code, gone.stdout) == (1, "")
    assert "Fetch it with: xlt models get qwen2.5-coder-1.5b" in gone.stderr
    removed = CliRunner().invoke(app, ["models", "remove", "qwen2.5-coder-1.5b"])
    assert removed.stderr == "qwen2.5-coder-1.5b is not on this machine.\n"
