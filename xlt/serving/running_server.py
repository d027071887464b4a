"""Running the app on an address of this machine, until a signal says stop."""

from __future__ import annotations

import socket
import sys
import warnings
from ipaddress import ip_address

import uvicorn
from starlette.types import ASGIApp

from xlt.composing import compose
from xlt.detection import detect_language
from xlt.errors import InputError, LanguageWarning
from xlt.serving.configuring import ServeSettings

_GRACE = 30  # seconds that calls under way have when the server is told to stop
_IDLE = 30  # seconds that a connection may wait for its next request
_BACKLOG = 2048


def run_server(settings: ServeSettings, app: ASGIApp, host: str, port: int) -> None:
    """Serve on `host` and `port`; see `xlt.serving.serve`."""
    if not _is_loopback(host) and settings.spends_keys:
        raise InputError(
            f"On {host} others could call this server, and it would spend the upstream's key. Set "
            "an access key in XLT_SERVE_KEY, which callers send as their API key; or unset the "
            "upstream's key, so that callers bring their own.",
            field="host",
        )
    with _listening(host, port, settings.stall) as listener:
        _warm_up()
        address = listener.getsockname()
        name = f"[{address[0]}]" if ":" in address[0] else address[0]
        upstreams = ", ".join(f"{name} ({one.url})" for name, one in settings.upstreams.items())
        print(f"Serving http://{name}:{address[1]} in front of {upstreams}", flush=True)
        print("Open it in a browser, or use it as the base URL + /v1. Ctrl-C stops.", flush=True)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=_IDLE,
            timeout_graceful_shutdown=_GRACE,
        )
        uvicorn.Server(config).run(sockets=[listener])
    sys.stdout.flush()


def _warm_up() -> None:
    """Load what is loaded late, for which the first call would wait."""
    warnings.simplefilter("ignore", LanguageWarning)  # not to be written for each request
    detect_language("The first call should not wait for what is loaded late.")
    compose("mgsm", "3 + 4 = ?", language="en").parse("Answer: 7")


def _listening(host: str, port: int, stall: float) -> socket.socket:
    """Return a socket that listens; raises InputError where the address cannot be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{host}:{port} cannot be listened on: {reason}. Choose another: --port, --host.",
            field="port",
        ) from None
    # asyncio does not set it on sockets made like this: each answer would wait 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # a client that reads nothing more is let go
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(stall * 1000))
    return listener


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
