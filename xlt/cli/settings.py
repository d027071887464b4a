"""What a user sets once: the model to ask, in XLT_MODEL or in the config file of the platform."""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from xlt.cli.inputs import check_text
from xlt.cli.terminal import remark
from xlt.errors import DefinitionError, ModelNotAvailable
from xlt.files.validated import first_fault

if TYPE_CHECKING:
    from xlt.backends.backend import Backend
    from xlt.backends.choosing import Choice

MODEL_VARIABLE = "XLT_MODEL"


class Settings(BaseModel):
    """The config file. It never holds a key: `key_variable` names the variable that does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Annotated[str, Field(min_length=1)] | None = None
    base_url: Annotated[str, Field(min_length=1)] | None = None
    key_variable: Annotated[str, Field(min_length=1)] | None = None


def config_path() -> Path:
    """Return where the platform keeps it: ~/.config/xlt/config.toml on Linux."""
    import typer

    return Path(typer.get_app_dir("xlt")) / "config.toml"


def choice_of(
    model: str | None, base_url: str | None, key_variable: str | None = None, **others: Any
) -> Choice:
    """Return the model that the options name, or that of the settings where they name none."""
    from xlt.backends.choosing import KEY_VARIABLE, Choice

    kept = load_settings() if model is None and base_url is None else Settings()
    return Choice(
        model=model or kept.model,
        base_url=base_url or kept.base_url,
        key_variable=key_variable or kept.key_variable or KEY_VARIABLE,
        **others,
    )


def open_backend(choice: Choice) -> Backend:
    """Return the backend of a choice; on a terminal offers to fetch a local model not here yet."""
    from xlt.backends.choosing import choose_backend

    def opened() -> Backend:
        return choose_backend(choice, config=str(config_path()), notify=remark)

    try:
        return opened()
    except ModelNotAvailable:
        if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
            raise
        from xlt.cli.models import offer

        if not offer(choice.model or ""):
            raise
        return opened()


def load_settings() -> Settings:
    """Return the settings; XLT_MODEL counts before the file's model, and then no base_url does.

    Raises DefinitionError with the line, or the key, at fault.
    """
    settings = _read(config_path())
    model = check_text(os.environ.get(MODEL_VARIABLE))
    return Settings(model=model) if model else settings


def _read(path: Path) -> Settings:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return Settings()
    except OSError as error:
        raise DefinitionError(f"cannot be read: {error.strerror}", path=path) from error
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, or nested too deeply
        raise DefinitionError(f"not valid TOML: {error}", path=path) from None
    try:
        return Settings.model_validate(data)
    except ValidationError as error:  # its text would show a key that stands there by mistake
        known = ", ".join(Settings.model_fields)
        raise DefinitionError(f"{first_fault(error)}; it may hold {known}", path=path) from None
