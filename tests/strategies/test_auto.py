"""The policy of `auto`, its explanation, and reasoning models."""

import re

import pytest

import xlt
from xlt import XLTError

INPUTS = {"premise": "Nilitoka.", "question": "cause", "choice1": "Moto.", "choice2": "Baridi."}


@pytest.mark.parametrize(
    ("task", "language", "facts", "strategy", "rule"),
    [
        ("mgsm", "en", {}, "cot", "1-english"),
        ("pawsx", "en", {}, "basic", "1-english-plain"),
        ("mgsm", "en-GB", {"model": "o3"}, "basic", "1-english-reasoning"),
        ("mkqa", "tr", {"topic": "culture"}, "native_cot", "2-culture"),
        ("mkqa", "te", {"topic": "culture"}, "xlt", "7-low"),
        ("mgsm", "de", {"model": "openai/o3-mini"}, "xlt", "3-reasoning"),
        ("mgsm", "sw", {"model": "gpt-5", "translator": True}, "xlt", "3-reasoning-translated"),
        ("pawsx", "ja", {"budget": 14}, "en_basic", "4-paraphrase"),
        ("xlsum", "fr", {"model": "gpt-3.5-turbo"}, "xlt", "5-summary-gpt35"),
        ("xlsum", "fr", {"model": "gpt-4o"}, "en_basic", "5-summary"),
        ("flores", "jv", {"target_language": "th"}, "xlt", "6-translation"),
        ("flores", "jv", {"target_language": "en"}, "basic", "6-translation-plain"),
        ("mgsm", "zh", {}, "en_cot", "7-high"),
        ("mgsm", "zh-Hant", {}, "en_cot", "7-high"),
        ("xcopa", "qu", {}, "xlt", "7-low"),
        ("xnli", "sw", {"translator": True}, "translate_en", "7-low-translated"),
        ("mgsm", "zu", {}, "xlt", "7-low"),
        ("mgsm", "zh", {"budget": 8}, "clsp", "8-budget"),
        ("mgsm", "zh", {"budget": 7}, "en_cot", "7-high"),
        ("mkqa", "te", {"topic": "culture", "budget": 4}, "emcee", "2-culture-judged"),
        ("mgsm", "te", {"topic": "culture", "model": "o3", "budget": 1}, "xlt", "3-reasoning"),
        (
            "mgsm",
            "sw",
            {"model": "o3", "budget": 2},
            "selective_translation",
            "3-reasoning-selective",
        ),
        ("mgsm", "sw", {"model": "gemma-2-9b-it", "budget": 7}, "clc", "8-small-budget"),
        ("mgsm", "sw", {"model": "gemma-2-27b-it", "budget": 7}, "en_cot", "7-large"),
        ("mgsm", "sw", {"model": "qwen2.5-72b-instruct"}, "en_cot", "7-large"),
        ("mgsm", "fr", {"model": "mistral-7b-instruct"}, "xlt", "7-small-mistral"),
        ("xnli", "fr", {"model": "meta/Llama-2-13b-chat"}, "xlt", "7-small-llama-inference"),
        ("mgsm", "sw", {"model": "Llama-2-70b-chat"}, "en_cot", "7-large"),
    ],
)
def test_the_table(task, language, facts, strategy, rule):
    explained = xlt.explain(task, language, **facts)
    assert (explained.strategy, explained.rule) == (strategy, rule)
    assert explained.reason
    assert explained.source


@pytest.mark.parametrize(
    ("model", "model_class"),
    [
        ("gpt-4o", "modern"),
        ("gpt-5-chat-latest", "modern"),
        ("gpt-5-mini", "reasoning"),
        ("openrouter/deepseek/deepseek-r1", "reasoning"),
        ("deepseek-chat", "chinese"),
        ("ollama:qwen2.5:7b", "chinese"),
        ("Qwen/Qwen3-30B-A3B-Thinking-2507", "reasoning"),
        ("gpt-3.5-turbo-1106", "gpt-3.5"),
        (None, "modern"),
    ],
)
def test_model_classes(model, model_class):
    assert xlt.explain("mgsm", "zh", model=model).facts.model_class == model_class


