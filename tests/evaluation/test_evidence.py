"""The replies under docs/evidence are read as a person read them, but for those listed here."""

import json
import re
import runpy
from collections import Counter
from pathlib import Path

import pytest

import xlt
from xlt.languages import get_language

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = ROOT / "docs" / "evidence"

# Replies that are still read otherwise than a person reads them, by what they have in common.
MISREAD = {
    "a reply that repeats the request in another order, and states no result": {
        "mgsm/sw/basic/mgsm-69/0",
        "mgsm/bn/basic/mgsm-69/0",
    },
    "a Bengali answer in the words of the request, but for its number": {
        "mgsm/bn/basic/mgsm-23/0",
        "mgsm/bn/basic/mgsm-28/0",
        "mgsm/bn/basic/mgsm-132/0",
        "mgsm/bn/native_cot/mgsm-23/0",
    },
    "any pair of numbers of that sum, which is no number": {
        "mgsm/bn/xlt/mgsm-56/0",
    },
    "the choice is stated first, without a marker, and the reply was cut": {
        "xcopa/it/basic/xcopa-49/0",
        "xcopa/it/basic/xcopa-393/0",
    },
}
TABLES = {"mgsm": ("basic", "en_cot", "native_cot", "xlt"), "xcopa": ("basic", "en_cot", "xlt")}


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def reading(result):
    prompt = xlt.compose(
        result["benchmark"],
        result["inputs"],
        language=result["language"],
        strategy=result["strategy"],
    )
    call = result["calls"][-1]
    assert [dict(one) for one in prompt.messages] == call["messages"]
    return prompt.parse(xlt.Reply(call["reply"], finish_reason=call["finish_reason"])).value


def same(read, label):
    """Tell whether both are the same number, to a hundredth: a reply says 3.33 for 10/3."""
    if read is None or label is None:
        return read is label
    return abs(float(read) - label) < 0.01


@pytest.fixture(scope="module")
def results():
    """The results of both runs by id, with the value that is read in each reply now."""
    found = [one for name in TABLES for one in lines(EVIDENCE / name / "results.jsonl")]
    return {one["id"]: one | {"read": reading(one)} for one in found}


def test_every_reply_is_read_as_a_person_read_it(results):
    checked = {one["id"]: one for one in lines(EVIDENCE / "checked.jsonl")}
    assert checked.keys() == results.keys()
    assert len(checked) == 1200
    misread = {
        name
        for name, label in checked.items()
        if "contestable" not in label and not same(results[name]["read"], label["value"])
    }
    assert misread == set().union(*MISREAD.values())


@pytest.mark.parametrize("benchmark", TABLES)
def test_the_tables_are_what_the_replies_say(benchmark, results):
    page = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    table = page.partition(f"| {benchmark.upper()}, ")[2].partition("\n\n")[0]
    own = [one for one in results.values() if one["benchmark"] == benchmark]
    tags = {get_language(one["language"]).name: one["language"] for one in own}
    shown = 0
    for name, *cells in [row.strip("| ").split(" | ") for row in table.splitlines()]:
        for strategy, cell in zip(TABLES[benchmark] if name in tags else (), cells, strict=False):
            asked = (tags[name], strategy)
            found = [one for one in own if (one["language"], one["strategy"]) == asked]
            score = 100 * sum(same(one["read"], one["gold"]) for one in found) / len(found)
            assert abs(float(cell.partition(" ")[0]) - score) < 0.5
            shown += len(found)
    assert shown == len(own)


def test_the_table_of_flair_is_what_the_checks_say_of_its_replies():
    from xlt.flair.checks import is_right

    right, unread = Counter(), Counter()
    for one in lines(EVIDENCE / "flair" / "results.jsonl"):
        kind, read = one["metadata"]["group"], (one["reading"] or {}).get("value")
        unread[kind] += read is None
        right[kind] += read is not None and is_right(tuple(one["gold"]), read, "en")
    page = (ROOT / "docs" / "flair.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \|", page, re.M)
    assert {kind: (right[kind], unread[kind]) for kind in right} == {
        kind: (int(good), int(none)) for kind, good, none in rows
    }


def test_the_table_of_calibrating_is_what_the_example_prints(capsys):
    runpy.run_path(str(ROOT / "examples" / "calibrate_evidence.py"), run_name="__main__")
    page = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    table = page.partition("## Calibrating on 20 rows")[2].partition("The bold scores")[0]
    found = [re.findall(r"[\w%]+", line) for line in capsys.readouterr().out.splitlines()[1:]]
    for language, chosen, wins, score, *others in found:
        name = get_language(language).name
        row = next(line for line in table.splitlines() if line.startswith(f"| {name} "))
        assert re.findall(r"[\w%]+", row) == [name, chosen, score, wins, *others]


def test_the_table_of_demonstrations_is_what_the_example_prints(capsys):
    runpy.run_path(str(ROOT / "examples" / "demos_evidence.py"), run_name="__main__")
    page = (ROOT / "docs" / "demonstrations.md").read_text(encoding="utf-8")
    printed = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert len(printed) == 6
    for language, *counts in printed:
        assert f"| {get_language(language).name} | {' | '.join(counts)} |" in page
