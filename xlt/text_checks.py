"""What a text answer must hold to: placeholders, tags and terms it keeps, passages it cites."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from xlt.answers.answer import Answer
from xlt.task import InputValue, Task, texts_of
from xlt.task_checks import folded_label

# What programs put into a text: {name}, {0:.2f}, {{name}}, ${name}, %(name)s, %1$s, %d, %@, and
# tags and entities of HTML. Without nesting, so that a text takes linear time.
_PLACEHOLDER = re.compile(
    r"\{\{[^{}\n]{1,80}\}\}"
    r"|\$?\{[^{}\n]{0,80}\}"
    r"|%\([A-Za-z0-9_.]{1,60}\)[-#0 +]{0,5}[0-9.]{0,6}[a-zA-Z]"
    r"|%(?:[0-9]{1,2}\$)?[-#0+]{0,4}[0-9]{0,4}(?:\.[0-9]{1,3})?(?:hh|h|ll|l|z)?[sdiufxXoeEgGcp@](?![a-z])"
    r"|</?[A-Za-z][A-Za-z0-9-]{0,30}(?:\s[^<>\n]{0,300})?/?>"
    r"|&(?:[a-z]{2,8}|#[0-9]{1,6});"
    r"|\\[nrt]"
)
_PLURAL = re.compile(r"\{\s*[\w.]{1,60}\s*,\s*(?:plural|select|selectordinal)\s*,")
_CITATION = re.compile(r"\[(\d{1,4}(?:\s{0,2}[,;]\s{0,2}\d{1,4}){0,20})\]")


def checked(answer: Answer, task: Task, inputs: Mapping[str, InputValue]) -> Answer:
    """Return the answer with what is wrong with its text as `faults`, and a flag for each kind.

    "placeholders_changed", "glossary_missed" and "wrong_citation" are faults. "absent" is none:
    the answer is that the request holds no answer, and `value` is the task's word for it.
    """
    asked, text = task.answer, answer.value
    if not isinstance(text, str) or not (asked.keeps or asked.glossary or asked.cites):
        return _absent(answer, asked.absent)
    flags, faults = set(answer.flags), list(answer.faults)
    for flag, found in (
        ("placeholders_changed", _changed(inputs[asked.keeps], text) if asked.keeps else ()),
        ("glossary_missed", _missed(inputs, task, text) if asked.glossary else ()),
        ("wrong_citation", _uncited(inputs[asked.cites], text) if asked.cites else ()),
    ):
        told = list(found)
        faults += told
        flags |= {flag} if told else set()
    made = replace(answer, flags=frozenset(flags), faults=tuple(faults))
    return _absent(made, asked.absent)


def placeholders(text: str) -> tuple[str, ...]:
    """Return the placeholders, tags and escapes of a text, in order.

    >>> placeholders("<b>{name}</b> likes %d photos")
    ('<b>', '{name}', '</b>', '%d')
    """
    return tuple(match[0] for match in _PLACEHOLDER.finditer(text))


def has_plural(text: str) -> bool:
    """Tell an ICU message with plural or select forms, which no translation by text may touch."""
    return _PLURAL.search(text) is not None


def citations(text: str) -> tuple[int, ...]:
    """Return the numbers that a text cites as [1] or [1, 2], each once, in order."""
    numbers = [
        int(one) for match in _CITATION.finditer(text) for one in re.findall(r"\d+", match[1])
    ]
    return tuple(dict.fromkeys(numbers))


def _changed(source: InputValue, text: str) -> Iterator[str]:
    source = "\n".join(texts_of({"": source}))
    wanted, found = Counter(placeholders(source)), Counter(placeholders(text))
    for one in wanted - found:
        yield f"{one} is missing"
    for one in found - wanted:
        yield f"{one} is not in the source"


def _missed(inputs: Mapping[str, InputValue], task: Task, text: str) -> Iterator[str]:
    """Yield the terms of the glossary that the source has and the translation does not.

    A translation may be inflected: it counts if the text holds its stem, all but two letters.
    """
    lines = texts_of({"": inputs[task.answer.glossary]})
    source = folded_label(str(inputs.get(task.answer.keeps, "")))
    for line in lines:
        term, _, translation = [part.strip() for part in line.partition("=")]
        if not translation or not re.search(rf"(?<!\w){re.escape(folded_label(term))}", source):
            continue
        wanted = folded_label(translation)
        stem = wanted[:-2] if len(wanted) > 6 else wanted
        if stem not in folded_label(text):
            yield f"the glossary translates {term!r} as {translation!r}"


def _uncited(passages: InputValue, text: str) -> Iterator[str]:
    count = len(passages) if isinstance(passages, tuple) else 1
    for number in citations(text):
        if not 1 <= number <= count:
            yield f"[{number}] is cited, and the last passage is [{count}]"


def _absent(answer: Answer, words: str) -> Answer:
    """Return an answer that says there is none by the task's own words for it."""
    if not words or not isinstance(answer.value, str):
        return answer
    said = folded_label(answer.value).strip("\"'“”‘’«»。.!* ")
    if said != folded_label(words):
        return answer
    return replace(answer, value=words, flags=answer.flags | {"absent"})
