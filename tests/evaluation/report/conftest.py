"""The small run, and reports of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_run import write_mangoes

from xlt.evaluation.report.assembling import Report, make_report
from xlt.evaluation.runs.run_folder import load_run


@pytest.fixture
def mangoes(tmp_path: Path) -> Path:
    """The folder of the small run."""
    return write_mangoes(tmp_path / "mangoes")


@pytest.fixture
def report(mangoes: Path) -> Report:
    return make_report(load_run(mangoes))
