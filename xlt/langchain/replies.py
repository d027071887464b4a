"""Reading what a model returned: its text without its thoughts, and why it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, Generation

from xlt.backends.replies import read_finish
from xlt.errors import InputError


def read_reply(output: Any) -> tuple[str, str | None]:
    """Return the text of a model's output and its finish reason, "length" when cut short.

    `output` is a text, a message or chunk, or a generation. Blocks of thought, tool calls and
    images are left out of a message's text. Raises InputError for anything else.
    """
    if isinstance(output, str):
        return output, None
    if isinstance(output, ChatGeneration):
        text, reason = read_reply(output.message)
        return text, reason or read_finish(output.generation_info)
    if isinstance(output, Generation):
        return output.text, read_finish(output.generation_info)
    if isinstance(output, BaseMessage):
        return message_text(output.content), read_finish(output.response_metadata)
    raise InputError(
        f"The model returned {type(output).__name__}; xlt reads a text or a LangChain message."
    )


def message_text(content: Any) -> str:
    """Return the text of a message's content, which may be a list of blocks."""
    if isinstance(content, str):
        return content
    return "".join([_block_text(block) for block in content])


def _block_text(block: Any) -> str:
    if isinstance(block, str):
        return block
    if isinstance(block, Mapping) and block.get("type", "text") in ("text", "output_text"):
        text = block.get("text", "")
        return text if isinstance(text, str) else ""
    return ""
