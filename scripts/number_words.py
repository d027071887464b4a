#!/usr/bin/env python3
"""Write `numbers:` into templates/languages/<tag>.yaml: python scripts/number_words.py [TAG...]

Run once for a language, then the data are kept: pip install PyICU num2words. CLDR's spell-out
rules (through ICU) come first, num2words adds its spellings and the languages CLDR lacks. Lines of
a file that end in "# D" come from a dictionary and are kept.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import icu
import num2words

FOLDER = Path(__file__).resolve().parent.parent / "templates" / "languages"
VALUES = (*range(101), *range(200, 1000, 100), 1000, 1_000_000)
# Rules for other uses of a number: years, ordinals, cheques, fractions and inflected forms.
OTHER_RULES = re.compile(
    r"year|ordinal|financial|latn|days|instrumental|-(?!native|attributive)[a-z]+ive"
)
# Words that are their neighbour's: Croatian in CLDR's Slovenian, Thai in its Lao, Serbian and a
# noun ("unit") in its Bosnian; Belarusian ones that num2words writes with a Latin i; a million of
# CLDR's Akan, which is a billion where CLDR shortens numbers.
WRONG = {
    "sl": "tisuću|milijun",
    "lo": "[ก-๛]",
    "bs": r"\b(jedinica|dve)\b",
    "be": "i",
    "ak": "ɔpepepem",
}
HIDDEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f"))


def main(tags: list[str]) -> None:
    """Write the numbers of the languages with a file, or of those named."""
    for path in sorted(FOLDER.glob("*.yaml")):
        if not tags or path.stem in tags:
            words = {} if "-" in path.stem else number_words(path.stem)
            if words:
                path.write_text(with_numbers(path.read_text("utf-8"), words), encoding="utf-8")
            print(path.stem, len(words))


def number_words(tag: str) -> dict[str, int]:
    """Return words and their values; a word that two sources give two values is left out."""
    found: dict[str, set[int]] = {}
    for value in VALUES:
        for spelled in (*spelled_by_cldr(tag, value), *spelled_by_num2words(tag, value)):
            word = " ".join(unicodedata.normalize("NFC", spelled.translate(HIDDEN)).split())
            wrong = tag in WRONG and re.search(WRONG[tag], word)
            if not wrong and not any(sign.isdecimal() for sign in word):
                found.setdefault(word, set()).add(value)
    return {word: values.pop() for word, values in found.items() if len(values) == 1}


def spelled_by_cldr(tag: str, value: int) -> Iterator[str]:
    """Yield the value in every gender and counting system; nothing where CLDR has no rules."""
    rules = icu.RuleBasedNumberFormat(icu.URBNFRuleSetTag.SPELLOUT, icu.Locale(tag))
    if rules.getLocale(icu.ULocDataLocaleType.ACTUAL_LOCALE).getLanguage() != tag:
        return
    for index in range(rules.getNumberOfRuleSetNames()):
        name = rules.getRuleSetName(index)
        if name.startswith("%spellout") and not OTHER_RULES.search(name):
            rules.setDefaultRuleSet(name)
            yield rules.format(value)


def spelled_by_num2words(tag: str, value: int) -> Iterator[str]:
    """Yield the value as num2words spells it, nothing for languages it lacks."""
    if tag in num2words.CONVERTER_CLASSES:
        yield num2words.num2words(value, lang=tag)


def with_numbers(text: str, words: dict[str, int]) -> str:
    """Return the text of a language file with these numbers, and its own from a dictionary."""
    before = re.search(r"^numbers: \{.*\n((?:  .*\n)*)\}\n", text, re.MULTILINE)
    kept = re.findall(r"^  .*# D$", before[1], re.MULTILINE) if before else []
    lines = [""]
    for word, value in words.items():
        item = f'"{word}": {value},' if re.search(r"[:'\"]", word) else f"{word}: {value},"
        if len(lines[-1]) + len(item) > 96:
            lines.append("")
        lines[-1] = f"{lines[-1]} {item}" if lines[-1] else f"  {item}"
    block = "\n".join(["numbers: { # N", *lines, *kept, "}", ""])
    if before:
        return text.replace(before[0], block)
    at = re.search(r"^(#.*\n)*instructions:", text, re.MULTILINE)
    return text[: at.start()] + block + text[at.start() :] if at else text + block


if __name__ == "__main__":
    main(sys.argv[1:])
