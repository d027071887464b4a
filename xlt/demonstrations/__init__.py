"""Demonstrations (few-shot, the paper's 2.2): reading them, selecting them, those xlt ships."""

from xlt.demonstrations.demonstration import (
    Demonstration,
    load_demonstrations,
    shipped_demonstrations,
)
from xlt.demonstrations.selection import MixedShots, RandomShots, ShotsByLength

__all__ = [
    "Demonstration",
    "MixedShots",
    "RandomShots",
    "ShotsByLength",
    "load_demonstrations",
    "shipped_demonstrations",
]
