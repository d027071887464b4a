"""The examples of the jobs, run with a model that says what it is told to."""

import csv
import sys
from pathlib import Path

import pytest

import xlt

sys.path.append(str(Path(__file__).parents[1] / "examples"))

PO = """\
msgid ""
msgstr ""

msgid "Hello, {name}"
msgstr ""

msgid "Save the file"
msgstr ""
"""


def test_a_support_bot_remembers_its_threads_in_three_languages():
    from support_bot import support_bot

    asked = []

    def model(prompt):
        asked.append(prompt)
        return f"Reply {len(asked)}"

    bot = support_bot(model)
    said = {
        "es": ["¿Dónde está mi pedido de la semana pasada?", "ok"],
        "sw": ["Agizo langu la wiki iliyopita liko wapi?", "sawa"],
        "hi": ["मेरा पिछले हफ़्ते का ऑर्डर कहाँ है?", "ok"],
    }
    for language, messages in said.items():
        for message in messages:
            where = {"configurable": {"thread_id": language}}
            state = bot.invoke({"messages": [("user", message)]}, where)
        assert [one.content for one in state["messages"]][::2] == messages
        assert [one.language.tag for one in asked[-2:]] == [language, language]
        roles = [one["role"] for one in asked[-1].messages]
        assert roles == ["system", "user", "assistant", "user"]


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("वारंटी कितने समय की है?", "hi"),
        ("Je, dhamana hudumu kwa muda gani?", "sw"),
        ("كم مدة الضمان؟", "ar"),
    ],
)
def test_rag_over_english_passages(question, language):
    from rag_passages import answer

    asked = []
    found = answer(lambda prompt: asked.append(prompt) or "Answer: 2 [1]", question)
    assert (found.value, found.faults) == ("2 [1]", ())
    assert asked[0].target_language.tag == language


def test_a_csv_of_intents_in_five_languages(tmp_path):
    from classify_csv import classified

    rows = [
        ("es", "Quiero mi dinero", "refund"),
        ("sw", "Nina swali", "question"),
        ("hi", "पैसे वापस करो", "refund"),
        ("ar", "لدي شكوى", "complaint"),
        ("zh", "谢谢", "other"),
    ]
    file = tmp_path / "messages.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([("language", "text"), *[row[:2] for row in rows]])
    answers = {text: label for _, text, label in rows}

    def model(prompt):
        return f"Label: {answers[prompt.inputs['text']].title()}"

    assert list(classified(model, file)) == [(text, label) for _, text, label in rows]


def test_invoices_out_of_arabic(capsys):
    from extract_invoices import Invoice, invoice

    replies = iter(['{"answer": {"supplier": "النور"}}',
                    '{"answer": {"supplier": "النور", "total": "١٢٥٫٥٠"}}'])  # fmt: skip
    found = invoice(lambda prompt: next(replies), "فاتورة من شركة النور، المبلغ ١٢٥٫٥٠ درهم.")
    assert found == Invoice(supplier="النور", total=125.5)
    assert capsys.readouterr().err == ""


def test_a_bengali_exam():
    from multiple_choice import choose

    assert choose(lambda prompt: "Answer: B") == "B. ঢাকা"


def test_a_gettext_file_with_placeholders(tmp_path):
    pytest.importorskip("polib")
    from localize_po import localize

    (tmp_path / "app.po").write_text(PO, encoding="utf-8")
    told = {"Hello, {name}": "Habari, {jina}", "Save the file": "Hifadhi faili"}
    left_out = localize(
        lambda prompt: told[prompt.inputs["source"]],
        tmp_path / "app.po", "sw", tmp_path / "sw.po", {"file": "faili"},
    )  # fmt: skip
    assert left_out == {"Hello, {name}": "{name} is missing; {jina} is not in the source"}
    assert 'msgstr "Hifadhi faili"' in (tmp_path / "sw.po").read_text(encoding="utf-8")


def test_the_jobs_of_the_examples_are_shipped():
    names = {task.name for task in xlt.tasks()}
    assert names >= {"chat", "rag", "classification", "extraction", "multiple_choice"}
