"""`load_from_hub`: the benchmarks from the Hugging Face hub, at revisions that are pinned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from xlt.errors import DataFileError, InputError, MissingExtra
from xlt.evaluation.benchmark import Hub, get_benchmark, split_name
from xlt.evaluation.samples import Loaded
from xlt.languages import Language, get_language

Download = Callable[[str, str, str], str | Path]
"""Fetches a file of a data set: (id, file, revision) to its path; FileNotFoundError if none."""


def load_from_hub(
    benchmark: str,
    language: str | Language,
    split: str = "test",
    *,
    target_language: str | Language | None = None,
    revision: str | None = None,
    cache_dir: Path | str | None = None,
    download: Download | None = None,
    **options: Any,
) -> Loaded:
    """Return the samples of a benchmark in a language from the Hugging Face hub.

    As `load` otherwise, faults and notes included. `revision` is the commit to read in place of
    the benchmark's own; `cache_dir` is the hub's cache (default: its own, `HF_HOME`);
    `download` fetches a file in place of `huggingface_hub`. FLORES+ and a few others want the
    token of an account that accepted their terms (`hf auth login`).
    Raises MissingExtra without `xlt[eval]`, DataFileError for a file that cannot be had.
    """
    found = get_benchmark(benchmark)
    if found.hub is None:
        where = "it is generated" if found.is_generated else "give the folder with its files"
        raise InputError(f"{found.name} is not on the hub: {where}.")
    wanted = [get_language(language)]
    if found.pairs:
        if target_language is None:
            raise InputError(f"{found.name} needs a target_language, to translate into.")
        options["target"] = get_language(target_language)
        wanted.append(options["target"])
    part = split_name(split)
    fetch = _from_hub(cache_dir) if download is None else download
    folder = Path()
    for one in wanted:
        names = found.names(one, part, hub=True)
        commit = revision or found.hub.revision
        folder = _fetch_first(found.hub, names, commit, fetch)
        for name in found.hub.beside:
            fetch(found.hub.id, name.format(code=found.codes.of(one)), commit)
    return found.read(folder, wanted[0], part, **options)


def _fetch_first(hub: Hub, files: Sequence[str], revision: str, fetch: Download) -> Path:
    for file in files:
        try:
            found = Path(fetch(hub.id, file, revision))
        except FileNotFoundError:
            continue
        return found.parents[len(Path(file).parts) - 1]
    missing = " or ".join(files)
    raise DataFileError(f"the data set has no file {missing}", _address(hub.id, revision))


def _from_hub(cache_dir: Path | str | None) -> Download:
    try:
        from huggingface_hub import errors, hf_hub_download
    except ModuleNotFoundError as error:
        raise MissingExtra("Loading from the Hugging Face hub", "eval") from error

    def download(name: str, file: str, revision: str) -> Path:
        try:
            path = hf_hub_download(
                name, file, repo_type="dataset", revision=revision, cache_dir=cache_dir
            )
        except errors.LocalEntryNotFoundError as error:  # is an EntryNotFoundError, too
            raise DataFileError(
                f"{file} is not in the cache, and the hub cannot be reached",
                _address(name, revision),
            ) from error
        except errors.EntryNotFoundError as error:
            raise FileNotFoundError(file) from error
        except errors.GatedRepoError as error:
            raise DataFileError(
                f"accept its terms at https://huggingface.co/datasets/{name}, then hf auth login",
                _address(name, revision),
            ) from error
        except Exception as error:  # whatever its HTTP library raises; it may hold a URL with a key
            problem = f"{file} cannot be fetched ({type(error).__name__})"
            raise DataFileError(problem, _address(name, revision)) from None
        return Path(path)

    return download


def _address(name: str, revision: str) -> str:
    return f"hf://datasets/{name}@{revision}"
