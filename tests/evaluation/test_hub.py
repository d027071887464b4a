"""Benchmarks from the hub: files in the hub's own layout, and what is asked of the hub."""

import io
import json
import re
import tarfile
from pathlib import Path

import pyarrow
import pytest
from huggingface_hub import errors
from pyarrow import parquet

from xlt.errors import DataFileError, InputError, UnknownName
from xlt.evaluation import benchmark_names, get_benchmark, load, load_from_hub
from xlt.evaluation.runs.sources import HUB, load_sources
from xlt.evaluation.runs.spec import RunSpec

PAWSX = [
    {"id": 1, "sentence1": "Ein Hund bellt.", "sentence2": "Es bellt ein Hund.", "label": 1},
    {"id": 2, "sentence1": "NS", "sentence2": "Es regnet.", "label": 0},
    {"id": 3, "sentence1": "Ada traf Bo.", "sentence2": "Bo traf Cy.", "label": 0},
]
# COPA's first two questions ask for an effect and a cause; the hub's Thai file says effect twice.
XCOPA = [
    {"premise": "ฝนตก", "choice1": "พื้นเปียก", "choice2": "แดดออก", "label": 0},
    {"premise": "เขาหิว", "choice1": "เขาเพิ่งกิน", "choice2": "เขาไม่ได้กิน", "label": 1},
]
XNLI = [
    {"premise": "Paka amelala.", "hypothesis": "Paka yuko macho.", "label": 2},
    {"premise": "Paka amelala.", "hypothesis": "Mnyama amelala.", "label": 0},
]


def mkqa_row(number, kind, text):
    answer = {"type": kind, "entity": "", "text": text, "aliases": []}
    return {
        "example_id": number,
        "queries": {"en": f"Question {number}?", "zh_cn": f"问题 {number}？"},
        "query": f"question {number}",
        "answers": {"en": [answer], "zh_cn": [answer]},
    }


def write_parquet(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)


def write_jsonl(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_archive(path, name, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    with tarfile.open(path, "w:bz2") as archive:
        info = tarfile.TarInfo(f"./{name}")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))


@pytest.fixture
def hub(tmp_path):
    """A cache of the hub as `hf_hub_download` leaves it, with files in the hub's layout."""

    def folder(benchmark):
        place = get_benchmark(benchmark).hub
        name = "datasets--" + place.id.replace("/", "--")
        return tmp_path / name / "snapshots" / place.revision

    folder("mgsm").mkdir(parents=True)
    (folder("mgsm") / "mgsm_sw.tsv").write_text("2 na 3?\t5\r\nJumla?\t2,125", "utf-8")
    write_parquet(folder("pawsx") / "de/test-00000-of-00001.parquet", PAWSX)
    rows = [{"idx": number, "question": "effect", **row} for number, row in enumerate(XCOPA)]
    write_parquet(folder("xcopa") / "th/test-00000-of-00001.parquet", rows)
    write_parquet(folder("xcopa") / "th/validation-00000-of-00001.parquet", rows[:1])
    write_parquet(folder("xnli") / "sw/test-00000-of-00001.parquet", XNLI)
    kinds = [(0, "答案"), (2, None), (1, None), (5, "3 kg")]
    rows = [mkqa_row(number, *answer) for number, answer in enumerate(kinds)]
    write_parquet(folder("mkqa") / "mkqa/train/0000.parquet", rows)
    article = {"id": "a-1", "url": "u", "title": "标题", "summary": "摘要。", "text": "一\u2028二"}
    archive = folder("xlsum") / "data/chinese_simplified_XLSum_v2.0.tar.bz2"
    write_archive(archive, "chinese_simplified_test.jsonl", [article])
    flores = folder("flores") / "devtest"
    write_jsonl(flores / "cmn_Hans.jsonl", [{"id": 0, "text": "你好。"}, {"id": 1, "text": "再见"}])
    write_jsonl(flores / "est_Latn.jsonl", [{"id": 0, "text": "Tere."}, {"id": 1, "text": "Head"}])
    return tmp_path


