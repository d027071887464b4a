"""Tags and names -> languages: what CLDR knows, what `languages.yaml` adds, what is refused."""

import copy
import pickle
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import xlt
from xlt.errors import DefinitionError, InputError, UnknownName, XLTError
from xlt.files.compiled import shipped_data
from xlt.files.templates import TemplateFiles
from xlt.languages import CLASSES, UNITS, entries, get_language, languages, likely_tag, words
from xlt.languages import language as language_module
from xlt.linting import lint_file

OWN_NAMES = {
    "en": "English",
    "de": "Deutsch",
    "ru": "русский",
    "fr": "français",
    "zh": "中文",
    "es": "español",
    "ja": "日本語",
    "it": "italiano",
    "vi": "Tiếng Việt",
    "tr": "Türkçe",
    "id": "bahasa Indonesia",
    "sw": "Kiswahili",
    "ar": "العربية",
    "ko": "한국어",
    "el": "Ελληνικά",
    "th": "ไทย",
    "bg": "български",
    "hi": "हिन्दी",
    "et": "eesti",
    "bn": "বাংলা",
    "ta": "தமிழ்",
    "gl": "galego",
    "ur": "اردو",
    "te": "తెలుగు",
    "jv": "Jawa",
    "ht": "Kreyòl Ayisyen",
    "qu": "Runasimi",
}


@pytest.mark.parametrize(
    ("asked", "tag", "name", "native"),
    [
        ("zh-Hant", "zh-Hant", "Traditional Chinese", "中文（繁體）"),
        ("ZH-hant-tw", "zh-Hant-TW", "Chinese (Traditional, Taiwan)", "中文（繁體, 台灣）"),
        ("zh_TW", "zh-TW", "Chinese (Taiwan)", "中文（台灣）"),
        ("pt-BR", "pt-BR", "Brazilian Portuguese", "português (Brasil)"),
        ("sr-Latn", "sr-Latn", "Serbian (Latin)", "srpski (latinica)"),
        ("yue", "yue", "Cantonese", "粵語"),
        ("de-AT", "de-AT", "Austrian German", "Deutsch (Österreich)"),
        ("pa-PK", "pa-PK", "Punjabi (Pakistan)", "پنجابی (پاکستان)"),
        ("german", "de", "German", "Deutsch"),
        ("Deutsch", "de", "German", "Deutsch"),
        ("  English\n", "en", "English", "English"),
        ("TÜRKÇE", "tr", "Turkish", "Türkçe"),
        ("Brazilian Portuguese", "pt-BR", "Brazilian Portuguese", "português (Brasil)"),
        ("Chinese (Simplified)", "zh-Hans", "Simplified Chinese", "中文（简体）"),
        ("Bangla", "bn", "Bengali", "বাংলা"),
        ("Quechua", "qu", "Southern Quechua", "Runasimi"),
        ("Tagalog", "fil", "Filipino", "Filipino"),
        ("iw", "he", "Hebrew", "עברית"),
        ("swh_Latn", "sw", "Swahili", "Kiswahili"),
        ("npi_Deva", "ne", "Nepali", "नेपाली"),
        ("ory_Orya", "or", "Odia", "ଓଡ଼ିଆ"),
        ("arb", "ar", "Arabic", "العربية"),
        ("cmn", "zh", "Chinese", "中文"),
        ("zho_Hans", "zh-Hans", "Simplified Chinese", "中文（简体）"),
        ("hin_Latn", "hi-Latn", "Hindi (Latin)", "हिन्दी"),
        ("arz_Arab", "arz", "Egyptian Arabic", "Egyptian Arabic"),
        ("Farsi", "fa", "Persian", "فارسی"),
        ("Mandarin", "zh", "Chinese", "中文"),
        ("slovene", "sl", "Slovenian", "slovenščina"),
        ("Castilian", "es", "Spanish", "español"),
        ("ภาษาไทย", "th", "Thai", "ไทย"),
        ("Serbian (Cyrillic)", "sr-Cyrl", "Serbian (Cyrillic)", "српски (ћирилица)"),
        ("Portuguese (Brazil)", "pt-BR", "Brazilian Portuguese", "português (Brasil)"),
        ("i-klingon", "tlh", "Klingon", "Klingon"),
        ("en-x-private", "en-x-private", "English", "English"),
        ("en-US-u-ca-gregory", "en-US-u-ca-gregory", "English (United States)", "English"),
        ("jv-Java", "jv-Java", "Javanese (Javanese)", "Jawa"),
    ],
)
def test_a_tag_or_a_name_gives_the_language(asked, tag, name, native):
    found = get_language(asked)
    assert (found.tag, found.name, found.native_name) == (tag, name, native)


