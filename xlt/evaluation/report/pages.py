"""A report as one HTML page that loads nothing, and as Markdown that reads well in a terminal."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from xlt.evaluation.report import charts, labels
from xlt.evaluation.report.assembling import Report
from xlt.evaluation.report.labels import number, shown_p, shown_range, signed
from xlt.evaluation.report.showing import (
    Piece,
    shortened,
    shown_calls,
    shown_value,
    text_pieces,
    visible,
)
from xlt.evaluation.report.tables import benchmark_tables, gain_rows, spending_rows
from xlt.evaluation.runs.records import Manifest
from xlt.rendering.environment import html_environment

PACKAGE, FOLDER = "xlt.evaluation.report", "page"
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&$])")


def render_html(report: Report) -> str:
    """Return the page. Every text of the run is escaped; style and script are pinned by hash."""
    style, script = _own("style.css"), _own("sort.js")
    template = html_environment(PACKAGE, FOLDER, _harmless).get_template("page.html")
    return template.render(
        report=report,
        policy=_policy(style, script),
        # These two are files of this package and hold nothing of the run.
        style=Markup(style),
        script=Markup(script),
        benchmarks=benchmark_tables(report),
        gains=gain_rows(report),
        spending=spending_rows(report),
        breakdowns=[one for one in report.breakdowns if one.says_something],
        **_helpers(),
    )


def render_markdown(report: Report) -> str:
    """Return the report as Markdown; no text of the run can act in it, or close its fence."""
    environment = html_environment(PACKAGE, FOLDER, _escaped)
    text = environment.get_template("page.md").render(
        report=report,
        benchmarks=benchmark_tables(report),
        gains=gain_rows(report),
        spending=spending_rows(report),
        facts=_facts(report.manifest),
        aligned=lambda caller: Markup("\n".join([*_aligned(str(caller())), "", ""])),
        fenced=lambda text: Markup("\n".join(fenced(visible(text)))),
        plain=lambda pieces: Markup("\n".join(fenced(_plain(pieces)))),
        **_helpers(),
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
    """Return what decided the run, by name."""
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


def _helpers() -> dict[str, Any]:
    return {
        "charts": charts,
        "heat": lambda score, top: max(0, min(9, int(10 * score / top))),
        "labels": labels,
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
