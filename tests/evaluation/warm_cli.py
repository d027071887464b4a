"""The command in children of one warm process: a kill costs milliseconds, not an interpreter.

As a program it reads an order a line (JSON), forks, and in the child runs `xlt ARGUMENTS`. The
next line is a signal to send the child, 0 for none; then it writes the child's wait status.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple, NoReturn

from scripted_runs import Scripted, run_small

HERE = Path(__file__).resolve()


class Ended(NamedTuple):
    """How a child ended: its exit code, -N when signal N killed it, and what it wrote."""

    code: int
    out: str
    err: str


class WarmServer:
    """The warm process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def say(self, value: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(value).encode() + b"\n")
        self._process.stdin.flush()

    def answer(self) -> str:
        assert self._process.stdout
        ready, _, _ = select.select([self._process.stdout], [], [], 120)
        assert ready, "the command hangs"
        return self._process.stdout.readline().decode()

    def close(self) -> None:
        self._process.communicate(timeout=60)


@dataclass(frozen=True)
class WarmCLI:
    """Runs the command in `folder`, whose modules it can import."""

    server: WarmServer
    folder: Path

    def start(
        self, *arguments: str, env: Mapping[str, str] | None = None, file_size: int | None = None
    ) -> None:
        """Start the command; `file_size` limits its files, in bytes."""
        order = {
            "arguments": arguments,
            "folder": str(self.folder),
            "env": dict(env or {}),
            "file_size": file_size,
        }
        self.server.say(order)

    def end(self, sent: int = 0) -> Ended:
        """Wait for the command's end, after the signal `sent` was sent to it."""
        self.server.say(sent)
        status = os.waitstatus_to_exitcode(int(self.server.answer()))
        out, err = ((self.folder / name).read_text("utf-8") for name in ("out", "err"))
        return Ended(status, out, err)

    def run(self, *arguments: str, **more: Any) -> Ended:
        self.start(*arguments, **more)
        return self.end()


def serve() -> None:
    """Obey the orders on standard input, one child at a time."""
    from langchain_core.language_models import BaseChatModel  # noqa: F401

    import xlt.cli.eval
    import xlt.cli.eval_view
    import xlt.cli.main
    import xlt.langchain.exchange  # noqa: F401
    from xlt.cli.eval import _write_logs, _write_report
    from xlt.evaluation import make_report

    with tempfile.TemporaryDirectory() as folder:
        ended = run_small(Path(folder), Scripted(counted=False))
        _write_report(make_report(ended.run), ended.run.folder)
        _write_logs(ended)
    os.fsync = lambda handle: None  # as in tests/conftest.py
    gc.freeze()  # the children need not copy what the collector would touch
    # unbuffered: what was read ahead would be the child's to read, too
    with open(0, "rb", buffering=0) as orders:
        while line := orders.readline():
            obey(json.loads(line), orders)


def obey(order: dict[str, Any], orders: IO[bytes]) -> None:
    child = os.fork()
    if child == 0:
        run(order)
    sent = json.loads(orders.readline())
    if sent:
        os.kill(child, sent)  # not waited for yet: the id is still its own
    _, status = os.waitpid(child, 0)
    print(status, flush=True)


def run(order: dict[str, Any]) -> NoReturn:
    """Become the command."""
    import resource

    from xlt.cli.main import main

    os.chdir(order["folder"])
    for name, stream in (("out", 1), ("err", 2)):
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, stream)
    os.environ.update(order["env"])
    if order["file_size"] is not None:
        sys.dont_write_bytecode = True  # Python would keep a module's cut bytecode
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        sys.dont_write_bytecode = True  # a file of it cut short would stay, and break later tests
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_size"],) * 2)
    # a shell's background jobs ignore this one, and so would what they start
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["xlt", *order["arguments"]]
    code = 70
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
