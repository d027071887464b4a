"""`RunSpec`: all that a run is told, the same for Python, the command line and a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from xlt.errors import DefinitionError, InputError, UnknownName
from xlt.evaluation.benchmark import get_benchmark
from xlt.evaluation.runs.records import Price
from xlt.files.templates import read_text
from xlt.files.yaml import parse_yaml
from xlt.messages import whole_text
from xlt.rows import parse_columns
from xlt.task import Task

WHAT, ROWS, PROMPTS, MODEL, RUN = "What to run", "Rows", "Prompts", "Model", "The run"


def _names(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return tuple(name for name in (part.strip() for part in value.split(",")) if name)


def _columns(value: Any) -> Any:
    return parse_columns(value) if isinstance(value, str) else value


def _options(value: Any) -> Any:
    """Return options by strategy of "strategy.name=value"; a value that is JSON is read as that."""
    if isinstance(value, Mapping):
        return value
    found: dict[str, dict[str, Any]] = {}
    for pair in value:
        place, sign, text = pair.partition("=")
        strategy, dot, name = place.partition(".")
        if not (strategy and dot and name and sign):
            raise InputError(f"--option takes STRATEGY.NAME=VALUE, not {pair!r}.")
        options = found.setdefault(strategy, {})
        if name in options:
            raise InputError(f"--option gives {place} twice.")
        try:
            options[name] = json.loads(text)
        except (ValueError, RecursionError):
            options[name] = text
    return found


def _temperature(value: Any) -> Any:
    if value in (None, "default"):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number <= 2:
        raise InputError("--temperature takes a number from 0 to 2, or 'default'.")
    return number


def _option(default: Any, group: str, metavar: str, help: str, **limits: Any) -> Any:
    """Return a field that the command line shows as an option, in a group of its help."""
    shown = {"group": group, "metavar": metavar, "flags": limits.pop("flags", None)}
    return Field(default, description=help, json_schema_extra=shown, **limits)


Text = Annotated[
    str, BeforeValidator(lambda value: str(value) if isinstance(value, Path) else value)
]
Names = Annotated[tuple[str, ...], BeforeValidator(_names)]


class RunSpec(BaseModel):
    """What a run compares, on which rows and model, and how it is run.

    The fields are the options of `xlt eval`, by the same names; lists may be written with commas.
    `templates` and `demonstrations` are paths. `options` are those of a strategy, by its name.
    Raises InputError for values that do not fit, UnknownName for a field there is not.

    >>> RunSpec(benchmarks="mgsm", languages="zh, sw", data="DIR", limit=20).languages
    ('zh', 'sw')
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    benchmarks: Names = _option(
        (), WHAT, "NAMES", "mgsm, xcopa, ...: xlt eval --list shows all. Commas between several."
    )
    languages: Names = _option(
        ("all",),
        WHAT,
        "NAMES",
        "Tags or names, zh-ru pairs for flores; all: every language there is data for.",
    )
    strategies: Names = _option(
        ("basic", "xlt"), WHAT, "NAMES", "The strategies: basic,xlt,clp ..."
    )
    data: Text | None = _option(
        None,
        WHAT,
        "DIR",
        "The folder with the benchmarks' files, a subfolder each; hub: the Hugging Face hub; with "
        "--task, your own data file, with {language} in its name if there is one for each "
        "language.",
    )
    task: str | Task | None = _option(
        None, WHAT, "TASK", "The task for your own data file: a name or a YAML file."
    )
    limit: int | None = _option(
        None,
        ROWS,
        "N",
        "Rows per language, drawn by --seed, the same in each; 0: all rows. Default: as many as "
        "the benchmark's study used (250 of xlsum, 200 of flores, all of most).",
        ge=0,
    )
    mix: int | None = _option(
        None,
        ROWS,
        "N",
        "Rows per language over all benchmarks, shared out by the square root of their sizes; "
        "replaces --limit.",
        ge=1,
    )
    seed: int = _option(0, ROWS, "N", "The seed for drawing rows.")
    repeats: int = _option(1, ROWS, "N", "How many times to ask each sample.", ge=1, le=1000)
    shuffle_options: bool = _option(
        False,
        ROWS,
        "",
        "Shuffle the options of each choice by --seed; the right answer moves along.",
    )
    split: str = _option(
        "test", ROWS, "NAME", "The split: test, dev or train, if the benchmark has it."
    )
    columns: Annotated[dict[str, str], BeforeValidator(_columns)] = _option(
        {}, ROWS, "FIELD=COLUMN,...", "Which column of your file holds which input field."
    )
    gold: str = _option("answer", ROWS, "COLUMN", "The column of the right answer in your file.")
    id_column: str | None = _option(None, ROWS, "COLUMN", "The column of the samples' ids.")
    shots: int | None = _option(
        None,
        PROMPTS,
        "N",
        "Demonstrations per prompt. Default: all of --demos, or xlt's for a base model.",
        ge=0,
    )
    demonstrations: Path | None = _option(
        None,
        PROMPTS,
        "FILE",
        "Demonstrations of your own (xlt demos build) instead of xlt's.",
        flags=("--demos",),
    )
    options: Annotated[dict[str, dict[str, Any]], BeforeValidator(_options)] = _option(
        {},
        PROMPTS,
        "STRATEGY.NAME=VALUE",
        "A strategy's option, its value as JSON or text: xlt.rephrase=repeat.",
        flags=("--option",),
    )
    answer_language: bool = _option(
        False,
        PROMPTS,
        "",
        "End the prompts for the answer with a line, in the answer's language, that asks for an "
        "answer in it.",
    )
    ensure_language: bool = _option(
        False,
        PROMPTS,
        "",
        "Ask once more if an answer is in another language; the extra call is counted and flagged.",
    )
    templates: Path | None = _option(
        None,
        PROMPTS,
        "DIR",
        "A folder whose templates, tasks and languages replace or extend xlt's own.",
    )
    model: str | None = _option(
        None,
        MODEL,
        "MODEL",
        "As in xlt ask: local, local:FILE.gguf, provider:name, a server's name with --base-url; "
        "also langchain:MODULE:ATTRIBUTE, and Inspect's provider/name.",
        flags=("--model", "-m"),
    )
    base_url: str | None = _option(None, MODEL, "URL", "An OpenAI-compatible server: http://.../v1")
    key_env: str | None = _option(
        None, MODEL, "NAME", "The environment variable with the key of --base-url (XLT_API_KEY)."
    )
    temperature: Annotated[float | str | None, BeforeValidator(_temperature)] = _option(
        None,
        MODEL,
        "NUMBER",
        "The sampling temperature; 'default' sends none. Default: as in the strategy's paper (clp "
        "1, "
        "then 0.2), else 0.",
    )
    max_tokens: int | None = _option(
        None, MODEL, "N", "The maximum number of tokens in a reply.", ge=1
    )
    timeout: float = _option(
        300.0, MODEL, "SECONDS", "The time limit for a call, retries included.", ge=0.1
    )
    replay: Path | None = _option(
        None,
        MODEL,
        "PATH",
        "Replay recorded replies instead of asking a model: a run's folder, a file from --record, "
        "or "
        "BENCHMARK/STRATEGY/LANGUAGE.jsonl files.",
    )
    output: Path | None = _option(
        None,
        RUN,
        "DIR",
        "The folder of the run. Default: xlt-runs/MODEL-FINGERPRINT.",
        flags=("--output", "-o"),
    )
    max_concurrency: int = _option(
        8, RUN, "N", "The maximum number of calls at a time.", ge=1, le=1000
    )
    price_in: float | None = _option(
        None, RUN, "PRICE", "The price of a million input tokens, to show the cost.", ge=0
    )
    price_out: float | None = _option(
        None, RUN, "PRICE", "The price of a million output tokens.", ge=0
    )
    currency: str = _option("USD", RUN, "NAME", "The currency of the prices.")
    retry_errors: bool = _option(
        True,
        RUN,
        "",
        "Whether to try failed samples again when the run continues.",
        flags=("--retry-errors/--no-retry-errors",),
    )
    force: bool = _option(
        False, RUN, "", "Continue even if the model, templates, data or grid have changed."
    )

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            raise _refusal(error, given) from None

    @classmethod
    def from_file(cls, path: Path | str, **over: Any) -> Self:
        """Return the spec in a YAML file, or that of a run (`run.json`); `over` has the last word.

        Raises DefinitionError for a file without one, else as `RunSpec` itself.
        """
        path = Path(path)
        data = json_or_yaml(path)
        if isinstance(data, dict) and "fingerprint" in data:
            data = data.get("spec")
        if not isinstance(data, dict) or not data:
            raise DefinitionError("holds no run: give its options as name: value", path=path)
        return cls(**{str(name): value for name, value in data.items()} | over)

    @property
    def price(self) -> Price | None:
        """The price of the model's tokens, None where none is given."""
        if self.price_in is None or self.price_out is None:
            return None
        return Price(self.price_in, self.price_out, self.currency)

    @property
    def folder(self) -> Path:
        """The folder of the benchmarks' files."""
        return Path(self.data or "")

    @property
    def file_name(self) -> str:
        """What a data file is called in the place of a benchmark: its name, without {language}."""
        path = Path((self.data or "").replace("{language}", ""))
        return whole_text(path.name.partition(".")[0]).strip("-_ ") or path.parent.name or "own"

    def kept(self) -> dict[str, Any]:
        """Return what a run's manifest keeps: what was given, without addresses and folders."""
        given = self.model_dump(exclude={"base_url", "key_env", "output", "force"})
        given = {name: value for name, value in given.items() if name in self.model_fields_set}
        return {name: plain(value) for name, value in given.items()}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.benchmarks) == (self.task is not None):
            raise InputError(
                "Name the benchmarks to run, or the task of a data file of your own, not both."
            )
        if self.data is None and self.task is not None:
            raise InputError("--task needs --data, the file of its rows.")
        if self.data is None and not all(
            get_benchmark(one).is_generated for one in self.benchmarks
        ):
            raise InputError(
                "The benchmarks need --data, the folder with their files: DIR/mgsm/mgsm_zh.tsv, "
                "DIR/xcopa/data/zh/test.zh.jsonl, ... or --data hub, the Hugging Face hub. "
                "Only flair needs none."
            )
        for name, given in (("language", self.languages), ("strategy", self.strategies)):
            if not given:
                raise InputError(f"Name at least one {name}.")
        if self.mix is not None and self.limit is not None:
            raise InputError("mix and limit both say how many rows to take: give one of them.")
        if (self.price_in is None) != (self.price_out is None):
            raise InputError("Give --price-in and --price-out together.")
        if unused := sorted(set(self.options) - set(self.strategies)):
            raise InputError(f"Options are given for {unused[0]}, which is not in the run.")
        return self


