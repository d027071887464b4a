"""The files of a report: what hostile texts become in them, and that they are whole or absent."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from html.parser import HTMLParser

import pytest
from small_run import RIGHT, Ending, cell, manifest, result, write_run

from xlt.errors import RunFolderError
from xlt.evaluation.report.assembling import make_report
from xlt.evaluation.report.showing import LIMIT, Piece, text_pieces
from xlt.evaluation.report.writing import (
    render_csv,
    render_html,
    render_json,
    render_markdown,
    safe,
    table_lines,
    write_report,
)
from xlt.evaluation.runs.run_folder import load_run

OVERRIDE, ISOLATE_END = "\u202e", "\u2069"
HOSTILE = (
    "</script><script>alert(1)</script>",
    '<img src="https://example.org/x.png" onerror="alert(1)">',
    "</div></details></main><h1>Gone</h1>",
    "{{ 7*7 }} {% raw %}{% endraw %}",
    f"admin{OVERRIDE}gnp.exe{ISOLATE_END}",
    "zero\x00one\x1b[31mred\x85next\u2028line",
    "````\n# Heading\n````",
    "--> <!-- & &amp; ]]>",
)


class Elements(HTMLParser):
    """What a browser would make of a page: its tags with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def hostile_report(tmp_path, text):
    """Return a report in which every text of a run is `text`."""
    place = cell("ar", "xlt", planned=1)
    end = Ending(0.0, f"{text} 7", 7)
    made = result(place, "q0", end, inputs={"problem": text})
    (call,) = made.calls
    call = call.model_copy(update={"messages": ({"role": text[:200], "content": text},)})
    name = text[:200]
    made = made.model_copy(update={"gold": text, "calls": (call,), "sample": name})
    plan = manifest([place], model=name, command=text, settings={name: text}, created=name)
    return make_report(load_run(write_run(tmp_path / "run", plan, [made])))


def plain_report(tmp_path):
    return hostile_report(tmp_path, "harmless")


@pytest.mark.parametrize("text", HOSTILE)
def test_html_shows_hostile_text_as_text(tmp_path, text):
    page = render_html(hostile_report(tmp_path, text))
    tags = [tag for tag, _ in Elements(page).tags]
    harmless = [tag for tag, _ in Elements(render_html(plain_report(tmp_path))).tags]
    shown = {"span"}  # a hidden character is shown in one
    assert [tag for tag in tags if tag not in shown] == [t for t in harmless if t not in shown]
    for character in (OVERRIDE, ISOLATE_END, "\x00", "\x1b", "\x85", "\u2028"):
        assert character not in page
    visible = re.split("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", text)
    for part in visible:
        assert part in Elements(page).text


def test_html_pins_its_style_and_script(report):
    page = render_html(report)
    assert page.count("<script") == page.count("<style") == 1
    (policy,) = (a["content"] for t, a in Elements(page).tags if t == "meta" and "http-equiv" in a)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    for _, attributes in Elements(page).tags:
        assert not {name for name in attributes if name.startswith("on") or name == "style"}
        assert not {"src", "srcset", "action", "formaction"} & set(attributes)
        assert (attributes.get("href") or "#").startswith("#")


def test_html_says_what_the_run_says(report):
    text = " ".join(Elements(render_html(report)).text.split())
    assert "100 planned = 98 scored + 1 unparsed + 1 errored" in text
    assert "Perhaps: +30.0 points" in text
    assert "1 sample errored: no score counts them." in text
    assert "thousands commas" in text
    assert "502: the model slept" in text
    assert "阿明有 3 个篮子" in text
    assert "xlt eval --benchmarks mgsm" in text
    assert "0123456789abcdef" in text


def test_the_reading_is_marked_in_the_reply(report):
    page = render_html(report)
    assert "I add them: 3 + 4.\nAnswer: <mark>7</mark></div>" in page


def test_every_chart_says_in_words_what_it_shows(report):
    page = render_html(report)
    assert page.count('<svg viewBox="0 0 320') == len(RIGHT)
    assert 'role="img" aria-label="Swahili, accuracy, %: basic 10.0; xlt 30.0"' in page


def test_a_long_reply_is_cut_around_what_was_read():
    text = "x" * 500_000 + "Answer: 12" + "y" * 500_000
    pieces = text_pieces(text, (500_008, 500_010))
    assert Piece("reading", "12") in pieces
    assert [one.text for one in pieces if one.kind == "gap"] == [
        "496,708 characters left out",
        "497,700 characters left out",
    ]
    assert sum(len(one.text) for one in pieces) < LIMIT
    kept = sum(len(one.text) for one in pieces if one.kind != "gap")
    assert kept + 496_708 + 497_700 == len(text)


def test_a_megabyte_of_reply_makes_no_megabyte_of_page(tmp_path):
    page = render_html(hostile_report(tmp_path, "長" * 1_000_000))
    assert len(page) < 200_000
    assert "characters left out" in page


@pytest.mark.parametrize("span", [None, (0, 0), (3, 99), (-1, 2)])
def test_a_span_that_is_no_place_marks_nothing(span):
    assert text_pieces("abcd", span) == (Piece("text", "abcd"),)


