"""`xlt export lm-eval`: benchmarks as tasks of lm-evaluation-harness."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xlt.cli.terminal import emit, remark

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Write benchmarks for other evaluation tools."
)
EPILOG = """\b
Examples:
  xlt export lm-eval --benchmarks mgsm --data DIR --languages sw,th -o tasks
  lm_eval --include_path tasks --tasks xlt_mgsm_sw --model local-chat-completions ...
"""


@app.callback()
def _export() -> None:
    pass


@app.command("lm-eval", epilog=EPILOG)
def lm_eval(
    benchmarks: Annotated[str, typer.Option(metavar="NAMES", help="mgsm, xcopa, ...")],
    data: Annotated[str, typer.Option(metavar="DIR", help="The benchmarks' files, or hub.")],
    out: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where to write.")],
    languages: Annotated[str, typer.Option(metavar="NAMES", help="Tags or names.")] = "all",
    strategy: Annotated[
        str, typer.Option("--strategy", metavar="NAMES", help="One or several, of one call each.")
    ] = "xlt",
    limit: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Rows per language.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="The seed that picks the rows.")] = 0,
    max_tokens: Annotated[
        int, typer.Option(min=1, metavar="N", help="The maximum number of tokens in a reply.")
    ] = 1024,
) -> None:
    """Write a task YAML for each benchmark and language, with xlt's prompts and parser.

    Names of tasks go to standard output: xlt_mgsm_sw, ... xlt must be installed alongside lm-eval.
    """
    from xlt.evaluation import RunSpec
    from xlt.evaluation.lm_eval import export_lm_eval

    spec = RunSpec(
        benchmarks=benchmarks,
        data=data,
        languages=languages,
        strategies=strategy,
        limit=limit,
        seed=seed,
        max_tokens=max_tokens,
    )
    for name in export_lm_eval(spec, out):
        emit(name)
    remark(f"Run: lm_eval --include_path {out} --tasks NAME --model ...")
