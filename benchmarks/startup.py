"""How long `import xlt` and `xlt --help` take, as ratios in one run.

    python benchmarks/startup.py

Each program runs in an interpreter of its own, in turns, after one run to fill the bytecode cache;
printed is the median in milliseconds. Exits 1 when `import xlt` takes more than 1.3 times
`import jinja2, pydantic`, or `xlt --help` more than twice the help of a minimal Typer program.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from time import perf_counter

ROUNDS = 15
PEERS = "import jinja2, pydantic"
IMPORT = "import xlt"
TYPER_HELP = "typer's own --help"
XLT_HELP = "xlt --help"
MINIMAL_APP = """
import typer
app = typer.Typer()
@app.command()
def greet(name: str, loud: bool = False):
    "Say hello."
@app.command()
def leave(name: str):
    "Say goodbye."
app()
"""
PROGRAMS = {
    "python -c pass": ["-c", "pass"],
    PEERS: ["-c", PEERS],
    IMPORT: ["-c", IMPORT],
    "from xlt import *": ["-c", "from xlt import *"],
    "the first prompt": ["-c", "import xlt; xlt.compose('mgsm', '1 + 1?', language='en').text"],
    TYPER_HELP: ["-c", MINIMAL_APP, "--help"],
    XLT_HELP: ["-c", "from xlt.cli.main import main; main()", "--help"],
}


def main() -> int:
    argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0]).parse_args()
    times = measure(PROGRAMS)
    for name, milliseconds in times.items():
        print(f"{name:<26} {milliseconds:7.0f} ms")
    import_ratio = times[IMPORT] / times[PEERS]
    print(f"\n{IMPORT} / {PEERS}: {import_ratio:.2f} (at most 1.3)")
    help_ratio = times[XLT_HELP] / times[TYPER_HELP]
    print(f"{XLT_HELP} / {TYPER_HELP}: {help_ratio:.2f} (at most 2)")
    return int(import_ratio > 1.3 or help_ratio > 2)


def measure(programs: dict[str, list[str]]) -> dict[str, float]:
    """Return the median milliseconds of each program."""
    # With bytecode, as any installed package has it.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    rounds: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(ROUNDS + 1):
        for name, arguments in programs.items():
            start = perf_counter()
            subprocess.run([sys.executable, *arguments], env=env, check=True, capture_output=True)
            if number:
                rounds[name].append((perf_counter() - start) * 1000)
    return {name: statistics.median(times) for name, times in rounds.items()}


if __name__ == "__main__":
    sys.exit(main())
