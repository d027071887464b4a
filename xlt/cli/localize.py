"""`xlt run localization FILE --target sw,th -o DIR`: a program's texts in other languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from xlt.errors import InputError, XLTError

if TYPE_CHECKING:
    from xlt.row_runs import RowTally
    from xlt.rows import TaskRow
    from xlt.task import Task

SUFFIXES = (".json", ".po", ".pot")
# What answers rows into a file of answers, and returns the tally.
Answering = Callable[[list["TaskRow"], Path], "RowTally"]


def is_texts(data: Any, task: Task, output: Path) -> TypeGuard[Path]:
    """Whether the data are a file of a program's texts, to be written as such."""
    from xlt.row_runs import FORMATS

    return (
        task.name == "localization"
        and isinstance(data, Path)
        and data.suffix in SUFFIXES
        and output.suffix.lower() not in FORMATS
    )


def localize(
    data: Path,
    output: Path,
    targets: str | None,
    language: str | None,
    glossary: Path | None,
    answer: Answering,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Write the file in every target language into the folder `output`; return what came of each.

    The answers are kept beside the files, so that the same command goes on with what is missing.
    """
    from xlt.localization import read_strings

    tags = [one.strip() for one in (targets or "").split(",") if one.strip()]
    if not tags:
        raise InputError("Name the languages to translate into: --target sw,th.", field="target")
    source = _source_language(data, language)
    languages = [_tag(one) for one in tags]
    if source in languages:
        raise InputError(f"The texts are in {source} already; leave it out of --target.")
    terms = {tag: _terms(glossary, tag) for tag in languages}
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{output} cannot be made: {error.strerror}.") from error
    made = []
    for tag in languages:
        strings = read_strings(data)
        kept = output / f"{tag}.jsonl"
        rows = strings.as_rows(source, tag, terms[tag])[:limit]
        tally = answer(rows, kept)
        left = strings.take_answers(kept)
        name = _file_name(data, source, tag)
        strings.write(output / name, tag)
        made.append(
            {
                "output": str(output / name),
                "translated": len(strings.translated),
                "texts": len(rows),
                "errored": tally.errored,
                "left_out": {**strings.skipped, **left},
            }
        )
    return made


def _tag(name: str) -> str:
    from xlt.languages import get_language

    return get_language(name).tag


def _source_language(data: Path, language: str | None) -> str:
    """Return the language of the texts: the one given, or the one that the file is named after."""
    if language is not None:
        return _tag(language)
    stem = data.stem.replace("_", "-")
    try:
        if len(stem.partition("-")[0]) == 2:  # app.po is no Apma
            return _tag(stem)
    except XLTError:
        pass
    raise InputError("Name the language of the texts: -l en.", field="language")


def _file_name(data: Path, source: str, target: str) -> str:
    """Return en.json as sw.json, and app.po as app.sw.po."""
    suffix = ".po" if data.suffix == ".pot" else data.suffix
    own = data.stem.replace("_", "-").lower() == source.lower()
    return f"{target}{suffix}" if own else f"{data.stem}.{target}{suffix}"


def _terms(glossary: Path | None, target: str) -> list[str]:
    from xlt.cli.inputs import read_text_file

    if glossary is None:
        return []
    path = Path(str(glossary).replace("{target}", target))
    terms = [line.strip() for line in read_text_file(path).splitlines() if line.strip()]
    for one in terms:
        if not all(part.strip() for part in one.partition("=")):
            raise InputError(f"{path}: a term is 'term = translation', not {one!r}.")
    return terms
