"""CLP against the conversations its authors recorded, and what it sends for every task."""

import pytest
from recordings import ask_from, conversations

import xlt
from xlt.answers.agreement import agreement_for

# Replies that say the answer cannot be told, where the authors' metric still finds a number in
# the reasoning and it happens to be the right one: no answer for xlt, by design.
UNDETERMINED = {"te": (31, 115)}
PUBLISHED = {"de": 80.0, "zh": 73.6, "th": 62.0, "sw": 74.8, "te": 38.8}  # Qin et al., table 1


@pytest.mark.shared_data
@pytest.mark.parametrize(("language", "published"), PUBLISHED.items())
def test_mgsm_to_the_byte_and_its_accuracy(shared_data, language, published):
    right, agrees = 0, agreement_for(xlt.get_task("mgsm"))
    rows = conversations(shared_data, f"mgsm/clp/{language}")
    for number, row in enumerate(rows):
        plan = xlt.plan("mgsm", row["origin"]["text"], language=language, strategy="clp")
        answer = xlt.run(plan, ask_from(row))
        right += agrees(answer, row["origin"]["answer"])
        if number in UNDETERMINED.get(language, ()):
            assert "undetermined" in answer.flags
    assert len(rows) == 250
    allowed = len(UNDETERMINED.get(language, ()))
    assert (right + allowed) / len(rows) * 100 >= published


def first_turn(task: str, inputs: dict, language: str) -> str:
    return next(xlt.plan(task, inputs, language=language, strategy="clp"))[0].request_text


def xcopa_inputs(origin: dict) -> dict:
    inputs = {"premise": origin["premise"], "question": origin["question"]}
    return inputs | {"choice1": origin["choices"][0], "choice2": origin["choices"][1]}


@pytest.mark.shared_data
@pytest.mark.parametrize(("language", "irregular"), [("vi", 0), ("it", 450), ("sw", 450)])
def test_xcopa_but_for_two_blanks(shared_data, language, irregular):
    """In 450 rows of it and sw a blank is missing after `"?` and before `(B)`."""
    different = 0
    for row in conversations(shared_data, f"xcopa/clp/{language}"):
        origin, recorded = row["origin"], row["message"][0]["content"]
        composed = first_turn("xcopa", xcopa_inputs(origin), language)
        if composed != recorded:
            different += 1
            first, second = '"? Help me pick', "\n- (B)"
            composed = composed.replace(first, '"?Help me pick').replace(second, "\n-(B)")
        assert composed == recorded
    assert different == irregular


@pytest.mark.shared_data
@pytest.mark.parametrize("language", ["de", "ja"])
def test_pawsx_but_for_a_final_line_end(shared_data, language):
    for row in conversations(shared_data, f"paws-x/clp/{language}"):
        origin = row["origin"]
        inputs = {"sentence1": origin["sentence1"], "sentence2": origin["sentence2"]}
        plan = xlt.plan("pawsx", inputs, language=language, strategy="clp")
        (first,) = next(plan)
        assert first.request_text + "\n" == row["message"][0]["content"]
        (second,) = plan.send((row["message"][1]["content"],))
        assert second.messages[-1] == row["message"][2]


@pytest.mark.shared_data
@pytest.mark.parametrize("language", ["de", "ar", "zh"])
def test_xnli_requests(shared_data, language):
    """The recordings are of en-cot, which words the request in the same way."""
    for row in conversations(shared_data, f"xnli/en-cot/{language}"):
        origin = row["origin"]
        inputs = {"premise": origin["sentence1"], "hypothesis": origin["sentence2"]}
        composed = first_turn("xnli", inputs, language)
        recorded = row["message"][0]["content"]
        assert composed.rpartition("\n\n")[0] == recorded.rpartition("\n\n")[0]


def test_the_two_turns_are_one_conversation():
    plan = xlt.plan("mgsm", "2 + 3?", language="sw", strategy="clp", pivot="ja")
    (first,) = next(plan)
    assert first.messages == [
        {
            "role": "user",
            "content": "Please act as an expert in multi-lingual understanding in Swahili.\n\n"
            "Request:\n2 + 3?\n\nLet's understand the task in Japanese step-by-step!",
        }
    ]
    (second,) = plan.send(("<b>understood</b>",))
    assert second.messages == [
        *first.messages,
        {"role": "assistant", "content": "<b>understood</b>"},
        {
            "role": "user",
            "content": "After understanding, you should act as an expert in arithmetic reasoning "
            "in Japanese.\nLet's resolve the task you understand above step-by-step!\n"
            "Finally, you should format your answer as 'Answer: [num]'.",
        },
    ]
    assert (first.sampling, second.sampling) == ({"temperature": 1.0}, {"temperature": 0.2})
    assert "|strategy:clp|shots:0|pivot:ja|turn:solving|" in second.signature


@pytest.mark.parametrize(
    ("task", "inputs", "reply", "value"),
    [
        ("pawsx", {"sentence1": "a", "sentence2": "b"}, "Answer: (A) Yes", True),
        ("pawsx", {"sentence1": "a", "sentence2": "b"}, "Answer: (B)", False),
        ("xnli", {"premise": "a", "hypothesis": "b"}, "Answer: (C)", "entailment"),
        ("xnli", {"premise": "a", "hypothesis": "b"}, "Answer: A", "contradiction"),
        ("xnli", {"premise": "a", "hypothesis": "b"}, "Answer: neutral", "neutral"),
        ("xnli", {"premise": "a", "hypothesis": "b"}, "I cannot say.", None),
    ],
)
def test_lettered_answers(task, inputs, reply, value):
    plan = xlt.plan(task, inputs, language="de", strategy="clp")
    assert xlt.run(plan, lambda prompt: reply).value == value


@pytest.mark.parametrize("reply", ["Answer: (B)", "Answer: [C]", "Answer: neutral", "I say B."])
def test_a_letter_is_read_alike_from_a_stream(reply):
    inputs = {"premise": "It rains.", "hypothesis": "It is wet."}
    plan = xlt.plan("xnli", inputs, language="en", strategy="clp")
    next(plan)
    (prompt,) = plan.send(("It rains, so it is wet.",))
    reader = prompt.reader()
    for character in reply:
        reader.feed(character)
    assert reader.close() == prompt.parse(reply)


def test_choices_by_letter():
    inputs = {"premise": "Nilitoka.", "question": "cause", "choice1": "Moto.", "choice2": "Baridi."}
    plan = xlt.plan("xcopa", inputs, language="sw", strategy="clp")
    assert xlt.run(plan, lambda prompt: "So.\n\nAnswer: (B)").value == 2


def test_user_text_is_never_template_source():
    text = "{{ 7*7 }} {% raw %} {x.__class__}\r\n"
    assert f"Request:\n{text}\n\nLet's" in first_turn("mgsm", {"problem": text}, "de")
