"""`inspect_request`: what in a request may be read as an order, a marker, or not be seen at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from xlt.detection.scripts import (
    LOOKED_AT,
    OF_COUNTRIES,
    likely_language,
    script_shares,
    scripts_of_language,
    unspaced,
)
from xlt.errors import InputError, LanguageNotDetected, shown
from xlt.files.templates import TemplateFiles
from xlt.images.image import Image
from xlt.languages import Language, get_language
from xlt.rendering.filters import first_upper
from xlt.request import Inputs, Request, make_request
from xlt.task import InputField, InputValue, Task

Kind = Literal[
    "instruction", "marker", "separator", "token", "direction", "invisible", "control", "language"
]

# The sentences of the XLT template (table 1 of the paper), whatever stands in their places.
_INSTRUCTIONS = re.compile(
    r"\bI want you to act as\b"
    r"|\bYou should (?:step-by-step answer|retell|repeat|translate|do step-by-step"
    r"|tell me|take the|format your)\b"
    r"|\bin this format ['\"‘“]"
    r"|\bLet['’]s think step[ -]by[ -]step\b",
    re.IGNORECASE,
)
# Tokens that chat templates put between turns (ChatML, Llama 2 to 4, Gemma, Mistral, Phi, Command,
# DeepSeek, harmony ...): a server that does not escape them reads a new turn out of the text.
_TOKENS = re.compile(
    r"<[|｜][\w▁./:-]{1,64}[|｜]>"
    r"|<(?:start_of_turn|end_of_turn|bos|eos|/?tool_call|/?tool_response)>|</s>\s{0,4}<s>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|THINK)\]"
    r"|<</?SYS>>"
)
_SEPARATOR = re.compile(r"^[ \t]*XXX[ \t]*\r?$", re.MULTILINE)
# C0 without tab, LF and CR; DEL; C1; the line and paragraph separators.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]+")
# Tags spell a text that nobody sees; zero-width signs cut a word. ZWJ and ZWNJ are letters in
# Urdu, Hindi and Bengali, and variation selectors belong to signs and emoji: no warning.
_INVISIBLE = re.compile(
    "[\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]+"
)
# England, Scotland, Wales: the flags that are spelt in tags.
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069\n\u2029]")
_OVERRIDES = "\u202d\u202e"
_EMBEDDINGS, _POP = "\u202a\u202b\u202d\u202e", "\u202c"
_ISOLATES, _POP_ISOLATE = "\u2066\u2067\u2068", "\u2069"


@dataclass(frozen=True, slots=True)
class RequestWarning:
    """What stands at `offset` (in characters) of the input field `field`, and why it matters.

    `kind` is "instruction" (a sentence of the prompt's own), "marker" (what announces an answer),
    "separator" (the `XXX` line between demonstrations), "token" (of a chat template:
    `<|im_end|>`, `[INST]`), "direction" (an override, or an embedding
    or isolate not closed), "invisible" (tags, zero-width signs), "control", or "language" (the
    tag and the script of the text do not go together).
    """

    kind: Kind
    field: str
    offset: int
    message: str

    def __str__(self) -> str:
        return f"{self.field}, character {self.offset}: {self.message}"


def inspect_request(
    task: str | Task | Request,
    inputs: Inputs | None = None,
    *,
    language: str | Language | None = None,
    target_language: str | Language | None = None,
    candidates: Iterable[str | Language] | None = None,
    default_language: str | Language | None = None,
    labels: Iterable[str] | None = None,
    templates: str | Path | None = None,
) -> tuple[RequestWarning, ...]:
    """Return what in the inputs may be taken for part of the prompt, or stays unseen.

    Arguments and errors are those of `xlt.compose`; a Request stands for all of them. Warnings
    come by field and offset. Nothing is changed, and none found does not mean that a text holds
    no order to the model: this shows accidents and known tricks, it stops no injection. Takes
    time linear in the inputs.
    """
    if isinstance(task, Request):
        request = task
    elif inputs is None:
        raise InputError("inspect_request needs the inputs of the task.")
    else:
        files = TemplateFiles.at(templates)
        request = make_request(
            task,
            inputs,
            language=language,
            target_language=target_language,
            files=files,
            candidates=candidates,
            default_language=default_language,
            labels=labels,
        )
    markers = _markers(request.task.output_type, request.language, request.target_language)
    found: list[RequestWarning] = []
    about = language_warnings(request, detected=language is None and request is not task)
    for field in request.task.inputs:
        found += [one for one in about if one.field == field.name]
        for place, text in _places(field, request.inputs[field.name]):
            warnings = _warnings(place, text, markers)
            found += sorted(warnings, key=lambda one: (one.offset, one.kind))
    return tuple(found)


def language_warnings(request: Request, *, detected: bool) -> tuple[RequestWarning, ...]:
    """Return where the request's language and the script of its texts do not go together.

    A deciding text is written in no script of the language ("kr", Kanuri, for a text in
    Hangul); or the language was `detected` from several fields that differ in their scripts.
    """
    found: list[RequestWarning] = []
    written: dict[str, str] = {}
    for field in request.task.deciding:
        texts = [text for _, text in _places(field, request.inputs[field.name])]
        shares = script_shares("\n".join(texts)[:LOOKED_AT])
        if not shares:
            continue
        script = next(iter(shares))
        written.setdefault("Hani" if script == "Kana" else script, field.name)
        clash = _clash("\n".join(texts), script, request.language)
        if clash:
            found.append(RequestWarning("language", field.name, 0, clash))
    if detected and len(written) > 1:
        (first, one), (second, other), *_ = written.items()
        message = (
            f"is written in another script ({second}) than {one!r} ({first}), and the language is "
            "taken from both: pass language=, or mark one field `detect: true` in the task"
        )
        found = [RequestWarning("language", other, 0, message)]
    return tuple(found)


def _clash(text: str, script: str, language: Language) -> str:
    """Return what is wrong with the language of a text in `script`, and the likely one.

    Latin letters are no clash: most languages are also written in them, and names always.
    """
    tag = OF_COUNTRIES.get(language.tag)
    if script in scripts_of_language(language.tag):
        if tag is None or not _is_rather(text, language, tag):
            return ""
    elif script == "Latn":
        return ""
    else:
        tag = tag or likely_language(script)
    guess = f"; did you mean {tag!r} ({get_language(tag).name})?" if tag else ""
    return f"does not look like {language.name} ({language.tag!r}) by its letters{guess}"


def _is_rather(text: str, language: Language, tag: str) -> bool:
    from xlt.detection import detect_language

    try:
        return detect_language(text, candidates=[language, tag]).tag == tag
    except LanguageNotDetected:
        return False


def _places(field: InputField, value: InputValue) -> list[tuple[str, str]]:
    """Return the texts of a field that a person wrote, each with the name of its place."""
    if field.allowed or isinstance(value, Image):
        return []
    if isinstance(value, str):
        return [(field.name, value)] if value else []
    return [(f"{field.name}[{number}]", text) for number, text in enumerate(value)]


@lru_cache(maxsize=256)
def _markers(output_type: str, own: Language, target: Language) -> re.Pattern[str]:
    """Return the pattern of a line that opens with the marker asked for, or with "answer"."""
    words = {first_upper(output_type), "Answer", *own.words.answer, *target.words.answer}
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    named = "|".join(
        re.escape(word) if unspaced(word[0]) else rf"(?<![^\W\d_]){re.escape(word)}"
        for word in longest_first
    )
    return re.compile(rf"(?:{named})['\"”’]?[ \t]{{0,4}}[:：]", re.IGNORECASE)


def _warnings(field: str, text: str, markers: re.Pattern[str]) -> Iterator[RequestWarning]:
    sought: Iterable[tuple[Kind, re.Pattern[str], str]] = (
        ("instruction", _INSTRUCTIONS, "reads like an instruction of the prompt"),
        ("marker", markers, "reads like the marker of an answer"),
        ("separator", _SEPARATOR, "is the line that stands between demonstrations"),
        ("token", _TOKENS, "is a token of chat templates; a server may take it for a new turn"),
        ("control", _CONTROL, "is a control character"),
    )
    for kind, pattern, what in sought:
        for match in pattern.finditer(text):
            yield RequestWarning(kind, field, match.start(), f"{shown(match[0])} {what}")
    yield from _invisible(field, text)
    yield from _directions(field, text)


def _invisible(field: str, text: str) -> Iterator[RequestWarning]:
    seen = _FLAG.sub(lambda flag: "-" * len(flag[0]), text)  # tags right behind a flag are not it
    for match in _INVISIBLE.finditer(seen):
        if match[0] == "\ufeff" and match.start() == 0:
            continue
        spelt = "".join(
            chr(ord(one) - 0xE0000) for one in match[0] if "\U000e0020" <= one < "\U000e007f"
        )
        what = f"; it spells {shown(spelt)}" if spelt else ""
        first = f"U+{ord(match[0][0]):04X}"
        message = f"{first} cannot be seen, a model may read it{what}"
        yield RequestWarning("invisible", field, match.start(), message)


def _directions(field: str, text: str) -> Iterator[RequestWarning]:
    """Yield the overrides, and what opens and is not closed within its line, or the reverse."""
    opened: list[tuple[str, int]] = []
    for match in _DIRECTION.finditer(text):
        sign, place = match[0], match.start()
        if sign in _OVERRIDES:
            yield _direction(field, place, sign, "shows the text behind it in another order")
        if sign in "\n\u2029":
            yield from _unclosed(field, opened)
            opened = []
        elif sign in _EMBEDDINGS or sign in _ISOLATES:
            opened.append((sign, place))
        elif opened and (opened[-1][0] in _ISOLATES) == (sign == _POP_ISOLATE):
            opened.pop()
        else:
            yield _direction(field, place, sign, "closes what is not open")
    yield from _unclosed(field, opened)


def _unclosed(field: str, opened: Iterable[tuple[str, int]]) -> Iterator[RequestWarning]:
    for sign, place in opened:
        if sign not in _OVERRIDES:
            yield _direction(field, place, sign, "is not closed on its line")


def _direction(field: str, place: int, sign: str, what: str) -> RequestWarning:
    return RequestWarning("direction", field, place, f"U+{ord(sign):04X} {what}")
