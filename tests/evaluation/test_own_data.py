"""Files of one's own, how files are read, and drawing samples from them."""

from decimal import Decimal

import pytest

from xlt.errors import DataFileError, InputError, UnknownName
from xlt.evaluation.benchmark import Sample
from xlt.evaluation.runs.sources import balanced_counts, draw, load_file, square_root_shares
from xlt.frozen import FrozenDict

ROWS = [("ni ngapi?", "1,5"), ("二加二，\n等于几？", "4"), ('"8" / 2', "4.0")]


def written(folder, name, text):
    path = folder / name
    path.write_bytes(text.encode("utf-8"))
    return path


def test_csv_with_a_column_mapping(tmp_path):
    path = written(
        tmp_path, "a.csv", '\ufeffq,right,n\r\nni ngapi?,7,a\r\n"二加二，\n等于几？","4.5",b\r\n'
    )
    found = load_file(path, "mgsm", "sw", columns={"problem": "q"}, gold="right", id_column="n")
    assert found.samples == (
        Sample("a", FrozenDict({"problem": "ni ngapi?"}), 7, "sw"),
        Sample("b", FrozenDict({"problem": "二加二，\n等于几？"}), Decimal("4.5"), "sw"),
    )


@pytest.mark.parametrize(
    ("task", "row", "gold"),
    [
        ("pawsx", '"sentence1": "a", "sentence2": "b", "answer": true', True),
        ("pawsx", '"sentence1": "a", "sentence2": "b", "answer": "No"', False),
        ("mkqa", '"question": "a", "answer": ["b", "c"]', ("b", "c")),
        ("mkqa", '"question": "a", "answer": "b"', "b"),
        ("xnli", '"premise": "a", "hypothesis": "b", "answer": "neutral"', "neutral"),
        ("mgsm", '"problem": "a", "answer": 540', 540),
    ],
)
def test_gold_is_read_by_the_kind_of_answer(tmp_path, task, row, gold):
    path = written(tmp_path, "a.jsonl", "{" + row + "}\n")
    found = load_file(path, task, "en").samples[0].gold
    assert (type(found), found) == (type(gold), gold)


@pytest.mark.parametrize(
    ("task", "row", "message"),
    [
        ("xcopa", '"choice2": "d", "answer": 0', "'0' is not a choice: give its number"),
        ("xcopa", '"choice2": "d", "answer": "3"', "'3' is not a choice"),
        ("xnli", '"answer": "Neutra"', "'Neutra' is not one of entailment, contradiction, neutral"),
        ("xnli", '"answer": ["neutral", 1]', "is not one of entailment"),
    ],
)
def test_gold_that_no_answer_can_be_is_refused(tmp_path, task, row, message):
    fields = ("premise", "question", "choice1", "hypothesis")
    row = ", ".join([*(f'"{name}": "cause"' for name in fields), row])
    path = written(tmp_path, "a.jsonl", "{" + row + "}\n")
    with pytest.raises(DataFileError, match=f"a.jsonl:1: .*{message}"):
        load_file(path, task, "en")


def test_parquet_gives_what_json_lines_give(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns = {"problem": [text for text, _ in ROWS], "answer": [1, 2, 3]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
    found = load_file(tmp_path / "a.parquet", "mgsm", "zh").samples
    assert [sample.inputs["problem"] for sample in found] == columns["problem"]
    assert [sample.gold for sample in found] == [1, 2, 3]
    (tmp_path / "b.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(DataFileError, match="b.parquet: not a Parquet file"):
        load_file(tmp_path / "b.parquet", "mgsm", "zh")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "problem,answer\na\n", "a.csv:2: [13] cells, not 2"),
        ("a.csv", "problem,answer\na,1,2\n", "a.csv:2: [13] cells, not 2"),
        ("a.csv", 'problem,answer\n"a"b,1\n', "a.csv:2: not CSV"),
        ("a.csv", "problem,gold\na,1\n", "has no column 'answer'"),
        ("a.csv", "problem,answer\na,many\n", "a.csv:2: 'many' is not a number"),
        ("a.csv", "problem,answer\na,1e999999999\n", "is not a number"),
        ("a.csv", "problem,answer\na,nan\n", "is not a number"),
        ("a.jsonl", '{"problem": "a", "answer": null}', "a.jsonl:1: the column 'answer' is empty"),
    ],
)
def test_a_bad_row_of_ones_own_is_named_with_its_line(tmp_path, name, text, message):
    with pytest.raises(DataFileError, match=message):
        load_file(written(tmp_path, name, text), "mgsm", "sw")


def test_a_file_or_field_that_is_not_known(tmp_path):
    with pytest.raises(InputError, match=r"cannot be read"):
        load_file(tmp_path / "a.xlsx", "mgsm", "sw")
    with pytest.raises(UnknownName, match="Did you mean 'problem'"):
        load_file(tmp_path / "a.csv", "mgsm", "sw", columns={"problm": "q"})


def test_drawing_is_by_seed_in_order_and_the_same_rows_in_every_language():
    chinese = [Sample(f"a-{n}", FrozenDict({"problem": "二"}), n, "zh") for n in range(300)]
    swahili = [Sample(f"a-{n}", FrozenDict({"problem": "mbili"}), n, "sw") for n in range(300)]
    drawn = draw(chinese, 50, seed=7)
    ids = [sample.id for sample in drawn]
    assert len(set(ids)) == 50
    assert ids == sorted(ids, key=lambda one: int(one[2:]))
    assert ids == [sample.id for sample in draw(swahili, 50, seed=7)]
    assert ids != [sample.id for sample in draw(chinese, 50, seed=8)]
    assert draw(chinese, 400, seed=7) == tuple(chinese)
    with pytest.raises(InputError, match="must not be negative"):
        draw(chinese, -1, seed=7)


def test_mixing_draws_by_the_square_root_of_the_sizes():
    sizes = {"large": 10_000, "small": 100}
    assert square_root_shares(sizes) == pytest.approx({"large": 10 / 11, "small": 1 / 11})
    assert balanced_counts(sizes, 110) == {"large": 100, "small": 10}
    assert balanced_counts({"large": 10_000, "small": 4}, 1000) == {"large": 996, "small": 4}
    assert balanced_counts({"a": 3, "b": 2}, 99) == {"a": 3, "b": 2}
    assert sum(balanced_counts({"a": 50, "b": 70, "c": 0}, 37).values()) == 37
    for sizes in ({}, {"a": 0}, {"a": -1, "b": 2}):
        with pytest.raises(InputError):
            balanced_counts(sizes, 1)
