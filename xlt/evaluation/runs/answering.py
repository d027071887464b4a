"""`Answering`: one item of a run sent through its strategy's plan, to a `Result`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xlt.answers.answer import Answer
from xlt.answers.as_json import answer_json
from xlt.backends.backend import Reply as BackendReply
from xlt.backends.errors import BackendError, error_in
from xlt.backends.redaction import redacted
from xlt.backends.replies import whole_text
from xlt.errors import XLTError
from xlt.evaluation.runs.grid import Item
from xlt.evaluation.runs.records import MOST_TOKENS, Call, Failure, Reading, Result
from xlt.evaluation.runs.replies import Replies
from xlt.evaluation.runs.tally import CORPUS_METRICS
from xlt.evaluation.scoring import score_values
from xlt.prompt import Prompt
from xlt.reply import Reply, Usage
from xlt.running import Round, adrive, send_each
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
            metadata=_plain(sample.metadata),
            gold=_plain(sample.gold),
            calls=tuple(exchange.calls()),
            signature=exchange.signature,
            seed=self.seed,
            **ended,
        )


@dataclass(slots=True)
class _Exchange:
    """The calls of one item, kept as they are made, and the failure that is no answer."""

    replies: Replies
    gate: asyncio.Semaphore
    item: Item
    rounds: list[tuple[Round, list[Reply | None]]] = field(default_factory=list)
    failure: XLTError | None = None

    async def answer(self) -> Answer:
        """Return the answer; a refusal or an empty reply is raised: it is not a wrong answer."""
        recipe = self.item.recipe
        answer = await adrive(recipe.plan(recipe.request(self.item.sample)), self._send)
        if self.failure is not None:
            raise self.failure
        return answer

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

    async def _send(self, prompts: Round) -> Sequence[Any]:
        replies: list[Reply | None] = [None] * len(prompts)
        self.rounds.append((prompts, replies))
        round, lenient = len(self.rounds) - 1, isinstance(prompts, LenientRound)

        async def ask(index: int, prompt: Prompt) -> Reply:
            async with self.gate:
                try:
                    found = await self.replies.reply(prompt, self.item.place(round, index))
                except XLTError as error:
                    replies[index] = getattr(error, "reply", None)  # it took tokens all the same
                    self.failure = self.failure if lenient else error
                    raise
            replies[index] = reply = _said(found)
            return reply

        return await send_each(prompts, ask)


def _said(found: Reply | BackendReply) -> Reply:
    if isinstance(found, Reply):
        return found
    usage = Usage(found.prompt_tokens, found.completion_tokens)
    ended, attempts = found.finish_reason, found.attempts
    return Reply(found.text, ended, usage=usage, model=found.model, attempts=attempts)


def _call(prompt: Prompt, reply: Reply, model: str) -> Call:
    usage = reply.usage or Usage()
    sent, made = _count(usage.input_tokens), _count(usage.output_tokens)
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


def _count(tokens: int | None) -> int | None:
    """Return a server's count of tokens, None for a number that cannot be one."""
    return tokens if tokens is not None and 0 <= tokens <= MOST_TOKENS else None


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
