"""What a YAML file of demonstrations holds."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class DemonstrationEntry(BaseModel):
    """One demonstration as its YAML file holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inputs: str | dict[str, str | tuple[str, ...]]
    reply: Annotated[str, Field(min_length=1)] | None = None
    answer: Annotated[str, Field(min_length=1)] | None = None
    language: str | None = None
    target_language: str | None = None


class DemonstrationFile(BaseModel):
    """A file of demonstrations: what made them, and the demonstrations.

    `task`, `model`, `date`, `signature` (of the prompts that were sent) and `format` (of
    table 4) are None where the file does not say.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str | None = None
    model: str | None = None
    date: str | None = None
    signature: str | None = None
    format: str | None = None
    demonstrations: Annotated[tuple[DemonstrationEntry, ...], Field(min_length=1)]
