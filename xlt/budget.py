"""Fitting a prompt into a number of tokens: fewer demonstrations, then less of one input."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib import import_module
from typing import Any

from xlt.demonstrations import Demonstration
from xlt.errors import InputError, MissingExtra, UnknownName
from xlt.frozen import FrozenDict
from xlt.images.counting import count_image_tokens
from xlt.images.image import Image
from xlt.images.reducing import IMAGE_REDUCTIONS, reduce_image
from xlt.prompt import Prompt
from xlt.request import Request
from xlt.task import InputValue, Task, texts_of

__all__ = ["Budget"]

# Takes the words of a text, returns each one's part of speech by Universal Dependencies' names.
Tagger = Callable[[Sequence[str]], Sequence[str]]
# The names of the reductions; "truncate", "random", "block" and "syntax" are those of
# CLIPA (arXiv 2305.07017, section 3), "frequency" that of arXiv 2412.16148.
REDUCTIONS = ("head", "head+tail", "truncate", "random", "block", "frequency", "syntax")
# A word's share of its language, as of wordfreq's word_frequency.
Frequency = Callable[[str], float]
_SIGNS = ".,;:!?…()[]{}«»“”„\"'‘’。，、！？；：（）「」『』।؟،"
_LONGEST_WORD = 60  # what is longer has no spaces to be cut at: a link, a sequence, data
_PHRASED = r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_UNSPACED = rf"\p{{Han}}\p{{Hiragana}}\p{{Katakana}}{_PHRASED}"
_LONGEST_PHRASE = 30  # characters, as readers see them
_FIRST_CLASSES = (("NOUN", "PROPN"), ("ADJ",), ("VERB",))
# The reductions that only an image has, so that no field need be named.
_OF_IMAGES = tuple([name for name in IMAGE_REDUCTIONS if name not in REDUCTIONS])
Compose = Callable[[Request, Sequence[Demonstration]], Prompt]


@dataclass(frozen=True, slots=True)
class Budget:
    """How many tokens a prompt may be, and what goes first.

    `max_tokens` counts the texts and images of all messages, by `Prompt.count_tokens(model)`;
    images need a model whose provider's rule is known. `reduce` is one of `REDUCTIONS`; `field`
    the input field to reduce (None: the longest free text). For an image it is "resize", "grid",
    "block" or "random"; with the first two the `field` is the largest image unless it is named.
    `seed` draws for "random" and "block"; `tagger` gives parts of speech to "syntax" (None:
    spaCy), `frequency` a word's share of the language to "frequency" (None: it counts in the text
    itself).
    """

    max_tokens: int
    reduce: str = "head"
    model: str | None = None
    field: str | None = None
    seed: int = 0
    tagger: Tagger | None = None
    frequency: Frequency | None = None


@dataclass(frozen=True, slots=True)
class Omitted:
    """What a prompt leaves out to fit into its budget.

    `demonstrations` were dropped; the input `field` lost `characters` of its characters (of
    `of`), an image `pixels` of its pixels, to the reduction `reduce`; in all the prompt is
    `tokens` shorter than the whole one.
    """

    demonstrations: int = 0
    field: str = ""
    reduce: str = ""
    characters: int = 0
    of: int = 0
    tokens: int = 0
    pixels: int = 0

    def __str__(self) -> str:
        """One line for people: "2 demonstrations; 3800 of 5000 characters of article (head)"."""
        parts = []
        if self.demonstrations:
            parts.append(f"{self.demonstrations} demonstration{'s' * (self.demonstrations != 1)}")
        if self.field:
            lost = f"{self.pixels or self.characters} of {self.of}"
            unit = "pixels" if self.pixels else "characters"
            parts.append(f"{lost} {unit} of {self.field} ({self.reduce})")
        return f"{'; '.join(parts)}: {self.tokens} tokens"

    @property
    def signature(self) -> str:
        """As part of the prompt's signature: `demonstrations=2,article=3800/5000(head)`."""
        parts = [f"demonstrations={self.demonstrations}"] if self.demonstrations else []
        if self.field:
            lost = self.pixels or self.characters
            parts.append(f"{self.field}={lost}/{self.of}({self.reduce})")
        return ",".join(parts)


