"""How many of xlt's own functions a request enters: counts, which are the same on every machine."""

import re
import subprocess
import sys
from pathlib import Path

FILE = Path(__file__).parents[1] / "benchmarks" / "walks.py"
ROW = re.compile(r"^(.+?) {2,}(\d+) +(\d+) +\d+ +(\d+) calls in (\d+) files$", re.MULTILINE)


def test_a_request_walks_no_further_than_its_bar():
    # In a process of its own: another test may have set up a tracer, whose spans are walks as well.
    told = subprocess.run([sys.executable, FILE], capture_output=True, text=True, check=True)
    rows = {name: tuple(map(int, counts)) for name, *counts in ROW.findall(told.stdout)}

    assert sorted(rows) == ["prompt.parse, a number", "xlt eval, one item", "xlt_chain.invoke"]
    for calls, files, most_calls, most_files in rows.values():
        assert 10 < calls <= most_calls
        assert 1 < files <= most_files
