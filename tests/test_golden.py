"""The paper's prompts to the letter, one readable file each in tests/golden."""

import json
from collections import Counter
from pathlib import Path

import pytest

import xlt
from xlt.files.yaml import load_yaml
from xlt.task import texts_of

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.yaml"))


def prompt_text(case: dict, strategy: str, inputs: dict | None = None) -> str:
    inputs = inputs or case["inputs"]
    if "image" in inputs:
        inputs = {**inputs, "image": GOLDEN / inputs["image"]}
    return xlt.compose(
        case["task"],
        inputs,
        language=case["language"],
        target_language=case.get("target_language"),
        strategy=strategy,
        labels=case.get("labels"),
        output=case.get("output"),
    ).request_text


@pytest.mark.parametrize("strategy", ["xlt", "basic", "cot"])
@pytest.mark.parametrize("name", NAMES)
def test_golden(name, strategy):
    case = load_yaml(GOLDEN / f"{name}.yaml")
    assert prompt_text(case, strategy) == case[strategy]


def test_every_task_has_a_golden_prompt_and_the_papers_three():
    counts = Counter(name.split("-")[0] for name in NAMES)
    aliased = {task.name: next(iter(task.aliases), task.name) for task in xlt.tasks()}
    missing = [f"tests/golden/{one}-LANGUAGE.yaml" for one in aliased.values() if not counts[one]]
    assert not missing, f"write by hand: {', '.join(missing)} (see CONTRIBUTING.md, Add a task)"
    assert counts.keys() == set(aliased.values()), "a golden file whose task is gone"
    assert all(counts[alias] >= 3 for name, alias in aliased.items() if alias != name)


@pytest.mark.shared_data
@pytest.mark.parametrize(("name", "row"), [("xnli-ar", 3), ("xnli-hi", 2), ("xnli-sw", 0)])
def test_real_xnli_row(shared_data, name, row):
    case = load_yaml(GOLDEN / f"{name}.yaml")
    path = shared_data / "xnli" / "jsonl" / f"{case['language']}.jsonl"
    found = json.loads(path.read_bytes().split(b"\n")[row])
    inputs = {field: found[field] for field in ("premise", "hypothesis")}

    expected = case["xlt"].replace("⟦premise⟧", inputs["premise"])
    assert prompt_text(case, "xlt", inputs) == expected.replace(
        "⟦hypothesis⟧", inputs["hypothesis"]
    )
    expected = case["basic"].replace("⟦premise⟧", inputs["premise"])
    assert prompt_text(case, "basic", inputs) == expected.replace(
        "⟦hypothesis⟧", inputs["hypothesis"].removesuffix(".")
    )


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "file", "field"),
    [
        ("xlsum-fr", "french_test.jsonl", "text"),
        # the samples hold the other languages' own text only as summaries
        (
            "xlsum-zh",
            "native_summary_english_text/chinese_simplified_test.translated_google.jsonl",
            "summary",
        ),
        (
            "xlsum-vi",
            "native_summary_english_text/vietnamese_test.translated_google.jsonl",
            "summary",
        ),
    ],
)
def test_real_xlsum_row(shared_data, name, file, field):
    case = load_yaml(GOLDEN / f"{name}.yaml")
    row = json.loads((shared_data / "xlsum" / file).read_bytes().split(b"\n")[0])
    for strategy in ("xlt", "basic", "cot"):
        expected = case[strategy].replace("⟦article⟧", row[field])
        assert prompt_text(case, strategy, {"article": row[field]}) == expected


def test_prompts_keep_house():
    """One full stop, no double space, no gap where a task has no output constraint."""
    for name in NAMES:
        case = load_yaml(GOLDEN / f"{name}.yaml")
        frame = case["xlt"]
        for text in texts_of(case["inputs"]):
            frame = frame.replace(text, "").replace(text.removesuffix("."), "")
        assert "  " not in frame.replace(": ?", "").replace(":  ", ": ")
        assert ".." not in frame
        assert "?." not in frame
