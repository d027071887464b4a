#!/usr/bin/env python3
"""Draw docs/serve.png, the page of `xlt serve`: scripts/serve_picture.py

Its replies are live, of the local model (xlt models get). It needs a Chromium, and its fonts differ
from machine to machine, so that no test compares the picture.
"""

import subprocess
import sys
import time
from pathlib import Path

from chromium import Page, browse, find_chromium

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "serve.png"
WIDTH, HEIGHT = 1280, 900
PATIENCE = 300
DONE = "document.querySelectorAll('.answer:not(:empty)').length === 2"


def main() -> None:
    browser = find_chromium()
    if browser is None:
        sys.exit("There is no Chromium here: apt-get install chromium")
    command = [sys.executable, "-m", "xlt.cli.main", "serve", "-m", "local", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            if not line:
                sys.exit("The server did not start.")
            with browse(browser) as page:
                page.open(f"{line.split()[1]}/", WIDTH, HEIGHT)
                wait(page, "document.querySelectorAll('.steps li').length === 7")
                page.value("document.getElementById('send').click()")
                wait(page, f"{DONE} && document.getElementById('stop').hidden")
                page.resize(WIDTH, page.value("document.documentElement.scrollHeight"))
                PICTURE.write_bytes(page.picture())
        finally:
            server.terminate()


def wait(page: Page, condition: str) -> None:
    end = time.monotonic() + PATIENCE
    while not page.value(condition):
        if time.monotonic() > end:
            sys.exit(f"It did not come: {condition}")
        time.sleep(0.5)


if __name__ == "__main__":
    main()
