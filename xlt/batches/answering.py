"""The end of a run: the answer of every row, and a tally that adds up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from xlt.answers.answer import Answer
from xlt.answers.as_json import answer_json
from xlt.batches.folder import BatchFolder, Progress
from xlt.batches.services import Failure
from xlt.errors import InputError
from xlt.files.safe import to_line, write_if_changed


@dataclass(frozen=True, slots=True)
class RowResult:
    """The end of one row: its custom id (`<run>-r<row>`), and an answer or a failure.

    `signature` is that of the last prompt. `truncated` says that a reply of the last round was
    cut at the token limit.
    """

    custom_id: str
    row: int
    answer: Answer | None
    failure: Failure | None
    signature: str
    truncated: bool = False


class BatchTally(NamedTuple):
    """Rows: planned = answered + unparsed + errored."""

    planned: int
    answered: int
    unparsed: int
    errored: int

    def __str__(self) -> str:
        return (
            f"{self.planned} planned = {self.answered} answered + {self.unparsed} unparsed "
            f"+ {self.errored} errored"
        )


def read_answers(folder: str | Path, *, force: bool = False) -> Iterator[RowResult]:
    """Yield the result of every row, in order, for instance to score them.

    Raises InputError while rows still wait for results.
    """
    found = BatchFolder.load(Path(folder), force=force)
    if waiting := found.waiting():
        raise InputError(f"{waiting} requests of the batch in {folder} have no result yet.")
    return row_results(found)


def row_results(folder: BatchFolder) -> Iterator[RowResult]:
    sent = folder.manifest.sent()
    for progress in folder.progress():
        failure = progress.fault
        for key in progress.without_reply:
            failure = failure or folder.outcomes.failure(key, sent.get(key, 0))
        if progress.answer is None and failure is None:
            raise InputError(
                f"Row {progress.row} is ready for its next round: import its results to have the "
                "round written."
            )
        signature = progress.last.signature if progress.last else ""
        name = f"{folder.manifest.run}-r{progress.row}"
        cut = progress.answer is not None and _is_cut(progress, folder)
        yield RowResult(name, progress.row, progress.answer, failure, signature, cut)


def write_answers(folder: BatchFolder) -> BatchTally:
    """Write answers.jsonl, a line a row, unless it is there; return the tally."""
    results = list(row_results(folder))
    tally = count(results, folder.manifest.planned)
    data = b"".join([to_line(_as_data(one)) for one in results])
    write_if_changed(folder.answers_path, data, inside=folder.path)
    return tally


def count(results: Iterable[RowResult], planned: int) -> BatchTally:
    """Return the tally; every planned row is counted, and once."""
    answered = unparsed = errored = 0
    for one in results:
        if one.answer is None:
            errored += 1
        elif one.answer.value is None:
            unparsed += 1
        else:
            answered += 1
    if planned != answered + unparsed + errored:
        raise AssertionError(f"{planned} rows planned, {answered + unparsed + errored} ended")
    return BatchTally(planned, answered, unparsed, errored)


def _is_cut(progress: Progress, folder: BatchFolder) -> bool:
    last = max((key.round for key in progress.digests), default=0)
    replies = [folder.outcomes.reply(key) for key in progress.digests if key.round == last]
    return any(reply is not None and reply.truncated for reply in replies)


def _as_data(result: RowResult) -> dict[str, Any]:
    about = {"id": result.custom_id, "row": result.row}
    if result.answer is None:
        failure = result.failure or Failure("Failed", "")
        return {**about, "outcome": "errored", "error": failure.kind, "message": failure.message}
    return {
        **about,
        "outcome": "unparsed" if result.answer.value is None else "answered",
        "answer": answer_json(result.answer),
        "truncated": result.truncated,
        "reply": result.answer.reply,
        "signature": result.signature,
    }
