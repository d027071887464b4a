"""`Reply`: read from the objects of each SDK; what a finish reason means, for all of them."""

import pytest

import xlt
from xlt import Reply, Usage
from xlt.errors import ReplyFailed
from xlt.reply import ToolCall, ending_of

PROMPT = xlt.compose("mgsm", "Juma ana mayai 16. Anakula 3.", language="sw")


@pytest.mark.parametrize(
    ("words", "ending"),
    [
        ("stop STOP end_turn stop_sequence COMPLETE eos_token unknown completed", "normal"),
        ("length max_tokens MAX_TOKENS model_length FinishReason.MAX_TOKENS incomplete", "cut"),
        ("content_filter RECITATION SAFETY PROHIBITED_CONTENT BLOCKLIST SPII", "filtered"),
        ("guardrail_intervened content_filtered", "filtered"),
        ("refusal Refusal", "refused"),
        ("error abort MALFORMED_FUNCTION_CALL ERROR failed cancelled", "failed"),
        ("tool_calls tool_use function_call TOOL_CALL", "tool_call"),
    ],
)
def test_one_table_says_what_finish_reasons_mean(words, ending):
    assert {word: ending_of(word) for word in words.split()} == dict.fromkeys(words.split(), ending)
    assert ending_of(None) == "normal"


def test_the_cost_of_a_usage_at_given_prices():
    assert xlt.Usage(1_000_000, 500_000, 3).cost(2, 8) == 6
    assert xlt.Usage(1_000, None).cost(2, 8) is None
    assert (xlt.Usage(10, 5) + xlt.Usage(None, 5)).cost(2, 8) is None


def test_a_guess_in_a_cut_reply_is_no_answer():
    whole = PROMPT.parse("Juma ana 16.\n16 - 3 = 13")
    cut = PROMPT.parse("Juma ana 16.\n16 - 3 = 13", finish_reason="MAX_TOKENS")
    assert (whole.value, whole.status) == (13, "fallback")
    assert (cut.value, cut.status, cut.flags) == (None, "none", {"truncated"})


@pytest.mark.parametrize("text", ["Answer: 13\nBut wai", "16 - 3 = \\boxed{13}, so"])
def test_what_stood_behind_a_marker_or_in_a_box_stays(text):
    answer = PROMPT.parse(text, finish_reason="length")
    assert (answer.value, answer.flags) == (13, {"truncated"})
    assert answer.status == PROMPT.parse(text).status


@pytest.mark.parametrize(
    ("reply", "flags"),
    [
        (Reply("Answer: 13", "RECITATION"), {"filtered"}),
        (Reply("Answer: 13", "guardrail_intervened"), {"filtered"}),
        (Reply("Answer: 13", "refusal"), {"refused"}),
        (Reply("", refusal="I cannot help."), {"refused"}),
        (Reply(" \n"), {"empty"}),
        (Reply("", "length"), {"empty", "truncated"}),
        (Reply("", "length", reasoning="So 16 - 3"), {"unfinished_thought", "truncated"}),
        (Reply("", tool_calls=(ToolCall("add"),)), {"tool_call"}),
        (Reply("", "tool_use"), {"tool_call"}),
    ],
)
def test_a_reply_without_an_answer_says_why(reply, flags):
    answer = PROMPT.parse(reply)
    assert (answer.value, answer.status, answer.flags) == (None, "none", flags)
    with pytest.raises(xlt.XLTError, match="The model|A content filter|The reply holds"):
        answer.require()


def test_a_text_beside_a_tool_call_is_read():
    answer = PROMPT.parse(Reply("Answer: 13", tool_calls=(ToolCall("add"),)))
    assert (answer.value, answer.flags) == (13, {"tool_call"})


@pytest.mark.parametrize("reason", ["error", "abort", "MALFORMED_FUNCTION_CALL"])
def test_a_reply_that_was_broken_off_is_an_error(reason):
    with pytest.raises(ReplyFailed, match=reason) as failed:
        PROMPT.parse("Answer: 1", finish_reason=reason)
    assert failed.value.partial == "Answer: 1"


def test_a_stream_ends_by_the_same_rules():
    reader = PROMPT.reader()
    reader.feed("Answer: 13")
    assert reader.close("SAFETY").flags == {"filtered"}


def test_usage_adds_up_and_is_unknown_where_one_is():
    assert Usage(3, 4) + Usage(5, 6) == Usage(8, 10, calls=2)
    assert Usage(3, 4) + Usage(None, 6) == Usage(None, 10, calls=2)


def test_blocks_inside_blocks_are_not_opened():
    deep = {"type": "text", "text": {"type": "text", "text": "Answer: 13"}}
    for _ in range(5000):
        deep = {"type": "text", "text": [deep]}
    assert Reply.of({"content": [{"type": "text", "text": "Answer: 5"}, deep]}).text == "Answer: 5"