def test_the_papers_languages_answer_to_their_tag_and_both_names():
    papers = [one for one in languages() if one.tier]
    assert {one.tag: one.native_name for one in papers} == OWN_NAMES
    for language in languages():
        for name in (language.tag, language.name, language.native_name, language.name.upper()):
            assert get_language(name) == language


def test_tiers_are_those_of_the_paper():
    tiers = {tier: [one.tag for one in languages() if one.tier == tier] for tier in
             ("high", "middle", "very low")}  # fmt: skip
    assert tiers == {
        "high": ["de", "en", "es", "fr", "it", "ja", "ru", "vi", "zh"],
        "middle": ["ar", "bg", "el", "et", "hi", "id", "ko", "sw", "th", "tr"],
        "very low": ["bn", "gl", "ht", "jv", "qu", "ta", "te", "ur"],
    }


@pytest.mark.parametrize("tag", ["cmn", "zh-Hant", "zh-TW", "zh-Hant-TW"])
def test_a_variety_takes_words_and_tier_from_its_language(tag):
    assert get_language(tag).words == get_language("zh").words
    assert get_language(tag).tier == "high"


@pytest.mark.parametrize(
    ("tag", "of"), [("nb", "no"), ("tw", "ak"), ("kmr", "ku"), ("pbt_Arab", "ps"), ("gaz", "om")]
)
def test_a_language_takes_its_words_from_its_macrolanguage(tag, of):
    assert get_language(tag).words == get_language(of).words
    assert get_language(tag).words.answer


