"""A report as a page, Markdown, CSV and JSON, all written or none."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from markupsafe import Markup
from pydantic_core import to_jsonable_python

from xlt.backends.redaction import redacted
from xlt.errors import InputError, RunFolderError
from xlt.evaluation.report.assembling import CellReport, Report
from xlt.evaluation.report.charts import confusions, cost_charts, series_of
from xlt.evaluation.report.gains import Gain
from xlt.evaluation.report.questions import first_questions
from xlt.evaluation.report.showing import (
    Piece,
    language_name,
    number,
    pair_name,
    shortened,
    shown_calls,
    shown_p,
    shown_range,
    shown_value,
    signed,
    text_pieces,
    visible,
)
from xlt.evaluation.report.tables import benchmark_tables, gain_rows, spending_rows
from xlt.evaluation.runs.records import Manifest
from xlt.files.safe import write_together
from xlt.rendering.environment import html_environment

PACKAGE, FOLDER = "xlt.evaluation.report", "page"
_SIGNS = {"right": "✓", "partly": "◐", "wrong": "✗", "none": "?", "errored": "!", "unscored": "·"}
_STATES = {"wrong": "wrong", "none": "no answer found", "errored": "errored"} | {
    "fixed": "fixed against the baseline",
    "broken": "broken against the baseline",
}
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&$])")


def render_html(report: Report) -> str:
    """Return the page. Every text of the run is escaped; style and script are pinned by hash."""
    style, script = _own("style.css"), _own("sort.js")
    template = html_environment(PACKAGE, FOLDER, _harmless).get_template("page.html")
    return template.render(
        policy=_policy(style, script),
        # These two are files of this package and hold nothing of the run.
        style=Markup(style),
        script=Markup(script),
        breakdowns=[one for one in report.breakdowns if one.says_something],
        charts=cost_charts(report),
        confusions=confusions(report),
        questions=first_questions(report.questions),
        series=series_of(report),
        pairs=sorted({(pair_name(part.cell), part.cell.pair) for part in report.cells}),
        signs=_SIGNS,
        states=_STATES,
        **_shared(report),
    )


def render_markdown(report: Report) -> str:
    """Return the report as Markdown; no text of the run can act in it, or close its fence."""
    environment = html_environment(PACKAGE, FOLDER, _escaped)
    text = environment.get_template("page.md").render(
        facts=_facts(report.manifest),
        aligned=lambda caller: Markup("\n".join([*_aligned(str(caller())), "", ""])),
        fenced=lambda text: Markup("\n".join(fenced(visible(text)))),
        plain=lambda pieces: Markup("\n".join(fenced(_plain(pieces)))),
        **_shared(report),
    )
    return re.sub(r"\n{3,}", "\n\n", text).rstrip("\n") + "\n"


def escaped(text: str) -> str:
    """Return a text on one line in which Markdown and HTML see nothing to act on."""
    return _SPECIAL.sub(r"\\\1", " ".join(visible(text.replace("\n", " ")).split()))


def fenced(text: str) -> list[str]:
    """Return a text as a code block whose fence is longer than any in the text."""
    ticks = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, ticks + 1)
    return [f"{fence}text", *text.split("\n"), fence]


def table_lines(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table whose columns have one width; all but the first are set to the right."""
    lines = [tuple(heads), *(tuple(row) for row in rows)]
    widths = [max(3, *(_width(line[place]) for line in lines)) for place in range(len(heads))]
    shown = [_row(line, widths) for line in lines]
    rule = [f"{'-' * (width - 1)}{':' if place else '-'}" for place, width in enumerate(widths)]
    return [shown[0], f"| {' | '.join(rule)} |", *shown[1:]]


def _row(line: Sequence[str], widths: Sequence[int]) -> str:
    gaps = [" " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)]
    first, *others = [f"{gap}{cell}" for gap, cell in zip(gaps, line, strict=True)]
    return f"| {' | '.join([first.lstrip() + gaps[0], *others])} |"


def _aligned(text: str) -> list[str]:
    """Return lines whose cells a tab parts, which no escaped text holds, as a table."""
    heads, *rows = [line.split("\t") for line in text.split("\n") if line.strip()]
    return table_lines(heads, rows)


def _facts(manifest: Manifest) -> list[tuple[str, str]]:
    names = ("model", "command", "fingerprint", "created", "version", "templates")
    facts = {name: getattr(manifest, name) for name in (*names, "seed", "repeats")}
    facts |= {name: shown_value(value) for name, value in manifest.settings.items()}
    return [(name.replace("version", "xlt"), str(value)) for name, value in facts.items() if value]


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    marks = ("Mn", "Me", "Cf")
    return sum(
        0 if unicodedata.category(one) in marks else 1 + (unicodedata.east_asian_width(one) in "WF")
        for one in text
    )


