"""XNLI (Conneau et al. 2018) and PAWS-X (Yang et al. 2019), as published and on the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xlt.errors import DataFileError
from xlt.evaluation.data_files import first_existing, hub_split, read_rows, text_of
from xlt.evaluation.samples import Loaded, Note, Sample
from xlt.frozen import FrozenDict
from xlt.languages import Language

_LABELS = ("entailment", "neutral", "contradiction")
_PLACEHOLDER = "NS"


def load_xnli(folder: Path, language: Language, split: str) -> Loaded:
    """Return XNLI from `xnli.<split>.tsv` or .jsonl (all languages), `jsonl/<tag>.jsonl`,
    or the hub's `<tag>/<split>-00000-of-00001.parquet`.

    Gold is the label by name.
    """
    names = [f"xnli.{split}.tsv", f"xnli.{split}.jsonl"]
    if split == "test":
        names.append(f"jsonl/{language.tag}.jsonl")
    path = first_existing(folder, *names, hub_split(language.tag, split))
    samples: list[Sample] = []
    for line, row in read_rows(path):
        # The hub's files are of one language, and do not name it.
        if row.get("language", language.tag) != language.tag:
            continue
        gold = _label(row, path, line)
        own = "premise" in row
        inputs = {
            "premise": text_of(row, "premise" if own else "sentence1", path, line),
            "hypothesis": text_of(row, "hypothesis" if own else "sentence2", path, line),
        }
        number = row.get("pairID") or row.get("row", len(samples))
        genre = FrozenDict({"genre": str(row.get("genre", ""))})
        samples.append(
            Sample(f"xnli-{number}", FrozenDict(inputs), gold, language.tag, None, genre)
        )
    if not samples:
        raise DataFileError(f"has no row in {language.tag}", path)
    return Loaded("xnli", tuple(samples))


def load_pawsx(folder: Path, language: Language, split: str) -> Loaded:
    """Return PAWS-X from `x-final/<tag>/<split>_2k.tsv`, or the hub's Parquet file.

    Gold is True for a paraphrase.

    Rows with the placeholder NS in place of a sentence are left out, as its authors count them.
    """
    tag, name = language.tag, "train.tsv" if split == "train" else f"{split}_2k.tsv"
    names = [name, "translated_train.tsv"] if split == "train" else [name]
    found = [f"{parent}{tag}/{one}" for one in names for parent in ("x-final/", "")]
    path = first_existing(folder, *found, hub_split(tag, split))
    samples, placeholders = [], 0
    for line, row in read_rows(path):
        inputs = {name: text_of(row, name, path, line) for name in ("sentence1", "sentence2")}
        label = str(row.get("label"))
        if label not in ("0", "1"):
            raise DataFileError(f"label is {row.get('label')!r}, neither 0 nor 1", path, line)
        if _PLACEHOLDER in (text.strip() for text in inputs.values()):
            placeholders += 1
            continue
        samples.append(
            Sample(f"pawsx-{row.get('id', line)}", FrozenDict(inputs), label == "1", tag)
        )
    notes = (Note("NS in place of a sentence", placeholders, "left out"),)
    return Loaded("pawsx", tuple(samples), notes if placeholders else ())


def _label(row: dict[str, Any], path: Path, line: int) -> str:
    """Return the label by name; the hub's rows hold its number alone."""
    gold, number = row.get("gold_label"), row.get("label")
    if "gold_label" not in row and type(number) is int and 0 <= number < len(_LABELS):
        gold = _LABELS[number]
    if gold not in _LABELS:
        raise DataFileError(f"gold_label is {gold!r}, none of {_LABELS}", path, line)
    return str(gold)
