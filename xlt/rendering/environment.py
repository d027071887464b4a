"""The one maker of Jinja environments, the filters, and the compiled templates.

Values never become template source: a template is compiled once, the user's text is only ever
a variable in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any

from jinja2 import (
    PackageLoader,
    StrictUndefined,
    Template,
    TemplateSyntaxError,
    UndefinedError,
    nodes,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from xlt.errors import DefinitionError
from xlt.files.templates import TemplateFiles
from xlt.rendering.allowlist import MAX_OUTPUT, check_size, check_tree, items_of, length_of
from xlt.rendering.filters import (
    first_upper,
    lettered,
    listed,
    numbered,
    with_article,
    with_question_mark,
    with_stop,
    without_stop,
)

# The value that an expression begins with: `question` of `{{ question | with_question_mark }}`.
_NAMES_IN_LINE = re.compile(r"\{\{-?\s*([a-z_][a-z0-9_]*)")

FILTERS: dict[str, Callable[..., str]] = {
    one.__name__: one
    for one in (first_upper, lettered, listed, numbered)
    + (with_article, with_question_mark, with_stop, without_stop)
}


@lru_cache(maxsize=1)
def environment() -> ImmutableSandboxedEnvironment:
    """Return the environment every template of a prompt is compiled in."""
    env = _make_environment(autoescape=False)
    env.globals.clear()
    env.tests.clear()
    env.filters = {**FILTERS, "items_of": items_of}
    return env


@lru_cache(maxsize=8)
def html_environment(
    package: str, folder: str, finalize: Callable[[Any], Any]
) -> ImmutableSandboxedEnvironment:
    """Return an environment for the HTML templates in a package's folder: every value is escaped.

    `finalize` is given every value before that. The templates are xlt's own, so that they may
    use all of Jinja.
    """
    env = _make_environment(autoescape=True)
    env.trim_blocks = env.lstrip_blocks = True
    env.finalize = finalize
    env.loader = PackageLoader(package, folder)
    return env


def _make_environment(*, autoescape: bool) -> ImmutableSandboxedEnvironment:
    """Nothing else makes an environment; a test looks for others."""
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=autoescape, trim_blocks=False, cache_size=0
    )


def parse_source(source: str, name: str) -> nodes.Template:
    """Return the syntax tree of a template, checked against the allowlist, not yet compiled."""
    check_size(source, name)
    try:
        tree = syntax_tree(source)
    except TemplateSyntaxError as error:
        raise DefinitionError(
            error.message or "syntax error", path=name, line=error.lineno
        ) from error
    check_tree(tree, name, FILTERS)
    return tree


def syntax_tree(source: str) -> nodes.Template:
    """Return the syntax tree of a template that `check_size` let through, not checked further.

    Raises TemplateSyntaxError whatever the parser stumbles over.
    """
    try:
        return environment().parse(source)
    except RecursionError:
        raise TemplateSyntaxError("nested too deeply", 1) from None
    except ValueError:  # Python reads no number of over 4,300 digits
        raise TemplateSyntaxError("a number has too many digits", 1) from None


class StepTemplate:
    """A template, parsed and checked once.

    `includes` are the files it lists, where it is a strategy's list of steps; any other has
    `compiled`. `mentions` are the values it uses; `pieces` are its texts and names in turn, where
    it prints each name once and does nothing else; `sole` is the one value that it prints with
    nothing around it, as most of xlt's own do.
    """

    def __init__(self, name: str, tree: nodes.Template, mentions: frozenset[str]) -> None:
        self.name, self.mentions, self._tree = name, mentions, tree
        self.includes = _includes(tree, name)
        self.pieces = pieces = _pieces(tree)
        alone = pieces is not None and len(pieces) == 3 and not pieces[0] + pieces[2]
        self.sole = pieces[1] if pieces and alone else None
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, "items_of", [], [], None, None, lineno=loop.lineno)
        if pieces is None and not self.includes:
            _ = self.compiled  # what cannot be compiled is told now

    @cached_property
    def compiled(self) -> Template:
        """The template as Jinja runs it, which nobody needs while its `pieces` can be joined."""
        env = environment()
        return Template.from_code(env, env.compile(self._tree, self.name), {})

    def fill(self, values: Mapping[str, Any]) -> str:
        """Return the text with `values` in their places. Raises DefinitionError."""
        if self.includes:
            raise DefinitionError(
                "only the template of a strategy includes files, and it holds nothing else",
                path=self.name,
            )
        if self.pieces is not None:
            shown = [values.get(name) for name in self.pieces[1::2]]
            if all(type(one) is str for one in shown):  # Jinja would say the same, at length
                texts: list[Any] = list(self.pieces)
                texts[1::2] = shown
                return "".join(texts)
        try:
            return "".join(_bounded(self.compiled, values))
        except UndefinedError as error:
            known = ", ".join(sorted(values))
            raise DefinitionError(f"{error.message}; it may mention {known}", path=self.name) from (
                error
            )
        except (TypeError, ValueError, AttributeError) as error:  # `{% if text < 1 %}`
            raise DefinitionError(f"cannot be filled: {error}", path=self.name) from error


@lru_cache(maxsize=1024)
def step_template(files: TemplateFiles, name: str) -> StepTemplate:
    """Return the template `name` ("steps/role_assigning.j2") of the files in force."""
    return template_of(files.read(name).removesuffix("\n"), name)


@lru_cache(maxsize=4096)
def template_of(source: str, name: str, optional: tuple[str, ...] = ()) -> StepTemplate:
    """Return `source` as a template, after its check; errors show `name`.

    A line that mentions none but `optional` values is left out where all of them are empty.
    """
    parsed = parse_source(source, name)
    tree = parse_source(_conditional(source, optional), name) if optional else parsed
    return StepTemplate(name, tree, frozenset(node.name for node in parsed.find_all(nodes.Name)))


def step_names(files: TemplateFiles, strategy: str) -> tuple[str, ...]:
    """Return the template files of a strategy's steps, in order.

    A strategy template that consists of includes is the list of its steps; any other is one
    step by itself.
    """
    name = f"{strategy}.j2"
    return step_template(files, name).includes or (name,)


def render_step(files: TemplateFiles, name: str, values: Mapping[str, Any]) -> str:
    """Return the text of one step template with `values` in their places."""
    return step_template(files, name).fill(values)


def parts_of(tree: nodes.Template) -> list[nodes.Node]:
    """Return what a template consists of, without the blanks between its parts."""
    return [
        node
        for child in tree.body
        for node in (child.nodes if isinstance(child, nodes.Output) else (child,))
        if not (isinstance(node, nodes.TemplateData) and node.data.isspace())
    ]


def _includes(tree: nodes.Template, name: str) -> tuple[str, ...]:
    """Return the files that a template includes; it then holds nothing else."""
    if tree.find(nodes.Include) is None:
        return ()
    names: list[str] = []
    for node in parts_of(tree):
        if not isinstance(node, nodes.Include) or not isinstance(node.template, nodes.Const):
            raise DefinitionError(
                "a template with includes may hold nothing else", path=name, line=node.lineno
            )
        names.append(str(node.template.value))
    return tuple(names)


def _bounded(template: Template, values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the pieces of a text; raises DefinitionError where it outgrows its values by far.

    Two loops in a template of 450 bytes could write a gigabyte.
    """
    left, counted = MAX_OUTPUT, False
    for piece in template.root_render_func(template.new_context(dict(values))):
        left -= len(piece)
        if left < 0 and not counted:  # rarely: the values need not be measured for a short text
            left, counted = left + 4 * sum(map(length_of, values.values())), True
        if left < 0:
            raise DefinitionError(
                f"writes over {MAX_OUTPUT:,} characters more than its values hold; print a value "
                "once, and not in a loop",
                path=template.name,
            )
        yield piece


