"""`/v1/...`: a call passed on to its upstream, wrapped or as it is, and what came back."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Coroutine,
    Iterable,
    Mapping,
)
from contextlib import aclosing, asynccontextmanager, suppress
from hmac import compare_digest
from typing import Any, TypeVar

import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from xlt.backends.errors import DeadlineExceeded, MalformedReply
from xlt.backends.http import fetch, read_chunks, read_events, read_text, shown_url, tell_events
from xlt.backends.redaction import held_back, redacted, without
from xlt.errors import InputError, XLTError, shown
from xlt.prompt import Prompt
from xlt.reply import Reply
from xlt.running import adrive, send_each
from xlt.serving.answering import (
    StreamedAnswer,
    as_events,
    reply_in,
    round_event,
    round_shown,
    whole_response,
)
from xlt.serving.client import (
    EVENTS,
    BrokenOff,
    ClientSender,
    Refusal,
    read_body,
    refusal_of,
    while_connected,
)
from xlt.serving.configuring import ServeSettings, Upstream
from xlt.serving.metering import Meter
from xlt.serving.wrapping import FIELD, Wrapped, is_wrapped, wrap
from xlt.strategies.strategy import LastRound

Made = TypeVar("Made")
PATHS = ("chat/completions", "completions", "embeddings", "responses")
"""What a call may ask of an upstream: no files, no fine-tuning, nothing that deletes."""
_AT_ONCE = 8  # calls of one answer
_QUIET_SECONDS = 15.0  # between comments: HTML, section 9.2.7, for proxies that drop what is silent
_CLIENT_GONE = 499  # as nginx counts them
_LARGE = 100_000  # bytes; beyond them composing and reading would hold up other calls
_JSON = b"application/json"
_SENT_ON = ("accept", "content-type", "openai-organization", "openai-project", "openai-beta")
_SENT_BACK = ("content-type", "retry-after", "x-request-id")
_ANONYMOUS = ("", "xlt")
"""Keys of a request that mean none: SDKs do not go without one."""


class UpstreamRefusal(XLTError):
    """An upstream's own answer to a call that it does not serve, without keys."""

    def __init__(self, status: int, headers: dict[str, bytes], text: str) -> None:
        self.status, self.headers, self.text = status, headers, text
        self.final = status in (401, 403)
        super().__init__(f"The upstream answered with status {status}: {shown(text, 200)}")


