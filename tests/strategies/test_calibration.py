"""Calibrating `auto` on development rows."""

import pytest

import xlt
from xlt import XLTError

ROWS = [
    {"inputs": f"{number} + 0?", "language": language, "answer": str(number)}
    for number in range(20)
    for language in ("sw", "de")
]


def ask(prompt):
    """A model that is right in Swahili by xlt, in German by en_cot, and by en_basic never."""
    number = prompt.inputs["problem"].split()[0]
    best = {"sw": "xlt", "de": "en_cot"}[prompt.language.tag]
    if prompt.strategy == "en_basic":
        return "I cannot say."
    sometimes = int(number) % 2 == 0
    return f"Answer: {number if prompt.strategy == best or sometimes else 999}"


def calibrated(**options):
    strategies = ("en_basic", "en_cot", "xlt")
    return xlt.calibrate(ROWS, ask, task="mgsm", strategies=strategies, **options)


def test_the_best_of_each_language():
    best = calibrated().best
    assert [(one.language, one.strategy, one.mean) for one in best] == [
        ("sw", "xlt", 1.0),
        ("de", "en_cot", 1.0),
    ]
    scores = {one.strategy: one for one in calibrated().scores if one.language == "sw"}
    second = scores["en_cot"]
    assert second.mean == 0.5
    assert 0.2 <= second.low < 0.5 < second.high <= 0.8
    assert (scores["en_basic"].mean, scores["en_basic"].unread) == (0.0, 20)
    assert scores["xlt"].share_of_wins == 1.0


def test_the_seed_decides_the_intervals():
    assert calibrated(seed=3) == calibrated(seed=3)
    assert calibrated(seed=3).scores != calibrated(seed=4).scores


def test_auto_reads_what_calibrate_writes(tmp_path):
    path = tmp_path / "calibrated.yaml"
    calibrated(output=path, model="scripted")
    explained = xlt.explain("mgsm", "de", policy=path, budget=8)
    assert (explained.strategy, explained.rule) == ("en_cot", "calibrated-arithmetic_reasoning-de")
    assert explained.source == "xlt.calibrate, scripted"
    assert "on 20 development rows: 1.000 (95% 1.000 to 1.000)" in explained.reason
    assert xlt.explain("mgsm", "ja", policy=path).rule == "7-high"


def test_of_equals_the_cheaper_wins():
    scores = xlt.calibrate(
        ROWS, lambda prompt: "Answer: 0", task="mgsm", strategies=("en_cot", "clp")
    )
    assert [one.strategy for one in scores.best] == ["en_cot", "en_cot"]


def test_options_reach_their_strategy():
    calibrated = xlt.calibrate(
        ROWS,
        ask_translated,
        task="mgsm",
        strategies=("translate_en",),
        options={"translate_en": {"translator": lambda texts, *_: [t.upper() for t in texts]}},
    )
    assert "translator: 'yes'" in calibrated.to_yaml()


def ask_translated(prompt):
    assert prompt.text.startswith(prompt.inputs["problem"].upper())
    return "Answer: 1"


def test_mistakes_are_named():
    with pytest.raises(XLTError, match="no development rows"):
        xlt.calibrate([], ask, task="mgsm")
    with pytest.raises(XLTError, match="score= of calibrate"):
        xlt.calibrate(ROWS, ask, task="xlsum")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strategies": ("en_cot", "en_cott")}, "Did you mean 'en_cot'"),
        ({"resamples": 0}, "resamples is 0"),
        ({"output": "no such folder/policy.yaml"}, "cannot be written: No such file"),
        ({"rows": [{"inputs": "1 + 0?", "language": "sw"}]}, "Row 0 has no 'answer'"),
    ],
)
def test_mistakes_are_named_before_any_call(options, message):
    asked = []
    with pytest.raises(XLTError, match=message):
        xlt.calibrate(**{"rows": ROWS, "ask": asked.append, "task": "mgsm", **options})
    assert asked == []


def test_several_models_get_rules_of_their_own(tmp_path):
    path = tmp_path / "calibrated.yaml"

    def other(prompt):
        return "I cannot say." if prompt.strategy == "xlt" else ask(prompt)

    made = xlt.calibrate(
        ROWS, {"one": ask, "two": other}, task="mgsm", strategies=("en_cot", "xlt"), output=path
    )
    assert [(score.model, score.language, score.strategy) for score in made.best] == [
        ("one", "sw", "xlt"),
        ("two", "sw", "en_cot"),
        ("one", "de", "en_cot"),
        ("two", "de", "en_cot"),
    ]
    for model, strategy in (("one", "xlt"), ("provider/two", "en_cot")):
        explained = xlt.explain("mgsm", "sw", model=model, policy=path)
        assert explained.strategy == strategy
    assert xlt.explain("mgsm", "sw", model="three", policy=path).rule == "7-low"
