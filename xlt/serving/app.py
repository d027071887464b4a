"""The ASGI app: its routes, and what is checked before any of them is served."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from xlt.backends.http import fetch, read_chunks, read_text, shown_url
from xlt.backends.redaction import redacted
from xlt.errors import XLTError
from xlt.files.templates import TemplateFiles
from xlt.registry import tasks
from xlt.serving.calls import PATHS, Calls, authorization, is_allowed, read_json
from xlt.serving.client import Refusal, read_body, respond
from xlt.serving.configuring import ServeSettings
from xlt.serving.metering import Meter
from xlt.serving.playing import compose_side_by_side, detect_in, offered
from xlt.serving.wrapping import PREFIX
from xlt.version import __version__

_PAGE = Path(__file__).resolve().parent / "page"
_PAGE_FILES = {"/": "index.html", "/page.css": "page.css", "/page.js": "page.js"}
_OPEN = ("/healthz", *_PAGE_FILES)
"""What is served without the access key; none of it tells anything."""
_PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}
_MOST_MODELS = 50  # of an upstream that are also offered with each task
_LISTING_SECONDS = 15.0


def build_app(settings: ServeSettings) -> Starlette:
    """Return the server of these settings."""
    meter, files = Meter(), TemplateFiles.at(settings.templates)

    async def healthz(request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", "version": __version__})

    async def metrics(request: Request) -> Response:
        return Response(meter.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def models(request: Request) -> Response:
        return await _models(settings, files, request.headers)

    async def offer(request: Request) -> JSONResponse:
        return JSONResponse(offered(settings))

    async def detect(request: Request) -> JSONResponse:
        return JSONResponse(detect_in(settings, await _body(settings, request)))

    async def compose(request: Request) -> JSONResponse:
        return JSONResponse(compose_side_by_side(settings, await _body(settings, request)))

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/metrics", metrics),
            Route("/v1/models", models),
            Route("/v1/{path:path}", Calls(settings, meter), methods=["POST"]),
            Route("/xlt/offer", offer),
            Route("/xlt/detect", detect, methods=["POST"]),
            Route("/xlt/compose", compose, methods=["POST"]),
            *[Route(path, _page(name)) for path, name in _PAGE_FILES.items()],
        ],
        middleware=[
            *_cross_origin(settings),
            Middleware(Guard, settings=settings),
        ],
        exception_handlers={XLTError: respond, 404: _unknown, 405: _unknown},
    )


class Guard:
    """Turns away what another web page sends through a browser, and calls without the key.

    A page of anywhere can have its own name point here (DNS rebinding): the name in Host must be
    ours, and where a browser says which page asks (Origin), it must be ours or one allowed.
    """

    def __init__(self, app: ASGIApp, settings: ServeSettings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request that may be served."""
        if scope["type"] == "http" and (refusal := self._refusal(scope)):
            response = await respond(Request(scope), refusal)
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Refusal | None:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not _is_own(name := _name(host), self._settings.hosts):
            told = f"This server is not called {name!r}. If it is: xlt serve --allow-host NAME."
            return Refusal(403, told)
        own = (None, f"http://{host}", f"https://{host}")
        if origin not in own and origin not in self._settings.origins:
            told = "Another web page may not call this server: xlt serve --allow-origin URL."
            return Refusal(403, told)
        if scope["path"] not in _OPEN and not is_allowed(self._settings, headers):
            return Refusal(401, "The access key is missing or wrong.", kind="authentication_error")
        return None


def _name(host: str) -> str:
    """Return a Host header without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_own(name: str, hosts: tuple[str, ...]) -> bool:
    """Whether a name is one of this server; addresses in digits cannot be made to point here."""
    if name == "localhost" or name in hosts:
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _cross_origin(settings: ServeSettings) -> list[Middleware]:
    if not settings.origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(settings.origins),
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
        )
    ]


def _page(name: str) -> Callable[[Request], Awaitable[FileResponse]]:
    async def page(request: Request) -> FileResponse:
        return FileResponse(_PAGE / name, headers=_PAGE_HEADERS)

    return page


async def _body(settings: ServeSettings, request: Request) -> dict[str, Any]:
    return read_json(await read_body(request, settings.max_body))


async def _models(
    settings: ServeSettings, files: TemplateFiles, headers: Mapping[str, str]
) -> Response:
    """Answer with the upstream's models, each also with every task that takes a bare text."""
    upstream = settings.upstream(headers.get("x-xlt-upstream"))
    deadline = time.monotonic() + _LISTING_SECONDS
    sent = authorization(settings, upstream, headers)
    response = await fetch("GET", upstream.at("models"), sent, deadline)
    async with aclosing(response), aclosing(read_chunks(response, deadline)) as chunks:
        text = redacted(await read_text(chunks, shown_url(response.request.url)), settings.secrets)
    try:
        listed = json.loads(text)
        held = [one for one in listed["data"] if isinstance(one["id"], str)]
    except (ValueError, TypeError, KeyError, RecursionError):
        return Response(text, response.status_code, media_type="application/json")
    if response.is_success:
        names = [task.name for task in tasks(files) if _takes_a_text(task)]
        listed["data"] = [
            *listed["data"],
            *[
                {**one, "id": f"{PREFIX}{name}@{one['id']}"}
                for one in held[:_MOST_MODELS]
                for name in names
            ],
        ]
    return JSONResponse(listed, response.status_code)


def _takes_a_text(task: Any) -> bool:
    needed = [one for one in task.inputs if not one.optional]
    return len(needed) == 1 and task.target_language == "same" and task.output == "optional"


async def _unknown(request: Request, error: Exception) -> JSONResponse:
    known = ", ".join(f"/v1/{path}" for path in PATHS)
    message = f"Nothing is served here. POST to {known}, or GET /v1/models."
    return await respond(request, Refusal(getattr(error, "status_code", 404), message))
