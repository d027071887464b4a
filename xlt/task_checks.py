"""What a task's parts must agree on, beyond the form of each: every fault, with its place."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from jinja2 import TemplateSyntaxError, nodes

from xlt.errors import DefinitionError
from xlt.rendering.allowlist import check_size, outgrown, tree_faults
from xlt.rendering.environment import FILTERS, syntax_tree

# What a task's own templates may mention beside its input fields.
LANGUAGE_VALUES = ("language", "target_language")
TASK_VALUES = (*LANGUAGE_VALUES, "labels")
# The parts that are templates: over the input fields and the task's values, over those alone.
REQUEST_PARTS = ("task_input", "basic_prompt", "plain_request", "clp_request")
LANGUAGE_PARTS = ("task_goal", "output_constraint", "task_language", "final_format")
# What a strategy's templates may mention, which therefore no input field may be called.
TEMPLATE_VALUES = frozenset(
    {*TASK_VALUES, *REQUEST_PARTS, *LANGUAGE_PARTS, "task_name", "input_tag", "output_type"}
    | {"rephrase", "clp_expert", "pivot", "native", "loop"}
)
# The kinds of answer that are one of the task's labels, or several of them.
LABEL_KINDS = ("label", "labels")
# The kinds whose answer stands in a language of its own.
TEXT_KINDS = ("short_text", "long_text")
# The parts of an answer's kind that name an input field.
_FIELDS_OF_ANSWER = ("keeps", "glossary", "cites")


class TaskFault(NamedTuple):
    """What is wrong with the part at `location` ("inputs", 0, "name"), and the word that is."""

    location: tuple[str | int, ...]
    message: str
    word: str = ""


def task_faults(data: Mapping[str, Any]) -> Iterator[TaskFault]:
    """Yield what is wrong in a task as its file holds it; parts of another form are passed over."""
    answer = _answer(with_labels_in_answer(data))
    fields = _input_names(data)
    yield from _name_faults(data, fields)
    yield from _image_faults(data)
    yield from _answer_faults(data, answer, fields)
    trees: dict[str, nodes.Template] = {}
    for part in REQUEST_PARTS:
        yield from _part_faults(data, part, {*fields, *TASK_VALUES}, trees)
    for part in LANGUAGE_PARTS:
        yield from _part_faults(data, part, set(TASK_VALUES), trees)
    for name, source in _phrasings(data).items():
        yield from _part_faults({name: source}, name, {*fields, *TASK_VALUES}, trees)
    pictures = _images(data)
    yield from _missing_inputs([name for name in fields if name not in pictures], trees)
    yield from _printed_images(pictures, trees)
    yield from _printed_lists(data, trees)
    if answer.get("kind") in LABEL_KINDS:
        yield from _label_faults(data, answer, trees)


def with_labels_in_answer(data: Any) -> Any:
    """Return a task's data with its `labels: [a, b]`, which is short for those of its answer.

    So is `multi: true`, which lets a text have several of them: the kind of answer is "labels".
    """
    if not isinstance(data, Mapping) or not data.keys() & {"labels", "multi"}:
        return data
    answer = data.get("answer", "label")
    answer = {"kind": answer} if isinstance(answer, str) else answer
    multi = str(data.get("multi", False)).lower()  # YAML's true is a text here
    if not isinstance(answer, Mapping) or multi not in ("true", "false"):
        return data  # where its checks will say what is wrong
    own = {"labels": data["labels"]} if "labels" in data else {}
    if multi == "true" and answer.get("kind", "label") == "label":
        own["kind"] = "labels"
    parts = {name: value for name, value in data.items() if name not in ("labels", "multi")}
    return {**parts, "answer": {**answer, **own}}


def mentioned(tree: nodes.Template) -> dict[str, None]:
    """Return the values a template mentions, in order, without the names of its loops."""
    loops = {
        one.target.name for one in tree.find_all(nodes.For) if isinstance(one.target, nodes.Name)
    }
    used = dict.fromkeys(node.name for node in tree.find_all(nodes.Name))
    return {name: None for name in used if name != "loop" and name not in loops}


def _listed(data: Mapping[str, Any], part: str) -> Sequence[Any]:
    """Return the list that a part is, empty where it is none."""
    given = data.get(part)
    return given if isinstance(given, list | tuple) else ()


def _input_names(data: Mapping[str, Any]) -> list[str]:
    entries = _listed(data, "inputs")
    names = [entry.get("name") if isinstance(entry, Mapping) else entry for entry in entries]
    return [name for name in names if isinstance(name, str)]


def _answer(data: Mapping[str, Any]) -> Mapping[str, Any]:
    answer = data.get("answer")
    return answer if isinstance(answer, Mapping) else {"kind": answer}


def _name_faults(data: Mapping[str, Any], fields: list[str]) -> Iterator[TaskFault]:
    names = [data.get("name"), *_listed(data, "aliases")]
    for location, given, what in (("inputs", fields, "input"), ("aliases", names, "name")):
        counts = Counter(name for name in given if isinstance(name, str))
        for name in sorted(name for name, count in counts.items() if count > 1):
            yield TaskFault((location,), f"the {what} {name!r} appears twice", name)
    for number, name in enumerate(fields):
        if name in TEMPLATE_VALUES:
            message = f"{name!r} cannot be the name of an input"
            yield TaskFault(("inputs", number, "name"), message, name)


def _answer_faults(
    data: Mapping[str, Any], answer: Mapping[str, Any], fields: list[str]
) -> Iterator[TaskFault]:
    if answer.get("kind") == "choice" and not answer.get("options"):
        yield TaskFault(("answer",), "an answer of the kind 'choice' needs options", "choice")
    known = set(fields)
    for number, name in enumerate(_listed(answer, "options")):
        if not isinstance(name, str) or name not in known:
            message = f"the option {name!r} is not an input of the task"
            yield TaskFault(("answer", "options", number), message, str(name))
    for part in _FIELDS_OF_ANSWER:
        if answer.get(part) and answer[part] not in known:
            message = f"{part} names {answer[part]!r}, which is not an input of the task"
            yield TaskFault(("answer", part), message, str(answer[part]))


def _part_faults(
    data: Mapping[str, Any], part: str, known: set[str], trees: dict[str, nodes.Template]
) -> Iterator[TaskFault]:
    source = data.get(part)
    if not isinstance(source, str) or not source:
        return
    try:
        check_size(source, part)
        tree = syntax_tree(source)
    except TemplateSyntaxError as error:
        yield TaskFault((part,), f"{part}:{error.lineno}: {error.message or 'syntax error'}")
        return
    except DefinitionError as error:
        yield TaskFault((part,), str(error))
        return
    if fault := outgrown(tree):
        yield TaskFault((part,), f"{part}:{fault[0]}: {fault[1]}")
        return
    trees[part] = tree
    for line, message, word in tree_faults(tree, FILTERS):
        yield TaskFault((part,), f"{part}:{line}: {message}", word)
    if next(tree.find_all(nodes.Include), None):
        yield TaskFault((part,), f"{part}: an include is not allowed in a task", "include")
    for name in mentioned(tree):
        if name not in known:
            message = f"{part} mentions {name!r}; it may mention {', '.join(sorted(known))}"
            yield TaskFault((part,), message, name)


def _phrasings(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the preamble and the phrasings by the names that errors give them."""
    listed = enumerate(_listed(data, "phrasings"))
    numbered = {f"phrasings.{number}": source for number, source in listed}
    return {"preamble": data.get("preamble"), **numbered}


