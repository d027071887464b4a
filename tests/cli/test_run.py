"""`xlt run`: rows answered online, resumed; and that every command takes every format of rows."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import xlt as library
from xlt.cli.main import app

ROWS = [
    {"problem": "小明有 3 个苹果，又买了 4 个。他现在有几个？", "answer": "7", "language": "zh"},
    {
        "problem": "Juma ana mayai 16. Anakula 3.\nYamebaki mangapi?",
        "answer": "13",
        "language": "sw",
    },
]
REPLIES = ["3 + 4 = 7\nAnswer: 7", "I cannot say."]


def xlt(*arguments: object, stdin: bytes | None = None) -> Any:
    return CliRunner().invoke(app, [str(one) for one in arguments], input=stdin)


def recorded(path: Path, replies: list[str], strategies: tuple[str, ...] = ("xlt",)) -> Path:
    """Write a recording with a reply for each row."""
    with path.open("w", encoding="utf-8") as file:
        for strategy in strategies:
            for row, reply in zip(ROWS, replies, strict=False):
                made = library.compose(
                    "mgsm", row["problem"], language=row["language"], strategy=strategy
                )
                line = {"messages": made.messages, "text": reply}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return path


def csv_bytes(delimiter: str) -> bytes:
    lines = [list(ROWS[0]), *[[f'"{cell}"' for cell in row.values()] for row in ROWS]]
    return "".join(delimiter.join(line) + "\r\n" for line in lines).encode("utf-8-sig")


def parquet_bytes() -> bytes:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    target = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), target)
    return bytes(target.getvalue())


FORMATS = {
    "rows.csv": lambda: csv_bytes(","),
    "semicolon.csv": lambda: csv_bytes(";"),
    "rows.tsv": lambda: csv_bytes("\t"),
    "rows.json": lambda: json.dumps(ROWS, ensure_ascii=False, indent=2).encode(),
    "rows.jsonl": lambda: "\n".join(map(json.dumps, ROWS)).encode(),
    "rows.parquet": parquet_bytes,
    "rows.csv.gz": lambda: gzip.compress(csv_bytes(",")),
    "rows.jsonl.gz": lambda: gzip.compress("\n".join(map(json.dumps, ROWS)).encode()),
}
COMMANDS = {
    "preview": (["preview", "mgsm", "--data", "DATA", "--row", "1"], "Anakula 3."),
    "run": (["run", "mgsm", "DATA", "-o", "out.csv", "--replay", "REPLIES"], "2 rows: 1 answered"),
    "batch": (["batch", "export", "mgsm", "DATA", "-m", "m", "-o", "run", "--gold", "answer"],
              "rows\t2"),
    "demos": (["demos", "build", "mgsm", "DATA", "-m", "ollama:x", "-o", "s.yaml", "--shots", "2"]
              + ["--format", "basic+basic"], "s.yaml: 2 demonstrations"),
    "calibrate": (["calibrate", "mgsm", "DATA", "-o", "p.yaml", "--replay", "REPLIES"]
                  + ["--strategies", "xlt"], "sw\txlt\t0.000"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_every_format(tmp_path, monkeypatch, command, name):
    monkeypatch.chdir(tmp_path)
    arguments, shown = COMMANDS[command]
    recorded(tmp_path / "REPLIES", REPLIES)
    Path(name).write_bytes(FORMATS[name]())
    done = xlt(*[name if one == "DATA" else one for one in arguments])
    assert done.exit_code == 0, done.output
    assert shown in done.stdout


def written(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_answers_are_columns_beside_the_rows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recorded(tmp_path / "REPLIES", REPLIES)
    (tmp_path / "rows.csv").write_bytes(csv_bytes(","))
    done = xlt("run", "mgsm", "rows.csv", "-o", "out.csv", "--replay", "REPLIES", "--json")
    assert json.loads(done.stdout) == {
        "output": "out.csv",
        "rows": 2,
        "answered": 1,
        "unanswered": 1,
        "errored": 0,
        "first_error": None,
    }
    first, second = written(tmp_path / "out.csv")
    assert first | {"tokens": ""} == ROWS[0] | {
        "value": "7",
        "status": "anchored",
        "xlt_language": "zh",
        "wrong_language": first["wrong_language"],
        "faults": "",
        "flags": "",
        "tokens": "",
        "error": "",
    }
    assert second["problem"] == ROWS[1]["problem"]
    assert (second["value"], second["status"], second["error"]) == ("", "none", "")


def test_a_run_goes_on_with_the_rows_that_failed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.jsonl").write_bytes(FORMATS["rows.jsonl"]())
    recorded(tmp_path / "REPLIES", REPLIES[:1])
    command = ("run", "mgsm", "rows.jsonl", "-o", "out.jsonl", "--replay", "REPLIES")
    done = xlt(*command)
    assert (done.exit_code, done.stdout) == (
        1,
        "out.jsonl: 2 rows: 1 answered, 0 without an answer, 1 error\n",
    )
    lines = [json.loads(one) for one in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [one["value"] for one in lines] == [7, None]
    assert done.stderr.endswith(f"The first error: {lines[1]['error']}\n")
    recorded(tmp_path / "REPLIES", ["Answer: 99", "Answer: 13"])
    done = xlt(*command)
    assert (done.exit_code, done.stdout) == (
        0,
        "out.jsonl: 2 rows: 2 answered, 0 without an answer, 0 errors\n",
    )
    lines = [json.loads(one) for one in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [one["value"] for one in lines] == [7, 13]  # the first row was not asked again


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mgsm"], "Name the rows: TASK DATA, or --task-file FILE DATA."),
        (["mgsm", "rows.jsonl"], "Name the file for the answers: -o out.csv"),
        (["mgsm", "rows.jsonl", "-o", "out.xlsx"], "out.xlsx is none of .csv, .tsv, .jsonl."),
        (["mgsm", "none.csv", "-o", "out.csv"], "none.csv cannot be read"),
        (["mgsm", "rows.jsonl", "-o", "no/out.csv"], "cannot be written"),
        (["xnli", "rows.jsonl", "-o", "out.csv"], "rows.jsonl:1: has no column 'premise'"),
    ],
)
def test_mistakes_are_exit_code_2(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    recorded(tmp_path / "REPLIES", REPLIES)
    (tmp_path / "rows.jsonl").write_bytes(FORMATS["rows.jsonl"]())
    done = xlt("run", *arguments, "--replay", "REPLIES")
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


@pytest.mark.parametrize(
    ("arguments", "own"),
    [
        (["mgsm", "rows.jsonl", "-o", "rows.jsonl", "--limit", "1"], "rows.jsonl"),
        (["mgsm", "rows.jsonl", "-o", "notes.csv"], "notes.csv"),
        (["localization", "en.json", "--target", "sw", "-o", "."], "sw.json"),
    ],
)
def test_a_file_of_the_users_own_is_not_written_over(tmp_path, monkeypatch, arguments, own):
    monkeypatch.chdir(tmp_path)
    recorded(tmp_path / "REPLIES", REPLIES)
    Path("rows.jsonl").write_bytes(FORMATS["rows.jsonl"]())
    Path("notes.csv").write_text("mine\n", "utf-8")
    Path("en.json").write_text('{"open": "Open"}', "utf-8")
    Path("sw.json").write_text('{"open": "Fungua"}', "utf-8")
    before = Path(own).read_bytes()
    done = xlt("run", *arguments, "--replay", "REPLIES")
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{own} already exists and was not written by xlt run" in done.stderr
    assert Path(own).read_bytes() == before


def test_rows_from_standard_input(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recorded(tmp_path / "REPLIES", REPLIES)
    done = xlt(
        "run", "mgsm", "-", "-o", "out.tsv", "--replay", "REPLIES", stdin=FORMATS["rows.jsonl"]()
    )
    assert done.exit_code == 0, done.output
    assert "7\tanchored\tzh" in (tmp_path / "out.tsv").read_text("utf-8")


@pytest.mark.parametrize(
    "command",
    [
        ("run", "rows.jsonl", "-o", "out.jsonl", "--replay", "REPLIES"),
        ("demos", "build", "rows.jsonl", "-o", "d.yaml", "--replay", "REPLIES", "--shots", "1"),
        ("calibrate", "rows.jsonl", "-o", "p.yaml", "--replay", "REPLIES", "--strategies", "xlt"),
        ("explain", "-l", "sw"),
        ("tasks",),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_task_of_ones_own_is_taken_from_its_file(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    recorded(tmp_path / "REPLIES", REPLIES)
    (tmp_path / "rows.jsonl").write_bytes(FORMATS["rows.jsonl"]())
    shipped = Path(library.__file__).parent.parent / "templates/tasks/arithmetic_reasoning.yaml"
    own = shipped.read_text("utf-8").replace("name: arithmetic_reasoning", "name: sums", 1)
    (tmp_path / "sums.yaml").write_text(own, "utf-8")
    done = xlt(*command, "--task-file", "sums.yaml")
    assert done.exit_code == 0, done.output
    if command[0] in ("explain", "tasks"):
        assert "sums" in done.stdout


def test_answers_of_a_journal_without_a_newer_field_are_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.jsonl").write_bytes(FORMATS["rows.jsonl"]())
    recorded(tmp_path / "REPLIES", REPLIES)
    command = ("run", "mgsm", "rows.jsonl", "-o", "out.jsonl", "--replay", "REPLIES")
    assert xlt(*command).exit_code == 0
    journal = tmp_path / "out.jsonl.answers.jsonl"
    lines = [json.loads(one) for one in journal.read_text("utf-8").splitlines()]
    for one in lines:
        del one["faults"]
    journal.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    recorded(tmp_path / "REPLIES", ["Answer: 99", "Answer: 99"])
    assert xlt(*command).exit_code == 0
    written = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(one)["value"] for one in written] == [7, None]


def test_a_models_own_marks_of_a_thought(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recorded(tmp_path / "REPLIES", ["<plan>Answer: 9</plan>It is 7 apples.", "<plan>5</plan>"])
    (tmp_path / "rows.csv").write_bytes(csv_bytes(","))
    tags = ("--think-tags", "<plan> </plan>")
    done = xlt("run", "mgsm", "rows.csv", "-o", "out.csv", "--replay", "REPLIES", *tags)
    assert done.stdout == "out.csv: 2 rows: 1 answered, 1 without an answer, 0 errors\n"
    assert written(tmp_path / "out.csv")[0]["value"] == "7"
    reply = b"<plan>Answer: 9</plan>It is 7 apples."
    assert xlt("parse", "mgsm", *tags, stdin=reply).stdout == "7\n"
    done = xlt("parse", "mgsm", "--think-tags", "<plan>", stdin=reply)
    assert (done.exit_code, "must be the opening and the closing mark" in done.stderr) == (
        2,
        True,
    )


TEXTS = {"open": "Open {file}", "menu": {"save": "Save the photo"}, "n": "{n, plural, other {#}}"}


def recorded_texts(path: Path, target: str, replies: dict[str, str], **more: object) -> None:
    with path.open("a", encoding="utf-8") as file:
        for source, reply in replies.items():
            inputs = {"source": source, **more}
            made = library.compose("localization", inputs, language="en", target_language=target)
            file.write(json.dumps({"messages": made.messages, "text": reply}) + "\n")


def test_the_texts_of_a_program_in_other_languages(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("en.json").write_text(json.dumps(TEXTS), encoding="utf-8")
    Path("terms.sw.txt").write_text("photo = picha\n", encoding="utf-8")
    Path("terms.de.txt").write_text("photo = Foto\n", encoding="utf-8")
    recording = tmp_path / "REPLIES"
    swahili = {"Open {file}": "Fungua {faili}", "Save the photo": "Hifadhi picha"}
    recorded_texts(recording, "sw", swahili, glossary=["photo = picha"])
    recorded_texts(recording, "de", {"Open {file}": "{file} öffnen"}, glossary=["photo = Foto"])
    command = ("run", "localization", "en.json", "--target", "sw, de", "-o", "out")
    command += ("--glossary", "terms.{target}.txt", "--replay", "REPLIES")
    done = xlt(*command)
    assert done.exit_code == 1
    assert done.stdout == "out/sw.json: 1 of 2 texts\nout/de.json: 1 of 2 texts\n"
    assert "  open: {file} is missing; {faili} is not in the source\n" in done.stderr
    assert "  n: is an ICU message with plural or select forms\n" in done.stderr
    done = xlt(*command, "--limit", "1")
    assert done.stdout == "out/sw.json: 0 of 1 texts\nout/de.json: 1 of 1 texts\n"
    assert xlt(*command).exit_code == 1
    made = json.loads(Path("out/sw.json").read_text("utf-8"))
    assert made == {**TEXTS, "menu": {"save": "Hifadhi picha"}}
    recorded_texts(recording, "de", {"Save the photo": "Bild sichern"}, glossary=["photo = Foto"])
    done = xlt(*command, "--json")
    assert [one["translated"] for one in json.loads(done.stdout)] == [1, 1]
    assert "the glossary translates 'photo' as 'Foto'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["en.json", "-o", "out"], "Name the languages to translate into: --target sw,th."),
        (["en.json", "-o", "out", "--target", "sw,xx9"], "No language named 'xx9'."),
        (["en.json", "-o", "out", "--target", "sw,en"], "The texts are in en already"),
        (["en.json", "-o", "bad.txt", "--target", "sw"], "bad.txt cannot be made"),
        (["en.json", "-o", "out", "--target", "sw", "--columns", "a=b"], "have no columns"),
        (["app.json", "-o", "out", "--target", "sw"], "Name the language of the texts: -l en."),
        (["en.json", "-o", "out", "--target", "sw", "--glossary", "bad.txt"], "a term is 'term ="),
        (["en.json", "-o", "out", "--target", "sw", "--glossary", "no.txt"], "no.txt cannot be"),
        (["rows.csv", "-o", "o.csv", "--target", "sw", "--glossary", "bad.txt"], "--glossary goes"),
    ],
)
def test_texts_that_cannot_be_translated(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    for name in ("en.json", "app.json"):
        Path(name).write_text(json.dumps(TEXTS), encoding="utf-8")
    Path("bad.txt").write_text("photo\n", encoding="utf-8")
    Path("rows.csv").write_text("source\nOpen\n", encoding="utf-8")
    Path("REPLIES").write_text("", encoding="utf-8")
    done = xlt("run", "localization", *arguments, "--replay", "REPLIES")
    assert (done.exit_code, message in done.stderr) == (2, True), done.output
    assert not Path("out").exists()