def cached(hub, benchmark, language, *args, **more):
    """Load through huggingface_hub itself, which finds the file in its cache."""
    return load_from_hub(benchmark, language, *args, cache_dir=hub, **more)


def notes(loaded):
    return {note.fault: note.count for note in loaded.notes}


@pytest.mark.parametrize(
    ("benchmark", "language", "golds", "faults"),
    [
        ("mgsm", "sw", [5, 2125], {"thousands commas in gold answers": 1}),
        ("pawsx", "de", [True, False], {"NS in place of a sentence": 1}),
        ("xcopa", "th", [1, 2], {"wrong question values": 1}),
        ("xnli", "sw", ["contradiction", "entailment"], {}),
        (
            "mkqa",
            "zh",
            [("答案",), ("3 kg",)],
            {"unanswerable questions": 1, "long answers": 1},
        ),
        ("xlsum", "zh", ["摘要。"], {}),
    ],
)
def test_files_in_the_hubs_layout_give_samples_and_notes(hub, benchmark, language, golds, faults):
    loaded = cached(hub, benchmark, language)
    assert [sample.gold for sample in loaded.samples] == golds
    assert notes(loaded) == faults
    assert {sample.language for sample in loaded.samples} == {language}
    assert loaded.benchmark == benchmark


def test_texts_and_kinds_are_read_as_they_stand(hub):
    (article,) = cached(hub, "xlsum", "zh").samples
    assert article.inputs["article"] == "一\u2028二"
    assert article.metadata["title"] == "标题"
    question = cached(hub, "mkqa", "zh").samples[1]
    assert (question.id, question.metadata["type"]) == ("mkqa-3", "number_with_unit")
    assert [one.id for one in cached(hub, "pawsx", "de").samples] == ["pawsx-1", "pawsx-3"]


def test_xcopas_questions_are_repaired_in_the_split_and_kept_on_request(hub):
    published = cached(hub, "xcopa", "th", repair=False)
    assert [one.inputs["question"] for one in published.samples] == ["effect", "effect"]
    assert notes(published) == {}
    (one,) = cached(hub, "xcopa", "th", "validation").samples
    assert one.inputs["question"] in ("cause", "effect")


def test_flores_plus_is_read_under_its_new_names_or_its_old_ones(hub):
    def download(name, file, revision):
        return existing(hub / f"datasets--{name.replace('/', '--')}/snapshots/{revision}" / file)

    loaded = load_from_hub("flores", "zh", target_language="et", download=download)
    pairs = [(one.inputs["source"], one.gold) for one in loaded.samples]
    assert pairs == [("你好。", "Tere."), ("再见", "Head")]


def existing(path):
    if not path.is_file():
        raise FileNotFoundError(path)
    return path


@pytest.mark.parametrize(
    ("benchmark", "language", "split", "file"),
    [
        ("mgsm", "bn", "test", "mgsm_bn.tsv"),
        ("xcopa", "qu", "dev", "qu/validation-00000-of-00001.parquet"),
        ("xnli", "ur", "train", "ur/train-00000-of-00001.parquet"),
        ("pawsx", "ja", "validation", "ja/validation-00000-of-00001.parquet"),
        ("mkqa", "th", "test", "mkqa/train/0000.parquet"),
        ("xlsum", "zh-Hant", "test", "data/chinese_traditional_XLSum_v2.0.tar.bz2"),
        ("flores", "sw", "test", "devtest/swh_Latn.jsonl"),
    ],
)
def test_the_hub_is_asked_for_one_file_of_a_pinned_commit(benchmark, language, split, file):
    asked = []

    def download(*request):
        asked.append(request)
        raise FileNotFoundError

    place = get_benchmark(benchmark).hub
    with pytest.raises(DataFileError, match=re.escape(f"hf://datasets/{place.id}@")):
        load_from_hub(benchmark, language, split, target_language=language, download=download)
    assert asked == [(place.id, file, place.revision)]
    assert re.fullmatch("[0-9a-f]{40}", place.revision)


def test_a_revision_of_the_callers_own_is_asked_for():
    def download(name, file, revision):
        raise FileNotFoundError

    with pytest.raises(DataFileError, match="facebook/xnli@abc: .* no file sw/test-0"):
        load_from_hub("xnli", "sw", revision="abc", download=download)


