"""Generated questions: one problem in every language, keys that are right, and verdicts."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

import xlt
from xlt.files.templates import shipped_folder
from xlt.flair import HARD_FOR_BOTS, KINDS, Question, Verdict, flair_languages, question
from xlt.flair.checks import is_right
from xlt.flair.generators import HARDEST, count_islands
from xlt.flair.wordings import shipped

FLAIR = shipped_folder() / "flair"
LANGUAGES = flair_languages()


def wrong_and_right(asked: Question) -> tuple[str, str]:
    """Return a wrong and a right answer to a question, the latter without its generator's help."""
    if asked.key[0] != "edits":
        return ("0", asked.key[1])
    _, operation, first, second, count, results, string = asked.key
    right = list(dict.fromkeys(edits(operation, first, second, int(count), string)))
    return " ".join(right[:1] * 3), ", ".join(right[: int(results)])


def edits(operation: str, first: str, second: str, count: int, string: str) -> list[str]:
    ones = [place for place, one in enumerate(string) if one == first]
    others = [place for place, one in enumerate(string) if one == second]
    if operation == "insert":
        return [string[:cut] + first * count + string[cut:] for cut in range(len(string) + 1)]
    made = []
    for start in range(len(ones) - count + 1):
        bits = list(string)
        for place, other in zip(ones[start : start + count], others, strict=False):
            bits[place] = "" if operation == "drop" else second
            if operation == "swap":
                bits[other] = first
        made.append("".join(bits))
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_in_every_language_has_a_right_and_a_wrong_answer(kind: str):
    for tag in LANGUAGES:
        for seed in range(5):
            for difficulty in (1, HARDEST):
                asked = question(kind, tag, seed, difficulty=difficulty)
                wrong, right = wrong_and_right(asked)
                assert not re.search(r"\{[a-z]+\}", asked.text)
                assert asked.is_right(right), (asked, right)
                assert asked.is_right(f"I retell it.\nAnswer: {right}")
                assert not asked.is_right(wrong), (asked, wrong)
                assert not asked.is_right("")


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_gives_the_same_problem_in_every_language(kind: str):
    for seed in range(20):
        keys = {question(kind, tag, seed).key for tag in LANGUAGES}
        if kind in ("substitution", "positioning"):  # a text in the letters of the script
            lengths = {len(regex.findall(r"\X", key[1])) for key in keys}
            assert len(lengths) == 1
        else:
            assert len(keys) == 1
        assert question(kind, "sw", seed) == question(kind, "Swahili", seed)


@pytest.mark.parametrize("kind", KINDS)
def test_difficulty_makes_a_longer_or_rarer_problem(kind: str):
    easy, hard = (
        [question(kind, "en", seed, difficulty=level).text for seed in range(20)]
        for level in (1, HARDEST)
    )
    if kind == "memorization":
        assert len(set(easy)) < len(set(hard))
    elif kind == "ascii_art":
        assert sum(text.count(".") for text in hard) > sum(text.count(".") for text in easy)
    else:
        assert min(map(len, hard)) > max(map(len, easy)) * 0.9


@pytest.mark.parametrize(
    ("tag", "sentence"),
    [("hi", r"(\S+) में (\S+) कितनी बार आता है\?"), ("zh", r"(\S+)中有多少个(.)？")],
)
def test_letters_are_counted_by_grapheme_cluster(tag: str, sentence: str):
    for seed in range(20):
        asked = question("counting", tag, seed)
        string, letter = re.fullmatch(sentence, asked.text).groups()
        clusters = regex.findall(r"\X", string)
        assert len(clusters) == 30
        assert str(clusters.count(letter)) == asked.key[1]


def test_every_script_has_twenty_letters_none_part_of_another():
    for code, row in shipped("letters").items():
        found = row.split()
        assert len(set(found)) == 20, code
        assert [regex.fullmatch(r"\X", one) for one in found].count(None) == 0, code
        bases = [unicodedata.normalize("NFD", one)[0] for one in found]
        assert code == "Kore" or len(set(bases)) == 20, code


