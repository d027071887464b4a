"""xlt beside its peers, as one Markdown table of ratios measured in one run.

    benchmarks/run                                  installs the peers, writes docs/peers.md
    python benchmarks/against_peers.py [AREA ...]   in an environment that has them

A ratio over 1 says that xlt is ahead; a row in which it is behind says why. Each area runs in an
interpreter of its own. Exits 1 when a row is behind and says nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path

from peer_rows import AREAS, NOTES, Row, machine

HEAD = (
    "| measure | unit | peer | xlt | peer | ratio | |\n| --- | --- | --- | --: | --: | --: | --- |"
)
LEVEL = 0.98  # within what two runs of the same differ by


def main(areas: list[str]) -> int:
    print("# Beside its peers\n")
    print(f"`benchmarks/run` on {date.today():%Y-%m-%d}: {machine()}.")
    print("A ratio over 1 says that xlt is ahead. Ratios hold within an area, each of which was")
    print("measured by itself.\n")
    unexplained = 0
    for area in areas or list(AREAS):
        print(f"## {area.capitalize()}\n")
        if area in NOTES:
            print(f"{NOTES[area]}\n")
        print(HEAD, flush=True)
        for row in measured(area):
            unexplained += row.ratio < LEVEL and not row.why
            print(line(row), flush=True)
        print()
    return int(unexplained > 0)


def measured(area: str) -> list[Row]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, "--rows", area],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent,
    )
    return [Row(**found) for found in json.loads(done.stdout.rpartition("ROWS ")[2])]


def line(row: Row) -> str:
    said = ""
    if row.ratio < LEVEL:
        said = f"behind: {row.why}" if row.why else "**behind**"
    ours, theirs = (f"{value:,.{1 if value < 100 else 0}f}" for value in (row.ours, row.theirs))
    ratio = f"{row.ratio:.2f}" if row.ratio < 10 else f"{row.ratio:,.0f}"
    if not row.theirs:
        ratio = "-"
    cells = (row.measure, row.unit, row.peer, ours, theirs, ratio, said)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--rows"]:
        print("ROWS", json.dumps([asdict(row) for row in AREAS[sys.argv[2]]()]))
    else:
        parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
        parser.add_argument("areas", nargs="*", metavar="AREA", help=", ".join(AREAS))
        sys.exit(main(parser.parse_args().areas))
