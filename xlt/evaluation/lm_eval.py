"""`export_lm_eval`: benchmarks with xlt's prompts and parsers as tasks of lm-evaluation-harness."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from xlt.composing import compose
from xlt.errors import InputError
from xlt.evaluation.benchmark import Sample
from xlt.evaluation.runs.sources import Source, load_sources
from xlt.evaluation.runs.spec import RunSpec
from xlt.evaluation.runs.tally import CORPUS_METRICS
from xlt.evaluation.scoring import score_values
from xlt.files.safe import to_line, write_whole
from xlt.images.image import plain
from xlt.prompt import Prompt
from xlt.registry import get_task

_TASK = """\
# Written by `xlt export lm-eval`: {benchmark} in {pair}, the prompts of the strategy {strategy}.
task: {name}
dataset_path: json
dataset_kwargs:
  data_files:
    test: {data}
test_split: test
output_type: generate_until
doc_to_text: !function utils.prompt
doc_to_target: gold
process_results: !function utils.score
generation_kwargs:
  until: []
  do_sample: false
  temperature: 0.0
  max_gen_toks: {max_tokens}
metric_list:
  - metric: {metric}
    aggregation: mean
    higher_is_better: true
metadata:
  version: 1
"""
_UTILS = '''\
"""The prompts and the parsers of xlt, for the tasks beside this file."""

from xlt.evaluation.lm_eval import prompt_of, score_of


def prompt(doc):
    return prompt_of(doc)


def score(doc, results):
    return score_of(doc, results[0])
'''


def export_lm_eval(spec: RunSpec, folder: Path | str) -> tuple[str, ...]:
    """Write a task for each benchmark, language and strategy of a spec; return their names.

    `lm_eval --include_path FOLDER --tasks xlt_mgsm_sw` then runs with xlt's own prompts, and
    xlt's parser and metric read the replies. The rows are written beside the tasks. With several
    strategies the tasks' names end in theirs. Raises InputError for a strategy of
    several calls, which the harness cannot run, and for corpus metrics.
    """
    folder = Path(folder)
    sources, _ = load_sources(spec)
    names = []
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "utils.py", [_UTILS.encode()])
    for source in sources:
        if source.metric in CORPUS_METRICS:
            raise InputError(f"{source.benchmark} is scored as a whole ({source.metric}).")
        for strategy in spec.strategies:
            many = f"_{strategy}" if len(spec.strategies) > 1 else ""
            name = f"xlt_{source.benchmark}_{source.pair}{many}".replace("-", "_")
            docs = [_doc(source, one, strategy, spec) for one in source.sampled(spec)]
            prompt_of(docs[0])
            data = folder.absolute() / f"{name}.jsonl"
            write_whole(data, map(to_line, docs))
            text = _TASK.format(
                name=name,
                benchmark=source.benchmark,
                pair=source.pair,
                strategy=strategy,
                data=json.dumps(str(data)),
                metric=source.metric,
                max_tokens=spec.max_tokens or 1024,
            )
            write_whole(folder / f"{name}.yaml", [text.encode()])
            names.append(name)
    return tuple(names)


def prompt_of(doc: dict[str, Any]) -> str:
    """Return the prompt of a row that `export_lm_eval` wrote."""
    return _prompt(doc).text


def score_of(doc: dict[str, Any], reply: str) -> dict[str, float]:
    """Return the metric of a reply to that prompt, from 0 to 1; an unreadable one has 0."""
    value = _prompt(doc).parse(reply).value
    gold = json.loads(doc["gold"])
    gold = tuple(gold) if isinstance(gold, list) else gold
    language = doc["target_language"] or doc["language"]
    score = score_values(doc["metric"], [value], [gold], language).per_sample[0]
    return {doc["metric"]: score}


def _prompt(doc: dict[str, Any]) -> Prompt:
    return compose(
        get_task(doc["task"]),
        json.loads(doc["inputs"]),
        language=doc["language"],
        target_language=doc["target_language"] or None,
        strategy=doc["strategy"],
        **json.loads(doc["options"]),
    )


def _doc(source: Source, sample: Sample, strategy: str, spec: RunSpec) -> dict[str, Any]:
    """Return a row as a flat object of texts, which every loader of JSON reads alike."""
    return {
        "id": sample.id,
        "task": source.task.name,
        "metric": source.metric,
        "strategy": strategy,
        "language": sample.language,
        "target_language": sample.target_language or "",
        "inputs": json.dumps(dict(sample.inputs), ensure_ascii=False, default=plain),
        "gold": json.dumps(sample.gold, ensure_ascii=False, default=str),
        "options": json.dumps(spec.options.get(strategy, {}), ensure_ascii=False),
    }
