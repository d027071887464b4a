"""`xlt compare`: how much better one run is than another, sample by sample."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlt.cli.terminal import emit_json, emit_table, remark

if TYPE_CHECKING:
    from xlt.evaluation.report.comparing import ComparedCell, ComparedRuns

EPILOG = """\b
Examples:
  xlt compare runs/gpt-4o-mini runs/qwen3
  xlt compare before after --json
Exit codes: 0 compared, 1 no sample is in both, 2 wrong usage.
"""


def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="The folder of a run.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="The folder of another run.")],
    json: Annotated[
        bool, typer.Option("--json", help="Everything, as JSON, with a schema version.")
    ] = False,
) -> None:
    """Compare run B with run A, on the samples that both answered.

    Above zero: B is better. Samples are paired by benchmark, language, id and repeat, within the
    same strategy; if the runs share none and have one each, those two are compared.
    """
    from pydantic_core import to_jsonable_python

    from xlt.evaluation.report.comparing import compare_runs
    from xlt.evaluation.report.writing import SCHEMA
    from xlt.evaluation.runs.run_folder import load_run

    found = compare_runs(load_run(first), load_run(second))
    if json:
        about = {"schema_version": SCHEMA, "kind": "xlt compare"}
        emit_json(about | to_jsonable_python(found))
        return
    _report(found)


def _report(found: ComparedRuns) -> None:
    from xlt.evaluation.report.showing import shown_value

    heads = ["cell", "B - A", "95%", "p", "corrected", "pairs", "verdict"]
    emit_table(heads, [_row(cell) for cell in (*found.overall, *found.cells)])
    for change in found.changes:
        first, second = shown_value(change.first), shown_value(change.second)
        remark(f"{change.name}: {first} in A, {second} in B")
    if not found.changes:
        remark("The two runs have the same model, settings, templates and version.")
    remark(f"Without a partner: {found.unpaired[0]} results of A, {found.unpaired[1]} of B.")
    if found.altered:
        remark(f"{found.altered} of them share an id but not the inputs or the right answer.")


def _row(cell: ComparedCell) -> list[str]:
    from xlt.evaluation.report.showing import number, shown_range, signed

    found = cell.difference
    verdict = {"better": "B better", "worse": "A better"}.get(found.verdict, "not clear")
    return [
        cell.name,
        "–" if found.value is None else signed(found.value),
        shown_range(found),
        number(found.p_value, 3),
        number(cell.corrected, 3),
        str(found.pairs),
        f"{verdict}; {found.note}" if found.note else verdict,
    ]
