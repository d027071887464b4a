"""How the time of a reading grows with the reply, told by the CPU time of this process."""

import gc
import time
from collections.abc import Callable

DOUBLINGS = 3


def grows_linearly(run: Callable[[int], object], size: int) -> bool:
    """Whether time(2n) <= 3 time(n), as a mean over the three doublings up to `size`.

    A square would be 4 at each: 64 over all, where 27 is allowed. One doubling alone tells less
    about the code than about the caches it leaves. What a busy machine slows is measured again.
    """
    for _ in range(36):
        short = min([_seconds(run, size >> DOUBLINGS) for _ in range(3)])
        if _seconds(run, size) <= 3**DOUBLINGS * max(short, 1e-9):
            return True
    return False


def _seconds(run: Callable[[int], object], size: int) -> float:
    """Return the CPU time of a run; as in timeit, without the garbage collector."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        started = time.process_time()
        run(size)
        return time.process_time() - started
    finally:
        if was_enabled:
            gc.enable()
