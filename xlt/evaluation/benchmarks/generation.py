"""MKQA (arXiv 2007.15207), XL-Sum (Hasan et al. 2021) and FLORES, as published and on the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xlt.errors import DataFileError
from xlt.evaluation.data_files import (
    first_existing,
    read_archived_jsonl,
    read_jsonl,
    read_lines,
    read_rows,
    text_of,
)
from xlt.evaluation.samples import Loaded, Note, Sample
from xlt.frozen import FrozenDict
from xlt.languages import Language

_MKQA_CODES = {"zh": "zh_cn", "zh-Hans": "zh_cn", "zh-Hant": "zh_tw", "zh-TW": "zh_tw"} | {
    "zh-CN": "zh_cn",
    "zh-HK": "zh_hk",
    "nb": "no",
}
# The hub's rows hold the number of the type.
_MKQA_TYPES = ("entity", "long_answer", "unanswerable", "date") + (
    "number",
    "number_with_unit",
    "short_phrase",
    "binary",
)
_LEFT_OUT = {"unanswerable": "unanswerable questions", "long_answer": "long answers"}
_NO_TEXT = "answers without a text"
_XLSUM_NAMES = {"zh": "chinese_simplified", "zh-Hans": "chinese_simplified"} | {
    "zh-Hant": "chinese_traditional",
    "pt-BR": "portuguese",
}
# Where FLORES-200 names the variety it has instead of the language.
_FLORES_VARIETIES = {"ar": "arb", "sw": "swh", "qu": "quy", "ms": "zsm", "fa": "pes", "no": "nob"}

_FLORES_PLUS = {"zho": "cmn", "est": "ekk"}


def load_mkqa(folder: Path, language: Language, split: str) -> Loaded:
    """Return MKQA from `mkqa.jsonl.gz`, or the hub's `mkqa/train/0000.parquet`.

    Gold is a tuple of all accepted texts.

    Unanswerable questions and those with a long answer are left out, as in the paper (which
    keeps 6,758 of 10,000).
    """
    if split != "test":
        raise DataFileError(f"MKQA is one test set and has no split {split!r}", folder)
    on_hub = ("mkqa/train/0000.parquet", "train/0000.parquet")
    path = first_existing(folder, "mkqa.jsonl.gz", "mkqa.jsonl", *on_hub)
    code = _MKQA_CODES.get(language.tag, language.tag)
    samples, left_out = [], dict.fromkeys((*_LEFT_OUT.values(), _NO_TEXT), 0)
    for line, row in read_rows(path):
        answers = _mkqa_answers(row, code, path, line)
        kinds = {_mkqa_type(answer) for answer in answers}
        reason = next((why for kind, why in _LEFT_OUT.items() if kind in kinds), None)
        gold = _texts(answers)
        if reason or not gold:
            left_out[reason or _NO_TEXT] += 1
            continue
        inputs = FrozenDict({"question": text_of(row["queries"], code, path, line)})
        kind = FrozenDict({"type": ", ".join(sorted(kinds))})
        name = f"mkqa-{row.get('example_id', line)}"
        samples.append(Sample(name, inputs, gold, language.tag, None, kind))
    notes = tuple(Note(why, count, "left out") for why, count in left_out.items() if count)
    return Loaded("mkqa", tuple(samples), notes)


def load_xlsum(folder: Path, language: Language, split: str) -> Loaded:
    """Return XL-Sum from `<language>_<split>.jsonl` ("chinese_simplified_test.jsonl").

    Or from the archive that holds it on the hub, `data/<language>_XLSum_v2.0.tar.bz2`.
    """
    name = xlsum_name(language)
    own = f"{name}_{'val' if split == 'dev' else split}.jsonl"
    path = first_existing(folder, own, f"{name}/{own}", xlsum_archive(language))
    archived = path.suffix == ".bz2"
    samples = []
    for line, row in read_archived_jsonl(path, own) if archived else read_jsonl(path):
        inputs = FrozenDict({"article": text_of(row, "text", path, line)})
        gold = text_of(row, "summary", path, line)
        metadata = FrozenDict({key: str(row.get(key, "")) for key in ("title", "url")})
        one = f"xlsum-{row.get('id', line)}"
        samples.append(Sample(one, inputs, gold, language.tag, None, metadata))
    return Loaded("xlsum", tuple(samples))


def xlsum_archive(language: Language) -> str:
    """Return what the hub calls the archive of a language."""
    return f"data/{xlsum_name(language)}_XLSum_v2.0.tar.bz2"


def xlsum_name(language: Language) -> str:
    """Return what XL-Sum calls a language."""
    return _XLSUM_NAMES.get(language.tag, language.name.lower().replace(" ", "_"))


def load_flores(folder: Path, source: Language, target: Language, split: str) -> Loaded:
    """Return FLORES-200 from the aligned lines of `<split>/<code>.<split>`; blanks are kept.

    Or FLORES+ from the hub's `<split>/<code>.jsonl`.
    """
    part = "devtest" if split == "test" else split
    lines = {language: _flores_lines(folder, language, part) for language in (source, target)}
    if len(lines[source]) != len(lines[target]):
        counts = f"{len(lines[source])} and {len(lines[target])} lines"
        raise DataFileError(f"{source.tag} and {target.tag} have {counts}: not aligned", folder)
    samples = (
        Sample(f"flores-{number}", FrozenDict({"source": text}), gold, source.tag, target.tag)
        for number, (text, gold) in enumerate(zip(lines[source], lines[target], strict=True))
    )
    return Loaded("flores", tuple(samples))


def has_flores(folder: Path, language: Language, part: str) -> bool:
    """Tell whether the lines of a language are there."""
    name = "devtest" if part == "test" else part
    return any((folder / one).is_file() for one in _flores_files(language, name))


def _mkqa_answers(row: dict[str, Any], code: str, path: Path, line: int) -> list[dict[str, Any]]:
    answers, queries = row.get("answers"), row.get("queries")
    if not isinstance(answers, dict) or not isinstance(queries, dict):
        raise DataFileError("answers and queries must be objects by language", path, line)
    own = answers.get(code)
    if not isinstance(own, list) or not all(isinstance(one, dict) for one in own):
        raise DataFileError(f"no answers in {code}; it has {', '.join(answers)}", path, line)
    return own


def _mkqa_type(answer: dict[str, Any]) -> str:
    kind = answer.get("type")
    if type(kind) is int and 0 <= kind < len(_MKQA_TYPES):
        return _MKQA_TYPES[kind]
    return str(kind)


def _texts(answers: list[dict[str, Any]]) -> tuple[str, ...]:
    texts: list[object] = []
    for one in answers:
        aliases = one.get("aliases")
        texts += [one.get("text"), *(aliases if isinstance(aliases, list) else ())]
    return tuple(dict.fromkeys(text for text in texts if isinstance(text, str) and text))


def flores_plus_files(language: Language, part: str) -> list[str]:
    """Return what FLORES+ may call the file of a language: it renamed a few of FLORES-200."""
    code, script = _flores_code(language)
    names = [_FLORES_PLUS.get(code, code), code]
    return [f"{part}/{name}_{script}.jsonl" for name in dict.fromkeys(names)]


def _flores_lines(folder: Path, language: Language, part: str) -> list[str]:
    path = first_existing(folder, *_flores_files(language, part))
    if path.suffix != ".jsonl":
        return read_lines(path)
    return [text_of(row, "text", path, line) for line, row in read_jsonl(path)]


def _flores_files(language: Language, part: str) -> list[str]:
    name = "_".join(_flores_code(language))
    lines = [f"{parent}{part}/{name}.{part}" for parent in ("flores200_dataset/", "")]
    return [*lines, *flores_plus_files(language, part)]


def _flores_code(language: Language) -> tuple[str, str]:
    """Return the ISO 639-3 code and the script of a language as FLORES-200 has it."""
    import langcodes

    code = langcodes.Language.get(language.tag)
    variety = _FLORES_VARIETIES.get(code.language or "und")
    return variety or code.to_alpha3(), str(code.maximize().script)
