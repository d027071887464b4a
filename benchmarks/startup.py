"""What a person waits for at the first keystroke, as ratios in one run.

    python benchmarks/startup.py

Each program runs in an interpreter of its own, in turns, after one run that fills the caches of
bytecode and of xlt. Printed is the median of the CPU seconds, which other programs on the machine
lengthen less than the wall time, and the ratio to a floor: what no program with pydantic, Jinja and
YAML can do without, or typer's own help. Exits 1 when a ratio is over its bar. Of a checkout that
is installed as editable, some milliseconds are a look at its files, whether one was edited.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys

ROUNDS = 15
FLOOR = "import pydantic, jinja2, yaml, and one model"
MODEL = """
import pydantic, jinja2, yaml
class Model(pydantic.BaseModel):
    number: int = 1
Model()
"""
IMPORT, XLT_HELP, TYPER_HELP = "import xlt", "xlt --help", "typer's own --help"
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
XLT = ["-c", "from xlt.cli.main import main; main()"]
PROBLEM = "詹姆斯决定每周跑 3 次 3 段冲刺，每段冲刺跑 60 米。他每周一共跑多少米？"
# Name -> (program, the one it is compared with, the most it may take of that).
PROGRAMS = {
    FLOOR: (["-c", MODEL], FLOOR, None),
    TYPER_HELP: (["-c", MINIMAL_APP, "--help"], FLOOR, None),
    IMPORT: (["-c", IMPORT], FLOOR, 0.3),
    "from xlt import *": (["-c", "from xlt import *"], FLOOR, None),
    "import xlt and the first prompt": (
        ["-c", "import xlt; xlt.compose('mgsm', '1 + 1?', language='zh').text"], FLOOR, 1.4
    ),
    "the same, language detected": (
        ["-c", "import xlt; xlt.compose('mgsm', 'Combien font un et deux ?').text"], FLOOR, None
    ),
    "xlt preview mgsm -l zh": ([*XLT, "preview", "mgsm", "-l", "zh", PROBLEM], FLOOR, 2.0),
    "xlt preview mgsm, detected": ([*XLT, "preview", "mgsm", PROBLEM], FLOOR, 2.85),
    XLT_HELP: ([*XLT, "--help"], TYPER_HELP, 1.2),
}  # fmt: skip


def main() -> int:
    argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0]).parse_args()
    times = measure({name: program for name, (program, _, _) in PROGRAMS.items()})
    print(f"{'':<44} {'CPU, ms':>8} {'ratio':>6} {'bar':>4}")
    missed = 0
    for name, (_, floor, bar) in PROGRAMS.items():
        ratio = times[name] / times[floor]
        missed += bar is not None and ratio > bar
        print(f"{name:<44} {times[name]:8.0f} {ratio:6.2f} {bar or '':>4}")
    return int(missed > 0)


def measure(programs: dict[str, list[str]]) -> dict[str, float]:
    """Return the median CPU milliseconds of each program."""
    # With bytecode, as any installed package has it.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    rounds: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(ROUNDS + 1):
        for name, arguments in programs.items():
            before = cpu_of_children()
            subprocess.run([sys.executable, *arguments], env=env, check=True, capture_output=True)
            if number:
                rounds[name].append((cpu_of_children() - before) * 1000)
    return {name: statistics.median(times) for name, times in rounds.items()}


def cpu_of_children() -> float:
    """Return the CPU seconds of all programs that have ended."""
    if sys.platform == "win32":
        spent = os.times()
        return spent.children_user + spent.children_system
    import resource  # counts microseconds where os.times counts hundredths

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
