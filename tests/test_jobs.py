"""The jobs people have: the field that decides, lists, optional inputs, labels, text checks."""

import re

import pytest

import xlt
from xlt.errors import DefinitionError, InputError, LanguageNotDetected, LanguageWarning
from xlt.task import Task
from xlt.text_checks import citations, has_plural, placeholders

PASSAGES = ["The warranty lasts two years.", "Returns are free for 30 days."]
TICKETS = """\
name: tickets
title: ticket routing
inputs: [text]
labels: [refund, complaint]
task_input: "{{ text }}"
input_tag: text
task_goal: choose one of {{ labels }}
output_type: label
basic_prompt: "{{ text }} Is it {{ labels }}?"
"""


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("वारंटी कितने समय की है?", "hi"),
        ("Je, dhamana hudumu kwa muda gani baada ya kununua?", "sw"),
        ("كم تدوم فترة الضمان؟", "ar"),
    ],
)
def test_the_question_decides_the_language_and_not_the_passages(question, language):
    prompt = xlt.compose("rag", {"question": question, "passages": PASSAGES})
    assert (prompt.language.tag, prompt.target_language.tag) == (language, language)
    assert "[2] Returns are free for 30 days." in prompt.text


def test_documents_of_langchain_are_passages():
    from langchain_core.documents import Document

    passages = [Document(page_content=text) for text in PASSAGES]
    prompt = xlt.compose("rag", {"question": "How long?", "passages": passages}, language="en")
    assert prompt.inputs["passages"] == tuple(PASSAGES)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ("How long?", 'Pass a mapping, {"question": ..., "passages": ...}, not one text'),
        ({"question": "How?", "passages": []}, "The list 'passages' of rag is empty"),
        ({"question": "How?", "passages": 5}, "'passages' must be a list of texts, not int"),
        ({"question": "How?", "passages": ["a", None]}, "'passages[1]' must be text, not NoneType"),
        ({"question": "How?", "passages": ["a", " "]}, "'passages[1]' of rag is empty"),
        (
            {"question": "How?", "passages": ["a"], "citations": "maybe"},
            "'citations' is 'maybe'; it must be one of yes, no",
        ),
    ],
)
def test_wrong_inputs_are_named(inputs, message):
    with pytest.raises(InputError, match=re.escape(message)):
        xlt.compose("rag", inputs, language="en")


@pytest.mark.parametrize("context", [None, "", "  "])
def test_an_optional_field_left_out_leaves_no_line(context):
    prompt = xlt.compose(
        "chat", {"message": "Habari", "context": context}, language="sw", strategy="xlt"
    )
    assert prompt.steps[1].text == "Message: Habari"
    assert prompt == xlt.compose("chat", "Habari", language="sw", strategy="xlt")


def test_an_optional_line_in_the_middle_and_one_at_the_head():
    parts = {
        "name": "notes",
        "title": "notes",
        "inputs": [{"name": "a", "optional": True}, "b", {"name": "c", "optional": True}],
        "task_input": "A: {{ a }}\nB: {{ b }}\nC: {{ c }}\nend",
        "input_tag": "notes",
        "task_goal": "read",
        "output_type": "answer",
        "basic_prompt": "{{ a }}{{ b }}{{ c }}",
        "answer": "short_text",
    }
    task = Task(**parts)

    def text(**inputs):
        return xlt.compose(task, inputs, language="en").steps[1].text

    assert text(b="x") == "B: x\nend"
    assert text(a="1", b="x") == "A: 1\nB: x\nend"
    assert text(b="x", c="2") == "B: x\nC: 2\nend"
    assert text(a="{{ b }}", b="x", c="\n") == "A: {{ b }}\nB: x\nend"


def test_labels_in_short_and_per_call():
    task = Task.parse_yaml(TICKETS)
    assert task.answer.kind == "label"
    assert xlt.compose(task, "x y z", language="en").text.count("refund, complaint") == 1
    prompt = xlt.compose(task, "x y z", language="en", labels=["Praise", "Blame"])
    assert "choose one of Praise, Blame." in prompt.text
    assert prompt.parse("Label: praise").value == "Praise"
    assert "refund" not in prompt.text
    other = xlt.compose(task, "x y z", language="en")
    assert prompt.signature != other.signature


def test_other_words_of_a_label_per_call():
    prompt = xlt.compose(
        "classification", "Nataka pesa yangu", language="sw", labels={"refund": ["rejesho"]}
    )
    assert prompt.parse("Label: Rejesho").value == "refund"


@pytest.mark.parametrize("line", ["answer: labels", "multi: true", "answer: label\nmulti: true"])
def test_several_labels(line):
    task = Task.parse_yaml(f"{TICKETS}{line}\n")
    parse = xlt.compose(task, "x y z", language="en").parse
    assert parse("Label: complaint, Refund").value == ["refund", "complaint"]
    assert parse("Label: refund").value == ["refund"]
    assert parse("Label: refund, praise").value is None


