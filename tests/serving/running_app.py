"""The server of `xlt serve` in a thread of the tests, on a free port of 127.0.0.1."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from xlt.serving import ServeSettings, Upstream, make_app
from xlt.serving.running_server import _listening

PROBLEM = "Juma ana mayai 16. Anakula 3. Yamebaki mangapi?"
REPLY = "Retelling: Juma has 16 eggs and eats 3.\n16 - 3 = 13\nAnswer: 13"


class Server(uvicorn.Server):
    async def main_loop(self) -> None:
        """Look every 5 ms, not every 100, whether it is to end: each test waits for that."""
        await self.on_tick(0)
        while not self.should_exit:
            await asyncio.sleep(0.005)


@contextmanager
def running(app: Any, stall: float = 60.0) -> Iterator[str]:
    """Run an ASGI app; give its address."""
    with _listening("127.0.0.1", 0, stall) as listener:
        config = uvicorn.Config(
            app, log_level="error", lifespan="off", ws="none", timeout_graceful_shutdown=2
        )
        server = Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def served(upstream: str, **settings: Any) -> Iterator[str]:
    """Run xlt's server in front of an upstream; give its address."""
    held = {"main": Upstream(upstream, settings.pop("key", None))}
    made = ServeSettings(settings.pop("upstreams", held), **settings)
    with running(make_app(made), made.stall) as url:
        yield url
