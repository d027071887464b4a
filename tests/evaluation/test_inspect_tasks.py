"""xlt in Inspect: tasks, the solver and the scorers on scripted models, and logs read anew."""

import pytest

pytest.importorskip("inspect_ai")

from inspect_ai import eval as inspect_eval
from inspect_ai import score as inspect_score
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.model import ModelOutput, ModelUsage, get_model

from xlt.evaluation import benchmark_names, inspection

# Inspect and anyio leave streams to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*MemoryObject:pytest.PytestUnraisableExceptionWarning"),
]

ROWS = {"zh": "三加四是多少？\t7\n五减二是多少？\t3\n", "sw": "Tatu na nne ni ngapi?\t7\n1+1?\t2\n"}


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "mgsm"
    folder.mkdir()
    for language, text in ROWS.items():
        (folder / f"mgsm_{language}.tsv").write_text(text, encoding="utf-8")
    flores = tmp_path / "flores" / "devtest"
    flores.mkdir(parents=True)
    (flores / "eng_Latn.devtest").write_text("The cat sleeps.\nIt rains.\n", encoding="utf-8")
    (flores / "deu_Latn.devtest").write_text("Die Katze schläft.\nEs regnet.\n", encoding="utf-8")
    return str(tmp_path)


def scripted(reply):
    """Return a model whose reply is a text, a text and stop reason, or an exception."""

    def answer(messages, tools, tool_choice, config):
        found = reply(messages[-1].text, config)
        if isinstance(found, Exception):
            raise found
        text, stop = found if isinstance(found, tuple) else (found, "stop")
        output = ModelOutput.from_content("mockllm", text, stop)
        output.usage = ModelUsage(input_tokens=10, output_tokens=2, total_tokens=12)
        return output

    return get_model("mockllm/model", custom_outputs=answer, memoize=False)


def run(task, reply, data, **settings):
    (log,) = inspect_eval(
        task, model=scripted(reply), log_dir=f"{data}/logs", display="none", **settings
    )
    return log


def metrics(log):
    return {
        (score.name, name): round(metric.value, 4)
        for score in log.results.scores
        for name, metric in score.metrics.items()
    }


def by_id(log):
    return {sample.id: sample for sample in log.samples}


def test_every_benchmark_is_a_task():
    assert {getattr(inspection, name).__name__ for name in benchmark_names()} == set(
        benchmark_names()
    )


def test_scores_are_by_language_and_statuses_are_rates(data):
    def reply(prompt, config):
        if "1+1" in prompt:
            return "I cannot say"
        return "Answer: 7" if "Tatu" in prompt or "三加四" in prompt else "答案：3"

    log = run(inspection.mgsm(language="zh,sw", data=data), reply, data)
    assert log.status == "success"
    found = metrics(log)
    assert found["correct", "accuracy"] == 0.75
    assert (found["correct", "zh"], found["correct", "sw"]) == (1, 0.5)
    assert found["correct", "stderr_sw"] == 0.5
    assert found["correct", "democratization"] == 75
    assert found["status", "none"] == 0.25
    assert found["status", "none_sw"] == 0.5
    sample = by_id(log)["sw/mgsm-1"]
    assert (sample.scores["correct"].value, sample.scores["status"].value) == ("N", "none")
    score = by_id(log)["zh/mgsm-0"].scores["correct"]
    assert (score.value, score.answer, score.metadata["span"]) == ("C", "7", [8, 9])
    assert score.metadata["signature"].startswith("task:arithmetic_reasoning|lang:zh|strategy:xlt")


def test_a_limit_takes_of_every_language(data):
    log = run(
        inspection.mgsm(language=["zh", "sw"], data=data), lambda *_: "Answer: 7", data, limit=2
    )
    assert set(by_id(log)) == {"zh/mgsm-0", "sw/mgsm-0"}


def test_refusals_and_silence_are_left_out(data):
    replies = {
        "三加四": ("", "content_filter"),
        "五减二": "",
        "Tatu": "Answer: 7",
        "1+1": "Answer: 5",
    }

    def reply(prompt, config):
        return next(one for part, one in replies.items() if part in prompt)

    log = run(inspection.mgsm(language="zh,sw", data=data), reply, data)
    correct = log.results.scores[0]
    assert (correct.scored_samples, correct.unscored_samples) == (2, 2)
    assert correct.metrics["accuracy"].value == 0.5
    scores = {name: sample.scores["correct"] for name, sample in by_id(log).items()}
    assert scores["zh/mgsm-0"].reason == "refusal"
    assert scores["zh/mgsm-1"].reason == "no_response"
    assert scores["sw/mgsm-1"].value == "I"


