"""Rows to prompts and replies to answers, a table at a time, without a cluster."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pyarrow
import pytest

import xlt
import xlt.ray
from xlt.demonstrations import shipped_demonstrations
from xlt.errors import InputError, UnknownName
from xlt.ray.mapping import FAILED, compose_table, parse_table
from xlt.ray.row_format import RowFormat

ZH = "小明有 3 个苹果，又买了 4 个。他现在有几个？"


def one(table: pyarrow.Table) -> dict[str, Any]:
    (row,) = table.to_pylist()
    return row


@pytest.mark.slow
def test_the_package_is_no_other_ray():
    """`import ray` inside xlt/ray must be Ray, and `import xlt.ray` must not load it."""
    code = (
        "import sys, xlt, xlt.ray\n"
        "assert not {'ray', 'pyarrow', 'numpy'} & set(sys.modules)\n"
        "from xlt.ray.running import _ray\n"
        "ray = _ray()\n"
        "assert ray is sys.modules['ray'] is not xlt.ray\n"
        "assert 'site-packages' in ray.__file__\n"
        "assert hasattr(ray, 'remote') and hasattr(xlt.ray, 'run_dataset')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_all_is_sorted_and_there():
    assert xlt.ray.__all__ == sorted(xlt.ray.__all__, key=lambda name: (name.islower(), name))
    assert all(getattr(xlt.ray, name).__doc__ for name in xlt.ray.__all__)


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(xlt.XLTError, match=r'pip install "xlt\[ray\]"'):
        xlt.ray.run_dataset("in", "mgsm", output="out", model=lambda: None)


def test_a_table_of_prompts():
    rows = RowFormat("mgsm", columns={"problem": "q"}, language_column="lang")
    table = pyarrow.table({"q": [ZH, "Una suma.", "", None], "lang": ["zh", "Spanish", "zh", "zh"]})
    made = compose_table(table, rows).to_pylist()
    assert made[0]["messages"] == xlt.compose("mgsm", ZH, language="zh").messages
    assert [row["xlt_language"] for row in made] == ["zh", "es", None, None]
    assert [row["xlt_error"] for row in made] == [None, None, "InputError", "InputError"]
    assert made[2]["xlt_message"].endswith("is empty.")
    assert made[2]["messages"] is None


def test_a_language_is_detected_where_none_is_said():
    rows = RowFormat("mgsm", language_column="lang")
    made = compose_table(pyarrow.table({"problem": [ZH, "7"], "lang": [None, ""]}), rows)
    assert made["xlt_language"].to_pylist() == ["zh", None]
    assert made["xlt_error"].to_pylist() == [None, "LanguageNotDetected"]


def test_types_do_not_depend_on_the_rows():
    rows = RowFormat("mgsm", language="zh")
    good = compose_table(pyarrow.table({"problem": [ZH]}), rows)
    bad = compose_table(pyarrow.table({"problem": [" "]}), rows)
    none = compose_table(pyarrow.table({"problem": pyarrow.array([], pyarrow.string())}), rows)
    assert good.schema == bad.schema == none.schema
    replied = [
        parse_table(table.append_column("reply", pyarrow.array(["Answer: 1"] * len(table))), rows)
        for table in (good, bad)
    ]
    assert replied[0].schema == replied[1].schema


@pytest.mark.parametrize(
    ("task", "inputs", "reply", "answer"),
    [
        ("mgsm", {"problem": ZH}, "Answer: 12,345.50", "12345.5"),
        ("mgsm", {"problem": ZH}, f"Answer: {10**30}", str(10**30)),
        ("mgsm", {"problem": ZH}, "I cannot say.", None),
        (
            "xnli",
            {"premise": "他在跑步。", "hypothesis": "他在动。"},
            "Relationship: entailment",
            "entailment",
        ),
        ("mkqa", {"question": "法国的首都是哪里？"}, "Answer: 巴黎", "巴黎"),
    ],
)
def test_answers_are_texts(task: str, inputs: dict[str, str], reply: str, answer: str | None):
    table = pyarrow.table({**{name: [text] for name, text in inputs.items()}, "reply": [reply]})
    rows = RowFormat(task, language="zh")
    read = one(parse_table(table, rows))
    assert read["xlt_answer"] == answer
    assert (read["xlt_status"] == "none") == (answer is None)


def test_what_happened_before_stays():
    rows = RowFormat("mgsm", language="zh")
    table = pyarrow.table(
        {
            "problem": [ZH, ZH, ZH],
            "reply": ["Answer: 7", None, ""],
            "end": ["length", None, None],
            "xlt_error": ["RateLimited", None, None],
            "xlt_message": ["too many", None, None],
        }
    )
    read = parse_table(table, rows, "reply", "end").to_pylist()
    assert [row["xlt_error"] for row in read] == ["RateLimited", "EmptyReply", "EmptyReply"]
    cut = parse_table(table.drop_columns(["xlt_error", "xlt_message"]), rows, "reply", "end")
    assert cut["xlt_flags"].to_pylist()[0] == ["truncated"]


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"task": "mgms"}, "Did you mean 'mgsm'"),
        ({"strategy": "xtl"}, "Did you mean 'xlt'"),
        ({"columns": {"probelm": "q"}}, "No input field of arithmetic_reasoning"),
        ({"options": {"step": ()}}, "No option of the strategy xlt named 'step'"),
        ({"language": "klingonish"}, "No language named 'klingonish'"),
        ({"target_language": "qq"}, "No language named 'qq'"),
    ],
)
def test_what_every_row_would_fail_with_is_said_at_once(settings: dict[str, Any], error: str):
    with pytest.raises(UnknownName, match=error):
        RowFormat(**{"task": "mgsm", **settings})


def test_a_column_that_is_not_there():
    with pytest.raises(UnknownName, match="No column named 'problem'. Known: question"):
        compose_table(pyarrow.table({"question": [ZH]}), RowFormat("mgsm"))


def test_reading_makes_the_prompt_without_its_demonstrations():
    options = {"demonstrations": shipped_demonstrations("mgsm"), "steps": ("output_formatting",)}
    rows = RowFormat("mgsm", language="zh", options=options)
    row = {"problem": ZH}
    assert len(rows.prompt(row).demonstrations) == 3
    assert rows.reading().prompt(row).demonstrations == ()
    assert rows.reading().prompt(row).answer_format == rows.prompt(row).answer_format


def test_reading_translates_nothing_again():
    rows = RowFormat("mgsm", strategy="translate_en", options={"translator": lambda *texts: "x"})
    with pytest.raises(InputError, match="would translate every row again"):
        rows.reading()


def test_vllm_functions():
    ask = xlt.ray.vllm_request("mgsm", sampling={"max_tokens": 9}, language="zh")
    read = xlt.ray.read_vllm("mgsm", keep=("id",), language="zh")
    row = {"id": 1, "problem": ZH}
    asked = {**row, **ask(row)}
    assert asked["messages"] == xlt.compose("mgsm", ZH, language="zh").messages
    assert asked["sampling_params"] == {"max_tokens": 9}
    done = read({**asked, "generated_text": "Answer: 7", "num_generated_tokens": 3})
    assert (done["id"], done["xlt_answer"], done["xlt_error"]) == (1, "7", None)
    assert read({**asked, "generated_text": ""})["xlt_error"] == "EmptyReply"
    assert "num_generated_tokens" not in done
    failed = ask({"id": 2, "problem": " "})
    assert failed[FAILED].startswith("InputError: ")


@pytest.mark.parametrize(
    ("body", "answer", "error"),
    [
        ({"choices": [{"message": {"content": "Answer: 7"}}]}, "7", None),
        ({"choices": [{"message": {"content": None}}]}, None, "EmptyReply"),
        ({"choices": [{"message": {"refusal": "no"}}]}, None, "Refused"),
        ({"choices": []}, None, "MalformedReply"),
        ({"error": {"code": 429, "message": "slow down"}}, None, "RateLimited"),
        ([1], None, "MalformedReply"),
    ],
)
def test_http_functions(body: Any, answer: str | None, error: str | None):
    ask = xlt.ray.http_request("mgsm", model="m", extra={"max_tokens": 9}, language="zh")
    read = xlt.ray.read_http("mgsm", language="zh")
    row = {"problem": ZH}
    asked = {**row, **ask(row)}
    assert asked["payload"] == {
        "model": "m",
        "temperature": 0.0,
        "max_tokens": 9,
        "messages": xlt.compose("mgsm", ZH, language="zh").messages,
    }
    done = read({**asked, "http_response": body})
    assert (done["xlt_answer"], done["xlt_error"]) == (answer, error)