class Calls:
    """The ASGI app of the calls to upstreams."""

    def __init__(self, settings: ServeSettings, meter: Meter) -> None:
        self._settings, self._meter = settings, meter
        self._active = 0
        self._plain: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, unless too many are under way; it ends when its client has gone."""
        path = scope["path_params"]["path"]
        if path not in PATHS:
            known = ", ".join(f"/v1/{one}" for one in PATHS)
            raise Refusal(404, f"No calls go to {shown(path)}. Known: {known}.")
        if self._active >= self._settings.max_concurrency:
            self._meter.count("refused", 429)
            raise Refusal(
                429,
                f"{self._active} calls are under way, as many as may be; try again.",
                kind="rate_limit_error",
                retry_after=1,
            )
        self._active += 1
        try:
            request = Request(scope, receive)
            call = ServedCall(
                self._settings,
                self._meter,
                request,
                ClientSender(send, self._settings.stall),
                self._plain,
            )
            with suppress(ClientDisconnect, BrokenOff), self._meter.timed():
                body = await read_body(request, self._settings.max_body)
                await while_connected(receive, call.answer(body))
        finally:
            self._active -= 1


class ServedCall:
    """One call: its upstream, its time, and what is sent back.

    `plain` are the upstreams, by their URLs, that do not take the stream_options of ours.
    """

    def __init__(
        self,
        settings: ServeSettings,
        meter: Meter,
        request: Request,
        sender: ClientSender,
        plain: set[str],
    ) -> None:
        self._settings, self._meter, self._request, self._sender = settings, meter, request, sender
        self._plain, self._adds_usage = plain, False
        self._deadline = time.monotonic() + settings.timeout
        self._upstream = settings.upstream(request.headers.get("x-xlt-upstream"))
        self._only = request.query_params.get("answer") == "only"
        self._task = "none"

    async def answer(self, content: bytes) -> None:
        """Send the call on, and its answer back; a failure that can still be told is told.

        An upstream's refusal is sent back as it is, but for keys.
        """
        try:
            async with asyncio.timeout_at(self._deadline):
                await self._answer(content)
        except TimeoutError:
            await self._tell(DeadlineExceeded("The call took longer than it may."))
        except UpstreamRefusal as refusal:
            if self._sender.begun:
                await self._tell(Refusal(refusal.status, str(refusal), kind="upstream_error"))
                return
            self._meter.count(self._task, refusal.status)
            kind = refusal.headers.pop("content-type", _JSON)
            content = refusal.text.encode()
            await self._sender.whole(refusal.status, kind, content, refusal.headers)
        except XLTError as error:
            await self._tell(error)
        except asyncio.CancelledError:
            self._meter.count(self._task, _CLIENT_GONE)
            raise

    async def _answer(self, content: bytes) -> None:
        path = self._request.path_params["path"]
        headers = {name: str(value) for name, value in self._request.headers.items()}
        body = read_json(content)
        if path != PATHS[0] or not is_wrapped(body, headers):
            await self._pass_on(path, content)
            return
        wrapped = await _aside(len(content), wrap, body, headers, self._settings)
        self._task = wrapped.prompt.task.name
        asked_usage = False
        if body.get("stream") is True:
            given = body.get("stream_options")
            stream_options = given if isinstance(given, dict) else {}
            asked_usage = stream_options.get("include_usage") is True
            self._adds_usage = not asked_usage
            if asked_usage or self._upstream.url not in self._plain:
                wrapped.body["stream_options"] = {**stream_options, "include_usage": True}
        if wrapped.plan is not None:
            await self._several(wrapped, body.get("stream") is True, asked_usage)
            return
        async with aclosing(await self._ask(wrapped.body)) as response:
            await self._tell_answer(wrapped, response, asked_usage)

    async def _several(self, wrapped: Wrapped, streams: bool, asked_usage: bool) -> None:
        """Make the calls of a plan; send the response in which its answer was read.

        A stream passes on the reply of a last round as it comes, as that of one call.
        """
        assert wrapped.plan is not None
        gate, said = asyncio.Semaphore(_AT_ONCE), list[tuple[Reply, dict[str, Any]]]()
        streamed = StreamedAnswer(wrapped, only=self._only, asked_usage=asked_usage)
        rounds: list[list[dict[str, Any]]] = []

        async def ask(prompt: Prompt, last: bool) -> Reply:
            request = wrapped.asking(prompt, stream=last)
            async with (
                gate,
                aclosing(await self._ask(request)) as response,
                self._body(response) as (is_stream, body),
            ):
                if is_stream and last:
                    await self._pass_events(streamed, body)
                    return streamed.reply()
                text = await read_text(body, shown_url(response.request.url))
            made = read_json(text, MalformedReply)
            said.append((reply_in(made), made))
            return said[-1][0]

        async def send(prompts: tuple[Prompt, ...]) -> list[Any]:
            last = streams and isinstance(prompts, LastRound)
            if streams and rounds:
                await self._events([round_event(rounds.pop())])
            calls = send_each(prompts, lambda index, prompt: ask(prompt, last))
            replies = await (self._bridged(calls) if streams and not last else calls)
            if wrapped.rounds:
                rounds.append(round_shown(prompts, replies))
            return replies

        answer = await adrive(wrapped.plan, send)
        if streamed.ended:
            events = await _aside(streamed.size, list, streamed.end(answer, rounds))
            self._meter.count(self._task, 200, streamed.about)
            await self._events(events, end=True)
            return
        if not said:
            raise MalformedReply("The upstream answered none of the calls.")
        found = next((body for reply, body in said if reply.text == answer.reply), said[-1][1])
        made = whole_response(wrapped, found, only=self._only, answer=answer, rounds=rounds)
        self._meter.count(self._task, 200, made[FIELD])
        if streams:
            await self._events(as_events(made, asked_usage=asked_usage), end=True)
        else:
            await self._sender.whole(200, _JSON, _dump(made))

    async def _bridged(self, calls: Coroutine[Any, Any, Made]) -> Made:
        """Return what calls give that show nothing yet; comments tell a stream's client to wait.

        The first comes late, so that a refusal can still come as one.
        """
        task = asyncio.ensure_future(calls)
        try:
            while not (await asyncio.wait((task,), timeout=_QUIET_SECONDS))[0]:
                await self._events([])
            return task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _tell_answer(
        self, wrapped: Wrapped, response: httpx.Response, asked_usage: bool
    ) -> None:
        async with self._body(response) as (streams, body):
            if streams:
                answer = StreamedAnswer(wrapped, only=self._only, asked_usage=asked_usage)
                await self._pass_events(answer, body)
                last = await _aside(answer.size, list, answer.end())
                self._meter.count(self._task, 200, answer.about)
                await self._events(last, end=True)
            else:
                text = await read_text(body, shown_url(response.request.url))
                reply = read_json(text, MalformedReply)
                made = await _aside(len(text), whole_response, wrapped, reply, only=self._only)
                self._meter.count(self._task, 200, made[FIELD])
                await self._sender.whole(200, _JSON, _dump(made))

    async def _pass_events(self, answer: StreamedAnswer, body: AsyncGenerator[bytes, None]) -> None:
        async with aclosing(read_events(body)) as events:
            async for event in events:
                await self._events(answer.take(event))
                if answer.done:
                    break

    async def _events(self, events: Iterable[str], *, end: bool = False) -> None:
        """Send events of these data, or a comment where there are none yet."""
        made = "".join([f"data: {one}\n\n" for one in events]).encode() or b":\n\n"
        if not self._sender.begun:
            await self._sender.start(200, {"content-type": EVENTS, "cache-control": b"no-cache"})
        await (self._sender.end if end else self._sender.more)(made)

    async def _pass_on(self, path: str, content: bytes) -> None:
        response = await self._fetch(path, content)
        async with aclosing(response):
            if not response.is_success:
                raise await self._refusal(response)
            await self._sender.start(response.status_code, _kept(response.headers))
            async with aclosing(self._read(response)) as chunks:
                async for chunk in chunks:
                    await self._sender.more(chunk)
            self._meter.count(self._task, response.status_code)
            await self._sender.end(b"")

    async def _ask(self, body: dict[str, Any]) -> httpx.Response:
        """Return the upstream's response; one that refuses our stream_options is asked without."""
        response = await self._fetch(PATHS[0], _dump(body))
        if response.status_code not in (400, 422) or not self._adds_usage:
            return response
        async with aclosing(response):
            refusal = await self._refusal(response)
        if "stream_options" not in refusal.text or "stream_options" not in body:
            raise refusal
        self._plain.add(self._upstream.url)
        plain = {name: value for name, value in body.items() if name != "stream_options"}
        return await self._fetch(PATHS[0], _dump(plain))

    async def _fetch(self, path: str, content: bytes) -> httpx.Response:
        headers = {
            name: self._request.headers[name] for name in _SENT_ON if name in self._request.headers
        }
        headers |= authorization(self._settings, self._upstream, self._request.headers)
        url = self._upstream.at(path)
        return await fetch("POST", url, headers, self._deadline, content=content)

    @asynccontextmanager
    async def _body(
        self, response: httpx.Response
    ) -> AsyncIterator[tuple[bool, AsyncGenerator[bytes, None]]]:
        """Give whether a response is a stream, and its body; raises where it is a refusal."""
        if not response.is_success:
            raise await self._refusal(response)
        async with aclosing(self._read(response)) as chunks:
            streams, body = await tell_events(chunks, response.headers.get("content-type", ""))
            async with aclosing(body):
                yield streams, body

    async def _read(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        """Yield what an upstream sends; a key of the server that it repeats is taken out."""
        secrets, held = self._settings.secrets, ""
        async with aclosing(read_chunks(response, self._deadline)) as chunks:
            async for chunk in chunks:
                if not secrets:
                    yield chunk
                    continue
                text = held + chunk.decode("latin-1")  # keys are ASCII, a chunk may cut a letter
                held = held_back(text, secrets)
                yield without(text[: len(text) - len(held)], secrets).encode("latin-1")
        if held:
            yield held.encode("latin-1")

    async def _refusal(self, response: httpx.Response) -> UpstreamRefusal:
        where = shown_url(response.request.url)
        async with aclosing(self._read(response)) as chunks:
            text = redacted(await read_text(chunks, where), self._settings.secrets)
        return UpstreamRefusal(response.status_code, _kept(response.headers), text)

    async def _tell(self, error: XLTError) -> None:
        """Tell what failed: as the response, or as an event of one that has begun."""
        refusal = refusal_of(error, self._settings.secrets)
        self._meter.count(self._task, refusal.status)
        if not self._sender.begun:
            raise refusal
        if self._sender.is_events:
            await self._sender.end(b"data: " + _dump(refusal.body) + b"\n\n")
        else:
            raise BrokenOff("the upstream broke off")


def authorization(
    settings: ServeSettings, upstream: Upstream, headers: Mapping[str, str]
) -> dict[str, str]:
    """Return the header with the key for an upstream: the request's own, else the server's."""
    own = bearer(headers)
    if settings.access_key is None and own not in _ANONYMOUS:
        return {"authorization": f"Bearer {own}"}
    key = upstream.key
    return {} if key is None else {"authorization": f"Bearer {key.get_secret_value()}"}


def bearer(headers: Mapping[str, str]) -> str:
    """Return the key in a request's Authorization, "" without one."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def is_allowed(settings: ServeSettings, headers: Mapping[str, str]) -> bool:
    """Whether a request brings the access key, where one is needed."""
    if settings.access_key is None:
        return True
    wanted = settings.access_key.get_secret_value()
    return compare_digest(bearer(headers).encode(), wanted.encode())


async def _aside(size: int, function: Any, *arguments: Any, **named: Any) -> Any:
    """Return what a function makes: in a thread where its text is large."""
    if size < _LARGE:
        return function(*arguments, **named)
    return await asyncio.to_thread(function, *arguments, **named)


def read_json(text: str | bytes, error: type[XLTError] = InputError) -> dict[str, Any]:
    """Return the object in a body; raises the `error` for anything else."""
    whose = "The" if error is InputError else "The upstream's"
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise error(f"{whose} body is not JSON in UTF-8.") from None
    if not isinstance(data, dict):
        raise error(f"{whose} body must be a JSON object.")
    return data


def _dump(value: Any) -> bytes:
    """Return JSON in UTF-8; a lone surrogate that came escaped goes on escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def _kept(headers: httpx.Headers) -> dict[str, bytes]:
    return {name: headers[name].encode() for name in _SENT_BACK if name in headers}