def _images(data: Mapping[str, Any]) -> set[str]:
    entries = [one for one in _listed(data, "inputs") if isinstance(one, Mapping)]
    pictures = [one for one in entries if one.get("type") == "image"]
    return {one["name"] for one in pictures if isinstance(one.get("name"), str)}


def _image_faults(data: Mapping[str, Any]) -> Iterator[TaskFault]:
    """Yield what an input of type image cannot have: several, values, or a part in the answer."""
    pictures = _images(data)
    for number, one in enumerate(data["inputs"] if pictures else ()):
        if isinstance(one, Mapping) and one.get("name") in pictures:
            for part in ("many", "allowed", "detect", "language"):
                if one.get(part) not in (None, False, "false", (), [], ""):
                    message = f"an input of type image takes one picture and has no {part!r}"
                    yield TaskFault(("inputs", number, part), message, part)
    for number, name in enumerate(_listed(_answer(data), "options")):
        if isinstance(name, str) and name in pictures:
            message = f"the option {name!r} is a picture; only texts can be options"
            yield TaskFault(("answer", "options", number), message, name)


def _printed_images(pictures: set[str], trees: Mapping[str, nodes.Template]) -> Iterator[TaskFault]:
    for part, tree in trees.items():
        for name in sorted(pictures & set(mentioned(tree))):
            message = f"{part} mentions the picture {name!r}, which is sent before the text"
            yield TaskFault((part,), message, name)