def test_turns_of_one_conversation_keep_their_sampling(data):
    drawn = []

    def reply(prompt, config):
        drawn.append(config.temperature)
        return "Understood." if len(drawn) % 2 else "Answer: 7"

    log = run(inspection.mgsm(language="zh", data=data, strategy="clp"), reply, data, limit=1)
    (sample,) = log.samples
    assert drawn == [1.0, 0.2]
    assert [message.role for message in sample.messages] == ["user", "assistant"] * 2
    assert sample.messages[1].text == "Understood."
    assert len({message.id for message in sample.messages}) == 4
    assert sample.output.completion == "Answer: 7"


def test_prompts_of_a_round_are_conversations_of_their_own(data):
    def reply(prompt, config):
        return "Understood." if "Request:" in prompt else "Answer: 7"

    log = run(inspection.mgsm(language="zh", data=data, strategy="clsp"), reply, data, limit=1)
    (sample,) = log.samples
    assert sample.scores["correct"].value == "C"
    calls = [event for event in sample.events if event.event == "model"]
    assert len(sample.messages) == 2 * len(calls)
    for event in calls:
        assert event.input[0].role == "user"
        assert [one.role for one in event.input] in (["user"], ["user", "assistant", "user"])


def test_a_failed_call_is_an_error_of_its_sample(data):
    log = run(
        inspection.mgsm(language="zh", data=data),
        lambda prompt, config: ValueError("down") if "三加四" in prompt else "Answer: 3",
        data,
        fail_on_error=False,
    )
    assert "down" in by_id(log)["zh/mgsm-0"].error.message
    assert metrics(log)["correct", "accuracy"] == 1


def test_epochs_are_reduced(data):
    turns = iter(["Answer: 7", "Answer: 8"])
    log = run(
        inspection.mgsm(language="zh", data=data), lambda *_: next(turns), data, limit=1, epochs=2
    )
    assert metrics(log)["correct", "accuracy"] == 0.5
    assert metrics(log)["status", "anchored"] == 1


def test_a_log_can_be_scored_anew(data):
    log = run(
        inspection.mgsm(language="zh", data=data, strategy="clsp"),
        lambda prompt, config: "Fine." if "Request:" in prompt else "Answer: 7",
        data,
    )
    before = metrics(log)
    for sample in log.samples:
        sample.scores = {}
    again = inspect_score(log, [inspection.correct(), inspection.status()], action="overwrite")
    assert metrics(again) == before


def test_translations_are_scored_as_a_corpus(data):
    right = {"cat": "Die Katze schläft.", "rains": "Es regnet."}

    def reply(prompt, config):
        return next(text for word, text in right.items() if word in prompt)

    task = inspection.flores(language="en", target_language="de", data=data, strategy="basic")
    found = metrics(run(task, reply, data))
    assert found["translation", "chrf++"] == 100
    assert found["translation", "bleu"] == 100


def test_own_data_names_its_task_and_columns(data, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("swali,jibu\nTatu na nne?,7\n", encoding="utf-8")
    task = inspection.own(
        file=str(path),
        task="mgsm",
        language="sw",
        columns={"problem": "swali"},
        gold="jibu",
        strategy="basic",
    )
    log = run(task, lambda *_: "Jibu: 7", data)
    assert metrics(log)["correct", "accuracy"] == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"strategy": "xtl"}, "Did you mean 'xlt'"),
        ({"language": "fr"}, "mgsm has no data in fr"),
        ({"data": None}, "XLT_DATA"),
        ({"strategy": "clp", "options": {"pivto": "de"}}, "pivto"),
    ],
)
def test_faults_are_said_before_any_call(data, monkeypatch, settings, message):
    monkeypatch.delenv("XLT_DATA", raising=False)
    given = {"language": "zh", "data": data, **settings}
    with pytest.raises(PrerequisiteError) as caught:
        inspection.mgsm(**given)
    assert message in str(caught.value.message)
