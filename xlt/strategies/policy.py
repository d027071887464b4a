"""`Policy`: the table by which `auto` chooses a strategy, read from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from xlt.errors import InputError
from xlt.files.templates import TemplateFiles, read_text
from xlt.files.validated import check_definition
from xlt.files.yaml import parse_yaml
from xlt.frozen import FrozenDict

Strings = tuple[str, ...]
YesNo = Literal["yes", "no"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a choice may depend on; `calls` is the budget of calls for one request."""

    language: str
    target: str
    task: str
    kind: str
    tier: str
    target_tier: str
    translated: YesNo
    model_class: str = "modern"
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
    topic: Strings = ()
    translator: YesNo | None = None
    translated: YesNo | None = None
    calls: int = 0

    def hold(self, facts: Facts) -> bool:
        """Whether a request with these facts meets every condition."""
        for name in ("task", "kind", "tier", "target_tier", "model_class", "topic"):
            wanted = getattr(self, name)
            if wanted and getattr(facts, name) not in wanted:
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


class ModelPattern(_Part):
    """A pattern of model names, and the class of the models it matches."""

    name: str
    model_class: str = Field(alias="class")


class Policy(_Part):
    """Rules in order, and the classes of models by the patterns of their names."""

    rules: tuple[Rule, ...]
    models: tuple[ModelPattern, ...] = ()

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
        name = (model or "").lower()
        names = {name, name.rpartition("/")[2], name.partition(":")[2]}
        for pattern in self.models:
            if any(fnmatchcase(one, pattern.name.lower()) for one in names):
                return pattern.model_class
        return "modern"


def load_policy(files: TemplateFiles, own: Path | str | None = None) -> Policy:
    """Return the policy of the template folder, the rules of the file `own` in front.

    Raises DefinitionError with line and column for a file that holds none.
    """
    shipped = _read(files.find("policy.yaml"))
    if own is None:
        return shipped
    front = _read(Path(own))
    return Policy(rules=front.rules + shipped.rules, models=front.models + shipped.models)


def _read(path: Path) -> Policy:
    return _parse(read_text(path), path)


@lru_cache(maxsize=16)
def _parse(text: str, path: Path) -> Policy:
    return check_definition(Policy, parse_yaml(text, path), text, path)
