"""The allowlist for templates, checked on the syntax tree before anything is compiled.

Jinja folds constants while it compiles: `{{ 'a' * 10**9 }}` costs a gigabyte even in a branch
that never runs, and a chain of 300 filters costs ten seconds. So a template is parsed, walked,
and only then compiled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from jinja2 import nodes

from xlt.errors import DefinitionError, UnknownName

MAX_BYTES = 64 * 1024
MAX_NODES = 2_000
MAX_LOOPS = 2
MAX_DEPTH = 32
MAX_BITS = 64
MAX_OUTPUT = 1_000_000
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.For,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Filter,
    nodes.Getattr,
    nodes.Include,
)
_LOOP_FIELDS = frozenset(
    ["index", "index0", "revindex", "revindex0", "first", "last", "length", "previtem", "nextitem"]
)


def check_size(source: str, name: str) -> None:
    """Raise DefinitionError for a template too large to be parsed."""
    if len(source.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise DefinitionError(f"is larger than {MAX_BYTES // 1024} KB", path=name)


def check_tree(tree: nodes.Template, name: str, filters: Collection[str]) -> None:
    """Raise DefinitionError with the line unless the template keeps to the allowlist."""
    for line, message, _ in tree_faults(tree, filters):
        raise DefinitionError(message, path=name, line=line)


def tree_faults(
    tree: nodes.Template, filters: Collection[str]
) -> Iterator[tuple[int | None, str, str]]:
    """Yield what is not on the allowlist: its line, what is wrong, and the word that is.

    Of a tree that is too large or too deep this is the only fault: nothing else may walk it.
    """
    if fault := outgrown(tree):
        yield *fault, ""
        return
    stack: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while stack:
        node, loops = stack.pop()
        loops += isinstance(node, nodes.For)
        message = _fault(node, loops, filters)
        if message:
            yield node.lineno, message, _word(node)
        stack.extend((child, loops) for child in node.iter_child_nodes())


def outgrown(tree: nodes.Template) -> tuple[int | None, str] | None:
    """Return the line and the fault of a tree that is too large or too deep to be walked."""
    level: list[nodes.Node] = [tree]
    seen = depth = 0
    while level:
        seen += len(level)
        if seen > MAX_NODES:
            return None, f"has more than {MAX_NODES} nodes"
        if depth > MAX_DEPTH:
            return level[0].lineno, "nested too deeply"
        level = [child for node in level for child in node.iter_child_nodes()]
        depth += 1
    return None


def items_of(value: Any) -> Any:
    """Return what a loop runs over; raises TypeError for a text, which is not a list."""
    if isinstance(value, str):
        raise TypeError("a loop runs over a list, and this value is a text")
    return value


def length_of(value: Any) -> int:
    """Return how many characters a value of a template holds, in all its items."""
    if isinstance(value, str):
        return len(value)
    return sum(map(length_of, value)) if isinstance(value, list | tuple) else 0


def _word(node: nodes.Node) -> str:
    named = node.attr if isinstance(node, nodes.Getattr) else getattr(node, "name", "")
    return named if isinstance(named, str) else ""


def _fault(node: nodes.Node, loops: int, filters: Collection[str]) -> str | None:
    if not isinstance(node, _ALLOWED):
        return f"{type(node).__name__} is not allowed in a template"
    if isinstance(node, nodes.Const | nodes.TemplateData):
        return _fault_of_constant(node.value if isinstance(node, nodes.Const) else node.data)
    if isinstance(node, nodes.For):
        if loops > MAX_LOOPS:
            return f"more than {MAX_LOOPS} nested loops"
        if not isinstance(node.iter, nodes.Name) or node.recursive:
            return "a loop may only run over a name"
    if isinstance(node, nodes.Filter):
        if node.name not in filters:
            return str(UnknownName("filter", node.name, filters))
        if node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            return f"the filter {node.name} takes no arguments"
    if isinstance(node, nodes.Getattr):
        is_loop = isinstance(node.node, nodes.Name) and node.node.name == "loop"
        if not is_loop or node.attr not in _LOOP_FIELDS:
            return "only loop.index and its like have attributes"
    if isinstance(node, nodes.Include) and not isinstance(node.template, nodes.Const):
        return "an include must name its file"
    return None


def _fault_of_constant(value: object) -> str | None:
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        return f"a number of over {MAX_BITS} bits is not allowed"
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        return "a lone surrogate is not allowed"
    return None
