"""`in_turn`: functions around langcodes run one at a time, for its objects race in threads.

`langcodes.Language` fills its caches in steps that another thread can see half done: eight
threads that first call `maximize()` together get a RuntimeError about likely subtags. Detectors
load their models in turn as well. A fork waits for its turn, so that no child process is born
with the lock held by a thread it does not have.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_turn = RLock()
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(
        before=_turn.acquire, after_in_parent=_turn.release, after_in_child=_turn.release
    )


def in_turn(function: Callable[P, R]) -> Callable[P, R]:
    """Let one thread at a time into this and every other function in turn."""

    @wraps(function)
    def taking_turns(*args: P.args, **kwargs: P.kwargs) -> R:
        with _turn:
            return function(*args, **kwargs)

    return taking_turns
