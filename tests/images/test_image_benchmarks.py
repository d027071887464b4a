"""xGQA, MaXM and XM3600 on rows of their published forms, which are ours, and their metrics."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from images.pictures import BALLS, HOUSE

import xlt
from xlt.demonstrations import load_demonstrations
from xlt.errors import DataFileError, InputError
from xlt.evaluation import available_languages, load, score_values
from xlt.evaluation.runs.executing import aevaluate
from xlt.evaluation.runs.run_folder import load_run
from xlt.evaluation.runs.spec import RunSpec
from xlt.reply import Reply

QUESTION = {
    "semantic": [], "entailed": [], "equivalent": ["1"], "question": "লোকগুলোর কাছে কয়টি বল আছে?",
    "imageId": "n1", "isBalanced": True, "groups": {"global": None, "local": None},
    "answer": "two", "semanticStr": "", "annotations": {}, "fullAnswer": "There are two balls.",
    "types": {"detailed": "x", "semantic": "obj", "structural": "query"},
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the pictures n1 and n2, as each benchmark has its own beside its rows."""
    (tmp_path / "images").mkdir()
    shutil.copy(BALLS, tmp_path / "images" / "n1.jpg")
    shutil.copy(HOUSE, tmp_path / "images" / "n2.jpg")
    return tmp_path


def write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def test_xgqa_has_pictures_beside_its_questions_and_english_answers(folder):
    write(folder / "testdev_balanced_questions_bn.json", {"7": QUESTION, "8": QUESTION})
    first, second = load("xgqa", "bn", folder).samples
    assert (first.id, first.gold, first.language, first.target_language) == (
        "xgqa-7", ("two",), "bn", "en",
    )  # fmt: skip
    assert first.metadata == {"group": "query"}
    assert first.inputs["image"] is second.inputs["image"]  # read once
    prompt = xlt.compose(
        "visual_question_answering", first.inputs, language="bn", target_language="en"
    )
    assert prompt.images[0].data == BALLS.read_bytes()
    assert "answer in one or a few words in English" in prompt.request_text
    assert available_languages("xgqa", folder) == ("bn",)


def test_xgqa_of_the_hub_holds_the_bytes(folder):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    row = {"image": {"bytes": BALLS.read_bytes(), "path": "n1.jpg"}, "question": "Wie viele?",
           "answer": "two"}  # fmt: skip
    parquet.write_table(pyarrow.Table.from_pylist([row]), folder / "de.parquet")
    (sample,) = load("xgqa", "de", folder).samples
    assert sample.inputs["image"].data == BALLS.read_bytes()


@pytest.mark.shared_data
@pytest.mark.parametrize("tag", ["bn", "de", "en", "ko", "ru", "zh"])
def test_xgqa_reads_the_authors_own_files(shared_data, folder, tag):
    """Their picture is not here, so that one of ours has its name."""
    source = shared_data / "xgqa" / "data" / "few_shot" / tag / "train_1.json"
    shutil.copy(source, folder / f"testdev_balanced_questions_{tag}.json")
    shutil.copy(BALLS, folder / "images" / "n406334.jpg")
    samples = load("xgqa", tag, folder).samples
    assert len(samples) == 27
    assert all(one.gold[0].isascii() and one.inputs["question"] for one in samples)


def test_maxm_takes_the_url_where_the_picture_is_not_there(folder):
    pairs = [{"question_id": "1", "question": "כמה כדורים?", "answers": ["שניים", "2"],
              "processed_answers": ["שניים", "2"], "is_collection": False}]  # fmt: skip
    more = [{**pairs[0], "question_id": "2", "is_collection": True}]
    url = "https://example.org/n9.jpg"
    write(folder / "maxm_v1_iw.json", {"annotations": [
        {"image_id": "n1", "image_url": url, "qa_pairs": pairs},
        {"image_id": "n9", "image_url": url, "qa_pairs": more}]})  # fmt: skip
    local, linked = load("maxm", "he", folder).samples
    assert (local.id, local.gold, local.language) == ("maxm-1", ("שניים", "2"), "he")
    assert local.inputs["image"]["path"].endswith("n1.jpg")
    assert linked.inputs["image"].url == url
    assert [one.metadata["group"] for one in (local, linked)] == ["single", "collection"]


def test_xm3600_has_a_line_for_each_picture_and_all_languages_in_it(folder):
    texts = {"sw": ["Mipira miwili", "Mipira myekundu"], "quz": ["Iskay puka"], "iw": ["כדורים"]}
    line = {"image/key": "n1", "image/locale": "sw",
            **{code: {"caption": captions} for code, captions in texts.items()}}  # fmt: skip
    write(folder / "captions.jsonl", line)
    (sample,) = load("xm3600", "sw", folder).samples
    assert (sample.gold, sample.id) == (("Mipira miwili", "Mipira myekundu"), "xm3600-n1")
    assert load("xm3600", "qu", folder).samples[0].gold == ("Iskay puka",)
    assert set(available_languages("xm3600", folder)) == {"he", "qu", "sw"}
    prompt = xlt.compose("image_captioning", sample.inputs, language="sw")
    assert "in one sentence in Swahili" in prompt.request_text


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("testdev_balanced_questions_de.json", [1], "not a JSON object of questions"),
        ("testdev_balanced_questions_de.json", {"1": {**QUESTION, "imageId": "no"}}, "no.jpg"),
        ("testdev_balanced_questions_de.json", {"1": {**QUESTION, "imageId": "../../x"}}, "folder"),
        ("maxm_v1_fr.json", {"annotations": [{}]}, "no annotations with qa_pairs"),
    ],
)
def test_a_file_of_another_form_is_named(folder, name, value, words):
    write(folder / name, value)
    benchmark, tag = ("maxm", "fr") if name.startswith("maxm") else ("xgqa", "de")
    with pytest.raises(DataFileError, match=words):
        load(benchmark, tag, folder)


