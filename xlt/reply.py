"""`Reply`, what a model said: read from any SDK's object, with one rule for why it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
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
_INPUT = (
    "input_tokens",
    "prompt_tokens",
    "prompt_token_count",
    "promptTokenCount",
    "inputTokens",
    "prompt_eval_count",
)
_OUTPUT = (
    "output_tokens",
    "completion_tokens",
    "outputTokens",
    "eval_count",
    "candidates_token_count",
    "candidatesTokenCount",
)
_COUNTED = frozenset([*_USAGE, *_INPUT, *_OUTPUT])
_THOUGHTS = ("thoughts_token_count", "thoughtsTokenCount")
# What a message or response tells beside its content, under the first of these names that it has.
_TOLD: Mapping[str, tuple[str, ...]] = {
    "finish": _FINISH,
    "reasoning": _REASONING,
    "calls": _CALLS,
    "usage": _USAGE,
    "model": ("model", "model_name", "model_version", "modelVersion"),
    "refusal": ("refusal",),
    "feedback": ("prompt_feedback", "promptFeedback"),  # Gemini
    "incomplete": ("incomplete_details",),  # OpenAI's responses
    "status": ("status",),
}
_CHOICES = ("choices", "candidates", "generations")
_ABOUT = ("response_metadata", "generation_info", "additional_kwargs", "meta")
_HOLDERS = frozenset(
    ["content", "text", "choices", "candidates", "message", "output", "refusal", "tool_calls"]
)
_DETAILS = (
    "type",
    "thought",
    "model",
    "response_metadata",
    "additional_kwargs",
    "meta",
    "parts",
)
# Beyond it a JSON number is not exact everywhere (RFC 8259, section 6).
_MOST_TOKENS = 2**53


@lru_cache(maxsize=256)
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

    def cost(self, input_price: float, output_price: float) -> float | None:
        """Return the cost at prices of a million tokens, in their currency; None if unknown.

        >>> Usage(2_000, 500).cost(0.15, 0.60)
        0.0006
        """
        if self.input_tokens is None or self.output_tokens is None:
            return None
        return (self.input_tokens * input_price + self.output_tokens * output_price) / 1e6


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
        responses, Ollama's, Inspect's and Haystack's, as objects or as parsed JSON. Only their
        first choice is read. Raises InputError for anything else.
        """
        if isinstance(value, Reply):
            return value
        return Reply(value) if isinstance(value, str) else _read(value)

    def __str__(self) -> str:
        """The text, so that a prompt may hold the reply as it is."""
        return self.text

    @property
    def ending(self) -> Ending:
        """Why the model stopped: "normal", "cut", "filtered", "refused", "failed", "tool_call"."""
        if self.refusal:
            return "refused"
        return ending_of(self.finish_reason)

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
        withheld = self.refusal or ending_of(self.finish_reason) in ("refused", "filtered")
        return not withheld and bool(self.text) and not self.text.isspace()

    def raise_for_failure(self) -> None:
        """Raise ReplyFailed where the provider says that an error broke the reply off."""
        reason = self.finish_reason
        if reason is not None and ending_of(reason) == "failed" and not self.refusal:
            raise ReplyFailed(
                f"The reply was broken off: its finish reason is {shown(reason)}. "
                "Send the prompt again.",
                partial=self.text,
            )


def _read(value: Any) -> Reply:
    """Return the reply in an SDK's object: its first choice, and the message in that."""
    body = _facts(value)
    choices = _pick(body, _CHOICES)
    choice = _facts(choices[0]) if isinstance(choices, list | tuple) and choices else body
    inner = choice.get("message")
    message = choice if inner is None or isinstance(inner, str) else _facts(inner)
    content = _content(body, choice, message)
    if content is None:
        raise InputError(
            "A reply must be a text or an object with a text as its content (a message or "
            f"response of an SDK), not {type(value).__name__}."
        )
    held: dict[str, Any] = {}
    for place in (body, choice, message):
        for about in (place, *[place.get(name) for name in _ABOUT]):
            if about and isinstance(about, Mapping):
                held.update([one for one in about.items() if one[1] is not None])
    told = {
        what: held[name] for what, names in _TOLD.items() for name in names[::-1] if name in held
    }
    parts = None if isinstance(content, str) else _Blocks(content)
    thought, calls, model, refusal = map(told.get, ("reasoning", "calls", "model", "refusal"))
    return Reply(
        text=content if isinstance(content, str) else "".join(parts.texts if parts else ()),
        finish_reason=_finish(told),
        reasoning=("".join(parts.reasoning) if parts else "")
        or (thought and _text(thought))
        or None,
        usage=_usage(told.get("usage", held)) if held.keys() & _COUNTED else None,
        model=(model and _string(model)) or None,
        refusal=("".join(parts.refusals) if parts else "")
        or (refusal and _string(refusal))
        or None,
        tool_calls=tuple(parts.calls if parts else ()) or (_calls(calls) if calls else ()),
    )


def _pick(place: Mapping[str, Any], names: Iterable[str]) -> Any:
    """Return what is held under the first of the names that holds something."""
    for name in names:
        if (value := place.get(name)) is not None:
            return value
    return None


