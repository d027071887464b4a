"""2,000 calls of 50 ms each, 64 at a time: how near the plain async path comes to the ideal.

    python benchmarks/calls.py [--calls 2000]

The server is a process of its own on 127.0.0.1 that sleeps and sends a fixed reply (invented).
Ideal is calls / 64 x 50 ms. Prints the seconds, the CPU seconds of this process and the ratio,
for a bare client (httpx, the request's bytes ready) and for xlt's backend (compose, send, read).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import httpx

import xlt
from xlt.backends import send
from xlt.backends.openai_compatible import OpenAICompatible

CALLS, WIDE, SECONDS = 2_000, 64, 0.05
TEXT = "Retelling.\nStep 1: 3 + 4 = 7.\nAnswer: 7"
USAGE = {"prompt_tokens": 50, "completion_tokens": 20}
PROBLEM = "小明有 3 个苹果，又买了 {} 个。他现在有几个？"


class Server(asyncio.Protocol):
    """Answers every POST of a connection after 50 ms, in JSON or as a stream of events."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.held = transport, b""

    def data_received(self, data: bytes) -> None:
        self.held += data
        head, found, body = self.held.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if found and len(body) >= length:
            self.held = body[length:]
            streamed = b'"stream":true' in body.replace(b" ", b"")
            asyncio.get_running_loop().call_later(SECONDS, self.answer, streamed)

    def answer(self, streamed: bool) -> None:
        kind, data = (b"text/event-stream", EVENTS) if streamed else (b"application/json", WHOLE)
        head = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n"
        self.transport.write(head % (kind, len(data)) + data)


WHOLE = json.dumps(
    {"choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}], "usage": USAGE}
).encode()
PIECES = [{"choices": [{"delta": {"content": f"{word} "}}]} for word in TEXT.split(" ")]
PIECES += [{"choices": [{"delta": {}, "finish_reason": "stop"}]}, {"choices": [], "usage": USAGE}]
EVENTS = "".join([f"data: {json.dumps(one)}\n\n" for one in PIECES]).encode() + b"data: [DONE]\n\n"


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def served() -> Iterator[str]:
    """Give the URL of a server in a process of its own."""
    child = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        yield f"http://127.0.0.1:{int(child.stdout.readline())}/v1"
    finally:
        child.kill()
        child.wait()


async def each(calls: int, call: Callable[[int], Awaitable[object]]) -> None:
    numbers = iter(range(calls))

    async def work() -> None:
        for number in numbers:
            await call(number)

    await asyncio.gather(*[work() for _ in range(WIDE)])


async def bare(url: str, calls: int) -> None:
    data = json.dumps({"model": "m", "messages": [{"role": "user", "content": PROBLEM}]}).encode()
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None)) as client:
        await each(calls, lambda _: client.post(f"{url}/chat/completions", content=data))


async def plain(url: str, calls: int, streamed: bool = False) -> None:
    """Compose, send and read by xlt.arun: what the numbers of Ray are held against."""
    backend = OpenAICompatible(url, "m", streamed=streamed)

    async def call(number: int) -> None:
        plan = xlt.plan("mgsm", PROBLEM.format(number), language="zh")
        answer = await xlt.arun(plan, lambda prompt: send(backend, prompt))
        assert answer.value == 7

    await each(calls, call)


def measure(name: str, work: Callable[[], object], calls: int) -> float:
    """Print what some work takes beside the ideal; return its seconds."""
    start, cpu = time.perf_counter(), time.process_time()
    work()
    took, cpu = time.perf_counter() - start, time.process_time() - cpu
    ideal = calls / WIDE * SECONDS
    print(f"{name}: {took:.2f} s, {took / ideal:.2f}x the ideal", end="; ")
    print(f"{1e6 * cpu / calls:.0f} us of CPU a call")
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve())
        return
    with served() as url:
        asyncio.run(plain(url, 1))
        measure("httpx alone", lambda: asyncio.run(bare(url, given.calls)), given.calls)
        measure("xlt", lambda: asyncio.run(plain(url, given.calls)), given.calls)
        measure("xlt, streamed", lambda: asyncio.run(plain(url, given.calls, True)), given.calls)


if __name__ == "__main__":
    main()
