"""A real HTTP server on 127.0.0.1 that answers each request with the next of its scripts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

JSON = "application/json"
EVENTS = "text/event-stream"


@dataclass
class Script:
    """One answer: chunks of the body sent as they stand; `hang` keeps the connection open."""

    body: bytes | list[bytes] = b""
    status: int = 200
    kind: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    hang: bool = False
    drop: bool = False


@dataclass
class Server:
    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    connections: int = 0


def completion(content: Any = "Answer: 4", finish: str | None = "stop", **more: Any) -> Script:
    message = {"role": "assistant", "content": content, **more}
    return Script(json.dumps({"choices": [{"message": message, "finish_reason": finish}]}).encode())


def events(*data: str, **more: Any) -> Script:
    return Script([f"data: {one}\n\n".encode() for one in data], kind=EVENTS, **more)


def delta(content: Any, finish: str | None = None, **more: Any) -> str:
    choice = {"delta": {"content": content, **more}, "finish_reason": finish}
    return json.dumps({"choices": [choice]})


@contextmanager
def serving(*scripts: Script, keep_alive: bool = False) -> Iterator[Server]:
    """Serve the scripts in turn, the last one for ever."""
    left = list(scripts)
    seen = Server("")
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1" if keep_alive else "HTTP/1.0"

        def setup(self) -> None:
            seen.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            seen.requests.append(json.loads(body))
            seen.headers.append({name.lower(): value for name, value in self.headers.items()})
            seen.paths.append(self.path)
            script = left.pop(0) if len(left) > 1 else left[0]
            self._answer(script)

        def _answer(self, script: Script) -> None:
            self.close_connection = not keep_alive
            if script.drop:
                return
            chunks = [script.body] if isinstance(script.body, bytes) else script.body
            self.send_response(script.status)
            self.send_header("content-type", script.kind)
            length = sum(map(len, chunks)) if script.length is None else script.length
            if not script.hang:
                self.send_header("content-length", str(length))
            for name, value in script.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for chunk in chunks:
                    self.wfile.write(chunk)
                    self.wfile.flush()
            except OSError:  # the client has had enough
                self.close_connection = True
            if script.hang:
                over.wait(20)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    # It looks so often whether it is to end: hundreds of tests wait for that.
    thread = threading.Thread(target=server.serve_forever, args=(0.002,))
    thread.start()
    seen.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield seen
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
