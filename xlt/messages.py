"""`Message`, one turn of a conversation, read from whatever form an app keeps its history in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from xlt.errors import InputError

if TYPE_CHECKING:
    from xlt.images.image import Image

# What SDKs and frameworks call those who speak -> as chat APIs do.
ROLES: Mapping[str, str] = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "AIMessageChunk": "assistant",
    "model": "assistant",  # Gemini
    "system": "system",
    "developer": "system",
}
# Messages about tools, which a text conversation goes on without.
_LEFT_OUT = frozenset(["tool", "function", "remove"])


class Message(NamedTuple):
    """What `role` ("user", "assistant" or "system") said, behind the `images` it showed."""

    role: str
    content: str
    images: tuple[Image, ...] = ()


def read_history(history: Any) -> tuple[Message, ...]:
    """Return the earlier messages of a conversation, in their order.

    Takes lists of role/content dicts (OpenAI, Anthropic, Gemini's `parts`), (role, text) pairs
    and LangChain messages. A message may have blocks: their texts count. Messages about tools,
    and those without a text, are left out. Raises InputError, which names the message.
    """
    if isinstance(history, str | Mapping) or not isinstance(history, Iterable):
        raise InputError(
            f"history must be a list of messages, not {type(history).__name__}.", field="history"
        )
    messages = [
        one if isinstance(one, Message) and one.images else _message(number, one)
        for number, one in enumerate(history)
    ]
    return tuple([one for one in messages if one is not None])


def exchange(request: str, reply: str, images: tuple[Image, ...] = ()) -> tuple[Message, Message]:
    """Return a request and its reply as messages."""
    return Message("user", request, images), Message("assistant", reply)


def whole_text(text: str) -> str:
    """Return `text` with escaped surrogate halves joined, and lone ones replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def check_encodable(text: str, field: str) -> None:
    """Raise InputError at a lone surrogate, on which every HTTP client dies later."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"The input field {field!r} holds a lone surrogate (U+{ord(text[error.start]):04X}) "
            f"at offset {error.start}; decode the text again from its bytes.",
            field=field,
        ) from None


def _message(number: int, given: Any) -> Message | None:
    place = f"history[{number}]"
    role, content = _parts(given)
    if role in _LEFT_OUT:
        return None
    if role is None or role not in ROLES:
        known = ", ".join(dict.fromkeys(ROLES.values()))
        raise InputError(
            f"{place} has no role that is known: it must be a message with a role ({known}) and "
            f"a content, not {type(given).__name__}{f' with the role {role!r}' if role else ''}.",
            field="history",
        )
    text = _text(content, place)
    check_encodable(text, place)
    return Message(ROLES[role], text) if text.strip() else None


def _parts(given: Any) -> tuple[str | None, Any]:
    """Return the role and the content of a message as its SDK names them."""
    if isinstance(given, Message):
        return given.role, given.content
    if isinstance(given, tuple | list) and len(given) == 2:  # LangChain's pairs
        role, content = given
    elif isinstance(given, Mapping):
        role, content = given.get("role", given.get("type")), given.get("content")
        content = given.get("parts") if content is None else content
    else:
        role = getattr(given, "role", None) or getattr(given, "type", None)
        content = getattr(given, "content", None)
        content = getattr(given, "parts", None) if content is None else content
    return (role if isinstance(role, str) else None), content


def _text(content: Any, place: str) -> str:
    if content is None:  # a message that only calls tools
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list | tuple):
        raise InputError(
            f"{place} must have text as its content, not {type(content).__name__}.",
            field="history",
        )
    return "".join([_block_text(block) for block in content])


def _block_text(block: Any) -> str:
    """Return the text of a content block; pictures, thoughts and tool calls have none."""
    if isinstance(block, str):
        return block
    if isinstance(block, Mapping):
        kind, text = block.get("type", "text"), block.get("text")
    else:
        kind, text = getattr(block, "type", None) or "text", getattr(block, "text", None)
    return text if kind in ("text", "input_text", "output_text") and isinstance(text, str) else ""
