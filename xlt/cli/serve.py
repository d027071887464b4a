"""`xlt serve`: the HTTP server in front of OpenAI-compatible ones, and its page to play with."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlt.cli.options import Candidates, DefaultLanguage, Templates, Timeout, names_of
from xlt.errors import InputError

if TYPE_CHECKING:
    from xlt.serving import Upstream

KEY_VARIABLE = "XLT_SERVE_KEY"
EPILOG = """\b
Examples:
  xlt serve -m local
  xlt serve --upstream http://127.0.0.1:11434/v1 -m qwen3
  xlt serve -u openai=https://api.openai.com/v1 -u near=http://127.0.0.1:8080/v1
Keys come with each request, or from the environment: NAME_API_KEY for the upstream NAME
(OPENAI_API_KEY for openai), XLT_API_KEY for one without a name. With XLT_SERVE_KEY every caller
must send that key. The page to play with is at http://127.0.0.1:8765/.
"""


def serve(
    upstream: Annotated[
        list[str] | None,
        typer.Option(
            "--upstream",
            "-u",
            metavar="[NAME=]URL",
            help="An OpenAI-compatible server to send calls to; may be repeated. The first is the "
            "default; X-XLT-Upstream: NAME selects another.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="The model for requests that name none. Without --upstream, it also says where "
            "to run it: "
            "local, local:FILE.gguf, hf:OWNER/REPO/FILE.gguf, ollama:NAME.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="The port; 0 takes a free one.")
    ] = 8765,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A host name the server answers to besides localhost; may be repeated.",
            show_default=False,
        ),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="A web page's origin (https://app.example.org) that may call the server.",
            show_default=False,
        ),
    ] = None,
    candidates: Candidates = None,
    default_language: DefaultLanguage = None,
    max_concurrency: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="The maximum number of calls at a time; further callers are told to wait.",
        ),
    ] = 256,
    max_body: Annotated[
        int, typer.Option(min=1, metavar="MB", help="The largest request, in megabytes.")
    ] = 8,
    timeout: Timeout = 300.0,
    templates: Templates = None,
) -> None:
    """Serve an OpenAI-compatible API that composes prompts and reads answers, and a page to try it.

    An app in any language uses xlt by this server as its base URL and the model xlt/TASK@MODEL.
    The last user message is wrapped in the task's prompt; the response has the answer in "xlt".
    """
    from pydantic import SecretStr

    from xlt.serving import ServeSettings
    from xlt.serving import serve as run

    upstreams, name = _upstreams(upstream or (), model)
    wanted = names_of(candidates)
    access = os.environ.get(KEY_VARIABLE)
    settings = ServeSettings(
        upstreams=upstreams,
        model=name,
        templates=templates,
        candidates=None if wanted is None else tuple(wanted),
        default_language=default_language,
        access_key=SecretStr(access) if access else None,
        hosts=tuple(allow_host or ()),
        origins=tuple(one.rstrip("/") for one in allow_origin or ()),
        max_concurrency=max_concurrency,
        max_body=max_body * 1024 * 1024,
        timeout=timeout,
    )
    run(settings, host=host, port=port)


def _upstreams(given: Any, model: str | None) -> tuple[dict[str, Upstream], str | None]:
    """Return the upstreams by name and the default model; a model alone says where it runs."""
    from xlt.serving import Upstream

    found: dict[str, Upstream] = {}
    for one in given:
        name, _, url = one.rpartition("=") if "://" not in one.partition("=")[0] else ("", "", one)
        name = name or "default"
        if name in found:
            raise InputError(
                f"Two upstreams are called {name}; give each its own name: --upstream NAME=URL."
            )
        found[name] = Upstream(url, _key_of(name))
    return (found, model) if found else _of_model(model)


def _of_model(model: str | None) -> tuple[dict[str, Upstream], str | None]:
    """Return the server of a model that runs here, or of the settings' base URL."""
    from xlt.backends.openai_compatible import OpenAICompatible
    from xlt.cli.settings import choice_of, open_backend
    from xlt.serving import Upstream

    choice = choice_of(model, None, max_concurrency=2)
    if choice.model is None and choice.base_url is None:
        raise InputError(
            "No server to send calls to. Name one: xlt serve --upstream http://127.0.0.1:11434/v1, "
            "or a model that runs here: xlt serve -m local.",
            field="model",
        )
    backend = open_backend(choice)
    if not isinstance(backend, OpenAICompatible) or backend.completes:
        raise InputError(
            f"{model} does not have an OpenAI-compatible chat server of its own. Name the server: "
            "xlt serve --upstream https://api.openai.com/v1 -m gpt-4o-mini",
            field="model",
        )
    return {"default": Upstream(backend.url, backend.key)}, backend.model


def _key_of(name: str) -> Any:
    from pydantic import SecretStr

    variable = "XLT_API_KEY" if name == "default" else f"{name.upper().replace('-', '_')}_API_KEY"
    key = os.environ.get(variable)
    return SecretStr(key) if key else None
