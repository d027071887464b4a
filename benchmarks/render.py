"""How long a prompt takes, beside bare templates and other libraries, in one run.

    python benchmarks/render.py [DIR]

2,750 MGSM problems (11 languages) of DIR, or of ../shared/data/mgsm beside the checkout; made up
where the folder is missing. The language is given.
Every way renders the same XLT prompt, DSPy its own; in each round every way goes over all
problems once. Printed is the median round in CPU microseconds a prompt, and as a ratio to a bare
Jinja template in the sandbox. Exits 1 when xlt.compose takes more than 1.2 times that, is slower
than LangChain's ChatPromptTemplate.format_messages, or, where it detects the language, takes more
than 1.3 times the detection alone. Peers: requirements-peers.txt.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

import xlt

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data" / "mgsm"
ROUNDS = 9
LANGUAGES = ("bn", "de", "en", "es", "fr", "ja", "ru", "sw", "te", "th", "zh")
Render = Callable[[str, str], object]  # language, problem -> whatever the library makes
BARE = "jinja2, sandboxed and precompiled"
COMPOSE = "xlt.compose(...).text"
DETECTING, DETECTED = "xlt.detect_language", "xlt.compose, language detected"
MESSAGES, LANGCHAIN = "ChatPromptTemplate.format_messages", "ChatPromptTemplate.invoke"


def main(folder: Path) -> int:
    problems = read_problems(folder) if folder.is_dir() else made_up_problems()
    templates = {language: template_of(language) for language in LANGUAGES}
    ways = own_ways(templates) | peers(templates)
    for language, problem in problems:
        assert ways[BARE](language, problem) == ways[COMPOSE](language, problem)
    times = measure({name: way for name, way in ways.items() if way}, problems)
    print(f"{len(problems)} prompts, median of {ROUNDS} interleaved rounds\n")
    print(f"{'':<40} {'us/prompt':>9} {'ratio':>7}")
    for name in ways:
        if name in times:
            print(f"{name:<40} {times[name]:9.2f} {times[name] / times[BARE]:7.2f}")
        else:
            print(f"{name:<40} {'not installed':>17}")
    return report(times)


def report(times: dict[str, float]) -> int:
    """Print the bars and return the exit code."""
    bars = ((COMPOSE, BARE, 1.2), (COMPOSE, MESSAGES, 1.0), (DETECTED, DETECTING, 1.3))
    print()
    for one, other, most in bars:
        print(f"{one} / {other}: {times[one] / times[other]:.2f} (at most {most})")
    return int(any(times[one] / times[other] > most for one, other, most in bars))


def read_problems(folder: Path) -> list[tuple[str, str]]:
    return [
        (language, line.split("\t")[0])
        for language in LANGUAGES
        for line in (folder / f"mgsm_{language}.tsv").read_text("utf-8").rstrip("\n").split("\n")
    ]


def made_up_problems() -> list[tuple[str, str]]:
    return [
        (language, f"{number} + {number + 7} − 3 × {number % 11} = ? " * 6)
        for language in LANGUAGES
        for number in range(250)
    ]


def template_of(language: str) -> str:
    """Return the XLT prompt of a language with `{problem}` where the problem goes."""
    return xlt.compose("mgsm", "@", language=language).text.replace("@", "{problem}")


def own_ways(templates: dict[str, str]) -> dict[str, Render | None]:
    plain = compiled(templates, clear_globals=False)
    cleared = compiled(templates, clear_globals=True)
    return {
        "str.format": lambda language, problem: templates[language].format(problem=problem),
        BARE: lambda language, problem: plain[language].render(problem=problem),
        "the same with globals cleared": lambda language, problem: cleared[language].render(
            problem=problem
        ),
        "xlt.compose": lambda language, problem: xlt.compose("mgsm", problem, language=language),
        COMPOSE: lambda language, problem: xlt.compose("mgsm", problem, language=language).text,
        "xlt.compose(...).messages": lambda language, problem: (
            xlt.compose("mgsm", problem, language=language).messages
        ),
        DETECTING: lambda _, problem: detected(problem),
        DETECTED: lambda _, problem: detected(problem, compose=True),
    }


def detected(problem: str, *, compose: bool = False) -> object:
    """Detect, or compose with detection; a made-up problem has no language to tell."""
    try:
        return xlt.compose("mgsm", problem) if compose else xlt.detect_language(problem)
    except xlt.errors.LanguageNotDetected:
        return None


def compiled(templates: dict[str, str], *, clear_globals: bool) -> dict[str, Template]:
    env = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    if clear_globals:
        env.globals.clear()
    return {language: env.from_string(jinja(text)) for language, text in templates.items()}


def jinja(template: str) -> str:
    return template.replace("{problem}", "{{ problem }}")


def peers(templates: dict[str, str]) -> dict[str, Render | None]:
    """Return the other libraries' ways, None for one that is not installed."""
    return langchain_ways(templates) | banks_way(templates) | dspy_way()


def langchain_ways(templates: dict[str, str]) -> dict[str, Render | None]:
    from langchain_core.prompts import ChatPromptTemplate

    chat = {
        language: ChatPromptTemplate.from_messages([("user", text)])
        for language, text in templates.items()
    }
    return {
        MESSAGES: lambda language, problem: chat[language].format_messages(problem=problem),
        LANGCHAIN: lambda language, problem: chat[language].invoke({"problem": problem}),
    }


def banks_way(templates: dict[str, str]) -> dict[str, Render | None]:
    name = "banks.Prompt.text"
    try:
        from banks import Prompt
    except ImportError:
        return {name: None}
    prompts = {language: Prompt(jinja(text)) for language, text in templates.items()}
    return {name: lambda language, problem: prompts[language].text({"problem": problem})}


def dspy_way() -> dict[str, Render | None]:
    name = "dspy.ChatAdapter.format (its own prompt)"
    try:
        import dspy
    except ImportError:
        return {name: None}
    signature, adapter = dspy.Signature("problem -> answer"), dspy.ChatAdapter()
    return {
        name: lambda _, problem: adapter.format(signature, demos=[], inputs={"problem": problem})
    }


def measure(ways: dict[str, Render], problems: list[tuple[str, str]]) -> dict[str, float]:
    """Return the median microseconds a prompt of each way."""
    rounds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS):
        # New texts in each round: some libraries keep what they rendered.
        fresh = [(language, f"{problem} ({number})") for language, problem in problems]
        for name, way in ways.items():
            start = process_time()
            for language, problem in fresh:
                way(language, problem)
            rounds[name].append((process_time() - start) / len(problems) * 1e6)
    return {name: statistics.median(times) for name, times in rounds.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT)
    sys.exit(main(parser.parse_args().folder))
