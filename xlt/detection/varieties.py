"""Varieties of one language: Traditional Chinese, Latin Serbian, and which candidate is meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from xlt.detection.scripts import script_shares, scripts_of_language
from xlt.languages import Language
from xlt.languages.locking import in_turn

# Frequent characters whose two forms differ, pair by pair; none of the second row is written
# in Simplified Chinese. (Some of the first are: 后, 里, 干 and their like are left out.)
_SIMPLIFIED = (
    "们这国个来时说对为会过发没经还问开见关现动实进样点种长头电话书车东门马钱"
    "给觉让认识题间当应该无业产务员报单场处从飞风刚广号华画欢环机级纪际济继价将讲节紧尽"
    "举军劳乐类离丽连联练两领龙楼录论满妈买卖难脑鸟农皮气亲轻请区确热设声师视术树帅"
    "双岁体条听图团网维卫闻务习戏细乡响写兴选学压亚严阳养药爷页医亿艺议银饮优邮鱼与语园员远愿"
    "运杂张赵职纸质众专转装准资总组"
)
_TRADITIONAL = (
    "們這國個來時說對為會過發沒經還問開見關現動實進樣點種長頭電話書車東門馬錢"
    "給覺讓認識題間當應該無業產務員報單場處從飛風剛廣號華畫歡環機級紀際濟繼價將講節緊盡"
    "舉軍勞樂類離麗連聯練兩領龍樓錄論滿媽買賣難腦鳥農氣親輕請區確熱設聲師視術樹帥"
    "雙歲體條聽圖團網維衛聞習戲細鄉響寫興選學壓亞嚴陽養藥爺頁醫億藝議銀飲優郵魚與語園遠願"
    "運雜張趙職紙質眾專轉裝準資總組"
)
_ONLY_SIMPLIFIED = frozenset(_SIMPLIFIED) - frozenset(_TRADITIONAL)
_ONLY_TRADITIONAL = frozenset(_TRADITIONAL) - frozenset(_SIMPLIFIED)
_ENOUGH = 3
_USUAL = {"nb": "no"}  # detectors call it Norwegian


def chinese_script(text: str) -> str | None:
    """Return the script a Chinese text is surely in, "Hant" or "Hans"; None if it is not sure."""
    characters = list(text)
    traditional = sum(character in _ONLY_TRADITIONAL for character in characters)
    simplified = sum(character in _ONLY_SIMPLIFIED for character in characters)
    if traditional >= _ENOUGH and traditional >= 10 * simplified:
        return "Hant"
    return "Hans" if simplified >= _ENOUGH and simplified >= 10 * traditional else None


def primary_tag(language: Language | str) -> str:
    """Return the primary subtag that detectors know a language by ("zh" for cmn and zh-Hant)."""
    return _primary(language if isinstance(language, str) else language.tag)


def by_primary_tag(languages: Iterable[Language]) -> dict[str, list[Language]]:
    """Return the languages by the primary subtag that detectors know them by."""
    found: dict[str, list[Language]] = {}
    for one in languages:
        found.setdefault(primary_tag(one), []).append(one)
    return found


def choose_variety(
    tag: str, wanted: Mapping[str, Sequence[Language]], text: str
) -> Language | None:
    """Return the wanted language that `tag` stands for, None where it is none of them.

    `wanted` is as of `by_primary_tag`. Among varieties of one language those in the text's script
    come first, then `tag` itself; those that only a reader can tell apart (pt-BR, pt-PT) go to the
    first wanted.
    """
    same = [one for one in wanted.get(primary_tag(tag), ()) if _fits(one, text)]
    if len(same) < 2:
        return same[0] if same else None
    script = _script(text)
    same = [one for one in same if likely_script(one.tag) == script] or same
    return next((one for one in same if one.tag == tag), same[0])


def _fits(language: Language, text: str) -> bool:
    """Tell whether a text has the script that a tag itself names: Devanagari is not hi-Latn."""
    if "-" not in language.tag or not _own_script(language.tag):
        return True
    return not script_shares(text).keys().isdisjoint(scripts_of_language(language.tag))


@lru_cache(maxsize=1024)
@in_turn
def _own_script(tag: str) -> str:
    import langcodes

    return langcodes.Language.get(tag).script or ""


def _script(text: str) -> str:
    script = next(iter(script_shares(text)), "")
    if script != "Hani":
        return script
    return "Hant" if any(character in _ONLY_TRADITIONAL for character in text) else "Hans"


@lru_cache(maxsize=1024)
@in_turn
def _primary(tag: str) -> str:
    import langcodes

    language = langcodes.Language.get(tag, normalize=False).language
    if language is None:
        return tag
    return _USUAL.get(language) or str(langcodes.standardize_tag(language, macro=True))


@lru_cache(maxsize=1024)
@in_turn
def likely_script(tag: str) -> str:
    """Return the script CLDR takes a language to be written in ("Hant" for "zh-TW")."""
    import langcodes

    return langcodes.Language.get(tag).maximize().script or ""
