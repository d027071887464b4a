"""The benchmarks' original files (../shared/data): how many samples, and which faults handled."""

import json

import pytest

from xlt.composing import compose
from xlt.errors import DataFileError, InputError, UnknownName
from xlt.evaluation import load

CASES = {
    "mgsm": ("en de ru fr zh es ja sw th bn te", 250),
    "xcopa": ("zh it vi tr id sw th et ta ht qu", 500),
    "xnli": ("en de ru fr zh es vi tr sw ar el th bg hi ur", 300),
    "mkqa": ("en de ru fr zh es ja vi tr th", 409),
    "xlsum": ("fr", 60),
}


def notes(loaded):
    return {note.fault: note.count for note in loaded.notes}


@pytest.mark.shared_data
@pytest.mark.parametrize("benchmark", CASES)
def test_every_language_of_a_benchmark_loads_and_composes(shared_data, benchmark):
    tags, count = CASES[benchmark]
    for tag in tags.split():
        samples = load(benchmark, tag, shared_data).samples
        assert len(samples) == count
        assert len({sample.id for sample in samples}) == count
        prompt = compose(benchmark, samples[0].inputs, language=samples[0].language)
        assert prompt.language.tag == tag


@pytest.mark.shared_data
def test_mgsm_reads_thousands_commas_in_gold_answers(shared_data):
    for tag in CASES["mgsm"][0].split():
        loaded = load("mgsm", tag, shared_data)
        assert notes(loaded) == {"thousands commas in gold answers": 4}
        golds = [loaded.samples[row].gold for row in (146, 201, 230, 249)]
        assert golds == [2125, 114200, 276000, 5600]


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("tag", "test", "val"),
    [("th", 250, 52), ("tr", 51, 52), ("sw", 37, 6), ("it", 4, 5), ("id", 4, 5), ("zh", 0, 0)],
)
def test_xcopa_questions_are_repaired_and_counted(shared_data, tag, test, val):
    right = json.loads((shared_data / "xcopa" / "question_from_copa.json").read_text("utf-8"))
    for split, wrong in (("test", test), ("val", val)):
        loaded = load("xcopa", tag, shared_data, split)
        assert notes(loaded).get("wrong question values", 0) == wrong
        assert [sample.inputs["question"] for sample in loaded.samples] == right[split]
        as_published = load("xcopa", tag, shared_data, split, repair=False)
        assert as_published.notes == ()
        pairs = zip(loaded.samples, as_published.samples, strict=True)
        assert sum(one.inputs != other.inputs for one, other in pairs) == wrong
        assert {sample.gold for sample in loaded.samples} == {1, 2}


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("tag", "left_out"),
    [("de", 1), ("en", 0), ("es", 0), ("fr", 4), ("ja", 4), ("ko", 3), ("zh", 6)],
)
def test_pawsx_placeholders_are_left_out_and_counted(shared_data, tag, left_out):
    loaded = load("pawsx", tag, shared_data)
    assert len(loaded.samples) == 300 - left_out
    assert notes(loaded).get("NS in place of a sentence", 0) == left_out
    assert {sample.gold for sample in loaded.samples} == {True, False}


@pytest.mark.shared_data
def test_mkqa_leaves_out_what_has_no_short_answer(shared_data):
    loaded = load("mkqa", "zh-Hant", shared_data)
    assert notes(loaded) == {"unanswerable questions": 3, "long answers": 2}
    assert all(isinstance(sample.gold, tuple) and sample.gold for sample in loaded.samples)
    assert loaded.samples[0].id == "mkqa-36228854473990432"


@pytest.mark.shared_data
def test_xnli_of_both_layouts_is_the_same(shared_data, tmp_path):
    folder = tmp_path / "xnli"
    (folder / "jsonl").mkdir(parents=True)
    text = (shared_data / "xnli" / "jsonl" / "sw.jsonl").read_bytes()
    (folder / "jsonl" / "sw.jsonl").write_bytes(text)
    own = load("xnli", "sw", tmp_path).samples
    tsv = load("xnli", "sw", shared_data).samples
    assert [(one.inputs, one.gold) for one in own] == [(one.inputs, one.gold) for one in tsv]
    assert {one.gold for one in tsv} == {"entailment", "neutral", "contradiction"}


