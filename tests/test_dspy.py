"""xlt in DSPy: what its module asks, returns and learns, with a model that says what it is told."""

import asyncio

import pytest

import xlt
from xlt.errors import InputError, LanguageNotDetected

dspy = pytest.importorskip("dspy")

from openai.types.chat import ChatCompletion  # noqa: E402

from xlt.dspy import XLTModule, task_of_signature  # noqa: E402

# The stand-in model is written as the oldest DSPy that is allowed knows it.
pytestmark = pytest.mark.filterwarnings("ignore:Implementing custom LMs:DeprecationWarning")
PROBLEM = "Juma ana mayai 16. Anakula 3."
REPLY = "Retelling: Juma has 16 eggs and eats 3.\n\nFirst, 16 - 3 = 13.\nAnswer: 13"


class Scripted(dspy.BaseLM):
    """Says the same to every prompt, and keeps what it was asked."""

    def __init__(self, text=REPLY):
        super().__init__(model="scripted")
        self.text, self.asked = text, []

    def forward(self, prompt=None, messages=None, **settings):
        self.asked.append(messages)
        message = {"role": "assistant", "content": self.text}
        return ChatCompletion.model_validate(
            {
                "id": "1",
                "object": "chat.completion",
                "created": 0,
                "model": "scripted",
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
        )

    async def aforward(self, prompt=None, messages=None, **settings):
        return self.forward(prompt, messages, **settings)


@pytest.fixture
def lm():
    made = Scripted()
    with dspy.context(lm=made):
        yield made


def test_a_module_asks_the_librarys_prompt_and_returns_its_parts(lm):
    prediction = XLTModule("mgsm")(problem=PROBLEM, language="sw")
    assert lm.asked == [xlt.compose("mgsm", PROBLEM, language="sw").messages]
    assert prediction.answer == 13
    assert prediction.retelling == "Juma has 16 eggs and eats 3."
    assert prediction.steps == "First, 16 - 3 = 13."


def test_it_can_be_awaited(lm):
    prediction = asyncio.run(XLTModule("mgsm", language="sw").acall(problem=PROBLEM))
    assert prediction.answer == 13


def test_an_answer_that_is_not_there_is_none(lm):
    lm.text = "I cannot tell."
    assert XLTModule("mgsm", language="sw")(problem=PROBLEM).answer is None


def test_the_language_is_detected_or_asked_for(lm):
    module = XLTModule("mgsm", candidates=["sw", "es"])
    module(problem="Mkulima anapanda mahindi 16 shambani kila mwaka.")
    assert "expert for Swahili" in lm.asked[0][0]["content"]
    with pytest.raises(LanguageNotDetected):
        XLTModule("mgsm")(problem="3 + 4 = ?")


@pytest.mark.parametrize(
    ("signature", "inputs", "reply", "answer"),
    [
        ("question: str -> total: int", {"question": "¿Cuánto?"}, "Total: 1.234", 1234),
        ("question: str -> price: float", {"question": "¿Cuánto?"}, "Price: 3,5", 3.5),
        ("claim: str -> verdict: bool", {"claim": "Dos es par."}, "Verdict: yes", True),
        (
            "ticket: str -> intent: Literal['refund', 'other']",
            {"ticket": "Quiero mi dinero"},
            "Intent: **Refund**",
            "refund",
        ),
        ("context, question -> answer", {"context": "a", "question": "b"}, "Answer: Lima", "Lima"),
    ],
)
def test_a_signature_is_a_task(lm, signature, inputs, reply, answer):
    lm.text = reply
    prediction = XLTModule(signature, language="es")(**inputs)
    found = prediction[list(dspy.ensure_signature(signature).output_fields)[-1]]
    assert (found, type(found)) == (answer, type(answer))
    asked = lm.asked[0][0]["content"]
    assert all(text in asked for text in inputs.values())


def test_a_type_that_cannot_be_read_is_refused():
    with pytest.raises(InputError, match="'rows' must be int, float"):
        task_of_signature("question: str -> rows: list[int]")


def test_instructions_of_ones_own_are_the_system_text(lm):
    signature = dspy.Signature("question: str -> total: int", "Be brief.")
    XLTModule(signature, language="es")(question="¿Cuánto es 3 + 4?")
    assert lm.asked[0][0] == {"role": "system", "content": "Be brief."}


@pytest.mark.parametrize(("strategy", "shown"), [("xlt", False), ("basic", True)])
def test_a_labelled_row_is_shown_where_no_steps_are_asked_for(lm, strategy, shown):
    module = XLTModule("mgsm", language="es", strategy=strategy)
    module.predict.demos = [{"problem": "Ana tiene 9.", "answer": 9.0}]
    module(problem="Juan tiene 5.")
    assert len(lm.asked[0]) == (3 if shown else 1)


def test_an_optimizer_collects_demonstrations_that_the_prompt_shows(lm):
    train = [
        dspy.Example(problem=PROBLEM, language="sw", answer=13.0).with_inputs(
            "problem", "language"
        ),
        dspy.Example(problem="Ana tiene 9.", language="es", answer=9.0).with_inputs("problem"),
    ]
    optimizer = dspy.BootstrapFewShot(
        metric=lambda example, prediction, trace=None: example.answer == prediction.answer,
        max_bootstrapped_demos=1,
        max_labeled_demos=2,
    )
    tuned = optimizer.compile(XLTModule("mgsm"), trainset=train)
    lm.asked.clear()
    tuned(problem="Juma ana mayai 5.", language="sw")
    texts = [message["content"] for message in lm.asked[0]]
    own = xlt.compose("mgsm", PROBLEM, language="sw").text
    assert texts[:2] == [own, REPLY.replace("\n\n", "\n")]
    assert len(texts) == 3  # the row that is only labelled would teach it to skip the steps


def test_what_was_tuned_is_saved_and_loaded(lm, tmp_path):
    module = XLTModule("mgsm", language="sw")
    module.predict.demos = [{"problem": PROBLEM, "answer": 13.0, "retelling": "r", "steps": "s"}]
    module.save(tmp_path / "tuned.json")
    again = XLTModule("mgsm", language="sw")
    again.load(tmp_path / "tuned.json")
    again(problem=PROBLEM)
    assert [one["role"] for one in lm.asked[0]] == ["user", "assistant", "user"]
    assert lm.asked[0][1]["content"] == "Retelling: r\ns\nAnswer: 13"
