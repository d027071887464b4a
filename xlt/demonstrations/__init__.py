"""Demonstrations (few-shot, the paper's 2.2): reading them, selecting them, those xlt ships."""

from typing import TYPE_CHECKING

from xlt.late_names import homes_of, load_late

if TYPE_CHECKING:
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

_MODULES = {
    "demonstration": "Demonstration load_demonstrations shipped_demonstrations",
    "selection": "MixedShots RandomShots ShotsByLength",
}

if not TYPE_CHECKING:  # a type checker would take any misspelt name for one that is loaded late
    __getattr__, __dir__ = load_late(__name__, homes_of(_MODULES))