def fit(
    compose: Compose, request: Request, demonstrations: Sequence[Demonstration], budget: Budget
) -> Prompt:
    """Return the prompt within the budget; one that fits already is not changed.

    Demonstrations are dropped from the end, whole, until the rest fits; only without any is the
    input reduced. `Prompt.omitted` says what was left out. Raises InputError, which names the
    smallest budget that works, where even one piece of the input is too much.
    """
    field = _check(budget, request.task)

    def size(prompt: Prompt) -> int:
        tokens = prompt.count_tokens(budget.model)
        if tokens.uncounted_images:
            raise InputError(
                f"max_tokens counts images by the rule of the model's provider, and there is none "
                f"for {budget.model or 'an unnamed model'} (or an image is a URL): pass "
                'Budget(max_tokens, model="gpt-4o"), and images as files or bytes.',
                field="max_tokens",
            )
        return int(tokens)

    whole = compose(request, demonstrations)
    tokens = size(whole)
    if tokens <= budget.max_tokens:
        return whole
    for count in range(len(demonstrations) - 1, -1, -1):
        prompt = compose(request, demonstrations[:count])
        if size(prompt) <= budget.max_tokens:
            omitted = Omitted(demonstrations=len(demonstrations) - count)
            break
    else:
        field = field or (
            _largest_image(request) if budget.reduce in _OF_IMAGES else _longest(request)
        )
        if isinstance(request.inputs[field], Image):
            prompt, omitted = _with_smaller_image(compose, request, field, budget, size)
        else:
            prompt, omitted = _reduced(compose, request, field, budget, size)
        omitted = replace(omitted, demonstrations=len(demonstrations))
    return replace(prompt, omitted=replace(omitted, tokens=tokens - size(prompt)))


def _reduced(
    compose: Compose,
    request: Request,
    field: str,
    budget: Budget,
    size: Callable[[Prompt], int],
) -> tuple[Prompt, Omitted]:
    """Return the prompt with the most pieces of the field that a bisection finds to fit."""
    value = request.inputs[field]
    assert not isinstance(value, Image)
    if budget.reduce == "syntax" and request.language.tag.partition("-")[0] != "en":
        raise InputError(
            f"The reduction 'syntax' reads English, not {request.language.name}; "
            f"take one of {', '.join(REDUCTIONS[:-1])}."
        )
    reduction: Reduction | WholeItems
    if isinstance(value, str):
        reduction = Reduction(
            budget.reduce,
            value,
            seed=budget.seed,
            tagger=budget.tagger,
            frequency=budget.frequency,
        )
    else:
        reduction = WholeItems(value)

    def keeping(count: int) -> Prompt:
        inputs = {**request.inputs, field: reduction.kept(count)}
        return compose(replace(request, inputs=FrozenDict(inputs)), ())

    low, high = 1, len(reduction.pieces)
    best = keeping(low)
    if (least := size(best)) > budget.max_tokens:
        raise InputError(
            f"max_tokens is {budget.max_tokens}; without demonstrations and with one piece of "
            f"{field!r} the prompt still has {least} tokens. Give at least {least}, or shorten "
            "its other inputs.",
            field=field,
        )
    while high - low > 1:  # `low` pieces fit, `high` do not
        middle = (low + high) // 2
        prompt = keeping(middle)
        if size(prompt) <= budget.max_tokens:
            low, best = middle, prompt
        else:
            high = middle
    size_of = _characters(value)
    left = size_of - _characters(reduction.kept(low))
    way = budget.reduce if isinstance(value, str) else "whole items"
    return best, Omitted(field=field, reduce=way, characters=left, of=size_of)


def _with_smaller_image(
    compose: Compose,
    request: Request,
    field: str,
    budget: Budget,
    size: Callable[[Prompt], int],
) -> tuple[Prompt, Omitted]:
    """Return the prompt with the image reduced to the tokens that its texts leave."""
    image = request.inputs[field]
    assert isinstance(image, Image)
    own = count_image_tokens(image, budget.model) or 0
    left = budget.max_tokens - (size(compose(request, ())) - own)
    try:
        smaller = reduce_image(
            image, budget.reduce, tokens=left, model=budget.model, seed=budget.seed
        )
    except InputError as error:
        raise InputError(
            f"max_tokens is {budget.max_tokens}, which leaves {left} tokens for the image of "
            f"{field!r}: {error}",
            field=field,
        ) from error
    inputs = FrozenDict({**request.inputs, field: smaller})
    of = image.width * image.height
    lost = of - smaller.width * smaller.height
    omitted = Omitted(field=field, reduce=budget.reduce, pixels=lost, of=of)
    return compose(replace(request, inputs=inputs), ()), omitted


