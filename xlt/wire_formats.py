"""What each API takes in place of `messages`: OpenAI's, Anthropic's, Gemini's, text completion."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from xlt.images.blocks import content_blocks
from xlt.messages import Message

if TYPE_CHECKING:
    from xlt.prompt import Prompt

# A model that has read demonstrations continues by inventing the next one after the separator.
STOP = "\nXXX"


def to_openai_chat(prompt: Prompt) -> dict[str, Any]:
    """Return `{"messages": [...]}` for `client.chat.completions.create`.

    The same messages go into litellm, ollama and the chat templates of transformers.
    """
    return {"messages": prompt.messages}


def to_openai_responses(prompt: Prompt) -> dict[str, Any]:
    """Return `{"input": [...]}`, with "instructions" if the prompt has a system text.

    It goes into `client.responses.create`.
    """
    system, turns = split_system(prompt.turns)
    items = [{"role": one.role, "content": _content("openai-responses", one)} for one in turns]
    return {"instructions": system, "input": items} if system else {"input": items}


def to_anthropic(prompt: Prompt) -> dict[str, Any]:
    """Return `{"messages": [...]}`, with "system" if the prompt has a system text.

    It goes into `client.messages.create`, which also needs `model` and `max_tokens`.
    """
    system, turns = split_system(prompt.turns)
    messages = [{"role": one.role, "content": _content("anthropic", one)} for one in turns]
    return {"system": system, "messages": messages} if system else {"messages": messages}


def to_gemini(prompt: Prompt) -> dict[str, Any]:
    """Return `{"contents": [...]}`, with "config" if the prompt has a system text.

    It goes into `client.models.generate_content`; to set more, merge your values into "config".
    """
    system, turns = split_system(prompt.turns)
    contents = [
        {
            "role": "model" if one.role == "assistant" else "user",
            "parts": content_blocks("gemini", one.content, one.images),
        }
        for one in turns
    ]
    if not system:
        return {"contents": contents}
    return {"contents": contents, "config": {"system_instruction": system}}


def to_completion(prompt: Prompt) -> dict[str, Any]:
    """Return `{"prompt": ...}` for models without a chat, with "stop" after demonstrations.

    The text ends in the line break after which the demonstrations' replies begin.
    """
    arguments: dict[str, Any] = {"prompt": f"{prompt.text}\n"}
    if prompt.demonstrations:
        arguments["stop"] = [STOP]
    return arguments


def split_system(messages: Iterable[Message]) -> tuple[str, tuple[Message, ...]]:
    """Return the system text, empty if there is none, and the turns.

    Adjacent turns of one speaker are merged with an empty line between them, the images in
    front: Anthropic and Gemini want the speakers to alternate.
    """
    system: list[str] = []
    turns: list[Message] = []
    for message in messages:
        role, text, images = message
        if role == "system":
            system.append(text)
        elif turns and turns[-1].role == role:
            before = turns[-1]
            turns[-1] = Message(role, f"{before.content}\n\n{text}", (*before.images, *images))
        else:
            turns.append(message)
    return "\n\n".join(system), tuple(turns)


def _content(form: str, message: Message) -> str | list[dict[str, Any]]:
    """Return the text alone where it is all there is, else blocks."""
    if not message.images:
        return message.content
    return content_blocks(form, message.content, message.images)
