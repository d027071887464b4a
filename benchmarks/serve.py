#!/usr/bin/env python3
"""What `xlt serve` adds to a call: benchmarks/serve.py [calls a second] [seconds]

A stand-in upstream, the server and the client are three processes of this machine. Calls start at
fixed times whether or not earlier ones have ended; those through the server (wrapped, then passed
through) and those to the upstream alone take turns, so that a busy machine slows both.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from statistics import median, quantiles
from typing import Any

import httpx

PROBLEM = "Mkulima ana mayai 16 kila siku. Anakula matatu asubuhi na kuuza mengine sokoni."
REPLY = "Retelling: A farmer has 16 eggs a day and eats three.\n16 - 3 = 13\nAnswer: 13"
LINE = "{name:<24} {calls:>6} {p50:>8.2f} {p95:>8.2f}"


async def upstream(scope: Any, receive: Any, send: Any) -> None:
    """Answer any call at once, as an ASGI app."""
    while (await receive()).get("more_body"):
        pass
    message = {"role": "assistant", "content": REPLY}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = json.dumps({"id": "1", "object": "chat.completion", "choices": [choice]}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    rate = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    with ExitStack() as stack:
        alone = started(stack, [sys.executable, __file__, "--upstream"])
        command = [sys.executable, "-m", "xlt.cli.main", "serve", "--port", "0"]
        through = started(stack, [*command, "--upstream", alone])
        plain = {"model": "m", "messages": [{"role": "user", "content": PROBLEM}]}
        told = {**plain, "model": "xlt/mgsm@m", "xlt": {"language": "sw"}}
        ways = {
            "upstream alone": (alone, plain),
            "passed through": (through, plain),
            "wrapped": (through, told),
            "wrapped, detected": (through, {**plain, "model": "xlt/mgsm@m"}),
        }
        times = asyncio.run(measured(ways, rate, seconds))
    print(f"{rate} calls a second for {seconds} s, in turns; milliseconds; {os.cpu_count()} cores")
    print("way                       calls      p50      p95")
    for name, one in times.items():
        print(LINE.format(name=name, calls=len(one), p50=median(one), p95=quantiles(one, n=20)[18]))


async def measured(
    ways: Mapping[str, tuple[str, Any]], rate: int, seconds: int
) -> dict[str, list[float]]:
    """Return the milliseconds of each call by its way."""
    times: dict[str, list[float]] = {name: [] for name in ways}

    async def call(name: str, client: httpx.AsyncClient, keep: bool) -> None:
        url, body = ways[name]
        begun = time.perf_counter()
        response = await client.post(f"{url}/v1/chat/completions", json=body)
        if keep:
            times[name].append((time.perf_counter() - begun) * 1000)
        assert response.status_code == 200, response.text

    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        for name in ways:  # connections, and what is loaded late
            await asyncio.gather(*[call(name, client, False) for _ in range(4)])
        begun, calls = time.perf_counter(), []
        for number in range(rate * seconds):
            await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
            name = list(ways)[number % len(ways)]
            calls.append(asyncio.create_task(call(name, client, True)))
        await asyncio.gather(*calls)
    return times


def started(stack: ExitStack, command: list[str]) -> str:
    """Start a server that prints its address; return it."""
    process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    stack.callback(process.terminate)
    assert process.stdout is not None
    return process.stdout.readline().split()[1]


def serve_upstream() -> None:
    import uvicorn

    from xlt.serving.running_server import _listening

    with _listening("127.0.0.1", 0, 60) as listener:
        print(f"Serving http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        config = uvicorn.Config(upstream, log_level="error", lifespan="off")
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    serve_upstream() if sys.argv[1:] == ["--upstream"] else main()
