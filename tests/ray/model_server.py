"""A chat server on 127.0.0.1 whose answers a test decides request by request."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from xlt.backends.backend import SimpleBackend
from xlt.backends.openai_compatible import OpenAICompatible
from xlt.prompt import Prompt
from xlt.reply import Reply

PROMPT_TOKENS, REPLY_TOKENS = 50, 7
# The number of a row stands in its problem: "Parcel 17: ..."
NUMBER = re.compile(r"Parcel (\d+):")


@dataclass
class ModelServer:
    """`numbers` lists the rows asked for, as they came; `decide` may return an error's status."""

    url: str = ""
    numbers: list[int] = field(default_factory=list)
    decide: Callable[[int], int] = lambda number: 200
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reply(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        found = NUMBER.search(body["messages"][-1]["content"])
        number = int(found[1]) if found else -1
        with self.lock:
            self.numbers.append(number)
            status = self.decide(number)
        if status != 200:
            return status, {"error": {"message": f"status {status}", "code": status}}
        usage = {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": REPLY_TOKENS}
        message = {"role": "assistant", "content": f"Answer: {number + 1}"}
        choice = {"message": message, "finish_reason": "stop"}
        return 200, {"choices": [choice], "usage": usage}


def model_of(url: str) -> Callable[[], OpenAICompatible]:
    """Return a function that makes the backend where it is called."""
    return partial(OpenAICompatible, url=url, model="test", streamed=False)


def telling(model: OpenAICompatible, folder: Path) -> Callable[[], OpenAICompatible]:
    """Return a function that gives a backend, and leaves a file named after its process."""
    return partial(_told, model, folder)


class Noting(SimpleBackend):
    """A backend that leaves a file named after each process that calls it."""

    name = "noting"

    def __init__(self, model: OpenAICompatible, folder: Path) -> None:
        self.model, self.folder = model, folder

    def stream(self, prompt: Prompt) -> AsyncGenerator[str | Reply, None]:
        (self.folder / str(os.getpid())).touch()
        return self.model.stream(prompt)


def _told(model: OpenAICompatible, folder: Path) -> OpenAICompatible:
    (folder / str(os.getpid())).touch()
    return model


@contextmanager
def killing(senders: Path, due: Callable[[], bool]) -> Iterator[list[int]]:
    """Kill (-9) one of the processes named in a folder once it is due; give who was killed."""
    killed: list[int] = []
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.05):
            if due():
                killed.append(int(min(path.name for path in senders.iterdir())))
                os.kill(killed[0], signal.SIGKILL)
                return

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


@contextmanager
def serving() -> Iterator[ModelServer]:
    told = ModelServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status, answer = told.reply(body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
