"""What pydantic finds wrong in data, in words: a place in the file, and a few faults of many."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from xlt.errors import DefinitionError

MAX_NAMED = 20
"""The most faults that one error names; a file of 256 KB can have a hundred thousand."""

Model = TypeVar("Model", bound=BaseModel)


def first_fault(error: ValidationError) -> str:
    """Return the first fault as "place: message", without the value, which may be a secret."""
    return fault_text(error.errors(include_url=False, include_input=False)[0])


def fault_text(fault: ErrorDetails) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "missing":
        return f"{place} is missing"
    if fault["type"] == "extra_forbidden":
        return f"{place} is not a known key"
    message = re.sub(r"^Value error, ", "", fault["msg"]).replace("Input should be", "must be")
    return f"{place}: {message}" if place else message


def join_faults(
    faults: Sequence[ErrorDetails], text_of: Callable[[ErrorDetails], str] = fault_text
) -> str:
    """Return the first faults as one message, and how many more there are."""
    texts = [text_of(fault) for fault in islice(faults, MAX_NAMED)]
    more = len(faults) - len(texts)
    return "; ".join([*texts, *([f"and {more} more"] if more else [])])


def check_definition(
    model: type[Model], data: Any, text: str, path: Path | str, *, start: int = 0
) -> Model:
    """Return `data`, which the YAML `text` holds, as a model.

    The first `start` steps of a place are not in the file. Raises DefinitionError with the place
    of the first fault.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        from xlt.files.yaml import compose_yaml, locate

        faults = error.errors(include_url=False, include_input=False)
        line, column = locate(compose_yaml(text, path), faults[0]["loc"][start:])
        message = join_faults(faults)
        raise DefinitionError(message, path=path, line=line, column=column) from error
