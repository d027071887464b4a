"""The rows of the table against peers, a function an area; run by against_peers.py."""

from __future__ import annotations

import asyncio
import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import batch
import detection
import peers_answers
import render
import startup

import xlt

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
GROWTH = (1_000, 10_000, 100_000, 1_000_000)
FILLS_IN = "fills one text into another; xlt checks the inputs and keeps steps and signature"
NO_START = "names commands, examples and groups; the peer has two commands"
NARROW = "of 27 languages it names fewer, or fewer rightly; see the row on accuracy"

SURE = "as often right, but it never abstains; xlt also says how sure it is and takes candidates"


@dataclass(frozen=True, slots=True)
class Row:
    """One measure of xlt and of a peer, in `unit`; `why` is said where the peer is ahead."""

    measure: str
    unit: str
    peer: str
    ours: float
    theirs: float
    better: Literal["less", "more"]
    why: str = ""

    @property
    def ratio(self) -> float:
        """How many times better xlt is."""
        pair = (self.theirs, self.ours) if self.better == "less" else (self.ours, self.theirs)
        return pair[0] / pair[1] if pair[1] else float("inf")


def rendering() -> Iterator[Row]:
    folder = SHARED / "mgsm"
    problems = render.read_problems(folder) if folder.is_dir() else render.made_up_problems()
    templates = {language: render.template_of(language) for language in render.LANGUAGES}
    found = render.own_ways(templates) | render.peers(templates)
    times = render.measure({name: way for name, way in found.items() if way}, problems)
    reasons = {
        "str.format": f"the floor: it {FILLS_IN}",
        render.BARE: f"it {FILLS_IN}",
        "ChatPromptTemplate.format_messages": f"it {FILLS_IN}",
        "banks.Prompt.text": f"it {FILLS_IN}",
    }
    for name, peer in times.items():
        if not name.startswith(("xlt", "the same")):
            why = reasons.get(name, "")
            yield Row("an XLT prompt", "us", name, times[render.COMPOSE], peer, "less", why)


def starting() -> Iterator[Row]:
    first = "import xlt; xlt.compose('mgsm', '1 + 1?', language='en').text"
    chat = "from langchain_core.prompts import ChatPromptTemplate"
    make = "ChatPromptTemplate.from_messages([('user', '{q}')]).invoke({'q': '1 + 1?'})"
    programs = {
        startup.IMPORT: startup.PROGRAMS[startup.IMPORT][0],
        startup.FLOOR: startup.PROGRAMS[startup.FLOOR][0],
        chat: ["-c", chat],
        "import banks": ["-c", "import banks"],
        "import dspy": ["-c", "import dspy"],
        "xlt, first prompt": ["-c", first],
        "LangChain, first prompt": ["-c", f"{chat}; {make}"],
        startup.XLT_HELP: startup.PROGRAMS[startup.XLT_HELP][0],
        startup.TYPER_HELP: startup.PROGRAMS[startup.TYPER_HELP][0],
        "inspect --help": ["-c", "from inspect_ai._cli.main import main; main()", "--help"],
    }
    times = startup.measure(programs)
    for peer in (startup.FLOOR, chat, "import banks", "import dspy"):
        yield Row("import", "ms", peer, times[startup.IMPORT], times[peer], "less")
    named = "LangChain, first prompt"
    yield Row("first prompt", "ms", named, times["xlt, first prompt"], times[named], "less")
    for peer in (startup.TYPER_HELP, "inspect --help"):
        why = NO_START if peer == startup.TYPER_HELP else ""
        yield Row("xlt --help", "ms", peer, times[startup.XLT_HELP], times[peer], "less", why)


