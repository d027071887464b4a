"""The rows of a data file as requests of a task: inputs, language, right answer, id."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlt.errors import DataFileError, InputError, UnknownName, nearest
from xlt.files.templates import TemplateFiles
from xlt.frozen import FrozenDict
from xlt.images.image import take_image
from xlt.languages import Language, get_language
from xlt.languages.entries import normal_tag
from xlt.rows.gold import Gold, as_text, read_gold
from xlt.rows.opening import STREAM, Source
from xlt.rows.table_files import read_rows
from xlt.task import InputField, Task

LANGUAGE, TARGET = "language", "target_language"
_ANSWER = "answer"  # the second column of a file that names none, as MGSM's
# The CLDR distance up to which a variety stands for a language: zh_cn for zh, not es for gl.
_NEAR = 9


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A row of a file as a request.

    `line` counts from 1 and is where the row begins; `id` is the cell of the id column, else the
    line. `language` and `target_language` are BCP-47 tags, None where neither the row nor the
    caller names one. `gold` is None where it was not asked for. `cells` are all columns as read.
    """

    line: int
    id: str
    inputs: FrozenDict[str, Any]
    language: str | None
    target_language: str | None
    gold: Gold | None
    cells: Mapping[str, Any]

    def as_request(self) -> dict[str, Any]:
        """Return the mapping that `xlt.build_demonstrations` and `xlt.calibrate` take."""
        return {
            "inputs": self.inputs,
            LANGUAGE: self.language,
            TARGET: self.target_language,
            "answer": self.gold,
        }


@dataclass(frozen=True)
class Columns:
    """Which columns of a row hold what.

    A field is in the column that `named` gives for it, else in the one of its name or of one of
    the task's `columns` for it, in any case; a list of texts may be spread over columns, "A+B+C".
    A list in one column is JSON in a text file; a picture is a path relative to the file, in its
    folder, or a URL. `named` may also map "language" and
    "target_language", which by default are columns of these names; `language` and
    `target_language` are those of every row and come before any column. `gold` names the column
    of the right answer, where one is wanted (`from_zero`: choices count from 0), `id` that of
    the ids. Raises UnknownName for a name in `named` that is not a field.
    """

    task: Task
    named: Mapping[str, str] = field(default_factory=FrozenDict)
    gold: str | None = None
    id: str | None = None
    language: str | Language | None = None
    target_language: str | Language | None = None
    from_zero: bool = False
    files: TemplateFiles | None = None

    def __post_init__(self) -> None:
        known = (*self.task.field_names, LANGUAGE, TARGET)
        for name in self.named:
            if name not in known:
                raise UnknownName(f"input field of {self.task.name}", name, self.task.field_names)
        for tag in (self.language, self.target_language):
            if tag is not None:
                get_language(tag, self.files)

    @property
    def known(self) -> list[str]:
        """The names that show that a line is a header."""
        own = [name for one in self.task.inputs for name in (one.name, *one.columns)]
        more = [self.gold, self.id, *self.named.values()]
        return [*own, *[name for name in more if name]]

    @property
    def positions(self) -> tuple[str, ...]:
        """The columns of a file without a header, () where a task has several fields."""
        needed = [one for one in self.task.inputs if not one.optional]
        return (needed[0].name, self.gold or _ANSWER) if len(needed) == 1 else ()

    def read(self, cells: Mapping[str, Any], source: object, line: int) -> TaskRow:
        """Return a row as a request; raises DataFileError with `source` and line."""
        try:
            return self._read(cells, line, _folder_of(source))
        except (InputError, UnknownName) as error:
            raise DataFileError(str(error).removesuffix("."), str(source), line) from error

    def _read(self, cells: Mapping[str, Any], line: int, folder: Path) -> TaskRow:
        spoken = self._language(cells, LANGUAGE, self.language)
        target = self._language(cells, TARGET, self.target_language)
        inputs = {}
        for one in self.task.inputs:
            value = self._input(cells, one, spoken, folder)
            if value is not None:
                inputs[one.name] = value
        gold = None
        if self.gold is not None:
            value = self._cell(cells, self.gold, "right answers, gold=")
            gold = read_gold(
                self.task, value, inputs, language=target or spoken, from_zero=self.from_zero
            )
        name = str(line) if self.id is None else as_text(self._cell(cells, self.id, "ids"))
        tags = [None if one is None else one.tag for one in (spoken, target)]
        return TaskRow(line, name, FrozenDict(inputs), tags[0], tags[1], gold, cells)

    def _input(
        self, cells: Mapping[str, Any], one: InputField, spoken: Language | None, folder: Path
    ) -> Any:
        named = self.named.get(one.name)
        if named and one.many and "+" in named and _column(cells, named) is None:
            return [as_text(self._cell(cells, part, "items")) for part in named.split("+")]
        names = (named,) if named else (one.name, *one.columns)
        column = next((found for name in names if (found := _column(cells, name))), None)
        if column is None:
            if one.optional and one.name not in self.named:
                return None
            raise _missing(cells, names, f"the input field {one.name!r} of {self.task.name}")
        value = cells[column]
        if one.is_image and value is not None:
            return _picture(value, one.name, folder)
        if isinstance(value, Mapping):
            value = _in_language(value, column, spoken)
        if value is None and not one.optional:
            raise InputError(f"the column {column!r} is empty")
        if one.many:
            return _as_list(value)
        return value if value is None else as_text(value)

    def _language(
        self, cells: Mapping[str, Any], kind: str, given: str | Language | None
    ) -> Language | None:
        if given is not None:
            return get_language(given, self.files)
        if kind in self.named:
            value = self._cell(cells, self.named[kind], "languages")
        elif kind in self.task.field_names:
            return None
        else:
            value = cells.get(_column(cells, kind) or "")
        text = "" if value is None else as_text(value).strip()
        return get_language(text, self.files) if text else None

    def _cell(self, cells: Mapping[str, Any], name: str, purpose: str) -> Any:
        column = _column(cells, name)
        if column is None:
            raise _missing(cells, (name,), purpose)
        if cells[column] is None or cells[column] == "":
            raise InputError(f"the column {column!r} is empty")
        return cells[column]


