"""`in_turn`: functions around langcodes run one at a time, for its objects race in threads.

`langcodes.Language` fills its caches in steps that another thread can see half done: eight
threads that first call `maximize()` together get a RuntimeError about likely subtags.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_turn = RLock()


def in_turn(function: Callable[P, R]) -> Callable[P, R]:
    """Let one thread at a time into this and every other function in turn."""

    @wraps(function)
    def taking_turns(*args: P.args, **kwargs: P.kwargs) -> R:
        with _turn:
            return function(*args, **kwargs)

    return taking_turns
