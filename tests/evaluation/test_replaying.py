"""Recordings of all three forms answer the prompts they were made from, and no others."""

import asyncio
import gzip
import json

import pytest
from scripted_runs import Scripted, run_small, small

import xlt
from xlt.errors import DataFileError, InputError
from xlt.evaluation import load, load_run
from xlt.evaluation.benchmark import Sample
from xlt.evaluation.runs.recordings import Place, open_recording
from xlt.evaluation.runs.spec import RunSpec
from xlt.evaluation.scoring import score_values
from xlt.frozen import FrozenDict
from xlt.registry import get_task
from xlt.reply import Reply
from xlt.running import adrive

QUESTION = "Neema ana maembe 3. Anapata 4 zaidi. Ana maembe mangapi?"


def sample(problem=QUESTION, **more):
    return Sample("s-1", FrozenDict({"problem": problem}), 7, "sw", **more)


def place(one=None, strategy="clp", row=0, **more):
    return Place("mgsm", get_task("mgsm"), strategy, one or sample(), row, **more)


def asked(strategy="xlt"):
    return xlt.compose("mgsm", QUESTION, language="sw", strategy=strategy)


def conversation(*turns):
    roles = ("user", "assistant") * len(turns)
    return {"message": [{"role": r, "content": t} for r, t in zip(roles, turns, strict=False)]}


def reply(recording, prompt, where):
    return asyncio.run(recording.reply(prompt, where)).text


@pytest.fixture
def conversations(tmp_path):
    folder = tmp_path / "mgsm" / "clp"
    folder.mkdir(parents=True)
    rows = [
        conversation("Request: nothing else", "no", "then?", "no"),
        conversation(f"Request:\n{QUESTION}\n", "Neema has 3.", "Solve it.", "Answer: 7"),
    ]
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    (folder / "sw.jsonl.gz").write_bytes(gzip.compress(data))
    return tmp_path


def test_a_conversation_is_found_by_the_sample_and_followed_by_rounds(conversations):
    recording = open_recording(conversations)
    for row in (0, 1, 99):
        assert reply(recording, asked(), place(row=row)) == "Neema has 3."
        assert reply(recording, asked(), place(row=row, round=1)) == "Answer: 7"


