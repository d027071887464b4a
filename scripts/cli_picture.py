#!/usr/bin/env python3
"""Draw docs/preview.svg, the preview in the README, from the real one: scripts/cli_picture.py"""

import io
import re
from html import escape, unescape
from itertools import groupby
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import MONOKAI

from xlt.cli.preview import preview_lines
from xlt.composing import compose
from xlt.detection import detect

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "preview.svg"
PROBLEM = "詹姆斯决定每周跑 3 次 3 段冲刺，每段冲刺跑 60 米。他每周一共跑多少米？"
COLUMNS = 92
_TEXT = re.compile(
    r'<text class="(?P<style>[^"]+)" x="(?P<x>[\d.]+)" y="(?P<y>[\d.]+)" '
    r'textLength="(?P<width>[\d.]+)"(?P<clip>[^>]*)>(?P<text>[^<]+)</text>'
)


def picture() -> str:
    """Return the picture: what a terminal of 92 columns shows, the same on every machine."""
    console = Console(
        width=COLUMNS,
        file=io.StringIO(),
        record=True,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
        markup=False,
        highlight=False,
        emoji=False,
        no_color=False,
    )
    detection = detect(PROBLEM)
    prompt = compose("mgsm", PROBLEM, language=detection.language)
    for line in preview_lines(prompt, detection, None, console):
        console.print(line, soft_wrap=True)
    title = f'xlt preview mgsm "{PROBLEM[:14]}…"'
    return _spread(console.export_svg(title=title, theme=MONOKAI, unique_id="xlt-preview"))


def _spread(drawing: str) -> str:
    """Return the drawing with wide characters in two columns each: rich draws them in one."""
    return _TEXT.sub(_runs, drawing)


def _runs(found: re.Match[str]) -> str:
    """Return a text of the drawing as one text for each run of narrow or of wide characters."""
    text = unescape(found["text"])
    column = float(found["width"]) / len(text)
    drawn, place = [], float(found["x"])
    for _, run in groupby(text, key=cell_len):
        part = "".join(run)
        width = column * cell_len(part)
        drawn.append(
            f'<text class="{found["style"]}" x="{place:g}" y="{found["y"]}" '
            f'textLength="{width:g}"{found["clip"]}>{escape(part)}</text>'
        )
        place += width
    return "".join(drawn)


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