def _check(budget: Budget, task: Task) -> str | None:
    if not isinstance(budget.max_tokens, int):
        what = type(budget.max_tokens).__name__
        raise InputError(f"max_tokens must be a whole number or a Budget, not {what}.")
    if budget.max_tokens < 1:
        raise InputError(f"max_tokens is {budget.max_tokens}; it must be at least 1.")
    if budget.reduce not in (*REDUCTIONS, *_OF_IMAGES):
        raise UnknownName("reduction", budget.reduce, (*REDUCTIONS, *_OF_IMAGES))
    if budget.field is not None and budget.field not in task.field_names:
        raise UnknownName(f"input field of {task.name}", budget.field, task.field_names)
    named = next((one for one in task.inputs if one.name == budget.field), None)
    if named is not None:
        ways = IMAGE_REDUCTIONS if named.is_image else REDUCTIONS
        if budget.reduce not in ways:
            raise InputError(
                f"The reduction {budget.reduce!r} does not go with the input {named.name!r}; take "
                f"one of {', '.join(ways)}.",
                field=named.name,
            )
    return budget.field


def _largest_image(request: Request) -> str:
    """Return the field of the image that has the most pixels."""
    pixels = {
        name: value.width * value.height
        for name, value in request.inputs.items()
        if isinstance(value, Image)
    }
    if not pixels:
        raise InputError(
            f"The request of {request.task.name} has no image for reduce= to make smaller: take "
            f"one of {', '.join(REDUCTIONS)}."
        )
    return max(pixels, key=lambda name: pixels[name])


def _longest(request: Request) -> str:
    """Return the longest input that is free text: neither a choice nor one of a list of values."""
    task = request.task
    free = [
        field.name
        for field in task.inputs
        if field.is_free and field.name not in task.answer.options
    ]
    if not free:
        raise InputError(
            f"No input of {task.name} may be reduced to fit max_tokens: name one in Budget(field=)."
        )
    return max(free, key=lambda name: _characters(request.inputs[name]))


def _characters(value: InputValue) -> int:
    return sum(map(len, texts_of({"": value})))


class Reduction:
    """A text's pieces, and in which order they are given up; `kept(n)` keeps n of them.

    "head" keeps the first characters, cut between what readers see as one; "head+tail" half of
    them from either end. "truncate", "random", "block" and "syntax" keep whole words: the
    first ones, a uniform subset, one window at a uniform place, or nouns before adjectives
    before verbs before the rest. "frequency" keeps rare words: by `frequency` (a word's share of
    the language), else by how often the text has them, long words before short ones. `kept`
    joins pieces verbatim, so that it is a subsequence of the text, and the n+1 pieces it keeps
    hold the n (but for "block", "head+tail").
    """

    def __init__(
        self,
        name: str,
        text: str,
        *,
        seed: int = 0,
        tagger: Tagger | None = None,
        frequency: Frequency | None = None,
    ) -> None:
        if name not in REDUCTIONS:
            raise UnknownName("reduction", name, REDUCTIONS)
        self.name, self.text = name, text
        self.pieces = (
            graphemes(text)
            if name in ("head", "head+tail")
            else words(text, phrases=name == "frequency")
        )
        draw = random.Random(sha256(f"{seed}|{name}|{text}".encode()).digest())
        self._place = draw.random()
        self._order: list[int] = []
        if name == "random":
            self._order = list(range(len(self.pieces)))
            draw.shuffle(self._order)
        elif name == "frequency":
            self._order = _rare_first([piece.strip() for piece in self.pieces], frequency)
        elif name == "syntax":
            self._order = _by_class([piece.strip() for piece in self.pieces], tagger)

    def kept(self, count: int) -> str:
        """Return the text reduced to `count` of its pieces."""
        pieces, total = self.pieces, len(self.pieces)
        if count >= total:
            return self.text
        if self._order:
            return "".join([pieces[place] for place in sorted(self._order[:count])])
        if self.name == "block":
            start = int(self._place * (total - count + 1))
            return "".join(pieces[start : start + count])
        tail = count // 2 if self.name == "head+tail" else 0
        return "".join([*pieces[: count - tail], *pieces[total - tail :]])


