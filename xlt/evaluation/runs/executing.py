"""`evaluate`: a run answered on a model, item by item, in a folder that survives kills."""

from __future__ import annotations

import asyncio
import json
import math
import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from xlt.answers.answer import Answer
from xlt.answers.as_json import answer_json
from xlt.asking import waited_for
from xlt.backends.errors import (
    AuthenticationFailed,
    BackendError,
    ConnectionFailed,
    DeadlineExceeded,
    error_in,
)
from xlt.backends.redaction import redacted
from xlt.errors import XLTError
from xlt.evaluation.runs.models import as_replies, replies_of
from xlt.evaluation.runs.planning import Grid, Item, manifest_of, plan_grid
from xlt.evaluation.runs.recordings import Recorded, Recording, Replies
from xlt.evaluation.runs.records import MOST_TOKENS, Reading, Result
from xlt.evaluation.runs.run_folder import OpenFolder, Run, open_folder
from xlt.evaluation.runs.spec import RunSpec
from xlt.evaluation.runs.tally import (
    CORPUS_METRICS,
    CellSummary,
    RunTally,
    summarize,
    tally_results,
)
from xlt.evaluation.scoring import score_value
from xlt.images.image import Image
from xlt.messages import whole_text
from xlt.prompt import Prompt
from xlt.reply import Reply, Usage
from xlt.running import Round, adrive, send_each
from xlt.tokens.counting import count_text_tokens


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers items by `replies`, at most as many calls at a time as `gate` lets through."""

    replies: Replies
    gate: asyncio.Semaphore
    run: str
    seed: int

    async def answer(self, item: Item) -> Result:
        """Return the end of an item: scored, unparsed, or errored with its failure.

        Raises the BackendErrors that every other call would meet too (`final`). A 403 may be about
        this prompt alone (a firewall's): `_Patience` decides.
        """
        exchange = _ItemCalls(self.replies, self.gate, item)
        try:
            answer = await exchange.answer()
            declined = error_in(answer)
            ended = _scored(item, answer) if declined is None else _errored(declined)
        except Exception as error:  # a plugin's strategy or parser may raise anything
            if isinstance(error, BackendError) and error.final and error.status != _FORBIDDEN:
                raise
            ended = _errored(error)
        return self._result(item, exchange, ended)

    def _result(self, item: Item, exchange: _ItemCalls, ended: dict[str, Any]) -> Result:
        cell, sample = item.cell, item.sample
        told = {"inputs": sample.inputs, "metadata": sample.metadata, "gold": sample.gold}
        kept = _plain({**told, "calls": exchange.calls(), **ended})
        return Result(
            run=self.run,
            id=item.id,
            benchmark=cell.benchmark,
            language=cell.language,
            target_language=cell.target_language,
            strategy=cell.strategy,
            sample=sample.id,
            repeat=item.repeat,
            **kept,
            signature=exchange.rounds[-1][0][-1].signature if exchange.rounds else "",
            seed=self.seed,
        )


@dataclass(slots=True)
class _ItemCalls:
    """The calls of one item, kept as they are made."""

    replies: Replies
    gate: asyncio.Semaphore
    item: Item
    rounds: list[tuple[Round, list[Reply | None]]] = field(default_factory=list)
    seconds: dict[tuple[int, int], float] = field(default_factory=dict)

    async def answer(self) -> Answer:
        recipe = self.item.recipe
        return await adrive(recipe.plan(recipe.request(self.item.sample)), self._send)

    def calls(self) -> list[dict[str, Any]]:
        return [
            _call(prompt, reply, self.replies.name) | {"seconds": self.seconds.get((number, index))}
            for number, (prompts, replies) in enumerate(self.rounds)
            for index, (prompt, reply) in enumerate(zip(prompts, replies, strict=True))
            if reply is not None
        ]

    async def _send(self, prompts: Round) -> Sequence[Any]:
        replies: list[Reply | None] = [None] * len(prompts)
        self.rounds.append((prompts, replies))
        number = len(self.rounds) - 1

        async def ask(index: int, prompt: Prompt) -> Reply:
            async with self.gate:
                begun = time.monotonic()
                try:
                    reply = await self.replies.reply(prompt, self.item.place(number, index))
                except XLTError as error:
                    replies[index] = getattr(error, "reply", None)  # it took tokens all the same
                    raise
            replies[index] = reply
            if not isinstance(self.replies, Recorded | Recording):
                self.seconds[number, index] = round(time.monotonic() - begun, 3)
            return reply

        return await send_each(prompts, ask)


def _call(prompt: Prompt, reply: Reply, model: str) -> dict[str, Any]:
    usage = reply.usage or Usage()
    # A server may send any number; one that cannot be a count is none.
    sent, made = (
        count if count is not None and 0 <= count <= MOST_TOKENS else None
        for count in (usage.input_tokens, usage.output_tokens)
    )
    estimated = sent is None or made is None
    if sent is None:
        sent = int(prompt.count_tokens(model))
    if made is None:
        tag = prompt.target_language.tag
        made = int(count_text_tokens(reply.text, model, language=tag))
    text, thought, model_said = redacted((reply.text, reply.reasoning or "", reply.model or ""))
    return {
        "messages": prompt.kept_messages,
        "reply": text,
        "reasoning": thought,
        "finish_reason": reply.finish_reason or "stop",
        "model": model_said,
        "prompt_tokens": sent,
        "completion_tokens": made,
        "estimated": estimated,
        "attempts": reply.attempts,
    }


def _errored(error: Exception) -> dict[str, Any]:
    failure = {"kind": type(error).__name__, "message": redacted(str(error))}
    return {"outcome": "errored", "failure": failure}


def _scored(item: Item, answer: Answer) -> dict[str, Any]:
    """Return outcome, score and reading: an answer that was not found scores as a wrong one."""
    cell, score, reading = item.cell, None, answer_json(answer)
    if cell.metric not in CORPUS_METRICS:
        score = score_value(cell.metric, answer.value, item.sample.gold, cell.answer_language)
    return {
        "outcome": "unparsed" if answer.value is None else "scored",
        "score": score,
        "reading": {name: reading[name] for name in Reading.model_fields if name in reading}
        | {"wrong_language": answer.wrong_language},
    }


def _plain(value: Any) -> Any:
    """Return a value as records keep it: plain JSON, every text whole.

    Tuples become lists, a Decimal the same number or its digits.
    """
    text = json.dumps(value, ensure_ascii=False, default=_number)
    return json.loads(whole_text(text))


def _number(value: Any) -> float | str | dict[str, Any]:
    if isinstance(value, Image):
        return value.to_json()
    is_exact = isinstance(value, Decimal) and Decimal(str(float(value))) == value
    return float(value) if is_exact else str(value)


RUNS = Path("xlt-runs")
"""Where runs are kept that were given no folder."""
_PATIENCE = 5
"""The fewest samples that must find no server, none in time, or a 403, before a run gives up."""
_FORBIDDEN = 403
_USUAL_LENGTH = 512
"""How many tokens a reply is taken to have where no --max-tokens bounds it."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A run that came to its end: what it holds, its tally, and what was left out and why."""

    run: Run
    tally: RunTally
    remarks: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[CellSummary, ...]:
        """The score, tally and tokens of each cell."""
        return summarize(self.run)


class Watcher:
    """Receives the progress of a run; does nothing by itself."""

    def planned(self, grid: Grid, before: Mapping[str, Result]) -> None:
        """The grid, and the results that the folder already holds, by id."""

    def ended(self, result: Result) -> None:
        """A result, when it is in the folder."""


def evaluate(spec: RunSpec, model: Any = None, *, watcher: Watcher | None = None) -> Evaluated:
    """Run benchmarks x languages x strategies on a model, or continue where it stopped.

    As `aevaluate`; it may be called inside a running event loop, as in a notebook.

    >>> from xlt.evaluation.self_test import DATA
    >>> spec = RunSpec(benchmarks="mgsm", languages="sw", data=str(DATA), limit=6, output="mine")
    >>> print(evaluate(spec, lambda prompt: "Answer: 19").tally)
    12 planned = 12 scored + 0 unparsed + 0 errored
    """
    return waited_for(lambda: aevaluate(spec, model, watcher=watcher))


async def aevaluate(
    spec: RunSpec, model: Any = None, *, watcher: Watcher | None = None, command: str = ""
) -> Evaluated:
    """Plan a run, answer what its folder has no result for, and return the whole run.

    `model` is a name as `xlt eval -m` takes it, a backend, a LangChain model or runnable, a
    function of the prompt that returns the reply's text, or a recording; where None, the spec's
    own `model` or `replay`. The same call with the same folder continues where a run stopped;
    samples that failed are tried again (`RunSpec.retry_errors`). The folder is `RunSpec.output`,
    by default xlt-runs/MODEL-FINGERPRINT, the same for the same run.

    Raises InputError where the folder holds another run (`RunSpec.force` continues anyway),
    RunFolderError where it is in use or cannot be written, AuthenticationFailed or
    QuotaExceeded when the model's account refuses, ConnectionFailed when the first samples all
    find no server; what ended before is kept.
    """
    replies = replies_of(spec) if model is None else as_replies(model)
    watcher = watcher or Watcher()
    grid = plan_grid(spec, replies)
    manifest = manifest_of(spec, grid, replies, command)
    planned = frozenset(item.id for item in grid.items)
    name = re.sub(r"[^\w.]+", "-", replies.name).strip("-.")[:60] or "model"
    output = spec.output or RUNS / f"{name}-{manifest.fingerprint[:8]}"
    with open_folder(output, manifest, planned, force=spec.force) as folder:
        watcher.planned(grid, folder.results)
        waiting = [item for item in grid.items if _waits(folder, item, spec.retry_errors)]
        gate = asyncio.Semaphore(spec.max_concurrency)
        answering = Answering(replies, gate, folder.manifest.fingerprint, spec.seed)
        await _answer_all(answering, waiting, folder, watcher, spec.max_concurrency)
        run = Run(output, folder.manifest, tuple(folder.results.values()))
    tally = tally_results(folder.manifest.planned, run.results)
    if tally.open:
        raise AssertionError(f"the run ended with samples open: {tally}")
    return Evaluated(run, tally, grid.remarks)


def _waits(folder: OpenFolder, item: Item, retry_errors: bool) -> bool:
    found = folder.results.get(item.id)
    return found is None or (retry_errors and found.outcome == "errored")


async def _answer_all(
    answering: Answering,
    items: Sequence[Item],
    folder: OpenFolder,
    watcher: Watcher,
    workers: int,
) -> None:
    """Answer the items, `workers` at a time; the first error of a worker ends them all."""
    waiting, workers = iter(items), min(workers, len(items))
    patience = _Patience(max(_PATIENCE, workers), answering.replies)

    async def work() -> None:
        for item in waiting:
            result = await answering.answer(item)
            folder.log.add(result)
            folder.results[result.id] = result
            watcher.ended(result)
            patience.check(result)

    tasks = [asyncio.ensure_future(work()) for _ in range(workers)]
    try:
        await asyncio.gather(*tasks)
        patience.end(folder.results.values())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(slots=True)
class _Patience:
    """Ends a run whose first samples all find no server, none that answers in time, or a 403.

    Each further sample would use up its retries, or its deadline. Once a reply has come, a lost
    connection is that of its sample: a server may be restarted while nobody looks. So is a 403,
    which some servers answer to a bad key and some firewalls to a single prompt.
    """

    patience: int
    replies: Replies
    failed: Counter[str] = field(default_factory=Counter)
    answered: bool = False

    def check(self, result: Result) -> None:
        """Raise the error of `patience` samples that ended so before any had a reply."""
        self.answered |= bool(result.calls)
        failure = result.failure
        if self.answered or failure is None:
            return
        self.failed[failure.kind] += 1
        count = self.failed[failure.kind]
        if count < self.patience:
            return
        stopped = (
            f"{failure.message}\n{count} samples failed this way before any had a reply, "
            "and the run was stopped"
        )
        if failure.kind == ConnectionFailed.__name__:
            advice = "Start the server, or correct its address, and run it again."
            raise ConnectionFailed(f"{stopped}. {advice}")
        if failure.kind == AuthenticationFailed.__name__:
            advice = "Check the key and what it may use, and run it again."
            raise AuthenticationFailed(f"{stopped}. {advice}", status=_FORBIDDEN)
        if failure.kind == DeadlineExceeded.__name__:
            raise DeadlineExceeded(f"{stopped}: {_pace(self.replies)}")

    def end(self, results: Iterable[Result]) -> None:
        """Raise where the last samples ended in a 403, and the key never had a reply."""
        refused = [
            one.failure.message
            for one in results
            if one.failure is not None and one.failure.kind == AuthenticationFailed.__name__
        ]
        if refused and not any(one.calls for one in results):
            raise AuthenticationFailed(refused[0], status=_FORBIDDEN)


def _pace(replies: Replies) -> str:
    """Return how fast the server was, as far as its cut replies tell, and what would help."""
    cut: Sequence[tuple[str, float]] = getattr(replies, "cut", ())
    tokens = sum(int(count_text_tokens(text, replies.name)) for text, _ in cut)
    seconds = sum(time for _, time in cut)
    fewer = "fewer calls at a time (--max-concurrency 1)"
    if not tokens:
        return (
            "no token arrived in that time. Give each call more time (--timeout), shorter "
            f"replies (--max-tokens), or {fewer}."
        )
    longest = getattr(replies, "settings", {}).get("max_tokens") or _USUAL_LENGTH
    rate = tokens / seconds
    enough = math.ceil(1.5 * longest / rate / 10) * 10
    return (
        f"the server writes {rate:.2g} tokens a second to each call, {longest} of them in "
        f"{longest / rate:.0f} s. --timeout {enough} would be enough; shorter replies "
        f"(--max-tokens) or {fewer} may help, too."
    )