@pytest.mark.parametrize(
    ("asked", "guess"),
    [
        ("Chinesse", "Chinese"),
        ("Germn", "German"),
        ("kreyòl", "Haitian Creole"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(asked, guess):
    with pytest.raises(UnknownName, match=f"Did you mean '{guess}'"):
        get_language(asked)


@pytest.mark.parametrize(
    "asked",
    ["", "  ", "a", "e", "en-", "-en", "en--us", "xx", "x-mine", "qaa", "und", "mul", "zxx",
     "de-1901-1901", "en-a-bbb-a-ccc", "en.UTF-8", "C", "\0", "\ud800", "x" * 10_000,
     "en-x-" + "-".join(["abcdefgh"] * 1_200), "木" * 10_000],
    ids=lambda asked: ascii(asked[:12]),
)  # fmt: skip
def test_what_is_no_language_is_refused(asked):
    with pytest.raises(UnknownName) as caught:
        get_language(asked)
    assert "Known: Arabic, Bengali," in str(caught.value)
    assert "any other BCP-47 tag" in str(caught.value)
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize(
    ("tag", "script", "likely"),
    [
        ("kr", "Hang", "ko"),
        ("jp", "Hira", "ja"),
        ("cn", "Hani", "zh"),
        ("am", "Armn", "hy"),
        ("kr", "Latn", None),
        ("ko", "Hang", None),
        ("ja", "Hani", None),
        ("de", "Latn", None),
        ("sw", "Hang", None),
        ("swh", "Hang", None),
    ],
)
def test_a_country_code_is_told_from_a_language_by_the_texts_script(tag, script, likely):
    assert likely_tag(tag, script) == likely


@pytest.mark.parametrize(("asked", "guess"), [("jp", "ja"), ("CN", "zh"), ("cz", "cs")])
def test_the_code_of_a_country_suggests_its_language(asked, guess):
    with pytest.raises(UnknownName, match=f"Did you mean '{guess}'"):
        get_language(asked)


@pytest.mark.parametrize("asked", ["a", "xx", "-en"])
def test_two_or_three_letters_are_too_few_to_guess_from(asked):
    with pytest.raises(UnknownName) as caught:
        get_language(asked)
    assert "Did you mean" not in str(caught.value)


@pytest.mark.parametrize("asked", [None, 3, b"en", ["en"]])
def test_only_a_string_or_a_language_names_one(asked):
    with pytest.raises(InputError, match="language must be a tag or a name"):
        get_language(asked)


TAG_LIKE = st.from_regex(r"[A-Za-z]{1,4}([-_][A-Za-z0-9]{1,9}){0,6}", fullmatch=True)


@given(st.one_of(st.text(alphabet=st.characters(), max_size=40), TAG_LIKE))
@example("00_AAA_00A")
@example("00_AAA_000")
@example("\x0000\x80")
def test_get_language_raises_nothing_but_xlt_errors(text):
    try:
        found = get_language(text)
    except XLTError:
        return
    assert found.name
    assert found.native_name
    assert get_language(found.tag) == found


def test_a_language_pickles_and_copies():
    language = get_language("zh-Hant")
    for twin in (pickle.loads(pickle.dumps(language)), copy.deepcopy(language)):
        assert (twin, twin.words, twin.name) == (language, language.words, "Traditional Chinese")


def folder_with(tmp_path: Path, text: str) -> TemplateFiles:
    (tmp_path / "languages.yaml").write_text(text, encoding="utf-8")
    return TemplateFiles.at(tmp_path)


@pytest.mark.parametrize(
    ("tag", "asked"),
    [
        ("tlh", "tlhIngan Hol"),
        ("x-mine", "x-mine"),
        ("X-Mine", "Our Words"),
        ("qaa", "our words"),
        ("zz-Qaaa", "zz_qaaa"),
    ],
)
def test_a_language_of_your_own_is_one_entry(tmp_path, tag, asked):
    entry = "{name: Our Words, native_name: tlhIngan Hol, tier: very low, answer: [jangwI']}"
    files = folder_with(tmp_path, f"languages:\n  {tag}: {entry}\n")
    found = get_language(asked, files)
    assert (found.tag.casefold(), found.name) == (tag.casefold(), "Our Words")
    assert (found.native_name, found.tier) == ("tlhIngan Hol", "very low")
    assert found.words.answer == ("jangwI'",)
    assert found in languages(files)
    assert len(languages(files)) == len(languages()) + 1
    prompt = xlt.compose("mgsm", "loS", language=asked, templates=str(tmp_path))
    assert prompt.text.startswith("I want you to act as an arithmetic reasoning expert for Our")


def test_an_own_entry_needs_no_native_name(tmp_path):
    files = folder_with(tmp_path, "languages:\n  x-mine: {name: Mine}\n")
    assert get_language("x-mine", files).native_name == "Mine"


def test_an_own_entry_changes_a_shipped_one_key_by_key(tmp_path):
    files = folder_with(tmp_path, "languages:\n  ZH: {answer: [最终答案]}\n")
    assert get_language("zh", files).words.answer == ("最终答案",)
    assert get_language("zh", files).tier == "high"
    assert get_language("zh").words.answer[:2] == ("答案", "答")


def test_an_own_dialect_name(tmp_path):
    files = folder_with(tmp_path, "dialects:\n  zh_hant_hk: Hong Kong Chinese\n")
    assert get_language("zh-Hant-HK", files).name == "Hong Kong Chinese"
    assert get_language("hong kong chinese", files).tag == "zh-Hant-HK"


def test_a_dialect_that_cldr_does_not_know_at_all(tmp_path):
    files = folder_with(tmp_path, "dialects:\n  x-mine: My Speech\n")
    for asked in ("x-mine", "my speech"):
        found = get_language(asked, files)
        assert (found.tag, found.name, found.native_name) == ("x-mine", "My Speech", "My Speech")


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("- en\n", 1, 1, "must be a mapping with the keys"),
        ("langauges:\n  en: {}\n", 2, 3, "Did you mean 'languages'"),
        ("languages: en\n", 1, 12, "must be a mapping from language tags"),
        ("languages:\n  en:\n", 2, 6, "the entry of en must be a mapping"),
        ("languages:\n  en: [Answer]\n", 2, 7, "the entry of en must be a mapping"),
        ("languages:\n  klingon language: {name: K}\n", 2, 21, "is not a language tag"),
        ("languages:\n  00_AAA_00A: {name: K}\n", 2, 15, "is not a language tag"),
        ("languages:\n  x-mine: {tier: high}\n", 2, 11, "give it a name"),
        ("languages:\n  en:\n    tier: hihg\n", 3, 11, "Did you mean 'high'"),
        ("languages:\n  en:\n    anser: [A]\n", 3, 12, "Did you mean 'answer'"),
        ("languages:\n  en:\n    answer: A\n", 3, 13, "must be a list"),
        ("languages:\n  en:\n    yes: [Yes, '']\n", 3, 16, "a word of en.yes must be text"),
        ("languages:\n  en:\n    yes: [[Yes]]\n", 3, 11, "a word of en.yes must be text"),
        ("languages:\n  en: {name: ''}\n", 2, 14, "en.name must be text"),
        ("languages:\n  en: {native_name: [a]}\n", 2, 21, "en.native_name must be text"),
        ("dialects: [en-GB]\n", 1, 11, "dialects must be a mapping"),
        ("dialects:\n  en-GB: [British]\n", 2, 10, "the name of en-GB must be text"),
        ("dialects:\n  en GB: British\n", 2, 10, "'en GB' is not a language tag"),
        ("languages:\n  en: {}\n  en: {}\n", 3, 3, "appears twice"),
    ],
)
def test_a_bad_entry_is_named_with_its_place(tmp_path, text, line, column, words):
    files = folder_with(tmp_path, text)
    with pytest.raises(DefinitionError, match=words) as caught:
        get_language("en", files)
    place = f"{tmp_path / 'languages.yaml'}:{line}:{column}: "
    assert str(caught.value).startswith(place), str(caught.value)
    assert (caught.value.line, caught.value.column) == (line, column)


def file_of(tmp_path: Path, name: str, text: str) -> TemplateFiles:
    (tmp_path / "languages").mkdir(exist_ok=True)
    (tmp_path / "languages" / name).write_text(text, encoding="utf-8")
    return TemplateFiles.at(tmp_path)


def test_a_language_of_your_own_is_one_file(tmp_path):
    text = (
        "name: House Style\nnumbers: {nil: 0}\n"
        "lexicon:\n  or: [or else]\n  time: {hour: [hr]}\n  scale: {grand: 1000}\n"
    )
    files = file_of(tmp_path, "x-house.yaml", text)
    found = get_language("house style", files)
    assert found.tag == "x-house"
    assert words(found, "or") == ("or else",)
    assert words(found, "and") == ()
    assert found.lexicon["time"] == {"hour": ("hr",)}
    assert (found.lexicon["scale"], found.lexicon["numbers"]) == ({"grand": 1000}, {"nil": 0})


def test_an_own_file_changes_a_shipped_one_class_by_class(tmp_path):
    files = file_of(tmp_path, "zh.yaml", "lexicon: {answer: [最终答案]}\n")
    own = get_language("zh-Hant", files)
    assert words(own, "answer") == ("最终答案",)
    assert words(own, "yes") == words(get_language("zh"), "yes") != ()
    assert own.tier == "high"


def test_an_own_file_lies_over_the_entry_in_languages_yaml(tmp_path):
    folder_with(tmp_path, "languages:\n  x-mine: {name: Mine, answer: [A], yes: [Y]}\n")
    found = get_language(
        "x-mine", file_of(tmp_path, "x-mine.yaml", "name: Ours\nlexicon: {yes: [J]}\n")
    )
    assert (found.name, words(found, "answer"), words(found, "yes")) == ("Ours", ("A",), ("J",))


def test_a_pickled_language_keeps_the_words_of_its_folder(tmp_path):
    found = get_language("zh", file_of(tmp_path, "zh.yaml", "lexicon: {answer: [最终答案]}\n"))
    assert words(pickle.loads(pickle.dumps(found)), "answer") == ("最终答案",)
    assert len(pickle.dumps(found)) < 500


@pytest.mark.parametrize(
    ("name", "text", "line", "column", "fault"),
    [
        ("klingon language.yaml", "name: K\n", 1, 1, "not the name of a template file"),
        ("klingonlanguage.yaml", "name: K\n", 1, 1, "is not a language tag"),
        ("en.yaml", "- or\n", 1, 1, "must be a mapping with the keys"),
        ("en.yaml", "lexicon: [or]\n", 1, 10, "en.lexicon must be a mapping"),
        ("en.yaml", "lexicon: {ro: [or]}\n", 1, 15, "No key of language en named 'ro'"),
        ("en.yaml", "lexicon: {or: or}\n", 1, 15, "the words of en.or must be a list"),
        ("en.yaml", "lexicon:\n  scale: {k: thousand}\n", 2, 14, "must be a whole number"),
        ("en.yaml", "lexicon: {time: {huor: [h]}}\n", 1, 24, "Did you mean 'hour'"),
        ("en.yaml", "numbers: {two: -2}\n", 1, 16, "must be a number, such as 2 or 2.5"),
        ("en.yaml", "instructions: {think: a}\n", 1, 15, "the lines of en must be"),
        ("x-mine.yaml", "tier: high\n", 1, 1, "give it a name"),
    ],
)
def test_a_fault_in_a_language_file_is_named_with_its_place(
    tmp_path, name, text, line, column, fault
):
    files = file_of(tmp_path, name, text)
    tag = Path(name).stem
    with pytest.raises(XLTError, match=fault) as caught:
        get_language(tag if tag in ("en", "x-mine") else "english", files)
    if isinstance(caught.value, DefinitionError):
        assert (caught.value.line, caught.value.column) == (line, column)
        path = tmp_path / "languages" / name
        assert [(one.line, one.column) for one in lint_file(path)] == [(line, column)]


def test_a_language_file_stays_under_its_root(tmp_path, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "zh.yaml"
    outside.write_text("lexicon: {answer: [最终答案]}\n", encoding="utf-8")
    (tmp_path / "languages").mkdir()
    (tmp_path / "languages" / "zh.yaml").symlink_to(outside)
    with pytest.raises(DefinitionError, match="lies outside its template folder"):
        get_language("zh", TemplateFiles.at(tmp_path))


def test_only_the_files_of_used_languages_are_read(monkeypatch):
    read = []
    monkeypatch.setattr(
        entries, "shipped_data", lambda name: read.append(Path(name).name) or shipped_data(name)
    )
    for cached in (entries.language_entry, entries._index, entries.lexicon_of):
        cached.cache_clear()
    language_module._language.cache_clear()
    language_module._find.cache_clear()
    language_module._named.cache_clear()
    get_language("zh-Hant")
    get_language("Kiswahili")
    assert set(read) == {"languages.yaml", "zh-hant.yaml", "zh.yaml", "sw.yaml"}


PAPERS = sorted(OWN_NAMES)
OTHERS = [tag for tag in sorted(entries.shipped_files()) if tag not in {*PAPERS, "zh-Hant"}]
"""All further ones: those of the benchmarks, and their neighbours."""
MMLU_PROX = "en ja zh ko fr de es pt zu sw wo yo th ar hi bn mr ne af te ur ru id vi cs hu it sr uk"
QUECHUA = "article between choose except if less more preposition pronoun question range tell than "
WITHOUT = {"jv": {"particles"}, "qu": {"particles", *(QUECHUA + "turn unable wait").split()}}
"""Classes for which a language has no words; `letters` are those of scripts other than Latin."""
LATIN_LETTERS = {"letters", "particles"}
SOME_CLASSES = (
    "abbreviation case clock given half judged part placeholder purpose respectively result "
    "than_after that total whether idiom nth nth_before prefix retell retold working solving aim "
    "output name_particle romanized romanized_shared then aside currency different_meaning opener "
    "number_joins"
)
SOME = set(SOME_CLASSES.split())
"""Classes that only the languages have whose replies were seen to need them."""


@pytest.mark.parametrize("tag", PAPERS)
def test_each_of_the_papers_languages_has_words_of_every_class(tag):
    lexicon = get_language(tag).lexicon
    missing = {name for name in CLASSES if not lexicon.get(name)}
    assert missing <= LATIN_LETTERS | SOME | WITHOUT.get(tag, set())
    assert set(lexicon["time"]) == set(UNITS)
    assert {100, 1000, 1_000_000} <= set(lexicon["scale"].values()) | {100}
    assert set(range(101)) <= set(lexicon["numbers"].values())


@pytest.mark.parametrize("tag", OTHERS)
def test_further_languages_have_the_words_that_a_reply_turns_on(tag):
    lexicon = get_language(tag).lexicon
    for name in ("answer", "option", "or", "and", "not", "but", "because", "yes", "no",
                 "uncertain", "refusal", "therefore", "explanation", "contradiction"):  # fmt: skip
        assert lexicon[name], name
    assert set(lexicon["time"]) == set(UNITS)
    assert 1000 in lexicon["scale"].values()
    assert set(range(11)) <= set(lexicon["numbers"].values())


@pytest.mark.parametrize("tag", [*PAPERS, *OTHERS])
def test_words_are_written_once_and_in_nfc(tag):
    lexicon = get_language(tag).lexicon
    for name in CLASSES:
        listed = lexicon.get(name, ())
        assert len(set(listed)) == len(listed), (name, listed)
        assert all(word == unicodedata.normalize("NFC", word).strip() for word in listed)


@pytest.mark.parametrize(
    ("tag", "word", "value"),
    [
        ("de", "einundzwanzig", 21),
        ("fr", "quatre-vingt-dix-neuf", 99),
        ("fr", "vingt et un", 21),
        ("ko", "열다섯", 15),
        ("ko", "십오", 15),
        ("vi", "mười lăm", 15),
        ("te", "పదిహేను", 15),
        ("ur", "پندرہ", 15),
        ("hi", "पंद्रह", 15),
        ("ta", "பதினைந்து", 15),
        ("th", "ห้าสิบ", 50),
        ("bn", "পনেরো", 15),
        ("jv", "selawe", 25),
        ("gl", "trinta e unha", 31),
        ("ht", "katrevendis", 90),
        ("eu", "laurogeita hemeretzi", 99),
        ("ar", "خمسة وعشرون", 25),
        ("sl", "tisoč", 1000),
        ("en", "one million", 1_000_000),
    ],
)
def test_number_words(tag, word, value):
    assert get_language(tag).lexicon["numbers"][word] == value


def test_units_and_scales():
    assert get_language("hi").lexicon["scale"]["लाख"] == 100_000
    assert get_language("ko").lexicon["scale"]["백만"] == 1_000_000
    assert "часа" in get_language("ru").lexicon["time"]["hour"]


def test_native_lines_speak_at_least_35_languages():
    files = TemplateFiles.at(None)
    complete = {
        tag
        for tag in entries.language_tags(files)
        if "think" in entries.instruction_lines(tag, files)
    }
    prox = set(MMLU_PROX.split())
    assert len(complete) >= 35
    assert prox | {"ms"} <= complete
    for tag in complete | {"ha", "si"}:
        assert entries.instruction_lines(tag, files)["answer_in"]
    for tag in prox:
        assert "({})" in entries.instruction_lines(tag, files)["answer_is"]


@pytest.mark.parametrize(
    ("tag", "line"),
    [
        ("sw", "Jibu kwa Kiswahili."),
        ("de", "Antworte auf Deutsch."),
        ("pt", "Responda em português."),
    ],
)
def test_the_line_that_asks_for_the_language(tag, line):
    assert entries.instruction_lines(tag, TemplateFiles.at(None))["answer_in"] == line


def test_the_names_that_come_with_xlt_are_cldrs():
    """They are written down so that no request waits for CLDR's tables, and follow them."""

    from xlt.languages.language import _cldr_names

    parts = {"name": "english", "native_name": "native"}
    folder = TemplateFiles.at(None).find("languages/en.yaml").parent
    found = 0
    for path in folder.glob("*.yaml"):
        tag = get_language(path.stem).tag
        for line in path.read_text(encoding="utf-8").splitlines()[:4]:
            key, _, value = line.partition(": ")
            if key in parts and value.endswith(" # CLDR"):
                assert value.removesuffix(" # CLDR") == getattr(_cldr_names(tag), parts[key]), tag
                found += 1
    assert found > 130
