"""The page in a real browser: it loads nothing, breaks no policy, and fits a telephone."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from small_run import WRONG, Ending, cell, manifest, result, write_mangoes, write_run

from xlt.evaluation.benchmark import get_benchmark
from xlt.evaluation.report.assembling import make_report
from xlt.evaluation.report.writing import write_report
from xlt.evaluation.runs.run_folder import load_run

ROOT = Path(__file__).resolve().parents[3]
STYLE = ROOT / "xlt" / "evaluation" / "report" / "page" / "style.css"


def chromium_module():
    path = ROOT / "scripts" / "chromium.py"
    spec = importlib.util.spec_from_file_location("chromium_pipe", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def browser():
    module = chromium_module()
    chromium = module.find_chromium()
    if chromium is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    with module.browse(chromium) as page:
        yield page


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    run = load_run(write_mangoes(folder / "run", model="ماذا </script> a-very-long-name" * 4))
    write_report(make_report(run), folder)
    return folder / "report.html"


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_loaded_and_nothing_complains(browser, written, dark):
    browser.open(written, 1200, dark=dark)
    asked = [one["request"]["url"] for one in browser.named("Network.requestWillBeSent")]
    assert asked == [written.as_uri()]
    for event in ("Log.entryAdded", "Audits.issueAdded", "Runtime.exceptionThrown"):
        assert browser.named(event) == []
    assert browser.named("Runtime.consoleAPICalled") == []


@pytest.mark.slow
def test_the_policy_stops_a_foreign_script(browser, written, tmp_path):
    page = written.read_text(encoding="utf-8")
    broken = tmp_path / "broken.html"
    foreign = '<script>document.title = "gone"</script><img src="file:///x.png"></body>'
    broken.write_text(page.replace("</body>", foreign), encoding="utf-8")
    browser.open(broken, 1200)
    assert browser.value("document.title") != "gone"
    assert browser.named("Audits.issueAdded") or browser.named("Log.entryAdded")


@pytest.mark.slow
@pytest.mark.parametrize("width", [400, 320, 1200])
def test_the_page_is_no_wider_than_its_window(browser, written, width):
    browser.open(written, width)
    assert browser.value("document.documentElement.scrollWidth") == width


@pytest.mark.slow
def test_arabic_runs_from_right_to_left(browser, written):
    browser.open(written, 1200)
    style = "getComputedStyle(document.querySelector('dd.input[lang={}]')).direction"
    assert browser.value(style.format("ar")) == "rtl"
    assert browser.value(style.format("zh")) == "ltr"


@pytest.mark.slow
def test_tables_are_sorted_by_keyboard(browser, written):
    browser.open(written, 1200)
    table = "document.querySelector('#benchmark-1').parentElement.querySelector('table.sortable')"
    heads = f"[...{table}.tHead.rows[0].cells]"
    button = f"{heads}.find(cell => cell.textContent.trim() === 'xlt')"
    languages = (
        f"[...{table}.tBodies[0].rows].map(row => row.cells[0].firstChild.textContent.trim())"
    )
    assert browser.value(languages) == ["English", "Chinese", "Arabic", "Thai", "Swahili"]
    browser.value(f"{button}.querySelector('button').focus()")
    for kind in ("keyDown", "keyUp"):
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        browser.send("Input.dispatchKeyEvent", type=kind, **key)
    assert browser.value(languages) == ["Swahili", "Thai", "Arabic", "English", "Chinese"]
    assert browser.value(f"{button}.getAttribute('aria-sort')") == "ascending"


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """The report of 44 languages and six strategies, two questions each, with options."""
    folder = tmp_path_factory.mktemp("many")
    strategies = ("basic", "xlt", "en_cot", "native_cot", "clp", "self_translate")
    tags = get_benchmark("include_base_44").languages
    about = {"benchmark": "include_base_44", "task": "multiple_choice"}
    cells = [cell(tag, name, 2, **about) for tag in tags for name in strategies]
    inputs = {"question": "3 times 4?", "options": ["12", "7"]}
    ends = (Ending(), WRONG)
    results = [
        result(place, f"q{number}", ends[(number + place.strategy.count("t")) % 2], inputs=inputs)
        for place in cells
        for number in range(2)
    ]
    write_report(make_report(load_run(write_run(folder / "run", manifest(cells), results))), folder)
    return folder / "report.html"


@pytest.mark.slow
@pytest.mark.parametrize("width", [400, 1200])
def test_44_languages_and_6_strategies_stay_readable(browser, many, width):
    browser.open(many, width)
    assert browser.value("document.documentElement.scrollWidth") == width
    table = "document.querySelector('#benchmark-1').parentElement.querySelector('table')"
    assert browser.value(f"{table}.tBodies[0].rows.length") == 44
    # The head and the language stay in sight while the table is scrolled.
    region = f"{table}.parentElement"
    browser.value(f"{region}.scrollTo(300, 900)")
    place = "{}.getBoundingClientRect().{}"
    head, row = f"{table}.tHead.rows[0].cells[0]", f"{table}.tBodies[0].rows[30].cells[0]"
    top = browser.value(place.format(head, "top")) - browser.value(place.format(region, "top"))
    left = browser.value(place.format(row, "left")) - browser.value(place.format(region, "left"))
    assert abs(top) < 3
    assert abs(left) < 3


@pytest.mark.slow
def test_samples_are_filtered_and_searched(browser, many):
    browser.open(many, 1200)
    shown = "document.querySelectorAll('details.sample:not([hidden])').length"
    change = (
        "(() => {{ const form = document.querySelector('form.filter');"
        " form.elements['{}'].value = '{}'; form.dispatchEvent(new Event('input')); }})()"
    )
    assert browser.value(shown) == 88
    browser.value(change.format("states", "broken xlt"))
    assert browser.value(shown) == 44
    browser.value(change.format("pair", "te"))
    assert browser.value(shown) == 1
    browser.value(change.format("text", "no such words"))
    assert browser.value(shown) == 0
    assert browser.value("document.querySelector('form.filter output').textContent") == (
        "0 of 88 shown"
    )


@pytest.mark.slow
def test_a_table_is_copied_as_markdown_and_latex(browser, many):
    browser.open(many, 1200)
    copied = (
        "(() => {{ const button = [...document.querySelectorAll('.copies button')]"
        ".find(one => one.textContent === 'Copy as {}'); button.click();"
        " return button.dataset.copied; }})()"
    )
    lines = browser.value(copied.format("Markdown")).split("\n")
    assert lines[0].startswith("| Benchmark | Strategy | Mean | Best in |")
    assert lines[2].startswith("| include_base_44 | basic | 50.0 |")
    tabular = browser.value(copied.format("LaTeX"))
    assert tabular.startswith("\\begin{tabular}{llllllllllll}")
    assert r"include\_base\_44 & basic & 50.0 &" in tabular


def colours(scheme):
    text = STYLE.read_text(encoding="utf-8")
    light, dark = (block for block in re.findall(r":root \{(.*?)\}", text, re.S))
    block = light if scheme == "light" else dark
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def contrast(one, two):
    """Return the contrast of two colours as WCAG 2 defines it."""

    def luminance(colour):
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        line = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2]

    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_and_mark_can_be_seen(scheme):
    found = colours(scheme)
    for text in ("ink", "soft", "warn", "link"):
        for ground in ("ground", "raised"):
            assert contrast(found[text], found[ground]) >= 4.5, (text, ground)
    assert contrast(found["mark-ink"], found["mark"]) >= 4.5
    marks = [name for name in found if name.startswith("series-")] + ["good", "bad"]
    assert len(marks) == 10
    for mark in marks:
        assert contrast(found[mark], found["ground"]) >= 3, mark