@pytest.mark.shared_data
def test_flores_lines_are_aligned_and_kept_as_they_are(shared_data):
    loaded = load("flores", "th", shared_data, "devtest", target_language="gl")
    folder = shared_data / "flores" / "flores200_dataset" / "devtest"
    source = (folder / "tha_Thai.devtest").read_text(encoding="utf-8").split("\n")[:100]
    assert [sample.inputs["source"] for sample in loaded.samples] == source
    assert {(one.language, one.target_language) for one in loaded.samples} == {("th", "gl")}
    for tag in ("zh", "ru", "de", "vi", "jv"):
        assert len(load("flores", tag, shared_data, target_language="th").samples) == 100


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("mgsm/mgsm_sw.tsv", "q\t1\nq\tx\n", r"mgsm_sw.tsv:2: 'x' is not an integer"),
        ("mgsm/mgsm_sw.tsv", "q\t1\nq 2\n", r"mgsm_sw.tsv:2: 1 cells, not 2"),
        (
            "pawsx/sw/test_2k.tsv",
            "id\tsentence1\tsentence2\tlabel\n1\ta\tb\t2\n",
            "2k.tsv:2: label",
        ),
        ("xcopa/test.sw.jsonl", "{\n", r"test.sw.jsonl:1: not JSON"),
        ("xcopa/test.sw.jsonl", "[]\n", "has no row in sw"),
        ("xcopa/test.sw.jsonl", '{"idx": 0, "label": 2}\n', "label 0 or 1"),
        (
            "xcopa/test.sw.jsonl",
            '\n{"idx": 0, "label": 1}',
            "jsonl:2: the column 'premise' is miss",
        ),
        ("xnli/xnli.test.tsv", "language\tgold_label\nsw\t-\n", "gold_label is '-'"),
        ("xnli/xnli.test.tsv", "language\tgold_label\nen\t-\n", "has no row in sw"),
        (
            "mkqa/mkqa.jsonl",
            '{"answers": {"en": []}, "queries": {}}',
            "no answers in sw; it has en",
        ),
        (
            "xlsum/swahili_test.jsonl",
            '{"text": null, "summary": ""}',
            "the column 'text' has no text",
        ),
    ],
)
def test_a_bad_row_is_named_with_its_line(tmp_path, name, text, message):
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataFileError, match=message):
        load(name.partition("/")[0], "sw", tmp_path)


def test_what_is_not_there_says_what_was_looked_for(tmp_path):
    with pytest.raises(UnknownName, match="Did you mean 'xcopa'"):
        load("xcoppa", "sw", tmp_path)
    with pytest.raises(DataFileError, match="holds none of mgsm_sw.tsv"):
        load("mgsm", "sw", tmp_path)
    with pytest.raises(DataFileError, match="is not a folder"):
        load("mgsm", "sw", tmp_path / "nowhere")
    with pytest.raises(InputError, match="flores needs a target_language"):
        load("flores", "sw", tmp_path)
    with pytest.raises(InputError, match="gold answers in Swahili only"):
        load("mkqa", "sw", tmp_path, target_language="en")
    for benchmark in ("mgsm", "mkqa"):
        with pytest.raises(DataFileError, match="no split 'train'|no split 'dev'"):
            load(benchmark, "sw", tmp_path, "dev")


def test_rows_without_an_id_are_named_by_their_line(tmp_path):
    (tmp_path / "sw").mkdir()
    text = "sentence1\tsentence2\tlabel\na\tb\t1\n"
    (tmp_path / "sw" / "test_2k.tsv").write_text(text, encoding="utf-8")
    assert [sample.id for sample in load("pawsx", "sw", tmp_path).samples] == ["pawsx-2"]


@pytest.mark.parametrize("aliases", ['"Moi"', "3", "null"])
def test_mkqa_aliases_that_are_no_list_are_none(tmp_path, aliases):
    answer = f'{{"type": "entity", "text": "Kenyatta", "aliases": {aliases}}}'
    row = f'{{"queries": {{"sw": "Nani?"}}, "answers": {{"sw": [{answer}]}}}}\n'
    (tmp_path / "mkqa.jsonl").write_text(row, encoding="utf-8")
    assert load("mkqa", "sw", tmp_path).samples[0].gold == ("Kenyatta",)


def test_files_that_are_not_aligned_are_refused(tmp_path):
    for name, text in (("swh_Latn", "a\nb\n"), ("arb_Arab", "a\n")):
        (tmp_path / "devtest").mkdir(exist_ok=True)
        (tmp_path / "devtest" / f"{name}.devtest").write_text(text, encoding="utf-8")
    with pytest.raises(DataFileError, match="sw and ar have 2 and 1 lines: not aligned"):
        load("flores", "sw", tmp_path, target_language="ar")
