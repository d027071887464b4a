#!/usr/bin/env python3
"""Draw docs/report.png, the top of a report: scripts/report_picture.py

The run is docs/evidence/xcopa, replies of a live model. It needs a Chromium, and its fonts differ
from machine to machine, so that no test compares the picture.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from chromium import browse, find_chromium

DOCS = Path(__file__).resolve().parent.parent / "docs"
PICTURE = DOCS / "report.png"
WIDTH, HEIGHT = 1080, 1000


def main() -> None:
    browser = find_chromium()
    if browser is None:
        sys.exit("There is no Chromium here: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(DOCS / "evidence" / "xcopa", f"{folder}/run")
        run = [sys.executable, "-m", "xlt.cli.main", "report", f"{folder}/run"]
        subprocess.run(run, check=True)
        with browse(browser) as page:
            page.open(Path(folder) / "run" / "report.html", WIDTH, HEIGHT)
            PICTURE.write_bytes(page.picture())


if __name__ == "__main__":
    main()