@pytest.mark.parametrize(
    ("metric", "value", "gold", "language", "right"),
    [
        ("contained", "There are two.", ("two",), "bn", True),
        ("contained", "TWO", ("two",), "bn", True),
        ("contained", None, ("two",), "bn", False),
        ("contained", "three", ("two",), "bn", False),
        ("relaxed_accuracy", "Deux ballons !", ("deux ballons",), "fr", True),
        ("relaxed_accuracy", "il y a deux ballons ici", ("deux ballons",), "fr", True),
        ("relaxed_accuracy", "deuxième", ("deux",), "fr", False),
        ("relaxed_accuracy", "oui", ("yes",), "fr", True),
        ("relaxed_accuracy", "非", ("是",), "zh", False),
        ("relaxed_accuracy", "两个红球", ("红球",), "zh", True),
        ("relaxed_accuracy", "ＴＷＯ", ("two",), "en", True),
        ("relaxed_accuracy", "", ("two",), "en", False),
        ("relaxed_accuracy", "anything", ("",), "en", False),
    ],
)
def test_contained_and_relaxed_accuracy(metric, value, gold, language, right):
    assert score_values(metric, [value], [gold], language).per_sample == (float(right),)


def test_cider_is_pycocoevalcaps_and_names_it():
    pytest.importorskip("pycocoevalcap")
    made = ["two red balls on grass", "a house with a blue roof"]
    golds = [("Two red balls on grass.", "Red balls"), ("A small house with a blue roof.",)]
    score = score_values("cider", made, golds, "en")
    same = score_values("cider", [one[0] for one in golds], golds, "en")
    assert 0 < score.value < same.value <= 1000
    assert score.per_sample == ()
    assert "|tok:blank|pycocoevalcap:" in score.signature
    assert "tok:char" in score_values("cider", ["ลูกบอล"], [("บอล",)], "th").signature


class Vision:
    """A model that says the same of every picture, and keeps what it was sent."""

    name, few_shot, settings = "vision", False, {}

    def __init__(self) -> None:
        self.prompts: list[xlt.Prompt] = []

    def holds(self, place: object) -> bool:
        return True

    async def reply(self, prompt: xlt.Prompt, place: object) -> Reply:
        self.prompts.append(prompt)
        return Reply("Retelling: How many balls are there?\nAnswer: two", model="vision")


def test_a_run_scores_pictures_and_keeps_no_bytes(folder):
    write(folder / "testdev_balanced_questions_bn.json", {"7": QUESTION, "8": QUESTION})
    spec = RunSpec(
        benchmarks=("xgqa",), languages=("bn",), strategies=("xlt", "basic", "clp"),
        data=str(folder), output=folder / "run", options={"basic": {"phrasing": "random:1"}},
    )  # fmt: skip
    model = Vision()
    asyncio.run(aevaluate(spec, model))
    assert {len(prompt.all_images) for prompt in model.prompts} == {1}
    run = load_run(folder / "run")
    assert [(one.outcome, one.score) for one in run.results] == [("scored", 1.0)] * 6
    assert {"phrasing" in one.signature for one in run.results} == {True, False}
    kept = (folder / "run" / "results.jsonl").read_text(encoding="utf-8")
    image = model.prompts[0].images[0]
    assert image.base64 not in kept
    assert image.sha256 in kept
    (content,) = {json.dumps(one.calls[0].messages[-1]["content"][0]) for one in run.results}
    assert json.loads(content)["media_type"] == "image/png"


def test_inspects_samples_name_the_picture_and_hold_no_bytes(folder):
    pytest.importorskip("inspect_ai")
    from xlt.evaluation.inspection.solving import describe

    write(folder / "testdev_balanced_questions_bn.json", {"7": QUESTION})
    (sample,) = load("xgqa", "bn", folder).samples
    about = describe("visual_question_answering", sample.inputs, sample.gold, "bn", "en")
    assert about["input"].startswith(f"image: {folder / 'images' / 'n1.jpg'}\nquestion: ")
    assert len(json.dumps(about)) < 2000


def test_demonstrations_are_built_with_pictures(folder):
    rows = [
        {"inputs": {"image": folder / "images" / name, "question": "Kuna nini?"}, "language": "sw",
         "answer": "two"}
        for name in ("n1.jpg", "n2.jpg")
    ]  # fmt: skip
    built = xlt.build_demonstrations(
        "visual_question_answering",
        rows,
        lambda prompt: (
            "Retelling the question: What is there?\nStep-by-step answer:\n1. Two.\nAnswer: two"
        ),
        shots=2,
    )
    assert f'image: "images/n{1}.jpg"' in built.to_yaml(folder)
    built.write(folder / "shots.yaml")
    task = xlt.get_task("visual_question_answering")
    again = load_demonstrations(folder / "shots.yaml", task)
    assert {one.inputs["image"].data for one in again} == {BALLS.read_bytes(), HOUSE.read_bytes()}
    with pytest.raises(InputError, match="must lie in the folder of the demonstrations"):
        built.write(folder / "images" / "inner" / "shots.yaml")
