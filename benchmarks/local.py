#!/usr/bin/env python3
"""Threads and slots of the local server: benchmarks/local.py [calls at a time] [tokens a reply]

Every pair of threads and slots answers the same XLT prompts, each in a process of its own, in two
rounds that take turns. The last lines say where xlt's own choice stands: at least 0.95 of the best
and 1.5 times one thread with one slot. Needs `xlt models get` and a machine that does nothing else.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time

import xlt
from xlt.backends import OpenAICompatible, local, send
from xlt.models import DEFAULT, find_model, model_path

PROBLEMS = [
    "农场里有 {} 只鸡，每天下 3 个蛋，卖掉一半。一周剩下多少个蛋？",
    "Juma ana maembe {}. Anauza 3 kila siku kwa siku 5. Yamebaki mangapi?",
    "Anna kauft {} Hefte zu je 2 Euro und zahlt mit 50 Euro. Wie viel bekommt sie zurück?",
    "รถไฟมี {} ตู้ แต่ละตู้มี 12 คน ลงไป 20 คน เหลือกี่คน",
]
LANGUAGES = ["zh", "sw", "de", "th"]
ROUNDS = 2


def main() -> int:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    tokens = int(sys.argv[2]) if len(sys.argv) > 2 else 48
    if model_path(find_model(DEFAULT)) is None:
        sys.exit("The model is not here: xlt models get")
    cores = len(os.sched_getaffinity(0))
    own = local.engine_size(calls)
    tried = {(1, 1), (1, calls), (cores, 1), (cores, calls), (cores, 2 * calls), own}
    rates: dict[tuple[int, int], list[float]] = {pair: [] for pair in sorted(tried)}
    for _ in range(ROUNDS):
        for pair, found in rates.items():
            command = [sys.executable, __file__, "--worker", *map(str, (*pair, calls, tokens))]
            found.append(float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
    print(f"{calls} calls at a time, {tokens} tokens a reply, {cores} cores")
    print("threads  slots  tokens/s")
    for pair, found in rates.items():
        mark = "  xlt's choice" if pair == own else ""
        print(f"{pair[0]:>7} {pair[1]:>6} {max(found):>9.1f}{mark}")
    best, alone = max(map(max, rates.values())), max(rates[1, 1])
    print(f"\nxlt's choice / best: {max(rates[own]) / best:.2f} (at least 0.95)")
    print(f"xlt's choice / one thread, one slot: {max(rates[own]) / alone:.2f} (at least 1.5)")
    return int(max(rates[own]) < 0.95 * best or max(rates[own]) < 1.5 * alone)


def worker(threads: int, slots: int, calls: int, tokens: int) -> None:
    """Print the tokens a second that a server of this size writes, prompts included in the time."""
    path = model_path(find_model(DEFAULT))
    assert path is not None
    server = local._server(path, threads, slots)
    backend = OpenAICompatible(
        url=f"{server.listening_address}/v1", model="local", max_tokens=tokens, timeout=600
    )

    async def ask(number: int) -> int:
        place = number % len(PROBLEMS)
        text = PROBLEMS[place].format(20 + number)
        reply = await send(backend, xlt.compose("mgsm", text, language=LANGUAGES[place]))
        assert reply.usage is not None
        return reply.usage.output_tokens or 0

    async def all_calls(first: int) -> int:
        gate = asyncio.Semaphore(calls)

        async def one(number: int) -> int:
            async with gate:
                return await ask(number)

        return sum(await asyncio.gather(*map(one, range(first, first + 2 * calls))))

    asyncio.run(ask(0))  # the instruction lines are in the cache, as in any longer run
    started = time.monotonic()
    written = asyncio.run(all_calls(1))
    print(written / (time.monotonic() - started), flush=True)
    os._exit(0)  # freeing the model takes seconds


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker(*map(int, sys.argv[2:]))
    else:
        sys.exit(main())
