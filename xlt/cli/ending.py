"""How the commands end: exit codes beside 0 and 2, and the end of an interrupted one."""

from __future__ import annotations

import os
import sys

ACCOUNT_FAILED = 3
RUN_FOLDER_FAILED = 4
INTERRUPTED = 130


def end_at_once(model: str | None) -> None:
    """End the process, interrupted, at once if it holds a local server.

    llama.cpp's server may wait for ever, when Python frees it, for the request just cut off.
    """
    if model is None or not model.startswith(("local", "hf:")):
        return
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(INTERRUPTED)
