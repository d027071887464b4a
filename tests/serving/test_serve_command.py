"""`xlt serve` as a process: what it says, how it stops, what it refuses."""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import httpx
import pytest
from misbehaving_server import Script, completion, delta, serving
from running_app import PROBLEM, REPLY

from xlt.cli.main import app

pytestmark = pytest.mark.real_server
ASKED = {
    "model": "xlt/mgsm@m",
    "messages": [{"role": "user", "content": PROBLEM}],
    "xlt": {"language": "sw"},
}
COMMAND = [sys.executable, "-m", "xlt.cli.main", "serve"]


def environment(**more):
    kept = {name: one for name, one in os.environ.items() if not name.startswith("XLT_")}
    return {**kept, **more}


@contextmanager
def started(*options, **more):
    """Run the command on a free port; give the process and its address."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**more),
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("Serving http://"), process.stderr.read()
        yield process, line.split()[1]
    finally:
        process.kill()
        process.communicate()


class Gated:
    """The chunks of a stream, the second held back until `more` is set."""

    def __init__(self):
        self.more = threading.Event()
        self.chunks = [
            f"data: {one}\n\n".encode() for one in [delta("Answer: "), delta("13", "stop")]
        ]

    def __iter__(self):
        yield self.chunks[0]
        self.more.wait(60)
        yield self.chunks[1]


@pytest.mark.slow
def test_it_serves_with_the_environments_key_and_ends_calls_before_it_stops():
    body = Gated()
    script = Script(body, kind="text/event-stream", length=sum(map(len, body.chunks)))
    with (
        serving(script) as upstream,
        started("--upstream", f"near={upstream.url}", NEAR_API_KEY="sk-123456789") as (
            process,
            url,
        ),
        httpx.stream(
            "POST", f"{url}/v1/chat/completions", json={**ASKED, "stream": True}, timeout=60
        ) as made,
    ):
        pieces = made.iter_text()
        first = next(pieces)
        process.send_signal(signal.SIGTERM)
        body.more.set()
        rest = "".join(pieces)
        assert process.wait(60) in (0, -signal.SIGTERM)
        assert process.stderr.read() == ""
    assert '"Answer: "' in first
    assert '"answer": 13' in rest
    assert rest.endswith("data: [DONE]\n\n")
    assert upstream.headers[0]["authorization"] == "Bearer sk-123456789"


@pytest.mark.slow
def test_the_access_key_comes_from_the_environment():
    with (
        serving(completion(REPLY)) as upstream,
        started("-u", upstream.url, "-m", "small", XLT_SERVE_KEY="open-sesame") as (_, url),
    ):
        asked = {**ASKED, "model": "xlt/mgsm"}
        without = httpx.post(f"{url}/v1/chat/completions", json=asked)
        key = {"authorization": "Bearer open-sesame"}
        made = httpx.post(f"{url}/v1/chat/completions", json=asked, headers=key, timeout=60)
    assert without.status_code == 401
    assert made.json()["xlt"]["answer"] == 13
    assert upstream.requests[0]["model"] == "small"


@pytest.mark.parametrize(
    ("options", "more", "words"),
    [
        (
            ["-u", "http://127.0.0.1:1", "--host", "0.0.0.0"],
            {"XLT_API_KEY": "sk-1"},
            "XLT_SERVE_KEY",
        ),
        (["-u", "ftp://example.org"], {}, "is not a URL such as"),
        (["-u", "a=http://127.0.0.1:1", "-u", "a=http://127.0.0.1:2"], {}, "are called a"),
        (["-u", "http://127.0.0.1:1", "--host", "203.0.113.7"], {}, "cannot be listened on"),
        (["-m", "openai:gpt-4o-mini"], {"OPENAI_API_KEY": "sk-1"}, "--upstream https://"),
        ([], {}, "No server to send calls to"),
    ],
)
def test_what_cannot_be_served_is_refused_in_a_line(
    options, more, words, tmp_path, monkeypatch, capsys
):
    for name in [name for name in os.environ if name.startswith("XLT_")]:
        monkeypatch.delenv(name)
    for name, value in {**more, "XDG_CONFIG_HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        app(["serve", "--port", "0", *options])
    told = " ".join(capsys.readouterr().err.split())
    assert ended.value.code == 2
    assert words in told
    assert "Traceback" not in told
    assert "sk-1" not in told


def test_a_port_in_use_is_told(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit) as ended:
        app(["serve", "-u", "http://127.0.0.1:1", "--port", str(taken.getsockname()[1])])
    assert ended.value.code == 2
    assert "Address already in use" in capsys.readouterr().err