def test_what_was_not_recorded_is_said(conversations):
    recording = open_recording(conversations)
    assert recording.holds(place())
    assert not recording.holds(place(sample("Juma ana embe 1.")))
    assert not recording.holds(place(strategy="xlt"))
    with pytest.raises(InputError, match="holds no conversation about s-1"):
        reply(recording, asked(), place(sample("Juma ana embe 1.")))
    with pytest.raises(InputError, match="has 2 replies; clp asks for more"):
        reply(recording, asked(), place(round=2))


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("[1]", "not a JSON object"),
        ('{"message": "hello"}', "message must be a list"),
        ('{"message": [{"role": "user"}]}', "message must be a list"),
        ('{"message": [{"role": "assistant", "content": "7"}]}', "no message of the user"),
    ],
)
def test_a_bad_conversation_is_named(tmp_path, line, fault):
    folder = tmp_path / "mgsm" / "clp"
    folder.mkdir(parents=True)
    (folder / "sw.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(DataFileError, match=rf"sw\.jsonl:1: .*{fault}"):
        open_recording(tmp_path)


def test_recorded_calls_are_found_by_their_messages(tmp_path):
    prompt = asked()
    line = {"messages": prompt.messages, "text": "Answer: 7", "finish_reason": "length"}
    file = tmp_path / "calls.jsonl"
    file.write_text(json.dumps(line) + "\n", encoding="utf-8")
    for recording in (open_recording(file), open_recording(tmp_path)):
        assert asyncio.run(recording.reply(prompt, place())).truncated
        with pytest.raises(InputError, match="None of the replies in .* is to this prompt"):
            reply(recording, asked("basic"), place())


class Says(Scripted):
    """Replies with these texts in their order, the last one for ever."""

    def __init__(self, *texts):
        super().__init__()
        self.texts = list(texts)

    async def reply(self, prompt, place):
        return Reply(self.texts.pop(0) if len(self.texts) > 1 else self.texts[0])


@pytest.fixture
def own(tmp_path):
    """One row of ones own, in a file called as a benchmark is not."""
    path = tmp_path / "mine.csv"
    path.write_text(f"problem,answer\n{QUESTION},7\n", encoding="utf-8")
    return RunSpec(task="mgsm", data=path, languages="sw", strategies="basic")


def record(form, folder, spec, text):
    if form == "run":
        run_small(folder, Says(text), spec)
        return
    home = folder / "mine" / "basic" if form == "conversations" else folder
    home.mkdir(parents=True)
    line = {"messages": asked("basic").messages, "text": text} | conversation(QUESTION, text)
    (home / "sw.jsonl").write_text(json.dumps(line), encoding="utf-8")


class Thinks(Scripted):
    """Thinks apart from its reply."""

    async def reply(self, prompt, place):
        return Reply("Answer: 7", reasoning="Tatu na nne ni saba.")


def test_a_thought_sent_apart_is_kept(tmp_path, own):
    (result,) = run_small(tmp_path / "run", Thinks(), own).run.results
    assert (result.calls[0].reply, result.calls[0].reasoning) == (
        "Answer: 7",
        "Tatu na nne ni saba.",
    )
    (kept,) = load_run(tmp_path / "run").results
    assert kept == result


def test_repeats_of_a_run_are_replayed_each_with_its_own_reply(tmp_path):
    spec = small(repeats=3, limit=1)
    texts = [f"Answer: {number}" for number in range(18)]
    first = run_small(tmp_path / "first", Says(*texts), spec)
    again = run_small(tmp_path / "again", open_recording(tmp_path / "first"), spec)
    values = [{one.id: one.reading.value for one in end.run.results} for end in (first, again)]
    assert values[0] == values[1]
    assert len(set(values[0].values())) == 12


@pytest.mark.parametrize("form", ["conversations", "calls", "run"])
def test_rows_of_ones_own_are_replayed_and_another_recording_is_another_run(tmp_path, own, form):
    for name, text in (("one", "Answer: 7"), ("two", "Answer: 8")):
        record(form, tmp_path / name / "kept", own, text)
    ended = run_small(tmp_path / "run", open_recording(tmp_path / "one" / "kept"), own)
    assert (ended.tally.scored, ended.run.results[0].score) == (1, 1)
    with pytest.raises(InputError, match="holds another run:\n  recording: "):
        run_small(tmp_path / "run", open_recording(tmp_path / "two" / "kept"), own)


def test_an_empty_folder_says_what_a_recording_is(tmp_path):
    with pytest.raises(DataFileError, match="neither a run"):
        open_recording(tmp_path)
    with pytest.raises(DataFileError, match="neither a file nor a folder"):
        open_recording(tmp_path / "missing")


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("benchmark", "language", "accuracy"),
    # MGSM: what the CLP paper publishes, or more; see docs/evaluation.md on Telugu.
    [("mgsm", "de", 80.8), ("mgsm", "zh", 74.4), ("mgsm", "th", 62.0), ("mgsm", "sw", 76.0)]
    + [("mgsm", "te", 38.0), ("xcopa", "it", 90.8)],
)
def test_recorded_conversations_give_their_accuracy(shared_data, benchmark, language, accuracy):
    recording = open_recording(shared_data / "replies")
    samples = load(benchmark, language, shared_data).samples
    task = get_task(benchmark)

    async def value(row, one):
        rounds = iter(range(2))

        async def send(prompts):
            where = Place(benchmark, task, "clp", one, row, round=next(rounds))
            return [(await recording.reply(prompt, where)).text for prompt in prompts]

        plan = xlt.plan(benchmark, one.inputs, language=language, strategy="clp")
        return (await adrive(plan, send)).value

    async def values():
        return [await value(row, one) for row, one in enumerate(samples)]

    score = score_values("accuracy", asyncio.run(values()), [one.gold for one in samples], language)
    assert round(score.value, 1) == accuracy
