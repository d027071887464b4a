"""`ServeSettings`: which servers calls may go to, who may call, and how much."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import httpx
from pydantic import SecretStr

from xlt.backends.openai_compatible import parse_url
from xlt.errors import InputError, UnknownName
from xlt.frozen import FrozenDict

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_CHAT = "/chat/completions"


@dataclass(frozen=True, slots=True)
class Upstream:
    """An OpenAI-compatible server that calls may go to.

    `url` is its base ("http://127.0.0.1:8080/v1", "https://api.openai.com/v1"). `key` is sent for
    requests that bring none of their own.
    """

    url: str
    key: SecretStr | None = None

    def __post_init__(self) -> None:
        """Check the address, and write it as a base: without /chat/completions, with a path."""
        url = parse_url(self.url)
        path = url.path.rstrip("/").removesuffix(_CHAT) or "/v1"
        object.__setattr__(self, "url", str(url.copy_with(path=path, query=None, fragment=None)))

    def at(self, path: str) -> httpx.URL:
        """Return the address of "chat/completions", "models" ..."""
        return _parsed(f"{self.url}/{path}")


@lru_cache(maxsize=64)
def _parsed(url: str) -> httpx.URL:
    return httpx.URL(url)


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """What a server does and allows.

    `upstreams` are the only servers that calls go to; the first serves requests that name none.
    `model` is the model of requests that name only a task ("xlt/mgsm"). `templates`, `candidates`
    and `default_language` are as for `xlt.compose`. With an `access_key` every request must bring
    it. `hosts` are the names that the server is called by, beside localhost and addresses in
    digits; `origins` the web pages ("https://app.example.org") that may call it from a browser.

    Calls over `max_concurrency` are told to come again; a request may have `max_body` bytes; a
    call may take `timeout` seconds, and a client may take `stall` seconds to read what is sent.
    Raises InputError for what cannot be served.
    """

    upstreams: Mapping[str, Upstream]
    model: str | None = None
    templates: str | Path | None = None
    candidates: tuple[str, ...] | None = None
    default_language: str | None = None
    access_key: SecretStr | None = None
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    max_concurrency: int = 256
    max_body: int = 8 * 1024 * 1024
    timeout: float = 300.0
    stall: float = 60.0

    def __post_init__(self) -> None:
        """Refuse what no request could be served with."""
        object.__setattr__(self, "upstreams", FrozenDict(self.upstreams))
        if not self.upstreams:
            raise InputError("A server needs an upstream to send calls to.", field="upstreams")
        for name in self.upstreams:
            if not _NAME.fullmatch(name):
                raise InputError(
                    f"An upstream's name is letters, digits, - and _, not {name!r}.",
                    field="upstreams",
                )
        if min(self.max_concurrency, self.max_body, self.timeout, self.stall) <= 0:
            raise InputError("max_concurrency, max_body, timeout and stall must be over 0.")

    def upstream(self, name: str | None) -> Upstream:
        """Return the upstream of a name, the first for None; raises UnknownName."""
        if name is None:
            return next(iter(self.upstreams.values()))
        if name not in self.upstreams:
            raise UnknownName("upstream", name, self.upstreams)
        return self.upstreams[name]

    @property
    def spends_keys(self) -> bool:
        """Whether whoever reaches the server spends keys that are not theirs."""
        return self.access_key is None and any(one.key for one in self.upstreams.values())

    @property
    def secrets(self) -> Mapping[str, str]:
        """The keys that no response may hold, by what they are called there."""
        held = {f"key of {name}": one.key for name, one in self.upstreams.items()}
        held["access key"] = self.access_key
        return {name: key.get_secret_value() for name, key in held.items() if key is not None}
