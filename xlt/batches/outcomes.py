"""`Outcomes`: what came of each request so far, kept as JSON lines in one canonical order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from xlt.batches.manifest import Attempt, RequestKey
from xlt.batches.provider import Failure
from xlt.errors import DataFileError
from xlt.files.safe import read_lines, to_line, to_object, write_if_changed
from xlt.reply import Reply, Usage

Taken = Literal["new", "duplicate", "conflicting"]


class Outcome(NamedTuple):
    """A reply or a failure, and the attempt it is of."""

    attempt: int
    result: Reply | Failure


@dataclass(slots=True)
class Outcomes:
    """The outcome of each request: its first reply, or the failure of its last attempt.

    A reply never changes again, for the prompts of the next round hold it.
    """

    _kept: dict[RequestKey, Outcome] = field(default_factory=dict)

    def get(self, key: RequestKey) -> Outcome | None:
        return self._kept.get(key)

    def reply(self, key: RequestKey) -> Reply | None:
        found = self._kept.get(key)
        return found.result if found and isinstance(found.result, Reply) else None

    def failure(self, key: RequestKey, sent: int) -> Failure | None:
        """Return why the request failed, None where it did not or was sent again since."""
        found = self._kept.get(key)
        if found is None or found.attempt < sent or isinstance(found.result, Reply):
            return None
        return found.result

    def take(self, attempt: Attempt, result: Reply | Failure) -> Taken:
        """Keep a result, unless what is kept counts more; whatever order they come in."""
        new, old = Outcome(attempt.number, result), self._kept.get(attempt.key)
        if old == new:
            return "duplicate"
        if old is None or _counts_more(new, old):
            self._kept[attempt.key] = new
            return "new"
        if isinstance(old.result, Reply) and isinstance(result, Reply):
            return "duplicate" if old.result.text == result.text else "conflicting"
        return "duplicate"

    def save(self, path: Path) -> None:
        """Write all, in the order of the requests, unless the file holds the same."""
        write_if_changed(path, b"".join(self._lines()), inside=path.parent)

    @classmethod
    def load(cls, path: Path) -> Outcomes:
        """Return what a file keeps; nothing where there is none. Raises DataFileError."""
        outcomes = cls()
        if not path.exists():
            return outcomes
        for number, line, _ in read_lines(path, inside=path.parent):
            found = to_object(line)
            try:
                if found is None:
                    raise TypeError
                key, outcome = _restored(found)
            except (KeyError, TypeError, ValueError) as error:
                raise DataFileError("not a result kept by xlt", path, number) from error
            outcomes._kept[key] = outcome
        return outcomes

    def _lines(self) -> Iterator[bytes]:
        for key, (attempt, result) in sorted(self._kept.items(), key=lambda item: item[0]):
            about = {**key._asdict(), "attempt": attempt}
            yield to_line({**about, **_as_data(result)})


def _counts_more(new: Outcome, old: Outcome) -> bool:
    if isinstance(old.result, Reply) or isinstance(new.result, Reply):
        return not isinstance(old.result, Reply)
    # Of two failures of one attempt either may come first: the order must not tell.
    return (-new.attempt, new.result) < (-old.attempt, old.result)


def _as_data(result: Reply | Failure) -> dict[str, Any]:
    if isinstance(result, Failure):
        return {"error": result.kind, "message": result.message}
    usage = result.usage or Usage()
    return {
        "text": result.text,
        "finish_reason": result.finish_reason,
        "model": result.model,
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
    }


def _restored(data: Mapping[str, Any]) -> tuple[RequestKey, Outcome]:
    rest = dict(data)
    key = RequestKey(*[int(rest.pop(name)) for name in RequestKey._fields])
    attempt = int(rest.pop("attempt"))
    if "error" in rest:
        return key, Outcome(attempt, Failure(rest["error"], rest["message"]))
    usage = Usage(rest.pop("prompt_tokens"), rest.pop("completion_tokens"))
    return key, Outcome(attempt, Reply(**rest, usage=usage))
