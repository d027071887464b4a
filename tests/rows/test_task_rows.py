"""Rows as requests: columns, languages and right answers as data files write them."""

import io
import json
from decimal import Decimal

import pytest

import xlt
from xlt.errors import DataFileError, InputError, UnknownName
from xlt.languages import get_language
from xlt.rows import Columns, parse_columns, read_gold, read_task_rows

CHOICES = {"premise": "Piove.", "question": "effect", "choice1": "A secco.", "choice2": "Bagnato."}


def rows(text, task="mgsm", **options):
    columns = Columns(xlt.get_task(task), **options)
    return list(read_task_rows(io.BufferedReader(io.BytesIO(text.encode())), columns))


def test_columns_ids_languages_and_gold():
    found = rows(
        "n;FRAGE;Language;target_language;richtig\nx7;Wie viele?;Deutsch;;4\n",
        named={"problem": "frage"},
        gold="richtig",
        id="n",
    )
    (row,) = found
    assert (row.line, row.id, dict(row.inputs)) == (2, "x7", {"problem": "Wie viele?"})
    assert (row.language, row.target_language, row.gold) == ("de", None, 4)
    assert row.cells["richtig"] == "4"
    assert row.as_request()["answer"] == 4


@pytest.mark.parametrize(
    ("text", "options", "language"),
    [
        ("problem,language\na,sw\n", {"language": "Thai"}, "th"),
        ("problem,sprache\na,Kiswahili\n", {"named": {"language": "sprache"}}, "sw"),
        ("problem,language\na,\n", {}, None),
        ("problem\na\n", {}, None),
    ],
)
def test_the_language_of_a_row(text, options, language):
    assert rows(text, **options)[0].language == language


@pytest.mark.parametrize("column", ["problem", "question", " Problem "])
def test_a_field_by_its_own_columns_in_any_case(column):
    assert dict(rows(f"{column},x\na,b\n")[0].inputs) == {"problem": "a"}


@pytest.mark.parametrize(
    ("text", "task", "options", "message"),
    [
        ('{"problm": "a", "answer": 1}', "mgsm", {},
         "standard input:1: has no column 'problem' or 'question' (the input field 'problem' of "
         "arithmetic_reasoning). Did you mean 'problm'? It has: problm, answer"),
        ("premise,label\na,0\n", "xnli", {},
         "standard input:2: has no column 'hypothesis' or 'sentence2' (the input field "
         "'hypothesis' of natural_language_inference). It has: premise, label"),
        ("problem,gold\na,1\n", "mgsm", {"gold": "glod"},
         "standard input:2: has no column 'glod' (right answers, gold=). Did you mean 'gold'? "
         "It has: problem, gold"),
        ("problem,answer\na,\n", "mgsm", {"gold": "answer"},
         "standard input:2: the column 'answer' is empty"),
        ("problem,answer\na,many\n", "mgsm", {"gold": "answer"},
         "standard input:2: 'many' is not a number"),
        ("problem,language\na,Swahilli\n", "mgsm", {},
         "standard input:2: No language named 'Swahilli'. Did you mean 'Swahili'?"),
        ('{"problem": null}', "mgsm", {}, "standard input:1: the column 'problem' is empty"),
    ],
)  # fmt: skip
def test_faults_name_the_line_and_the_nearest_column(text, task, options, message):
    with pytest.raises(DataFileError) as caught:
        rows(text, task, **options)
    assert str(caught.value).startswith(message)


def test_a_name_that_is_no_field():
    with pytest.raises(UnknownName, match="Did you mean 'problem'"):
        Columns(xlt.get_task("mgsm"), named={"problm": "q"})
    with pytest.raises(UnknownName, match="No language named 'Nosuchish'"):
        Columns(xlt.get_task("mgsm"), language="Nosuchish")


@pytest.mark.parametrize(
    ("task", "value", "gold"),
    [
        ("mgsm", "540", 540),
        ("mgsm", 12.50, Decimal("12.5")),
        ("mgsm", "2,125", 2125),
        ("mgsm", "৪২", 42),
        ("xcopa", 2, 2),
        ("xcopa", "2", 2),
        ("xcopa", "b", 2),
        ("xcopa", "(B)", 2),
        ("xcopa", "ب", 2),
        ("xcopa", "choice2", 2),
        ("xcopa", "bagnato.", 2),
        ("xnli", "Neutral", "neutral"),
        ("xnli", "ENTAILMENT ", "entailment"),
        ("xnli", "矛盾", "contradiction"),
        ("xnli", ["Neutral", "yes"], ("neutral", "entailment")),
        ("pawsx", True, True),
        ("pawsx", "No", False),
        ("pawsx", 1, True),
        ("pawsx", "Ndiyo", True),
        ("mkqa", ["b", 1], ("b", "1")),
        ("mkqa", " b", " b"),
    ],
)
def test_one_reading_of_gold(task, value, gold):
    found = read_gold(xlt.get_task(task), value, CHOICES, language=get_language("sw"))
    assert (type(found), found) == (type(gold), gold)


def test_choices_that_count_from_zero():
    xcopa = xlt.get_task("xcopa")
    assert read_gold(xcopa, "1", from_zero=True) == 2
    with pytest.raises(InputError, match="'2' is not a choice: give its number \\(0 to 1\\)"):
        read_gold(xcopa, 2, from_zero=True)


@pytest.mark.parametrize(
    ("task", "value", "message"),
    [
        ("mgsm", "1e999999999", "is not a number"),
        ("mgsm", "nan", "'nan' is not a number"),
        ("mgsm", "1,5", "'1,5' is not a number"),
        ("xcopa", 0, "'0' is not a choice: give its number (1 to 2), its letter or its words"),
        ("xcopa", "c", "'c' is not a choice"),
        ("xcopa", "1.5", "'1.5' is not a choice"),
        ("xnli", "perhaps", "'perhaps' is not one of entailment, contradiction, neutral"),
        ("pawsx", "2", "'2' is neither yes nor no"),
    ],
)
def test_gold_that_no_answer_can_be(task, value, message):
    with pytest.raises(InputError) as caught:
        read_gold(xlt.get_task(task), value, CHOICES)
    assert message in str(caught.value)


def test_a_text_for_each_language():
    texts = {"zh_tw": "誰？", "zh_cn": "谁？", "not a tag": "?"}
    line = json.dumps({"queries": texts, "query": "Who?"})
    assert rows(line, "mkqa", language="zh")[0].inputs["question"] == "谁？"
    assert rows(line, "mkqa", language="zh-Hant")[0].inputs["question"] == "誰？"


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", {}), ("a=b, c = d e", {"a": "b", "c": "d e"})],
)
def test_columns_of_an_option(text, columns):
    assert parse_columns(text) == columns


@pytest.mark.parametrize("text", ["a", "a=", "=b", "a=b,a=c"])
def test_columns_that_say_nothing(text):
    with pytest.raises(InputError, match="columns"):
        parse_columns(text)
