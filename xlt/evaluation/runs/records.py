"""What a run keeps: `Manifest`, what was planned, and `Result`, the end of one sample."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

SCHEMA = 2
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
    """A record that says its version; that it is newer is said before what else is new in it."""

    schema_version: int = SCHEMA

    @field_validator("schema_version")
    @classmethod
    def _is_known(cls, version: int) -> int:
        if version > SCHEMA:
            message = f"written by a newer xlt (schema {version}; this one reads {SCHEMA})"
            raise PydanticCustomError("newer", message)
        return version


class KnownFault(_Record):
    """A known fault of the data that loading handled (`xlt.evaluation.samples.Note`)."""

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

    @property
    def answer_language(self) -> str:
        return self.target_language or self.language

    @property
    def name(self) -> str:
        """The cell in one word: `mgsm/zh/xlt`, `flores/zh-ru/xlt`."""
        return f"{self.benchmark}/{self.pair}/{self.strategy}"


class Manifest(_File):
    """What a run was to do. `fingerprint` pins all that decides a result.

    It covers the model and its settings, the templates' hash, xlt's version, the data and the
    sampling; a run goes on only with the same. Prices are per million tokens, None where not
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
    """

    messages: tuple[dict[str, Any], ...]
    reply: str
    finish_reason: str = "stop"
    model: str = ""
    prompt_tokens: Tokens = 0
    completion_tokens: Tokens = 0
    estimated: bool = False
    attempts: int = 1


class Failure(_Record):
    """Why a sample has no answer to score: the name of the error, and its message."""

    kind: str
    message: str


class Reading(_Record):
    """The answer as the parser read it (`xlt.Answer`); `span` is its place in the reply."""

    value: Any = None
    status: Literal["anchored", "fallback", "none"]
    text: str = ""
    span: tuple[int, int] | None = None
    flags: tuple[str, ...] = ()


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
    failure: Failure | None = None
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