def test_a_string_holds_as_many_letters_as_were_drawn():
    for tag in LANGUAGES:
        _, text = question("substitution", tag, 3).key
        assert len(regex.findall(r"\X", text)) == 6


def test_every_wording_names_its_source():
    for kind in KINDS:
        for line in (FLAIR / f"{kind}.yaml").read_text(encoding="utf-8").splitlines():
            assert not line.startswith("  ") or line.endswith(("# ours", "# paper")), line


def test_twelve_languages_and_more_have_every_wording():
    assert len(LANGUAGES) >= 12
    for kind in KINDS:
        assert len({question(kind, tag, 1).text for tag in LANGUAGES}) == len(LANGUAGES)


def test_no_two_pieces_of_land_touch_by_a_corner_and_islands_are_counted():
    for seed in range(20):
        asked = question("search", "en", seed, difficulty=2)
        rows = asked.text.splitlines()[1:]
        land = {
            (row, at) for row, line in enumerate(rows) for at, one in enumerate(line) if one == "■"
        }
        assert asked.key[1] == str(count_islands(land))
        for row, at in land:
            for right in (-1, 1):
                if (row + 1, at + right) in land:
                    assert {(row + 1, at), (row, at + right)} & land


def test_one_picture_is_of_another_thing():
    for seed in range(20):
        asked = question("ascii_art", "en", seed)
        pictures = asked.text.split("\n", 1)[1].split("\n\n")
        strokes = [
            "".join(sorted(re.sub(r"[\s.]", "", one[2:].translate(FLAT)))) for one in pictures
        ]
        odd = next(place for place, one in enumerate(strokes) if strokes.count(one) == 1)
        assert "ABCD"[odd] == asked.key[1]


FLAT = str.maketrans("\\)>]}", "/(<[{")


REPLIES = [
    (("number", "4", "0"), "There are 4 of them.", "en", True),
    (("number", "4", "0"), "उत्तर: चार", "hi", True),
    (("number", "4", "0"), "Nne.", "sw", True),
    (("number", "4", "0"), "tano", "sw", False),
    (("number", "4", "0"), "४", "hi", True),
    (("number", "4", "0"), "3 or 5", "en", False),
    (("number", "8849", "0.05"), "8,900 metres", "en", True),
    (("number", "8849", "0.05"), "9,400 metres", "en", False),
    (("number", "64495672", "0"), "64,495,672", "en", True),
    (("number", "64495672", "0"), "64,495,671", "en", False),
    (("text", "tsrrcb"), 'It becomes "TSRRCB".', "en", True),
    (("text", "tsrrcb"), "The result is tsrrcb.", "en", True),
    (("text", "tsrrcb"), "Answer: **tsrrcb**", "en", True),
    (("text", "tsrrcb"), "tsrrcbb", "en", False),
    (("text", "C"), "Answer: C (the cat)", "en", True),
    (("text", "C"), "Answer: A, because C is a cat", "en", False),
    (("text", "खि"), "उत्तर: खि", "hi", True),
    (("text", "खि"), "उत्तर: ख", "hi", False),
    (("text", "田"), "「田」です。", "ja", True),
    (("edits", "drop", "1", "0", "1", "2", "01101"), "1. 0101\n2. 0110", "en", True),
    (("edits", "drop", "1", "0", "1", "2", "01101"), "From 01101: 0101 and 0110", "en", True),
    (("edits", "drop", "1", "0", "1", "2", "01101"), "0101 and 0101", "en", False),
    (("edits", "drop", "1", "0", "1", "2", "01101"), "0101, 0110 and 0011", "en", False),
    (("edits", "insert", "0", "1", "1", "2", "01101"), "٠٠١١٠١ و٠١١٠١٠", "ar", True),
    (("edits", "substitute", "1", "0", "1", "2", "01101"), "00101, 01001", "en", True),
    (("edits", "substitute", "1", "0", "1", "2", "01101"), "00101, 10001", "en", False),
    (("edits", "swap", "1", "0", "1", "2", "01101"), "10101, 11100", "en", True),
    (("edits", "swap", "1", "0", "1", "2", "01101"), "10101, 01101", "en", False),
]  # fmt: skip