def test_multi_is_true_or_false():
    assert Task.parse_yaml(f"{TICKETS}multi: false\n").answer.kind == "label"
    with pytest.raises(DefinitionError, match="No key of a task named 'multi'"):
        Task.parse_yaml(f"{TICKETS}multi: perhaps\n")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("refund", "labels must be a list of labels"),
        ([], "labels must be a list of labels"),
        ([None, "a"], "A label must be text, not NoneType."),
        (["a", " "], "A label is empty."),
        ([1, 2], "A label must be text, not int"),
        (["A", "a"], "appears twice"),
        ({"A": "b"}, "The other words of the label 'A' must be a list of texts, not str"),
    ],
)
def test_wrong_labels_are_named(labels, message):
    with pytest.raises(InputError, match=message):
        xlt.compose("classification", "x y z", language="en", labels=labels)


def test_a_task_without_labels_says_so():
    with pytest.raises(InputError, match="The task classification needs labels, as in labels="):
        xlt.compose("classification", "x y z", language="en")
    with pytest.raises(InputError, match="arithmetic_reasoning has no labels"):
        xlt.compose("mgsm", "x y z", language="en", labels=["a"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("choose one of {{ labels }}", "choose", "task_input names no label; write {{ labels }}"),
        ("Is it {{ labels }}?", "Well?", "basic_prompt names no label"),
        ("{{ text }} Is it", "Is it", "basic_prompt does not mention the input 'text'"),
        ("[refund, complaint]", "[refund, Refund]", "the label 'refund' appears twice"),
        ("inputs: [text]", "inputs: [{name: text, many: true}]", "prints the list 'text'"),
    ],
)
def test_lint_of_labels_and_lists(old, new, message):
    with pytest.raises(DefinitionError, match=re.escape(message)):
        Task.parse_yaml(TICKETS.replace(old, new))


def test_default_language_and_candidates():
    with pytest.raises(LanguageNotDetected):
        xlt.compose("mgsm", "3 + 4 = ?")
    assert xlt.compose("mgsm", "3 + 4 = ?", default_language="sw").language.tag == "sw"
    assert xlt.compose("chat", "Hola", candidates=["es", "zh"]).language.tag == "es"
    plan = xlt.plan("mgsm", "3 + 4 = ?", default_language="sw")
    assert xlt.run(plan, lambda prompt: f"Answer: {prompt.language.tag == 'sw':d}").value == 1


@pytest.mark.parametrize(
    ("text", "language", "message"),
    [
        ("가격이 얼마예요?", "kr", "Kanuri \\('kr'\\) by its letters; did you mean 'ko'"),
        ("Hur mycket kostar det, min vän?", "se", "did you mean 'sv'"),
        ("कितना है?", "sw", "did you mean 'hi'"),
    ],
)
def test_a_tag_that_clashes_with_the_script_is_warned_of(text, language, message):
    with pytest.warns(LanguageWarning, match=message):
        xlt.compose("mgsm", text, language=language)
    assert [one.kind for one in xlt.inspect_request("mgsm", text, language=language)] == [
        "language"
    ]


def test_fields_that_differ_in_their_script_are_warned_of():
    inputs = {"premise": "The man is eating his dinner.", "hypothesis": "आदमी खाना खा रहा है।"}
    with pytest.warns(LanguageWarning, match="'premise' \\(Latn\\), and the language is taken"):
        xlt.compose("xnli", inputs)


def test_an_edited_template_is_seen(tmp_path):
    (tmp_path / "steps").mkdir()
    file = tmp_path / "steps" / "cot_task_solving.j2"
    file.write_text("Think.\n")
    first = xlt.compose("mgsm", "1 + 1", language="sw", templates=tmp_path)
    file.write_text("Think twice.\n")
    second = xlt.compose("mgsm", "1 + 1", language="sw", templates=tmp_path)
    assert (first.steps[4].text, second.steps[4].text) == ("Think.", "Think twice.")
    assert first.signature != second.signature


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<b>{name}</b> likes %d photos", ["<b>", "{name}", "</b>", "%d"]),
        ("{{n}} of ${all}, %(who)s, %1$s, %@", ["{{n}}", "${all}", "%(who)s", "%1$s", "%@"]),
        ('<a href="x">link</a><br/>&nbsp;\\n', ['<a href="x">', "</a>", "<br/>", "&nbsp;", "\\n"]),
        ("100% sure, 5 % less, 3 < 4 > 2", []),
    ],
)  # fmt: skip
def test_placeholders(text, found):
    assert list(placeholders(text)) == found


def test_a_damaged_placeholder_and_a_missed_term_are_faults():
    inputs = {"source": "A photo of <b>{name}</b>!", "glossary": {"photo": "picha"}}
    prompt = xlt.compose("localization", inputs, language="en", target_language="sw")
    good = prompt.parse("Picha ya <b>{name}</b>!")
    assert (good.value, good.faults) == ("Picha ya <b>{name}</b>!", ())
    bad = prompt.parse("Taswira ya {jina}!")
    assert bad.flags >= {"placeholders_changed", "glossary_missed"}
    assert "{name} is missing" in bad.faults
    assert "{jina} is not in the source" in bad.faults
    assert "the glossary translates 'photo' as 'picha'" in bad.faults


