"""Whether a text begins in a script of its language: the quick look that each request gets.

It takes a hundredth of the time of `xlt.request_inspection.language_warnings`.
"""

from __future__ import annotations

from collections.abc import Mapping

from xlt.detection.scripts import script_of, scripts_of_language
from xlt.languages import Language
from xlt.task import InputValue, Task

# Tags of languages that people write for the country: Kanuri, Sami and Ewe are rarely meant.
OF_COUNTRIES = {"kr": "ko", "se": "sv", "ee": "et"}
LOOKED_AT = 400  # characters of a text whose script is looked at


def scripts_of_first_letter(language: Language) -> frozenset[str | None]:
    """Return the scripts that the first letter of a text may be of, None for no letter at all.

    No script will do for a tag that people write for the country.
    """
    if language.tag in OF_COUNTRIES:
        return frozenset()
    return frozenset([None, "Latn", *scripts_of_language(language.tag)])


def begins_in(scripts: frozenset[str | None], task: Task, inputs: Mapping[str, InputValue]) -> bool:
    """Tell whether each deciding text begins with a letter of one of the scripts.

    See `scripts_of_first_letter`.
    """
    for field in task.deciding:
        value = inputs[field.name]
        text = "".join(value[:1]) if isinstance(value, tuple) else str(value)
        if _first_script(text) not in scripts:
            return False
    return bool(scripts)


def _first_script(text: str) -> str | None:
    for one in text[:LOOKED_AT]:
        script = script_of(one)
        if script is not None:
            return script
    return None
