"""`Reply`, what a model said: read from any SDK's object, with one rule for why it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from xlt.errors import InputError, ReplyFailed, shown

Ending = Literal["normal", "cut", "filtered", "refused", "failed", "tool_call"]

# What the providers' finish reasons mean; a word that is not here is a normal end. In lower case:
# OpenAI and the servers that copy it, Anthropic, Gemini, Bedrock, Cohere, Mistral, Ollama, TGI.
_ENDINGS: Mapping[Ending, str] = {
    "cut": "length max_tokens max_output_tokens model_length max_length incomplete other "
    "model_context_window_exceeded context_length_exceeded token_limit time_limit timeout "
    "not_finished pause_turn error_limit",
    "filtered": "content_filter content_filtered recitation safety prohibited_content blocklist "
    "spii image_safety jailbreak guardrail_intervened sensitive error_toxic language model_armor",
    "refused": "refusal refused",
    "failed": "error failed abort aborted cancelled canceled user_cancel network_error "
    "insufficient_system_resource malformed_function_call malformed_response "
    "malformed_model_output malformed_tool_use unexpected_tool_call too_many_tool_calls",
    "tool_call": "tool_calls tool_call tool_use function_call",
}
_ENDING_OF: Mapping[str, Ending] = {
    word: ending for ending, words in _ENDINGS.items() for word in words.split()
}
_FLAG_OF: Mapping[Ending, str] = {
    "cut": "truncated",
    "filtered": "filtered",
    "refused": "refused",
    "tool_call": "tool_call",
}
_FINISH = ("finish_reason", "stop_reason", "done_reason", "finishReason", "stopReason")
_REASONING = ("reasoning_content", "reasoning", "thinking", "reasoningContent")
_CALLS = ("tool_calls", "function_call", "functionCall", "toolUse")
_USAGE = ("usage", "usage_metadata", "usageMetadata", "token_usage", "tokens")
_INPUT = ("input_tokens", "prompt_tokens", "prompt_token_count", "promptTokenCount", "inputTokens")
_OUTPUT = ("output_tokens", "completion_tokens", "outputTokens")
_MOST_TOKENS = 2**53


def ending_of(finish_reason: str | None) -> Ending:
    """Return what any provider's finish reason means, in any case: MAX_TOKENS is "cut"."""
    if finish_reason is None or finish_reason == "stop":
        return "normal"
    return _ENDING_OF.get(finish_reason.strip().lower().rpartition(".")[2], "normal")


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens sent and received in a number of calls; None where a server did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    calls: int = 1

    def __add__(self, other: Usage) -> Usage:
        """Return the sum; tokens that are unknown in one are unknown in all."""
        return Usage(
            _sum(self.input_tokens, other.input_tokens),
            _sum(self.output_tokens, other.output_tokens),
            self.calls + other.calls,
        )


