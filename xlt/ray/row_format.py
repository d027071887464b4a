"""`RowFormat`: which columns of a row hold the request, and the columns that xlt adds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypedDict

from xlt.answers.answer import Answer
from xlt.answers.as_json import answer_json
from xlt.composing import compose, plan
from xlt.errors import InputError, UnknownName
from xlt.files.templates import TemplateFiles
from xlt.frozen import FrozenDict
from xlt.languages import get_language
from xlt.messages import whole_text
from xlt.prompt import Prompt
from xlt.registry import get_task
from xlt.strategies.strategy import Plan, check_options, get_strategy
from xlt.task import Task

if TYPE_CHECKING:
    import pyarrow

LANGUAGE = "xlt_language"
TARGET = "xlt_target_language"
# Arguments of xlt.compose that no strategy gets to see.
_OF_COMPOSE = ("demonstrations", "max_tokens", "phrasing", "reduce", "templates")
# What shortens or lengthens a prompt, without a say in how its reply is read.
_OF_LENGTH = ("demonstrations", "demonstration_format", "max_tokens", "reduce")


class RowSettings(TypedDict, total=False):
    """How the rows of a dataset become prompts.

    `columns` maps the task's input fields to columns (default: of the same name). The language
    of a row stands in `language_column`, or all rows have the one `language`; where neither says
    it, it is detected. `target_language` and its column likewise. `options` are all further
    arguments of `xlt.compose` (demonstrations, templates, max_tokens, steps, ...); they travel
    to every machine, and a folder of templates must be there.
    """

    columns: Mapping[str, str]
    language: str | None
    language_column: str | None
    target_language: str | None
    target_language_column: str | None
    strategy: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowFormat:
    """The settings of a dataset's rows, checked before any row is read."""

    task: str | Task
    columns: Mapping[str, str] = field(default_factory=FrozenDict)
    language: str | None = None
    language_column: str | None = None
    target_language: str | None = None
    target_language_column: str | None = None
    strategy: str = "xlt"
    options: Mapping[str, Any] = field(default_factory=FrozenDict)

    def __post_init__(self) -> None:
        files = TemplateFiles.at(self.options.get("templates"))
        task = get_task(self.task, files)
        for tag in (self.language, self.target_language):
            if tag is not None:
                get_language(tag, files)
        for name in self.columns:
            if name not in task.field_names:
                raise UnknownName(f"input field of {task.name}", name, task.field_names)
        given = {name: name for name in task.field_names} | dict(self.columns)
        object.__setattr__(self, "columns", FrozenDict(given))
        own = {name: one for name, one in self.options.items() if name not in _OF_COMPOSE}
        strategy = get_strategy(self.strategy)
        check_options(strategy.name, strategy.takes, own)

    @property
    def _task(self) -> Task:
        return get_task(self.task, TemplateFiles.at(self.options.get("templates")))

    @property
    def has_images(self) -> bool:
        """Whether an input of the task is an image, so that its messages hold blocks."""
        return any(one.is_image for one in self._task.inputs)

    @property
    def one_call(self) -> bool:
        """Whether the strategy is one prompt."""
        return get_strategy(self.strategy).compose_prompt is not None

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns that a request is made of."""
        also = (self.language_column, self.target_language_column)
        return (*self.columns.values(), *[name for name in also if name])

    def require(self, known: list[str], *more: str) -> None:
        """Raise UnknownName for a column that a dataset with the `known` ones lacks.

        That of an optional input may be missing, but for one that `columns` names.
        """
        optional = {one.name for one in self._task.inputs if one.optional}
        for name in (*self.column_names, *more):
            if name not in known and name not in optional:
                raise UnknownName("column", name, known)
            if known.count(name) > 1:
                raise InputError(f"{known.count(name)} columns are named {name!r}; rename one.")

    def prompt(self, row: Mapping[str, Any]) -> Prompt:
        """Return the prompt of a row; raises what `xlt.compose` does."""
        return compose(**self._arguments(row))

    def plan(self, row: Mapping[str, Any]) -> Plan:
        """Return the plan of a row, of one call or several."""
        return plan(**self._arguments(row))

    def reading(self) -> RowFormat:
        """Return the format that makes prompts only to read replies: without what costs time.

        Raises InputError where a prompt cannot be made a second time.
        """
        if self.options.get("translator") is not None:
            raise InputError(
                "Reading replies would translate every row again: leave the translator out, with "
                "a strategy that asks for the same answer, or use run_dataset."
            )
        kept = {name: one for name, one in self.options.items() if name not in _OF_LENGTH}
        return replace(self, options=FrozenDict(kept))

    def _arguments(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a row; a language found before is not detected again."""
        return {
            "task": self.task,
            "inputs": {name: row[column] for name, column in self.columns.items() if column in row},
            "language": row.get(LANGUAGE) or _cell(row, self.language_column) or self.language,
            "target_language": row.get(TARGET)
            or _cell(row, self.target_language_column)
            or self.target_language,
            "strategy": self.strategy,
            **self.options,
        }


