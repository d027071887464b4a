"""Translating a request, whoever translates: a translator of yours, or the model itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from inspect import isawaitable, iscoroutine

from xlt.errors import InputError
from xlt.languages import get_language
from xlt.request import Request, check_inputs
from xlt.task import InputField, InputValue, texts_of

# `translator(texts, source, target)`: as many texts as it was given, in their order; `source`
# and `target` are BCP-47 tags.
Translator = Callable[[Sequence[str], str, str], Iterable[str]]


def free_texts(request: Request) -> tuple[str, ...]:
    """Return the texts a person wrote, without those that are one of a list of values."""
    return texts_of({field.name: request.inputs[field.name] for field in _free_fields(request)})


def _free_fields(request: Request) -> list[InputField]:
    return [field for field in request.task.inputs if field.is_free and request.inputs[field.name]]


def is_in(request: Request, tag: str) -> bool:
    return request.language.tag.split("-")[0] == tag.split("-")[0]


def check_translatable(strategy: str, request: Request) -> None:
    """Raise InputError for a task whose very point is the translation."""
    if request.task.target_language == "required":
        raise InputError(
            f"{strategy} translates the request into English, which makes no sense for "
            f"{request.task.name}; use basic, en_cot or xlt."
        )


def in_language(request: Request, texts: Iterable[str], tag: str = "en") -> Request:
    """Return the request in another language, with `texts` for its own.

    The answer's language stays.
    """
    given = iter(texts)
    inputs: dict[str, InputValue] = dict(request.inputs)
    for field in _free_fields(request):
        value = inputs[field.name]
        inputs[field.name] = (
            tuple([next(given) for _ in value]) if isinstance(value, tuple) else next(given)
        )
    return replace(
        request,
        inputs=check_inputs(request.task, inputs),
        language=get_language(tag, request.files),
    )


def translated(request: Request, translator: Translator, tag: str = "en") -> Request:
    """Return the request in the language of `tag`, translated in one call of `translator`."""
    if is_in(request, tag):
        return request
    own = free_texts(request)
    made = translator(list(own), request.language.tag, tag)
    if isawaitable(made):
        if iscoroutine(made):
            made.close()
        raise InputError(
            "The translator is a coroutine function, which only the async calls of "
            "xlt.langchain.xlt_chain wait for: pass a plain function, or use ainvoke."
        )
    texts = [] if isinstance(made, str) else list(made)
    if len(texts) != len(own):
        got = "one text" if isinstance(made, str) else f"{len(texts)} texts"
        raise InputError(
            f"The translator was given a list of {len(own)} texts and returned {got}; "
            "it must return a list of the same length."
        )
    return in_language(request, texts, tag)