def _facts(value: Any) -> Mapping[str, Any]:
    """Return what an object holds by name; its attributes are looked at once."""
    if isinstance(value, Mapping):
        return value
    if value is None or isinstance(value, str | int | float | bytes | list | tuple):
        return {}
    held: dict[str, Any] = {**(getattr(value, "model_extra", None) or {})}
    own = getattr(value, "__dict__", None)
    held |= own if isinstance(own, dict) else {}
    if not held.keys() & _HOLDERS:  # slots, properties
        names = (*_HOLDERS, *_FINISH, *_REASONING, *_CALLS, *_USAGE, *_INPUT, *_OUTPUT, *_DETAILS)
        for name in names:
            if name not in held and (found := getattr(value, name, None)) is not None:
                held[name] = found
    return held


def _content(
    body: Mapping[str, Any], choice: Mapping[str, Any], message: Mapping[str, Any]
) -> str | Sequence[Any] | None:
    """Return the text or the blocks, "" for an empty response; None if it has no content."""
    output = body.get("output")
    if isinstance(output, list | tuple):  # OpenAI's responses: items, one of them the message
        return [block for item in map(_facts, output) for block in _item_blocks(item)]
    if output is not None and (held := _facts(output).get("message")):  # Bedrock
        message = _facts(held)
    for content in (message.get("content"), choice.get("content"), choice.get("text")):
        if content is None:
            continue
        if not isinstance(content, str | list | tuple):
            content = _facts(content).get("parts")  # Gemini
        if isinstance(content, str | list | tuple):
            return content
    return "" if (message.keys() | body.keys()) & _HOLDERS - {"message", "text"} else None


def _item_blocks(item: Mapping[str, Any]) -> Sequence[Any]:
    content = item.get("content") if item.get("type") == "message" else None
    return content if isinstance(content, list | tuple) else [item]


class _Blocks:
    """The blocks of a content, sorted by what they hold; a block inside a block is not opened."""

    def __init__(self, blocks: Iterable[Any]) -> None:
        self.texts: list[str] = []
        self.reasoning: list[str] = []
        self.refusals: list[str] = []
        self.calls: list[ToolCall] = []
        for one in blocks:
            if isinstance(one, str):
                self.texts.append(one)
            else:
                self._add(_facts(one))

    def _add(self, block: Mapping[str, Any]) -> None:
        kind, text = block.get("type"), _string(block.get("text"))
        thought, called = _pick(block, (*_REASONING, "summary")), _pick(block, _CALLS)
        if thought or kind == "reasoning":
            self.reasoning.append(_text(thought))
        elif block.get("thought") is True:  # Gemini
            self.reasoning.append(text)
        elif kind == "refusal":
            self.refusals.append(_string(block.get("refusal")))
        elif called or kind in ("tool_use", "tool_call", "function_call"):
            self.calls += _calls(called or block)
        elif kind in (None, "text", "output_text"):
            self.texts.append(text)


def _finish(told: Mapping[str, Any]) -> str | None:
    """Return the provider's word for why the model stopped; None where it does not say."""
    if "finish" in told:
        return _word(told["finish"]) or None
    if "incomplete" in told:
        return _word(_facts(told["incomplete"]).get("reason")) or None
    if "feedback" in told:
        blocked = _word(_pick(_facts(told["feedback"]), ("block_reason", "blockReason")))
        return "content_filter" if blocked and ending_of(blocked) != "filtered" else blocked or None
    status = told.get("status")
    return status if isinstance(status, str) and ending_of(status) != "normal" else None


def _word(value: Any) -> str:
    """Return a finish reason's word: a text, or an enumeration's name."""
    inner = getattr(value, "value", value)
    return inner if isinstance(inner, str) else _string(getattr(value, "name", None))


def _usage(held: Any) -> Usage | None:
    place = _facts(held)
    sent, made = read_count(_pick(place, _INPUT)), read_count(_pick(place, _OUTPUT))
    thought = read_count(_pick(place, _THOUGHTS))  # Gemini counts them apart
    if made is not None and thought is not None:
        made += thought
    return None if sent is None and made is None else Usage(sent, made)


def _calls(held: Any) -> tuple[ToolCall, ...]:
    found: list[ToolCall] = []
    for one in held if isinstance(held, list | tuple) else [held]:
        call = _facts(one)
        call = {**call, **_facts(call.get("function"))}
        own = _string(_pick(call, ("id", "toolUseId")))
        arguments = _pick(call, ("arguments", "args", "input"))
        found.append(ToolCall(_string(_pick(call, ("name", "tool_name"))), arguments, own))
    return tuple(found)


def _text(value: Any) -> str:
    """Return a text, or the texts in a list of them or of blocks; one level deep."""
    if isinstance(value, list | tuple):
        return "".join([_string(one) or _string(_facts(one).get("text")) for one in value])
    held = _facts(value)
    inner = _facts(held.get("reasoningText"))  # Bedrock
    own = _pick(held, ("text", "reasoning_text"))  # the latter is Haystack's
    return _string(value) or _string(own) or _string(inner.get("text"))


def _string(value: Any) -> str:
    return str(value) if isinstance(value, str) else ""


def read_count(value: Any) -> int | None:
    """Return a number of tokens, None for what cannot be one: no later sum may fail on it."""
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_TOKENS
    return value if whole else None


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
