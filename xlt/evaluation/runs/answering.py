"""`Answering`: one item of a run sent through its strategy's plan, to a `Result`."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xlt.answers.answer import Answer
from xlt.answers.as_json import answer_json
from xlt.backends.errors import BackendError, error_in
from xlt.backends.redaction import redacted
from xlt.backends.replies import whole_text
from xlt.errors import XLTError
from xlt.evaluation.runs.asking import Replies
from xlt.evaluation.runs.grid import Item
from xlt.evaluation.runs.records import Call, Failure, Reading, Result
from xlt.evaluation.runs.tally import CORPUS_METRICS
from xlt.evaluation.scoring import score_values
from xlt.prompt import Prompt
from xlt.reply import Reply, Usage
from xlt.running import adrive
from xlt.strategies.strategy import LenientRound
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

        Raises the BackendErrors that every other call would meet too (`final`).
        """
        exchange = _Exchange(self.replies, self.gate, item)
        try:
            answer = await exchange.answer()
            declined = error_in(answer)
            ended = _scored(item, answer) if declined is None else _errored(declined)
        except Exception as error:  # a plugin's strategy or parser may raise anything
            if isinstance(error, BackendError) and error.final:
                raise
            ended = _errored(error)
        return self._result(item, exchange, ended)

    def _result(self, item: Item, exchange: _Exchange, ended: dict[str, Any]) -> Result:
        cell, sample = item.cell, item.sample
        return Result(
            run=self.run,
            id=item.id,
            benchmark=cell.benchmark,
            language=cell.language,
            target_language=cell.target_language,
            strategy=cell.strategy,
            sample=sample.id,
            repeat=item.repeat,
            inputs=_plain(sample.inputs),
            gold=_plain(sample.gold),
            calls=tuple(exchange.calls()),
            signature=exchange.signature,
            seed=self.seed,
            **ended,
        )


@dataclass(slots=True)
class _Exchange:
    """The calls of one item, kept as they are made."""

    replies: Replies
    gate: asyncio.Semaphore
    item: Item
    rounds: list[tuple[tuple[Prompt, ...], list[Reply | None]]] = field(default_factory=list)

    async def answer(self) -> Answer:
        recipe = self.item.recipe
        answer = await adrive(recipe.plan(recipe.request(self.item.sample)), self._send)
        return self._flagged(answer)

    @property
    def signature(self) -> str:
        return self.rounds[-1][0][-1].signature if self.rounds else ""

    def calls(self) -> list[Call]:
        return [
            _call(prompt, reply, self.replies.name)
            for prompts, replies in self.rounds
            for prompt, reply in zip(prompts, replies, strict=True)
            if reply is not None
        ]

    async def _send(self, prompts: tuple[Prompt, ...]) -> Sequence[Any]:
        replies: list[Reply | None] = [None] * len(prompts)
        self.rounds.append((prompts, replies))
        lenient = isinstance(prompts, LenientRound)
        calls = [
            asyncio.ensure_future(self._ask(prompt, replies, index, lenient))
            for index, prompt in enumerate(prompts)
        ]
        try:
            return await asyncio.gather(*calls)
        finally:
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    async def _ask(
        self, prompt: Prompt, replies: list[Reply | None], index: int, lenient: bool
    ) -> Any:
        place = self.item.place(len(self.rounds) - 1, index)
        async with self.gate:
            try:
                reply = await self.replies.reply(prompt, place)
            except XLTError as error:
                if not lenient or getattr(error, "final", False):
                    raise
                return error
        replies[index] = reply
        return reply.text

    def _flagged(self, answer: Answer) -> Answer:
        """Return the answer flagged where the reply it stands in was cut at its token limit."""
        replies = [one for _, made in self.rounds for one in made if one is not None]
        if any(one.truncated and one.text == answer.reply for one in replies):
            return dataclasses.replace(answer, flags=answer.flags | {"truncated"})
        return answer


def _call(prompt: Prompt, reply: Reply, model: str) -> Call:
    usage = reply.usage or Usage()
    sent, made = usage.input_tokens, usage.output_tokens
    estimated = sent is None or made is None
    if sent is None:
        sent = int(prompt.count_tokens(model))
    if made is None:
        tag = prompt.target_language.tag
        made = int(count_text_tokens(reply.text, model, language=tag))
    return Call(
        messages=tuple(_plain(prompt.messages)),
        reply=whole_text(redacted(reply.text)),
        finish_reason=reply.finish_reason or "stop",
        model=whole_text(redacted(reply.model or "")),
        prompt_tokens=sent,
        completion_tokens=made,
        estimated=estimated,
        attempts=reply.attempts,
    )


def _errored(error: Exception) -> dict[str, Any]:
    message = whole_text(redacted(str(error)))
    return {
        "outcome": "errored",
        "failure": Failure(kind=type(error).__name__, message=message),
    }


def _scored(item: Item, answer: Answer) -> dict[str, Any]:
    """Return outcome, score and reading: an answer that was not found scores as a wrong one."""
    cell, score = item.cell, None
    if cell.metric not in CORPUS_METRICS:
        golds = [item.sample.gold]
        score = score_values(cell.metric, [answer.value], golds, cell.answer_language).per_sample[0]
    return {
        "outcome": "unparsed" if answer.value is None else "scored",
        "score": score,
        "reading": Reading.model_validate(_plain(answer_json(answer))),
    }


def _plain(value: Any) -> Any:
    """Return a value as records keep it: plain JSON, every text whole.

    Tuples become lists, a Decimal the same number or its digits.
    """
    if isinstance(value, str):
        return whole_text(value)
    if isinstance(value, Decimal):
        return float(value) if Decimal(str(float(value))) == value else str(value)
    if isinstance(value, Mapping):
        return {whole_text(str(key)): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
