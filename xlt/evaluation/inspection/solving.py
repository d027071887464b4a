"""xlt's samples as Inspect holds them, and the solver `xlt/strategy`.

The solver runs any strategy of xlt; its calls are made by Inspect's `generate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

from inspect_ai.model import ChatMessage, GenerateConfig, ModelOutput, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import LimitExceededError, collect

from xlt.answers.answer import Answer
from xlt.answers.reading import read_answer
from xlt.backends.errors import BackendError, error_in
from xlt.composing import plan
from xlt.errors import InputError, XLTError
from xlt.evaluation.runs.models import inspect_messages, read_output
from xlt.evaluation.runs.planning import demonstrations_for
from xlt.evaluation.runs.records import pair_of
from xlt.evaluation.runs.sources import task_of
from xlt.frozen import FrozenDict
from xlt.images.image import recorded
from xlt.languages import get_language
from xlt.prompt import Prompt, answer_format
from xlt.reply import Reply
from xlt.rows import Gold
from xlt.running import adrive, drive
from xlt.strategies.strategy import LenientRound, Plan
from xlt.task import Task


@dataclass(frozen=True, slots=True)
class Described:
    """The request behind a sample, read from its metadata."""

    task: Task
    inputs: Mapping[str, str]
    language: str
    target_language: str | None

    @property
    def pair(self) -> str:
        return pair_of(self.language, self.target_language)

    @property
    def metric(self) -> str:
        return self.task.metric

    @property
    def answer_language(self) -> str:
        return self.target_language or self.language

    def plan(self, strategy: str, options: Mapping[str, Any]) -> Plan:
        """Return a strategy's plan for the request; raises XLTError."""
        return plan(
            self.task,
            self.inputs,
            language=self.language,
            target_language=self.target_language,
            strategy=strategy,
            **options,
        )


def describe(
    task: str,
    inputs: Mapping[str, str],
    gold: Any,
    language: str,
    target_language: str | None,
) -> dict[str, Any]:
    """Return input, target and metadata of a sample; `task` is a name or a task file."""
    metadata = {
        "task": task,
        "language": language,
        "target_language": target_language,
        "tier": get_language(language).tier,
        "inputs": {name: recorded(value) for name, value in inputs.items()},
        "gold": as_target(gold),
    }
    return {"input": _shown(inputs), "target": as_target(gold), "metadata": metadata}


def described(metadata: Mapping[str, Any]) -> Described:
    """Return what `describe` wrote; raises InputError for the sample of another task."""
    try:
        task, inputs = metadata["task"], metadata["inputs"]
        language, target_language = metadata["language"], metadata["target_language"]
    except KeyError as error:
        raise InputError(
            f"The sample has no {error.args[0]!r} in its metadata: xlt's solver and scorers work "
            "on xlt's tasks (xlt/mgsm, ..., xlt/own)."
        ) from None
    return Described(task_of(task), inputs, language, target_language)


def _shown(inputs: Mapping[str, str]) -> str:
    """Return the inputs to read through: the text alone, or a line a field."""
    told = {name: _told(value) for name, value in inputs.items()}
    if len(told) == 1:
        return next(iter(told.values()))
    return "\n".join(f"{name}: {text}" for name, text in told.items())


def _told(value: Any) -> str:
    """Return an input as a text; an image's is its file, its URL or its digest."""
    if isinstance(value, Mapping):
        return str(value.get("path") or value.get("url") or value.get("sha256"))
    return str(value)


def as_target(gold: Gold) -> str | list[str]:
    """Return a gold answer as texts: "540", "yes", or all accepted ones."""
    if isinstance(gold, bool):
        return "yes" if gold else "no"
    if isinstance(gold, list | tuple):
        return [str(one) for one in gold]
    return str(gold)


def from_target(kind: str, target: Sequence[str]) -> Gold:
    """Return the gold answer of a task whose answer is of this kind (`task.answer.kind`)."""
    if kind in ("number", "choice"):
        number = Decimal(target[0])
        return int(number) if number == number.to_integral_value() else number
    if kind == "boolean":
        return target[0] == "yes"
    return target[0] if len(target) == 1 else tuple(target)


Said = Mapping[str, Any]
"""A message as `Prompt.messages` has it: its role and content."""


class Conversations:
    """The conversations of one sample in the order they began.

    A prompt whose messages begin with a whole earlier conversation goes on with it, so that a
    message is one object, with one id, however often it is sent.
    """

    def __init__(self) -> None:
        self._all: list[list[ChatMessage]] = []

    def messages_for(self, said: Sequence[Said]) -> list[ChatMessage]:
        """Return the messages to send: those of an earlier conversation, and the new ones."""
        earlier = self._begun(said)
        return [*earlier, *inspect_messages(said[len(earlier) :])]

    def add(self, sent: Sequence[ChatMessage], reply: ChatMessage) -> None:
        """Keep what was sent and its reply, in the place of the conversation it went on with."""
        whole = [*sent, reply]
        for place, one in enumerate(self._all):
            if _ids(sent[: len(one)]) == _ids(one):
                self._all[place] = whole
                return
        self._all.append(whole)

    @property
    def messages(self) -> list[ChatMessage]:
        """All messages, one conversation after the other."""
        return [message for one in self._all for message in one]

    def _begun(self, said: Sequence[Said]) -> list[ChatMessage]:
        held = [(one["role"], _text(one["content"])) for one in said]
        fitting = (one for one in self._all if held[: len(one)] == _texts(one))
        return max(fitting, key=len, default=[])


