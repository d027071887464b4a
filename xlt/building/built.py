"""`BuiltDemonstrations`, what a build kept, and its file; what is wrong with demonstrations."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from xlt.answers.agreement import agreement_for
from xlt.composing import compose
from xlt.demonstrations import Demonstration, load_demonstrations
from xlt.errors import InputError, XLTError, shown
from xlt.files.safe import write_whole
from xlt.images.image import recorded
from xlt.task import Task

# YAML reads these as other characters, or not at all, unless they are escaped.
_UNWRITABLE = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows there were, were asked, and came out which way.

    `asked` = `complete` + `partial` + `disagreed` + `unread`. `complete` replies agree and show
    every step, `partial` ones agree; `unread` ones hold no answer behind its marker, or were
    cut short.
    """

    rows: int = 0
    asked: int = 0
    complete: int = 0
    partial: int = 0
    disagreed: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class BuiltDemonstrations:
    """Demonstrations built from development rows, and where they come from.

    `signature` is that of the prompts that were sent; rows of several languages are listed in
    it with commas.
    """

    task: str
    demonstrations: tuple[Demonstration, ...]
    format: str
    tally: Tally
    shots: int
    signature: str
    model: str | None = None
    date: str | None = None

    @property
    def advice(self) -> str:
        """What to do when fewer than the wanted shots were kept; empty when they all were."""
        kept = len(self.demonstrations)
        if kept >= self.shots:
            return ""
        tally = self.tally
        if not tally.asked:
            return f"Too few rows ({tally.rows}): give more of them."
        head = (
            f"{kept or 'None'} of {tally.asked} replies agreed with gold behind the answer marker "
            f"({tally.disagreed} disagreed, {tally.unread} held no answer there), "
            f"{self.shots} were wanted."
        )
        return (
            f"{head} Give more rows or a higher limit, take a stronger model, or correct replies "
            "by hand in a YAML file (the kept ones show the form; xlt's own are in "
            "templates/demonstrations) and check it with: xlt demos check FILE"
        )

    def to_yaml(self, folder: Path | str = ".") -> str:
        """Return the file to review, as it stands in `folder`.

        Raises InputError when there is nothing to write, or an image lies outside the folder.
        """
        if not self.demonstrations:
            raise InputError(self.advice)
        about = {
            "task": self.task,
            "model": self.model,
            "date": self.date,
            "signature": self.signature,
            "format": self.format,
        }
        entries = [
            {
                "language": one.language,
                "target_language": one.target_language,
                "inputs": one.inputs
                if isinstance(one.inputs, str)
                else {name: _written(value, folder) for name, value in one.inputs.items()},
                "reply": one.reply,
                "answer": one.answer,
            }
            for one in self.demonstrations
        ]
        return demonstrations_yaml(about, entries)

    def write(self, path: Path | str) -> None:
        """Write the file, whole or not at all; it is read back before it takes its place."""
        data = self.to_yaml(Path(path).parent).encode()
        write_whole(Path(path), [data], check=load_demonstrations)


def _written(value: Any, folder: Path | str) -> Any:
    """Return an input as the file has it: an image by its path in the folder, or its URL."""
    kept = recorded(value)
    if not isinstance(kept, Mapping):
        return kept
    if kept.get("url"):
        return kept["url"]
    path = os.path.relpath(str(kept.get("path", "")), folder)
    if path.startswith(os.pardir):
        raise InputError(
            f"The image {kept.get('path')} must lie in the folder of the demonstrations, {folder}, "
            "or below it: copy it there."
        )
    return path


def demonstrations_yaml(
    about: Mapping[str, str | None], entries: Iterable[Mapping[str, Any]]
) -> str:
    """Return a file of demonstrations: what made them, then each with its inputs and reply.

    A text of several lines, or with a quote or backslash, is a literal block; only one with
    characters that YAML cannot hold (control characters, a carriage return) is escaped.
    """
    lines = [f"{name}: {_scalar(value, 0)}" for name, value in about.items() if value is not None]
    lines.append("demonstrations:")
    for entry in entries:
        given = {name: value for name, value in entry.items() if value is not None}
        for number, (name, value) in enumerate(given.items()):
            start = "- " if number == 0 else "  "
            if isinstance(value, Mapping):
                lines.append(f"{start}{name}:")
                fields = {key: text for key, text in value.items() if text != ()}
                lines += [f"    {key}: {_scalar(text, 4)}" for key, text in fields.items()]
            else:
                lines.append(f"{start}{name}: {_scalar(value, 2)}")
    return "\n".join(lines) + "\n"


def _scalar(text: str | Sequence[str], indent: int) -> str:
    if not isinstance(text, str) or _UNWRITABLE.search(text) or not text.strip("\n"):
        quoted = json.dumps(text, ensure_ascii=False)
        return _UNWRITABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
    if not re.search(r'["\\\n\t]', text):
        return f'"{text}"'
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    chomp = "-" if ends == 0 else "" if ends == 1 else "+"
    margin = " " * (indent + 2)
    # The first line of a block that starts with a blank would say how far it is indented.
    given = "2" if text[0] in " \t\n" else ""
    block = [f"{margin}{line}" if line else "" for line in body.split("\n")]
    return "\n".join([f"|{given}{chomp}", *block, *[""] * max(ends - 1, 0)])


def joined_signature(signatures: Sequence[str]) -> str:
    """Return one signature for all: parts that differ hold their values with commas between."""
    parts: dict[str, list[str]] = {}
    for signature in signatures:
        for part in signature.split("|"):
            name, _, value = part.partition(":")
            values = parts.setdefault(name, [])
            if value not in values:
                values.append(value)
    return "|".join(f"{name}:{','.join(sorted(values))}" for name, values in parts.items())


class Finding(NamedTuple):
    """What is to be said of the demonstration `number` (from 1)."""

    number: int
    message: str
    is_fault: bool = True


def check_demonstrations(
    task: Task, demonstrations: Sequence[Demonstration], *, templates: Path | str | None = None
) -> Iterator[Finding]:
    """Yield what is wrong with each demonstration, read as a model's reply would be.

    A fault: inputs that the task does not take, a reply without an answer behind its marker, or
    with another than `answer`. Missing steps are reported but are not a fault. Long texts are
    only looked for, not compared.
    """
    try:
        agrees = agreement_for(task)
    except InputError:
        agrees = None
    for number, one in enumerate(demonstrations, start=1):
        try:
            prompt = compose(
                task,
                one.inputs,
                language=one.language,
                target_language=one.target_language,
                templates=templates,
            )
        except XLTError as error:
            yield Finding(number, str(error))
            continue
        if one.reply is None:
            if one.answer is None:
                yield Finding(number, "it has neither a reply nor an answer.")
            continue
        answer = prompt.parse(one.reply)
        if answer.status != "anchored":
            yield Finding(number, f"its reply has no answer behind “{task.output_type}:”.")
        elif one.answer is not None and agrees is not None and not agrees(answer, one.answer):
            yield Finding(
                number, f"its reply says {shown(str(answer.value))}, its answer {one.answer!r}."
            )
        elif not answer.steps.complete:
            yield Finding(number, "its reply lacks the retelling or the steps.", is_fault=False)
