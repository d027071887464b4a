"""Self-translate: the model translates the request into English, then solves it there."""

from __future__ import annotations

from xlt.answers.answer import not_found
from xlt.answers.cleaning.thoughts import without_thoughts
from xlt.prompt import Prompt
from xlt.reply import Reply
from xlt.request import Request
from xlt.strategies.strategy import Plan, Strategy
from xlt.strategies.template import prompt_from
from xlt.strategies.translate_en import solve_in_english
from xlt.strategies.translation import check_translatable, free_texts, in_english, is_english

_QUOTES = tuple(zip("\"'“‘«„「『`", "\"'”’»“」』`", strict=True))


def make_plan(request: Request) -> Plan:
    """Translate every field side by side, then solve; an English request skips the first round.

    If a reply holds no translation, there is no answer, flagged "no_translation".
    """
    check_translatable("self_translate", request)
    english = request
    if not is_english(request):
        replies = yield tuple([translation_prompt(request, text) for text in free_texts(request)])
        said = [Reply.of(reply).text for reply in replies]
        texts = [translation_in(one) for one in said]
        for one, text in zip(said, texts, strict=True):
            if not text:
                return not_found(one, frozenset({"no_translation"}))
        english = in_english(request, texts)
    prompt = solve_in_english(english, request, "self_translate")
    (reply,) = yield (prompt,)
    return prompt.parse(reply)


def translation_prompt(request: Request, text: str) -> Prompt:
    """Return the prompt that asks for one text of the request in English.

    The source says "question"; a field that is none is called "text".
    """
    asks = request.task.answer.kind in ("number", "short_text") and len(request.inputs) == 1
    values = {
        "noun": "question" if asks else "text",
        "language": request.language.name,
        "text": text,
    }
    return prompt_from(request, "self_translate", "self_translate/translation", values)


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
