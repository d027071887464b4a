"""`ask` and `aask`: compose, send and read in one call, whatever the model is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from inspect import Parameter, isawaitable, signature
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from xlt.answers.answer import Answer
from xlt.composing import LanguageName, plan
from xlt.errors import InputError
from xlt.files.templates import TemplateFiles
from xlt.prompt import Prompt
from xlt.registry import get_task
from xlt.request import Inputs
from xlt.running import arun, run
from xlt.strategies.typed_options import AskOptions
from xlt.task import Task

if TYPE_CHECKING:
    from xlt.backends.backend import Backend
    from xlt.strategies.strategy import Plan

Send = Callable[[Prompt], Any]
Made = TypeVar("Made")


def ask(
    task: str | Task,
    inputs: Inputs,
    *,
    model: Any,
    base_url: str | None = None,
    language: LanguageName = None,
    target_language: LanguageName = None,
    strategy: str | None = None,
    max_concurrency: int = 1,
    **options: Unpack[AskOptions],
) -> Answer:
    """Return a model's answer to a request: compose, send and read in one call.

    `model` is what `xlt ask -m` takes ("openai:gpt-4o-mini", "local"; with `base_url` the name
    of a server's model), a LangChain chat model, one of `xlt.backends`, a method of an SDK's
    client with its model bound, or a function of a Prompt that returns a reply:

        >>> import xlt
        >>> xlt.ask("mgsm", "Juma ana mayai 16. Anakula 3. Yamebaki mangapi?", language="sw",
        ...         model=lambda prompt: "Answer: 13").value
        13

    As SDK methods `functools.partial(client.chat.completions.create, model="gpt-4o-mini")`,
    `client.responses.create`, `client.messages.create` (Anthropic) and
    `client.models.generate_content` (Google) are known by their parameters. `options` are those
    of `xlt.plan`. `Answer.usage` says what it cost. Raises what `xlt.compose` raises, and what
    the model's call raises (a BackendError from xlt's own).
    """
    given = {"language": language, "target_language": target_language, **options}
    made = _plan(task, inputs, model, strategy, given)
    backend = _backend(model, base_url)
    if backend is None:
        return run(made, _sender(model), max_concurrency=max_concurrency)

    async def whole() -> Answer:
        return await arun(made, _of_backend(backend), max_concurrency=max_concurrency)

    return waited_for(whole)


async def aask(
    task: str | Task,
    inputs: Inputs,
    *,
    model: Any,
    base_url: str | None = None,
    language: LanguageName = None,
    target_language: LanguageName = None,
    strategy: str | None = None,
    max_concurrency: int = 8,
    **options: Unpack[AskOptions],
) -> Answer:
    """Like `ask`, without blocking the event loop: a method or function may be a coroutine's."""
    given = {"language": language, "target_language": target_language, **options}
    made = _plan(task, inputs, model, strategy, given)
    backend = _backend(model, base_url)
    send = _async_sender(model) if backend is None else _of_backend(backend)
    return await arun(made, send, max_concurrency=max_concurrency)


def _plan(
    task: str | Task,
    inputs: Inputs,
    model: Any,
    strategy: str | None,
    options: dict[str, Any],
) -> Plan:
    """Return the plan; `auto` chooses by the model where it has a name."""
    found = get_task(task, TemplateFiles.at(options.get("templates")))
    chosen = strategy or found.strategy
    name = model if isinstance(model, str) else getattr(model, "model_name", None)
    if chosen == "auto" and isinstance(name, str):
        options = {"model": name, **options}
    return plan(found, inputs, strategy=chosen, **options)


def _backend(model: Any, base_url: str | None) -> Backend | None:
    if isinstance(model, str):
        from xlt.backends.choosing import Choice, choose_backend

        return choose_backend(Choice(model=model, base_url=base_url))
    if base_url is not None:
        raise InputError("base_url goes with the name of a server's model.", field="base_url")
    is_backend = hasattr(model, "stream") and hasattr(model, "few_shot")
    return model if is_backend else None


def _of_backend(backend: Backend) -> Callable[[Prompt], Awaitable[Any]]:
    from xlt.backends.backend import send

    return lambda prompt: send(backend, prompt)


def waited_for(whole: Callable[[], Coroutine[Any, Any, Made]]) -> Made:
    """Run a coroutine to its end, in a thread of its own where a loop runs already (Jupyter)."""
    import asyncio  # not needed to import xlt

    from xlt.backends.backend import wait_for

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return wait_for(whole())
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: wait_for(whole())).result()


def _sender(model: Any) -> Send:
    """Return what sends a prompt to a LangChain model, an SDK's method or a function."""
    if hasattr(model, "invoke") and hasattr(model, "ainvoke"):
        return lambda prompt: model.invoke(prompt.messages)
    call = _caller(model)

    def send(prompt: Prompt) -> Any:
        reply = call(prompt)
        if isawaitable(reply):
            if hasattr(reply, "close"):
                reply.close()
            raise InputError("The model's function is a coroutine's: use xlt.aask.", field="model")
        return reply

    return send


def _async_sender(model: Any) -> Send:
    if hasattr(model, "invoke") and hasattr(model, "ainvoke"):
        return lambda prompt: model.ainvoke(prompt.messages)
    call = _caller(model)

    async def send(prompt: Prompt) -> Any:
        import asyncio

        reply = await asyncio.to_thread(call, prompt)  # a function may wait for its server
        return await reply if isawaitable(reply) else reply

    return send


def _caller(model: Any) -> Send:
    """Return a function of a prompt: the model's own, or its SDK's by the parameters it takes."""
    if not callable(model):
        raise InputError(
            'model must be a name ("openai:gpt-4o-mini"), a LangChain chat model, a backend, a '
            "method of an SDK's client (functools.partial(client.chat.completions.create, "
            f'model="...")) or a function of a Prompt, not {type(model).__name__}.',
            field="model",
        )
    wire_format = _wire_format_of(model)
    return model if wire_format is None else lambda prompt: model(**prompt.to(wire_format))


def _wire_format_of(function: Callable[..., Any]) -> str | None:
    """Return the wire format that an SDK's method takes, None for a function of a prompt."""
    try:
        takes = {
            name
            for name, one in signature(function).parameters.items()
            if one.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
        }
    except (TypeError, ValueError):  # a builtin
        return None
    for wire_format, names in (
        ("gemini", {"contents"}),
        ("openai-responses", {"input", "instructions"}),
        ("anthropic", {"messages", "system"}),
        ("openai", {"messages"}),
    ):
        if names <= takes:
            return wire_format
    return None
