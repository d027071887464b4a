"""`SavedPlan`: a plan's state as plain data, to stop between rounds and resume elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from os import PathLike, fspath
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from xlt.answers.answer import Answer
from xlt.composing import plan
from xlt.demonstrations import Demonstration
from xlt.errors import InputError, shown
from xlt.files.templates import TemplateFiles
from xlt.files.validated import first_fault
from xlt.frozen import FrozenDict
from xlt.images.image import Image, take_image
from xlt.languages import Language
from xlt.prompt import Prompt
from xlt.registry import get_task
from xlt.reply import Reply
from xlt.request import check_inputs
from xlt.running import Stepper
from xlt.task import images_of

_FORMAT = 2


# What code raises that is given arguments of another type than it asks for.
_OF_WRONG_DATA = (TypeError, AttributeError, ValueError, KeyError, IndexError, OverflowError)


class _Arguments(BaseModel):
    """The arguments of `xlt.plan` that every strategy shares, as JSON holds them."""

    model_config = ConfigDict(extra="allow")

    task: str = ""
    inputs: str | dict[str, Any] = ""
    language: str | None = None
    target_language: str | None = None
    strategy: str = ""
    templates: str | None = None
    demonstrations: tuple[dict[str, Any], ...] | str | None = None
    max_tokens: int | None = None


class Position(NamedTuple):
    """Where a plan stands: the prompts that wait for replies, or the answer."""

    prompts: tuple[Prompt, ...]
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """The arguments of `xlt.plan`, the replies so far, and a digest of each round's prompts.

    Its state is the replies: resuming makes the plan anew and replays them. `live` are options
    that are not plain data (a translator): they are not saved, so pass them again to `from_json`.
    Images are saved by digest and path or URL; those of bytes alone by digest, so pass them again
    as `images=[...]`.
    """

    arguments: FrozenDict[str, Any]
    rounds: tuple[tuple[Reply, ...], ...] = ()
    digests: tuple[str, ...] = ()
    live: FrozenDict[str, Any] = field(default_factory=FrozenDict, repr=False, compare=False)

    @classmethod
    def start(cls, task: str, inputs: str | Mapping[str, str], **arguments: Any) -> Self:
        """Return a plan before its first round; arguments as of `xlt.plan`.

        Raises InputError where a task object is passed: it must be a name to be saved.
        """
        if not isinstance(task, str):
            raise InputError("A saved plan needs the name of its task, not the Task itself.")
        inputs = inputs if isinstance(inputs, str) else dict(inputs)
        inputs, images = _with_records(task, inputs, arguments.get("templates"))
        live = {name: value for name, value in arguments.items() if _is_live(value)}
        plain = {name: value for name, value in arguments.items() if name not in live}
        given = {"task": task, **_plain({"inputs": inputs}), **_plain(plain)}
        return cls(FrozenDict(given), live=FrozenDict({**live, **images}))

    def position(self) -> Position:
        """Replay the replies and return where the plan stands.

        Raises InputError when the prompts are not those the replies were given to, as after a
        change of templates or of xlt.
        """
        try:
            return self._replayed()
        except _OF_WRONG_DATA as error:
            raise InputError(
                f"The saved plan cannot be resumed; were its arguments changed by hand? "
                f"({type(error).__name__}: {shown(str(error), 200)})"
            ) from error

    def answered(self, replies: Sequence[Any]) -> Self:
        """Return the plan after its next round, given the replies to that round's prompts.

        A reply is whatever `xlt.run` takes; its finish reason and usage are saved with it.
        """
        prompts, answer = self.position()
        if answer is not None:
            raise InputError("The plan has its answer already; it takes no further replies.")
        if len(replies) != len(prompts):
            raise InputError(f"The round has {len(prompts)} prompts, not {len(replies)}.")
        said = tuple([Reply.of(reply) for reply in replies])
        return replace(self, rounds=(*self.rounds, said), digests=(*self.digests, _digest(prompts)))

    def to_json(self) -> str:
        """Return the plan as one line of JSON."""
        state = {
            "format": _FORMAT,
            "arguments": self.arguments,
            "rounds": [[_reply_data(reply) for reply in replies] for replies in self.rounds],
            "digests": self.digests,
        }
        return json.dumps(state, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, **live: Any) -> Self:
        """Return the plan that `to_json` wrote.

        `live` are its options that are not plain data, and `images` those of bytes alone.
        """
        try:
            state = json.loads(text)
            if state["format"] not in (1, _FORMAT):  # 1: every reply is a text
                raise InputError(f"A saved plan of format {state['format']!r} cannot be read.")
            rounds = tuple([tuple(map(_reply_from, replies)) for replies in state["rounds"]])
            digests = tuple([str(one) for one in state["digests"]])
            arguments = check_arguments(state["arguments"])
            if not {"task", "inputs"} <= arguments.keys():
                raise ValueError("it does not say what it asks")
            return cls(FrozenDict(arguments), rounds, digests, FrozenDict(live))
        except ValidationError as error:
            raise InputError(f"This is not a saved plan: {first_fault(error)}.") from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(f"This is not a saved plan: {error}.") from error

    def _replayed(self) -> Position:
        live = dict(self.live)
        images = [take_image(one, field="images") for one in live.pop("images", ())]
        arguments = _restored(self.arguments)
        arguments["inputs"] = _with_images(arguments["inputs"], images)
        stepper = Stepper(plan(**{**arguments, **live}))
        with closing(stepper.plan):
            for number, replies in enumerate(self.rounds):
                self._check(number, stepper.prompts)
                stepper.take(replies)
            return Position(stepper.prompts, stepper.answer)

    def _check(self, number: int, prompts: tuple[Prompt, ...]) -> None:
        if number >= len(self.digests) or self.digests[number] != _digest(prompts):
            raise InputError(
                f"The prompts of round {number + 1} are not those its replies were given to; "
                "resume with the same templates, options and version of xlt."
            )


def check_arguments(data: Any) -> dict[str, Any]:
    """Return arguments of a plan that a file holds; raises pydantic's ValidationError."""
    _Arguments.model_validate(data)
    given: dict[str, Any] = data
    _restored(given)
    return given