@pytest.mark.parametrize(
    ("model", "size", "family"),
    [
        ("ollama:qwen2.5:7b", "small", "qwen"),
        ("Qwen/Qwen3-30B-A3B-Instruct-2507", "large", "qwen"),
        ("qwen2.5-coder-1.5b-instruct-q4_k_m", "small", "qwen"),
        ("meta-llama/Llama-3.1-8B-Instruct", "small", "llama"),
        ("mixtral-8x7b-instruct", "large", "mistral"),
        ("gemma-3n-E4B-it", "small", "gemma"),
        ("openai:gpt-4o-mini", "", "gpt"),
        ("bert-4bit", "", ""),
        ("ollama:phi4", "", ""),
        (None, "", ""),
    ],
)
def test_sizes_and_families(model, size, family):
    facts = xlt.explain("mgsm", "zh", model=model).facts
    assert (facts.size, facts.family) == (size, family)


def test_auto_composes_what_it_chose_and_names_the_rule():
    prompt = xlt.compose("mgsm", "2 + 3?", language="zh", strategy="auto")
    chosen = xlt.compose("mgsm", "2 + 3?", language="zh", strategy="en_cot")
    assert prompt.text == chosen.text
    assert "|strategy:en_cot|shots:0|auto:7-high|" in prompt.signature
    plan = xlt.plan("mgsm", "2 + 3?", language="zh", strategy="auto")
    assert next(plan) == (prompt,)


def test_a_budget_of_eight_calls_is_kept():
    plan = xlt.plan("mgsm", "2 + 3?", language="zh", strategy="auto", budget=8)
    asked = []
    assert xlt.run(plan, lambda prompt: asked.append(prompt) or "Answer: 5").value == 5
    assert len(asked) == 8
    with pytest.raises(XLTError, match="takes more than one call"):
        xlt.compose("mgsm", "2 + 3?", language="zh", strategy="auto", budget=8)


def test_auto_passes_the_translator_on():
    def translator(texts, source, target):
        return ["How much?"]

    prompt = xlt.compose(
        "mgsm", "Kiasi gani?", language="sw", strategy="auto", translator=translator
    )
    assert prompt.strategy == "translate_en"
    assert prompt.text.startswith("How much?\n")
    prompt = xlt.compose(
        "mgsm", "Kiasi gani?", language="sw", strategy="auto", translator=translator, model="o3"
    )
    assert prompt.text == (
        "English translation:\nRequest: How much?\n"
        "Request: Kiasi gani?\n"
        "You should retell the request in English.\n"
        "You should tell me the answer in this format 'Answer:'.\n"
        "Use English to think and answer."
    )
    options = {"thinking": "native", "thinking_prefill": True, "model": "o3"}
    prompt = xlt.compose("mgsm", "Kiasi gani?", language="sw", strategy="auto", **options)
    assert prompt.prefill == "<think>\nNitafikiri kwa Kiswahili."


def test_auto_names_its_options():
    with pytest.raises(XLTError, match="No option of the strategy auto named 'modle'.*'model'"):
        xlt.compose("mgsm", "2 + 3?", language="zh", strategy="auto", modle="gpt-4o")
    with pytest.raises(XLTError, match="No topic named 'cultures'. Did you mean 'culture'"):
        xlt.explain("mgsm", "zh", topic="cultures")
    with pytest.raises(XLTError, match="No model class named 'huge'"):
        xlt.explain("mgsm", "zh", model_class="huge")
    with pytest.raises(XLTError, match="budget is 0"):
        xlt.explain("mgsm", "zh", budget=0)


@pytest.mark.parametrize(
    ("task", "inputs", "answer_language"),
    [
        ("mgsm", "2 + 3?", "English"),
        ("xcopa", INPUTS, "English"),
        ("mkqa", "Nani?", "Swahili"),
        ("xlsum", "Habari.", "Swahili"),
    ],
)
def test_reasoning_models_get_no_role_and_no_steps(task, inputs, answer_language):
    prompt = xlt.compose(task, inputs, language="sw", model_class="reasoning")
    assert "I want you to act" not in prompt.text
    assert "step-by-step" not in prompt.text
    assert f" in {answer_language}.\n" in prompt.text
    assert "|model_class:reasoning|" in prompt.signature


