"""`Prompt`: messages ready to send, which know how to read their reply."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from xlt.errors import InputError
from xlt.frozen import FrozenDict
from xlt.images.blocks import content_blocks, kept_content
from xlt.images.image import Image
from xlt.languages import Language
from xlt.messages import Message, exchange
from xlt.task import InputValue, Task, texts_of
from xlt.task_checks import TEXT_KINDS
from xlt.version import __version__

if TYPE_CHECKING:
    from xlt.answers.answer import Answer, AnswerFormat, ThoughtTags
    from xlt.answers.streaming import ReplyReader
    from xlt.budget import Omitted
    from xlt.structured import Output
    from xlt.tokens import TokenCount

# Between the demonstrations of a completion prompt the paper writes two lines of this.
SEPARATOR = "\nXXX\nXXX\n"

Layout = Literal["user", "system+user"]
LAYOUTS: tuple[Layout, ...] = ("user", "system+user")
# Options that a reply may choose from where the request is not at hand: one a letter.
MOST_OPTIONS = 26
# The steps that the layout "system+user" takes out of the user message.
SYSTEM_STEPS = ("role_assigning",)


class Step(NamedTuple):
    """One instruction of a prompt: its name ("role_assigning") and its text."""

    name: str
    text: str


class Turn(NamedTuple):
    """A demonstration as the prompt shows it: a worked request, its images, and its reply."""

    prompt: str
    reply: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Prompt:
    """A composed prompt, ready for any SDK.

    `messages` are plain role/content dicts; `text` is the same as one completion text, which
    for a prompt without demonstrations is the user message. With `images` the content is a list
    of blocks, the images before the text, and there is no `text`. `steps` are its instructions by
    name. `signature` pins what produced it, as sacreBLEU's does for a score. `sampling` is how
    the strategy's paper drew the reply ({"temperature": 0.2}), which a driver may honour.
    `output_type` is the marker asked for where it is not the task's; `lettered` are the choices
    that the prompt shows as (A), (B) ... The paper's layout is one "user" message;
    "system+user" moves role assigning into a system message. `omitted` is what was left out to
    fit into a number of tokens (None: nothing); `inputs` are those shown. `system` is the app's
    own system text, in front of everything; `history` what was said before the request;
    `output` the object that the answer must be. `prefill` is what the model's reply begins with,
    as the last message: the server must continue it (vLLM, SGLang, llama.cpp).
    `instruction_language` is that of the instructions where it is not English: labels and
    markers of the reply may be in it. `think_tags` are the model's own marks of a thought.
    """

    task: Task
    inputs: FrozenDict[str, InputValue]
    language: Language
    target_language: Language
    strategy: str
    steps: tuple[Step, ...]
    templates_hash: str = field(repr=False)
    demonstrations: tuple[Turn, ...] = ()
    history: tuple[Message, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    sampling: FrozenDict[str, float] = FrozenDict()
    output_type: str | None = None
    lettered: tuple[str, ...] = ()
    layout: Layout = "user"
    omitted: Omitted | None = None
    system: str = ""
    output: Output | None = None
    prefill: str = ""
    instruction_language: Language | None = None
    images: tuple[Image, ...] = ()
    think_tags: ThoughtTags = None
    _answer_format: AnswerFormat | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def system_text(self) -> str:
        """The system message: the app's own text, then the role in the layout "system+user"."""
        return self._own_texts()[0]

    @property
    def request_text(self) -> str:
        """The last user message: the steps, one a line."""
        return self._own_texts()[1]

    def _own_texts(self) -> tuple[str, str]:
        """Return the system text and the request's; the layout says which has the role."""
        if self.layout == "user":
            return self.system, "\n".join([step.text for step in self.steps])
        role = [step.text for step in self.steps if step.name in SYSTEM_STEPS]
        others = [step.text for step in self.steps if step.name not in SYSTEM_STEPS]
        system = [text for text in (self.system, "\n".join(role)) if text]
        return "\n\n".join(system), "\n".join(others)

    @property
    def turns(self) -> tuple[Message, ...]:
        """Who says what: the system text, demonstrations and history, then the request."""
        system_text, request_text = self._own_texts()
        system = [Message("system", system_text)] if system_text else []
        shown = [exchange(one.prompt, one.reply, one.images) for one in self.demonstrations]
        request = [Message("user", request_text, self.images)]
        begun = [Message("assistant", self.prefill)] if self.prefill else []
        return (*system, *[one for pair in shown for one in pair], *self.history, *request, *begun)

    @property
    def all_images(self) -> tuple[Image, ...]:
        """The images of all turns, in the order they are sent."""
        shown = [image for turn in self.demonstrations for image in turn.images]
        said = [image for message in self.history for image in message.images]
        return (*shown, *said, *self.images)

    @property
    def messages(self) -> list[Any]:
        """New `{"role", "content"}` dicts: demonstrations and history, then the request.

        The content of a message with images is a list of blocks as OpenAI's chat API, vLLM,
        Ollama and LiteLLM take them: `image_url`, with the bytes as a data URL, then `text`.
        Typed so that every SDK's own type of messages takes them.
        """
        return [
            {
                "role": role,
                "content": content_blocks("openai", text, images) if images else text,
            }
            for role, text, images in self.turns
        ]

    @property
    def kept_messages(self) -> list[dict[str, Any]]:
        """The messages as records keep them: images by digest, type and size, never as bytes."""
        return [
            {"role": role, "content": kept_content(text, images) if images else text}
            for role, text, images in self.turns
        ]

    @property
    def text(self) -> str:
        """The prompt as one text: demonstrations apart by the paper's `XXX` lines.

        Raises InputError for a prompt with images, which no text can hold.
        """
        if images := self.all_images:
            named = ", ".join([image.name for image in images[:3]])
            raise InputError(
                f"This prompt has images ({named}{', ...' if len(images) > 3 else ''}), and one "
                "text cannot hold them: use prompt.messages or prompt.to(...) with a chat model "
                "that takes images."
            )
        system, text = self._own_texts()
        if self.demonstrations or self.history:
            shown = [f"{turn.prompt}\n{turn.reply}" for turn in self.demonstrations]
            said = [message.content for message in self.history]
            text = SEPARATOR.join([*shown, "\n\n".join([*said, text])])
        return f"{system}\n{text}" if system else text

    @property
    def signature(self) -> str:
        """What produced this prompt: `task:...|lang:zh|strategy:xlt|shots:0|...|v:0.1.0`."""
        parts = {"task": self.task.name, "lang": self.language.tag}
        if self.target_language != self.language:
            parts["target"] = self.target_language.tag
        parts |= {"strategy": self.strategy, "shots": str(len(self.demonstrations))}
        parts |= dict(self.options)
        if self.omitted is not None:
            parts["omitted"] = self.omitted.signature
        parts |= {"templates": self.templates_hash, "v": __version__}
        return "|".join(f"{key}:{value}" for key, value in parts.items())

    @property
    def answer_format(self) -> AnswerFormat:
        """What this prompt asks for, which selects the parser of its reply."""
        if self._answer_format is None:  # replies are read by the thousand: made once
            own, target = self.language, self.target_language
            if self.instruction_language is not None and self.task.answer.kind in TEXT_KINDS:
                own = self.instruction_language
            elif self.instruction_language is not None:
                target = self.instruction_language
            made = answer_format(
                self.task,
                self.inputs,
                own,
                target,
                output_type=self.output_type or "",
                lettered=self.lettered,
                think_tags=self.think_tags,
            )
            object.__setattr__(self, "_answer_format", made)
            return made
        return self._answer_format

    def __repr__(self) -> str:
        """What made the prompt, and how its request begins."""
        return f"<Prompt {self.signature}: {self.request_text[:60]!r} ...>"

    def to(self, wire_format: str) -> dict[str, Any]:
        """Return the keyword arguments that another API's call takes in place of `messages`.

        "openai" (chat completions), "openai-responses", "anthropic", "gemini" or "completion":
        plain dicts to splat beside the model, as in
        `client.messages.create(model=..., max_tokens=..., **prompt.to("anthropic"))`. "langchain"
        and "inspect": messages of these frameworks, for `model.invoke` and `model.generate`.
        Raises UnknownName; InputError for an image that the API does not take.
        """
        from xlt.registry import find

        if self.prefill and wire_format != "openai":
            raise InputError(
                f"A prefill goes to servers of OpenAI's form that continue it (vLLM, SGLang, "
                f"llama.cpp), not to {wire_format!r}: leave out thinking_prefill=."
            )
        convert = find("xlt.wire_formats", "wire format", wire_format)
        arguments: dict[str, Any] = convert(self)
        return arguments

    def parse(self, reply: Any, *, finish_reason: str | None = None) -> Answer:
        """Return the answer found in `reply`: a text, a Reply, or an SDK's message or response.

        `finish_reason` is the API's ("stop", "length") where the reply itself does not say it.
        Never raises on a text: what cannot be read is an answer of status "none". `flags` say
        what happened to the reply ("truncated", "refused", "filtered", "tool_call", "empty").
        Raises InputError for what holds no reply, ReplyFailed where an error broke it off.
        """
        from xlt.answers.reading import read_answer, read_reply  # not needed to compose

        plain = finish_reason is None and self.output is None and not self.prefill
        if plain and isinstance(reply, str):
            answer = read_answer(reply, self.answer_format)
            return self._checked(answer) if isinstance(answer.value, str) else answer
        from xlt.reply import Reply

        said = Reply.of(reply)
        if finish_reason is not None:
            said = replace(said, finish_reason=finish_reason)
        if self.prefill and said.text and not said.reasoning:
            said = replace(said, text=with_prefill(said.text, self.prefill))
        answer = read_reply(said, self.answer_format)
        if self.output is not None and said.text:
            found = self.output.read(said.text, self.answer_format, said.finish_reason)
            return replace(found, flags=found.flags | answer.flags)
        return self._checked(answer) if isinstance(answer.value, str) else answer

    def _checked(self, answer: Answer) -> Answer:
        from xlt.text_checks import checked

        return checked(answer, self.task, self.inputs)

    def response_format(self, provider: str) -> dict[str, Any]:
        """Return the arguments by which a provider keeps the reply to the object asked for.

        "openai", "openai-responses", "anthropic", "gemini", "vllm", "llama.cpp" or "ollama": to
        splat beside `**prompt.to(...)` (those of "gemini" belong in its `config`). The schema's
        keys are, in order, what the prompt asks for: the retelling in English, the steps, and
        `answer`. Raises InputError for a prompt without `output=`, UnknownName.
        """
        if self.output is None:
            raise InputError("response_format needs a prompt that was composed with output=.")
        return self.output.response_format(provider)

    def reader(self, *, in_thought: bool = False) -> ReplyReader:
        """Return a reader that takes the reply chunk by chunk, for streaming.

        Set `in_thought` for a model whose chat template opens the thought itself.
        """
        from xlt.answers.streaming import ReplyReader

        return ReplyReader(self.answer_format, in_thought=in_thought)

    def count_tokens(self, model: str | None = None) -> TokenCount:
        """Return how many tokens the messages' texts are for `model` (None: o200k_base).

        The count says whether it is exact; nothing is downloaded.
        """
        from xlt.tokens import count_prompt_tokens

        return count_prompt_tokens(self, model)

    def __str__(self) -> str:
        """The text; of a prompt with images all messages, each image as a line about it."""
        if not self.all_images:
            return self.text
        shown = [
            "\n".join([*[f"[image: {image}]" for image in turn.images], turn.content])
            for turn in self.turns
        ]
        return "\n\n".join(shown)


