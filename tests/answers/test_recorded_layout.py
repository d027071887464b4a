"""The benchmark takes any folder of recorded replies: other tasks, languages, pivots."""

import gzip
import importlib
import json
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"

CLP = (
    "Please act as an expert in multi-lingual understanding in Russian.\n\nRequest:\nСколько?\n\n"
    "Let's understand the task in French step-by-step!",
    "After understanding, you should act as an expert in arithmetic reasoning in French.\n"
    "Let's resolve the task you understand above step-by-step!",
)


def row(reply, origin, prompts=("Request:\nHow many?",)):
    turns = [{"role": "user", "content": prompt} for prompt in prompts]
    return {"id": 0, "message": [*turns, {"role": "assistant", "content": reply}], "origin": origin}


CHOICES = {"choices": ["Ah.", "Hm."], "answer": 1, "premise": "P.", "question": "cause"}
LABELS = {"choices": ["contradiction", "neutral", "entailment"], "answer": "neutral"}


@pytest.mark.parametrize(
    ("name", "data", "languages", "gold"),
    [
        ("mgsm/clp/ru", row("Réponse : 7", {"text": "Q", "answer": "7"}, CLP), ("ru", "fr"), 7),
        ("mgsm/clp/bn-de", row("Answer: 7", {"text": "Q", "answer": "1,207"}), ("bn", "en"), 1207),
        ("mgsm/clsp/te/ja", row("Answer: 7", {"text": "Q", "answer": "7"}), ("te", "en"), 7),
        ("xcopa/clp/et", row("Answer: B", CHOICES), ("et", "en"), 2),
        ("xnli/en-cot/th", row("(B) neutral", LABELS), ("th", "en"), 2),
    ],
)
@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz"])
def test_rows(tmp_path, monkeypatch, name, data, languages, gold, ending):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    recorded = importlib.import_module("recorded")
    path = tmp_path / (name + ending)
    path.parent.mkdir(parents=True)
    text = (json.dumps(data, ensure_ascii=False) + "\n").encode()
    path.write_bytes(gzip.compress(text) if ending.endswith("gz") else text)
    assert recorded.recorded_files(tmp_path) == [path]
    [found] = recorded.read_recorded(path, tmp_path)
    assert (found.file, found.gold, found.reply) == (name, gold, data["message"][-1]["content"])
    assert (found.asked.language.tag, found.asked.target_language.tag) == languages


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    answers = importlib.import_module("answers")
    folder = tmp_path / "mgsm" / "clp"
    folder.mkdir(parents=True)
    rows = [row("Answer: 7", {"text": "Q", "answer": "7"}), row("Answer: 1/3", {"answer": "8"})]
    (folder / "fr.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["answers.py", str(tmp_path), "--disagreements"])
    answers.main()
    printed = capsys.readouterr().out
    assert "mgsm/clp/fr                     2  50.0  50.0   0.0    50.0" in printed
    assert "=== mgsm/clp/fr row 1:" in printed
    assert "=== mgsm/clp/fr row 0:" not in printed
