"""`Sample`, one request with its gold answer; `Loaded`, the samples of a file; sampling them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from xlt.errors import InputError
from xlt.frozen import FrozenDict
from xlt.rows import Gold


@dataclass(frozen=True, slots=True)
class Sample:
    """One request of a benchmark.

    `inputs` are the task's input fields; `gold` an int or Decimal, a choice's number from 1, a
    label, a bool, a reference text, or a tuple of accepted texts; `language` and
    `target_language` BCP-47 tags, the latter None where it is the former. `metadata` says what
    else is known of the row; `group` in it is what the report tells apart.
    """

    id: str
    inputs: FrozenDict[str, Any]
    gold: Gold
    language: str
    target_language: str | None = None
    metadata: FrozenDict[str, str] = field(default_factory=FrozenDict)


@dataclass(frozen=True, slots=True)
class Note:
    """A known fault of the data that loading handled: its name, how often, and what was done."""

    fault: str
    count: int
    action: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The samples of one benchmark and language, in file order, and what was done to them."""

    benchmark: str
    samples: tuple[Sample, ...]
    notes: tuple[Note, ...] = ()


def draw(samples: Sequence[Sample], count: int, seed: int) -> tuple[Sample, ...]:
    """Return `count` samples drawn by `seed` without repetition, in their order; all if fewer.

    The seed ranks the ids, so that it draws the same ones in every language and a larger draw
    holds a smaller one. Raises InputError for a negative count.
    """
    if count < 0:
        raise InputError(f"The number of samples must not be negative; it is {count}.")
    if count >= len(samples):
        return tuple(samples)

    def rank(place: int) -> bytes:
        return sha256(f"{seed}|{samples[place].id}".encode(errors="replace")).digest()

    drawn = sorted(range(len(samples)), key=rank)[:count]
    return tuple(samples[place] for place in sorted(drawn))


def shuffled(sample: Sample, options: Sequence[str], seed: int) -> Sample:
    """Return a sample with the options of its choice in an order drawn by `seed`; gold follows.

    `options` are the input fields that hold them: one with a list, or one each. The order
    depends on the sample's id alone, so that it is the same in every language.
    """
    given = [sample.inputs[name] for name in options if sample.inputs.get(name)]
    is_list = len(given) == 1 and not isinstance(given[0], str)
    texts = list(given[0]) if is_list else given
    if type(sample.gold) is not int or not 1 <= sample.gold <= len(texts):
        return sample
    order = draw_order(sample.id, len(texts), seed)
    moved = tuple(texts[place] for place in order)
    fields = {options[0]: moved} if is_list else dict(zip(options, moved, strict=False))
    inputs = FrozenDict({**sample.inputs, **fields})
    return replace(sample, inputs=inputs, gold=order.index(sample.gold - 1) + 1)


def draw_order(name: str, count: int, seed: int) -> list[int]:
    """Return the places 0 to `count` in an order drawn by `seed` and a name."""

    def rank(place: int) -> bytes:
        return sha256(f"{seed}|{name}|{place}".encode(errors="replace")).digest()

    return sorted(range(count), key=rank)


def square_root_shares(sizes: Mapping[str, int]) -> FrozenDict[str, float]:
    """Return how likely each data set is to be drawn from when several are mixed.

    In proportion to the square root of its size, so that a large set does not drown a small one
    (InstructBLIP, arXiv 2305.06500, section 2.4). Raises InputError for no or negative sizes.
    """
    if not sizes or min(sizes.values()) < 0 or not any(sizes.values()):
        raise InputError("Mixing needs at least one data set, and sizes that are not negative.")
    roots = {name: math.sqrt(size) for name, size in sizes.items()}
    return FrozenDict({name: root / math.fsum(roots.values()) for name, root in roots.items()})


def balanced_counts(sizes: Mapping[str, int], total: int) -> FrozenDict[str, int]:
    """Return how many of `total` samples to draw from each data set, by square-root shares.

    None gives more than it has; what it lacks goes to the others. The counts add up to `total`,
    or to all samples where there are fewer. Raises InputError for a negative total.
    """
    if total < 0:
        raise InputError(f"The number of samples must not be negative; it is {total}.")
    shares = square_root_shares(sizes)
    counts = dict.fromkeys(sizes, 0)
    for _ in range(min(total, sum(sizes.values()))):
        # One at a time to the set furthest below its share: exact, and stable in ties.
        open_sets = [name for name in sizes if counts[name] < sizes[name]]
        chosen = min(open_sets, key=lambda name: (counts[name] + 1) / shares[name])
        counts[chosen] += 1
    return FrozenDict(counts)
