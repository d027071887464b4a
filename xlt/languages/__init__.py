"""Languages: any tag or name -> `Language`, with what CLDR says of it and template folders add."""

from xlt.languages.entries import CLASSES, UNITS, Words
from xlt.languages.language import Language, get_language, languages, likely_tag, words

__all__ = [
    "CLASSES",
    "UNITS",
    "Language",
    "Words",
    "get_language",
    "languages",
    "likely_tag",
    "words",
]
