"""A prompt that is filled into its form is the one that is composed in full."""

import pickle
import warnings
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

import xlt
from xlt.errors import LanguageWarning, XLTError
from xlt.prompt import Prompt
from xlt.strategies import forms

TEXTS = (
    "Juma ana mayai 16.",
    "小明有 3 个苹果。\n他现在有几个？",
    " {{ language }} {% raw %} \\n ",
    "XXX\nAnswer: 7",
    "مرحبا",
)


def compose_in_full(*args, **wishes):
    """Compose without a form: the front door makes none where a history is given, if empty."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xlt.strategies.strategy.form_of", lambda strategy, request: None)
        return xlt.compose(*args, **wishes, history=[])


def inputs_of(task: xlt.Task, text: str) -> dict[str, object]:
    return {
        one.name: one.allowed[0]
        if one.allowed
        else [text, text]
        if one.many
        else f"{text} ({one.name})"
        for one in task.inputs
    }


def has_form(task: str | xlt.Task, strategy: str, language: str = "sw") -> bool:
    return forms._form_by_names(task, language, "de", strategy) is not None


@pytest.mark.parametrize("strategy", sorted(forms.STRATEGIES))
@pytest.mark.parametrize(
    "task", [one for one in xlt.tasks() if not any(field.is_image for field in one.inputs)]
)
@pytest.mark.filterwarnings("ignore::xlt.errors.LanguageWarning")
def test_it_is_the_same_prompt(task, strategy):
    more = {"labels": ["good", "bad"]} if task.name == "classification" else {}
    more |= {"output": {"type": "object"}} if task.output == "required" else {}
    for text in TEXTS:
        for language in ("sw", "zh", "de-AT", "Kiswahili"):
            wanted = {"language": language, "target_language": "de", "strategy": strategy, **more}
            inputs = inputs_of(task, text)
            filled = xlt.compose(task, inputs, **wanted)
            by_request = xlt.compose(task, inputs, **wanted, history=[])
            whole = compose_in_full(task, inputs, **wanted)
            assert filled == by_request == whole
            assert (filled.text, filled.signature) == (whole.text, whole.signature)


def test_the_papers_tasks_have_forms():
    assert has_form("mgsm", "xlt")
    assert has_form("xlsum", "basic")
    assert has_form("pawsx", "xlt")
    assert has_form("flores", "xlt")
    assert has_form("sentiment", "auto")
    assert not has_form("xnli", "basic")  # its wording has a filter
    assert not has_form("mgsm", "clp")
    assert not has_form("classification", "xlt")  # needs labels


@given(st.text(min_size=1))
def test_any_text(text):
    def composed(compose):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                prompt = compose("mgsm", text, language="sw")
            except XLTError as error:
                return type(error), str(error)
        return prompt, prompt.text, [str(one.message) for one in said]

    assert composed(xlt.compose) == composed(compose_in_full)


@pytest.mark.parametrize(
    ("task", "inputs", "more"),
    [
        ("mgsmm", "1 + 1", {}),
        ("mgsm", "1 + 1", {"language": "klingonese"}),
        ("mgsm", "1 + 1", {"strategy": "xltt"}),
        ("mgsm", {"problem": "1 + 1", "more": "2"}, {}),
        ("mgsm", {}, {}),
        ("mgsm", 7, {}),
        ("mgsm", " ", {}),
        ("pawsx", "one text", {}),
        ("flores", "Habari", {}),
        ("flores", "Habari", {"target_language": "klingonese"}),
        ("classification", "Habari", {}),
        ("extraction", "Habari", {}),
    ],
)
def test_what_is_wrong_is_said_in_the_same_words(task, inputs, more):
    said = set()
    for compose in (xlt.compose, compose_in_full):
        with pytest.raises(XLTError) as caught:
            compose(task, inputs, **{"language": "sw", **more})
        said.add((type(caught.value), str(caught.value)))
    assert len(said) == 1


def test_a_language_that_the_text_does_not_look_like():
    with pytest.warns(LanguageWarning, match="by its letters") as said:
        xlt.compose("mgsm", "小明有 3 个苹果。", language="sw")
    assert said[0].filename == __file__


def test_every_part_of_it_is_set():
    prompt = xlt.compose("mgsm", "1 + 1", language="sw")
    assert pickle.loads(pickle.dumps(prompt)) == prompt
    assert all(hasattr(prompt, one.name) for one in fields(Prompt))
    assert hash(prompt) == hash(compose_in_full("mgsm", "1 + 1", language="sw"))
    assert prompt.parse("Answer: 2").value == 2


@pytest.mark.parametrize(
    "wish",
    [
        {"history": [("user", "Habari"), ("assistant", "Nzuri")]},
        {"system": "Be brief."},
        {"think_tags": ("<plan>", "</plan>")},
        {"answer_language": "de"},
        {"instruction_language": "es"},
        {"steps": ("role_assigning", "task_inputting")},
    ],
)
def test_a_further_wish_is_in_the_prompt(wish):
    plain = xlt.compose("mgsm", "1 + 1", language="sw")
    assert xlt.compose("mgsm", "1 + 1", language="sw", **wish) != plain


def test_another_name_of_a_language_is_another_form():
    own = xlt.Language("sw", "Kiunguja", "Kiunguja")
    for language, name in ((own, "Kiunguja"), ("sw", "Swahili"), (own, "Kiunguja")):
        prompt = xlt.compose("mgsm", "1 + 1", language=language)
        assert f"expert for {name}." in prompt.text
