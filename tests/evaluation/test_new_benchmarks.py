"""The benchmarks of 2024 and later: small files of our own in their layouts, and shared samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet
from scripted_runs import Scripted, run_small

from xlt.composing import compose
from xlt.errors import DataFileError, UnknownName
from xlt.evaluation import RunSpec, available_languages, get_benchmark, load
from xlt.evaluation.runs.sources import shuffled
from xlt.evaluation.scoring import same_math

MMLU = {
    "sample_id": "history/test/1", "question": "Mji mkuu wa Kenya? ", "option_a": "Kisumu",
    "option_b": "Nairobi", "option_c": "Mombasa", "option_d": "Nakuru", "answer": "B",
    "cultural_sensitivity_label": "CS", "subject_category": "Humanities",
}  # fmt: skip
PROX = {
    "question_id": 7, "question": "1 + 1?", "option_0": "1", "option_1": "2", "option_2": "3",
    "option_3": None, "answer": "B", "category": "math",
}  # fmt: skip
PASSAGE = {
    "link": "u", "question_number": 2, "flores_passage": "Kuna mvua.", "question": "Kuna nini?",
    "mc_answer1": "mvua ", "mc_answer2": "jua", "mc_answer3": "upepo", "mc_answer4": "theluji",
    "correct_answer_num": "1",
}  # fmt: skip
EXAM = {"question": "?", "option_a": "α", "option_b": "β", "option_c": "γ", "option_d": "δ"}
# benchmark, language, file, its rows, and the first sample's id, gold and one of its inputs
CASES: list[tuple[str, str, str, list[dict[str, Any]], str, Any, str, Any]] = [
    ("global_mmlu_lite", "sw", "sw/test-00000-of-00001.parquet", [MMLU],
     "history/test/1", 2, "question", "Mji mkuu wa Kenya?"),
    ("mmlu_prox_lite", "sw", "sw/test-00000-of-00001.parquet", [PROX],
     "7", 2, "options", ("1", "2", "3")),
    ("belebele", "sw", "swh_Latn.jsonl", [PASSAGE], "u#2", 1, "context", "Kuna mvua."),
    ("include_base_44", "el", "Greek/test-00000-of-00001.parquet", [{**EXAM, "answer": 3}],
     "0", 4, "options", ("α", "β", "γ", "δ")),
    ("global_piqa_nonparallel", "sw", "data/nonparallel_swh_latn.tsv",
     [{"prompt": "Chai?", "solution0": "maji", "solution1": "mchanga", "label": "0"}],
     "2", 1, "options", ("maji", "mchanga")),
    ("global_piqa_parallel", "zh", "data/parallel_cmn_hans.tsv",
     [{"prompt": "茶？", "solution0": "水", "solution1": "沙", "solution2": "纸", "solution3": "铁",
       "label": "0"}],
     "2", 1, "options", ("水", "沙", "纸", "铁")),
    ("global_mgsm", "sw", "sw/test.parquet", [{"question": "1 + 1?", "answer": "2,125"}],
     "0", 2125, "problem", "1 + 1?"),
    ("afrimgsm", "yo", "data/yor/test.tsv",
     [{"question": "1 + 1?", "answer": "", "answer_number": "2"}], "1", 2, "problem", "1 + 1?"),
    ("afrixnli", "ha", "data/hau/test.tsv",
     [{"premise": "Ana ruwa.", "hypothesis": "Ana rana.", "label": "2"}],
     "0", "contradiction", "premise", "Ana ruwa."),
    ("sib200", "yo", "data/annotated/yor_Latn/test.tsv",
     [{"index_id": "5", "category": "sports", "text": "Bọ́ọ̀lù."}], "5", "sports", "text", "Bọ́ọ̀lù."),
    ("xquad", "th", "xquad.th.jsonl",
     [{"id": "q1", "context": "ก ข", "question": "?", "answers": {"text": ["ก", "ก"]}}],
     "q1", ("ก",), "context", "ก ข"),
]  # fmt: skip
CASES += [
    ("mgsm_rev2", "sw", "mgsm_sw.tsv", [{"1 + 1?": "Tatu?", "2": "3"}],
     "0", 2, "problem", "1 + 1?"),
    ("language_confusion", "sw", "test_sets/monolingual/native/sw.csv",
     [{"prompt": "Habari?", "source": "native_prompts", "language": "sw"}],
     "native-2", "", "message", "Habari?"),
]  # fmt: skip
HERE = [name for name, *_ in CASES]


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        lines = [",".join(rows[0]), *[",".join(row.values()) for row in rows]]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    elif path.suffix == ".parquet":
        parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    elif path.suffix == ".tsv":
        lines = ["\t".join(rows[0]), *["\t".join(map(str, row.values())) for row in rows]]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "tag", "file", "rows", "id", "gold", "field", "value"), CASES, ids=HERE
)
def test_a_row_in_its_published_layout(tmp_path, name, tag, file, rows, id, gold, field, value):
    write(tmp_path / name / file, rows)
    assert available_languages(name, tmp_path) == (tag,)
    sample = load(name, tag, tmp_path).samples[0]
    assert (sample.id, sample.gold, sample.language) == (f"{name}-{id}", gold, tag)
    assert sample.inputs[field] == value
    prompt = compose(get_benchmark(name).task, sample.inputs, language=tag, strategy="xlt")
    assert prompt.language.tag == tag


def test_an_english_prompt_may_ask_for_a_reply_in_another_language(tmp_path):
    folder = tmp_path / "language_confusion_crosslingual" / "crosslingual"
    write(folder / "okapi" / "ar.csv", [{"prompt": "Reply in Arabic.", "language": "ar"}])
    write(folder / "sharegpt" / "ar.csv", [{"prompt": "In Arabic: hello", "language": "ar"}])
    assert available_languages("language_confusion_crosslingual", tmp_path) == ("ar",)
    samples = load("language_confusion_crosslingual", "ar", tmp_path).samples
    assert [(one.language, one.target_language) for one in samples] == [("en", "ar")] * 2
    assert [one.metadata["group"] for one in samples] == ["okapi", "sharegpt"]


def test_a_revision_is_named_behind_the_at_sign():
    assert get_benchmark("mgsm@2").name == "mgsm_rev2"
    with pytest.raises(UnknownName, match="No benchmark named 'mgsm@3'"):
        get_benchmark("mgsm@3")


def test_a_gold_letter_may_be_the_languages_own(tmp_path):
    path = tmp_path / "global_mmlu_lite" / "bn/test-00000-of-00001.parquet"
    write(path, [{**MMLU, "answer": "খ"}])
    assert load("global_mmlu_lite", "bn", tmp_path).samples[0].gold == 2
    write(path, [{**MMLU, "answer": "Ж"}])
    with pytest.raises(DataFileError, match="'Ж', not the letter of an option, nor one of ক খ"):
        load("global_mmlu_lite", "bn", tmp_path)


def test_polymath_reads_its_four_levels_and_weighs_them(tmp_path):
    for level in ("low", "medium", "high", "top"):
        write(tmp_path / "sw" / f"{level}.parquet", [{"question": level, "answer": "$2$"}])
    samples = load("polymath", "sw", tmp_path).samples
    assert [one.metadata["weight"] for one in samples] == ["1", "2", "4", "8"]
    assert [one.id for one in samples][:2] == ["polymath-low-0", "polymath-medium-0"]


@pytest.mark.parametrize(
    ("name", "file", "row", "message"),
    [
        ("global_mmlu_lite", "sw/test-00000-of-00001.parquet", {**MMLU, "answer": "E."}, "letter"),
        ("belebele", "swh_Latn.jsonl", {**PASSAGE, "correct_answer_num": "5"}, "not one of 1 to 4"),
        ("sib200", "data/annotated/swh_Latn/test.tsv",
         {"index_id": 1, "category": "sport", "text": "x"}, "category is 'sport'"),
        ("xquad", "xquad.sw.jsonl", {"context": "a", "question": "b", "answers": []}, "answers"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named(tmp_path, name, file, row, message):
    write(tmp_path / name / file, [row])
    with pytest.raises(DataFileError, match=message):
        load(name, "sw", tmp_path)


def test_options_are_shuffled_alike_in_every_language_and_gold_follows(tmp_path):
    write(tmp_path / "belebele" / "swh_Latn.jsonl", [PASSAGE])
    sample = load("belebele", "sw", tmp_path).samples[0]
    orders = set()
    for seed in range(8):
        moved = shuffled(sample, ("options",), seed)
        assert moved.inputs["options"][moved.gold - 1] == "mvua"
        assert sorted(moved.inputs["options"]) == sorted(sample.inputs["options"])
        assert moved == shuffled(sample, ("options",), seed)
        orders.add(moved.inputs["options"])
    assert len(orders) > 1


def test_a_run_of_choices_keeps_lists_and_groups(tmp_path):
    write(tmp_path / "data/global_mmlu_lite/sw/test-00000-of-00001.parquet", [MMLU])
    spec = RunSpec(
        benchmarks="global_mmlu_lite", data=tmp_path / "data", languages="sw", strategies="basic",
        shuffle_options=True, seed=3,
    )  # fmt: skip
    (result,) = run_small(tmp_path / "run", Scripted(), spec).run.results
    assert result.metadata["group"] == "culturally sensitive"
    assert result.inputs["options"][result.gold - 1] == "Nairobi"


@pytest.mark.parametrize(
    ("value", "gold", "same"),
    [
        ("2/3", r"\frac{2}{3}", True),
        ("18.0", "18", True),
        (r"$\boxed{\frac12}$", "0.5", True),
        ("[2,3)", "$[2,3)$", True),
        ("17", "18", False),
        ("", "", False),
        ("9^{9^9}", "1", False),  # never computed
        ("1" * 400, "1", False),
    ],
)
def test_equality_of_latex_is_decided_by_value(value, gold, same):
    assert same_math(value, gold) is same


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "count", "tags"),
    [
        ("global_mmlu_lite", 40, "bn de en fr ja sw zh"),
        ("mmlu_prox_lite", 51, "en"),
        ("belebele", 21, "ar bn de en th zh"),
        ("include_base_44", 25, "ar zh de el ja tr"),
        ("polymath", 28, "ar bn de en sw th zh"),
        ("global_mgsm", 20, "en de zh sw th bn"),
        ("sib200", 35, "ar bn de en sw th yo zh"),
        ("language_confusion", 20, "ar hi ja ko ru tr zh"),
        ("language_confusion_crosslingual", 20, "ar ko ru"),
    ],
)
def test_shared_samples_load_and_compose(shared_data, name, count, tags):
    assert set(available_languages(name, shared_data)) == set(tags.split())
    for tag in tags.split():
        samples = load(name, tag, shared_data).samples
        assert (len(samples), len({one.id for one in samples})) == (count, count)
        about = {"language": samples[0].language, "target_language": samples[0].target_language}
        compose(get_benchmark(name).task, samples[0].inputs, **about)
