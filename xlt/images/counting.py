"""How many tokens a provider counts for a picture, and what it takes: `templates/images.yaml`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pydantic import TypeAdapter

from xlt.errors import InputError
from xlt.files.compiled import shipped_data
from xlt.images.image import MAX_SIDE, Image

# What may follow the name of a model in another name of it: a date, a build, a size of Claude 3.
_MORE = re.compile(
    r"-(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{3}|latest|preview[\w-]*|(?:opus|sonnet|haiku)[\w-]*)"
)


@dataclass(frozen=True, slots=True)
class TokenRule:
    """How a provider counts a picture; `way` says what the numbers mean (see the file)."""

    name: str
    models: tuple[str, ...]
    way: str
    source: str
    size: int
    base: int = 0
    tile: int = 0
    box: int = 0
    short: int = 0
    most: int = 0
    side: int = 0
    small: int = 0
    factor: float = 1.0

    def count(self, width: int, height: int) -> int:
        """Return the tokens of a picture of this size in pixels."""
        return _WAYS[self.way](self, width, height)


@dataclass(frozen=True, slots=True)
class _Limits:
    """The most that a provider takes: `bytes` of a picture, and pixels of its `side`."""

    bytes: int
    source: str
    side: int = MAX_SIDE


@dataclass(frozen=True, slots=True)
class _TokenFile:
    limits: Mapping[str, _Limits]
    rules: tuple[TokenRule, ...]


def count_image_tokens(image: Image, model: str | None) -> int | None:
    """Return the tokens that a picture costs by the rule of the model's provider; None: not known.

    The rules are the providers' published ones, so that this is an estimate. It is not known for
    a model without a rule, and for a picture that is sent as a URL, whose size nobody has seen.
    """
    rule = rule_of(model)
    return None if rule is None or not image.width else rule.count(image.width, image.height)


@lru_cache(maxsize=256)
def rule_of(model: str | None) -> TokenRule | None:
    """Return the rule of a model ("gpt-4o", "openai:gpt-4o-2024-08-06"), None without one."""
    bare = re.split(r"[/:]", model)[-1] if model else ""
    named = [(name, rule) for rule in token_rules() for name in rule.models]
    found = [
        (name, rule)
        for name, rule in named
        if bare == name or (bare.startswith(name) and _MORE.fullmatch(bare, len(name)))
    ]
    return max(found, key=lambda pair: len(pair[0]))[1] if found else None


def token_rules() -> tuple[TokenRule, ...]:
    """Return every rule, in the order of the file."""
    return _file().rules


def check_limits(image: Image, form: str) -> None:
    """Raise InputError for a picture that the provider of a wire format does not take."""
    limits = _file().limits.get(form)
    if limits is None:
        return
    if len(image.data) > limits.bytes or max(image.width, image.height) > limits.side:
        raise InputError(
            f"{image.name} is too large for {form}, which takes {limits.bytes / 2**20:.0f} MB and "
            f"{limits.side} pixels a side: it has "
            f"{len(image.data) / 2**20:.1f} MB and {image.width}x{image.height} pixels. Make it "
            "smaller with xlt.images.reduce_image, or with Budget(reduce='resize')."
        )


@lru_cache(maxsize=1)
def _file() -> _TokenFile:
    return TypeAdapter(_TokenFile).validate_python(shipped_data("images.yaml"))


def _tiles(rule: TokenRule, width: int, height: int) -> int:
    scale = min(1.0, rule.box / max(width, height))
    scale *= min(1.0, rule.short / (min(width, height) * scale))
    across, down = [math.ceil(round(one * scale) / rule.size) for one in (width, height)]
    return rule.base + rule.tile * across * down


def _patches(rule: TokenRule, width: int, height: int) -> int:
    def patches(scale: float) -> list[float]:
        return [one * scale / rule.size for one in (width, height)]

    scale = 1.0
    if math.prod(map(math.ceil, patches(scale))) > rule.most:
        scale = math.sqrt(rule.size**2 * rule.most / (width * height))
        scale *= min([math.floor(one) / one for one in patches(scale)])
    # A side that comes to a whole number of patches is not one more by an error of rounding.
    count = math.prod([max(1, math.ceil(one - 1e-9)) for one in patches(scale)])
    return math.ceil(min(count, rule.most) * rule.factor)


def _visual_tokens(rule: TokenRule, width: int, height: int) -> int:
    longer = max(width, height)

    def tokens(side: int) -> int:
        sides = [max(1, round(one * side / longer)) for one in (width, height)]
        return math.prod([math.ceil(one / rule.size) for one in sides])

    low, high = 1, min(longer, rule.side) + 1  # `low` fits, `high` does not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if tokens(middle) <= rule.most else (low, middle)
    return tokens(low)


def _crops(rule: TokenRule, width: int, height: int) -> int:
    if max(width, height) <= rule.small:
        return rule.tile
    unit = min(max(256, math.floor(min(width, height) / 1.5)), rule.size)
    return rule.tile * math.ceil(width / unit) * math.ceil(height / unit)


_WAYS: Mapping[str, Callable[[TokenRule, int, int], int]] = {
    "tiles": _tiles,
    "patches": _patches,
    "visual_tokens": _visual_tokens,
    "crops": _crops,
}
