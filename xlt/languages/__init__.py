"""Languages: any tag or name -> `Language`, with what CLDR says of it and `languages.yaml` adds."""

from xlt.languages.entries import Words
from xlt.languages.language import Language, get_language, languages

__all__ = ["Language", "Words", "get_language", "languages"]
