"""`BuiltDemonstrations`: what a build kept, of how many, and what to do when that is too few."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlt.demonstrations import Demonstration, load_demonstrations
from xlt.demonstrations.writing import demonstrations_yaml
from xlt.errors import InputError
from xlt.files.safe import write_whole
from xlt.images.image import recorded


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
