"""Going on with a run: results are read in, and the next round or the answers written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xlt.backends.errors import BackendError
from xlt.batches.answering import BatchTally, write_answers
from xlt.batches.folder import BatchFolder, Status, status_of, write_wave
from xlt.batches.manifest import RequestKey, SentRequest, read_custom_id
from xlt.batches.services import Failure, Provider
from xlt.errors import InputError
from xlt.files.safe import LOCK, only_writer, read_lines, to_object
from xlt.reply import Reply

MISSING = Failure("Missing", "no result was given for this request")
_RESULT = frozenset({"response", "error", "result"})


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import read, by line, and how far the run is now.

    `lines` counts "new", "duplicate", "conflicting" (another reply than the one kept), "unknown"
    (no request of this run), "unreadable" (no JSON object with an id and a result) and "cut" (a
    last line without its end). `failures` counts the new failures by their kind. `tally` is
    there at the end.
    """

    status: Status
    lines: Mapping[str, int]
    failures: Mapping[str, int]
    tally: BatchTally | None


@dataclass(slots=True)
class _Reading:
    """Takes result lines into the outcomes, and counts them."""

    folder: BatchFolder
    provider: Provider
    sent: Mapping[RequestKey, int]
    lines: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)

    def take_file(self, path: Path) -> None:
        for _, line, whole in read_lines(path):
            result = to_object(line)
            name = result.get("custom_id") if result is not None else None
            if result is None or not isinstance(name, str) or not _RESULT & result.keys():
                self.lines["unreadable" if whole else "cut"] += 1
                continue
            attempt = read_custom_id(name, self.folder.manifest.run)
            if attempt is None or attempt.number > self.sent.get(attempt.key, 0):
                self.lines["unknown"] += 1
                continue
            self._take(attempt, read_result(self.provider, result))

    def give_up(self) -> None:
        """Count every request without a result as failed."""
        for key, count in self.sent.items():
            outcomes = self.folder.outcomes
            if outcomes.reply(key) is None and outcomes.failure(key, count) is None:
                self._take(SentRequest(key, count), MISSING)

    def _take(self, attempt: SentRequest, result: Reply | Failure) -> None:
        taken = self.folder.outcomes.take(attempt, result)
        self.lines[taken] += 1
        if taken == "new" and isinstance(result, Failure):
            self.failures[result.kind] += 1


def import_results(
    folder: str | Path,
    paths: Iterable[str | Path] = (),
    *,
    retry_failed: bool = False,
    missing_failed: bool = False,
    force: bool = False,
) -> Imported:
    """Read result files, in any order, and go on when every request sent has a result.

    Then the next wave of batch files is written: the next round of every plan that goes on and,
    with `retry_failed`, the failed requests again. When there is nothing to send the answers are
    written. `missing_failed` counts requests without a result as failed. The same results again
    change nothing. Raises InputError, DataFileError; with `force` not for changed templates.
    """
    path = Path(folder)
    if not path.is_dir():
        raise InputError(f"{path} is not a directory.")
    with only_writer(path / LOCK, f"the batch in {path}"):
        found = BatchFolder.load(path, force=force)
        reading = _Reading(found, found.provider, found.manifest.sent())
        for one in paths:
            reading.take_file(Path(one))
        if missing_failed:
            reading.give_up()
        found.save_outcomes()
        tally = None
        if not found.waiting():
            wave = write_wave(found, retry_failed=retry_failed, force=force)
            tally = write_answers(found) if wave is None else None
        return Imported(status_of(found), reading.lines, reading.failures, tally)


def read_result(provider: Provider, result: Mapping[str, object]) -> Reply | Failure:
    """Return the reply or the failure in a result; whatever it holds, it is one of them."""
    try:
        return provider.read(result)
    except BackendError as error:
        return Failure(type(error).__name__, str(error))
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        # A line of a form that nobody foresaw must not cost the other lines.
        return Failure("MalformedReply", f"The result cannot be read ({type(error).__name__}).")
