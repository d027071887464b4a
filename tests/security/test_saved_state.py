"""Files that a program saved and somebody may have changed: a typed error, whatever they hold."""

import json

import pytest

from xlt.backends.replay import Replay
from xlt.building.from_rows import ReplyJournal
from xlt.cli.settings import load_settings
from xlt.errors import DataFileError, DefinitionError, InputError, XLTError
from xlt.rows import read_rows
from xlt.saved_plan import SavedPlan

BROKEN = {
    "deep lists": "[" * 100_000,
    "deep objects": '{"a":' * 100_000,
    "a long number": "9" * 5000,
    "no JSON": "nonsense",
    "a list": "[]",
    "a text": '"x"',
    "nothing": "{}",
    "half a pair": '{"format": 1, "rounds": ["\\ud800"]}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_saved_plans(name):
    with pytest.raises(InputError):
        SavedPlan.from_json(BROKEN[name])


@pytest.mark.parametrize(
    "arguments", [["ab"], {}, {"task": "mgsm"}, {"inputs": "x", "nope": 1}, "task inputs"]
)
def test_saved_plans_that_do_not_say_what_they_ask(arguments):
    state = {"format": 1, "rounds": [], "digests": [], "arguments": arguments}
    with pytest.raises(InputError, match="not a saved plan"):
        SavedPlan.from_json(json.dumps(state))


@pytest.mark.parametrize("name", BROKEN)
def test_journals_recordings_and_samples(tmp_path, name):
    path = tmp_path / "kept.jsonl"
    path.write_text(BROKEN[name] + "\n")
    with pytest.raises(DefinitionError, match="kept.jsonl:1"):
        ReplyJournal.at(path)
    with pytest.raises(DefinitionError, match="kept.jsonl:1"):
        Replay.open(path)
    if name not in ("nothing", "half a pair", "a list"):
        with pytest.raises(DataFileError, match="kept.jsonl:1"):
            list(read_rows(path))


@pytest.mark.parametrize("text", ["a=" + "[" * 100_000, "a=" + "9" * 5000, "a", "\x00"])
def test_settings(tmp_path, monkeypatch, text):
    monkeypatch.delenv("XLT_MODEL", raising=False)
    path = tmp_path / "config.toml"
    path.write_text(text)
    monkeypatch.setattr("xlt.cli.settings.config_path", lambda: path)
    with pytest.raises(DefinitionError, match="config.toml"):
        load_settings()


WRONG = [
    ("demonstrations", True),
    ("demonstrations", [{"bad": 1}]),
    ("demonstrations", [{"inputs": 5}]),
    ("demonstrations", [{"inputs": {"problem": []}}]),
    ("templates", 1.5),
    ("templates", "x" * 5000),
    ("templates", "\0"),
    ("max_tokens", "a"),
    ("max_tokens", [1]),
    ("inputs", 5),
    ("inputs", {"problem": 5}),
    ("task", ["mgsm"]),
    ("language", {}),
    ("strategy", 7),
    ("steps", 5),
    ("layout", []),
    ("guard", {}),
    ("self", 1),
    ("request", 1),
    ("nope", None),
]
OF_STRATEGIES = [
    ("auto", "model", [[]]),
    ("auto", "model_class", {}),
    ("translate_en", "translator", "nope"),
    ("self_consistency", "count", None),
    ("self_consistency", "quorum", "x"),
    ("clsp", "languages", 5),
    ("autocap", "count", "a"),
]


def saved(**arguments):
    state = {"format": 1, "rounds": [["Answer: 1"]], "digests": ["x"]}
    given = {"task": "mgsm", "inputs": "2 + 2?", "language": "en", **arguments}
    return json.dumps({**state, "arguments": given})


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_arguments_changed_by_hand(name, value):
    with pytest.raises(XLTError):
        SavedPlan.from_json(saved(**{name: value})).position()


@pytest.mark.parametrize(("strategy", "name", "value"), OF_STRATEGIES)
def test_options_changed_by_hand(strategy, name, value):
    with pytest.raises(XLTError):
        SavedPlan.from_json(saved(strategy=strategy, **{name: value})).position()


@pytest.mark.parametrize("reply", [5, None, {"text": 5}, {"usage": 5}, {"tool_calls": [[]]}, []])
def test_replies_changed_by_hand(reply):
    state = json.loads(saved())
    with pytest.raises(InputError, match="not a saved plan"):
        SavedPlan.from_json(json.dumps({**state, "format": 2, "rounds": [[reply]]}))