@pytest.mark.parametrize(("key", "reply", "language", "right"), REPLIES)
def test_replies(key: tuple[str, ...], reply: str, language: str, right: bool):
    assert is_right(key, reply, language) is right


@given(st.text(max_size=200))
def test_no_text_breaks_a_check(reply: str):
    for kind in KINDS:
        question(kind, "en", 1).verdict(reply, 1)


VERDICTS = [
    ("counting", True, 60, "person"),
    ("counting", False, 2, "bot"),
    ("counting", None, 2, "unclear"),
    ("computation", True, 10, "bot"),
    ("computation", True, 10.1, "person"),
    ("computation", False, 2, "person"),
    ("computation", None, 2, "person"),
]


@pytest.mark.parametrize(("kind", "right", "seconds", "looks_like"), VERDICTS)
def test_verdicts(kind: str, right: bool | None, seconds: float, looks_like: str):
    asked = question(kind, "sw", 5)
    reply = "" if right is None else wrong_and_right(asked)[right]
    assert asked.verdict(reply, seconds) == Verdict(bool(right), looks_like)


def test_hard_for_bots_are_all_kinds_but_two():
    assert set(KINDS) - set(HARD_FOR_BOTS) == {"computation", "memorization"}


def test_the_key_is_not_shown():
    assert "key" not in repr(question("counting", "sw", 5))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "count"}, "No kind of question named 'count'. Did you mean 'counting'"),
        ({"language": "fi"}, "No language of FLAIR's counting questions named 'fi'"),
        ({"language": "zh-Hant"}, "named 'zh-Hant'"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"seed": True}, "seed is True"),
        ({"difficulty": 6}, "difficulty is 6; it must be from 1 to 5"),
    ],
)
def test_what_is_refused(arguments: dict[str, object], message: str):
    given = {"kind": "counting", "language": "sw", "seed": 1} | arguments
    with pytest.raises(xlt.XLTError, match=re.escape(message)):
        question(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "7"])
def test_seconds_are_a_number(seconds: object):
    with pytest.raises(xlt.XLTError, match="seconds is"):
        question("counting", "sw", 1).verdict("7", seconds)  # type: ignore[arg-type]


def test_a_variety_takes_the_wording_of_its_language():
    assert question("counting", "pt-BR", 1).text == question("counting", "pt", 1).text


def test_a_template_folder_adds_a_language(tmp_path: Path):
    (tmp_path / "flair").mkdir()
    own = tmp_path / "flair" / "counting.yaml"
    own.write_text('count: {el: "Πόσες φορές εμφανίζεται το {letter} στο {string};"}', "utf-8")
    asked = question("counting", "el", 1, templates=tmp_path)
    assert "GREEK" in unicodedata.name(asked.text.split("το ")[1][0])
    assert asked.key == question("counting", "sw", 1).key
    assert (
        question("counting", "sw", 1, templates=tmp_path).text == question("counting", "sw", 1).text
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "the wordings must be a mapping"),
        ("counts: {el: x}", "Did you mean 'count'"),
        ("count: x", "count must be a mapping"),
        ("count: {el: 'Πόσα {letter};'}", "count in el must hold {letter}, {string}"),
    ],
)
def test_a_wrong_wording_is_named(tmp_path: Path, text: str, message: str):
    (tmp_path / "flair").mkdir()
    (tmp_path / "flair" / "counting.yaml").write_text(text, "utf-8")
    with pytest.raises(xlt.XLTError, match=re.escape(message)):
        question("counting", "el", 1, templates=tmp_path)
