"""What the commands share to write: streams, escaped control characters, wrapping, tables."""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

import typer

from xlt.errors import XLTError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


# What a terminal would obey instead of show: C0 (but tab and line feed), DEL, C1, marks that turn
# the direction of a line, line separators, invisible tags, noncharacters. ZWJ and ZWNJ are letters.
_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_NARROW = 60
_JOINERS = "\u200c\u200d"
_TAB = "    "
# Marks that may not begin a line, as East Asian typesetting has it; and those that may not end one.
_NOT_FIRST = frozenset("，。、：；？！）」』】》〉”’…％,.:;?!)]}%»")
_NOT_LAST = frozenset("（「『【《〈“‘([{«")


class Row(NamedTuple):
    """A name for the margin and the text beside it, with their styles."""

    name: str
    text: str
    name_style: str = "cyan"
    style: str = ""


GAP = Row("", "")


def prepare_streams() -> None:
    """Make any text printable: UTF-8 on a pipe, `\\x..` on a terminal that lacks a character.

    A stream that was closed (`>&-`) leads nowhere; a file opened later must not take its place.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        if stream.isatty():
            reconfigure(errors="backslashreplace")
        else:
            reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def close_streams(code: int) -> int:
    """Write out what is buffered; return the exit code, 1 where that fails."""
    try:
        with _writing():
            sys.stdout.flush()
    except (BrokenPipeError, XLTError) as error:
        _discard(sys.stdout)
        if isinstance(error, XLTError) and not code:
            complain(str(error))
        return code or 1
    return code


def is_terminal() -> bool:
    """Tell whether standard output is a terminal, which obeys escapes and shows colours."""
    return sys.stdout.isatty()


def visible(text: str) -> str:
    """Return `text` with what a terminal obeys as `\\x1b`, `\\u202e` or `\\U000e0041`."""
    return _UNSHOWN.sub(lambda found: _escape(found[0]), text)


def emit(text: str) -> None:
    """Write `text` and a line end: verbatim on a pipe, controls made visible on a terminal."""
    _write(f"{visible(text) if is_terminal() else text}\n")


def emit_json(value: Any) -> None:
    """Write `value` as indented JSON in its own scripts."""
    emit(json.dumps(value, ensure_ascii=False, indent=2))


def emit_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, as_json: bool = False
) -> None:
    """Write rows: aligned under bold heads on a terminal, tab-separated on a pipe, or as JSON.

    On a terminal too narrow for the table, each row, and the heads, are written one by one.
    """
    if as_json:
        emit_json([dict(zip(map(_key, heads), row, strict=True)) for row in rows])
        return
    if not is_terminal():
        for row in (heads, *rows):
            _write("\t".join(" ".join(cell.split()) for cell in row) + "\n")
        return
    from rich.text import Text

    console = make_console()
    table = [tuple(visible(cell) for cell in row) for row in (heads, *rows)]
    widths = [max(cells(row[column]) for row in table) for column in range(len(heads))]
    gap = next((gap for gap in (2, 1) if sum(widths) + gap * (len(heads) - 1) <= console.width), 0)
    if not gap:
        legend, *entries = [Row(row[0], " · ".join(one or "–" for one in row[1:])) for row in table]
        legend = legend._replace(name_style="bold", style="bold")
        emit_lines(margin_lines([legend, *entries], console))
        return
    for number, row in enumerate(table):
        padded = [
            f"{cell}{' ' * (width - cells(cell))}" for cell, width in zip(row, widths, strict=True)
        ]
        line = Text((" " * gap).join(padded).rstrip(), "bold" if number == 0 else "")
        if number:
            line.stylize("cyan", 0, len(row[0]))
        emit_lines([line])


def emit_facts(facts: Iterable[tuple[str, str]], *, as_json: bool = False) -> None:
    """Write names and values: coloured names on a terminal, `name<TAB>value` on a pipe, or JSON.

    In JSON a name that is there more than once has a list.
    """
    if as_json:
        found: dict[str, list[str]] = {}
        for name, value in facts:
            found.setdefault(_key(name), []).append(value)
        emit_json({name: one[0] if len(one) == 1 else one for name, one in found.items()})
        return
    if not is_terminal():
        for name, value in facts:
            _write(f"{name}\t{' '.join(value.split())}\n")
        return
    emit_lines(margin_lines([Row(name, value) for name, value in facts], make_console()))


def _key(name: str) -> str:
    return name.replace(" ", "_")


def margin_lines(rows: Sequence[Row], console: Console) -> list[Text]:
    """Return lines with each row's name in the margin and its text, wrapped, beside it.

    On a narrow terminal the name is above its text. No line needs more cells than the
    console has, whatever the script.
    """
    from rich.text import Text

    narrow = console.width < _NARROW
    rows = [row if row == GAP else row._replace(name=visible(row.name)) for row in rows]
    margin = 2 if narrow else max((cells(row.name) for row in rows), default=0) + 2
    lines: list[Text] = []
    for row in rows:
        if row == GAP:
            lines.append(Text())
            continue
        if narrow:
            lines.append(Text(row.name, row.name_style))
        for number, part in enumerate(wrap(visible(row.text), console.width - margin)):
            name = "" if number or narrow else row.name
            space = " " * (margin - cells(name))
            lines.append(Text.assemble((name, row.name_style), space, (part, row.style)))
    return lines


def emit_lines(lines: Iterable[Text]) -> None:
    """Write styled lines as they are; they were wrapped before."""
    console = make_console()
    with _writing():
        for line in lines:
            console.print(line, soft_wrap=True)


def make_console(stream: TextIO | None = None) -> Console:
    """Return a console, on standard output or `stream`, that takes every text as plain text."""
    from rich.console import Console

    return Console(file=stream, markup=False, highlight=False, emoji=False)


def shown_percent(share: float) -> str:
    """Return a share in whole percent, rounded down: 100% only where it is all."""
    return f"{int(share * 100)}%"


def complain(message: str) -> None:
    """Write an error to standard error."""
    remark(f"Error: {message}")


def remark(message: str) -> None:
    """Write a remark to standard error: it is not part of the result."""
    if sys.stderr.isatty():
        width = make_console(sys.stderr).width
        message = "\n".join(_broken(line, width) for line in visible(message).split("\n"))
    sys.stderr.write(f"{message}\n")


def _broken(line: str, width: int) -> str:
    """Return a line broken between words; one with a path that is too long, to copy, as it is."""
    text = line.lstrip(" ")
    indent = line[: len(line) - len(text)]
    room = width - len(indent)
    if any(cells(word) > room for word in text.split(" ")):
        return line
    return "\n".join(indent + part for part in wrap(text, room))


def _write(text: str) -> None:
    with _writing():
        sys.stdout.write(text)


@contextmanager
def _writing() -> Iterator[None]:
    """Turn what the system says of the output (a full disk) into an error with a message."""
    try:
        yield
    except BrokenPipeError:
        raise  # the reader has seen enough
    except OSError as error:
        raise XLTError(f"The output cannot be written: {error.strerror}.") from error


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _discard(stream: Any) -> None:
    """Point a stream whose reader is gone at the null device, so that its last flush is quiet."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


