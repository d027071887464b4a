"""`Policy`: the table by which `auto` chooses a strategy, read from YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from xlt.errors import InputError
from xlt.files.compiled import shipped_data
from xlt.files.templates import TemplateFiles, read_text
from xlt.files.validated import check_definition
from xlt.files.yaml import parse_yaml
from xlt.frozen import FrozenDict
from xlt.task import Task

Strings = tuple[str, ...]
YesNo = Literal["yes", "no"]
# What must be one of the values listed.
_VALUES = ("task", "kind", "tier", "target_tier", "model_class", "size", "family", "topic")
_BILLIONS = re.compile(
    r"(?<![\w.])(?:(\d{1,2})x|e)?(\d{1,4}(?:\.\d{1,2})?)b(?![a-z])", re.IGNORECASE
)
_SMALL = 14
_FILE = "policy.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a choice may depend on; `calls` is the budget of calls for one request.

    `size` is "small" (up to 14 billion parameters) or "large" where the model's name says.
    """

    language: str
    target: str
    task: str
    kind: str
    tier: str
    target_tier: str
    translated: YesNo
    model_class: str = "modern"
    model: str = ""
    size: str = ""
    family: str = ""
    topic: str = ""
    translator: YesNo = "no"
    calls: int = 1


class Conditions(_Part):
    """What must hold for a rule: each list names the values that do; none of a key, all do."""

    language: Strings = ()
    target: Strings = ()
    task: Strings = ()
    kind: Strings = ()
    tier: Strings = ()
    target_tier: Strings = ()
    model_class: Strings = ()
    model: Strings = ()
    size: Strings = ()
    family: Strings = ()
    topic: Strings = ()
    translator: YesNo | None = None
    translated: YesNo | None = None
    calls: int = 0

    def hold(self, facts: Facts) -> bool:
        """Whether a request with these facts meets every condition."""
        for name in _VALUES:
            wanted = getattr(self, name)
            if wanted and getattr(facts, name) not in wanted:
                return False
        if self.model and not any(_matches(facts.model, one) for one in self.model):
            return False
        for tag, tags in ((facts.language, self.language), (facts.target, self.target)):
            if tags and tag not in tags and tag.split("-")[0] not in tags:
                return False
        return (
            self.translator in (None, facts.translator)
            and self.translated in (None, facts.translated)
            and facts.calls >= self.calls
        )


class Rule(_Part):
    """One row: the strategy to take where its conditions hold, why, and who says so."""

    id: str
    when: Conditions
    strategy: str
    reason: str
    source: str
    options: Annotated[Mapping[str, str], AfterValidator(FrozenDict)] = FrozenDict()

    def may_hold(self, task: Task) -> bool:
        """Whether some request of a task meets the conditions."""
        wanted, translated = self.when, "yes" if task.target_language == "required" else "no"
        return (
            task.name in (wanted.task or (task.name,))
            and task.answer.kind in (wanted.kind or (task.answer.kind,))
            and wanted.translated in (None, translated)
        )


class ModelPattern(_Part):
    """A pattern of model names, and the class of the models it matches."""

    name: str
    model_class: str = Field(alias="class")


class FamilyPattern(_Part):
    """A pattern of model names, and the family of the models it matches."""

    name: str
    family: str


class Policy(_Part):
    """Rules in order, and the classes of models by the patterns of their names."""

    rules: tuple[Rule, ...]
    models: tuple[ModelPattern, ...] = ()
    families: tuple[FamilyPattern, ...] = ()

    def choose(self, facts: Facts) -> Rule:
        """Return the first rule whose conditions hold."""
        for rule in self.rules:
            if rule.when.hold(facts):
                return rule
        raise InputError(f"No rule of the policy holds for {facts}; end it with `when: {{}}`.")

    def topics(self) -> set[str]:
        """Return the topics that some rule asks about."""
        return {topic for rule in self.rules for topic in rule.when.topic}

    def model_classes(self) -> set[str]:
        return {"modern", *(pattern.model_class for pattern in self.models)}

    def model_class(self, model: str | None) -> str:
        """Return the class of a model by its name: "reasoning", "gpt-3.5", ..., else "modern"."""
        found = (one.model_class for one in self.models if _matches(model or "", one.name))
        return next(found, "modern")

    def family(self, model: str | None) -> str:
        """Return the family of a model by its name ("llama"), "" where none is known."""
        found = (one.family for one in self.families if _matches(model or "", one.name))
        return next(found, "")


def size_of(model: str | None) -> str:
    """Return "small" or "large" by the billions of parameters in a model's name, else ""."""
    found = _BILLIONS.search(model or "")
    if found is None:
        return ""
    return "small" if int(found[1] or 1) * float(found[2]) <= _SMALL else "large"


def _matches(model: str, pattern: str) -> bool:
    """Tell whether a pattern is that of a model's name, with or without its provider."""
    name = model.lower()
    names = (name, name.rpartition("/")[2], name.partition(":")[2])
    return any(fnmatchcase(one, pattern.lower()) for one in names)


def load_policy(files: TemplateFiles, own: Path | str | None = None) -> Policy:
    """Return the policy of the template folder, the rules of the file `own` in front.

    Raises DefinitionError with line and column for a file that holds none.
    """
    shipped = _read(files.find(_FILE)) if files.is_own(_FILE) else _shipped()
    if own is None:
        return shipped
    front = _read(Path(own))
    return Policy(
        rules=front.rules + shipped.rules,
        models=front.models + shipped.models,
        families=front.families + shipped.families,
    )


@lru_cache(maxsize=1)
def _shipped() -> Policy:
    return Policy.model_validate(shipped_data(_FILE))


def _read(path: Path) -> Policy:
    return _parse(read_text(path), path)


@lru_cache(maxsize=16)
def _parse(text: str, path: Path) -> Policy:
    return check_definition(Policy, parse_yaml(text, path), text, path)
