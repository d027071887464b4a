"""`ReplyReader`: reads a reply while it arrives, and never takes back what it reported."""

from __future__ import annotations

from dataclasses import replace

from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.reading import read_answer, read_reply
from xlt.answers.steps import HeldLine, ReplySteps, StepEvent, StepScanner
from xlt.errors import InputError
from xlt.reply import Reply


class ReplyReader:
    """Reads one reply chunk by chunk.

    `feed` takes the next chunk, cut anywhere, and returns the parts that became sure: the
    retelling where the next part begins, each line of reasoning at its end. From the first
    answer marker on lines wait, since the last marker of a reply counts: `candidate` is the
    answer behind the last marker so far, and may change. `close`
    returns the Answer, the same as reading the whole reply at once, and reports the rest.
    All work together is linear in the reply.

    Set `in_thought` for a model whose prompt already opens the thought: nothing is reported
    before the closing tag. Otherwise a closing tag without an opening one comes too late for
    the lines before it, which were reported; `steps` and the Answer leave them out all the same.
    """

    def __init__(self, asked: AnswerFormat, *, in_thought: bool = False) -> None:
        self._asked = asked
        self._scanner = StepScanner(asked, in_thought)
        self._chunks: list[str] = []  # the whole reply
        self._line: list[str] = []  # its last, open line
        self._start = 0  # where that line starts
        self._candidate: Answer | None = None
        self._answer: Answer | None = None

    @property
    def events(self) -> tuple[StepEvent, ...]:
        """All parts reported so far, in order; the answer comes last, on closing."""
        return tuple(self._scanner.events)

    @property
    def steps(self) -> ReplySteps:
        """What was reported so far; after `close` the same as `answer.steps`."""
        return self._scanner.steps(self._answer)

    @property
    def candidate(self) -> Answer | None:
        """The answer behind the last marker of the full lines so far, without its place."""
        return self._answer or self._candidate

    def feed(self, chunk: str) -> tuple[StepEvent, ...]:
        """Take the next piece of the reply and return the parts that are sure now."""
        if self._answer is not None:
            raise InputError("The reader is closed; make a new one for another reply.")
        self._chunks.append(chunk)
        known = len(self._scanner.events)
        first, *rest = chunk.split("\n")
        self._line.append(first)
        for piece in rest:
            self._end_line()
            self._line.append(piece)
        return tuple(self._scanner.events[known:])

    def close(self, finish_reason: str | None = None) -> Answer:
        """Return the answer in the whole reply; `finish_reason` as for `Prompt.parse`."""
        if self._answer is None:
            self._end_line()
            self._answer = read_reply(Reply("".join(self._chunks), finish_reason), self._asked)
            self._scanner.finish(self._answer)
        return self._answer

    def _end_line(self) -> None:
        line = "".join(self._line)
        held = len(self._scanner.held)
        self._scanner.feed(line, self._start)
        self._start += len(line) + 1
        self._line.clear()
        if len(self._scanner.held) > held:
            self._read_candidate(self._scanner.held[-2:])

    def _read_candidate(self, last: list[HeldLine]) -> None:
        """Read the last line if it is a marker's, or the marker before it has no value."""
        if not (last[-1].is_marker or last[0].is_empty_marker):
            return
        text = "\n".join([line.text for line in last if line.is_marker or line is last[-1]])
        found = read_answer(text, self._asked)
        if found.status == "anchored":
            self._candidate = replace(found, span=None, reply="")
