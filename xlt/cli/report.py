"""`xlt report`: the numbers of a run as a table, and as a page, Markdown, CSV and JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlt.cli.options import Json
from xlt.cli.terminal import emit, emit_table, remark

if TYPE_CHECKING:
    from xlt.evaluation.report.assembling import Report

EPILOG = """\b
Examples:
  xlt report runs/gpt-4o-mini
  xlt report runs/gpt-4o-mini -o public --baseline native_cot
  xlt report runs/gpt-4o-mini --examples 3
Writes report.html, report.md, report.csv and report.json. A run under way can be reported too.
"""

RunFolder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a run (xlt eval).")]


def report(
    folder: RunFolder,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Where to write. Default: the run's folder."
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The strategy to compare with: basic, or the run's first."
        ),
    ] = None,
    examples: Annotated[
        int,
        typer.Option(
            min=0, metavar="N", help="Bad examples to show for each cell, at most 24 in all."
        ),
    ] = 1,
    json: Json = False,
) -> None:
    """Write the report of a run: does the strategy help, what does it cost, who is left behind?

    The table goes to standard output, the findings and the files' places to standard error.
    """
    from xlt.evaluation.report.assembling import make_report
    from xlt.evaluation.report.writing import render_json, write_report
    from xlt.evaluation.runs.run_folder import load_run

    made = make_report(load_run(folder), baseline=baseline, examples=examples)
    paths = write_report(made, folder if out is None else out)
    if json:
        emit(render_json(made).rstrip())
    else:
        emit_report(made)
    remark("Written: " + ", ".join(str(path) for path in paths))


def emit_report(report: Report) -> None:
    """Write the table of all cells to standard output, what it means to standard error."""
    from xlt.evaluation.report.showing import number, signed

    gains = {(one.benchmark, one.language, one.strategy): one for one in report.gains}
    rows = []
    for part in report.cells:
        cell, found = part.cell, part.score
        gain = gains.get((cell.benchmark, cell.pair, cell.strategy))
        value = gain.difference.value if gain else None
        rows.append(
            [
                part.name,
                number(found.score),
                f"{found.interval.low:.1f}–{found.interval.high:.1f}" if found.interval else "–",
                "–" if value is None else signed(value),
                str(found.tally.planned),
                str(found.tally.scored),
                str(found.tally.unparsed),
                str(found.tally.errored),
            ]
        )
    heads = ["cell", "score", "95%", f"over {report.baseline}", "planned", "scored"]
    emit_table([*heads, "unparsed", "errored"], rows)
    for finding in report.findings:
        for indent, text in [
            ("", f"{finding.question} {finding.answer}"),
            *[("  ", sentence) for sentence in finding.sentences],
        ]:  # a stranger's run.json names strategies and metrics: no name begins a line of its own
            remark(indent + " ".join(text.split()))
    remark(str(report.totals))