def test_joiners_stay_and_overrides_show():
    assert text_pieces("می‌خواهم") == (Piece("text", "می‌خواهم"),)
    assert text_pieces(f"a{OVERRIDE}b") == (
        Piece("text", "a"),
        Piece("hidden", "U+202E"),
        Piece("text", "b"),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_fences_cannot_be_closed(tmp_path, text):
    lines = render_markdown(hostile_report(tmp_path, text)).split("\n")
    harmless = render_markdown(plain_report(tmp_path)).split("\n")
    assert outside(lines, "#") == outside(harmless, "#") or "Gone" in text
    assert not [line for line in outside(lines, "") if re.search(r"(?<!\\)<", line)]


def outside(lines, start):
    """Return the lines outside of code blocks that start so, without their texts of the run."""
    found, fence = [], None
    for line in lines:
        if fence is None and (opened := re.match("`{3,}", line)):
            fence = opened[0]
        elif fence is not None:
            fence = None if line == fence else fence
        elif line.startswith(start):
            found.append(line if start == "" else line.split(" on ")[0])
    assert fence is None
    return found


def test_markdown_columns_are_aligned_in_any_script():
    lines = table_lines(["name", "n"], [["中文", "1"], ["Kiswahili", "22"]])
    assert lines == [
        "| name      |   n |",
        "| --------- | --: |",
        "| 中文      |   1 |",
        "| Kiswahili |  22 |",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\nx"),  # a bare CR would begin a row
        ("a;=1", "'a;=1"),
        ("＝1", "'＝1"),
        ("zh-ru", "zh-ru"),
        (-1.5, "-1.5000"),
        (None, ""),
    ],
)
def test_csv_runs_no_formula(value, shown):
    assert safe(value) == shown


def test_csv_has_a_line_a_cell(report):
    rows = list(csv.DictReader(io.StringIO(render_csv(report))))
    assert len(rows) == 10
    thai = next(row for row in rows if (row["language"], row["strategy"]) == ("th", "xlt"))
    assert (thai["score"], thai["errored"], thai["gain"]) == ("77.7778", "1", "33.3333")
    assert thai["paper_gpt_3_5_turbo"] == "63.8000"
    assert (thai["input_tokens"], thai["output_tokens"]) == ("810", "540")


def test_csv_of_a_hostile_strategy(tmp_path):
    place = cell("zh", '=HYPERLINK("http://x")', planned=1)
    folder = write_run(tmp_path / "run", manifest([place]), [result(place, "q0")])
    (row,) = csv.DictReader(io.StringIO(render_csv(make_report(load_run(folder)))))
    assert row["strategy"] == '\'=HYPERLINK("http://x")'


def test_json_holds_everything(report):
    data = json.loads(render_json(report))
    assert (data["schema_version"], data["kind"]) == (1, "xlt report")
    assert data["totals"]["planned"] == 100
    assert len(data["cells"]) == 10
    assert data["manifest"]["model"] == "fake-model"
    assert data["gains"][0]["difference"]["p_value"] == 0.5
    assert data["examples"][0]["result"]["calls"][0]["reply"].startswith("I add them")


def test_the_same_run_gives_the_same_files(mangoes, tmp_path):
    once, again = tmp_path / "once", tmp_path / "again"
    for folder in (once, again):
        write_report(make_report(load_run(mangoes)), folder)
    for path in once.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()


def test_a_key_in_the_environment_is_in_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv("CANARY_API_KEY", "sk-canary-0123456789")
    made = hostile_report(tmp_path, "it said sk-canary-0123456789 aloud")
    for path in write_report(made, tmp_path / "out"):
        assert b"sk-canary-0123456789" not in path.read_bytes(), path.name


@pytest.mark.parametrize("failing", ["open", "fsync"])
def test_a_full_disk_leaves_the_old_report(report, tmp_path, monkeypatch, failing):
    write_report(report, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    calls = []

    def full(*args, **kwargs):
        calls.append(args)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        return real(*args, **kwargs)

    from xlt.files import safe

    target, name = (os, "fsync") if failing == "fsync" else (safe, "_write_draft")
    real = getattr(target, name)
    monkeypatch.setattr(target, name, full)
    with pytest.raises(RunFolderError, match="No report was written to .*: No space left"):
        write_report(report, tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_a_place_that_is_a_file_is_named(report, tmp_path):
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(RunFolderError, match="No report was written to .*out: File exists"):
        write_report(report, tmp_path / "out")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("settings", "origin"),
    [({}, "live"), ({"recording": "ab"}, "replayed"), ({"origin": "invented"}, "invented")],
)
def test_every_picture_says_where_its_replies_are_from(tmp_path, settings, origin):
    cells = [cell("sw", name, 1) for name in ("basic", "xlt")]
    results = [result(place, "q0") for place in cells]
    run = load_run(write_run(tmp_path / "run", manifest(cells, settings=settings), results))
    page = render_html(make_report(run))
    charts = page.count('<svg viewBox="0 0 3')
    assert charts == 2  # the bars of Swahili, and score against tokens
    assert page.count(f">{origin} replies</text>") == charts
    assert f"({origin} replies)</caption>" in page
    assert f"Replies: {origin}" in render_markdown(make_report(run))
