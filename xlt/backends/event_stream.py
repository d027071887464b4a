"""Server-sent events: the bytes of a stream, cut anywhere, to the data of each event."""

from __future__ import annotations

import codecs
import re
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing

from xlt.backends.errors import MalformedReply

_BREAK = re.compile(r"\r\n|\n|\r")
MAX_EVENT = 1_000_000


async def read_events(chunks: AsyncIterable[bytes]) -> AsyncGenerator[str, None]:
    """Yield the data of each event; lines end in LF, CRLF or CR, and nothing else.

    Raises MalformedReply at bytes that are no UTF-8, and at an event over a million characters.
    """
    data: list[str] = []
    size = 0
    async with aclosing(_lines(chunks)) as lines:
        async for line in lines:
            if line:
                field, _, value = line.partition(":")
                if field == "data":
                    data.append(value.removeprefix(" "))
                    size += len(value)
                    if size > MAX_EVENT:
                        raise _too_long()
            elif data:
                yield "\n".join(data)
                data, size = [], 0
    if data:
        yield "\n".join(data)


async def _lines(chunks: AsyncIterable[bytes]) -> AsyncGenerator[str, None]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")("strict")
    begun: list[str] = []  # of a line; joined when a break comes, not at each chunk
    size = 0
    held = ""  # a CR whose LF may come with the next chunk
    async for chunk in chunks:
        text = held + _decoded(decoder, chunk)
        held = "\r" if text.endswith("\r") else ""
        first, *others = _BREAK.split(text.removesuffix("\r"))
        begun.append(first)
        size += len(first)
        if size > MAX_EVENT:
            raise _too_long()
        if others:
            yield "".join(begun)
            for line in others[:-1]:
                yield line
            begun, size = [others[-1]], len(others[-1])
    last = "".join(begun) + held + _decoded(decoder, b"", final=True)
    for line in _BREAK.split(last):
        yield line


def _too_long() -> MalformedReply:
    return MalformedReply("The server's stream holds an event of over a million characters.")


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> str:
    try:
        return decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        raise MalformedReply(
            f"The server's stream is not UTF-8 (byte 0x{error.object[error.start]:02X})."
        ) from None
