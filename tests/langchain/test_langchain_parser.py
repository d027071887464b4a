"""The answer parser: texts, messages with blocks, cut replies, errors on demand."""

import asyncio
import pickle
import warnings

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.load import dumpd, load
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, Generation

from xlt import Reply
from xlt.backends.replies import plain_finish
from xlt.errors import UnknownName
from xlt.langchain import XLTAnswerParser, XLTPrompt

NUMBER = XLTAnswerParser(task="mgsm")


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("3 + 4 = 7\nAnswer: 7", 7),
        (AIMessage(content="Answer: 540"), 540),
        (
            AIMessage(
                content=[{"type": "text", "text": "Ans"}, {"type": "text", "text": "wer: 8"}]
            ),
            8,
        ),
        (AIMessage(content=["Answer: ", "9"]), 9),
        (
            AIMessage(
                content=[
                    {"type": "reasoning", "reasoning": "Answer: 1"},
                    {"type": "thinking", "thinking": "Answer: 2", "signature": "x"},
                    {"type": "text", "text": "Answer: 3"},
                    {"type": "tool_use", "id": "1", "name": "f", "input": {"Answer": 4}},
                ]
            ),
            3,
        ),
        (AIMessage(content="<think>Answer: 1</think>Answer: 3"), 3),
        (AIMessage(content=[{"type": "reasoning", "reasoning": "Answer: 1"}]), None),
        (AIMessage(content=""), None),
    ],
)
def test_reads_texts_and_messages(reply, value):
    assert NUMBER.invoke(reply).value == value
    assert asyncio.run(NUMBER.ainvoke(reply)).value == value


def test_language_of_the_marker():
    parser = XLTAnswerParser(task="mgsm", language="bn")
    answer = parser.parse("উত্তর: ৪২")
    assert (answer.value, answer.status) == (42, "anchored")


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"finish_reason": "stop"}, "stop"),
        ({"finish_reason": "length"}, "length"),
        ({"finish_reason": "MAX_TOKENS"}, "length"),
        ({"stop_reason": "max_tokens"}, "length"),
        ({"stop_reason": "end_turn"}, "stop"),
        ({"done_reason": "length"}, "length"),
        ({"stopReason": "max_tokens"}, "length"),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            "length",
        ),
        ({"status": "completed", "incomplete_details": None}, None),
        ({"finish_reason": None}, None),
        ({}, None),
    ],
)
def test_finish_reasons_of_the_providers(metadata, reason):
    found = Reply.of(AIMessage(content="Answer: 5", response_metadata=metadata)).finish_reason
    assert (found and plain_finish(found)) == reason


def test_a_reply_cut_short_is_flagged():
    whole = AIMessage(content="Answer: 5", response_metadata={"finish_reason": "stop"})
    cut = AIMessage(content="Answer: 5", response_metadata={"finish_reason": "MAX_TOKENS"})
    assert "truncated" not in NUMBER.invoke(whole).flags
    assert "truncated" in NUMBER.invoke(cut).flags
    generation = ChatGeneration(
        message=AIMessage(content="Answer: 5"), generation_info={"finish_reason": "length"}
    )
    assert "truncated" in NUMBER.parse_result([generation]).flags
    assert NUMBER.parse_result([Generation(text="Answer: 5")]).value == 5


def test_nothing_found_is_an_answer_without_value():
    answer = NUMBER.parse("I cannot say.")
    assert (answer.value, answer.status) == (None, "none")


def test_nothing_found_is_an_error_on_demand():
    parser = XLTAnswerParser(task="mgsm", raise_on_missing=True)
    with pytest.raises(OutputParserException, match="holds no answer") as caught:
        parser.invoke(AIMessage(content="I cannot say."))
    assert caught.value.llm_output == "I cannot say."
    assert parser.parse("Answer: 5").value == 5
    half = [Generation(text="Retelling")]
    assert parser.parse_result(half, partial=True).value is None


def test_inputs_let_it_read_a_choice_by_its_words():
    inputs = {
        "premise": "Ese oli mullikilesse mässitud.",
        "question": "cause",
        "choice1": "See oli õrn.",
        "choice2": "See oli väike.",
    }
    prompt = XLTPrompt(task="xcopa", language="et").invoke(inputs)
    reply = "Choice number: See oli väike."
    assert XLTAnswerParser(task="xcopa").parse_with_prompt(reply, prompt).value == 2
    assert XLTAnswerParser(task="xcopa", inputs=inputs).parse(reply).value == 2


def test_in_a_sequence_it_gathers_the_stream(james, streaming_model):
    chain = XLTPrompt(task="mgsm", language="zh") | streaming_model | NUMBER
    assert [answer.value for answer in chain.stream({"problem": james})] == [540]


def test_format_instructions_are_the_formatting_step():
    assert XLTAnswerParser(task="mkqa", language="ja").get_format_instructions() == (
        "You should tell me the answer in one or a few words in Japanese in this format 'Answer:'."
    )
    assert XLTAnswerParser(task="xcopa").get_format_instructions() == (
        "You should tell me the choice number in this format 'Choice number:'."
    )


def test_wrong_settings_are_told_when_it_is_made():
    with pytest.raises(UnknownName, match="Did you mean 'mgsm'"):
        XLTAnswerParser(task="mgms")
    with pytest.raises(UnknownName, match="No language named"):
        XLTAnswerParser(task="mgsm", language="Klingonese")


def test_saving_loading_pickling():
    parser = XLTAnswerParser(task="flores", language="zh", target_language="sw")
    saved = dumpd(parser)
    assert saved["id"] == ["xlt", "langchain", "XLTAnswerParser"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = load(saved, allowed_objects=[XLTAnswerParser], valid_namespaces=["xlt"])
    assert loaded == parser == pickle.loads(pickle.dumps(parser))