class ToolCall(NamedTuple):
    """A tool that the model wants called; `arguments` as the provider gives them."""

    name: str
    arguments: Any = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said; the only thing a plan is sent.

    `text` is what it said to the user, without its `reasoning`. `finish_reason` is the provider's
    own word for why it ended (`ending` says what it means), `refusal` its words where it declined.
    `attempts` is how often the call was tried.

        >>> Reply("Answer: 5", finish_reason="MAX_TOKENS").flags
        frozenset({'truncated'})
    """

    text: str
    finish_reason: str | None = None
    reasoning: str | None = None
    usage: Usage | None = None
    model: str | None = None
    refusal: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    attempts: int = 1

    @classmethod
    def of(cls, value: Any) -> Reply:
        """Return the reply in a text, a message or a response of any common SDK.

        Reads LangChain's messages and generations, the chat completions and responses of OpenAI
        and of the servers and SDKs that copy it, Anthropic's messages, Gemini's and Bedrock's
        responses, Ollama's and Inspect's, as objects or as parsed JSON. Only their first choice
        is read. Raises InputError for anything else.
        """
        if isinstance(value, Reply):
            return value
        return Reply(value) if isinstance(value, str) else _read(value)

    @property
    def ending(self) -> Ending:
        """Why the model stopped: "normal", "cut", "filtered", "refused", "failed", "tool_call"."""
        return "refused" if self.refusal else ending_of(self.finish_reason)

    @property
    def truncated(self) -> bool:
        """Whether the reply was cut short, as by its token limit."""
        return ending_of(self.finish_reason) == "cut"

    @property
    def flags(self) -> frozenset[str]:
        """What an answer read in this reply is flagged with.

        "truncated", "refused", "filtered" and "tool_call" by its ending; without a text "empty",
        or "unfinished_thought" where the model only reasoned.
        """
        ending = self.ending
        flags = {_FLAG_OF[ending]} if ending in _FLAG_OF else set()
        if self.tool_calls:
            flags.add("tool_call")
        if not (self.text and not self.text.isspace()) and flags <= {"truncated"}:
            flags.add("unfinished_thought" if self.reasoning else "empty")
        return frozenset(flags)

    @property
    def has_answer(self) -> bool:
        """Whether there is a text to read an answer in: none of a refusal or a filter counts."""
        if self.ending in ("refused", "filtered"):
            return False
        return bool(self.text) and not self.text.isspace()

    def raise_for_failure(self) -> None:
        """Raise ReplyFailed where the provider says that an error broke the reply off."""
        if self.finish_reason is not None and self.ending == "failed":
            raise ReplyFailed(
                f"The reply was broken off: its finish reason is {shown(self.finish_reason)}. "
                "Send the prompt again.",
                partial=self.text,
            )


def _read(value: Any) -> Reply:
    """Return the reply in an SDK's object: its first choice, and the message in that."""
    choice = _first(value, "choices", "candidates", "generations") or value
    message = _get(choice, "message")
    if message is None or isinstance(message, str):
        message = choice
    blocks = _blocks(value, choice, message)
    if blocks is None:
        raise InputError(
            "A reply must be a text or an object with a text as its content (a message or "
            f"response of an SDK), not {type(value).__name__}."
        )
    found = _Blocks()
    found.add(blocks)
    places = [one for one in (message, choice, value) if one is not None]
    details = [
        held
        for place in places
        for name in ("response_metadata", "generation_info", "additional_kwargs")
        if isinstance(held := _get(place, name), Mapping)
    ]
    told = [*places, *details]
    return Reply(
        text="".join(found.texts),
        finish_reason=_finish(told),
        reasoning="".join(found.reasoning) or _text(_named(told, *_REASONING)) or None,
        usage=_usage(told),
        model=_string(_named(told, "model", "model_name", "model_version", "modelVersion")) or None,
        refusal="".join(found.refusals) or _string(_named(told, "refusal")) or None,
        tool_calls=tuple(found.calls) or _calls(_named(told, *_CALLS)),
        attempts=_count(_get(value, "attempts")) or 1,
    )


def _blocks(value: Any, choice: Any, message: Any) -> Sequence[Any] | None:
    """Return the content's blocks, none for an empty response; None where there is no content."""
    output = _get(value, "output")
    if isinstance(output, list | tuple):  # OpenAI's responses: items, one of them the message
        return [
            block
            for item in output
            for block in (_get(item, "content") if _get(item, "type") == "message" else None)
            or [item]
        ]
    if _get(output, "message") is not None:  # Bedrock
        message = _get(output, "message")
    for place, name in ((message, "content"), (choice, "content"), (choice, "text")):
        content = _get(place, name)
        content = _get(content, "parts") or content  # Gemini
        if isinstance(content, str):
            return [content]
        if isinstance(content, list | tuple):
            return content
    holds = ("content", "choices", "candidates", "refusal", "tool_calls")
    return [] if any(_has(place, name) for place in (message, value) for name in holds) else None


