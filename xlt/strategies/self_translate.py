"""Self-translate: the model translates the request into English, then solves it there."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from xlt.answers.answer import Answer, not_found
from xlt.answers.cleaning.thoughts import without_thoughts
from xlt.languages import get_language
from xlt.prompt import Prompt
from xlt.reply import Reply
from xlt.request import Request
from xlt.strategies.strategy import LastRound, Plan, Replies, Strategy
from xlt.strategies.template import prompt_from
from xlt.strategies.translate_en import solve_in_english
from xlt.strategies.translation import (
    Translator,
    check_translatable,
    free_texts,
    in_language,
    is_in,
    translated,
)

_QUOTES = tuple(zip("\"'“‘«„「『`", "\"'”’»“」』`", strict=True))
Translations = Generator[tuple[Prompt, ...], Replies, list[Request] | Answer]


def make_plan(request: Request) -> Plan:
    """Translate every field side by side, then solve; an English request skips the first round.

    If a reply holds no translation, there is no answer, flagged "no_translation".
    """
    check_translatable("self_translate", request)
    made = yield from translations(request, ["en"], "self_translate")
    if isinstance(made, Answer):
        return made
    prompt = solve_in_english((*made, request)[0], request, "self_translate")
    (reply,) = yield LastRound([prompt])
    return prompt.parse(reply)


def translations(
    request: Request, tags: Sequence[str], strategy: str, translator: Translator | None = None
) -> Translations:
    """Return the request in every other language: by `translator`, else by the model, in a round.

    Return an answer without a value where a reply holds no translation.
    """
    own = free_texts(request)
    tags = [tag for tag in tags if not is_in(request, tag)]
    if translator is not None or not tags:
        return [translated(request, translator, tag) for tag in tags if translator is not None]
    replies = yield tuple(
        [translation_prompt(request, text, tag, strategy) for tag in tags for text in own]
    )
    said = [Reply.of(reply).text for reply in replies]
    texts = [translation_in(one) for one in said]
    for one, text in zip(said, texts, strict=True):
        if not text:
            return not_found(one, frozenset({"no_translation"}))
    size = len(own)
    return [
        in_language(request, texts[place * size : (place + 1) * size], tag)
        for place, tag in enumerate(tags)
    ]


def translation_prompt(
    request: Request, text: str, tag: str = "en", strategy: str = "self_translate"
) -> Prompt:
    """Return the prompt that asks for one text of the request in another language.

    The source says "question"; a field that is none is called "text".
    """
    asks = request.task.answer.kind in ("number", "short_text") and len(request.inputs) == 1
    values = {
        "noun": "question" if asks else "text",
        "language": request.language.name,
        "target": get_language(tag, request.files).name,
        "text": text,
    }
    return prompt_from(request, strategy, "self_translate/translation", values)


def translation_in(reply: str) -> str:
    """Return the translation: without thoughts, and without the quotes around the whole of it."""
    text = without_thoughts(reply).strip()
    for opening, closing in _QUOTES:
        inside = text[1:-1]
        if len(text) > 1 and text[0] == opening and text[-1] == closing:
            return text if opening in inside or closing in inside else inside.strip()
    return text


SOURCE = "Etxaniz et al. 2023, arXiv 2308.01223; chat form of Liu et al. 2024, arXiv 2403.10258"
STRATEGY = Strategy("self_translate", SOURCE, make_plan)
