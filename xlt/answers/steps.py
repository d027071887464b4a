"""The step view of a reply: the retelling in English, the reasoning lines, the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from xlt.answers.cleaning.thoughts import TURNS, thought_marks
from xlt.answers.headings import Headings, Line, has_words

if TYPE_CHECKING:
    from xlt.answers.answer import Answer, AnswerFormat

_BARE = 40  # a last line no longer than this may tell nothing but the answer


@dataclass(frozen=True, slots=True)
class ReplySteps:
    """What a reply shows of the XLT instructions.

    `retelling` is the request as the model retold it in English, None where the reply has no
    such part; `reasoning` the lines of the reasoning as they stand, without headings and
    thoughts; `answer` the words of the answer, None when not found. `complete` says that all
    three are there, the answer behind its marker and the reply not cut short: what a
    demonstration needs.
    """

    retelling: str | None
    reasoning: tuple[str, ...]
    answer: str | None
    complete: bool


class StepEvent(NamedTuple):
    """One part of a reply: a retelling, a line of reasoning, or the answer's words."""

    part: Literal["retelling", "reasoning", "answer"]
    text: str


class HeldLine(NamedTuple):
    """A line of which only the answer will say whether it is reasoning."""

    text: str
    start: int
    end: int
    is_marker: bool = False
    is_empty_marker: bool = False


def read_steps(answer: Answer) -> ReplySteps:
    """Return the steps of the reply in which `answer` was found; never raises."""
    scanner = StepScanner(answer.asked)
    start = 0
    for line in answer.reply.split("\n"):
        scanner.feed(line, start)
        start += len(line) + 1
    scanner.finish(answer)
    return scanner.steps(answer)


@dataclass(slots=True)
class StepScanner:
    """Sorts the lines of one reply into its parts, each line once, in order.

    A part is an event as soon as no later line can change it: a line of reasoning at its end,
    the retelling where the next part begins. From the first answer marker on, lines wait for
    the answer, since the last marker counts.
    """

    asked: AnswerFormat | None
    in_thought: bool = False
    events: list[StepEvent] = field(default_factory=list)
    _headings: Headings = field(init=False)
    _first: int = 0  # events before this one were thoughts
    _retelling: list[str] | None = None
    _retold: bool = False
    _gap: bool = False
    _bare: HeldLine | None = None
    held: list[HeldLine] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._headings = Headings.of(self.asked)

    def feed(self, line: str, start: int) -> None:
        """Take the next line, without its line end; it stands at `start` in the reply."""
        for text, place in self._visible(line):
            if has_words(text):
                self._sort(text, start + place)
            else:
                self._gap = True

    def finish(self, answer: Answer) -> None:
        """Sort what waited for the answer."""
        self._end_retelling()
        anchored = answer.status == "anchored"
        if self._bare is not None and not _tells_only(self._bare, answer):
            self._reason(self._bare.text)
        for line in self.held:
            if not (line.is_empty_marker or (anchored and _overlap(line, answer.span))):
                self._reason(line.text)
        self._bare, self.held = None, []
        if answer.text:
            self.events.append(StepEvent("answer", answer.text))

    def steps(self, answer: Answer | None = None) -> ReplySteps:
        """Return what was sorted so far, with the answer when it is known."""
        events = self.events[self._first :]
        retelling = next((event.text for event in events if event.part == "retelling"), None)
        reasoning = tuple([event.text for event in events if event.part == "reasoning"])
        whole = answer is not None and answer.status == "anchored"
        cut = answer is not None and "truncated" in answer.flags
        return ReplySteps(
            retelling,
            reasoning,
            (answer.text or None) if answer else None,
            complete=bool(retelling and reasoning and whole and not cut),
        )

    def _visible(self, line: str) -> Iterator[tuple[str, int]]:
        """Yield the pieces of a line outside thoughts, with their places."""
        place = 0
        if "<" in line or "[" in line or "◁" in line:
            for mark in thought_marks(self.asked.think_tags if self.asked else None).finditer(line):
                opens = mark.lastgroup == "open"
                if opens and not self.in_thought:
                    yield line[place : mark.start()], place
                elif not opens and not self.in_thought and mark[0] not in TURNS:
                    self._forget()
                self.in_thought = opens
                place = mark.end()
        if not self.in_thought:
            yield line[place:], place

    def _forget(self) -> None:
        """Drop all lines so far: they were a thought whose opening tag the prompt held."""
        self._first = len(self.events)
        self._retelling, self._retold, self._gap = None, False, False
        self._bare, self.held = None, []

    def _sort(self, text: str, start: int) -> None:
        line = self._headings.classify(text)
        if self._bare is not None:
            self._reason(self._bare.text)
            self._bare = None
        gap, self._gap = self._gap, False
        if self.held or line.kind == "answer":
            self._end_retelling()
            marker = line.kind == "answer"
            empty = marker and not has_words(line.content)
            self.held.append(HeldLine(text.strip(), start, start + len(text), marker, empty))
        elif line.kind == "retelling" and not self._retold:
            self._retold = True
            self._retelling = [line.content] if line.content else []
        elif self._retelling is not None and _continues(line, gap and bool(self._retelling)):
            self._retelling.append(text.strip())
        else:
            self._end_retelling()
            self._take(line, text, start)

    def _take(self, line: Line, text: str, start: int) -> None:
        """Take a line of reasoning; one so short that it may be the answer waits."""
        if line.kind == "steps":
            if has_words(line.content):
                self._reason(line.content)
        elif len(text) <= _BARE and line.kind == "text":
            self._bare = HeldLine(text.strip(), start, start + len(text))
        else:
            self._reason(text.strip())

    def _reason(self, text: str) -> None:
        self.events.append(StepEvent("reasoning", text))

    def _end_retelling(self) -> None:
        if self._retelling:
            self.events.append(StepEvent("retelling", "\n".join(self._retelling)))
        self._retelling = None


def _continues(line: Line, gap: bool) -> bool:
    """Whether a line goes on with the retelling; behind a gap only another named part does."""
    if line.kind in ("step", "steps"):
        return False
    return not gap or line.kind == "labelled"


def _overlap(line: HeldLine, span: tuple[int, int] | None) -> bool:
    return span is not None and span[0] < line.end and line.start < span[1]


def _tells_only(line: HeldLine, answer: Answer) -> bool:
    """Whether a short last line is there for the answer: "540.", "The answer is 540."."""
    if not _overlap(line, answer.span):
        return False
    return answer.status == "anchored" or not has_words(line.text.replace(answer.text, "", 1))
