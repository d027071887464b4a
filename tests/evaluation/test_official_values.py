"""The metrics against values that the benchmarks' own scorers computed (../shared/data)."""

import json
from collections import Counter

import pytest

from xlt.evaluation.text_metrics import (
    mkqa_em,
    mkqa_f1,
    normalize,
    rouge1,
    tokenize,
)
from xlt.evaluation.translation import bleu, bleu_tokenizer, chrf

pytestmark = pytest.mark.shared_data

XLSUM_TAGS = {
    "chinese_simplified": "zh",
    "english": "en",
    "french": "fr",
    "spanish": "es",
    "turkish": "tr",
    "vietnamese": "vi",
}


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_all_mkqa_scores_and_normal_forms_are_the_official_ones(shared_data):
    pairs = load(shared_data / "mkqa" / "official_scores.json")["pairs"]
    assert len(pairs) == 341
    for pair in pairs:
        lang, gold, prediction = pair["lang"], pair["gold"], pair["prediction"]
        assert normalize(prediction, lang) == pair["normalized_prediction"], pair
        assert [normalize(one, lang) for one in gold] == pair["normalized_gold"], pair
        assert mkqa_f1([prediction], [gold], lang).per_sample == (pair["f1"],), pair
        assert mkqa_em([prediction], [gold], lang).per_sample == (pair["em"],), pair


def test_mkqa_scores_its_own_test_file_as_its_own_evaluation_does(shared_data):
    import gzip

    official = load(shared_data / "mkqa" / "official_eval_en_testfile.json")
    with gzip.open(shared_data / "mkqa" / "mkqa.original_rows.jsonl.gz", "rt", "utf-8") as file:
        rows = [json.loads(line) for line in file][:6]
    lines = (shared_data / "mkqa" / "en_prediction.jsonl").read_text(encoding="utf-8")
    found = {row["example_id"]: row["prediction"] for row in map(json.loads, lines.splitlines())}
    golds = [
        [text or "" for one in row["answers"]["en"] for text in (one["text"], *one["aliases"])]
        if official["per_example"][str(row["example_id"])]["answerable"]
        else [""]
        for row in rows
    ]
    predictions = [found[row["example_id"]] for row in rows]
    assert round(mkqa_f1(predictions, golds, "en").value, 2) == official["summary_default"]["f1"]
    em = round(mkqa_em(predictions, golds, "en").value, 2)
    assert em == official["summary_default"]["exact_match"]


def test_all_rouge_tokens_and_values_are_the_official_ones_in_six_languages(shared_data):
    pairs = load(shared_data / "xlsum" / "rouge_reference.json")["pairs"]
    seen = Counter(XLSUM_TAGS[pair["lang"]] for pair in pairs)
    assert seen == {"fr": 27, "en": 24, "zh": 14, "es": 13, "tr": 13, "vi": 13}
    for pair in pairs:
        tag, texts = XLSUM_TAGS[pair["lang"]], ([pair["prediction"]], [pair["reference"]])
        for side in ("prediction", "reference"):
            assert tokenize(pair[side], tag) == pair["tokens_no_stem"][side], pair["case"]
        assert rouge1(*texts, tag).per_sample[0] == pytest.approx(pair["no_stem"]["rouge1"]["f"])
        unnamed = pair["no_lang_no_stem_rouge1_f"]
        assert rouge1(*texts, None).per_sample[0] == pytest.approx(unnamed)


def test_rouge_with_stemming_is_the_official_one_in_five_languages(shared_data):
    pairs = load(shared_data / "xlsum" / "rouge_reference.json")["pairs"]
    stemmed = [pair for pair in pairs if pair["lang"] != "turkish"]
    changed = Counter()
    for pair in stemmed:
        tag, texts = XLSUM_TAGS[pair["lang"]], ([pair["prediction"]], [pair["reference"]])
        found = rouge1(*texts, tag, stem=True)
        assert found.per_sample[0] == pytest.approx(pair["stem"]["rouge1"]["f"]), pair["case"]
        changed[tag] += found.per_sample != rouge1(*texts, tag).per_sample
    assert len(stemmed) == 91
    assert +changed == {"en": 4, "fr": 2, "es": 1}


@pytest.mark.slow
def test_all_bleu_and_chrf_values_are_sacrebleus(shared_data):
    systems = load(shared_data / "flores" / "sacrebleu_reference.json")["systems"]
    assert len(systems) == 72
    for system in systems:
        folder = shared_data / "flores" / "flores200_dataset" / "devtest"
        lines = (folder / f"{system['lang']}.devtest").read_text(encoding="utf-8").split("\n")
        texts = system["hyps"], lines[:40]
        for name, expected in system["bleu"].items():
            found = bleu(*texts, system["lang"], tokenize=name)
            assert found.value == pytest.approx(expected["score"]), (system["lang"], name)
            assert f"tok:{name}|smooth:exp" in found.signature
        default = "zh" if system["lang"] == "zho_Hans" else "13a"
        tag = "zh" if default == "zh" else system["lang"]
        assert bleu_tokenizer(tag) == default
        assert bleu(*texts, tag).value == pytest.approx(system["bleu"][default]["score"])
        assert chrf(*texts).value == pytest.approx(system["chrf2++"])
        assert chrf(*texts, word_order=0).value == pytest.approx(system["chrf2"])
