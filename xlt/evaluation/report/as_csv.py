"""A report as CSV, a line a cell, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re

from xlt.evaluation.report.assembling import CellReport, Report
from xlt.evaluation.report.gains import Gain
from xlt.evaluation.report.labels import pair_name

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
    }


def _replies(part: CellReport) -> dict[str, Value]:
    statuses, compliance = part.rates.statuses, part.rates.compliance
    published = {row.model: row.score for row in part.published if row.is_apt}
    return {
        "anchored": statuses.anchored if statuses else None,
        "fallback": statuses.fallback if statuses else None,
        "none": statuses.none if statuses else None,
        "in_language": compliance.rate if compliance else None,
        "calls": part.usage.calls,
        "input_tokens": part.usage.input_tokens,
        "output_tokens": part.usage.output_tokens,
        "paper_gpt_3_5_turbo": published.get("gpt-3.5-turbo"),
        "paper_text_davinci_003": published.get("text-davinci-003"),
        "notes": "; ".join(part.score.notes),
    }
