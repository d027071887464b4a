"""An OpenAI-compatible server in front of other ones: `xlt serve`, and the app to mount elsewhere.

A request whose model is "xlt/TASK@MODEL" has its last user message wrapped in the task's prompt,
and its response says beside `choices` what was answered. Other requests pass through.

>>> from xlt.serving import ServeSettings, Upstream, make_app
>>> app = make_app(ServeSettings({"local": Upstream("http://127.0.0.1:8080/v1")}))
"""

from typing import TYPE_CHECKING

from xlt.errors import MissingExtra
from xlt.serving.configuring import ServeSettings, Upstream

if TYPE_CHECKING:
    from starlette.applications import Starlette

__all__ = ["ServeSettings", "Upstream", "make_app", "serve"]


def make_app(settings: ServeSettings) -> "Starlette":
    """Return the server as an ASGI app, to mount in another one or to run with any ASGI server.

    Raises MissingExtra where starlette is not installed.
    """
    try:
        from xlt.serving.app import build_app
    except ModuleNotFoundError as error:
        raise MissingExtra("xlt serve", "serve") from error
    return build_app(settings)


def serve(settings: ServeSettings, *, host: str = "127.0.0.1", port: int = 8765) -> None:
    """Serve until the process is told to stop; calls under way then have 30 seconds to end.

    Port 0 takes a free one. Raises InputError where the address cannot be used, or where others
    could spend this machine's keys; MissingExtra without uvicorn.
    """
    try:
        from xlt.serving.running_server import run_server
    except ModuleNotFoundError as error:
        raise MissingExtra("xlt serve", "serve") from error
    run_server(settings, make_app(settings), host, port)
