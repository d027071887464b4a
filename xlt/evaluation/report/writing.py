"""Writing the files of a report, all of them or none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from xlt.backends.redaction import redacted
from xlt.errors import InputError, RunFolderError
from xlt.evaluation.report.as_csv import render_csv
from xlt.evaluation.report.assembling import Report
from xlt.evaluation.report.pages import render_html, render_markdown
from xlt.files.safe import write_together

NAME = "report"
SCHEMA = 1
"""The version of the report's JSON; a reader should refuse a larger one."""


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


def render_json(report: Report) -> str:
    """Return the report as an indented JSON text in its own scripts."""
    data = {"schema_version": SCHEMA, "kind": "xlt report", **to_json(report)}
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def to_json(value: Any) -> Any:
    """Return dataclasses and records, however deep, as plain JSON values."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): to_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(one) for one in value]
    return value
