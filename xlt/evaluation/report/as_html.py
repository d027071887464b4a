"""A report as one HTML page that loads nothing and runs no script but its own."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from xlt.evaluation.report import charts, labels
from xlt.evaluation.report.assembling import Report
from xlt.evaluation.report.headline import shown_p, shown_range, signed
from xlt.evaluation.report.showing import shown_calls, shown_value
from xlt.evaluation.report.tables import benchmark_tables, gain_rows, spending_rows
from xlt.evaluation.report.text_pieces import shortened, text_pieces, visible
from xlt.rendering.environment import html_environment

PACKAGE, FOLDER = "xlt.evaluation.report", "page"


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
        **_helpers(),
    )


def _helpers() -> dict[str, Any]:
    return {
        "charts": charts,
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


def number(value: float | None, digits: int = 1) -> str:
    """Return a number to so many digits, a dash where there is none."""
    return "–" if value is None else f"{value:,.{digits}f}"


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
