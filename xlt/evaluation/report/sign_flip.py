"""The paired permutation test, for means over few questions."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence

from xlt.evaluation.statistics import RESAMPLES, SEED

_EXACT = 12
"""Up to so many differences every combination of signs is tried (4,096)."""


def sign_flip_test(differences: Sequence[float]) -> float:
    """Return the two-sided p-value of a mean difference, for "either side could have won each".

    Each difference keeps or turns its sign by chance; the p-value is how often the mean is then
    as far from zero as it is (Fisher's randomisation test). Exact up to 12 that are not zero,
    else from 2,000 draws by a fixed seed. No other test of six questions is honest: here the
    smallest p-value is 2 / 2**6. For ones and minus ones it is McNemar's exact test.
    """
    sizes = [abs(float(one)) for one in differences if one]
    # Sums in another order differ in their last digits: what is equal must count.
    observed = abs(math.fsum(differences)) - 1e-9
    if len(sizes) <= _EXACT:
        drawn = itertools.product((1, -1), repeat=len(sizes))
        sums = [sum(map(float.__mul__, sizes, map(float, signs))) for signs in drawn]
        return sum(abs(one) >= observed for one in sums) / len(sums)
    draw = random.Random(SEED)
    signs = (draw.choices((1.0, -1.0), k=len(sizes)) for _ in range(RESAMPLES))
    extreme = sum(abs(sum(map(float.__mul__, sizes, some))) >= observed for some in signs)
    return (extreme + 1) / (RESAMPLES + 1)