def detecting() -> Iterator[Row]:
    rows = detection.read(SHARED / "lang_samples" / "lang_samples.tsv")
    languages = list(dict.fromkeys(tag for tag, _ in rows))
    guesses = dict(detection.detectors(languages))
    for guess in guesses.values():
        guess(rows[0][1])  # loads the model, outside the clock
    scores = {name: detection.score(guess, rows) for name, guess in guesses.items()}
    took = {name: [one.seconds] for name, one in scores.items()}
    for name, guess in [*guesses.items()] * 2:
        took[name].append(detection.score(guess, rows).seconds)
    right = {name: 100 * detection.macro_accuracy(one, rows) for name, one in scores.items()}
    for peer in ("langdetect", "py3langid", "fasttext", "lingua"):
        if peer in scores:
            yield Row("27 languages told apart", "%", peer, right["default"], right[peer], "more")
    for peer in ("langdetect", "py3langid", "fasttext", "lingua"):
        if peer in scores:
            pair = [len(rows) / min(took[name]) for name in ("default", peer)]
            why = NARROW if right[peer] < right["default"] - 1 else SURE
            yield Row("detection", "texts/s", peer, pair[0], pair[1], "more", why)


def tokens() -> Iterator[Row]:
    from langchain_core.messages import HumanMessage
    from langchain_core.messages.utils import count_tokens_approximately

    from xlt.tokens.estimate import estimate_prompt
    from xlt.tokens.tables import load_encoding

    loaded = load_encoding("o200k_base")
    if loaded is None:
        return
    prompts = [
        xlt.compose("mgsm", problem, language=language)
        for language, problem in render.read_problems(SHARED / "mgsm")
    ]
    exact = [len(loaded[0].encode_ordinary(prompt.text)) for prompt in prompts]
    ways: dict[str, Callable[[xlt.Prompt], float]] = {
        "xlt": lambda prompt: estimate_prompt(prompt, "o200k_base"),
        "four characters a token": lambda prompt: len(prompt.text) / 4,
        "LangChain count_tokens_approximately": lambda prompt: count_tokens_approximately(
            [HumanMessage(prompt.text)]
        ),
        "tiktoken, exact": lambda prompt: len(loaded[0].encode_ordinary(prompt.text)),
    }
    off, speed = {}, {}
    for name, count in ways.items():
        started = time.perf_counter()
        counts = [count(prompt) for prompt in prompts]
        speed[name] = len(prompts) / (time.perf_counter() - started)
        pairs = zip(counts, exact, strict=True)
        off[name] = 100 * statistics.mean(abs(one / right - 1) for one, right in pairs)
    for peer in list(ways)[1:3]:
        measure = "token estimate without tables, error"
        yield Row(measure, "%", peer, off["xlt"], off[peer], "less")
    for peer in list(ways)[1:]:
        why = {
            "four characters a token": "divides a length by four",
            "LangChain count_tokens_approximately": "divides a length by four",
            "tiktoken, exact": "counts in Rust, once it could load its tables",
        }[peer]
        yield Row("token estimate", "prompts/s", peer, speed["xlt"], speed[peer], "more", why)


def answers() -> Iterator[Row]:
    files = peers_answers.read_files(SHARED / "replies")
    found = {name: peers_answers.measure(one, files) for name, one in peers_answers.peers().items()}
    ours = found.pop(next(iter(found)))
    for peer, (scores, none, _) in found.items():
        pair = [statistics.mean(each) for each in (ours[0], scores)]
        yield Row("MGSM replies, 5 languages, right", "%", peer, pair[0], pair[1], "more")
        if none is not None:
            wrong = [100 - pair[0] - ours[1], 100 - pair[1] - none]
            why = "it reads none of these replies" if pair[1] < 1 else ""
            yield Row("MGSM replies, 5 languages, read wrong", "%", peer, *wrong, "less", why)
    for peer, (_, _, speed) in found.items():
        why = "one or two patterns over the reply, English or one wording; see accuracy"
        yield Row("MGSM replies read", "replies/s", peer, ours[2], speed, "more", why)


