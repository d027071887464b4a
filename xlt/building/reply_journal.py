"""The replies of a run so far, a line each, so that a killed run loses none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from xlt.errors import DefinitionError, InputError


class Kept(NamedTuple):
    """A reply as it came."""

    reply: str
    finish_reason: str | None


@dataclass(slots=True)
class ReplyJournal:
    """Replies of one `model` by request and signature, kept in memory and in a file at `path`.

    A line cut short by a kill is dropped; of two lines about the same request the first counts.
    """

    path: Path | None = None
    model: str = ""
    _kept: dict[tuple[str, str], Kept] = field(default_factory=dict)

    @classmethod
    def at(cls, path: Path | None, model: str = "") -> ReplyJournal:
        """Return the journal of a file, which need not exist.

        Raises DefinitionError for a line that is not one of a journal, InputError when the
        file cannot be read or written.
        """
        journal = cls(path, model)
        if path is None:
            return journal
        try:
            data = path.read_bytes() if path.exists() else b""
            whole = data[: data.rfind(b"\n") + 1]
            with path.open("ab") as file:  # says now, before any call, whether it can be written
                if len(whole) < len(data):
                    file.truncate(len(whole))
        except OSError as error:
            raise InputError(f"{path} cannot be used: {error.strerror}.") from error
        for number, line in enumerate(whole.split(b"\n")[:-1], start=1):
            journal._read(line, number)
        return journal

    def get(self, request: str, signature: str) -> Kept | None:
        return self._kept.get((request, signature))

    def add(self, request: str, signature: str, kept: Kept) -> None:
        """Keep a reply, in the file before anything else happens."""
        self._kept[request, signature] = kept
        if self.path is None:
            return
        about = {"request": request, "signature": signature, "model": self.model}
        line = {**about, **kept._asdict()}
        text = json.dumps(line, ensure_ascii=False) + "\n"
        with self.path.open("ab") as file:
            file.write(text.encode("utf-8", "backslashreplace"))

    def _read(self, line: bytes, number: int) -> None:
        try:
            found = json.loads(line)
            if not isinstance(found, Mapping):
                raise TypeError("it is not an object")
            key = (str(found["request"]), str(found["signature"]))
            kept = Kept(str(found["reply"]), found["finish_reason"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise DefinitionError(
                f"not a reply kept by xlt: {error}", path=self.path, line=number
            ) from error
        if found.get("model") == self.model:
            self._kept.setdefault(key, kept)
