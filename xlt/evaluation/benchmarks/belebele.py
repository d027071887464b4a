"""Belebele: reading comprehension in 122 variants (Bandarkar et al. 2023, arXiv 2308.16884)."""

from __future__ import annotations

from xlt.evaluation.benchmark import (
    Benchmark,
    Codes,
    File,
    Hub,
    Row,
    Sample,
    flores_code,
    flores_tags,
)

_VARIANTS = """
acm_Arab afr_Latn als_Latn amh_Ethi apc_Arab arb_Arab arb_Latn ars_Arab ary_Arab arz_Arab asm_Beng
azj_Latn bam_Latn ben_Beng ben_Latn bod_Tibt bul_Cyrl cat_Latn ceb_Latn ces_Latn ckb_Arab dan_Latn
deu_Latn ell_Grek eng_Latn est_Latn eus_Latn fin_Latn fra_Latn fuv_Latn gaz_Latn grn_Latn guj_Gujr
hat_Latn hau_Latn heb_Hebr hin_Deva hin_Latn hrv_Latn hun_Latn hye_Armn ibo_Latn ilo_Latn ind_Latn
isl_Latn ita_Latn jav_Latn jpn_Jpan kac_Latn kan_Knda kat_Geor kaz_Cyrl kea_Latn khk_Cyrl khm_Khmr
kin_Latn kir_Cyrl kor_Hang lao_Laoo lin_Latn lit_Latn lug_Latn luo_Latn lvs_Latn mal_Mlym mar_Deva
mkd_Cyrl mlt_Latn mri_Latn mya_Mymr nld_Latn nob_Latn npi_Deva npi_Latn nso_Latn nya_Latn ory_Orya
pan_Guru pbt_Arab pes_Arab plt_Latn pol_Latn por_Latn ron_Latn rus_Cyrl shn_Mymr sin_Latn sin_Sinh
slk_Latn slv_Latn sna_Latn snd_Arab som_Latn sot_Latn spa_Latn srp_Cyrl ssw_Latn sun_Latn swe_Latn
swh_Latn tam_Taml tel_Telu tgk_Cyrl tgl_Latn tha_Thai tir_Ethi tsn_Latn tso_Latn tur_Latn ukr_Cyrl
urd_Arab urd_Latn uzn_Latn vie_Latn war_Latn wol_Latn xho_Latn yor_Latn zho_Hans zho_Hant zsm_Latn
zul_Latn
"""


def _sample(row: Row, file: File) -> Sample:
    """Return a row; rows stand in another order in each language, so it is named by its link."""
    options = [file.text(row, f"mc_answer{place}").strip() for place in (1, 2, 3, 4)]
    right = str(row.get("correct_answer_num"))
    if right not in ("1", "2", "3", "4"):
        raise file.error(f"correct_answer_num is {right!r}, not one of 1 to 4")
    inputs = {
        "context": file.text(row, "flores_passage"),
        "question": file.text(row, "question").strip(),
        "options": options,
    }
    name = f"{row.get('link', file.line)}#{row.get('question_number', 1)}"
    return file.choice(name, inputs, int(right))


BENCHMARK = Benchmark(
    name="belebele",
    title="Belebele: questions on a passage, four options",
    task="multiple_choice",
    licence="CC-BY-SA-4.0",
    languages=flores_tags(_VARIANTS),
    count=900,
    files=("{code}.jsonl", "data/{code}.jsonl", "Belebele/{code}.jsonl"),
    hub=Hub(
        "facebook/belebele", "75b399394a9803252cfec289d103de462763db7c", ("data/{code}.jsonl",)
    ),
    codes=Codes(flores_code),
    sample=_sample,
)