def with_prefill(text: str, prefill: str) -> str:
    """Return a reply with the words it began with: some servers send them back, some do not."""
    begun = text.lstrip().startswith((prefill, prefill.partition("\n")[0]))
    return text if begun else prefill + text


def answer_format(
    task: Task,
    inputs: FrozenDict[str, InputValue] | None,
    language: Language,
    target_language: Language,
    *,
    output_type: str = "",
    lettered: tuple[str, ...] = (),
    think_tags: ThoughtTags = None,
) -> AnswerFormat:
    """Return what a prompt of `task` asks for; `inputs` None where they are not known.

    A prompt may ask for another `output_type`, and show its choices `lettered` (A), (B) ...
    """
    from xlt.answers.answer import AnswerFormat  # not needed to compose

    named, options = task.answer.options, tuple[str, ...]()
    if named and inputs:
        options = texts_of({name: inputs[name] for name in named})
    return AnswerFormat(
        kind=task.answer.kind,
        output_type=output_type or task.output_type,
        language=language,
        target_language=target_language,
        options=options,
        option_count=len(options) or (_option_count(task) if named else 0),
        labels=task.answer.labels,
        request=texts_of(inputs) if inputs else (),
        lettered=lettered,
        think_tags=think_tags,
    )


def _option_count(task: Task) -> int:
    """Return how many options a request of the task has; a list may have as many as letters."""
    lists = {field.name for field in task.inputs if field.many}
    return MOST_OPTIONS if lists & set(task.answer.options) else len(task.answer.options)
