"""Language Confusion, crosslingual: an English prompt asks for a reply in another language."""

from __future__ import annotations

from dataclasses import replace

from xlt.evaluation.benchmark import File, Row, Sample
from xlt.evaluation.benchmarks import language_confusion as monolingual


def _sample(row: Row, file: File) -> Sample:
    """Return a prompt, which is in English; the reply is wanted in the file's language."""
    wanted = monolingual.read_sample(row, file)
    return replace(wanted, language="en", target_language=file.language.tag)


BENCHMARK = replace(
    monolingual.BENCHMARK,
    name="language_confusion_crosslingual",
    title="Language Confusion: replies in the language that an English prompt asks for",
    languages=tuple(tag for tag in monolingual.BENCHMARK.languages if tag != "en"),
    files=monolingual.files_of("crosslingual"),
    found=lambda folder, split: monolingual.found_in("crosslingual", folder),
    sample=_sample,
)
