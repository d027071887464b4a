"""The language of a reasoning model's thought: instruction line, first words, translation first."""

import pytest

import xlt
from xlt import XLTError
from xlt.files.templates import TemplateFiles
from xlt.languages import languages
from xlt.languages.entries import nearest_line

RAIN = {"premise": "Mvua inanyesha.", "hypothesis": "Kuna maji."}
REASONING = {"model_class": "reasoning"}


def english(texts, source, target):
    return [f"{text} ({source}-{target})" for text in texts]


@pytest.mark.parametrize(
    ("task", "inputs", "language", "thinking", "lines"),
    [
        (
            "mgsm", "2 + 3?", "sw", "native",
            [
                "Request: 2 + 3?",
                "You should retell the request in English.",
                "You should tell me the answer in this format 'Answer:'.",
                "Tumia Kiswahili kufikiri na kujibu.",  # PolyMath's
            ],
        ),
        (
            "mgsm", "2 + 3?", "cs", "native",
            [
                "Request: 2 + 3?",
                "You should retell the request in English.",
                "You should write the answer in English.",
                "You should tell me the answer in this format 'Answer:'.",
                "Přemýšlej česky.",
            ],
        ),
        (
            "mkqa", "Nani?", "sw", "en",
            [
                "Question: Nani?",
                "You should retell the question in English.",
                "You should answer the question in English in one or a few words.",
                "You should write the answer in Swahili.",
                "You should tell me the answer in one or a few words in Swahili in this format "
                "'Answer:'.",
                "Think in English.",
            ],
        ),
    ],
)  # fmt: skip
def test_the_line_is_in_the_language_of_the_thought(task, inputs, language, thinking, lines):
    prompt = xlt.compose(task, inputs, language=language, thinking=thinking, **REASONING)
    assert prompt.text == "\n".join(lines)
    assert prompt.messages[-1]["role"] == "user"
    tag = language if thinking == "native" else thinking
    assert f"|thinking:{tag}|" in prompt.signature


def test_labels_stay_english_where_the_thought_is_native():
    prompt = xlt.compose("xnli", RAIN, language="de", thinking="native", **REASONING)
    assert "You should write the relationship in English." in prompt.text
    assert prompt.text.endswith("\nDenke auf Deutsch nach.")


def test_the_answers_own_line_stays_last():
    prompt = xlt.compose(
        "mkqa", "Nani?", language="sw", thinking="de", answer_language=True, **REASONING
    )
    assert prompt.text.endswith("\nDenke auf Deutsch nach.\nJibu kwa Kiswahili.")
    number = xlt.compose(
        "mgsm", "2 + 3?", language="sw", thinking="en", answer_language=True, **REASONING
    )
    assert number.text.endswith("\nThink in English.\nJibu kwa Kiswahili.")


def test_thoughts_can_be_asked_for_in_at_least_35_languages():
    files = TemplateFiles.at(None)
    for name in ("answer_in", "think_in", "thought"):
        known = {one for one in languages() if nearest_line(one.tag, name, files)}
        assert len(known) >= 35
        assert {one for one in languages() if one.tier} <= known
    for language in known:
        prompt = xlt.compose(
            "mgsm", "2 + 3?", language=language, thinking="native", thinking_prefill=True,
            **REASONING,
        )  # fmt: skip
        assert prompt.prefill.startswith("<think>\n")


def test_the_first_words_of_the_thought():
    prompt = xlt.compose(
        "mgsm", "2 + 3?", language="sw", thinking="en", thinking_prefill=True, **REASONING
    )
    assert prompt.messages[-1] == {
        "role": "assistant",
        "content": "<think>\nI will think in English.",
    }
    assert prompt.messages[-2]["content"].endswith("\nUse English to think and answer.")
    assert "|prefill:thought|" in prompt.signature
    own = xlt.compose(
        "mgsm", "2 + 3?", language="sw", thinking="de", thinking_prefill="[THINK]", **REASONING
    )
    assert own.prefill == "[THINK]\nIch denke auf Deutsch nach."


