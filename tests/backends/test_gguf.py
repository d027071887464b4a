"""Which GGUF files can be asked over the chat endpoint: those with a chat template."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from typer.testing import CliRunner

from xlt.backends.local import has_chat_template, local_model
from xlt.cli.main import app
from xlt.errors import InputError


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def pair(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def many(kind: int, *values: bytes) -> bytes:
    return struct.pack("<IQ", kind, len(values)) + b"".join(values)


NAME = pair("general.architecture", 8, text("llama"))
NUMBERS = pair("x.layers", 4, b"\x01\0\0\0") + pair("x.scores", 9, many(6, b"\0" * 4, b"\1" * 4))
TOKENS = pair("tokenizer.ggml.tokens", 9, many(8, text("a"), text("小明")))
NESTED = pair("x.nested", 9, many(9, many(0, b"1", b"2"), many(8, text("b"))))
TEMPLATE = pair("tokenizer.chat_template", 8, text("{{ messages }}"))
NO_TEXT = pair("tokenizer.chat_template", 8, text(""))
MENTION = pair("x.description", 8, text("tokenizer.chat_template"))


def gguf(*pairs: bytes, count: int) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, 0, count) + b"".join(pairs)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (gguf(count=0), False),
        (gguf(NAME, NUMBERS, TOKENS, NESTED, TEMPLATE, count=6), True),
        (gguf(TEMPLATE, TOKENS, count=2), True),
        (gguf(NAME, NUMBERS, TOKENS, NESTED, MENTION, count=6), False),
        (gguf(NAME, NO_TEXT, count=2), False),
    ],
)
def test_the_chat_template_in_the_metadata(tmp_path, data, found):
    path = tmp_path / "model.gguf"
    path.write_bytes(data)
    assert has_chat_template(path) is found


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    def locked(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "model.gguf").write_bytes(gguf(TEMPLATE, count=1))
    monkeypatch.setattr(Path, "open", locked)
    with pytest.raises(InputError, match="cannot be read: Permission denied"):
        local_model(str(tmp_path / "model.gguf"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is an incomplete GGUF file"),
        (b"GGML" + b"\0" * 40, "is not a GGUF file"),
        (gguf(TOKENS, count=2), "is an incomplete GGUF file"),
        (gguf(NAME, count=1)[:-1], "is an incomplete GGUF file"),
        (gguf(pair("x", 77, b""), count=1), "is an incomplete GGUF file"),
        (gguf(b"\xff" * 40, count=1), "is an incomplete GGUF file"),
        (gguf(text("x")[:-1] + b"\xff" * 9, count=1), "is an incomplete GGUF file"),
        (
            gguf(pair("x", 9, (struct.pack("<IQ", 9, 1)) * 99), count=1),
            "is an incomplete GGUF file",
        ),
    ],
)
def test_a_damaged_file(tmp_path, data, message):
    path = tmp_path / "model.gguf"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        has_chat_template(path)


def test_a_base_model_of_ones_own_is_refused(tmp_path):
    path = tmp_path / "base.gguf"
    path.write_bytes(gguf(NAME, TOKENS, count=2))
    message = f"{path} has no chat template (tokenizer.chat_template)"
    with pytest.raises(InputError) as error:
        local_model(path.as_posix())
    assert str(error.value).startswith(message)
    made = CliRunner().invoke(app, ["ask", "mgsm", "1 + 1?", "-l", "en", "-m", f"local:{path}"])
    assert (made.exit_code, made.stdout) == (2, "")
    assert made.stderr.startswith(f"Error: {message}")
    assert not [one for one in Path(tmp_path).iterdir() if one != path]
