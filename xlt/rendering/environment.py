"""The one maker of Jinja environments, the filters, and the compiled templates.

Values never become template source: a template is compiled once, the user's text is only ever
a variable in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
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
from xlt.rendering.punctuation import (
    first_upper,
    with_article,
    with_question_mark,
    with_stop,
    without_stop,
)

FILTERS = {
    "first_upper": first_upper,
    "with_article": with_article,
    "with_question_mark": with_question_mark,
    "with_stop": with_stop,
    "without_stop": without_stop,
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


@lru_cache(maxsize=4096)
def compile_source(source: str, name: str) -> Template:
    """Return `source` compiled, after its check; `name` stands in errors."""
    tree = parse_source(source, name)
    include = tree.find(nodes.Include)
    if include is not None:
        raise DefinitionError(
            "only the template of a strategy includes files, and it holds nothing else",
            path=name,
            line=include.lineno,
        )
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, "items_of", [], [], None, None, lineno=loop.lineno)
    env = environment()
    return Template.from_code(env, env.compile(tree, name), {})


@lru_cache(maxsize=1024)
def step_names(files: TemplateFiles, strategy: str) -> tuple[str, ...]:
    """Return the template files of a strategy's steps, in order.

    A strategy template that consists of includes is the list of its steps; any other is one
    step by itself.
    """
    name = f"{strategy}.j2"
    parts = parts_of(parse_source(files.read(name), name))
    if not any(isinstance(node, nodes.Include) for node in parts):
        return (name,)
    names: list[str] = []
    for node in parts:
        if not isinstance(node, nodes.Include) or not isinstance(node.template, nodes.Const):
            raise DefinitionError(
                "a template with includes may hold nothing else", path=name, line=node.lineno
            )
        names.append(str(node.template.value))
    return tuple(names)


def parts_of(tree: nodes.Template) -> list[nodes.Node]:
    """Return what a template consists of, without the blanks between its parts."""
    return [
        node
        for child in tree.body
        for node in (child.nodes if isinstance(child, nodes.Output) else (child,))
        if not (isinstance(node, nodes.TemplateData) and node.data.isspace())
    ]


def render_step(files: TemplateFiles, name: str, values: Mapping[str, str]) -> str:
    """Return the text of one step template with `values` in their places."""
    return fill(_compiled(files, name), values)


def fill(template: Template, values: Mapping[str, str]) -> str:
    """Return the text of a compiled template with `values` in their places."""
    name = template.name
    try:
        return "".join(_bounded(template, values))
    except UndefinedError as error:
        known = ", ".join(sorted(values))
        raise DefinitionError(f"{error.message}; it may mention {known}", path=name) from error
    except (TypeError, ValueError, AttributeError) as error:  # `{% if text < 1 %}`
        raise DefinitionError(f"cannot be filled: {error}", path=name) from error


def _bounded(template: Template, values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the pieces of a text; raises DefinitionError where it outgrows its values by far.

    Two loops in a template of 450 bytes could write a gigabyte.
    """
    left = MAX_OUTPUT + 4 * sum(map(length_of, values.values()))
    for piece in template.generate(values):
        left -= len(piece)
        if left < 0:
            raise DefinitionError(
                f"writes over {MAX_OUTPUT:,} characters more than its values hold; print a value "
                "once, and not in a loop",
                path=template.name,
            )
        yield piece


def uses(files: TemplateFiles, name: str, variable: str) -> bool:
    """Tell whether a step template mentions `variable`."""
    return variable in _mentioned(files, name)


@lru_cache(maxsize=1024)
def sole_variable(files: TemplateFiles, name: str) -> str | None:
    """Return the variable that a step template prints and nothing else, if it is such a one."""
    body = parse_source(_source(files, name), name).body
    if len(body) == 1 and isinstance(body[0], nodes.Output) and len(body[0].nodes) == 1:
        (printed,) = body[0].nodes
        return printed.name if isinstance(printed, nodes.Name) else None
    return None


@lru_cache(maxsize=1024)
def _mentioned(files: TemplateFiles, name: str) -> frozenset[str]:
    tree = parse_source(files.read(name), name)
    return frozenset(node.name for node in tree.find_all(nodes.Name))


@lru_cache(maxsize=1024)
def _compiled(files: TemplateFiles, name: str) -> Template:
    return compile_source(_source(files, name), name)


def _source(files: TemplateFiles, name: str) -> str:
    return files.read(name).removesuffix("\n")