def _escaped(value: Any) -> Any:
    return value if isinstance(value, Markup) else Markup(escaped(str(value)))


def _plain(pieces: Sequence[Piece]) -> str:
    marks = {"hidden": "[{}]", "gap": "[… {} …]"}
    return "".join(marks.get(piece.kind, "{}").format(piece.text) for piece in pieces)


def _shared(report: Report) -> dict[str, Any]:
    """Return what both templates are given: the report, its tables, and how to show things."""
    return {
        "report": report,
        "benchmarks": benchmark_tables(report),
        "gains": gain_rows(report),
        "spending": spending_rows(report),
        "heat": lambda score, top: max(0, min(9, int(10 * score / top))),
        "language_name": language_name,
        "number": number,
        "pieces": text_pieces,
        "short": shortened,
        "shown_calls": shown_calls,
        "shown_p": shown_p,
        "shown_range": shown_range,
        "shown_value": shown_value,
        "signed": signed,
    }


def _harmless(value: Any) -> Any:
    """Return a value for the page, the characters of a text that a browser would obey shown."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy: nothing may be loaded, only these two may act."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _own(name: str) -> str:
    return files(PACKAGE).joinpath(FOLDER, name).read_text(encoding="utf-8")


Value = str | int | float | None
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]|.*;[ ]*[=+\-@]", re.DOTALL)


def render_csv(report: Report) -> str:
    """Return a head and a line for each cell; numbers are in percent, empty where there is none."""
    gains = {(one.benchmark, one.language, one.strategy): one for one in report.gains}
    rows = [
        {
            **_counts(part),
            **_gain(gains.get((part.cell.benchmark, part.cell.pair, part.cell.strategy))),
            **_replies(part),
        }
        for part in report.cells
    ]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(rows[0])
    writer.writerows([safe(value) for value in row.values()] for row in rows)
    return text.getvalue()


def safe(value: Value) -> str:
    """Return a value as a cell: a text that a spreadsheet would run as a formula gets a quote."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, int):
        return str(value)
    value = value.replace("\r\n", "\n").replace("\r", "\n")  # a bare CR would begin a row
    return f"'{value}" if _FORMULA.match(value) else value


def _counts(part: CellReport) -> dict[str, Value]:
    cell, score = part.cell, part.score
    return {
        "benchmark": cell.benchmark,
        "language": cell.language,
        "target_language": cell.target_language,
        "name": pair_name(cell),
        "tier": cell.tier,
        "strategy": cell.strategy,
        "shots": cell.shots,
        "metric": cell.metric,
        "planned": score.tally.planned,
        "scored": score.tally.scored,
        "unparsed": score.tally.unparsed,
        "errored": score.tally.errored,
        "open": score.tally.open,
        "score": score.score,
        "low": score.interval.low if score.interval else None,
        "high": score.interval.high if score.interval else None,
    }


def _gain(gain: Gain | None) -> dict[str, Value]:
    found = gain.difference if gain else None
    return {
        "baseline": gain.baseline if gain else None,
        "gain": found.value if found else None,
        "gain_low": found.low if found else None,
        "gain_high": found.high if found else None,
        "p_value": found.p_value if found else None,
        "p_corrected": gain.corrected if gain else None,
        "fixed": found.fixed if found else None,
        "broken": found.broken if found else None,
    }


def _replies(part: CellReport) -> dict[str, Value]:
    statuses, consistency = part.rates.statuses, part.rates.consistency
    published = {row.model: row.score for row in part.published if row.is_apt}
    return {
        "right": part.rates.right,
        "wrong": part.rates.wrong,
        "wrong_language": part.rates.wrong_language,
        "anchored": statuses.anchored if statuses else None,
        "fallback": statuses.fallback if statuses else None,
        "none": statuses.none if statuses else None,
        "line_pass": consistency.line_pass if consistency else None,
        "word_pass": consistency.word_pass if consistency else None,
        "calls": part.usage.calls,
        "input_tokens": part.usage.input_tokens,
        "output_tokens": part.usage.output_tokens,
        "paper_gpt_3_5_turbo": published.get("gpt-3.5-turbo"),
        "paper_text_davinci_003": published.get("text-davinci-003"),
        "notes": "; ".join(part.score.notes),
    }


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
    folder = Path(folder)
    files = {  # without keys of the environment
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
    # results.jsonl holds the samples, whole.
    data = {
        "schema_version": SCHEMA,
        "kind": "xlt report",
        **to_jsonable_python(replace(report, questions=())),
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
