"""docs/cli.md and docs/preview.svg are what their scripts write."""

from __future__ import annotations

import re
import runpy
from html import unescape
from pathlib import Path

import pytest
from typer.testing import CliRunner

from xlt.cli.main import app

ROOT = Path(__file__).resolve().parents[2]


def test_page_of_the_commands_is_up_to_date():
    script = runpy.run_path(str(ROOT / "scripts" / "cli_docs.py"))
    assert script["page"]() == (ROOT / "docs" / "cli.md").read_text(encoding="utf-8"), (
        "run scripts/cli_docs.py"
    )


def test_picture_is_the_same_every_time(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    script = runpy.run_path(str(ROOT / "scripts" / "cli_picture.py"))
    drawn = script["picture"]()
    monkeypatch.undo()
    assert drawn == script["picture"]()
    assert drawn.count("fill: #") > 6


def test_picture_shows_the_preview():
    drawn = (ROOT / "docs" / "preview.svg").read_text(encoding="utf-8")
    text = unescape(re.sub(r"<[^>]*>", "", drawn)).replace("\xa0", " ")
    for shown in ("cross-lingual thinking", "每段冲刺跑", "Chinese (zh), detected with", "“答案:”"):
        assert shown in text


@pytest.mark.parametrize("words", ["", "ask", "batch import"])
def test_help_says_no_type_of_a_flag(words):
    shown = CliRunner().invoke(app, [*words.split(), "--help"]).output
    assert "--help" in shown
    assert "<bool>" not in shown