def json_or_yaml(path: Path) -> Any:
    """Return what a .json file holds, or a YAML file, whose scalars are texts."""
    if path.suffix != ".json":
        return parse_yaml(read_text(path), path)
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise DefinitionError(f"cannot be read: {error.strerror}", path=path) from error
    except (ValueError, RecursionError) as error:
        raise DefinitionError(f"not JSON: {error}", path=path) from None


def _refusal(error: ValidationError, given: Mapping[str, Any]) -> InputError | UnknownName:
    fault = error.errors(include_url=False, include_input=False)[0]
    name = str(fault["loc"][0]) if fault["loc"] else ""
    if fault["type"] == "extra_forbidden":
        return UnknownName("option of a run", name, RunSpec.model_fields)
    problem = fault["msg"].replace("Input should be", "it must be")
    return InputError(f"{name} is {given.get(name)!r}; {problem[0].lower()}{problem[1:]}.")


def plain(value: Any) -> Any:
    """Return a value as plain JSON; a task by its name, a function (a translator) by its own."""
    if isinstance(value, Mapping):
        return {whole_text(str(key)): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, str | Path):
        return whole_text(str(value))
    if value is None or isinstance(value, bool | int | float):
        return value
    return getattr(value, "name", None) or qualified_name(value)


def qualified_name(value: Any) -> str:
    """Return "module.name" of a function or of an object's class."""
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{getattr(named, '__module__', '')}.{named.__qualname__}"
