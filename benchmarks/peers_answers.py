"""The MGSM replies as xlt and as other projects' own code reads them: one Markdown table.

    python benchmarks/peers_answers.py [DIR]

Needs the environment that benchmarks/run makes (requirements-peers.txt). Every peer is
called through its installed package; nothing of theirs is rebuilt here but the authors' rule,
whose package does not exist. Replies a second are of reading alone, on one core, the best of
five rounds, except for inspect-ai, whose scorer reads and compares in one call.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import authors_rule
from recorded import Recorded, read_recorded, recorded_files

from xlt.answers.reading import read_answer

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data" / "replies"

ROUNDS = 5
Rows = Sequence[Recorded]


@dataclass(frozen=True, slots=True)
class Peer:
    """How one project reads replies: `prepare` (not timed), `read`, then `judge` each reading.

    `nothing` says whether a reading is that there is no answer; None where a peer does not tell.
    """

    read: Callable[[Any], Sequence[Any]]
    judge: Callable[[Rows, Sequence[Any]], Sequence[bool]]
    prepare: Callable[[Rows], Any] = lambda rows: rows
    nothing: Callable[[Any], bool] | None = lambda one: one is None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT)
    folder = parser.parse_args().folder
    files = read_files(folder)
    print(f"| rule | {' | '.join(files)} | right | wrong | none | replies/s |")
    print(f"| --- | {' | '.join('--:' for _ in files)} | --: | --: | --: | --: |")
    for name, peer in peers().items():
        print(_row(name, peer, files))


def read_files(folder: Path) -> dict[str, list[Recorded]]:
    """Return the MGSM replies of each file."""
    paths = [path for path in recorded_files(folder) if "mgsm" in path.parts]
    return {_name(path, folder): list(read_recorded(path, folder)) for path in paths}


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix().removeprefix("mgsm/").split(".")[0]


def _row(name: str, peer: Peer, files: dict[str, list[Recorded]]) -> str:
    scores, none, speed = measure(peer, files)
    right = sum(scores) / len(scores)
    wrong, missing = ("", "") if none is None else (f"{100 - right - none:.1f}", f"{none:.1f}")
    cells = [name, *[f"{s:.1f}" for s in scores], f"{right:.1f}", wrong, missing, f"{speed:,.0f}"]
    return f"| {' | '.join(cells)} |"


def measure(
    peer: Peer, files: dict[str, list[Recorded]]
) -> tuple[list[float], float | None, float]:
    """Return the accuracy on each file and what is not found, in percent, and replies a second."""
    scores, seconds, missing = [], 0.0, 0
    for rows in files.values():
        peer.read(peer.prepare(rows[:5]))  # the first call loads and compiles
        prepared = peer.prepare(rows)
        found, took = _timed(peer, prepared)
        seconds += min(took, *(_timed(peer, prepared)[1] for _ in range(ROUNDS - 1)))
        scores.append(sum(peer.judge(rows, found)) / len(rows) * 100)
        missing += sum(peer.nothing(one) for one in found) if peer.nothing else 0
    total = sum(map(len, files.values()))
    return scores, missing / total * 100 if peer.nothing else None, total / seconds


def _timed(peer: Peer, prepared: Any) -> tuple[Sequence[Any], float]:
    started = time.process_time()
    found = peer.read(prepared)
    return found, time.process_time() - started


def peers() -> dict[str, Peer]:
    harness = f"lm-eval {version('lm-eval')}"
    inspect = f"inspect-ai {version('inspect-ai')} `match(numeric=True)`"
    evals = f"inspect-evals {version('inspect-evals')} `mgsm`"
    simple = f"simple-evals (nvidia-simple-evals {version('nvidia-simple-evals')})"
    return {
        f"xlt {version('xlt')}": Peer(_read_xlt, _judge_xlt, nothing=lambda one: one.value is None),
        "authors' rule": Peer(_read_authors, _judge_authors),
        f"{harness} en_cot strict-match": _lm_eval("en_cot", "strict-match"),
        f"{harness} native_cot strict-match": _lm_eval("native_cot", "strict-match"),
        f"{harness} flexible-extract": _lm_eval("en_cot", "flexible-extract"),
        f'{simple}, prefix "Answer"': _simple_evals(own=False),
        f"{simple}, the language's prefix": _simple_evals(own=True),
        f"math-verify {version('math-verify')} `parse` + `verify`": Peer(
            _read_math_verify, _judge_math_verify, nothing=lambda one: not one
        ),
        f"{inspect} = {evals}": Peer(_read_inspect, _judge_inspect, _inspect_cases, None),
    }


def _read_xlt(rows: Rows) -> Sequence[Any]:
    return [read_answer(row.reply, row.asked) for row in rows]


def _judge_xlt(rows: Rows, found: Sequence[Any]) -> Sequence[bool]:
    return [
        answer.value is not None and authors_rule.same_number(answer.value, _gold(row))
        for row, answer in zip(rows, found, strict=True)
    ]


def _read_authors(rows: Rows) -> Sequence[Any]:
    return [authors_rule.read_number(row.reply) for row in rows]


def _judge_authors(rows: Rows, found: Sequence[Any]) -> Sequence[bool]:
    pairs = zip(rows, found, strict=True)
    return [authors_rule.same_number(number, _gold(row)) for row, number in pairs]


def _gold(row: Recorded) -> int:
    return int(row.gold_text.replace(",", ""))


def _lm_eval(variant: str, filter_name: str) -> Peer:
    """Return the named filter of the harness' own task file, of each row's language."""
    import lm_eval.tasks
    from lm_eval.api.instance import Instance
    from lm_eval.filters import build_filter_ensemble
    from lm_eval.tasks._yaml_loader import load_yaml

    folder = Path(lm_eval.tasks.__file__).parent / "mgsm" / variant

    def prepare(rows: Rows) -> tuple[Any, list[Any]]:
        task = load_yaml(folder / f"mgsm_{variant}_{rows[0].asked.language.tag}.yaml")
        steps = next(f["filter"] for f in task["filter_list"] if f["name"] == filter_name)
        parts = [(step.pop("function"), step) for step in map(dict, steps)]
        instances = [Instance("generate_until", {}, ("", {}), row.row) for row in rows]
        for instance, row in zip(instances, rows, strict=True):
            instance.resps = [row.reply]
        return build_filter_ensemble(filter_name, parts), instances

    def read(prepared: tuple[Any, list[Any]]) -> Sequence[Any]:
        filters, instances = prepared
        filters.apply(instances)
        return [instance.filtered_resps[filter_name] for instance in instances]

    return Peer(read, _judge_lm_eval, prepare, lambda one: one == "[invalid]")


def _judge_lm_eval(rows: Rows, found: Sequence[Any]) -> Sequence[bool]:
    from lm_eval.api.metrics import exact_match_hf_evaluate

    return [
        exact_match_hf_evaluate(
            [text], [str(_gold(row))], ignore_case=True, ignore_punctuation=True
        )["exact_match"]
        == 1
        for row, text in zip(rows, found, strict=True)
    ]


def _simple_evals(*, own: bool) -> Peer:
    """Return simple-evals' reader with the prefix asked for, or with the language's own."""
    from simple_evals.evals.mgsm_eval import LANG_TO_ANSWER_PREFIX, parse_answer

    def read(rows: Rows) -> Sequence[Any]:
        tag = rows[0].asked.language.tag if own else "en"
        return [parse_answer(row.reply, LANG_TO_ANSWER_PREFIX[tag]) for row in rows]

    return Peer(read, _judge_simple_evals, nothing=lambda one: not one)


def _judge_simple_evals(rows: Rows, found: Sequence[Any]) -> Sequence[bool]:
    from simple_evals.evals.mgsm_eval import score_mgsm

    return [score_mgsm(row.gold_text, text) for row, text in zip(rows, found, strict=True)]


def _read_math_verify(rows: Rows) -> Sequence[Any]:
    from math_verify import parse

    return [parse(row.reply, parsing_timeout=None) for row in rows]


def _judge_math_verify(rows: Rows, found: Sequence[Any]) -> Sequence[bool]:
    from math_verify import parse, verify

    golds = [parse(str(_gold(row))) for row in rows]
    return [verify(gold, one, timeout_seconds=None) for gold, one in zip(golds, found, strict=True)]


def _inspect_cases(rows: Rows) -> Any:
    from inspect_ai.scorer import Target

    return [(_state(row), Target(row.gold_text)) for row in rows]


def _read_inspect(cases: Any) -> Sequence[Any]:
    from inspect_ai.scorer import CORRECT, match

    scorer = match(numeric=True)

    async def score_all() -> list[bool]:
        scores = [await scorer(state, target) for state, target in cases]
        return [score is not None and score.value == CORRECT for score in scores]

    return asyncio.run(score_all())


def _state(row: Recorded) -> Any:
    from inspect_ai.model import ModelName, ModelOutput
    from inspect_ai.solver import TaskState

    output = ModelOutput.from_content("recorded", row.reply)
    return TaskState(
        model=ModelName("mockllm/model"),
        sample_id=row.row,
        epoch=1,
        input="",
        messages=[],
        output=output,
    )


def _judge_inspect(rows: Rows, found: Sequence[Any]) -> Sequence[bool]:
    return found


if __name__ == "__main__":
    main()
