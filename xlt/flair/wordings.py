"""What `templates/flair/` holds: wordings by language, letters by script, facts and drawings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from xlt.detection.varieties import likely_script
from xlt.errors import DefinitionError, UnknownName
from xlt.files.compiled import shipped_data
from xlt.files.templates import TemplateFiles
from xlt.files.yaml import load_yaml
from xlt.frozen import FrozenDict
from xlt.languages import Language

_PLACE = re.compile(r"\{([a-z]+)\}")

Wordings = Mapping[str, Mapping[str, str]]


@lru_cache(maxsize=256)
def wordings(kind: str, files: TemplateFiles) -> Wordings:
    """Return the wordings of a kind, by variant and language tag; a user's own come on top.

    Raises DefinitionError for a file that is not of this form, or whose places differ from xlt's.
    """
    name = f"flair/{kind}.yaml"
    shipped: dict[str, dict[str, str]] = shipped_data(name)
    own = load_yaml(files.find(name)) if files.is_own(name) else {}
    for variant, sentences in _checked(own, shipped, files, name).items():
        shipped[variant] |= sentences
    return FrozenDict({variant: FrozenDict(texts) for variant, texts in shipped.items()})


def worded(
    kind: str, variant: str, language: Language, files: TemplateFiles, values: Mapping[str, object]
) -> str:
    """Return a wording with the values in its places.

    A variety without one of its own ("pt-BR") takes that of its language if the script is the
    same. Raises UnknownName where there is none.
    """
    sentences = wordings(kind, files)[variant]
    tag = language.tag
    if tag not in sentences:
        base = tag.partition("-")[0]
        if base not in sentences or _script(base) != _script(tag):
            raise UnknownName(f"language of FLAIR's {kind} questions", tag, sentences)
        tag = base
    return _PLACE.sub(lambda place: str(values[place[1]]), sentences[tag])


@lru_cache(maxsize=256)
def letters(tag: str) -> tuple[str, ...]:
    """Return the letters of a language's script, Latin ones where it has no list.

    They are twenty in each script, so that problems align.
    """
    known = shipped("letters")
    return tuple(known.get(_script(tag), known["Latn"]).split())


def _script(tag: str) -> str:
    return likely_script(tag) or "Latn"


@lru_cache(maxsize=8)
def shipped(name: str) -> Mapping[str, Any]:
    """Return the data of a file of `templates/flair` that holds no wordings."""
    data: dict[str, Any] = shipped_data(f"flair/{name}.yaml")
    return FrozenDict(data)


def _checked(own: Any, shipped: Wordings, files: TemplateFiles, name: str) -> Wordings:
    """Return a user's wordings; each must have the places of xlt's English one."""
    path = files.find(name)
    if not isinstance(own, dict):
        raise DefinitionError("the wordings must be a mapping", path=path)
    for variant, sentences in own.items():
        if variant not in shipped:
            raise DefinitionError(str(UnknownName("wording", variant, shipped)), path=path)
        if not isinstance(sentences, dict):
            raise DefinitionError(f"{variant} must be a mapping from language tags", path=path)
        wanted = set(_PLACE.findall(shipped[variant]["en"]))
        for tag, text in sentences.items():
            if not isinstance(text, str) or set(_PLACE.findall(text)) != wanted:
                places = ", ".join(f"{{{place}}}" for place in sorted(wanted)) or "no places"
                raise DefinitionError(f"{variant} in {tag} must hold {places}", path=path)
    return own