def _reply_data(reply: Reply) -> Any:
    """Return a reply as JSON data: what it says beyond its text only where it does."""
    if reply == Reply(reply.text):
        return reply.text
    return {name: value for name, value in asdict(reply).items() if value}


def _reply_from(data: Any) -> Reply:
    if isinstance(data, str):
        return Reply(data)
    return _reply_type().validate_python({"text": "", **data})


@lru_cache(maxsize=1)
def _reply_type() -> TypeAdapter[Reply]:
    return TypeAdapter(Reply)


def _is_live(value: Any) -> bool:
    """Tell a translator or a selector of demonstrations, LangChain's too, from plain data."""
    return callable(value) or hasattr(value, "select_examples")


def _digest(prompts: tuple[Prompt, ...]) -> str:
    messages = json.dumps([prompt.messages for prompt in prompts], ensure_ascii=False)
    return sha256(messages.encode()).hexdigest()[:16]


def _plain(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments as JSON data, and raise InputError for one that is not."""
    plain: dict[str, Any] = {}
    for name, value in arguments.items():
        try:
            plain[name] = json.loads(json.dumps(value, default=_as_data))
        except (TypeError, ValueError) as error:
            raise InputError(f"The option {name!r} cannot be saved: {error}.") from error
    return plain


def _as_data(value: Any) -> Any:
    """Return the JSON data of what the arguments of `xlt.plan` may be beside plain data."""
    match value:
        case Language():
            return value.tag
        case Demonstration():
            return asdict(value)
        case PathLike():
            return fspath(value)
        case Image():
            return value.to_json()
    raise TypeError(f"{type(value).__name__} is not plain data")


def _with_records(
    task: str, inputs: str | dict[str, Any], templates: Any
) -> tuple[str | dict[str, Any], dict[str, Any]]:
    """Return the inputs with what is saved of their images, and the images of bytes alone."""
    found = get_task(task, TemplateFiles.at(templates))
    if inputs == "" or not any(one.is_image for one in found.inputs):
        return inputs, {}
    checked = check_inputs(found, inputs)
    images = images_of(checked)
    bare = [one for one in images if one.reduced is not None or not (one.source or one.url)]
    return dict(checked), {"images": tuple(bare)} if bare else {}


def _with_images(inputs: Any, images: Sequence[Image]) -> Any:
    """Return saved inputs with the images that were passed again, by their digests."""
    if not isinstance(inputs, Mapping) or not images:
        return inputs
    held = {image.sha256: image for image in images}
    return {
        name: held.get(str(value.get("sha256")), value) if isinstance(value, Mapping) else value
        for name, value in inputs.items()
    }


def _restored(arguments: Mapping[str, Any]) -> dict[str, Any]:
    restored = dict(arguments)
    if restored.get("demonstrations"):
        restored["demonstrations"] = [Demonstration(**one) for one in restored["demonstrations"]]
    return restored