def _text(content: str | Sequence[Mapping[str, Any]]) -> str:
    """Return the text of a message, which may have images before it."""
    if isinstance(content, str):
        return content
    return "\n".join([block["text"] for block in content if "text" in block])


def _texts(messages: Iterable[ChatMessage]) -> list[tuple[str, str]]:
    return [(one.role, one.text) for one in messages]


def _ids(messages: Iterable[ChatMessage]) -> list[str | None]:
    return [one.id for one in messages]


KEY = "xlt"
"""Where a sample's store has its record."""


@dataclass(slots=True)
class Record:
    """The calls of one sample, in the order of the strategy's prompts.

    A reply is `{"text", "stop"}`, or `{"error"}` where the call failed and the strategy went on.
    `failure` is `{"kind", "message", "reason"}` where there is no reply to read.
    """

    strategy: str
    options: dict[str, Any] = field(default_factory=dict)
    replies: list[dict[str, str]] = field(default_factory=list)
    translations: list[list[str]] = field(default_factory=list)
    signature: str = ""
    failure: dict[str, str] | None = None

    def as_json(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in values.items() if value}

    def read(self, about: Described) -> Answer:
        """Return the answer by running the strategy's plan on the replies once more.

        Raises InputError where the plan asks for other calls than were made.
        """
        left, translations = list(self.replies), list(self.translations)

        def next_round(prompts: tuple[Prompt, ...]) -> list[Any]:
            now = left[: len(prompts)]
            del left[: len(prompts)]
            return [
                Reply(one["text"], finish_reason=one.get("stop"))
                if "text" in one
                else InputError(one["error"])
                for one in now
            ]

        def translated(texts: Sequence[str], source: str, target: str) -> Sequence[str]:
            if not translations:
                raise InputError("No translation was recorded.")
            return translations.pop(0)

        options = dict(self.options)
        if translations:
            options["translator"] = translated
        answer = drive(about.plan(self.strategy, options), next_round)
        if left:
            raise InputError("The strategy asks for fewer calls than were recorded.")
        return answer


def read_text(about: Described, text: str, stop: str | None) -> Answer:
    """Return the answer in a reply of which no prompt is known."""
    own = get_language(about.language)
    target = get_language(about.answer_language)
    asked = answer_format(about.task, FrozenDict(about.inputs), own, target)
    return read_answer(text, asked, finish_reason=stop)


def read_record(about: Described, kept: dict[str, Any], text: str, stop: str | None) -> Answer:
    """Return the answer in a sample's replies; without a record that fits, in the last one."""
    if kept:
        try:
            return Record(**kept).read(about)
        except (XLTError, TypeError):  # another version's strategy, or another's record
            pass
    return read_text(about, text, stop)


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

    `shots` demonstrations, xlt's or those of the file `demonstrations`, come before the
    request. `paper_sampling` draws replies as the strategy's paper did (`Prompt.sampling`),
    whatever --temperature says. `translator` ("module:function") is for translate_en.
    `options` are the strategy's own, such as `{"pivot": "de"}`.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        about = described(state.metadata)
        record = Record(strategy, dict(options or {}))
        given = _given(about, record, shots, demonstrations, translator)
        running = about.plan(strategy, given)
        exchange = _SampleCalls(state, generate, record, paper_sampling)
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
    given = dict(record.options)
    if shots:
        file = Path(demonstrations) if demonstrations else None
        given["demonstrations"] = demonstrations_for(about.task, shots, file, None)
    if translator is not None:
        translate = _function(translator)

        def recording(texts: Sequence[str], source: str, target: str) -> Any:
            made = translate(texts, source, target)
            if isinstance(made, str):
                return made
            record.translations.append(list(made))
            return record.translations[-1]

        given["translator"] = recording
    return given


class _SampleCalls:
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


def _function(name: str) -> Any:
    module, _, attribute = name.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"translator must be module:function; {name!r}: {error}") from error


_REASONS = {
    "Refused": "refusal",
    "EmptyReply": "no_response",
    "UnexpectedToolCall": "no_response",
}


def failure_of(kind: str, message: str) -> dict[str, str] | None:
    """Return why there is no reply to read, None where the call itself failed.

    `kind` is the name of an error (`xlt.backends.errors`).
    """
    if kind not in _REASONS:
        return None
    return {"kind": kind, "message": message, "reason": _REASONS[kind]}
