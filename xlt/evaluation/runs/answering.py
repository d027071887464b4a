"""`Answering`: one item of a run sent through its strategy's plan, to a `Result`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xlt.answers.answer import Answer
from xlt.answers.as_json import answer_json
from xlt.backends.errors import BackendError, error_in
from xlt.backends.redaction import redacted
from xlt.backends.replies import whole_text
from xlt.errors import XLTError
from xlt.evaluation.runs.grid import Item
from xlt.evaluation.runs.records import MOST_TOKENS, Reading, Result
from xlt.evaluation.runs.replies import Replies
from xlt.evaluation.runs.tally import CORPUS_METRICS
from xlt.evaluation.scoring import score_values
from xlt.images.image import Image
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
            signature=exchange.signature,
            seed=self.seed,
        )


@dataclass(slots=True)
class _Exchange:
    """The calls of one item, kept as they are made."""

    replies: Replies
    gate: asyncio.Semaphore
    item: Item
    rounds: list[tuple[Round, list[Reply | None]]] = field(default_factory=list)

    async def answer(self) -> Answer:
        recipe = self.item.recipe
        return await adrive(recipe.plan(recipe.request(self.item.sample)), self._send)

    @property
    def signature(self) -> str:
        return self.rounds[-1][0][-1].signature if self.rounds else ""

    def calls(self) -> list[dict[str, Any]]:
        return [
            _call(prompt, reply, self.replies.name)
            for prompts, replies in self.rounds
            for prompt, reply in zip(prompts, replies, strict=True)
            if reply is not None
        ]

    async def _send(self, prompts: Round) -> Sequence[Any]:
        replies: list[Reply | None] = [None] * len(prompts)
        self.rounds.append((prompts, replies))
        round = len(self.rounds) - 1

        async def ask(index: int, prompt: Prompt) -> Reply:
            async with self.gate:
                try:
                    reply = await self.replies.reply(prompt, self.item.place(round, index))
                except XLTError as error:
                    replies[index] = getattr(error, "reply", None)  # it took tokens all the same
                    raise
            replies[index] = reply
            return reply

        return await send_each(prompts, ask)


def _call(prompt: Prompt, reply: Reply, model: str) -> dict[str, Any]:
    usage = reply.usage or Usage()
    sent, made = _count(usage.input_tokens), _count(usage.output_tokens)
    estimated = sent is None or made is None
    if sent is None:
        sent = int(prompt.count_tokens(model))
    if made is None:
        tag = prompt.target_language.tag
        made = int(count_text_tokens(reply.text, model, language=tag))
    return {
        "messages": prompt.kept_messages,
        "reply": redacted(reply.text),
        "finish_reason": reply.finish_reason or "stop",
        "model": redacted(reply.model or ""),
        "prompt_tokens": sent,
        "completion_tokens": made,
        "estimated": estimated,
        "attempts": reply.attempts,
    }


def _count(tokens: int | None) -> int | None:
    """Return a server's count of tokens, None for a number that cannot be one."""
    return tokens if tokens is not None and 0 <= tokens <= MOST_TOKENS else None


def _errored(error: Exception) -> dict[str, Any]:
    failure = {"kind": type(error).__name__, "message": redacted(str(error))}
    return {"outcome": "errored", "failure": failure}


def _scored(item: Item, answer: Answer) -> dict[str, Any]:
    """Return outcome, score and reading: an answer that was not found scores as a wrong one."""
    cell, score, reading = item.cell, None, answer_json(answer)
    if cell.metric not in CORPUS_METRICS:
        golds = [item.sample.gold]
        score = score_values(cell.metric, [answer.value], golds, cell.answer_language).per_sample[0]
    return {
        "outcome": "unparsed" if answer.value is None else "scored",
        "score": score,
        "reading": {name: reading[name] for name in Reading.model_fields},
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
