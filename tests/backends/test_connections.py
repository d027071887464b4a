"""A connection is used again by the next call, closed when it broke, and not kept for long."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator

import httpcore
import httpx
import pytest

from xlt.backends import connections
from xlt.backends.connections import Connections


class Line(httpcore.AsyncConnectionInterface):
    """Counts the calls of one connection; a path "/broken" breaks it."""

    def __init__(self, *given: object, **named: object) -> None:
        self.calls, self.closed, self.gone = 0, False, False
        LINES.append(self)

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        assert not self.closed
        self.calls += 1
        if request.url.target == b"/broken":
            raise httpcore.ReadError("reset")
        return httpcore.Response(200, content=Body())

    def has_expired(self) -> bool:
        return self.gone

    def is_idle(self) -> bool:
        return not self.closed

    async def aclose(self) -> None:
        self.closed = True


class Body:
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{}"

    async def aclose(self) -> None:
        pass


LINES: list[Line] = []


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> None:
    LINES.clear()
    monkeypatch.setattr(httpcore, "AsyncHTTPConnection", Line)


def lent(count: int, pool: Connections, url: str = "http://a.test/") -> list[httpx.Response]:
    async def asked() -> list[httpx.Response]:
        request = httpx.Request("POST", url)
        return [await pool.send(request) for _ in range(count)]

    return asyncio.run(asked())


def back(responses: list[httpx.Response]) -> None:
    for response in responses:
        asyncio.run(response.aclose())
        asyncio.run(response.aclose())  # twice does no harm


@pytest.fixture
def pool() -> Connections:
    return Connections(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def calls() -> list[int]:
    return [line.calls for line in LINES]


def test_the_connection_used_last_serves_the_next_call(pool: Connections):
    back(lent(3, pool))
    back(lent(1, pool))
    back(lent(1, pool))
    assert calls() == [1, 1, 3]
    back(lent(1, pool, "http://b.test/"))
    back(lent(1, pool, "https://a.test/"))
    assert calls() == [1, 1, 3, 1, 1]


def test_a_connection_that_broke_is_closed(pool: Connections):
    with pytest.raises(httpcore.ReadError):
        lent(1, pool, "http://a.test/broken")
    assert LINES[0].closed
    back(lent(1, pool))
    assert calls() == [1, 1]


def test_a_connection_that_its_server_has_closed_is_not_used_again(pool: Connections):
    back(lent(2, pool))
    LINES[0].gone = True
    back(lent(2, pool))
    assert calls() == [1, 2, 1]
    assert [line.closed for line in LINES] == [True, False, False]


def test_a_connection_whose_body_was_broken_off_is_not_used_again(pool: Connections):
    responses = lent(1, pool)
    LINES[0].closed = True
    back(responses)
    back(lent(1, pool))
    assert calls() == [1, 1]


def test_what_is_free_for_long_or_too_many_is_closed(
    pool: Connections, monkeypatch: pytest.MonkeyPatch
):
    back(lent(101, pool))
    assert sum(line.closed for line in LINES) == 1
    monkeypatch.setattr(connections, "_SECONDS", -1.0)
    back(lent(1, pool))
    assert all(line.closed for line in LINES)


def test_closing_the_pool_closes_what_is_free(pool: Connections):
    responses = lent(2, pool)
    back(responses[:1])
    asyncio.run(pool.aclose())
    assert [line.closed for line in LINES] == [True, False]


def test_a_connection_whose_call_is_cancelled_while_it_is_given_back_is_closed(
    pool: Connections, monkeypatch: pytest.MonkeyPatch
):
    async def cancelled(self: Body) -> None:
        raise asyncio.CancelledError

    (response,) = lent(1, pool)
    monkeypatch.setattr(Body, "aclose", cancelled)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(response.aclose())
    assert LINES[0].closed
    lent(1, pool)
    assert calls() == [1, 1]