def batches() -> Iterator[Row]:
    calls = 2_000
    for model in (batch.PlainModel(), batch.SlowModel()):
        asyncio.run(batch.ways(model, 64)[batch.CHAIN][0]())
        ways = batch.ways(model, calls)
        took = {
            name: [batch.measure(ways[name][0], threads=True) for _ in range(2)]
            for name in (batch.CHAIN, batch.SEQUENCE)
        }
        wall = {name: min(one.wall for one in each) for name, each in took.items()}
        cpu = {name: min(one.cpu for one in each) / calls * 1e6 for name, each in took.items()}
        kind, peer = type(model).__name__, batch.SEQUENCE
        named = f"2,000 calls of 20 ms, 64 at a time ({kind})"
        yield Row(f"{named}, wall", "s", peer, wall[batch.CHAIN], wall[peer], "less")
        yield Row(f"{named}, CPU a call", "us", peer, cpu[batch.CHAIN], cpu[peer], "less")
    held = [_child(f"import peer_rows; peer_rows.show_memory({ours})") for ours in (True, False)]
    named = "20,000 calls, memory over the start"
    yield Row(named, "MB", "LangChain sequence, abatch", held[0], held[1], "less")


def show_memory(ours: bool) -> None:
    """Print the MB that 20,000 calls take at their peak, over the start."""
    calls, model = 20_000, batch.SlowModel(delay=0.001)
    names = ("xlt_chain abatch_as_completed", batch.SEQUENCE)
    name = names[0] if ours else names[1]
    asyncio.run(batch.ways(model, 500)[name][0]())
    run = batch.ways(model, calls)[name][0]
    gc.collect()
    start = _peak_mb()
    asyncio.run(run())
    print(max(0.1, _peak_mb() - start))


def growth() -> Iterator[Row]:
    small, *larger = [_child(f"import peer_rows; peer_rows.show_growth({size})") for size in GROWTH]
    for size, took in zip(GROWTH[1:], larger, strict=True):
        named = f"{size:,} prompts, each (at most 5 MB held)"
        why = "linear: what differs is the noise of other programs"
        yield Row(named, "us", f"{GROWTH[0]:,} prompts, each", took, small, "less", why)


def show_growth(size: int) -> None:
    """Print the microseconds a prompt takes among `size`; more than 5 MB held is an error."""
    problems = (f"{number} 个苹果加上 {number % 7} 个苹果，一共多少个？" for number in range(size))
    for number in range(500):
        _ = xlt.compose("mgsm", f"热身 {number}", language="zh").text
    gc.collect()
    start, began = _peak_mb(), time.process_time()
    for problem in problems:
        _ = xlt.compose("mgsm", problem, language="zh").text
    took = (time.process_time() - began) / size * 1e6
    assert _peak_mb() - start < 5, f"{size} prompts hold {_peak_mb() - start:.1f} MB"
    print(took)


def machine() -> str:
    """Return one line on what this ran on."""
    import os
    import platform

    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n")
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return (
        f"{os.cpu_count()} cores of {names[0] if names else platform.machine()}, "
        f"{platform.system()}, Python {platform.python_version()}, xlt {version('xlt')}"
    )


NOTES = {
    "detecting": (
        "The peers are called as their own pages show, over all the languages they know; so is xlt."
    ),
    "answers": (
        'These prompts asked for "Answer:". The strict rules of lm-eval want the phrase of its own '
        "exemplars, simple-evals' prefixes its own prompts': those rows say how strict they are."
    ),
    "growth": (
        "Each size in a process of its own, which fails if it holds more than 5 MB over its start."
    ),
}
"""What a reader of an area's rows should know."""

AREAS: dict[str, Callable[[], Iterator[Row]]] = {
    "rendering": rendering,
    "starting": starting,
    "detecting": detecting,
    "tokens": tokens,
    "answers": answers,
    "batches": batches,
    "growth": growth,
}


def _peak_mb() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _child(code: str) -> float:
    """Return the number a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parent
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(done.stdout.split()[-1])
