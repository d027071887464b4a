"""M-IFEval's instructions: rows of our own, and the authors' verdicts on recorded replies."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from xlt.errors import DataFileError, InputError
from xlt.evaluation import load, score_values
from xlt.evaluation.instructions import CHECKS, follows, follows_loosely

AT_LEAST, UNDER = {"relation": "al menos"}, {"relation": "未満"}
CASES = [
    ("es:punctuation:no_comma", {}, "Sin pausa.", "Con, pausa."),
    ("ja:punctuation:no_comma", {}, "雨だ, 傘だ。", "雨だ、傘だ。"),
    ("ja:punctuation:no_period", {}, "雨です", "雨です。"),
    ("es:detectable_format:number_bullet_lists", {"num_bullets": 2}, "* uno\n- dos", "* uno"),
    ("ja:detectable_format:number_bullet_lists", {"num_bullets": 2}, "・一\n・二", "* 一\n* 二"),
    ("es:detectable_format:title", {}, "<<Lluvia>>\nLlueve.", "Lluvia"),
    ("fr:detectable_format:title", {}, "##Pluie##", "<<Pluie>>"),
    ("ja:detectable_format:title", {}, "『雨』", "「雨」"),
    ("fr:detectable_format:constrained_response", {}, "Je dis : Peut-être.", "Je ne sais pas."),
    ("fr:detectable_format:json_format", {}, '```json\n{"a": 1}\n```', "a: 1"),
    (
        "ja:detectable_format:number_highlighted_sections",
        {"num_highlights": 2},
        "《雨》《風》",
        "*雨*",
    ),
    ("fr:detectable_format:number_highlighted_sections", {"num_highlights": 1}, "*mot*", "mot"),
    ("ja:detectable_format:nominal_ending", {"count": 1}, "明日は雨。", "明日は雨です。"),
    (
        "es:detectable_content:number_placeholders",
        {"num_placeholders": 2, "relation": "al menos"},
        "[calle] [ciudad]",
        "[calle]",
    ),
    ("fr:detectable_content:no_digits", {}, "deux jours", "2 jours"),
    ("fr:detectable_content:informal_address", {}, "Comment vas-tu ?", "Comment allez-vous ?"),
    ("ja:detectable_content:postscript", {"postscript_marker": "P.S."}, "では。P. S. 傘", "では。"),
    (
        "es:keywords:letter_frequency",
        {"let_relation": "al menos", "letter": "F", "let_frequency": 2},
        "fofo",
        "foto",
    ),
    ("fr:keywords:existence", {"keywords": ["pomme de terre"]}, "La Pomme de terre.", "La pomme."),
    (
        "es:keywords:forbidden_words",
        {"forbidden_words": ["empresa"]},
        "Las empresas.",
        "La Empresa.",
    ),
    (
        "es:change_case:capital_word_frequency",
        {"capital_relation": "como máximo", "capital_frequency": 1},
        "La ONU habla.",
        "La ONU y la UE.",
    ),
    ("es:change_case:spanish_capital", {}, "EL PERRO DUERME EN LA CASA.", "El perro duerme."),
    ("fr:change_case:french_lowercase", {}, "le chien dort dans la maison.", "Le chien dort."),
    ("es:length_constraints:number_words", {**AT_LEAST, "num_words": 3}, "uno dos tres", "uno dos"),
    (
        "es:length_constraints:number_sentences",
        {**AT_LEAST, "num_sentences": 2},
        "Llueve. ¿Hace frío?",
        "1. Llueve y hace frío.",
    ),
    ("ja:length_constraints:number_sentences", {**UNDER, "num_sentences": 2}, "雨だ。", "雨\n風\n"),
    ("ja:length_constraints:number_letters", {**UNDER, "num_letters": 4}, "雨です", "雨ですね"),
    (
        "fr:length_constraints:number_paragraphs",
        {"num_paragraphs": 2},
        "Un\n***\nDeux",
        "Un\n\nDeux",
    ),
    ("ja:letters:kanji", {**UNDER, "kanji_limit": 2}, "雨です", "大雨です"),
    ("ja:letters:kansuuji", {}, "二つ", "2つ"),
    ("ja:letters:katakana_only", {}, "アメデス。", "アメだ。"),
    ("ja:letters:no_hiragana", {}, "大雨", "大雨です"),
    ("ja:letters:no_katakana", {}, "大雨です", "ドリアン"),
    ("es:special_character:enie", {"let_frequency": 1}, "El niño come.", "El niño y la niña."),
    ("es:special_character:tildes", {**AT_LEAST, "num_words": 1}, "Aquí.", "Nada."),
    ("es:special_character:dieresis", {"let_frequency": 1}, "El pingüino.", "El perro."),
    ("fr:special_character:ethel_or_cedilla", {"forbidden_char": "ç"}, "facade", "façade"),
    (
        "fr:special_character:accents",
        {"word_to_accentuate": {"ecole": "école"}},
        "À l'école.",
        "A l'ecole.",
    ),
    ("es:punctuation:exclamation_marks", {}, "¡Vamos!", "Vamos!"),
    ("fr:startend:quotation", {}, '"Oui."', "Oui."),
    ("ja:startend:quotation", {}, "「はい」", '"はい"'),
    (
        "fr:startend:end_checker",
        {"end_phrase": "C'est clair ?"},
        "Oui. C'est clair ?",
        "C'est clair ? Oui.",
    ),
    (
        "ja:startend:sentence_unified_end",
        {"ending": "ます"},
        "行きます。見ます。",
        "行きます。見る。",
    ),
    ("es:combination:repeat_prompt", {"prompt_to_repeat": "Haz algo."}, "haz algo. Bien.", "Bien."),
    ("es:combination:two_responses", {}, "Uno ****** Dos", "Uno ****** Uno"),
    (
        "ja:language:response_language",
        {"language": "th"},
        "ขอบคุณมากสำหรับความช่วยเหลือ",
        "ありがとうございます、助かりました。",
    ),
]


@pytest.mark.parametrize(("name", "given", "good", "bad"), CASES)
def test_an_instruction_is_followed_or_not(name, given, good, bad):
    assert follows(good, name, given)
    assert not follows(bad, name, given)
    assert not follows("  \n", name, given)


def test_every_check_has_a_case_and_an_unknown_one_is_named():
    tried = {name.partition(":")[2] for name, *_ in CASES}
    same = {"change_case:french_capital", "change_case:spanish_lowercase"}
    assert tried | same == set(CHECKS)
    with pytest.raises(InputError, match="There is no check of 'es:punctuation:no_dots'"):
        follows("x", "es:punctuation:no_dots", {})


def test_loosely_first_and_last_line_and_asterisks_do_not_count():
    reply = "Claro, aquí está:\n**Llueve.**\n"
    assert not follows(reply, "es:punctuation:no_comma", {})
    assert follows_loosely(reply, "es:punctuation:no_comma", {})


def test_a_row_becomes_a_message_and_its_score_needs_every_instruction(tmp_path):
    row = {
        "key": 7, "prompt": "Habla.", "kwargs": [{}, {"let_frequency": 1}],
        "instruction_id_list": ["es:punctuation:no_comma", "es:special_character:enie"],
    }  # fmt: skip
    other = {
        **row,
        "key": 8,
        "instruction_id_list": ["es:language:response_language"],
        "kwargs": [{}],
    }
    path = tmp_path / "data" / "es_input_data.jsonl"
    path.parent.mkdir()
    path.write_text("\n".join(map(json.dumps, (row, other))), encoding="utf-8")
    loaded = load("m_ifeval", "es", tmp_path)
    (sample,) = loaded.samples
    assert (sample.id, sample.inputs["message"]) == ("m_ifeval-7", "Habla.")
    assert [note.count for note in loaded.notes] == [1]
    replies = ["El niño come.", "El niño, come.", None]
    score = score_values("m_ifeval", replies, [sample.gold] * 3, "es")
    assert score.per_sample == (1.0, 0.0, 0.0)
    path.write_text(json.dumps({**row, "kwargs": [{}]}), encoding="utf-8")
    with pytest.raises(DataFileError, match="2 instructions do not fit 1 kwargs"):
        load("m_ifeval", "es", tmp_path)


@pytest.mark.shared_data
def test_the_authors_verdicts_are_reproduced(shared_data):
    folder, wrong, count = shared_data / "m_ifeval", Counter(), 0
    for path in sorted((folder / "verdicts").glob("*.jsonl")):
        language, _, model = path.stem.partition("_")
        rows = _lines(folder / "data" / f"{language}_input_data.jsonl")
        replies = _lines(folder / "data" / f"{language}_input_response_data_{model}.jsonl")
        for row, reply, verdict in zip(rows, replies, _lines(path), strict=True):
            asked = zip(row["instruction_id_list"], row["kwargs"], strict=True)
            for place, (name, given) in enumerate(asked):
                count += 1
                text = reply["response"]
                wrong[name] += follows(text, name, given) != verdict["strict"][place]
                wrong[name] += follows_loosely(text, name, given) != verdict["loose"][place]
    assert count == 240
    assert not +wrong


def _lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
