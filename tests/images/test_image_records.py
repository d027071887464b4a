"""Pictures everywhere else: tasks, phrasings, rows, saved plans, batches, runs, replays, Ray."""

from __future__ import annotations

import json
import shutil

import pytest
from images.pictures import BALLS, HOUSE, QUESTION

import xlt
from xlt.backends import Recorder, Replay, Scripted
from xlt.backends.backend import ask
from xlt.errors import DataFileError, DefinitionError, InputError
from xlt.rows import Columns, read_task_rows
from xlt.saved_plan import SavedPlan

VQA = "visual_question_answering"
INPUTS = {"image": BALLS, "question": QUESTION}
REPLY = "Retelling: How many balls are there? There are two balls.\nAnswer: mbili"


@pytest.mark.parametrize(
    ("task", "inputs", "count"),
    [(VQA, {"question": QUESTION}, 10), ("image_captioning", {}, 13),
     ("visual_question_generation", {"answer": "mbili"}, 6)],
)  # fmt: skip
def test_the_published_phrasings_are_there_by_number_and_by_seed(task, inputs, count):
    given = {"image": BALLS, **inputs}
    asked = [
        xlt.compose(task, given, language="sw", strategy="basic", phrasing=number).request_text
        for number in range(count)
    ]
    assert len(set(asked)) == count
    assert all(text in one for one in asked for text in inputs.values())
    with pytest.raises(InputError, match=f"no phrasing {count}; they are 0 to {count - 1}"):
        xlt.compose(task, given, language="sw", phrasing=count)
    drawn = [
        xlt.compose(task, given, language="sw", strategy="basic", phrasing=f"random:{seed}")
        for seed in range(12)
    ]
    assert {one.request_text for one in drawn} <= set(asked)
    assert len({one.signature for one in drawn}) > 1
    again = xlt.compose(task, given, language="sw", strategy="basic", phrasing="random:3")
    assert again.signature == drawn[3].signature
    assert "|phrasing:" in again.signature


def test_a_phrasing_stands_in_the_six_steps():
    prompt = xlt.compose(VQA, {**INPUTS, "ocr_tokens": ["Karibu"]}, language="sw", phrasing=4)
    assert [step.name for step in prompt.steps][1] == "task_inputting"
    assert prompt.steps[1].text == f"OCR tokens: Karibu.\nQuestion: {QUESTION} Short answer:"
    assert len(prompt.steps) == 6


@pytest.mark.parametrize(
    ("task", "options", "words"),
    [
        (VQA, {"phrasing": "third"}, "a number from 0 to 9, random, or random:SEED"),
        (VQA, {"phrasing": True}, "a number from 0 to 9"),
        ("mkqa", {"phrasing": 1}, "has no other phrasings"),
        ("mkqa", {"phrasing": "random"}, "has no other phrasings"),
    ],
)
def test_a_phrasing_that_is_none_is_refused(task, options, words):
    inputs = INPUTS if task == VQA else QUESTION
    with pytest.raises(InputError, match=words):
        xlt.compose(task, inputs, language="sw", **options)


def test_at_most_thirty_ocr_tokens():
    assert xlt.compose(VQA, {**INPUTS, "ocr_tokens": ["a"] * 30}, language="sw")
    with pytest.raises(InputError, match="takes at most 30 texts, not 31"):
        xlt.compose(VQA, {**INPUTS, "ocr_tokens": ["a"] * 31}, language="sw")


def test_a_picture_alone_is_the_one_input_and_tells_no_language():
    assert xlt.compose("image_captioning", BALLS.read_bytes(), language="sw").images
    with pytest.raises(InputError, match="no text that tells the language: pass language="):
        xlt.compose("image_captioning", str(BALLS))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"task_input": "Look: {{ image }}"}, "mentions the picture 'image'"),
        ({"inputs": [{"name": "image", "type": "image", "many": True}]}, "takes one picture"),
        ({"phrasings": ["{{ nothing }}"]}, "phrasings.0 mentions 'nothing'"),
        ({"inputs": [{"name": "image", "type": "video"}]}, "type"),
    ],
)
def test_a_task_of_your_own_is_checked(change, words):
    task = {"name": "look", "title": "looking", "task_input": "Look.", "input_tag": "picture",
            "task_goal": "look", "output_type": "answer", "basic_prompt": "Look.",
            "answer": "short_text", "inputs": [{"name": "image", "type": "image"}]}  # fmt: skip
    xlt.Task.model_validate(task)
    with pytest.raises(DefinitionError, match=words):
        xlt.Task.model_validate({**task, **change})


def test_every_call_of_a_conversation_shows_the_picture_once():
    plan = xlt.plan(VQA, INPUTS, language="sw", strategy="clp")
    (first,) = next(plan)
    assert len(first.all_images) == 1
    (second,) = plan.send(("I understand.",))
    assert len(second.all_images) == 1
    assert isinstance(second.messages[0]["content"], list)
    assert isinstance(second.messages[-1]["content"], str)


def test_a_translation_call_shows_no_picture():
    (translating,) = next(xlt.plan(VQA, INPUTS, language="sw", strategy="self_translate"))
    assert translating.all_images == ()


def test_rows_name_pictures_beside_their_file(tmp_path):
    shutil.copy(BALLS, tmp_path / "balls.png")
    file = tmp_path / "rows.csv"
    file.write_text(f"image,question\nballs.png,{QUESTION}\nhttps://example.org/a.png,{QUESTION}\n")
    columns = Columns(xlt.get_task(VQA), language="sw")
    local, linked = read_task_rows(file, columns)
    prompt = xlt.compose(VQA, local.inputs, language="sw")
    assert prompt.images[0].data == BALLS.read_bytes()
    assert "data" not in local.inputs["image"]  # what is kept of it is small
    assert xlt.compose(VQA, linked.inputs, language="sw").images[0].url
    file.write_text(f"image,question\n{BALLS},{QUESTION}\n")
    with pytest.raises(DataFileError, match=r"rows\.csv:2.*is not relative to"):
        list(read_task_rows(file, columns))


