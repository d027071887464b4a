"""What must hold of every reply: for the fuzzer, and for tests/security/test_reply_reader.py."""

from __future__ import annotations

from xlt.answers.answer import AnswerFormat
from xlt.answers.reading import read_answer
from xlt.answers.streaming import ReplyReader
from xlt.frozen import FrozenDict
from xlt.languages import get_language

KINDS = ("number", "choice", "label", "boolean", "short_text", "long_text", "json")
TAGS = ("en", "zh", "sw", "bn", "th", "ar", "ur", "de", "te", "tr")
FINISHES = (None, "stop", "length")
# Words that a blind search would take hours to write.
PIECES = (
    "Answer:", "答案：", "Choice number: ", "\n", "**", "\\boxed{", "}", "<think>", "</think>",
    "```json\n", "1,234.5", "٣٫٥", "½", "(A)", "Yes", "نعم", "XXX\n", "\u200d", "Step 1: ", " is ",
    "{\"answer\": ", "三百", "7/", " or ", "not ", "jibu ", "Therefore, the answer is ", "Option B",
    "| Answer | ", " |", "x = 5, ", ", so ", " and ", " hours ",
)  # fmt: skip


def asked_for(kind: str, tag: str) -> AnswerFormat:
    """Return a format of every kind with options and labels where the kind has them."""
    chosen, labelled = kind == "choice", kind == "label"
    return AnswerFormat(
        kind,
        "choice number" if chosen else "answer",
        get_language(tag),
        get_language("zh" if kind == "long_text" else tag),
        options=("walking", "running away") if chosen else (),
        option_count=2 if chosen else 0,
        labels=FrozenDict({"Yes": ("true",), "No": ("false",)}) if labelled else FrozenDict(),
        request=("2 + 2 = ?",),
    )


FORMATS = [asked_for(kind, tag) for kind in KINDS for tag in TAGS]


def check_reply(reply: str, asked: AnswerFormat, finish: str | None, cut: int) -> None:
    """Raise AssertionError where reading `reply` breaks a promise; `cut` is where a chunk ends.

    Reading never raises, finds its answer where it says, reads the same text in the same way,
    and in two chunks as in one.
    """
    answer = read_answer(reply, asked, finish_reason=finish)
    assert (answer.value is None) == (answer.status == "none"), reply
    assert answer.reply == reply
    if answer.span is not None:
        start, end = answer.span
        assert 0 <= start <= end <= len(reply), reply
        assert reply[start:end] == answer.text, reply
    assert read_answer(reply, asked, finish_reason=finish) == answer, reply
    steps = answer.steps
    for step in (steps.retelling, *steps.reasoning):
        assert isinstance(step, str | None), reply
    reader = ReplyReader(asked)
    reader.feed(reply[:cut])
    reader.feed(reply[cut:])
    assert reader.close(finish) == answer, reply
    assert reader.steps == steps, reply
