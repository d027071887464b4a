"""A small made-up recording: requests of our own, and replies as a model might give them.

`data/` holds 6 requests a language in the benchmarks' original formats, `replies/` a conversation
for each (see `xlt.evaluation.runs.recordings`). No model wrote them: what a run over them
prints shows that all parts work, and says nothing about any model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xlt.evaluation.runs.recordings import SELF_TEST
from xlt.evaluation.runs.spec import RunSpec

FOLDER = Path(__file__).parent
DATA = FOLDER / "data"
REPLIES = SELF_TEST
LANGUAGES = {"mgsm": ("en", "zh", "th", "sw"), "xnli": ("en", "ar", "sw")}
STRATEGIES = ("basic", "xlt", "clp")


def self_test_spec(**more: Any) -> RunSpec:
    """Return the run of `xlt eval --self-test`; `more` are options of the run's own."""
    given = {"benchmarks": tuple(LANGUAGES), "strategies": STRATEGIES, "data": str(DATA)}
    return RunSpec(**given, replay=REPLIES, **more)
