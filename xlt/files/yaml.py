"""Reading YAML definitions: safe, every scalar a string, faults with their line and column."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer

from xlt.errors import DefinitionError, shown
from xlt.files.templates import MAX_BYTES, read_text

MAX_DEPTH = 32
# What libyaml takes and PyYAML refuses (a tab, `|#`), or counts no column for (U+FEFF).
_READ_DIFFERENTLY = re.compile("[\t\ufeff]|[|>][-+0-9]*#")


class _Checked:
    """Checks each event before a node is made of it."""

    depth = 0
    path: Path | str | None = None

    def get_event(self) -> Any:
        event = super().get_event()  # type: ignore[misc]
        self.depth += isinstance(event, yaml.CollectionStartEvent)
        self.depth -= isinstance(event, yaml.CollectionEndEvent)
        if self.depth > MAX_DEPTH:
            raise _at(event, "nested too deeply", self.path)
        _refuse_sharing(event, self.path)
        _refuse_surrogates(event, self.path)
        return event


class _Loader(_Checked, yaml.SafeLoader):
    """PyYAML's own parser, whose word counts.

    Stops at deep brackets while it scans: it looks a thousand ahead, in quadratic time.
    """

    def fetch_flow_collection_start(self, TokenClass: Any) -> None:
        if self.flow_level >= MAX_DEPTH:
            raise yaml.scanner.ScannerError(None, None, "nested too deeply", self.get_mark())
        super().fetch_flow_collection_start(TokenClass)


if QUICK := yaml.__with_libyaml__ and yaml._yaml.get_version() >= (0, 2, 5):

    class _QuickLoader(_Checked, Composer, yaml.CBaseLoader):
        """libyaml's parser, six times as quick; gives up where it may read a text differently."""

        def __init__(self, text: str) -> None:
            yaml.CBaseLoader.__init__(self, text)
            Composer.__init__(self)

        def get_event(self) -> Any:
            event = super().get_event()
            plain = isinstance(event, yaml.ScalarEvent) and not event.style
            if plain and (not event.value or "?" in event.value):  # {a: }, [a?], [?a]
                raise yaml.YAMLError
            return event


def load_yaml(path: Path) -> Any:
    """Return what the YAML file holds: mappings, lists and strings, nothing else."""
    return parse_yaml(read_text(path), path)


def read_shipped_yaml(path: Path) -> Any:
    """Return what a file that xlt ships holds: its tests check it, so libyaml may read it."""
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)(read_text(path))
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def parse_yaml(text: str, path: Path | str | None = None) -> Any:
    """Return what the YAML `text` holds; `path` is named in errors.

    Scalars stay strings (`lang: no` is "no", `012` is "012"); duplicate keys, anchors,
    tags and texts over 256 KB are refused with their place.
    """
    return build(compose_yaml(text, path), path)


def compose_yaml(text: str, path: Path | str | None = None) -> yaml.Node | None:
    """Return the checked node tree of `text`, whose nodes know their line and column."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise DefinitionError(f"is larger than {MAX_BYTES // 1024} KB", path=path)
    try:
        return _composed(text, path)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        message = error.problem or error.context or "cannot be read"
        raise DefinitionError(
            f"not valid YAML: {message}", path=path, line=line, column=column
        ) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise DefinitionError(f"not valid YAML: {error.reason}", path=path, line=line) from error
    except RecursionError:
        raise DefinitionError("not valid YAML: nested too deeply", path=path) from None
    except (ValueError, OverflowError) as error:  # "\Uffffffff" is no character
        raise DefinitionError(f"not valid YAML: {error}", path=path) from error


def build(
    node: yaml.Node | None,
    path: Path | str | None = None,
    report: Callable[[DefinitionError], None] | None = None,
) -> Any:
    """Return what a node tree holds; a wrong key goes to `report`, or is raised without one."""
    if isinstance(node, yaml.MappingNode):
        built: dict[str, Any] = {}
        for key, value in node.value:
            fault = _key_fault(key, built, path)
            if fault is None:
                built[key.value] = build(value, path, report)
            elif report is None:
                raise fault
            else:
                report(fault)
        return built
    if isinstance(node, yaml.SequenceNode):
        return [build(item, path, report) for item in node.value]
    return None if node is None else str(node.value)


def locate(node: yaml.Node | None, location: tuple[Any, ...]) -> tuple[int, int]:
    """Return line and column (from 1) of the value at `location`, or of its nearest parent."""
    for step in location:
        child = child_node(node, step)
        if child is None:
            break
        node = child
    mark = node.start_mark if node else None
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def child_node(node: yaml.Node | None, step: Any) -> yaml.Node | None:
    """Return the value under a key of a mapping, or at an index of a list; None for others."""
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        found: yaml.Node = node.value[step]
        return found
    return None


def _key_fault(
    key: yaml.Node, built: dict[str, Any], path: Path | str | None
) -> DefinitionError | None:
    if not isinstance(key, yaml.ScalarNode):
        return _at(key, "a key must be a word", path)
    if key.value in built:
        return _at(key, f"the key {shown(key.value)} appears twice", path)
    return None


def _composed(text: str, path: Path | str | None) -> yaml.Node | None:
    """Return the tree by libyaml where it is installed and takes the text, else by PyYAML.

    All errors are PyYAML's: what libyaml refuses is read again.
    """
    if QUICK and not _READ_DIFFERENTLY.search(text):
        with suppress(yaml.YAMLError, DefinitionError, ValueError, RecursionError):
            return _single(_QuickLoader(text), path)
    return _single(_Loader(text), path)


def _single(loader: Any, path: Path | str | None) -> yaml.Node | None:
    loader.path = path
    try:
        node: yaml.Node | None = loader.get_single_node()
        return node
    except yaml.composer.ComposerError:  # a second document: what is wrong in it comes first
        while loader.check_event():
            loader.get_event()
        raise
    finally:
        loader.dispose()


def _refuse_sharing(event: yaml.Event, path: Path | str | None) -> None:
    anchored = getattr(event, "anchor", None) is not None
    tagged = getattr(event, "tag", None) not in (None, "!")
    if anchored or tagged:
        what = "anchors and aliases" if anchored else "tags"
        raise _at(event, f"{what} are not allowed here", path)


def _refuse_surrogates(event: yaml.Event, path: Path | str | None) -> None:
    r"""Raise DefinitionError at `"\ud800"`, which no file in UTF-8 holds but an escape may."""
    text = event.value if isinstance(event, yaml.ScalarEvent) else ""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise _at(event, "a lone surrogate is not allowed", path)


def _at(node: yaml.Node | yaml.Event, message: str, path: Path | str | None) -> DefinitionError:
    mark = node.start_mark
    if mark is None:
        return DefinitionError(message, path=path)
    return DefinitionError(message, path=path, line=mark.line + 1, column=mark.column + 1)
