"""`AnswerFormat`, what a prompt asked for, and `Answer`, what was found in the reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from xlt.errors import AnswerNotFound, LanguageNotDetected, shown
from xlt.frozen import FrozenDict
from xlt.languages import Language
from xlt.reply import Usage
from xlt.task_checks import TEXT_KINDS

if TYPE_CHECKING:
    from xlt.answers.steps import ReplySteps

ThoughtTags = tuple[str, str] | None
Status = Literal["anchored", "fallback", "none", "withheld"]

# What a careful reader should know of an answer, or why there is none.
FLAGS: Mapping[str, str] = FrozenDict(
    {
        "truncated": "the finish reason says that the reply was cut; only a marked answer counts",
        "refused": "the provider says that the model refused",
        "filtered": "the provider's filter withheld the reply or part of it",
        "empty": "the model replied without a text",
        "tool_call": "the model called a tool instead of answering",
        "unfinished_thought": "the reply ends within a thought; only a box or marker in it counts",
        "undetermined": "the reply declines to answer or leaves the answer open",
        "several": "the reply gives more than one answer, or a list of them",
        "denied": "the only answer named is one that the reply denies",
        "echoed_from_request": "the only marked answer is a quotation of the request",
        "confusable_letter": "a choice's letter looks like one of another alphabet",
        "by_words": "a choice was recognized by its words, not by its name",
        "wrong_language": "the reply is not in the language wanted",
        "asked_again": "the model was asked a second time",
        "no_translation": "the model gave no translation to go on with",
    }
)
Value = int | Decimal | bool | str | Mapping[str, Any] | list[Any] | None

# Shorter texts, of fewer words, do not tell their language.
_TELLING, _TELLING_WORDS = 12, 3


@dataclass(frozen=True, slots=True)
class AnswerFormat:
    """What the prompt asked for: one declaration renders the format line and picks the parser.

    `kind` names the parser; `output_type` is the marker asked for ("answer", "choice number");
    `options` the choices as the request words them (empty where it is not known) and
    `option_count` how many there are; `labels` each label with the other words for it;
    `request` the input texts, to know an echo of them; `language` and `target_language` those
    in which the model may write its marker and its numbers, beside English. `lettered` are the
    words that the prompt shows as (A), (B) ..., if any: a letter behind the marker then stands
    for its word. `think_tags` are a model's own marks of a thought, beside the known ones.
    """

    kind: str
    output_type: str
    language: Language
    target_language: Language
    options: tuple[str, ...] = ()
    option_count: int = 0
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=FrozenDict)
    request: tuple[str, ...] = ()
    lettered: tuple[str, ...] = ()
    think_tags: ThoughtTags = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer found in a reply.

    `value` is an int or Decimal, the number of a choice from 1, a label, a bool or a text, by
    the task; None when not found. `status` is "anchored" (behind the marker asked for),
    "fallback" (by a bounded rule), "none", or "withheld" where a strategy does not trust it.
    `text` is the answer as the reply has it and
    `span` its place there. `flags` say what a careful reader should know (see `FLAGS`). `asked`
    is what the reply was an answer to; `usage` what all calls that led to it cost, None where no
    door told; `rule` the rule that read it ("boxed behind marker"). A choice has its `letter`
    ("B") and, where the request is known, its `words`. `parsed` is the validated object of a
    structured answer; `faults` say what an answer fails in: its schema, a placeholder it lost, a
    passage it cites that is not there.
    """

    value: Value
    status: Status
    text: str = ""
    span: tuple[int, int] | None = None
    flags: frozenset[str] = frozenset()
    reply: str = field(default="", repr=False)
    asked: AnswerFormat | None = field(default=None, repr=False, compare=False)
    usage: Usage | None = field(default=None, repr=False, compare=False)
    rule: str = field(default="", repr=False)
    letter: str | None = field(default=None, repr=False)
    words: str | None = field(default=None, repr=False)
    parsed: Any = field(default=None, repr=False)
    faults: tuple[str, ...] = ()

    @property
    def steps(self) -> ReplySteps:
        """The retelling, the reasoning lines and the answer, where the reply shows them."""
        from xlt.answers.steps import read_steps

        return read_steps(self)

    @property
    def reply_language(self) -> Language | None:
        """The language of the reply's prose, outside thoughts, code and quotations.

        Detected at each call; None where there are no words to tell it by.
        """
        from xlt.answers.reply_language import language_of

        return language_of(self.reply)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as small plain JSON values, as for the response of a web service.

        `value` (a Decimal as the same number or its digits), `status`, `text`, `span`, `flags`
        and, where it is known, `usage`; not the reply.
        """
        from xlt.answers.as_json import answer_json

        found = answer_json(self)
        return found if self.usage is None else {**found, "usage": asdict(self.usage)}

    @property
    def wrong_language(self) -> bool | None:
        """Whether a text answer is in English or the request's language where another was asked
        for. None where that cannot be told: another kind of answer, or a text of few words.
        """
        asked, text = self.asked, self.value
        if asked is None or not isinstance(text, str) or asked.kind not in TEXT_KINDS:
            return None
        if stands_in_code(self):
            return None
        if len(text) < _TELLING and len(text.split()) < _TELLING_WORDS:
            return None
        from xlt.detection import detect_language

        candidates = dict.fromkeys([asked.target_language.tag, asked.language.tag, "en"])
        try:
            found = detect_language(text, candidates=candidates)
        except LanguageNotDetected:
            return None
        return found.tag.partition("-")[0] != asked.target_language.tag.partition("-")[0]

    def require(self) -> Any:
        """Return the value, or raise AnswerNotFound, which says why there is none."""
        if self.value is None:
            raise AnswerNotFound(missing(self))
        return self.value


def stands_in_code(answer: Answer) -> bool:
    """Tell whether an answer stands in a fenced block of its reply, in no human language."""
    return answer.span is not None and answer.reply.count("```", 0, answer.span[0]) % 2 == 1


def missing(answer: Answer) -> str:
    """Return why an answer has no value, as a sentence: by its flags, else the reply's end."""
    if answer.status == "withheld":
        return (
            f"The strategy withheld the answer {shown(answer.text)}: its reviews say it is false."
        )
    for flag, reason in _MISSING.items():
        if flag in answer.flags:
            said = f": {shown(answer.reply, 200)}" if answer.reply.strip() else ""
            return f"{reason}{said}."
    return f"The reply holds no answer that can be read. It ends in {shown(answer.reply[-60:])}."


_MISSING = {
    "refused": "The model declined to answer",
    "filtered": "A content filter stopped the reply",
    "empty": "The model replied without a text",
    "tool_call": "The model called a tool instead of answering",
}


def marked(answer: Answer, reach: int = 60) -> str:
    """Return the words around an answer in its reply, the answer itself between » and «."""
    if answer.span is None:
        return ""
    start, end = answer.span
    before = answer.reply[max(0, start - reach) : start].rpartition("\n")[2]
    after = answer.reply[end : end + reach].partition("\n")[0]
    return f"{before}»{answer.reply[start:end]}«{after}"


def not_found(reply: str, flags: frozenset[str] = frozenset(), rule: str = "") -> Answer:
    """Return the answer that a reply gives none; `rule` names what said so."""
    return Answer(None, "none", flags=flags, reply=reply, rule=rule)
