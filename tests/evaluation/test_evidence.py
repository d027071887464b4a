"""The replies under docs/evidence are read as a person read them, but for those listed here."""

import json
import re
import runpy
from collections import Counter
from pathlib import Path

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
        "mgsm/bn/basic/mgsm-132/0",
    },
    "any pair of numbers of that sum, which is no number": {
        "mgsm/bn/xlt/mgsm-56/0",
    },
    "a sum set apart, then a sentence with the number of hours before it": {
        "mgsm/de/basic/mgsm-147/0",
    },
    "the choice is stated first, without a marker, and the reply was cut": {
        "xcopa/it/basic/xcopa-393/0",
    },
}


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


def test_every_reply_is_read_as_a_person_read_it():
    results = {
        one["id"]: one
        for name in ("mgsm", "mgsm-more", "xcopa")
        for one in lines(EVIDENCE / name / "results.jsonl")
    }
    checked = {one["id"]: one for one in lines(EVIDENCE / "checked.jsonl")}
    assert checked.keys() == results.keys()
    assert len(checked) == 660
    misread = {
        name
        for name, label in checked.items()
        if "contestable" not in label and not same(reading(results[name]), label["value"])
    }
    assert misread == set().union(*MISREAD.values())


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
    table = page.partition("## Calibrating on 13 rows")[2].partition("The bold scores")[0]
    found = [re.findall(r"[\w%]+", line) for line in capsys.readouterr().out.splitlines()[1:]]
    for language, chosen, wins, score, *others in found:
        name = get_language(language).name
        row = next(line for line in table.splitlines() if line.startswith(f"| {name} "))
        assert re.findall(r"[\w%]+", row) == [name, chosen, score, wins, *others]
