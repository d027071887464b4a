"""The events of a streamed reply as the client gets them."""

import json

import pytest
from misbehaving_server import delta
from running_app import PROBLEM

import xlt
from xlt.backends.errors import MalformedReply
from xlt.serving.answering import StreamedAnswer, whole_response
from xlt.serving.wrapping import Wrapped

PROMPT = xlt.compose("mgsm", PROBLEM, language="sw")
USAGE = '{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":6}}'
CALL = {"index": 0, "id": "1", "function": {"name": "add", "arguments": "{}"}}
FILTER = '{"choices":[],"prompt_filter_results":[]}'


def passed_on(*data, only=False, asked_usage=False):
    """Return the events passed on, as objects; the sign of the end stays a text."""
    stream = StreamedAnswer(Wrapped({}, PROMPT, False), only=only, asked_usage=asked_usage)
    made = [one for event in data for one in stream.take(event)] + list(stream.end())
    return [one if one == "[DONE]" else json.loads(one) for one in made]


def texts(events):
    return [one["choices"][0]["delta"].get("content") for one in events if one["choices"]]


def test_pieces_come_as_they_are_and_the_last_brings_the_answer():
    pieces = [delta("16 - 3 = 13\n"), delta("Answer: 13"), delta(None, "stop")]
    *first, last, done = passed_on(*pieces, USAGE, "[DONE]")
    assert first == [json.loads(one) for one in pieces[:2]]
    assert done == "[DONE]"
    assert last["choices"][0]["finish_reason"] == "stop"
    assert (last["xlt"]["answer"], last["xlt"]["status"]) == (13, "anchored")
    assert last["xlt"]["usage"] == {"input_tokens": 5, "output_tokens": 6, "calls": 1}
    assert last["xlt"]["signature"] == PROMPT.signature


@pytest.mark.parametrize(("asked_usage", "kept"), [(True, 1), (False, 0)])
def test_usage_comes_for_those_who_asked(asked_usage, kept):
    made = passed_on(delta("Answer: 13", "stop"), USAGE, "[DONE]", asked_usage=asked_usage)
    assert len([one for one in made if one != "[DONE]" and "usage" in one]) == kept


def test_a_filters_result_in_front_is_passed_on_first():
    made = passed_on(FILTER, delta("Answer: 13", "stop"), "[DONE]")
    assert made[0] == json.loads(FILTER)


def test_the_answer_alone_takes_the_place_of_the_text():
    pieces = [delta("16 - 3 = 13\n"), delta("**Answer:** 13 eggs"), delta("", "stop")]
    *made, done = passed_on(delta("", role="assistant"), *pieces, "[DONE]", only=True)
    assert texts(made) == ["", "13"]
    assert done == "[DONE]"


def test_the_answer_alone_where_the_last_piece_has_text_or_no_reason_comes():
    assert texts(passed_on(delta("Answer: 13", "stop"), "[DONE]", only=True)[:-1]) == ["13"]
    assert texts(passed_on(delta("Answer: 13"), "[DONE]", only=True)[:-1]) == ["13"]
    assert texts(passed_on(delta("I do not know", "stop"), "[DONE]", only=True)[:-1]) == [""]


@pytest.mark.parametrize("only", [True, False])
def test_a_tool_call_is_passed_on(only):
    call = delta(None, tool_calls=[CALL])
    first, last, _ = passed_on(call, delta(None, "tool_calls"), "[DONE]", only=only)
    assert first == json.loads(call)
    assert (last["xlt"]["status"], last["xlt"]["flags"]) == ("none", ["tool_call"])


@pytest.mark.parametrize(
    ("events", "status", "flags"),
    [
        ([delta("Juma", "length")], "none", ["truncated"]),
        ([delta("", refusal="I cannot"), delta("", "stop")], "none", ["refused"]),
        ([delta("Answer: 13", "content_filter")], "none", ["filtered"]),
        ([delta("", "stop")], "none", ["empty"]),
        ([delta("Answer: 13"), "[DONE]"], "anchored", []),
    ],
)
def test_how_a_reply_ended_is_told(events, status, flags):
    *_, last, _ = passed_on(*events)
    assert (last["xlt"]["status"], last["xlt"]["flags"]) == (status, flags)


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([delta("16 - 3")], "ended in the middle"),
        (["{"], "not JSON"),
        (["[]"], "not an object"),
        (["[" * 100_000], "not JSON"),
        (['{"error": {"message": "out of memory"}}'], "out of memory"),
        ([delta("Ans", "error")], "broken off"),
    ],
)
def test_a_stream_that_breaks_is_an_error(events, words):
    with pytest.raises(MalformedReply, match=words):
        passed_on(*events)


@pytest.mark.parametrize("choices", [[5], [{"delta": None}], [{"delta": 5}], {"a": 1}, None, 3])
@pytest.mark.parametrize("only", [True, False])
def test_odd_events_do_no_harm(choices, only):
    made = passed_on(json.dumps({"choices": choices}), delta("Answer: 13"), "[DONE]", only=only)
    assert made[-2]["xlt"]["answer"] == 13


def test_a_whole_response_keeps_what_it_has():
    message = {"role": "assistant", "content": "16 - 3 = 13\nAnswer: 13"}
    choices = [{"index": 0, "finish_reason": "stop", "message": message, "logprobs": None}]
    body = {"id": "1", "model": "m", "choices": choices}
    wrapped = Wrapped({}, PROMPT, True)
    made = whole_response(wrapped, body, only=False)
    assert {name: value for name, value in made.items() if name != "xlt"} == body
    start, end = made["xlt"]["span"]
    assert message["content"][start:end] == "13"
    assert made["xlt"]["check"] == {"line_pass": None, "word_pass": None, "off": []}
    alone = whole_response(wrapped, body, only=True)
    assert alone["choices"][0]["message"]["content"] == "13"


def test_the_language_of_a_reply_is_checked_where_asked():
    prompt = xlt.compose("chat", "Oda yangu iko wapi?", language="sw", strategy="basic")
    said = "Your order will arrive tomorrow in the morning."
    body = {"choices": [{"message": {"content": said}, "finish_reason": "stop"}]}
    about = whole_response(Wrapped({}, prompt, True), body, only=False)["xlt"]
    assert about["wrong_language"] is True
    assert about["check"]["line_pass"] is False
    assert about["check"]["off"] == [{"text": said, "language": "English"}]