@pytest.mark.parametrize(
    ("reply", "value", "flags"),
    [
        (" 2 + 3 = 5.</think>Answer: 5", 5, []),
        ("<think>\nI will think in English. So.</think>\nAnswer: 5", 5, []),
        (xlt.Reply("Answer: 5", reasoning="2 + 3 = 5"), 5, []),
        (" 2 + 3, that must be 6 or", None, ["unfinished_thought"]),
    ],
)
def test_a_reply_is_read_whether_or_not_the_server_sends_the_words_back(reply, value, flags):
    prompt = xlt.compose(
        "mgsm", "2 + 3?", language="sw", thinking="en", thinking_prefill=True, **REASONING
    )
    answer = prompt.parse(reply)
    assert (answer.value, sorted(answer.flags)) == (value, flags)


def test_servers_are_told_to_continue():
    from xlt.backends.openai_compatible import OpenAICompatible

    backend = OpenAICompatible("http://127.0.0.1:9/v1", "m")
    options = {"language": "sw", "thinking": "en", **REASONING}
    prompt = xlt.compose("mgsm", "2 + 3?", thinking_prefill=True, **options)
    body = backend._body(prompt, frozenset())
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)
    plain = backend._body(xlt.compose("mgsm", "2 + 3?", **options), frozenset())
    assert "continue_final_message" not in plain
    for wire_format in ("anthropic", "gemini", "openai-responses", "completion"):
        with pytest.raises(XLTError, match="leave out thinking_prefill="):
            prompt.to(wire_format)


@pytest.mark.parametrize(
    ("language", "gate", "translated"),
    [
        ("sw", None, True),
        ("te", None, True),
        ("zu", None, True),  # no tier
        ("de", None, False),
        ("de", True, True),
        ("sw", False, False),
        ("de", lambda request, language: "2" in request.inputs["problem"], True),
        ("sw", lambda request, language: language.tag == "te", False),
        ("en", True, False),
    ],
)
def test_the_gate(language, gate, translated):
    prompt = xlt.compose(
        "mgsm", "2 + 3?", language=language, translator=english, needs_translation=gate, **REASONING
    )
    assert prompt.text.startswith("English translation:\n") == translated
    assert ("|translation:en|" in prompt.signature) == translated


def test_selective_translation_by_the_model_itself():
    left, sent = ["Who won?", "<think>hm</think>Answer: Ruto"], []

    def ask(prompt):
        sent.append(prompt)
        return left.pop(0)

    made = xlt.plan("mkqa", "Nani alishinda?", language="sw", strategy="selective_translation")
    answer = xlt.run(made, ask)
    assert (answer.value, answer.usage.calls) == ("Ruto", 2)
    assert [prompt.text for prompt in sent] == [
        "Translate the following question from Swahili to English:\nNani alishinda?\n"
        "Don't answer the question, just translate it!",
        "English translation:\nQuestion: Who won?\nQuestion: Nani alishinda?\n"
        "You should answer the question in English in one or a few words.\n"
        "You should write the answer in Swahili.\n"
        "You should tell me the answer in one or a few words in Swahili in this format 'Answer:'.\n"
        "Think in English.",
    ]


def test_selective_translation_in_the_thought():
    made = xlt.plan(
        "mgsm", "2 + 3?", language="sw", strategy="selective_translation", translator=english,
        thinking_prefill=True,
    )  # fmt: skip
    (prompt,) = next(made)
    assert prompt.prefill == (
        "<think>\nI will think in English.\nEnglish translation:\nRequest: 2 + 3? (sw-en)"
    )
    high = xlt.plan("mgsm", "2 + 3?", language="de", strategy="selective_translation")
    (prompt,) = next(high)
    assert prompt.text.startswith("Request: 2 + 3?\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"thinking": "en"}, "xlt takes thinking= with model_class='reasoning' only"),
        ({"needs_translation": True}, "xlt takes needs_translation= with"),
        (
            {"thinking": "tlh", **REASONING},
            "no line that asks for a thought in Klingon: put think_in",
        ),
        ({"thinking": "qx", **REASONING}, "No language named 'qx'"),
        ({"thinking_prefill": True, **REASONING}, "pass thinking= or translator= as well"),
    ],
)
def test_what_cannot_be_thought(options, message):
    with pytest.raises(XLTError, match=message):
        xlt.compose("mgsm", "2 + 3?", language="sw", **options)
