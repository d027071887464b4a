"""How replies could be read, in what language they answer, and what went wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlt.answers.answer import Answer
from xlt.errors import XLTError
from xlt.evaluation.rates import LanguageCompliance, StatusRates, language_compliance, status_rates
from xlt.evaluation.report.cells import TEXT_METRICS
from xlt.evaluation.runs.records import Cell, KnownFault, Reading, Result
from xlt.frozen import FrozenDict


@dataclass(frozen=True, slots=True)
class ReplyRates:
    """How the replies of one cell were read.

    `statuses` is None where no reply came. `compliance` is None where the answer is a number or a
    label. `ends` counts what servers gave as the reason a last reply ended ("length": cut off).
    """

    cell: str
    statuses: StatusRates | None
    compliance: LanguageCompliance | None
    ends: FrozenDict[str, int]


@dataclass(frozen=True, slots=True)
class FailureKind:
    """Errored samples with one kind of error: how many, where, and the first message."""

    kind: str
    count: int
    cells: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class DataFault:
    """A known fault of the data, by benchmark and language."""

    benchmark: str
    language: str
    fault: str
    count: int
    action: str


def reply_rates(cell: Cell, results: Sequence[Result]) -> ReplyRates:
    """Return the rates of one cell; errored samples have no reply to rate."""
    readings = [one.reading for one in results if one.reading is not None]
    ends = Counter(one.calls[-1].finish_reason for one in results if one.calls)
    return ReplyRates(
        cell=cell.name,
        statuses=status_rates(map(_answer, readings)) if readings else None,
        compliance=_compliance(cell, readings),
        ends=FrozenDict(sorted(ends.items())),
    )


def failure_kinds(results: Mapping[str, Sequence[Result]]) -> tuple[FailureKind, ...]:
    """Return the errored samples by kind of error, the most frequent first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for cell, some in results.items():
        for result in some:
            if result.failure is not None:
                place = found.setdefault(result.failure.kind, [])
                place.append((cell, result.failure.message))
    kinds = [
        FailureKind(
            kind=kind,
            count=len(places),
            cells=tuple(dict.fromkeys(cell for cell, _ in places)),
            message=places[0][1],
        )
        for kind, places in found.items()
    ]
    return tuple(sorted(kinds, key=lambda one: (-one.count, one.kind)))


def data_faults(cells: Sequence[Cell]) -> tuple[DataFault, ...]:
    """Return the known faults of the data once for each benchmark and language."""
    found = [(cell.benchmark, cell.pair, fault) for cell in cells for fault in cell.faults]
    return tuple(dict.fromkeys(_fault(*one) for one in found))


def _fault(benchmark: str, language: str, fault: KnownFault) -> DataFault:
    return DataFault(benchmark, language, fault.fault, fault.count, fault.action)


def _answer(reading: Reading) -> Answer:
    flags = frozenset(reading.flags)
    return Answer(reading.value, reading.status, reading.text, reading.span, flags)


def _compliance(cell: Cell, readings: Sequence[Reading]) -> LanguageCompliance | None:
    if cell.metric not in TEXT_METRICS:
        return None
    texts = [one.text or str(one.value) for one in readings if one.value is not None]
    try:
        return language_compliance(texts, cell.target_language or cell.language)
    except XLTError:  # a language of the user's own that the detector does not know
        return None