def test_every_benchmark_is_on_the_hub_and_others_are_not():
    found = map(get_benchmark, benchmark_names())
    elsewhere = {one.name for one in found if not (one.hub or one.is_generated)}
    assert elsewhere == {
        "language_confusion",
        "language_confusion_crosslingual",
        "m_ifeval",
        "maxm",
        "mgsm_rev2",
    }
    with pytest.raises(InputError, match="m_ifeval is not on the hub: give the folder"):
        load_from_hub("m_ifeval", "es")
    with pytest.raises(InputError, match="flair is not on the hub"):
        load_from_hub("flair", "sw")
    with pytest.raises(UnknownName, match="Did you mean 'xnli'"):
        load_from_hub("xnly", "sw")
    with pytest.raises(InputError, match="flores needs a target_language"):
        load_from_hub("flores", "sw")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (errors.EntryNotFoundError, "the data set has no file mgsm_sw.tsv"),
        (errors.LocalEntryNotFoundError, "not in the cache, and the hub cannot be reached"),
        (errors.GatedRepoError, "accept its terms at https://huggingface.co/datasets/juletxara"),
        (ConnectionError, r"mgsm_sw.tsv cannot be fetched \(ConnectionError\)"),
    ],
)
def test_what_the_hub_refuses_is_said_without_its_urls(monkeypatch, error, message):
    def refuse(*args, **more):
        fault = error.__new__(error)
        fault.args = ("https://hub/?token=hf_canary",)
        raise fault

    monkeypatch.setattr("huggingface_hub.hf_hub_download", refuse)
    with pytest.raises(DataFileError, match=message) as caught:
        load_from_hub("mgsm", "sw")
    assert "hf_canary" not in str(caught.value)


def test_a_downloaded_folder_of_the_hub_loads_like_the_original_files(hub):
    place = get_benchmark("pawsx").hub
    folder = hub / f"datasets--{place.id.replace('/', '--')}" / "snapshots" / place.revision
    assert load("pawsx", "de", folder) == cached(hub, "pawsx", "de")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"premise": "a", "hypothesis": "b", "label": 3}], "parquet:1: gold_label is None"),
        ([{"premise": "a", "hypothesis": None, "label": 1}], "parquet:1: the column 'hypothesis'"),
    ],
)
def test_a_bad_row_is_named_with_its_number(tmp_path, rows, message):
    write_parquet(tmp_path / "sw/test-00000-of-00001.parquet", rows)
    with pytest.raises(DataFileError, match=message):
        load("xnli", "sw", tmp_path)


def test_an_archive_that_is_cut_or_lacks_the_split_is_named(tmp_path):
    path = tmp_path / "data" / "swahili_XLSum_v2.0.tar.bz2"
    write_archive(path, "swahili_train.jsonl", [{"text": "a", "summary": "b"}])
    with pytest.raises(DataFileError, match=r"swahili_test.jsonl: is not in the archive"):
        load("xlsum", "sw", tmp_path)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(DataFileError, match=r"bz2: not a whole .tar.bz2"):
        load("xlsum", "sw", tmp_path)


def test_a_file_that_is_no_parquet_is_named(tmp_path):
    path = Path(tmp_path / "de" / "test-00000-of-00001.parquet")
    path.parent.mkdir()
    path.write_bytes(b"PAR1 no")
    with pytest.raises(DataFileError, match="not a Parquet file"):
        load("pawsx", "de", tmp_path)


def test_an_evaluation_reads_the_hub_by_its_name(hub, tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(hub))
    monkeypatch.chdir(tmp_path)

    spec = RunSpec(benchmarks="mgsm", languages="sw", data=HUB)
    (source,), remarks = load_sources(spec)
    assert [sample.gold for sample in source.loaded.samples] == [5, 2125]
    assert remarks == []
    every = RunSpec(benchmarks="mgsm", data=HUB)
    with pytest.raises(DataFileError, match=r"mgsm@b2f13d42.*mgsm_en\.tsv"):
        load_sources(every)
