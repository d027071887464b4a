"""xlt in promptfoo: `prompt` composes the prompt of a test, `answered` reads and scores the output.

A test's vars are a row as `xlt eval` reads it: the `task`, its fields, where they are known
`language` and `target_language`, and the right `answer`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from xlt.composing import compose
from xlt.errors import InputError
from xlt.evaluation.scoring import score_values
from xlt.files.templates import TemplateFiles
from xlt.prompt import Prompt
from xlt.registry import get_task
from xlt.rows import Columns, read_gold

__all__ = ["answered", "prompt"]

# What would begin a tag of Nunjucks, by which promptfoo renders what a prompt function returns.
_TAG = re.compile(r"\{(?=[{%#])")


def prompt(context: Mapping[str, Any]) -> str:
    """Return the messages for a test, as JSON; the prompt's `config` has options of `xlt.compose`.

    User text stays as it is: braces in it are no template to promptfoo.

        >>> from xlt.promptfoo import prompt
        >>> test = {"task": "mgsm", "problem": "Juma ana mayai 16.", "language": "sw"}
        >>> prompt({"vars": test, "config": {"strategy": "basic"}})
        '[{"role": "user", "content": "Request: Juma ana mayai 16."}]'
    """
    messages = _composed(context, context.get("config") or {}).messages
    return _TAG.sub("{{ '{' }}", json.dumps(messages, ensure_ascii=False))


def answered(output: Any, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return promptfoo's GradingResult: whether the output has the test's right answer.

    The score is that of the task's metric, from 0 to 1, and counts for the test's language too. It
    must reach `threshold` in the assertion's `config`, 1 where there is none; what else is in there
    are options of `xlt.compose` that the reader must know, such as `labels`.
    """
    options = dict(context.get("config") or {})
    threshold = options.pop("threshold", 1)
    if "answer" not in context["vars"]:
        raise InputError("The test has no var 'answer' with the right answer.", field="answer")
    asked = _composed(context, options)
    own = asked.target_language
    gold = read_gold(asked.task, context["vars"]["answer"], asked.inputs, language=own)
    text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
    finish = (context.get("providerResponse") or {}).get("finishReason")
    answer = asked.parse(text, finish_reason=finish)
    score = score_values(asked.task.metric, [answer.value], [gold], own.tag).value / 100
    read = "No answer was read" if answer.value is None else f"The answer read is {answer.value}"
    told = "; ".join([answer.status, *sorted(answer.flags)])
    return {
        "pass": score >= threshold,
        "score": score,
        "reason": f"{read} ({told}); the right one is {gold}.",
        "namedScores": {asked.language.tag: score},
    }


def _composed(context: Mapping[str, Any], options: Mapping[str, Any]) -> Prompt:
    values = context["vars"]
    task = get_task(values.get("task", ""), TemplateFiles.at(options.get("templates")))
    row = Columns(task).read(values, "vars", 1)
    languages = {"language": row.language, "target_language": row.target_language}
    return compose(task, row.inputs, **{**languages, **options})
