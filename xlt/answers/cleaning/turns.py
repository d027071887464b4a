"""Where a reply is over: the end marks of every chat template, and the next prompt or turn."""

from __future__ import annotations

import re

# End and turn marks of chat templates: ChatML, Llama 2 to 4, Gemma, Mistral, DeepSeek, Cohere,
# Phi, GLM, Harmony, Granite, Falcon.
_MARKS = re.compile(
    r"<\|(?:im_end|im_start|eot_id|eom_id|eot|endoftext|end_of_text|end|user|assistant|return|call"
    r"|END_OF_TURN_TOKEN|CHATBOT_TOKEN|USER_TOKEN|END_RESPONSE|end_of_solution|end_of_role"
    r"|endofprompt|endofassistant|observation|header_start|start_header_id|system)\|>"
    r"|</s>|<s>|<eos>|<end_of_turn>|<start_of_turn>|<EOT>|<pad>|\[/?INST\]|\[/?SYS\]"
    r"|<｜(?:end▁of▁sentence|User|Assistant)｜>|<turn\|>|<\|turn>|◁/?user▷|<\|START_RESPONSE\|>"
)
_MOST = 8


def hard_end(reply: str, start: int = 0) -> int:
    """Return where the first mark behind a text ends the reply from `start`, else its length."""
    if "<" not in reply and "[" not in reply and "◁" not in reply:
        return len(reply)
    visible = start
    for match in _MARKS.finditer(reply, start):
        if reply[visible : match.start()].strip():
            return match.start()
        visible = match.end()
    return len(reply)


def next_prompts(folded: str, pattern: re.Pattern[str], heads: tuple[str, ...]) -> list[int]:
    """Return the first places where the reply may be over and the next prompt begin.

    `pattern` is what such a line opens with, `heads` the words of which it needs one.
    """
    if not any(head in folded for head in heads):
        return []
    found: list[int] = []
    for match in pattern.finditer(folded):
        if found or folded[: match.start()].strip():
            found.append(match.start())
        if len(found) == _MOST:
            break
    return found
