"""Data files of every format, as the commands, evaluation and Ray read them."""

import gzip
import io
import json
import os
import pickle

import pytest

from xlt.errors import DataFileError
from xlt.rows import opening, read_lines, read_rows

ROWS = [
    {"problem": "ni ngapi?\u2028", "answer": "1"},
    {"problem": "二加二，\n等于几？", "answer": "2"},
    {"problem": '"8" / 2; 4\t| ok', "answer": "3"},
]


def csv_text(delimiter, end="\r\n"):
    def quoted(cell):
        return '"' + cell.replace('"', '""') + '"'

    lines = [["problem", "answer"], *[[quoted(one) for one in row.values()] for row in ROWS]]
    return "".join(delimiter.join(line) + end for line in lines)


def parquet_bytes(rows):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    target = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), target)
    return target.getvalue()


FILES = {
    "comma.csv": lambda: csv_text(",").encode(),
    "semicolon.csv": lambda: csv_text(";").encode("utf-8-sig"),
    "tab.csv": lambda: csv_text("\t").encode(),
    "pipe.csv": lambda: csv_text("|", "\n").encode(),
    "excel.csv": lambda: b"sep=;\r\n" + csv_text(";").encode(),
    "quoted.tsv": lambda: csv_text("\t").encode("utf-8-sig"),
    "rows.jsonl": lambda: "".join(json.dumps(one) + "\n\n" for one in ROWS).encode("utf-8-sig"),
    "rows.ndjson": lambda: "\n".join(map(json.dumps, ROWS)).encode(),
    "lines.json": lambda: "\n".join(map(json.dumps, ROWS)).encode(),
    "list.json": lambda: json.dumps(ROWS, indent=1, ensure_ascii=False).encode(),
    "flat.json": lambda: json.dumps(ROWS).encode(),
    "held.json": lambda: json.dumps({"version": 1, "data": ROWS}).encode(),
    "rows.parquet": lambda: parquet_bytes(ROWS),
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_same_rows(tmp_path, name, packed):
    data = FILES[name]()
    path = tmp_path / (name + ".gz" * packed)
    path.write_bytes(gzip.compress(data) if packed else data)
    assert [row for _, row in read_rows(path)] == ROWS


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("name", [name for name in FILES if name != "excel.csv"])
def test_a_stream_is_read_by_its_first_bytes(name, packed):
    data = FILES[name]()
    stream = io.BufferedReader(io.BytesIO(gzip.compress(data) if packed else data))
    assert [row for _, row in read_rows(stream, known=["Problem"])] == ROWS


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        # As MGSM is published: no header, quotes as they are.
        ("a.tsv", 'a "b\t1\n"c"\t2\n', [("a \"b", "1"), ('"c"', "2")]),
        ("a.tsv", "problem\tanswer\n\"c\td\n\n", [('"c', "d")]),
        ("a.tsv", "problem\tanswer\n\"a\nb\"\t1\n", [("a\nb", "1")]),
        ("a.txt", "a, b\tc\r\n\r\n", [("a, b\tc",), ("",)]),
        ("a.devtest", "problem", [("problem",)]),
    ],
)  # fmt: skip
def test_tables_without_quoting_and_plain_text(tmp_path, name, text, rows):
    path = tmp_path / name
    path.write_bytes(text.encode())
    found = read_rows(path, known=["problem"], positions=("problem", "answer"))
    assert [tuple(row.values()) for _, row in found] == rows


