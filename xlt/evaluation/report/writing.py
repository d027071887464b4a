"""Writing the files of a report, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from xlt.backends.redaction import redacted
from xlt.errors import InputError, RunFolderError
from xlt.evaluation.report.as_csv import render_csv
from xlt.evaluation.report.as_html import render_html
from xlt.evaluation.report.as_json import render_json
from xlt.evaluation.report.as_markdown import render_markdown
from xlt.evaluation.report.assembling import Report
from xlt.files.safe import write_together

NAME = "report"


def write_report(report: Report, folder: Path | str) -> tuple[Path, ...]:
    """Write report.html, report.md, report.csv and report.json into a folder; return their paths.

    The folder is made if need be. The files are there whole, or as they were. Raises RunFolderError
    where they cannot be written.
    """
    texts = {
        f"{NAME}.html": render_html(report),
        f"{NAME}.md": render_markdown(report),
        f"{NAME}.csv": render_csv(report),
        f"{NAME}.json": render_json(report),
    }
    return _write(Path(folder), texts)


def _write(folder: Path, texts: Mapping[str, str]) -> tuple[Path, ...]:
    """Write texts by file name; keys of the environment are hidden."""
    files = {
        name: redacted(text).encode("utf-8", "backslashreplace") for name, text in texts.items()
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return write_together(folder, files)
    except OSError as error:
        raise RunFolderError(f"No report was written to {folder}: {error.strerror}.") from error
    except InputError as error:
        raise RunFolderError(f"No report was written to {folder}: {error}") from error