class _Blocks:
    """The blocks of a content, sorted by what they hold; a block inside a block is not opened."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.reasoning: list[str] = []
        self.refusals: list[str] = []
        self.calls: list[ToolCall] = []

    def add(self, blocks: Iterable[Any]) -> None:
        for block in blocks:
            kind = _get(block, "type")
            if isinstance(block, str):
                self.texts.append(block)
            elif (thought := _named([block], *_REASONING, "summary")) or kind == "reasoning":
                self.reasoning.append(_text(thought))
            elif _get(block, "thought") is True:  # Gemini
                self.reasoning.append(_string(_get(block, "text")))
            elif kind == "refusal":
                self.refusals.append(_string(_get(block, "refusal")))
            elif kind in ("tool_use", "tool_call", "function_call"):
                self.calls += _calls(block)
            elif called := _named([block], *_CALLS):
                self.calls += _calls(called)
            elif kind in (None, "text", "output_text"):
                self.texts.append(_string(_get(block, "text")))


def _finish(told: Sequence[Any]) -> str | None:
    """Return the provider's word for why the model stopped; None where it does not say."""
    reason = _named(told, *_FINISH)
    if reason is None:
        details = _named(told, "incomplete_details")
        feedback = _named(told, "prompt_feedback", "promptFeedback")
        reason = _get(details, "reason") or _named([feedback], "block_reason", "blockReason")
        blocked = reason is not None and details is None
        status = _string(_named(told, "status"))
        if blocked and ending_of(_word(reason)) != "filtered":
            return "content_filter"
        if reason is None and ending_of(status) != "normal":  # OpenAI's responses
            return status
    return _word(reason) or None


def _word(value: Any) -> str:
    """Return a finish reason's word: a text, or an enumeration's name."""
    inner = getattr(value, "value", value)
    return inner if isinstance(inner, str) else _string(getattr(value, "name", None))


def _usage(told: Sequence[Any]) -> Usage | None:
    held = _named(told, *_USAGE)
    places = [*told, held] if held is None else [held]
    sent = _count(_named(places, *_INPUT, "prompt_eval_count"))
    made = _count(_named(places, *_OUTPUT, "eval_count"))
    if made is None:  # Gemini counts its thoughts apart
        made = _count(_named(places, "candidates_token_count", "candidatesTokenCount"))
        thought = _count(_named(places, "thoughts_token_count", "thoughtsTokenCount"))
        made = made if made is None or thought is None else made + thought
    return None if sent is None and made is None else Usage(sent, made)


def _calls(held: Any) -> tuple[ToolCall, ...]:
    """Return the tool calls in a list of them, or in one."""
    if not held:
        return ()
    found: list[ToolCall] = []
    for call in held if isinstance(held, list | tuple) else [held]:
        told = [call, _get(call, "function")]
        arguments = _named(told, "arguments", "args", "input")
        found.append(
            ToolCall(
                _string(_named(told, "name")), arguments, _string(_named(told, "id", "toolUseId"))
            )
        )
    return tuple(found)


def _named(places: Iterable[Any], *names: str) -> Any:
    """Return the first value under one of the names that is not None, place by place."""
    for place in places:
        for name in names:
            value = _get(place, name)
            if value is not None and not callable(value):
                return value
    return None


def _get(place: Any, name: str) -> Any:
    if isinstance(place, Mapping):
        return place.get(name)
    return None if place is None or isinstance(place, str) else getattr(place, name, None)


def _has(place: Any, name: str) -> bool:
    return name in place if isinstance(place, Mapping) else hasattr(place, name)


def _first(place: Any, *names: str) -> Any:
    held = _named([place], *names)
    return held[0] if isinstance(held, list | tuple) and held else None


def _text(value: Any) -> str:
    """Return a text, or the texts in a list of them or of blocks; one level deep."""
    if isinstance(value, list | tuple):
        return "".join([_string(one) or _string(_get(one, "text")) for one in value])
    return _string(value) or _string(_get(value, "text")) or _string(_bedrock_thought(value))


def _bedrock_thought(value: Any) -> Any:
    return _get(_get(value, "reasoningText"), "text")


def _string(value: Any) -> str:
    return str(value) if isinstance(value, str) else ""


def _count(value: Any) -> int | None:
    """Return a count that a server can mean; not True, not -1, not a million digits."""
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_TOKENS
    return value if whole else None


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