def test_icu_plurals_are_told():
    assert has_plural("{count, plural, one {# file} other {# files}}")
    assert not has_plural("{count} files")


def test_citations_are_checked():
    prompt = xlt.compose(
        "rag", {"question": "Dhamana?", "passages": PASSAGES, "citations": "yes"},
        language="sw", strategy="xlt",
    )  # fmt: skip
    answer = prompt.parse("Answer: Miaka miwili [1].")
    assert (citations(answer.value), answer.flags) == ((1,), frozenset())
    answer = prompt.parse("Answer: Miaka miwili [1, 3].")
    assert answer.faults == ("[3] is cited, and the last passage is [2]",)
    assert answer.flags == {"wrong_citation"}


@pytest.mark.parametrize("said", ["not in the passages", '"Not in the passages."'])
def test_not_in_the_passages_is_an_answer(said):
    prompt = xlt.compose(
        "rag", {"question": "Dhamana?", "passages": PASSAGES}, language="sw", strategy="xlt"
    )
    answer = prompt.parse(f"Answer: {said}")
    assert (answer.value, answer.flags) == ("not in the passages", {"absent"})


@pytest.mark.parametrize(
    ("task", "text", "language", "retells"),
    [
        ("chat", "Where is my order?", "en", False),
        ("sentiment", "I loved it", "en", False),
        ("chat", "Oda yangu iko wapi?", "sw", True),
        ("sentiment", "Nilipenda sana", "sw", True),
    ],
)
def test_english_is_not_told_to_be_retold_in_english(task, text, language, retells):
    prompt = xlt.compose(task, text, language=language)
    assert ("You should retell the" in prompt.text) is retells
    assert "|auto:" in prompt.signature


def test_the_papers_tasks_keep_their_strategy():
    assert xlt.compose("mgsm", "What is 3 + 4?", language="en").strategy == "xlt"


def test_multiple_choice_takes_a_list_of_options():
    prompt = xlt.compose(
        "multiple_choice", {"question": "ঢাকা কোথায়?", "options": ["ভারত", "বাংলাদেশ", "নেপাল"]}
    )
    assert "B. বাংলাদেশ" in prompt.text
    assert [prompt.parse(f"Answer: {said}").value for said in ("B", "3", "বাংলাদেশ")] == [2, 3, 2]


def test_a_budget_drops_the_last_passages_whole():
    inputs = {
        "question": "How long?",
        "passages": [f"Passage {n} " + "word " * 50 for n in range(9)],
    }
    whole = xlt.compose("rag", inputs, language="en")
    fitted = xlt.compose("rag", inputs, language="en", max_tokens=int(whole.count_tokens()) // 2)
    kept = fitted.inputs["passages"]
    assert 1 <= len(kept) < 9
    assert kept == whole.inputs["passages"][: len(kept)]
    assert "of passages (whole items)" in str(fitted.omitted)


def test_system_and_history_come_first():
    prompt = xlt.compose(
        "chat", "Na kesho?", language="sw", system="Be brief.",
        history=[
            ("human", "Habari"),
            {"role": "assistant", "content": [{"type": "text", "text": "Nzuri"}]},
        ],
    )  # fmt: skip
    assert [(one["role"], one["content"]) for one in prompt.messages[:3]] == [
        ("system", "Be brief."), ("user", "Habari"), ("assistant", "Nzuri"),
    ]  # fmt: skip
    assert prompt.to("anthropic")["system"] == "Be brief."


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ("hello", "history must be a list of messages, not str"),
        ([5], "history[0] has no role that is known"),
        ([{"role": "boss", "content": "x"}], "with the role 'boss'"),
        ([{"role": "user", "content": 5}], "history[0] must have text as its content, not int"),
        ([{"role": "user", "content": "\ud800"}], "lone surrogate"),
    ],
)
def test_wrong_history_is_named(history, message):
    with pytest.raises(InputError, match=re.escape(message)):
        xlt.compose("chat", "Hi there", language="en", history=history)


def test_history_of_langchain_and_of_tools():
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

    call = {"name": "find", "args": {}, "id": "1"}
    prompt = xlt.compose(
        "chat", "Na kesho?", language="sw",
        history=[
            SystemMessage("Old rules."), HumanMessage("Habari"), AIMessage("", tool_calls=[call]),
            ToolMessage("42", tool_call_id="1"), AIMessage("Nzuri"),
        ],
    )  # fmt: skip
    assert [one["role"] for one in prompt.messages] == ["system", "user", "assistant", "user"]
    assert prompt.system == "Old rules."


@pytest.mark.parametrize(
    ("reply", "wrong"),
    [
        ("Reply: Your order will arrive tomorrow morning.", True),
        ("Reply: Agizo lako litafika kesho asubuhi.", False),
        ("Reply: Ndiyo", None),
        ("", None),
    ],
)
def test_a_reply_in_another_language_is_told(reply, wrong):
    prompt = xlt.compose("chat", "Agizo langu liko wapi?", language="sw")
    assert prompt.parse(reply).wrong_language is wrong


def test_a_number_has_no_language():
    assert (
        xlt.compose("mgsm", "Ana mayai 3.", language="sw").parse("Answer: 3").wrong_language is None
    )