def test_a_saved_plan_keeps_digest_and_path():
    saved = SavedPlan.start(VQA, INPUTS, language="sw", strategy="clp")
    saved = saved.answered(["I understand."])
    text = saved.to_json()
    assert len(text) < 1500
    assert json.loads(text)["arguments"]["inputs"]["image"]["path"] == str(BALLS)
    again = SavedPlan.from_json(text).answered([REPLY])
    assert again.position().answer.value == "mbili"


def test_a_saved_plan_wants_bytes_again_and_knows_another_picture(tmp_path):
    inputs = {**INPUTS, "image": BALLS.read_bytes()}
    saved = SavedPlan.start(VQA, inputs, language="sw", strategy="xlt")
    assert saved.position().prompts
    text = saved.to_json()
    with pytest.raises(InputError, match="its bytes were not kept"):
        SavedPlan.from_json(text).position()
    again = SavedPlan.from_json(text, images=[BALLS])
    assert again.answered([REPLY]).position().answer.value == "mbili"

    path = tmp_path / "picture.png"
    shutil.copy(BALLS, path)
    text = SavedPlan.start(VQA, {**INPUTS, "image": path}, language="sw", strategy="xlt").to_json()
    shutil.copy(HOUSE, path)
    with pytest.raises(InputError, match="has changed since its digest was recorded"):
        SavedPlan.from_json(text).position()


def test_a_recording_holds_no_bytes_and_replays(tmp_path):
    path = tmp_path / "calls.jsonl"
    prompt = xlt.compose(VQA, INPUTS, language="sw")
    ask(Recorder.to(Scripted([REPLY]), path), prompt)
    line = path.read_text()
    assert prompt.images[0].base64 not in line
    assert prompt.images[0].sha256 in line
    assert ask(Replay.open(path), prompt).text == REPLY
    other = xlt.compose(VQA, {**INPUTS, "image": HOUSE}, language="sw")
    with pytest.raises(InputError, match="None of the replies in .* is to this prompt"):
        ask(Replay.open(path), other)


@pytest.mark.parametrize(("provider", "block"), [("openai", "image_url"), ("anthropic", "source")])
def test_a_batch_sends_the_bytes_and_keeps_the_digest(tmp_path, provider, block):
    from xlt.batches import export_batch

    status = export_batch(
        tmp_path, VQA, [{"inputs": INPUTS, "language": "sw"}], provider=provider, model="m",
        max_tokens=50,
    )  # fmt: skip
    sent = status.files[0].read_text()
    assert xlt.images.take_image(BALLS).base64 in sent
    assert f'"{block}"' in sent
    (rows,) = tmp_path.glob("rows-*.jsonl")
    assert json.loads(rows.read_text())["inputs"]["image"]["path"] == str(BALLS)
    with pytest.raises(InputError, match="Row 0: .*kept by digest and path, and it has none"):
        export_batch(
            tmp_path / "bytes", VQA,
            [{"inputs": {**INPUTS, "image": BALLS.read_bytes()}, "language": "sw"}],
            provider=provider, model="m", max_tokens=50,
        )  # fmt: skip


def test_ray_composes_bytes_and_paths():
    pyarrow = pytest.importorskip("pyarrow")
    from xlt.ray.mapping import compose_table
    from xlt.ray.row_format import RowFormat

    rows = RowFormat(VQA, language="sw", options={"phrasing": 1})
    for image in (BALLS.read_bytes(), str(BALLS), {"bytes": BALLS.read_bytes(), "path": None}):
        table = pyarrow.table({"image": [image], "question": [QUESTION]})
        (row,) = compose_table(table, rows).to_pylist()
        assert row["xlt_error"] is None
        picture, text = row["messages"][0]["content"]
        assert picture["image_url"]["url"].startswith("data:image/png;base64,")
        assert f"Question: {QUESTION}" in text["text"]


def test_a_langchain_chain_takes_a_picture_and_its_tool_no_path():
    from langchain_core.language_models import FakeListChatModel

    from xlt.langchain import xlt_chain

    chain = xlt_chain(FakeListChatModel(responses=[REPLY] * 3), VQA, language="sw", phrasing=2)
    assert chain.invoke(INPUTS).value == "mbili"
    told = chain.as_tool(name="look").invoke({"image": str(BALLS), "question": QUESTION})
    assert "not the path of a file" in told


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (["-m", "gpt-4o", "--format", "rich"], ["302 bytes; ~255 tokens", "OpenAI, tiles of 512"]),
        (["--format", "rich"], ["not counted", "without 1 image"]),
        (["--format", "text"], ["[image: two_balls.png, image/png, 128x96, 302 bytes]\nI want"]),
        (["--format", "json"], ['"sha256"', '"uncounted_images": 1', '"text": null']),
        (["--phrasing", "4", "--format", "text"], [f"Question: {QUESTION} Short answer:"]),
    ],
)
def test_the_preview_says_what_the_picture_is_and_costs(options, shown, monkeypatch):
    from typer.testing import CliRunner

    from xlt.cli.main import app

    monkeypatch.setenv("COLUMNS", "200")
    arguments = ["preview", VQA, "-i", f"image={BALLS}", "-i", f"question={QUESTION}", "-l", "sw"]
    result = CliRunner().invoke(app, [*arguments, *options])
    assert result.exit_code == 0, result.output
    for text in shown:
        assert text in result.output
