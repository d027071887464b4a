"""Language Confusion: replies in the language asked for (Marchisio et al. 2024, 2406.20052)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from xlt.evaluation.benchmark import Benchmark, File, Row, Sample, language_tag
from xlt.rows import read_rows

_TAGS = "ar de en es fr hi id it ja ko pt ru tr vi zh"
# Both benchmarks come in one archive, so that the second may look into the folder of the first.
_PARENTS = ("test_sets/", "", "language_confusion/test_sets/")
_FOLDERS = ("aya", "dolly", "native", "okapi", "complex_prompts", "sharegpt")


def rows_of(file: File) -> Iterator[tuple[int, Row]]:
    """Yield the prompts of every source that has the language, a file each."""
    for path in sorted(file.path.parents[1].glob(f"*/{file.path.name}")):
        for line, row in read_rows(path):
            yield line, {**row, "folder": path.parent.name, "number": line}


def read_sample(row: Row, file: File) -> Sample:
    """Return a prompt; any reply in the language asked for is right."""
    source = row["folder"]
    inputs = {"message": file.text(row, "prompt")}
    return file.sample(f"{source}-{row['number']}", inputs, "", group=source)


def files_of(kind: str) -> tuple[str, ...]:
    """Return the names a file of the repository's test_sets.zip may have."""
    return tuple(
        f"{parent}{kind}/{folder}/{{code}}.csv" for parent in _PARENTS for folder in _FOLDERS
    )


def found_in(kind: str, folder: Path) -> Iterable[str | None]:
    paths = (path for one in _PARENTS for path in folder.glob(f"{one}{kind}/*/*.csv"))
    return map(language_tag, sorted({path.stem for path in paths}))


BENCHMARK = Benchmark(
    name="language_confusion",
    title="Language Confusion: replies in the language of the prompt (line and word pass rate)",
    task="chat",
    licence="Apache-2.0",
    languages=tuple(_TAGS.split()),
    count=299,
    files=files_of("monolingual"),
    rows=rows_of,
    found=lambda folder, split: found_in("monolingual", folder),
    sample=read_sample,
)
