"""Every exception xlt raises on purpose: what failed, the nearest fix, what exists.

XLTError
├── UnknownName            no task, language, strategy, step, option ... of this name
├── InputError             a value the caller passed cannot be used
│   ├── LanguageNotDetected   the text is too short, or has no letters, to tell
│   └── DataFileError         a data file cannot be read; it names file and line
├── DefinitionError        a task, language or template file is not valid
│   └── DuplicateName         two packages provide the same name
├── AnswerNotFound         `Answer.require()` on a reply without a readable answer
├── RunFolderError         a folder or file cannot be written, or another process works on it
├── MissingExtra           an optional dependency is not installed
├── ModelNotAvailable      a local model is not on this machine and cannot be fetched
└── BackendError           a call to a model failed: see xlt.backends.errors
    └── ReplyFailed           the provider broke the reply off with an error

LanguageWarning  a UserWarning: the language and the letters of a request do not go together
"""

from __future__ import annotations

from collections.abc import Iterable
from copyreg import __newobj__  # type: ignore[attr-defined]  # pickle's own way to make an object
from pathlib import Path
from typing import Any


class XLTError(Exception):
    """Base of every error that xlt raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Let any error travel between processes, whatever its class is made with."""
        return __newobj__, (type(self), *self.args), vars(self)


class UnknownName(XLTError):
    """No installed package and no file provides this name."""

    def __init__(
        self, kind: str, name: object, known: Iterable[str], *, guess: str | None = None
    ) -> None:
        name = str(name)  # a caller may give anything, as in layout=5
        self.kind, self.name, self.known = kind, name, sorted(known)
        if guess is None:
            guess = nearest(name.casefold(), self.known)
        hint = f" Did you mean {guess!r}?" if guess else ""
        known = f"Known: {', '.join(self.known)}." if self.known else "There is none."
        super().__init__(f"No {kind} named {shown(name)}.{hint} {known}")


class InputError(XLTError):
    """A value the caller passed cannot be used; `field` names the input field, if it is one."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        self.field = field
        super().__init__(message)


class LanguageNotDetected(InputError):
    """The text does not say what language it is in."""


class LanguageWarning(UserWarning):
    """The language of a request does not go with the letters of its texts."""


class DataFileError(InputError):
    """A file of samples is missing or not valid; `line` counts from 1."""

    def __init__(self, message: str, path: Path | str, line: int | None = None) -> None:
        self.message, self.path, self.line = message, path, line
        super().__init__(f"{path}{'' if line is None else f':{line}'}: {message}")


class DefinitionError(XLTError):
    """A task, language or template file is not valid; `line` and `column` count from 1."""

    def __init__(
        self,
        message: str,
        *,
        path: Path | str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        self.message, self.path, self.line, self.column = message, path, line, column
        place = ":".join(str(part) for part in (path, line, column) if part is not None)
        super().__init__(f"{place}: {message}" if place else message)


class DuplicateName(DefinitionError):
    """Two providers offer the same name."""


class AnswerNotFound(XLTError):
    """The reply holds no answer that can be read."""


class RunFolderError(XLTError):
    """Where results are kept cannot be used: full, read-only, or in use by another process."""


class MissingExtra(XLTError):
    """An optional dependency is not installed."""

    def __init__(self, purpose: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f'{purpose} needs an extra: pip install "xlt[{extra}]"')


class ModelNotAvailable(XLTError):
    """A local model is not on this machine, and could not be fetched or kept."""


class BackendError(XLTError):
    """A call to a model failed.

    `status` is the HTTP status where there was one, `retry_after` the seconds the server asked
    to wait, `attempts` how often it was tried, `partial` the text that had arrived. `final` errors
    hit every other call as well.
    `reply` is the xlt.Reply where the model did reply, but without an answer (it refused, called
    a tool or said nothing): whoever steps a plan takes it for the reply.
    """

    retryable = False
    final = False
    reply: Any = None

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        partial: str = "",
    ) -> None:
        self.status, self.retry_after, self.attempts = status, retry_after, 1
        self.partial = partial
        super().__init__(message)


class ReplyFailed(BackendError):
    """The provider broke the reply off with an error."""

    retryable = True


def nearest(name: str, known: list[str]) -> str | None:
    """Return the known name that is closest to `name`, None where none is close."""
    if len(name) > 100:  # difflib takes quadratic time
        return None
    from difflib import get_close_matches  # only where a name is wrong

    close = get_close_matches(name, known, n=1)
    return next(iter(close or [one for one in known if name and one.startswith(name)]), None)


def shown(text: str, limit: int = 60) -> str:
    """Return `text` quoted for an error message: one line, at most `limit` characters."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


def counted(count: int, noun: str) -> str:
    """Return "1 row", "2 rows"; `noun` is a word whose plural ends in "s"."""
    return f"{count} {noun}{'s' * (count != 1)}"
