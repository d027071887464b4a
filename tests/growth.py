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
    run(size >> DOUBLINGS)
    for _ in range(12):
        growth = _seconds(run, size) / max(_seconds(run, size >> DOUBLINGS), 1e-9)
        if growth <= 3**DOUBLINGS:
            return True
    return False


def _seconds(run: Callable[[int], object], size: int) -> float:
    """Return the least of three CPU times; as in timeit, without the garbage collector."""
    tries = []
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        for _ in range(3):
            started = time.process_time()
            run(size)
            tries.append(time.process_time() - started)
    finally:
        if was_enabled:
            gc.enable()
    return min(tries)
