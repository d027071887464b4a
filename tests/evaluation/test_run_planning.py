"""What a run plans: languages, pairs, rows, demonstrations, own data, and what it leaves out."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scripted_runs import Scripted, run_small, small

from xlt.errors import InputError, UnknownName
from xlt.evaluation.benchmark import available_languages, split_pair
from xlt.evaluation.runs.planning import Grid, plan_grid
from xlt.evaluation.runs.run_folder import load_run
from xlt.evaluation.runs.spec import RunSpec
from xlt.evaluation.self_test import DATA
from xlt.reply import Reply


class Base(Scripted):
    few_shot = True


class Half(Scripted):
    """Holds the first three rows of Chinese alone."""

    def holds(self, place: Any) -> bool:
        return place.row < 3 and place.sample.language == "zh"


def own(path: Path, languages: str, **more: Any) -> RunSpec:
    given: dict[str, Any] = {"strategies": "xlt", **more}
    return RunSpec(task="mgsm", data=path, languages=languages, **given)


def planned(spec: RunSpec, replies: Any = None) -> Grid:
    return plan_grid(spec, replies or Scripted())


def rows(grid: Grid, cell: str) -> list[str]:
    return [item.sample.id for item in grid.items if item.cell.name == cell]


@pytest.mark.parametrize(
    ("name", "pair"),
    [
        ("zh-ru", ("zh", "ru")),
        ("German-Vietnamese", ("de", "vi")),
        ("zh-Hant-pt-BR", ("zh-Hant", "pt-BR")),
        ("zh", None),
        ("zh-klingonese", None),
    ],
)
def test_pairs_of_languages(name: str, pair: tuple[str, str] | None):
    assert split_pair(name) == pair


def write_flores(folder: Path, lines: int) -> Path:
    home = folder / "flores" / "flores200_dataset" / "devtest"
    home.mkdir(parents=True)
    for code in ("zho_Hans", "rus_Cyrl", "deu_Latn"):
        text = "".join(f"{code} {number}\n" for number in range(lines))
        (home / f"{code}.devtest").write_text(text, encoding="utf-8")
    return folder


def write_pawsx(folder: Path, gaps: dict[str, set[int]], count: int = 60) -> Path:
    for tag, missing in gaps.items():
        home = folder / "pawsx" / "x-final" / tag
        home.mkdir(parents=True)
        lines = ["id\tsentence1\tsentence2\tlabel"]
        for number in range(count):
            text = "NS" if number in missing else f"{tag} {number}"
            lines.append(f"{number}\t{text}\tother\t1")
        (home / "test_2k.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_all_is_every_language_with_data_and_of_flores_the_papers_pairs(tmp_path: Path):
    assert available_languages("mgsm", DATA) == ("en", "zh", "sw", "th")
    assert available_languages("xnli", DATA) == ("en", "sw", "ar")
    assert available_languages("flores", write_flores(tmp_path, 3)) == ("zh-ru", "ru-zh")


def test_grid_of_two_benchmarks_leaves_out_what_one_of_them_lacks():
    grid = planned(
        small(benchmarks=("mgsm", "xnli"), languages=("zh", "ar", "all"), strategies=("xlt",))
    )
    assert [cell.name for cell in grid.cells] == [
        "mgsm/zh/xlt", "mgsm/en/xlt", "mgsm/sw/xlt", "mgsm/th/xlt",
        "xnli/ar/xlt", "xnli/en/xlt", "xnli/sw/xlt",
    ]  # fmt: skip
    assert grid.remarks == (
        "mgsm has no data in ar: left out. It has en, zh, sw, th.",
        "xnli has no data in zh: left out. It has en, sw, ar.",
    )
    assert {cell.tier for cell in grid.cells if cell.language == "zh"} == {"high"}


def test_a_folder_without_the_files_is_named(tmp_path):
    with pytest.raises(InputError, match=f"{tmp_path} holds none of its files"):
        planned(small(benchmarks=("mgsm",), languages=("sw",), data=tmp_path))


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"languages": ("ja",)}, InputError, "mgsm has no data in ja: left out. It has en, zh"),
        ({"languages": ("germn",)}, UnknownName, "Did you mean 'German'?"),
        ({"languages": ()}, InputError, "at least one language"),
        ({"benchmarks": ("mgms",)}, UnknownName, "Did you mean 'mgsm'?"),
        ({"strategies": ("xtl",)}, UnknownName, "Did you mean 'xlt'?"),
        ({"data": None}, InputError, "The benchmarks need --data"),
        ({"mix": 0}, InputError, "mix is 0"),
        ({"mix": 5, "limit": 5}, InputError, "mix and limit both say"),
        ({"limit": -1}, InputError, "limit is -1"),
        ({"repeats": 0}, InputError, "repeats is 0"),
        ({"shots": 4}, InputError, "4 shots are wanted, xlt ships 3 for arithmetic_reasoning"),
        ({"options": {"xlt": {"rephras": "x"}}}, UnknownName, "Did you mean 'rephrase'?"),
        ({"options": {"cot": {}}}, InputError, "Options are given for cot"),
        ({"strategies": ("translate_en",)}, InputError, "translator"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_wrong_usage_is_said_before_any_call(
    changes: dict[str, Any], kind: type[Exception], message: str
):
    replies = Scripted()
    with pytest.raises(kind) as caught:
        planned(small(**changes), replies)
    assert message in str(caught.value)
    assert replies.calls == []


def test_the_same_rows_in_every_language_and_for_every_strategy():
    grid = planned(small(languages=("all",), limit=2, seed=5))
    drawn = {cell.name: rows(grid, cell.name) for cell in grid.cells}
    assert len(drawn) == 8
    assert len({tuple(ids) for ids in drawn.values()}) == 1
    more = planned(small(languages=("zh",), limit=4, seed=5))
    assert set(drawn["mgsm/zh/xlt"]) < set(rows(more, "mgsm/zh/xlt"))
    other = [rows(planned(small(limit=2, seed=seed)), "mgsm/zh/xlt") for seed in range(6)]
    assert len({tuple(ids) for ids in other}) > 1


def test_rows_left_out_in_one_language_do_not_move_the_others(tmp_path: Path):
    data = write_pawsx(tmp_path, {"de": set(), "ja": {0, 7, 20}})
    grid = planned(small(benchmarks=("pawsx",), languages=("all",), data=data, limit=20))
    german, japanese = set(rows(grid, "pawsx/de/xlt")), set(rows(grid, "pawsx/ja/xlt"))
    lost = {"pawsx-0", "pawsx-7", "pawsx-20"} & german
    assert german - japanese == lost
    faults = [cell.faults for cell in grid.cells if cell.language == "ja"][0]
    assert [(one.fault, one.count) for one in faults] == [("NS in place of a sentence", 3)]


def test_flores_takes_the_papers_number_unless_told(tmp_path: Path):
    data = write_flores(tmp_path, 250)
    flores = {"benchmarks": ("flores",), "languages": ("zh-ru",), "strategies": ("xlt",)}
    for limit, count in ((None, 200), (0, 250), (7, 7)):
        grid = planned(small(**flores, data=data, limit=limit))
        (cell,) = grid.cells
        assert cell.planned == count
        assert (cell.language, cell.target_language) == ("zh", "ru")
        assert grid.items[0].id.startswith("flores/zh-ru/xlt/flores-")


def test_a_recording_decides_which_rows_there_are():
    grid = planned(small(limit=0), Half())
    assert {cell.name: cell.planned for cell in grid.cells} == {
        "mgsm/zh/xlt": 3, "mgsm/zh/clp": 3,
    }  # fmt: skip
    assert [(one.fault, one.count) for one in grid.cells[0].faults][-1] == (
        "not in the recording", 3,
    )  # fmt: skip
    assert grid.remarks == (
        "mgsm: no rows for xlt in sw: left out.",
        "mgsm: no rows for clp in sw: left out.",
    )


def test_demonstrations_where_wanted_or_needed():
    shots = {cell.strategy: cell.shots for cell in planned(small(shots=2)).cells}
    assert shots == {"xlt": 2, "clp": 0}
    base = planned(small(), Base())
    assert {cell.strategy: cell.shots for cell in base.cells} == {"xlt": 3, "clp": 0}
    assert base.remarks == ("clp takes no demonstrations: it runs without them.",)
    assert all(cell.shots == 0 for cell in planned(small(shots=0), Base()).cells)


def test_a_file_of_demonstrations_is_used_without_shots_too(tmp_path: Path):
    file = tmp_path / "own.yaml"
    file.write_text("- language: sw\n  inputs: {problem: 1 + 1}\n  reply: 'Answer: 2'\n")
    own = planned(small(strategies=("xlt",), demonstrations=file))
    assert {cell.shots for cell in own.cells} == {1}
    without = planned(small(strategies=("xlt",), demonstrations=file, shots=0))
    assert {cell.shots for cell in without.cells} == {0}


def test_demonstrations_are_in_the_prompts(tmp_path: Path):
    replies = Base()
    run_small(tmp_path, replies, small(strategies=("xlt",), limit=1))
    assert {len(prompt.demonstrations) for prompt, _ in replies.calls} == {3}


def test_a_strategy_that_does_not_fit_one_task_leaves_its_cells_out(tmp_path: Path):
    data = write_flores(tmp_path, 3)
    (data / "mgsm").symlink_to(DATA / "mgsm")
    spec = small(
        benchmarks=("mgsm", "flores"),
        languages=("zh", "zh-ru"),
        strategies=("self_translate", "xlt"),
        data=data,
    )
    grid = planned(spec)
    assert [cell.name for cell in grid.cells] == [
        "mgsm/zh/self_translate", "mgsm/zh/xlt", "flores/zh-ru/xlt",
    ]  # fmt: skip
    assert any("flores/zh-ru/self_translate is left out" in one for one in grid.remarks)


def test_own_data_one_file_and_one_for_each_language(tmp_path: Path):
    for name in ("own_sw.csv", "own_zh.csv"):
        (tmp_path / name).write_text("q,a,n\nTwo?,2,x\nThree?,3,x\n", encoding="utf-8")
    named = {"columns": "problem=q", "gold": "a", "id_column": "n"}
    grid = planned(own(tmp_path / "own_{language}.csv", "all", **named))
    assert [item.id for item in grid.items] == [
        "own/sw/xlt/x/0", "own/sw/xlt/x~2/0", "own/zh/xlt/x/0", "own/zh/xlt/x~2/0",
    ]  # fmt: skip
    single = tmp_path / "own_sw.csv"
    assert len(planned(own(single, "Swahili", **named)).items) == 2
    with pytest.raises(InputError, match="one file for 2 languages"):
        planned(own(single, "sw,zh", **named))
    with pytest.raises(InputError, match="what language its rows are in"):
        planned(own(single, "all", **named))


def test_languages_named_choose_from_the_column_of_own_data(tmp_path: Path):
    path = tmp_path / "own.csv"
    path.write_text(
        "problem,answer,language\nMbili?,2,sw\nZwei?,2,de\n二？,2,zh\n", encoding="utf-8"
    )
    for named, cells in (("de", ["de"]), ("Swahili,zh", ["sw", "zh"]), ("all", ["sw", "de", "zh"])):
        assert [cell.language for cell in planned(own(path, named)).cells] == cells
    with pytest.raises(InputError, match=r"own\.csv has no rows in fr: it has sw, de, zh\.$"):
        planned(own(path, "fr"))  # they were asked as if they were French
    path.write_text("source,reference,language,target_language\nMoja,Un,sw,fr\nEins,One,de,en\n")
    spec = RunSpec(task="flores", data=path, languages="de-en", strategies="xlt", gold="reference")
    (cell,) = planned(spec).cells
    assert (cell.language, cell.target_language) == ("de", "en")


def test_all_languages_of_own_data_in_folders_or_under_odd_names(tmp_path: Path):
    places = ("mine/{language}/rows.csv", "rows[1]_{language}.csv")
    for place in places:
        for language in ("sw", "zh"):
            path = tmp_path / place.replace("{language}", language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("problem,answer\nTwo?,2\n", encoding="utf-8")
        grid = planned(own(tmp_path / place, "all"))
        assert [cell.language for cell in grid.cells] == ["sw", "zh"]
    (tmp_path / "rows[1]_Swahili.csv").write_text("problem,answer\nTwo?,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="Swahili and sw are both sw: name one of them"):
        planned(own(tmp_path / places[1], "all"))
    missing = tmp_path / "none_{language}.csv"
    with pytest.raises(InputError, match=r"There is no file .*none_\{language\}\.csv"):
        planned(own(missing, "all"))


def test_rows_of_the_same_id_get_numbers_that_no_other_row_has(tmp_path: Path):
    path = tmp_path / "own.csv"
    rows = "".join(f"{name},Two?,2\n" for name in ("x~2", "x", "x", "x~2", "x"))
    path.write_text(f"n,problem,answer\n{rows}", encoding="utf-8")
    spec = own(path, "sw", id_column="n")
    names = [item.sample.id for item in planned(spec).items]
    assert names == ["x~2", "x", "x~3", "x~2~2", "x~4"]


def test_repeats_ask_every_sample_again(tmp_path: Path):
    ended = run_small(tmp_path, None, small(repeats=3, limit=1, languages=("zh",)))
    assert ended.tally.planned == 6
    assert {one.repeat for one in ended.run.results} == {0, 1, 2}


ODD = "一\u2028二\x85三 {{ 7*7 }} \u202eevil\x00"


def test_odd_texts_stay_and_lone_surrogates_are_errors_of_their_sample(tmp_path: Path):
    path = tmp_path / "odd.jsonl"
    lines = [{"problem": ODD, "answer": 4}, {"problem": "2 + 2 \ud83d", "answer": 4}]
    path.write_text("".join(f"{json.dumps(one)}\n" for one in lines), encoding="utf-8")
    spec = own(path, "zh", strategies="xlt,clp")
    ended = run_small(tmp_path / "run", None, spec)
    assert ended.tally.errored == 2
    by_id = {one.id: one for one in load_run(tmp_path / "run").results}
    assert by_id["odd/zh/xlt/1/0"].inputs == {"problem": ODD}
    assert ODD in by_id["odd/zh/xlt/1/0"].calls[0].messages[0]["content"]
    failure = by_id["odd/zh/xlt/2/0"].failure
    assert failure is not None
    assert "lone surrogate (U+D83D) at offset 6" in failure.message
    assert by_id["odd/zh/xlt/2/0"].inputs == {"problem": "2 + 2 \ufffd"}


def test_calls_at_a_time_are_bounded_though_a_round_has_many(tmp_path: Path):
    now = most = 0

    class Counting(Scripted):
        async def reply(self, prompt: Any, place: Any) -> Any:
            nonlocal now, most
            now, most = now + 1, max(most, now + 1)
            await asyncio.sleep(0.001)
            now -= 1
            return await super().reply(prompt, place)

    run_small(tmp_path, Counting(), small(strategies=("clsp",)), max_concurrency=4)
    assert most == 4


@pytest.mark.parametrize(("cut", "count"), [("Answer: 4", 1), ("Answer: 5", 0)])
def test_of_several_replies_the_one_that_was_read_may_be_truncated(
    tmp_path: Path, cut: str, count: int
):
    """Six pivots say 4 and the last one says 5."""

    class Cutting(Scripted):
        async def reply(self, prompt: Any, place: Any) -> Reply:
            text = "Answer: 5" if place.index == 6 else "Answer: 4"
            return Reply(text, "length" if text == cut else "stop")

    spec = small(strategies=("clsp",), limit=1, languages=("sw",))
    assert run_small(tmp_path, Cutting(), spec).tally.truncated == count


def test_a_plugin_that_breaks_is_an_error_of_its_sample(tmp_path: Path):
    def broken(prompt: Any, place: Any) -> None:
        raise ZeroDivisionError("division by zero")

    ended = run_small(tmp_path, Scripted(broken))
    assert ended.tally.kinds == (("ZeroDivisionError", 12),)


def test_mixed_benchmarks_are_balanced_by_the_square_root_of_their_size(tmp_path: Path):
    for name, size in (("mgsm", 90), ("xcopa", 10)):
        (tmp_path / name).mkdir()
        if name == "mgsm":
            text = "".join(f"{number} + 1?\t{number + 1}\n" for number in range(size))
            (tmp_path / name / "mgsm_sw.tsv").write_text(text, "utf-8")
            continue
        row = {"premise": "p.", "question": "cause", "choice1": "a.", "choice2": "b.", "label": 0}
        rows = "".join(json.dumps({**row, "idx": number}) + "\n" for number in range(size))
        (tmp_path / name / "test.sw.jsonl").write_text(rows, "utf-8")
    both = {"benchmarks": ("mgsm", "xcopa"), "languages": ("sw",), "strategies": ("basic", "xlt")}
    for mix, counts in ((16, (12, 4)), (32, (24, 8)), (48, (38, 10)), (500, (90, 10))):
        grid = planned(small(**both, data=tmp_path, limit=None, mix=mix))
        found = {cell.name: cell.planned for cell in grid.cells}
        assert found == {
            f"{name}/sw/{strategy}": count
            for name, count in zip(("mgsm", "xcopa"), counts, strict=True)
            for strategy in ("basic", "xlt")
        }


def test_a_run_can_ask_for_the_language_and_once_more_for_it(tmp_path):
    class English(Scripted):
        async def reply(self, prompt, place):
            reply = await super().reply(prompt, place)
            said = "She buys seven apples at the market and eats three of them. "
            again = prompt.steps[0].name == "answer_in"
            return replace(reply, text=f"{'' if again else said}Answer: 4")

    spec = small(strategies=("basic",), answer_language=True, ensure_language=True)
    run = run_small(tmp_path / "run", English(), spec).run
    assert {len(one.calls) for one in run.results} == {2}
    assert {one.reading.flags for one in run.results} == {("asked_again",)}
    asked = {one.language: one.calls[0].messages[-1]["content"] for one in run.results}
    assert asked["sw"].endswith("\nJibu kwa Kiswahili.")
    assert run.manifest.settings["ensure_language"] is True
    other = run_small(tmp_path / "other", English(), small(strategies=("basic",))).run
    assert other.manifest.fingerprint != run.manifest.fingerprint
