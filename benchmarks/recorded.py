"""Recorded replies: files of `task/strategy/language.jsonl.gz`, one conversation a row."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlt
from xlt.answers.answer import AnswerFormat, Value
from xlt.errors import UnknownName
from xlt.languages import Language, get_language
from xlt.prompt import answer_format

# The folder names that are not aliases of the tasks they hold.
_TASK_FOLDERS = {"paws-x": "pawsx", "pawsx": "pawsx", "paws_x": "pawsx"}
_TASK_LANGUAGE = re.compile(r"multi-?lingual understanding in ([A-Z][\w ()-]*?)[.,\n]")
_PIVOT = re.compile(r"(?:think|understand the task|[a-z]\.?) in ([A-Z][A-Za-z]+)(?: step|[.,\n])")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded reply, what its prompt asked for, and the answer that counts as right.

    `gold` is what `Answer.value` would be: the number, the choice from 1, the label, the bool.
    `choices` are the choice texts of the prompt (empty for numbers) and `gold_text` the answer
    as the file holds it.
    """

    file: str
    row: int
    reply: str
    asked: AnswerFormat
    gold: Value
    gold_text: str
    choices: tuple[str, ...]


def recorded_files(folder: Path) -> list[Path]:
    """Return the reply files under `folder`: every .jsonl or .jsonl.gz inside a task's folder."""
    found = [*folder.rglob("*.jsonl"), *folder.rglob("*.jsonl.gz")]
    inside = [path for path in found if len(path.relative_to(folder).parts) > 1]
    return sorted(path for path in inside if _first(path).keys() >= {"origin", "message"})


def _first(path: Path) -> dict[str, Any]:
    """Return a file's first row; a model's folder holds replies that are recorded otherwise."""
    return next(iter(_rows(path)), {})


def read_recorded(path: Path, folder: Path) -> Iterator[Recorded]:
    """Yield the replies of one file, whose place under `folder` names task and language."""
    name = path.relative_to(folder).as_posix().removesuffix(".gz").removesuffix(".jsonl")
    task = _task_of(name)
    for number, row in enumerate(_rows(path)):
        origin = row["origin"]
        choices = tuple(str(choice) for choice in origin.get("choices") or ())
        reply = next(m["content"] for m in reversed(row["message"]) if m["role"] == "assistant")
        prompts = [m["content"] for m in row["message"] if m["role"] == "user"]
        asked = _asked(task, choices, _request(origin), _languages(name, prompts))
        gold_text = str(origin["answer"])
        gold = _gold(gold_text, choices)
        yield Recorded(name, number, reply or "", asked, gold, gold_text, choices)


def as_own_kind(recorded: Recorded) -> Recorded | None:
    """Return the row read as its task's own kind (label, boolean); None where that is the same.

    The recorded prompts list the labels as choices (A), (B), (C); xlt's own prompts do not.
    """
    task = xlt.get_task(_task_of(recorded.file))
    kind = task.answer.kind
    if kind in (recorded.asked.kind, "choice"):
        return None
    asked = replace(recorded.asked, kind=kind, labels=task.answer.labels)
    gold = recorded.gold_text == "Yes" if kind == "boolean" else recorded.gold_text
    return replace(recorded, asked=asked, gold=gold)


def _task_of(name: str) -> str:
    folder = name.split("/")[0]
    return _TASK_FOLDERS.get(folder, folder)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _request(origin: dict[str, Any]) -> tuple[str, ...]:
    texts = [origin.get(key) for key in ("text", "premise", "sentence1", "sentence2", "question")]
    return tuple(text for text in texts if isinstance(text, str))


def _languages(name: str, prompts: list[str]) -> tuple[Language, Language]:
    """Return the task language and the pivot in which the prompt wants the answer.

    The prompts name both; where they do not, the file's name does ("de", "de-fr"), or English.
    """
    parts = name.split("/")
    place = "/".join(parts[2:] or parts[-1:])  # behind task and strategy
    named = [_language(part) for part in re.split(r"[/_.]|-(?=[a-z]{2}$)", place)]
    tags = [language for language in named if language is not None]
    spoken = _TASK_LANGUAGE.search(prompts[0]) if prompts else None
    pivots = _PIVOT.findall(prompts[-1]) if prompts else []
    own = (_language(spoken.group(1)) if spoken else None) or (tags or [get_language("en")])[0]
    target = (_language(pivots[-1]) if pivots else None) or get_language("en")
    return own, target


def _language(name: str) -> Language | None:
    try:
        return get_language(name)
    except UnknownName:
        return None


def _asked(
    task: str,
    choices: tuple[str, ...],
    request: tuple[str, ...],
    languages: tuple[Language, Language],
) -> AnswerFormat:
    own = answer_format(xlt.get_task(task), None, *languages)
    asked = replace(own, output_type="answer", request=request)
    if not choices:
        return asked
    return replace(asked, kind="choice", options=choices, option_count=len(choices))


def _gold(text: str, choices: tuple[str, ...]) -> Value:
    if not choices:
        number = Decimal(text.replace(",", ""))
        return int(number) if number == number.to_integral_value() else number
    if text in choices:
        return choices.index(text) + 1
    return int(text) + 1