def _missing_inputs(fields: list[str], trees: Mapping[str, nodes.Template]) -> Iterator[TaskFault]:
    for part in ("task_input", "basic_prompt"):
        used = set(mentioned(trees[part])) if part in trees else set(fields)
        for name in fields:
            if name not in used:
                yield TaskFault((part,), f"{part} does not mention the input {name!r}")


def _printed_lists(
    data: Mapping[str, Any], trees: Mapping[str, nodes.Template]
) -> Iterator[TaskFault]:
    """Yield the inputs of several texts that a template prints as if they were one."""
    lists = {
        entry.get("name")
        for entry in _listed(data, "inputs")
        if isinstance(entry, Mapping) and entry.get("many") in (True, "true")
    }
    for part, tree in trees.items():
        for output in tree.find_all(nodes.Output) if lists else ():
            for node in output.nodes:
                if isinstance(node, nodes.Name) and node.name in lists:
                    message = (
                        f"{part} prints the list {node.name!r} as if it were one text; write "
                        f"{{{{ {node.name} | numbered }}}}, {{{{ {node.name} | lettered }}}} "
                        "or a loop over it"
                    )
                    yield TaskFault((part,), message, node.name)


def _label_faults(
    data: Mapping[str, Any], answer: Mapping[str, Any], trees: Mapping[str, nodes.Template]
) -> Iterator[TaskFault]:
    """Yield a prompt that does not tell the model the labels it may choose from."""
    labels = answer.get("labels") or {}
    words = _words(labels)
    yield from _equal_labels(labels)
    told = {part for part, tree in trees.items() if "labels" in mentioned(tree)}
    if not words and not told:
        kind = str(answer["kind"])
        message = (
            f"an answer of the kind {kind!r} needs labels: list them, or write {{{{ labels }}}} "
            "into the prompt and pass labels= with each request"
        )
        yield TaskFault(("answer",), message, kind)
        return
    for parts in (("task_input", "task_goal", "output_constraint"), ("basic_prompt",)):
        source = " ".join(str(data.get(part) or "") for part in parts).casefold()
        if not told & set(parts) and not any(word in source for word in words):
            message = f"{parts[0]} names no label; write {{{{ labels }}}} where they belong"
            yield TaskFault((parts[0],), message)


def _equal_labels(labels: Any) -> Iterator[TaskFault]:
    counts = Counter(folded_label(label) for label in labels if isinstance(label, str))
    for label, count in counts.items():
        if count > 1:
            message = f"the label {label!r} appears twice (labels are compared without case)"
            yield TaskFault(("answer", "labels"), message, label)


def folded_label(label: str) -> str:
    """Return a label as it is compared: case, composition and outer blanks do not count."""
    return unicodedata.normalize("NFC", label).casefold().strip()


def _words(labels: Any) -> set[str]:
    """Return the labels and their other words in lower case; none for what is not labels."""
    if not isinstance(labels, Mapping):
        given = labels if isinstance(labels, list | tuple) else ()
        return {one.casefold() for one in given if isinstance(one, str)}
    lists = [one for one in labels.values() if isinstance(one, list | tuple)]
    words = [*labels, *[word for one in lists for word in one]]
    return {word.casefold() for word in words if isinstance(word, str) and word}