class WholeItems:
    """The texts of a list as pieces: the last go first, as passages come best first."""

    def __init__(self, items: tuple[str, ...]) -> None:
        self.pieces = items

    def kept(self, count: int) -> tuple[str, ...]:
        """Return the first `count` texts."""
        return self.pieces[:count]


def words(text: str, *, phrases: bool = False) -> list[str]:
    """Return the words of a text, each with the blanks behind it; joined they are the text.

    Where a script sets no spaces (Chinese, Japanese, Thai ...), and in a run of more than 60
    characters, a word is what a reader sees as one character. With `phrases` Thai, Lao, Khmer and
    Burmese, whose single letters say nothing, are cut at blanks and into at most 30 characters;
    so are other such runs of letters (Tibetan, Javanese, a link).
    """
    import regex

    unspaced = regex.compile(rf"[{_UNSPACED}]")
    phrased = regex.compile(rf"[{_PHRASED}]")
    pieces: list[str] = []
    for word in re.findall(r"\S+\s*|^\s+", text):
        is_long = len(word) > _LONGEST_WORD
        if phrases and (phrased.search(word) or (is_long and not unspaced.search(word))):
            seen = graphemes(word)
            starts = range(0, len(seen), _LONGEST_PHRASE)
            pieces += ["".join(seen[at : at + _LONGEST_PHRASE]) for at in starts]
        elif is_long or unspaced.search(word):
            pieces += graphemes(word)
        else:
            pieces.append(word)
    return _with_blanks(pieces)


def graphemes(text: str) -> list[str]:
    """Return what readers see as single characters: no combining sequence or emoji is cut."""
    import regex

    return _with_blanks(regex.findall(r"\X", text))


def _with_blanks(pieces: list[str]) -> list[str]:
    """Join blanks to the piece before them, so that every piece can be seen."""
    joined: list[list[str]] = []
    seen = False  # blanks at the start go with the first piece that is none
    for piece in pieces:
        blank = piece.isspace()
        if not joined or (seen and not blank):
            joined.append([])
        joined[-1].append(piece)
        seen = seen or not blank
    return ["".join(parts) for parts in joined]


def _rare_first(found: list[str], frequency: Frequency | None) -> list[int]:
    """Return the places of the words, the rarest first; of equals long ones, then early ones."""
    bare = [word.strip(_SIGNS).casefold() or word for word in found]
    rank = Counter(bare).__getitem__ if frequency is None else frequency
    ranks = {word: rank(word) for word in set(bare)}
    return sorted(range(len(bare)), key=lambda at: (ranks[bare[at]], -len(bare[at]), at))


def _by_class(found: list[str], tagger: Tagger | None) -> list[int]:
    """Return the places of the words: nouns, adjectives, verbs, the rest (CLIPA)."""
    if tagger is None:
        tagger = spacy_tagger()
    tags = list(tagger(found))
    if len(tags) != len(found):
        raise InputError(f"The tagger gave {len(tags)} tags for {len(found)} words.")
    ranks = {tag: rank for rank, tags in enumerate(_FIRST_CLASSES) for tag in tags}
    last = len(_FIRST_CLASSES)
    return sorted(range(len(found)), key=lambda place: (ranks.get(tags[place], last), place))


def spacy_tagger(model: str = "en_core_web_sm") -> Callable[[Sequence[str]], list[str]]:
    """Return a tagger that gives words their universal part of speech ("NOUN", "ADJ" ...).

    Raises MissingExtra without spaCy, InputError without its `model`, which spaCy itself
    installs.
    """
    try:
        spacy: Any = import_module("spacy")
        tokens: Any = import_module("spacy.tokens")
    except ModuleNotFoundError as error:
        raise MissingExtra('Reducing a text by "syntax" without a tagger=', "syntax") from error
    try:
        pipeline = spacy.load(model, exclude=["ner", "lemmatizer"])
    except OSError as error:
        raise InputError(
            f"spaCy's model {model!r} is not installed: python -m spacy download {model}"
        ) from error

    def tag(words: Sequence[str]) -> list[str]:
        document = tokens.Doc(pipeline.vocab, words=list(words))
        return [token.pos_ for token in pipeline(document)]

    return tag
