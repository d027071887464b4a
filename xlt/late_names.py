"""A package's public names, each loaded from its module when it is first used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping


def homes_of(modules: Mapping[str, str]) -> dict[str, str]:
    """Return the module of each name; `modules` lists the names of each, divided by blanks."""
    return {name: home for home, names in modules.items() for name in names.split()}


def load_late(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return a package's `__getattr__` and `__dir__`, for the names whose modules are `homes`.

    Nothing is imported before a name is used: what takes long to import (pydantic, httpx, charts)
    is not waited for, and threads that import a package and its modules at once do not wait for
    each other's locks.
    """

    def load(name: str) -> object:
        from importlib import import_module

        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found: object = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, found)
        return found

    return load, lambda: sorted({*vars(sys.modules[package]), *homes})
