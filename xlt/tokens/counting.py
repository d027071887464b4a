"""`TokenCount`, and how a model's name leads to a count that is exact or says that it is not."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

from xlt.errors import InputError
from xlt.images.counting import count_image_tokens
from xlt.tokens.estimate import estimate_prompt, estimate_text
from xlt.tokens.tables import encoding_names, load_encoding

if TYPE_CHECKING:
    from xlt.prompt import Prompt

# What the newest models of OpenAI use, and what is used for a model tiktoken does not know.
DEFAULT_ENCODING = "o200k_base"
ESTIMATE = "estimate"
MAX_BLANKS = 100_000


class TokenCount(int):
    """A number of tokens that says where it comes from; everywhere else it is an int.

    `encoding` is the tiktoken encoding it is meant for ("o200k_base"); `source` where its table
    was found ("tiktoken cache", or the package that ships it), or "estimate". `exact` is True
    when the table was counted with and the model is known to use it. `uncounted_images` are in
    the prompt and not in the number: no rule says what the model's provider counts for them.
    """

    exact: bool
    encoding: str
    source: str
    uncounted_images: int

    def __new__(
        cls, value: int, *, exact: bool, encoding: str, source: str, uncounted_images: int = 0
    ) -> Self:
        count = super().__new__(cls, value)
        count.exact, count.encoding, count.source = exact, encoding, source
        count.uncounted_images = uncounted_images
        return count

    def __getnewargs_ex__(self) -> tuple[tuple[int], dict[str, Any]]:
        return (int(self),), dict(vars(self))

    def __str__(self) -> str:
        return int.__repr__(self)

    def __repr__(self) -> str:
        return (
            f"TokenCount({int(self)}, exact={self.exact}, "
            f"encoding={self.encoding!r}, source={self.source!r})"
        )


def count_prompt_tokens(prompt: Prompt, model: str | None = None) -> TokenCount:
    """Return how many tokens the contents of the prompt's messages are.

    `model` is a model's name as tiktoken knows it ("gpt-4o", "openai/gpt-4o"), the name of an
    encoding, or None for o200k_base. A model that tiktoken does not know is counted with
    o200k_base, `exact` False. The few tokens an API adds around each message are not counted,
    and special tokens inside a text count as the plain text they are. An image counts by the rule
    of the model's provider, as an estimate (`xlt.images.count_image_tokens`). Opens no socket:
    without a local table the count is an estimate. Raises InputError when `model` is not a text.
    """
    if model is not None and not isinstance(model, str):
        raise InputError(f"model must be the name of a model, not {type(model).__name__}.")
    name = DEFAULT_ENCODING if model is None else _encoding_of(model)
    encoding = name or DEFAULT_ENCODING
    loaded = load_encoding(encoding)
    turns = prompt.turns
    texts = [turn.content for turn in turns]
    counted = [count_image_tokens(image, model) for turn in turns for image in turn.images]
    of_images, uncounted = sum(one or 0 for one in counted), counted.count(None)
    if loaded is None or any(_overflows(text) for text in texts):
        total, exact, source = estimate_prompt(prompt, encoding), False, ESTIMATE
    else:
        table, source = loaded
        total = sum(len(table.encode_ordinary(text)) for text in texts)
        exact = name is not None and not counted
    return TokenCount(
        total + of_images,
        exact=exact,
        encoding=encoding,
        source=source,
        uncounted_images=uncounted,
    )


def count_text_tokens(text: str, model: str | None = None, *, language: str = "en") -> TokenCount:
    """Return how many tokens one text is, as `count_prompt_tokens` does for a prompt.

    `language` is the BCP-47 tag that the estimate is based on if there is no table.
    """
    name = DEFAULT_ENCODING if model is None else _encoding_of(model)
    encoding = name or DEFAULT_ENCODING
    loaded = load_encoding(encoding)
    if loaded is None or _overflows(text):
        total = round(estimate_text(text, language, encoding))
        return TokenCount(total, exact=False, encoding=encoding, source=ESTIMATE)
    table, source = loaded
    total = len(table.encode_ordinary(text))
    return TokenCount(total, exact=name is not None, encoding=encoding, source=source)


def _overflows(text: str) -> bool:
    """Tell a text that tiktoken panics on: its splitter overflows on a million blanks in a row."""
    if len(text) <= MAX_BLANKS:
        return False
    return any(len(run) > MAX_BLANKS for run in re.findall(r"\s+", text))


@lru_cache(maxsize=256)
def _encoding_of(model: str) -> str | None:
    """Return the encoding of a model by tiktoken's own table, None if it has no such model.

    A fine-tuned model ("ft:gpt-4.1-mini:acme::id") has its base model's: tiktoken takes that one
    for gpt-4's.
    """
    from tiktoken.model import encoding_name_for_model

    parts = model.replace("/", ":").split(":")
    if "ft" in parts[:-1]:
        return _encoding_of(parts[parts.index("ft") + 1])
    if model in encoding_names():
        return model
    for name in (model, model.rpartition("/")[2], model.rpartition(":")[2]):
        try:
            return encoding_name_for_model(name)
        except KeyError:
            continue
    return None