def test_cells_by_given_columns_are_never_unquoted(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text('"x ""y"""\t1\n', encoding="utf-8")
    assert list(read_rows(path, columns=("problem", "answer"))) == [
        (1, {"problem": '"x ""y"""', "answer": "1"})
    ]


def test_a_row_is_named_by_the_line_it_begins_on(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('a,b\n"x\ny",1\n\nz,2\n', encoding="utf-8")
    assert [line for line, _ in read_rows(path)] == [2, 5]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"a,b\n1\n", "{}:2: 1 cells, not 2"),
        ("a.csv", b'a,b\n1,2\n"a"b,1\n', "{}:3: not CSV (',' expected after '\"')"),
        ("a.csv", b"a,b\r1,2\r", "{}:1: not CSV (a carriage return within a line)"),
        ("a.csv", b"a,b\n1,2\r3,4\n", "{}:2: not CSV (a carriage return within a line)"),
        ("a.csv", b'a,b\n1,2\n3,"4\n5\n', "{}:3: not CSV (unexpected end of data)"),
        ("a.csv", b"problem,problem\na,b\n", "{}:1: has two columns called 'problem'"),
        ("a.csv", b"\xff\xfea\0", "{}: is UTF-16; save it as UTF-8"),
        ("a.csv", b"a\ntw\xff", "{}:2: not UTF-8 (byte 0xff at position 2)"),
        ("a.xlsx", b"PK\x03\x04\x14\0", "{}: is not text; save it as CSV, TSV,"),
        ("a.jsonl", b'{"a": 1}\n[1]\n', "{}:2: not a JSON object but '[1]'"),
        ("a.jsonl", b"[1]\n", "{}:1: not a JSON object but '1'"),
        ("a.jsonl", b'{"a": 1}\n{"b"\n', "{}:2: not JSON (Expecting ':' delimiter"),
        ("a.json", b'[\n {"a": 1},\n {"b"}\n]', "{}:3: not JSON (Expecting ':' delim"),
        ("a.parquet", b"PAR1 no", "{}: not a Parquet file ("),
        ("a.csv.gz", b"a,b\n", "{}: not a whole gzip file (Not a gzipped file (b'a,'))"),
        ("a.csv.gz", gzip.compress(b"a,b\n1,2\n", mtime=0)[:-4], "{}: not a whole gzip file ("),
    ],
)  # fmt: skip
def test_faults_name_the_file_and_the_line(tmp_path, name, data, message):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DataFileError) as caught:
        list(read_rows(path))
    assert str(caught.value).startswith(message.format(path))
    assert pickle.loads(pickle.dumps(caught.value)).line == caught.value.line


def test_only_regular_files_are_opened(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    zero = tmp_path / "zero.jsonl"
    zero.symlink_to("/dev/zero")
    for path in (pipe, zero):
        with pytest.raises(DataFileError, match="Not a regular file.; pipe it in and name it -"):
            list(read_rows(path))
    with pytest.raises(DataFileError, match=r"cannot be read \(Is a directory\)"):
        list(read_rows(tmp_path))
    with pytest.raises(DataFileError, match=r"cannot be read \(No such file"):
        read_lines(tmp_path / "none.txt")
    with pytest.raises(DataFileError, match=r"cannot be read \((open: )?embedded null"):
        read_lines("a\0.txt")


def test_lines_and_unpacked_sizes_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "MAX_LINE", 1000)
    monkeypatch.setattr(opening, "_FREE", 10_000)
    long, bomb, text = (tmp_path / name for name in ("long.jsonl", "bomb.csv.gz", "text.csv.gz"))
    long.write_text(json.dumps({"a": "x" * 2000}), encoding="utf-8")
    with pytest.raises(DataFileError, match="a line is longer than 0 MB"):
        list(read_rows(long))
    bomb.write_bytes(gzip.compress(b"a\n" * 1_000_000))
    with pytest.raises(DataFileError, match="unpacks to more than 200 times its size"):
        list(read_rows(bomb))
    text.write_bytes(gzip.compress("".join(f"{n * 7919}\n" for n in range(50_000)).encode()))
    assert sum(1 for _ in read_rows(text)) == 49_999


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt"])
def test_a_cell_may_be_as_long_as_a_line(tmp_path, name):
    path, text = tmp_path / name, "word " * 50_000
    path.write_text("text\n" * (name != "a.txt") + text + "\n", encoding="utf-8")
    assert [row for _, row in read_rows(path)] == [{"text": text}]


def test_lines_end_at_a_line_feed_alone(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffeka\r\n\u2028mbili\x0bc\n\ntatu".encode())
    assert read_lines(path) == ["eka", "\u2028mbili\x0bc", "", "tatu"]


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("xnli/xnli.test.tsv", 4500),
        ("pawsx/x-final/ko/test_2k.tsv", 300),
        ("mkqa/mkqa.jsonl.gz", 414),
        ("lang_samples/lang_samples.tsv", 5399),
    ],
)
def test_published_files(shared_data, name, count):
    assert sum(1 for _ in read_rows(shared_data / name)) == count
