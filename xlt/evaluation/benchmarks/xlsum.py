"""XL-Sum: a summary of a news article (Hasan et al. 2021, arXiv 2106.13822)."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterable
from pathlib import Path

from xlt.errors import DataFileError
from xlt.evaluation.benchmark import Benchmark, Codes, File, Hub, Row, Sample, field_files
from xlt.files.safe import MAX_UNPACKED, open_regular
from xlt.frozen import FrozenDict
from xlt.rows import read_rows

_PARTS = FrozenDict({"test": "test", "dev": "val", "train": "train"})
_CODES = Codes(
    lambda language: language.name.lower().replace(" ", "_"),
    FrozenDict(
        {"zh": "chinese_simplified", "zh-Hans": "chinese_simplified"}
        | {"zh-Hant": "chinese_traditional", "pt-BR": "portuguese"}
    ),
)


def _rows(file: File) -> Iterable[tuple[int, Row]]:
    """Return the rows; the hub's archive, which holds all splits, is not unpacked."""
    if file.path.suffix != ".bz2":
        return read_rows(file.path)
    name = f"{_CODES.of(file.language)}_{_PARTS[file.split]}.jsonl"
    return read_rows(io.BufferedReader(io.BytesIO(_archived(file.path, name))))


def _archived(archive: Path, name: str) -> bytes:
    """Return the file of that name in a .tar.bz2; raises DataFileError where it is not whole."""
    try:
        with (
            os.fdopen(open_regular(archive), "rb") as packed,
            tarfile.open(fileobj=packed, mode="r:bz2") as files,
        ):
            found = next((one for one in files if Path(one.name).name == name), None)
            content = None if found is None else files.extractfile(found)
            if content is None:
                raise DataFileError("is not in the archive", archive / name)
            data = content.read(MAX_UNPACKED + 1)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise DataFileError(f"not a whole .tar.bz2 ({error})", archive) from error
    if len(data) > MAX_UNPACKED:
        raise DataFileError(f"unpacks to more than {MAX_UNPACKED // 2**20} MB", archive / name)
    return data


def _sample(row: Row, file: File) -> Sample:
    inputs, gold = {"article": file.text(row, "text")}, file.text(row, "summary")
    about = {key: row.get(key, "") for key in ("title", "url")}
    return file.sample(row.get("id", file.line), inputs, gold, **about)


BENCHMARK = Benchmark(
    name="xlsum",
    title="XL-Sum: a summary of a news article",
    task="xlsum",
    licence="CC-BY-NC-SA-4.0",
    languages=("en", "fr", "zh", "es", "vi", "tr"),
    count=11535,
    drawn=250,
    files=field_files(["{code}_{part}.jsonl"], ["", "{code}/"]),
    hub=Hub(
        "csebuetnlp/xlsum",
        "30fece425f9a3866e04321773ca7a80056d55ca6",
        ("data/{code}_XLSum_v2.0.tar.bz2",),
    ),
    codes=_CODES,
    parts=_PARTS,
    rows=_rows,
    sample=_sample,
)
