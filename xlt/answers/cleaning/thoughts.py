"""The thoughts of a reasoning model: the marks of every family, and where they stand in a reply."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from xlt.answers.answer import ThoughtTags

_NAMES = r"(?:\w{1,12}[:_-])?(?:think|thinking|thoughts?|reasoning|analysis|reflection|scratchpad)"
_ATTRIBUTES = r"\s{0,9}(?:\s[^<>\n]{0,80})?"
# DeepSeek, Qwen, GLM, Seed, MiniMax; Mistral; Kimi; Open-Thoughts; Cohere; Gemma; Harmony; s1;
# MedGemma; Apertus.
_OPEN = (
    rf"<\s?{_NAMES}{_ATTRIBUTES}>|&lt;{_NAMES}&gt;|<details\s[^<>\n]{{0,40}}reasoning[^<>\n]{{0,80}}>"
    r"|\[THINK\]|◁think▷|<\|begin_of_thought\|>|<\|START_THINKING\|>"
    r"|<\|channel>thought|<\|channel\|>(?:analysis|commentary)[^<>\n]{0,80}<\|message\|>"
    r"|<\|im_start\|>think|<unused94>thought|<\|inner_prefix\|>|\Aanalysis(?=(?-i:[^\W_a-z])|\n)"
)
_CLOSE = (
    rf"<\s?/\s?{_NAMES}\s?>|&lt;/{_NAMES}&gt;|</details>"
    r"|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<\|END_THINKING\|>"
    r"|<channel\|>|(?:<\|end\|>)?(?:<\|start\|>assistant)?<\|channel\|>final[^<>\n]{0,80}<\|message\|>"
    r"|<\|im_start\|>(?:answer|assistant)|<unused95>|<\|inner_suffix\|>|assistantfinal(?-i:(?![a-z]))"
)
# What marks begin with: most replies hold none of these.
_SIGNS = "<[◁&"


class Thoughts(NamedTuple):
    """The spans of the thoughts, marks included, and the start of the one that is not closed."""

    spans: list[tuple[int, int]]
    unfinished: int | None = None


def find_thoughts(text: str, tags: ThoughtTags = None) -> Thoughts:
    """Return where the thoughts stand, whatever model wrote them; `tags` are a model's own marks.

    A closing mark without an opening one ends a thought that began with the reply.
    """
    if not (tags or any(map(text.__contains__, _SIGNS)) or text.startswith("analysis")):
        return Thoughts([])
    spans: list[tuple[int, int]] = []
    opened: int | None = None
    inside = 0
    for mark in _marks(text, tags):
        if mark.lastgroup == "open":
            opened, inside = (mark.start(), mark.end()) if opened is None else (opened, inside)
        elif opened is not None or mark[0] not in TURNS:
            spans = spans if opened is not None else []
            spans.append((opened or 0, mark.end()))
            opened = None
    return Thoughts(spans, None if opened is None else inside)


def _marks(text: str, tags: ThoughtTags) -> Iterator[re.Match[str]]:
    """Yield the marks of thoughts in a text, looking only where one may begin."""
    pattern, done = thought_marks(tags), 0
    words = [re.escape(one) for one in (*(tags or ()), "assistantfinal") if one in text]
    begins = re.compile("|".join([f"[{re.escape(_SIGNS)}]", *words]))
    if text.startswith("analysis") and (mark := pattern.match(text)):
        done = mark.end()
        yield mark
    for place in begins.finditer(text):
        mark = pattern.match(text, place.start()) if place.start() >= done else None
        if mark is not None:
            done = mark.end()
            yield mark


# Marks that end no thought where none was open before them.
TURNS = ("<|im_start|>assistant", "</details>")


def thought_spans(text: str) -> list[tuple[int, int]] | None:
    """Return the spans of the thoughts, marks included; None when a thought is not closed."""
    found = find_thoughts(text)
    return None if found.unfinished is not None else found.spans


def without_thoughts(text: str) -> str:
    """Return what a reply says outside its thoughts; nothing of one that is still thinking."""
    spans = thought_spans(text)
    if spans is None:
        return ""
    ends = [0, *[end for _, end in spans]]
    starts = [*[start for start, _ in spans], len(text)]
    return "".join([text[end:start] for end, start in zip(ends, starts, strict=True)])


@lru_cache(maxsize=32)
def thought_marks(tags: ThoughtTags = None) -> re.Pattern[str]:
    """Return the pattern of the marks, in the groups `open` and `close`."""
    opening, closing = [f"{re.escape(tag)}|" for tag in tags or ()] or ("", "")
    return re.compile(f"(?P<close>{closing}{_CLOSE})|(?P<open>{opening}{_OPEN})", re.IGNORECASE)


# End and turn marks of chat templates: ChatML, Llama 2 to 4, Gemma, Mistral, DeepSeek, Cohere,
# Phi, GLM, Harmony, Granite, Falcon.
_MARKS = re.compile(
    r"<\|(?:im_end|im_start|eot_id|eom_id|eot|endoftext|end_of_text|end|user|assistant|return|call"
    r"|END_OF_TURN_TOKEN|CHATBOT_TOKEN|USER_TOKEN|END_RESPONSE|end_of_solution|end_of_role"
    r"|endofprompt|endofassistant|observation|header_start|start_header_id|system)\|>"
    r"|</s>|<s>|<eos>|<end_of_turn>|<start_of_turn>|<EOT>|<pad>|\[/?INST\]|\[/?SYS\]"
    r"|<｜(?:end▁of▁sentence|User|Assistant)｜>|<turn\|>|<\|turn>|◁/?user▷|<\|START_RESPONSE\|>"
)


def hard_end(reply: str, start: int = 0) -> int:
    """Return where the first mark behind a text ends the reply from `start`, else its length."""
    if not any(map(reply.__contains__, _SIGNS)):
        return len(reply)
    visible = start
    for match in _MARKS.finditer(reply, start):
        if reply[visible : match.start()].strip():
            return match.start()
        visible = match.end()
    return len(reply)
