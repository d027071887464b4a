"""The solver `xlt/strategy`: any strategy of xlt, its calls made by Inspect's `generate`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from inspect_ai.model import GenerateConfig, ModelOutput, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import LimitExceededError, collect

from xlt.answers.answer import Answer
from xlt.backends.errors import BackendError, error_in
from xlt.demonstrations import Demonstration
from xlt.errors import InputError
from xlt.evaluation.inspection.describing import Described, described
from xlt.evaluation.inspection.exchanges import Conversations
from xlt.evaluation.inspection.record import KEY, Record
from xlt.evaluation.inspection.scores import failure_of
from xlt.evaluation.runs.inspect_model import read_output
from xlt.prompt import Prompt
from xlt.reply import Reply
from xlt.running import adrive
from xlt.strategies.strategy import LenientRound
from xlt.task import Task


@solver
def strategy(
    strategy: str = "xlt",
    shots: int = 0,
    demonstrations: str | None = None,
    paper_sampling: bool = True,
    translator: str | None = None,
    options: dict[str, Any] | None = None,
) -> Solver:
    """Solve by a strategy of xlt.

    `shots` demonstrations, those xlt ships or those of the file `demonstrations`, stand before
    the request. `paper_sampling` draws replies as the strategy's paper did (`Prompt.sampling`),
    whatever --temperature says. `translator` ("module:function") is for translate_en.
    `options` are the strategy's own, such as `{"pivot": "de"}`.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        about = described(state.metadata)
        record = Record(strategy, dict(options or {}))
        given = _given(about, record, shots, demonstrations, translator)
        running = about.plan(strategy, given)
        exchange = _Exchange(state, generate, record, paper_sampling)
        try:
            answer = await adrive(running, exchange.send)
            if declined := error_in(answer):
                raise declined
            exchange.finish(answer)
        except BackendError as error:
            record.failure = failure_of(type(error).__name__, str(error))
            if record.failure is None:
                raise
        exchange.state.messages = exchange.conversations.messages
        exchange.state.store.set(KEY, record.as_json())
        return exchange.state

    return solve


def check_strategy(
    about: Described,
    strategy: str = "xlt",
    shots: int = 0,
    demonstrations: str | None = None,
    translator: str | None = None,
    options: dict[str, Any] | None = None,
) -> None:
    """Raise the XLTError that the strategy's first prompt would, before any call."""
    record = Record(strategy, dict(options or {}))
    running = about.plan(strategy, _given(about, record, shots, demonstrations, None))
    if translator is not None:
        _function(translator)  # not called: it may take money
        return
    next(running)
    running.close()


def _given(
    about: Described,
    record: Record,
    shots: int,
    demonstrations: str | None,
    translator: str | None,
) -> dict[str, Any]:
    """Return the options that the strategy is given, beyond those of the record."""
    given = dict(record.options)
    if shots:
        given["demonstrations"] = _shots(about.task, shots, demonstrations)
    if translator is not None:
        given["translator"] = _Recording(_function(translator), record.translations)
    return given


class _Exchange:
    """The calls of one sample: sends rounds, keeps the replies and the conversations."""

    def __init__(
        self, state: TaskState, generate: Generate, record: Record, paper_sampling: bool
    ) -> None:
        self.state, self.generate, self.record = state, generate, record
        self.paper_sampling = paper_sampling
        self.conversations = Conversations()
        self.outputs: list[ModelOutput] = []

    async def send(self, prompts: tuple[Prompt, ...]) -> Sequence[Any]:
        """Send a round, its prompts side by side; raises as `read_output` does."""
        self.record.signature = prompts[-1].signature
        lenient = isinstance(prompts, LenientRound)
        if len(prompts) == 1 and not lenient:
            sent = self.conversations.messages_for(prompts[0].messages)
            self.state.messages = sent
            # A round of one prompt is what Inspect calls generating: limits, cache and all.
            self.state = await self.generate(
                self.state, tool_calls="none", **self._sampling(prompts[0])
            )
            return [self._end(prompts[0], sent, self.state.output, lenient)]
        calls = [self.conversations.messages_for(prompt.messages) for prompt in prompts]
        ends = await collect(
            *(self._ask(one, sent, lenient) for one, sent in zip(prompts, calls, strict=True))
        )
        return [
            self._end(prompt, sent, end, lenient)
            for prompt, sent, end in zip(prompts, calls, ends, strict=True)
        ]

    def finish(self, answer: Answer) -> None:
        """Set the output to the one the answer was read in."""
        read = [one for one in self.outputs if one.completion == answer.reply]
        if read:
            self.state.output = read[0]

    async def _ask(self, prompt: Prompt, sent: list[Any], lenient: bool) -> Any:
        try:
            return await get_model().generate(sent, config=GenerateConfig(**self._sampling(prompt)))
        except LimitExceededError:
            raise
        except Exception as error:
            if not lenient:
                raise
            return error

    def _end(self, prompt: Prompt, sent: list[Any], end: Any, lenient: bool) -> Any:
        try:
            if isinstance(end, Exception):
                raise end
            return self._kept(prompt, sent, end)
        except Exception as error:
            if not lenient:
                raise
            self.record.replies.append({"error": str(error)})
            return error

    def _kept(self, prompt: Prompt, sent: list[Any], output: ModelOutput) -> Reply:
        """Return an output's reply after writing it down; raises as `read_output` does."""
        self.state.output = output
        if output.choices:
            self.conversations.add(sent, output.message)
        reply = Reply.of(read_output(output, output.model))
        self.outputs.append(output)
        self.record.replies.append({"text": reply.text, "stop": str(output.stop_reason)})
        return reply

    def _sampling(self, prompt: Prompt) -> dict[str, Any]:
        return dict(prompt.sampling) if self.paper_sampling else {}


class _Recording:
    """A translator that writes down what it made."""

    def __init__(self, translator: Any, made: list[list[str]]) -> None:
        self._translator, self._made = translator, made

    def __call__(self, texts: Sequence[str], source: str, target: str) -> Any:
        made = self._translator(texts, source, target)
        translated = made if isinstance(made, str) else list(made)
        if isinstance(translated, list):
            self._made.append(translated)
        return translated


def _shots(task: Task, shots: int, file: str | None) -> tuple[Demonstration, ...]:
    from pathlib import Path

    from xlt.evaluation.runs.planning import demonstrations_for

    return demonstrations_for(task, shots, Path(file) if file else None, None)


def _function(name: str) -> Any:
    """Return the function of "package.module:function"; raises InputError."""
    module, _, attribute = name.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"translator must be module:function; {name!r}: {error}") from error
