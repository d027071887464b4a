"""Translating a request into English, whoever translates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import isawaitable, iscoroutine

from xlt.errors import InputError
from xlt.languages import get_language
from xlt.request import Request, make_request

# `translator(texts, source, target)`: as many texts as it was given, in their order; `source`
# and `target` are BCP-47 tags.
Translator = Callable[[Sequence[str], str, str], Iterable[str]]


def free_fields(request: Request) -> tuple[str, ...]:
    """Return the input fields a person wrote: those that are not one of a list of values."""
    return tuple(field.name for field in request.task.inputs if not field.allowed)


def is_english(request: Request) -> bool:
    return request.language.tag.split("-")[0] == "en"


def check_translatable(strategy: str, request: Request) -> None:
    """Raise InputError for a task whose very point is the translation."""
    if request.task.target_language == "required":
        raise InputError(
            f"{strategy} translates the request into English, which makes no sense for "
            f"{request.task.name}; use basic, en_cot or xlt."
        )


def in_english(request: Request, texts: Mapping[str, str]) -> Request:
    """Return the request in English with `texts` for its fields; the answer's language stays."""
    return make_request(
        request.task,
        {**request.inputs, **texts},
        language=get_language("en", request.files),
        target_language=request.target_language,
        files=request.files,
    )


def translated(request: Request, translator: Translator) -> Request:
    """Return the request in English, its fields translated in one call of `translator`."""
    if is_english(request):
        return request
    names = free_fields(request)
    made = translator([request.inputs[name] for name in names], request.language.tag, "en")
    if isawaitable(made):
        if iscoroutine(made):
            made.close()
        raise InputError(
            "The translator is a coroutine function, which only the async calls of "
            "xlt.langchain.xlt_chain wait for: pass a plain function, or use ainvoke."
        )
    texts = [] if isinstance(made, str) else list(made)
    if len(texts) != len(names):
        got = "one text" if isinstance(made, str) else f"{len(texts)} texts"
        raise InputError(
            f"The translator was given a list of {len(names)} texts and returned {got}; "
            "it must return a list of as many."
        )
    return in_english(request, dict(zip(names, texts, strict=True)))
