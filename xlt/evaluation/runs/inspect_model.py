"""A model of Inspect AI ("openai/gpt-4o-mini") as the model of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xlt.backends.langchain_chat import translated
from xlt.backends.redaction import redacted
from xlt.backends.replies import Choice, reply_of, whole_text
from xlt.errors import InputError, MissingExtra, XLTError
from xlt.evaluation.runs.replies import Place
from xlt.images.blocks import shown_content
from xlt.prompt import Prompt
from xlt.reply import Reply


@dataclass(frozen=True, slots=True)
class InspectModel:
    """Asks a model of Inspect, whose own client is the one retry layer."""

    name: str
    model: Any = field(repr=False)
    settings: Mapping[str, Any]
    paper_sampling: bool = True
    few_shot: bool = False

    @classmethod
    def of_name(
        cls,
        name: str,
        *,
        temperature: float | None,
        max_tokens: int | None,
        timeout: float,
        retries: int,
        paper_sampling: bool,
    ) -> InspectModel:
        """Return the model of Inspect's name; raises MissingExtra without inspect-ai."""
        try:
            from inspect_ai.model import GenerateConfig, get_model
        except ModuleNotFoundError as error:
            raise MissingExtra(f"The model {name!r}", "eval") from error
        config = GenerateConfig(
            temperature=temperature,
            max_tokens=max_tokens,
            timeout=max(1, int(timeout)),
            max_retries=retries,
        )
        try:
            model = get_model(name, config=config)
        except Exception as error:  # each provider raises its own, as when a key is missing
            message = " ".join(redacted(str(error)).split())[:300]
            raise InputError(f"The model {name} cannot be made: {message}", field="model") from None
        sampling = "paper" if paper_sampling else "fixed"
        settings = {"temperature": temperature, "max_tokens": max_tokens, "sampling": sampling}
        return cls(name, model, settings, paper_sampling)

    def holds(self, place: Place) -> bool:
        return True

    async def reply(self, prompt: Prompt, place: Place) -> Reply:
        from inspect_ai.model import GenerateConfig

        drawn = prompt.sampling.get("temperature") if self.paper_sampling else None
        config = GenerateConfig() if drawn is None else GenerateConfig(temperature=drawn)
        try:
            output = await self.model.generate(inspect_messages(prompt.messages), config=config)
        except XLTError:
            raise
        except Exception as error:  # the provider's own classes
            raise translated(self.name, error) from None
        return read_output(output, self.name)


def inspect_messages(said: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return messages as Inspect has them; an image that was not kept is a line about it."""
    from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser

    kinds = {"system": ChatMessageSystem, "user": ChatMessageUser}
    return [
        kinds.get(one["role"], ChatMessageAssistant)(content=_content(one["content"]))
        for one in said
    ]


def to_inspect(prompt: Prompt) -> dict[str, Any]:
    """Return `{"input": [...]}` for `model.generate`: Inspect's messages.

    Raises MissingExtra without `xlt[eval]`.
    """
    try:
        return {"input": inspect_messages(prompt.messages)}
    except ModuleNotFoundError as error:
        raise MissingExtra("The wire format of Inspect", "eval") from error


def _content(content: str | Sequence[Mapping[str, Any]]) -> Any:
    from inspect_ai.model import ContentImage, ContentText

    if isinstance(content, str):
        return content
    return [
        ContentImage(image=block["image_url"]["url"])
        if "image_url" in block
        else ContentText(text=shown_content([block]))
        for block in content
    ]


def read_output(output: Any, name: str) -> Reply:
    """Return what Inspect's output holds; raises the BackendErrors of `reply_of`."""
    stop = str(output.stop_reason) if output.choices else "stop"
    usage = output.usage
    choice = Choice(
        text=whole_text(str(output.completion)),
        finish_reason=stop,
        refusal="",
        calls_tool=stop == "tool_calls" or bool(output.choices and output.message.tool_calls),
        model=str(output.model or name),
        prompt_tokens=None if usage is None else usage.input_tokens,
        completion_tokens=None if usage is None else usage.output_tokens,
    )
    return reply_of(choice, name)
