"""A process that forks while another thread loads something: the child does not wait for it."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import os, signal, sys, threading
from xlt.detection import detect, detectors
from xlt.languages import get_language, locking
from xlt.tokens import tables

held = threading.Event()

def hold():
    with detectors._loading, locking._turn, tables._lock:
        held.set()
        threading.Event().wait()

threading.Thread(target=hold, daemon=True).start()
held.wait()
child = os.fork()
if child == 0:
    signal.alarm(100)
    for name in ("default", "langdetect"):
        assert detect("Wie viele Äpfel hat Tom heute?", None, name)
    get_language("pt-BR")
    with tables._lock:
        os._exit(0)
print(os.waitpid(child, 0)[1], end="", flush=True)
os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_does_not_wait_for_a_thread_it_lacks():
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-W", "ignore", "-c", SCRIPT],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.stdout, done.stderr) == ("0", "")