def _pieces(tree: nodes.Template) -> tuple[str, ...] | None:
    """Return text, name, text ..., where a template only prints each of its names once."""
    pieces = [""]
    for child in tree.body:
        for node in child.nodes if isinstance(child, nodes.Output) else (child,):
            if isinstance(node, nodes.TemplateData):
                pieces[-1] += node.data
            elif isinstance(node, nodes.Name):
                pieces += [node.name, ""]
            else:
                return None
    names = pieces[1::2]
    return tuple(pieces) if len(names) == len(set(names)) else None


def _conditional(source: str, optional: tuple[str, ...]) -> str:
    """Return `source` with each line that hangs on optional values behind a condition.

    The line's end goes with it: that before it or, at the head of the template, that behind it.
    """
    wanted = frozenset(optional)
    text, begun = "", False
    for line in source.split("\n"):
        names = dict.fromkeys(name for name in _NAMES_IN_LINE.findall(line) if name in wanted)
        others = [name for name in _NAMES_IN_LINE.findall(line) if name not in wanted]
        if not names or others or "{%" in line:
            text += f"\n{line}" if begun else line
            begun = True
            continue
        shown = f"\n{line}" if begun else f"{line}\n"
        text += f"{{% if {' or '.join(names)} %}}{shown}{{% endif %}}"
    return text
