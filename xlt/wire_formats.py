"""What each API takes in place of `messages`: OpenAI's, Anthropic's, Gemini's, text completion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

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
    system, turns = split_system(prompt.messages)
    items = [{"role": turn.role, "content": turn.text} for turn in turns]
    return {"instructions": system, "input": items} if system else {"input": items}


def to_anthropic(prompt: Prompt) -> dict[str, Any]:
    """Return `{"messages": [...]}`, with "system" if the prompt has a system text.

    It goes into `client.messages.create`, which also needs `model` and `max_tokens`.
    """
    system, turns = split_system(prompt.messages)
    messages = [{"role": turn.role, "content": turn.text} for turn in turns]
    return {"system": system, "messages": messages} if system else {"messages": messages}


def to_gemini(prompt: Prompt) -> dict[str, Any]:
    """Return `{"contents": [...]}`, with "config" if the prompt has a system text.

    It goes into `client.models.generate_content`; to set more, merge your values into "config".
    """
    system, turns = split_system(prompt.messages)
    contents = [
        {"role": "model" if turn.role == "assistant" else "user", "parts": [{"text": turn.text}]}
        for turn in turns
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


class Spoken(NamedTuple):
    """One turn of a conversation: who speaks ("user" or "assistant"), and the text."""

    role: str
    text: str


def split_system(messages: Iterable[Mapping[str, str]]) -> tuple[str, tuple[Spoken, ...]]:
    """Return the system text, empty if there is none, and the turns.

    Adjacent turns of one speaker are merged with an empty line between them: Anthropic and
    Gemini want the speakers to alternate.
    """
    system: list[str] = []
    turns: list[Spoken] = []
    for message in messages:
        role, text = message["role"], message["content"]
        if role == "system":
            system.append(text)
        elif turns and turns[-1].role == role:
            turns[-1] = Spoken(role, f"{turns[-1].text}\n\n{text}")
        else:
            turns.append(Spoken(role, text))
    return "\n\n".join(system), tuple(turns)
