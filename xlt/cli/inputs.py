"""What the commands read: standard input, `field=value` options, the task they are about."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from xlt.errors import InputError, shown

if TYPE_CHECKING:
    from xlt.task import Task

Named = TypeVar("Named")


def read_stdin() -> str:
    """Return the text on standard input, without the one line end that `echo` and editors put last.

    Raises InputError with the offset when it is not UTF-8.
    """
    try:
        data = _standard_input().read()
    except OSError as error:
        raise InputError(f"Standard input cannot be read: {error.strerror}.") from error
    text = decode(data, "Standard input")
    return text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")


def read_text_file(path: Path) -> str:
    """Return the text of a UTF-8 file. Raises InputError when there is none."""
    return decode(read_bytes(path), str(path))


def data_source(path: Path) -> Path | BinaryIO:
    """Return a data file, or standard input for "-"."""
    return _standard_input() if str(path) == "-" else path


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file. Raises InputError when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error


def check_file(named: Named) -> Named:
    """Return the file or files that an option names; raises InputError where one is missing.

    A missing file is wrong usage; a fault inside it is the definition's. "-" is standard input.
    """
    paths: Sequence[Any] = named if isinstance(named, list | tuple) else [named]
    for path in paths:
        if path is not None:
            _check_readable(path)
    return named


def check_text(text: str | None) -> str | None:
    """Return what an option gives; raises InputError where its bytes are not UTF-8."""
    try:
        (text or "").encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{shown(str(text))} is not UTF-8.") from error
    return text


def decode(data: bytes, source: str) -> str:
    """Return UTF-8 `data` as text, without a byte order mark; the error names `source`."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{source} is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}."
        ) from error
    return text.removeprefix("\ufeff")


def find_task(
    name: str | None, text: str | None, file: Path | None, templates: Path | None
) -> tuple[Task, str | None]:
    """Return the task of a name, of a file or of the template folder, and TEXT.

    Beside a task file TASK may be left out, so a lone argument that is not its name is TEXT.
    """
    from xlt.files.templates import TemplateFiles
    from xlt.registry import get_task
    from xlt.task import Task

    if file is not None:
        task = Task.from_yaml(file)
        if name is None or name in (task.name, *task.aliases):
            return task, text
        if text is None:
            return task, name
        raise InputError(f"{file} defines the task {task.name!r}, not {name!r}.")
    if name is None:
        raise InputError("Name a task, or give its file with --task-file. See: xlt tasks")
    return get_task(name, TemplateFiles.at(templates)), text


def find_rows(
    name: str | None, data: str | None, file: Path | None, templates: Path | None
) -> tuple[Task, Path | BinaryIO]:
    """Return the task, as `find_task` does, and the DATA that its rows are read from."""
    task, data = find_task(name, data, file, templates)
    if data is None:
        raise InputError(
            "Name the rows: TASK DATA, or --task-file FILE DATA. - reads standard input."
        )
    return task, data_source(check_file(Path(data)))


def read_inputs(
    task: Task, text: str | None, fields: Sequence[str]
) -> str | Mapping[str, str] | None:
    """Return the inputs of TEXT and the `-i field=value` options, None without either.

    "-" stands for standard input, which can be read once.
    """
    needed = [field.name for field in task.inputs if not field.optional]
    if text is not None and len(needed) > 1:
        each = " ".join(f"-i {name}=..." for name in needed)
        raise InputError(f"The task {task.name} needs {len(needed)} inputs: {each}, not one text.")
    if text is not None and fields:
        raise InputError("Give the inputs as TEXT or with -i field=value, not both.")
    if [text, *[pair.partition("=")[2] for pair in fields]].count("-") > 1:
        raise InputError("Only one input can be read from standard input.")
    if text is not None:
        return read_stdin() if text == "-" else check_text(text)
    if not fields:
        return None
    inputs: dict[str, str] = {}
    for pair in fields:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise InputError(f"-i takes field=value, not {pair!r}.")
        if name in inputs:
            raise InputError(f"The input field {name!r} is given twice.")
        inputs[name] = read_stdin() if value == "-" else str(check_text(value))
    return inputs


def _standard_input() -> BinaryIO:
    buffer: BinaryIO | None = getattr(sys.stdin, "buffer", None)
    if buffer is None:
        raise InputError("Standard input is closed.")
    return buffer


def _check_readable(path: Path) -> None:
    """Raise InputError without opening the file: a pipe is read once, and may wait for ever."""
    if str(path) == "-":
        return
    try:
        code = errno.EISDIR if stat.S_ISDIR(path.stat().st_mode) else 0
        code = code or (0 if os.access(path, os.R_OK) else errno.EACCES)
    except OSError as error:
        code = error.errno or errno.EIO
    if code:
        raise InputError(f"{path} cannot be read: {os.strerror(code)}.")
