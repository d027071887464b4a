"""`xlt eval`: benchmarks x languages x strategies on one model, kept in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xlt.cli.completion import complete_strategies
from xlt.cli.options import BaseUrl, KeyVariable, MaxTokens, Templates, Timeout
from xlt.cli.reading import check_file, check_text
from xlt.cli.unused import refuse_unused

EPILOG = """\b
Examples:
  xlt eval --self-test
  xlt eval --benchmarks mgsm --data DIR --languages zh,sw --limit 20 -m openai:gpt-4o-mini
  xlt eval --benchmarks mgsm,xcopa --data DIR --strategies basic,xlt,clp -m NAME --base-url URL
  xlt eval --benchmarks flores --data DIR --languages zh-ru,de-vi -m local
  xlt eval --task mgsm --data own_{language}.csv --columns problem=frage --gold antwort -m local
  xlt eval --benchmarks mgsm --data DIR --strategies clp --replay RECORDING
The same command again goes on where a run stopped, and tries errored samples again.
Exit codes: 0 complete, 1 some samples errored, 2 wrong usage, 3 key or quota,
4 files or another process in the folder, 130 interrupted. A low score is no error.
"""


# What means something beside --self-test, and what nothing beside --replay or without --task.
_OF_ANY_RUN = ("output", "max_concurrency", "price_in", "price_out", "retry_errors", "force")
_OF_A_CALL = ("base_url", "key_env", "temperature", "max_tokens", "timeout")
_OF_OWN_DATA = ("columns", "gold", "id_column")


def evaluate(
    context: typer.Context,
    benchmarks: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="mgsm, xcopa, xnli, pawsx, mkqa, xlsum, flores; with commas between.",
            show_default=False,
        ),
    ] = None,
    languages: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="Tags or names, zh-ru pairs for flores; all: every language there is data for.",
        ),
    ] = "all",
    strategies: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="The ways to prompt: basic,xlt,clp ...",
            autocompletion=complete_strategies,
        ),
    ] = "basic,xlt",
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="As of xlt ask: local, local:FILE.gguf, provider:name, a server's name with "
            "--base-url; also langchain:MODULE:ATTRIBUTE, and Inspect's provider/name.",
            callback=check_text,
            show_default=False,
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="The benchmarks' files, in a folder each; hub: from the Hugging Face hub; with "
            "--task a CSV, JSONL or Parquet file, {language} in its name where there is one each.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="The folder of the run. Default: xlt-runs/MODEL-FINGERPRINT.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Rows a language, drawn by --seed, the same for all; 0: every row. Default: "
            "the paper's (250 of xlsum, 200 of flores, all of the others).",
            show_default=False,
        ),
    ] = None,
    mix: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Rows a language over all benchmarks, each by the square root of its size; in "
            "place of --limit.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Which rows are drawn.")] = 0,
    repeats: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", help="How often each sample is asked.")
    ] = 1,
    shots: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Demonstrations a prompt. Default: all of --demos, or xlt's for a base model.",
            show_default=False,
        ),
    ] = None,
    demos: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Demonstrations of your own (xlt demos build) in place of xlt's.",
            callback=check_file,
            show_default=False,
        ),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STRATEGY.NAME=VALUE",
            help="An option of a strategy, its value as JSON or text: xlt.rephrase=repeat.",
            show_default=False,
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            metavar="TASK", help="The task of a data file of your own.", show_default=False
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD=COLUMN,...",
            help="Which column holds which input field. Default: the one of its name.",
            show_default=False,
        ),
    ] = None,
    gold: Annotated[
        str, typer.Option(metavar="COLUMN", help="The column of the right answer.")
    ] = "answer",
    id_column: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The column of the samples' ids.", show_default=False),
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Recorded replies in place of a model: a run's folder, a file of --record, or "
            "BENCHMARK/STRATEGY/LANGUAGE.jsonl files.",
            show_default=False,
        ),
    ] = None,
    max_concurrency: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", help="The most calls at a time.")
    ] = 8,
    price_in: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="PRICE",
            help="Of a million tokens read, to show the cost.",
            show_default=False,
        ),
    ] = None,
    price_out: Annotated[
        float | None,
        typer.Option(
            min=0, metavar="PRICE", help="Of a million tokens written.", show_default=False
        ),
    ] = None,
    base_url: BaseUrl = None,
    key_env: KeyVariable = None,
    temperature: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER",
            help="For every call; 'default' sends none. Default: the one of a strategy's paper "
            "(clp 1, then 0.2), else 0.",
            show_default=False,
        ),
    ] = None,
    max_tokens: MaxTokens = None,
    timeout: Timeout = 300.0,
    split: Annotated[
        str, typer.Option(metavar="NAME", help="test, dev or train, where there is one.")
    ] = "test",
    retry_errors: Annotated[
        bool,
        typer.Option(
            "--retry-errors/--no-retry-errors",
            help="Whether going on asks errored samples again.",
        ),
    ] = True,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Go on in a folder though model, templates, data or grid differ."
        ),
    ] = False,
    self_test: Annotated[
        bool,
        typer.Option(
            "--self-test", help="Run over a small shipped recording: no model, no data needed."
        ),
    ] = False,
    templates: Templates = None,
) -> None:
    """Run benchmarks x languages x strategies on a model; write scores and every reply.

    The folder holds run.json (what was asked for), results.jsonl (a line a sample) and the
    report. Killed or interrupted, the same command goes on.
    """
    from xlt.cli.evaluating import Settings, design_of, evaluate_here

    settings = Settings(
        model=model,
        base_url=base_url,
        key_variable=key_env,
        replay=replay,
        self_test=self_test,
        temperature=temperature,
        max_tokens=max_tokens,
        timeout=timeout,
        price_in=price_in,
        price_out=price_out,
        output=output,
        max_concurrency=max_concurrency,
        retry_errors=retry_errors,
        force=force,
    )
    if self_test:
        from xlt.evaluation.runs.self_testing import self_test_design

        others = set(context.params) - {"self_test", *_OF_ANY_RUN}
        refuse_unused(context, "--self-test brings its own samples and replies", others)
        evaluate_here(self_test_design(), settings)
        return
    if replay is not None:
        refuse_unused(context, "--replay calls no model", _OF_A_CALL)
    if task is None:
        refuse_unused(context, "Without --task there is no file of your own", _OF_OWN_DATA)
    elif not benchmarks:
        refuse_unused(context, "A file of your own is one split", ["split"])
    if shots == 0:
        refuse_unused(context, "--shots 0 shows no demonstrations", ["demos"])
    design = design_of(
        benchmarks=benchmarks,
        languages=languages,
        strategies=strategies,
        data=data,
        task=task,
        columns=columns,
        gold=gold,
        id_column=id_column,
        options=option or (),
        limit=limit,
        mix=mix,
        seed=seed,
        repeats=repeats,
        shots=shots,
        demonstrations=demos,
        split=split,
        templates=templates,
    )
    evaluate_here(design, settings)
