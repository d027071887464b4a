"""What a run keeps: `Manifest`, what was planned, `Result`, the end of one sample; its cost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from xlt.errors import InputError


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens that `calls` calls to a model read and wrote."""

    input_tokens: int
    output_tokens: int
    calls: int = 1

    def __post_init__(self) -> None:
        if min(self.input_tokens, self.output_tokens, self.calls) < 0:
            raise InputError("The tokens and calls of a usage cannot be negative.")


@dataclass(frozen=True, slots=True)
class Price:
    """What a model takes for a million tokens read and a million written."""

    input_per_million: float
    output_per_million: float
    currency: str = "USD"

    def of(self, usage: Spent) -> float:
        """Return what the usage costs, in the price's currency."""
        read = usage.input_tokens * self.input_per_million
        written = usage.output_tokens * self.output_per_million
        return (read + written) / 1_000_000


SCHEMA = 3
"""The version of these records; a reader refuses a larger one."""

MOST_TOKENS = 2**53 - 1
"""The largest count that JSON's readers agree on; a server may send any number."""
Tokens = Annotated[int, Field(ge=0, le=MOST_TOKENS)]
Outcome = Literal["scored", "unparsed", "errored"]


def pair_of(language: str, target_language: str | None) -> str:
    """Return "zh", or "zh-ru" where the answer is wanted in another language."""
    return "-".join(filter(None, (language, target_language)))


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _File(_Record):
    """A versioned record. A newer version is reported before fields that this one does not know."""

    schema_version: int = SCHEMA

    @field_validator("schema_version")
    @classmethod
    def _is_known(cls, version: int) -> int:
        if version > SCHEMA:
            message = f"written by a newer xlt (schema {version}; this one reads {SCHEMA})"
            raise PydanticCustomError("newer", message)
        return version


class KnownFault(_Record):
    """A known fault of the data that loading handled (`xlt.evaluation.benchmark.Note`)."""

    fault: str
    count: int
    action: str


class Cell(_Record):
    """One benchmark, language and strategy: `planned` counts its samples times the repeats.

    `language` and `target_language` are BCP-47 tags, the latter None where it is the former;
    `tier` is `Language.tier`, its share of Common Crawl.
    """

    benchmark: str
    task: str
    metric: str
    language: str
    target_language: str | None = None
    tier: str | None = None
    strategy: str
    shots: int = 0
    planned: int
    faults: tuple[KnownFault, ...] = ()

    @property
    def pair(self) -> str:
        return pair_of(self.language, self.target_language)

    @cached_property
    def answer_language(self) -> str:
        return self.target_language or self.language

    @property
    def name(self) -> str:
        """The cell in one word: `mgsm/zh/xlt`, `flores/zh-ru/xlt`."""
        return f"{self.benchmark}/{self.pair}/{self.strategy}"


class Manifest(_File):
    """What a run was to do. `fingerprint` pins all that decides a result.

    It covers the model and its settings, the templates' hash, xlt's version, the data and the
    sampling; a run continues only with the same one. Prices are per million tokens, None where not
    given. `spec` holds the options that were given (`RunSpec`); runs of schema 1 have none.
    """

    fingerprint: str
    command: str = ""
    created: str
    model: str
    settings: dict[str, Any] = Field(default_factory=dict)
    templates: str
    version: str
    seed: int
    repeats: int = 1
    limit: int | None = None
    input_price: float | None = None
    output_price: float | None = None
    currency: str = "USD"
    spec: dict[str, Any] = Field(default_factory=dict)
    cells: tuple[Cell, ...]

    @property
    def planned(self) -> int:
        return sum(cell.planned for cell in self.cells)


class Call(_Record):
    """One call to the model: what was sent, and its raw reply.

    The token counts are the server's, or xlt's estimate where it tells none (`estimated`).
    `reasoning` is the thought that the server sent apart from the reply. `seconds` is how long the
    reply took, retries included; None for recorded ones.
    """

    messages: tuple[dict[str, Any], ...]
    reply: str
    reasoning: str = ""
    finish_reason: str = "stop"
    model: str = ""
    prompt_tokens: Tokens = 0
    completion_tokens: Tokens = 0
    estimated: bool = False
    attempts: int = 1
    seconds: Annotated[float, Field(ge=0)] | None = None


class SampleFailure(_Record):
    """Why a sample has no answer to score: the name of the error, and its message."""

    kind: str
    message: str


class Reading(_Record):
    """The answer as the parser read it (`xlt.Answer`); `span` is its place in the reply.

    `wrong_language` is None where the answer is not a text, or too short to tell.
    """

    value: Any = None
    status: Literal["anchored", "fallback", "none", "withheld"]
    text: str = ""
    span: tuple[int, int] | None = None
    flags: tuple[str, ...] = ()
    wrong_language: bool | None = None


class Result(_File):
    """The end of one sample, a line of `results.jsonl`; counted once by (run, id).

    `id` is `<cell>/<sample>/<repeat>`. Scored: an answer was read, and `score` (0 to 1) is the
    metric's for this sample, None for corpus metrics. Unparsed: a reply without a readable
    answer, `score` 0 (None for corpus metrics). Errored: no usable reply, `failure` says why,
    and neither `reading` nor `score`. `calls` are all calls of the sample in the order sent.
    `metadata` is what the benchmark says of the row.
    """

    run: str
    id: str
    benchmark: str
    language: str
    target_language: str | None = None
    strategy: str
    sample: str
    repeat: int = 0
    inputs: dict[str, Any]
    metadata: dict[str, str] = Field(default_factory=dict)
    gold: Any
    outcome: Outcome
    score: Annotated[float, Field(ge=0, le=1)] | None = None
    reading: Reading | None = None
    calls: tuple[Call, ...] = ()
    failure: SampleFailure | None = None
    signature: str = ""
    seed: int = 0

    @property
    def cell(self) -> str:
        """The name of its cell (`Cell.name`)."""
        pair = pair_of(self.language, self.target_language)
        return f"{self.benchmark}/{pair}/{self.strategy}"

    @property
    def prompt_tokens(self) -> int:
        return sum(call.prompt_tokens for call in self.calls)

    @property
    def completion_tokens(self) -> int:
        return sum(call.completion_tokens for call in self.calls)


PRICES = ("input_price", "output_price", "currency")
# What tells of a run but does not decide its results.
_ASIDE = ("schema_version", "fingerprint", "command", "created", "spec", *PRICES)


def differences(old: Manifest, new: Manifest) -> list[str]:
    """Return the differences in all that decides results, a line each: `model: a, now b`."""
    before, after = dict(_facts(old)), dict(_facts(new))
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [f"{name}: {_said(before, name)}, now {_said(after, name)}" for name in names]


def digest_text(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def fingerprint_of(manifest: Manifest) -> str:
    return digest_text(json.dumps(sorted(_facts(manifest)), ensure_ascii=True))


def _facts(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield all that decides results by name: settings one by one, then the cells."""
    data = manifest.model_dump(mode="json", exclude={*_ASIDE, "cells"})
    settings = data.pop("settings")
    settings.pop("forced", None)
    yield from _flat(data)
    yield from _flat(settings)
    for cell in manifest.cells:
        yield f"cell {cell.name}", f"{cell.planned} samples, {cell.shots} shots"


def _flat(data: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in data.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name} ")
        else:
            yield f"{above}{name}", json.dumps(value, sort_keys=True)


def _said(facts: Mapping[str, str], name: str) -> str:
    if name not in facts:
        return "not in the run"
    return facts[name] if len(facts[name]) < 100 else "another"