def read_task_rows(source: Source, columns: Columns) -> Iterator[TaskRow]:
    """Yield the rows of a data file, or of a stream, as requests, one at a time.

    Raises DataFileError with file and line, MissingExtra for Parquet without pyarrow.

    >>> import io, xlt
    >>> columns = Columns(xlt.get_task("mgsm"), gold="answer", language="Swahili")
    >>> row = next(read_task_rows(io.BytesIO("Juma ana 5\\t5\\n".encode()), columns))
    >>> dict(row.inputs), row.language, row.gold
    ({'problem': 'Juma ana 5'}, 'sw', 5)
    """
    for line, cells in read_rows(source, known=columns.known, positions=columns.positions):
        yield columns.read(cells, _name_of(source), line)


def read_task_row(source: Source, number: int, columns: Columns) -> TaskRow:
    """Return the row of this number, counted from 0; raises InputError where there is none."""
    count = 0
    for count, row in enumerate(read_task_rows(source, columns), start=1):
        if count == number + 1:
            return row
    has = f"it has {count} rows, 0 to {count - 1}" if count else "it has no rows"
    raise InputError(f"{_name_of(source)} has no row {number}: {has}.")


def parse_columns(text: str) -> dict[str, str]:
    """Return "field=column,field=column" as a mapping; raises InputError."""
    pairs = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    found = {name.strip(): column.strip() for name, _, column in pairs}
    if not all(name and column for name, column in found.items()):
        raise InputError(f"columns takes FIELD=COLUMN,..., not {text!r}.")
    if len(found) < len(pairs):
        raise InputError(f"columns names a field twice: {text!r}.")
    return found


def _picture(value: Any, field: str, folder: Path) -> Any:
    """Return the picture of a cell: what is kept of a file's, which is read when it is sent.

    A path is relative to the data file and stays in its folder, as a stranger may have written
    it; a URL and the bytes of a Parquet file are themselves. Raises InputError.
    """
    image = take_image(value, field=field, inside=folder)
    return FrozenDict(image.to_json()) if image.source else image


def _folder_of(source: object) -> Path:
    return Path() if not isinstance(source, Path | str) or source == STREAM else Path(source).parent


def _name_of(source: Source) -> str:
    return str(source) if isinstance(source, Path | str) else STREAM


def _column(cells: Mapping[str, Any], name: str) -> str | None:
    if name in cells:
        return name
    wanted = name.casefold()
    found = [one for one in cells if isinstance(one, str) and one.strip().casefold() == wanted]
    return found[0] if len(found) == 1 else None


def _missing(cells: Mapping[str, Any], names: tuple[str, ...], purpose: str) -> InputError:
    known = [str(one) for one in cells]
    guess = next((close for name in names if (close := nearest(name, known))), None)
    hint = f" Did you mean {guess!r}?" if guess else ""
    wanted = " or ".join(map(repr, names))
    has = ", ".join(known) or "no columns"
    return InputError(f"has no column {wanted} ({purpose}).{hint} It has: {has}")


def _as_list(value: Any) -> list[str]:
    """Return the cell of a field that takes several texts: a list, a JSON list, or one text."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return [value]
    if value is None or value == "":
        return []
    return [as_text(one) for one in value] if isinstance(value, list | tuple) else [as_text(value)]


def _in_language(texts: Mapping[str, Any], column: str, language: Language | None) -> Any:
    """Return the text of `language`, or of its nearest variety ("zh": "zh_cn")."""
    import langcodes

    tag = ""
    if language is not None:
        tags = [one for one in texts if normal_tag(one)]
        tag, _ = langcodes.closest_match(language.tag, tags, max_distance=_NEAR)
    if tag not in texts:
        what = "name one" if language is None else f"none in {language.tag}"
        raise InputError(
            f"holds a text for each language in {column!r}; {what}: {', '.join(texts)}"
        )
    return texts[tag]