def _cell(row: Mapping[str, Any], column: str | None) -> str | None:
    return None if column is None else row[column] or None


MESSAGES = "messages"
ERROR, MESSAGE = "xlt_error", "xlt_message"
PROMPTED = (MESSAGES, LANGUAGE, TARGET, "xlt_signature", ERROR, MESSAGE)
READ = ("xlt_answer", "xlt_status", "xlt_flags", ERROR, MESSAGE)
SENT = (
    LANGUAGE,
    TARGET,
    "xlt_signature",
    "xlt_reply",
    "xlt_answer",
    "xlt_status",
    "xlt_flags",
    "xlt_truncated",
    "xlt_calls",
    "xlt_input_tokens",
    "xlt_output_tokens",
    ERROR,
    MESSAGE,
)
_LONGEST = 500


def cells_of(table: pyarrow.Table, rows: RowFormat, *more: str) -> list[dict[str, Any]]:
    """Return the cells a request is made of, and those named; raises UnknownName."""
    known = table.column_names
    rows.require(known, *more)
    found = [name for name in (LANGUAGE, TARGET) if name in known]
    wanted = [name for name in rows.column_names if name in known]
    cells: list[dict[str, Any]] = table.select({*wanted, *found, *more}).to_pylist()
    return cells


def with_whole_texts(table: pyarrow.Table) -> pyarrow.Table:
    """Return a table whose texts are UTF-8, with U+FFFD for the bytes that are not.

    Arrow does not check them when it reads, and one bad cell would end the reading of all rows.
    """
    import pyarrow

    for place, name in enumerate(table.column_names):
        column = table.column(place)
        try:
            column.validate(full=True)
        except pyarrow.ArrowInvalid:
            with suppress(pyarrow.ArrowException):  # no text: it is not xlt that reads it
                whole = [
                    one if one is None else one.decode("utf-8", "replace")
                    for one in column.cast(pyarrow.large_binary()).to_pylist()
                ]
                table = table.set_column(place, name, pyarrow.array(whole, pyarrow.large_string()))
    return table


def with_columns(
    table: pyarrow.Table,
    names: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    *,
    blocks: bool = False,
) -> pyarrow.Table:
    """Return the table with the cells of `rows` as columns, in place of those of these names.

    `blocks` says that the content of messages is blocks, not texts.
    """
    import pyarrow

    kept = table.drop_columns([name for name in names if name in table.column_names])
    for name in names:
        # Arrow takes no lone surrogate, which a third party's text may hold.
        found = [row.get(name) for row in rows]
        whole = [whole_text(cell) if isinstance(cell, str) else cell for cell in found]
        cells = pyarrow.array(whole, _type_of(name, blocks))
        kept = kept.append_column(name, cells)
    return kept


def prompt_cells(prompt: Prompt) -> dict[str, str]:
    """Return what is told of a prompt beside its messages as cells."""
    return {
        LANGUAGE: prompt.language.tag,
        TARGET: prompt.target_language.tag,
        "xlt_signature": prompt.signature,
    }


def answer_cells(answer: Answer) -> dict[str, Any]:
    """Return an answer as cells.

    `xlt_answer` is a text whatever the task: a number's digits, a choice's number from 1, a
    label, "true" or "false", a text, or JSON. It is null where nothing was found.
    """
    value = answer_json(answer)["value"]
    text = value if value is None or isinstance(value, str) else json.dumps(value)
    return {"xlt_answer": text, "xlt_status": answer.status, "xlt_flags": sorted(answer.flags)}


def error_cells(error: Exception) -> dict[str, Any]:
    """Return what a row failed with as cells: the name of the error, and its words."""
    return {ERROR: type(error).__name__, MESSAGE: " ".join(str(error).split())[:_LONGEST]}


def in_blocks(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return messages whose content is always a list of blocks, as one Arrow type holds them."""
    return [
        {**one, "content": [{"type": "text", "text": one["content"]}]}
        if isinstance(one["content"], str)
        else dict(one)
        for one in messages
    ]


def _type_of(name: str, blocks: bool) -> pyarrow.DataType:
    import pyarrow

    text = pyarrow.string()
    if name == MESSAGES:
        link = pyarrow.struct([("url", text)])
        block = pyarrow.struct([("type", text), ("text", text), ("image_url", link)])
        content = pyarrow.list_(block) if blocks else text
        return pyarrow.list_(pyarrow.struct([("role", text), ("content", content)]))
    if name == "xlt_flags":
        return pyarrow.list_(text)
    if name == "xlt_truncated":
        return pyarrow.bool_()
    counts = ("xlt_calls", "xlt_input_tokens", "xlt_output_tokens")
    return pyarrow.int64() if name in counts else text