ACCOUNT_FAILED = 3
RUN_FOLDER_FAILED = 4
INTERRUPTED = 130


@contextmanager
def calls_to(model: str | None, failed: str = "", interrupted: str = "") -> Iterator[None]:
    """Say why calls to a model failed, and end with 3 where it is the account, 1 otherwise.

    `failed` and `interrupted` are said as well, of what is kept.
    """
    from xlt.backends.errors import BackendError

    try:
        yield
    except BackendError as error:
        complain(f"{str(error).removesuffix('.')}.{failed}" if failed else str(error))
        raise typer.Exit(ACCOUNT_FAILED if error.final else 1) from error
    except KeyboardInterrupt:
        if interrupted:
            complain(interrupted)
        end_at_once(model)
        raise


def end_at_once(model: str | None) -> None:
    """End the process, interrupted, at once if it holds a local server.

    llama.cpp's server may wait for ever, when Python frees it, for the request just cut off.
    """
    if model is None or not model.startswith(("local", "hf:")):
        return
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(INTERRUPTED)


def wrap(text: str, width: int) -> list[str]:
    """Return the lines of `text`, none over `width` cells.

    A line breaks at blanks or beside a wide (East Asian) character; a longer word, as in Thai,
    which writes no blanks, between two characters, never between a letter and its marks.
    """
    width = max(width, 2)
    lines: list[str] = []
    for line in text.expandtabs(len(_TAB)).split("\n"):
        lines.extend(_wrap_line(line, width))
    return lines


def cells(text: str) -> int:
    """Return how many terminal cells `text` takes at most.

    Terminals differ on the marks that Indic scripts write beside a letter: here they count.
    """
    return sum(map(_cells_of, text))


def _wrap_line(line: str, width: int) -> Iterator[str]:
    if cells(line) <= width:
        yield line
        return
    current, used = "", 0
    for piece in _pieces(line):
        size = cells(piece)
        if used + size > width and not piece.isspace():
            if current.strip():
                yield current.rstrip(" ")
            current, used = "", 0
            while size > width:
                head, piece = _split(piece, width)
                size = cells(piece)
                yield head
        current, used = current + piece, used + size
    yield current.rstrip(" ")


def _pieces(line: str) -> Iterator[str]:
    """Yield the parts between which a line may break: blanks, words, single wide characters."""
    piece = ""
    for cluster in _clusters(line):
        if piece and _may_break(piece, cluster):
            yield piece
            piece = ""
        piece += cluster
    if piece:
        yield piece


def _may_break(piece: str, cluster: str) -> bool:
    if cluster == " " or piece[-1] == " ":
        return (cluster == " ") != (piece[-1] == " ")
    if cluster[0] in _NOT_FIRST or piece[-1] in _NOT_LAST:
        return False
    return piece[-1] == "|" or _is_wide(piece[-1]) or _is_wide(cluster[0])


def _cells_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if _is_wide(character) else 1


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _split(piece: str, width: int) -> tuple[str, str]:
    """Return the longest head of `piece` that fits, at least one character, and the rest."""
    head, used = "", 0
    for cluster in _clusters(piece):
        size = cells(cluster)
        if head and used + size > width:
            break
        head, used = head + cluster, used + size
    return head, piece[len(head) :]


def _clusters(text: str) -> Iterator[str]:
    """Yield characters with the marks and joiners that belong to them."""
    cluster = ""
    for character in text:
        joined = cluster and (
            unicodedata.category(character) in ("Mn", "Mc", "Me")
            or character in _JOINERS
            or cluster[-1] == "\u200d"
            or "\U0001f3fb" <= character <= "\U0001f3ff"
        )
        if cluster and not joined:
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster
