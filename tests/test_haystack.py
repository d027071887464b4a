"""xlt in Haystack: pipelines around the framework's own generators, fake and over HTTP."""

import asyncio

import pytest

import xlt
from xlt.errors import InputError, LanguageNotDetected, UnknownName

pytest.importorskip("haystack")

from haystack import Document, Pipeline  # noqa: E402
from haystack.components.generators.chat import (  # noqa: E402
    MockChatGenerator,
    OpenAIChatGenerator,
)
from haystack.dataclasses import ChatMessage, ToolCall  # noqa: E402
from haystack.utils import Secret  # noqa: E402
from misbehaving_server import completion, serving  # noqa: E402

from xlt.haystack import XLTAnswerParser, XLTPromptBuilder  # noqa: E402

PROBLEM = "Juma ana mayai 16. Anakula 3."


def pipeline(task, generator, **options):
    made = Pipeline()
    made.add_component("builder", XLTPromptBuilder(task, **options))
    made.add_component("llm", generator)
    made.add_component("parser", XLTAnswerParser())
    made.connect("builder.messages", "llm.messages")
    made.connect("llm.replies", "parser.replies")
    made.connect("builder.prompt", "parser.prompt")
    return made


def answer_of(found):
    return found["parser"]["answer"]


def test_a_pipeline_asks_the_librarys_prompt_and_reads_it_in_its_language():
    asked = []

    def german(messages):
        asked.extend(messages)
        return "Antwort: 1.234"

    made = pipeline("mgsm", MockChatGenerator(response_fn=german), layout="system+user")
    problem = "Anna hat 5 Äpfel."
    answer = answer_of(made.run({"builder": {"problem": problem, "language": "de"}}))
    assert (answer.value, answer.status) == (1234, "anchored")
    prompt = xlt.compose("mgsm", problem, language="de", layout="system+user")
    assert [one.to_openai_dict_format() for one in asked] == prompt.messages


def test_a_pipeline_can_be_awaited():
    made = pipeline("mgsm", MockChatGenerator("Answer: 13"), language="sw")
    assert answer_of(asyncio.run(made.run_async({"builder": {"problem": PROBLEM}}))).value == 13


def test_choices_are_read_by_their_words():
    inputs = {"premise": "Kikombe kilianguka.", "choice1": "Kilivunjika.", "choice2": "Kilicheka."}
    made = pipeline("xcopa", MockChatGenerator("The cup broke: Kilivunjika."), language="sw")
    answer = answer_of(made.run({"builder": {**inputs, "question": "effect"}}))
    assert (answer.value, answer.words) == (1, "Kilivunjika.")


def test_documents_are_passages():
    made = pipeline("rag", MockChatGenerator(), candidates=["sw", "en"])
    documents = [Document(content="The warranty lasts two years."), Document(content="No returns.")]
    inputs = {"question": "Je, dhamana hudumu kwa muda gani?", "passages": documents}
    found = made.run({"builder": inputs}, include_outputs_from={"builder"})
    prompt = found["builder"]["prompt"]
    assert prompt.inputs["passages"] == ("The warranty lasts two years.", "No returns.")
    assert prompt.language.tag == "sw"


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        (ChatMessage.from_assistant("Answer: 1", meta={"finish_reason": "length"}), "truncated"),
        (ChatMessage.from_assistant(None, meta={"refusal": "I will not."}), "refused"),
        (ChatMessage.from_assistant(tool_calls=[ToolCall("search", {"q": "a"})]), "tool_call"),
        (ChatMessage.from_assistant(" ", reasoning="Hmm."), "unfinished_thought"),
    ],
)
def test_what_happened_to_a_reply_is_flagged(message, flag):
    prompt = xlt.compose("mgsm", PROBLEM, language="sw")
    assert flag in XLTAnswerParser().run([message], prompt)["answer"].flags


def test_a_pipeline_can_be_saved():
    options = {"language": "sw", "steps": ["task_inputting"]}
    made = pipeline("mgsm", MockChatGenerator("Answer: 13"), **options)
    loaded = Pipeline.loads(made.dumps(), allowed_modules=["xlt.haystack"])
    assert loaded.dumps() == made.dumps()
    assert answer_of(loaded.run({"builder": {"problem": PROBLEM}})).value == 13


def test_what_is_wrong_is_said():
    with pytest.raises(UnknownName, match="No task named 'mgms'"):
        XLTPromptBuilder("mgms")
    with pytest.raises(LanguageNotDetected):
        XLTPromptBuilder("mgsm").run(problem="3 + 4 = ?")
    with pytest.raises(InputError, match="takes more than one call"):
        XLTPromptBuilder("mgsm", strategy="clsp").run(problem=PROBLEM, language="sw")
    with pytest.raises(InputError, match="'problem' of arithmetic_reasoning is empty"):
        XLTPromptBuilder("mgsm").run(problem="")
    made = pipeline("mgsm", MockChatGenerator("Answer: 13"))
    with pytest.raises(ValueError, match="Missing mandatory input 'problem'"):
        made.run({"builder": {"language": "sw"}})


@pytest.mark.real_server
def test_over_http():
    with serving(completion("16 - 3 = 13\nAnswer: 13", finish="stop")) as server:
        generator = OpenAIChatGenerator(
            Secret.from_token("none"), model="m", api_base_url=server.url
        )
        made = pipeline("mgsm", generator, language="sw")
        assert answer_of(made.run({"builder": {"problem": PROBLEM}})).value == 13
    assert server.requests[0]["messages"] == xlt.compose("mgsm", PROBLEM, language="sw").messages