OPENAI = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "finish_reason": "length",
            "logprobs": None,
            "message": {"role": "assistant", "content": "Answer: 13", "refusal": None},
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
}
RESPONSES = {
    "id": "r",
    "created_at": 1,
    "model": "m",
    "object": "response",
    "status": "incomplete",
    "incomplete_details": {"reason": "max_output_tokens"},
    "output": [
        {"type": "reasoning", "id": "x", "summary": [{"type": "summary_text", "text": "thinks"}]},
        {
            "type": "message",
            "id": "m",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Answer: 13", "annotations": []}],
        },
    ],
    "parallel_tool_calls": False,
    "tool_choice": "auto",
    "tools": [],
    "usage": {
        "input_tokens": 1,
        "output_tokens": 2,
        "total_tokens": 3,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    },
}
ANTHROPIC = {
    "id": "a",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "stop_reason": "max_tokens",
    "stop_sequence": None,
    "content": [
        {"type": "thinking", "thinking": "thinks", "signature": "s"},
        {"type": "text", "text": "Answer: 13"},
    ],
    "usage": {"input_tokens": 1, "output_tokens": 2},
}
GEMINI = {
    "candidates": [
        {
            "content": {
                "role": "model",
                "parts": [{"text": "thinks", "thought": True}, {"text": "Answer: 13"}],
            },
            "finishReason": "MAX_TOKENS",
        }
    ],
    "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "thoughtsTokenCount": 1},
    "modelVersion": "m",
}
BEDROCK = {
    "output": {
        "message": {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "thinks"}}},
                {"text": "Answer: 13"},
            ],
        }
    },
    "stopReason": "max_tokens",
    "usage": {"inputTokens": 1, "outputTokens": 2},
}
OLLAMA = {
    "model": "m",
    "message": {"role": "assistant", "content": "Answer: 13", "thinking": "thinks"},
    "done_reason": "length",
    "prompt_eval_count": 1,
    "eval_count": 2,
}


@pytest.mark.parametrize("body", [OPENAI, RESPONSES, ANTHROPIC, GEMINI, BEDROCK, OLLAMA])
def test_the_json_of_each_provider(body):
    check(Reply.of(body))


def check(reply):
    assert (reply.text, reply.truncated, reply.ending) == ("Answer: 13", True, "cut")
    assert reply.usage == Usage(1, 2)
    assert reply.reasoning in ("thinks", None)
    assert reply.model in ("m", None)


@pytest.mark.parametrize(
    ("module", "name", "body"),
    [
        ("openai.types.chat", "ChatCompletion", OPENAI),
        ("openai.types.responses", "Response", RESPONSES),
        ("anthropic.types", "Message", ANTHROPIC),
        ("google.genai.types", "GenerateContentResponse", GEMINI),
    ],
)
def test_the_objects_of_each_sdk(module, name, body):
    types = pytest.importorskip(module)
    response = getattr(types, name).model_validate(body)
    check(Reply.of(response))
    if name == "ChatCompletion":
        assert Reply.of(response.choices[0]).truncated
        assert Reply.of(response.choices[0].message).text == "Answer: 13"


def test_langchain_messages():
    from langchain_core.messages import AIMessage
    from langchain_core.outputs import ChatGeneration, Generation

    message = AIMessage(
        [{"type": "reasoning", "reasoning": "thinks"}, {"type": "text", "text": "Answer: 13"}],
        response_metadata={"finish_reason": "length", "model_name": "m"},
        usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
    )
    check(Reply.of(message))
    check(Reply.of(ChatGeneration(message=message)))
    assert Reply.of(Generation(text="A", generation_info={"finish_reason": "MAX_TOKENS"})).truncated
    refused = AIMessage("", additional_kwargs={"refusal": "I cannot help."})
    assert Reply.of(refused).refusal == "I cannot help."
    called = AIMessage("", tool_calls=[{"name": "add", "args": {"a": 1}, "id": "1"}])
    assert Reply.of(called).tool_calls == (ToolCall("add", {"a": 1}, "1"),)


@pytest.mark.parametrize(
    ("body", "flags"),
    [
        ({"promptFeedback": {"blockReason": "OTHER"}, "candidates": []}, {"filtered"}),
        ({"candidates": [{"finishReason": "RECITATION"}]}, {"filtered"}),
        ({"choices": [{"message": {"content": None, "refusal": "No."}}]}, {"refused"}),
        ({"content": [], "stop_reason": "refusal"}, {"refused"}),
        ({"status": "failed", "output": []}, {"empty"}),
        ({"choices": []}, {"empty"}),
    ],
)
def test_responses_without_a_text(body, flags):
    assert Reply.of(body).flags == flags
