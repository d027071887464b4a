"""The packages behind model names such as "openai:gpt-4o-mini"."""

from __future__ import annotations

from difflib import get_close_matches

from xlt.errors import InputError, MissingExtra, UnknownName, XLTError

# LangChain's name of a provider -> the extra of xlt that installs its package.
_EXTRAS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google_genai": "google",
    "ollama": "ollama",
}


def check_provider(name: str) -> None:
    """Raise UnknownName for a misspelt provider: no package of such a name is to be installed."""
    provider = name.partition(":")[0]
    meant = get_close_matches(provider[:100], _EXTRAS, n=1, cutoff=0.8)
    if meant and provider not in _EXTRAS:
        known = [*_EXTRAS, "any other of LangChain's init_chat_model"]
        raise UnknownName("provider", provider, known, guess=meant[0])


def missing_package(name: str) -> XLTError:
    """Return the error for a model whose provider's package is not installed."""
    provider = name.partition(":")[0]
    if provider in _EXTRAS:
        return MissingExtra(f"The model {name!r}", _EXTRAS[provider])
    return InputError(
        f"The model {name!r} needs its package: pip install langchain langchain-{provider}"
    )