def test_reasoning_keeps_the_labels_of_the_task_goal():
    inputs = {"premise": "a", "hypothesis": "b"}
    prompt = xlt.compose("xnli", inputs, language="sw", model_class="reasoning")
    assert "chosen from entailment, contradiction, and neutral." in prompt.text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model_class": "huge"}, "No model class named 'huge'"),
        ({"model_class": "reasoning", "steps": ["output_formatting"]}, "chooses the steps"),
        ({"translator": len}, "with model_class='reasoning' only"),
    ],
)
def test_options_that_do_not_go_together(options, message):
    with pytest.raises(XLTError, match=message):
        xlt.compose("mgsm", "2 + 3?", language="sw", **options)


def test_a_policy_of_ones_own_stands_in_front(tmp_path):
    own = tmp_path / "policy.yaml"
    own.write_text(
        "rules:\n- id: mine\n  when: {language: [zh]}\n  strategy: clp\n"
        "  options: {pivot: ja}\n  reason: I said so.\n  source: me\n",
        encoding="utf-8",
    )
    assert xlt.explain("mgsm", "zh", policy=own).rule == "mine"
    assert xlt.explain("mgsm", "de", policy=own).rule == "7-high"
    plan = xlt.plan("mgsm", "2 + 3?", language="zh", strategy="auto", policy=own)
    assert "in Japanese step-by-step!" in next(plan)[0].text
    with pytest.raises(XLTError, match="No rule of the policy holds"):
        xlt.explain("mgsm", "de", templates=str(tmp_path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules:\n- id: a\n  when: {langauge: [zh]}\n", r"policy.yaml:3:\d+: .*langauge"),
        ("rules: 3\n", "policy.yaml:1:"),
    ],
)
def test_a_broken_policy_names_the_line(tmp_path, text, message):
    own = tmp_path / "policy.yaml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(XLTError, match=message):
        xlt.explain("mgsm", "zh", policy=own)


def test_every_strategy_of_the_policy_exists():
    from xlt.files.templates import TemplateFiles
    from xlt.strategies.policy import load_policy
    from xlt.strategies.strategy import get_strategy

    for rule in load_policy(TemplateFiles.at(None)).rules:
        assert get_strategy(rule.strategy).name == rule.strategy


def test_the_command():
    from typer.testing import CliRunner

    from xlt.cli.main import app

    shown = CliRunner().invoke(app, ["explain", "mgsm", "-l", "Chinese", "-m", "gpt-4o"])
    assert shown.exit_code == 0
    assert shown.output == (
        "strategy\ten_cot\n"
        "rule\t7-high\n"
        "why\tWell-known languages need no retelling (high-resource average en_cot 59.6, "
        "xlt 56.7).\n"
        "source\tarXiv 2403.10258\n"
        "for\tarithmetic_reasoning, zh (high tier), modern model\n"
    )


def test_every_rule_has_a_source_and_a_number_or_says_that_it_is_ours():
    from xlt.files.templates import TemplateFiles
    from xlt.strategies.policy import load_policy

    for rule in load_policy(TemplateFiles.at(None)).rules:
        assert rule.source, rule.id
        numbered = re.search(r"\d|a fifth|no published figure", rule.reason)
        assert numbered or rule.id == "default", rule.id
        assert "arXiv" in rule.source or "github.com" in rule.source or "docs/" in rule.source


def test_the_command_shows_every_rule_of_a_task():
    from typer.testing import CliRunner

    from xlt.cli.main import app

    shown = CliRunner().invoke(app, ["explain", "mgsm", "--all"])
    rows = [line.split("\t") for line in shown.output.splitlines()]
    assert rows[0] == ["rule", "where", "strategy", "why", "source"]
    where = {row[0]: row[1] for row in rows}
    assert where["7-high"] == "kind number, choice, label, labels, short_text; tier high"
    assert not {"4-paraphrase", "6-translation"} & where.keys()
    assert rows[-1][:3] == ["default", "anything else", "xlt"]
    missing = CliRunner().invoke(app, ["explain", "mgsm"])
    assert (missing.exit_code, "explain needs a language" in missing.output) == (2, True)


def test_the_rules_of_a_task_name_the_one_that_a_request_meets():
    from typer.testing import CliRunner

    from xlt.cli.main import app

    shown = CliRunner().invoke(app, ["explain", "mgsm", "--all", "-l", "sw"])
    assert "This request meets the rule 7-low: xlt." in shown.stderr
    refused = CliRunner().invoke(app, ["explain", "mgsm", "--all", "-m", "gpt-4o"])
    assert (refused.exit_code, "leave out --model" in refused.stderr) == (2, True)
