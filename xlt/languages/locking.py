"""`in_turn`: functions around langcodes run one at a time, for its objects race in threads.

`langcodes.Language` fills its caches in steps that another thread can see half done: eight
threads that first call `maximize()` together get a RuntimeError about likely subtags.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class ForkSafeLock:
    """A re-entrant lock that is free in a forked child.

    Another thread may hold it at the fork; that thread does not exist in the child, which would
    wait for it forever.
    """

    def __init__(self) -> None:
        self._renew()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *exception: object) -> None:
        self._lock.release()

    def _renew(self) -> None:
        self._lock = RLock()


_turn = ForkSafeLock()


def in_turn(function: Callable[P, R]) -> Callable[P, R]:
    """Let one thread at a time into this and every other function in turn."""

    @wraps(function)
    def taking_turns(*args: P.args, **kwargs: P.kwargs) -> R:
        with _turn:
            return function(*args, **kwargs)

    return taking_turns
