"""`Output`: the object an answer must be, as a schema that leaves room for XLT's thinking.

Constrained decoding writes the keys of a schema in their order. A schema of the answer alone
therefore takes away the retelling and the steps, which are what XLT gains by. The schemas made
here put them in front: `retelling`, `steps`, then `answer` with the fields asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.reading import read_answer
from xlt.errors import InputError, MissingExtra, UnknownName
from xlt.frozen import FrozenDict

# The keys in front of `answer`, and what they hold; those of a prompt that asks for them.
THINKING: Mapping[str, Mapping[str, Any]] = {
    "retelling": {"type": "string", "description": "the request in English"},
    "steps": {"type": "array", "items": {"type": "string"}, "description": "the steps, one each"},
}
_DEEPEST = 8  # levels of a schema that are written out; a recursive one has no end
_NOTES = ("title", "default", "examples", "discriminator")


@dataclass(frozen=True, slots=True)
class Output:
    """The object asked for: its JSON `schema` as text, and the `model` that validates it, if any.

    `keys` are the parts of the thinking that come before it.
    """

    name: str
    schema: str
    model: Any = field(default=None, repr=False, compare=False)
    keys: tuple[str, ...] = ()

    @classmethod
    def of(cls, output: Any) -> Output:
        """Return what a pydantic model, a dataclass, a TypedDict or a JSON schema asks for.

        Raises InputError for what describes no object.
        """
        if isinstance(output, Output):
            return output
        if isinstance(output, Mapping):
            name, schema, model = str(output.get("title", "answer")), dict(output), None
        else:
            try:
                schema = TypeAdapter(output).json_schema()
            except (PydanticUserError, TypeError, AttributeError) as error:
                raise InputError(
                    "output must be a pydantic model, a dataclass, a TypedDict or a JSON schema, "
                    f"not {output!r:.60}.",
                    field="output",
                ) from error
            name, model = getattr(output, "__name__", "answer"), output
        try:
            text = json.dumps(schema, ensure_ascii=False)
        except (TypeError, ValueError) as error:
            raise InputError(f"output is not a JSON schema: {error}.", field="output") from error
        if not {"type", "properties", "$ref", "anyOf", "oneOf", "allOf", "enum"} & schema.keys():
            raise InputError(
                'output is not a JSON schema: it has neither a "type" nor "properties".',
                field="output",
            )
        return cls(name, text, model)

    @property
    def signature(self) -> str:
        """The output as part of a prompt's signature: `Invoice:1a2b3c4d`."""
        return f"{self.name}:{sha256(self.schema.encode()).hexdigest()[:8]}"

    @property
    def form(self) -> str:
        """The whole object as the prompt shows it, with a line for each described field."""
        whole = self._whole()
        notes = list(_notes(json.loads(self.schema), whole.get("$defs", {})))
        return "\n".join([_sketch(whole, whole.get("$defs", {}), 0), *notes])

    def response_format(self, provider: str) -> dict[str, Any]:
        """Return the keyword arguments that make a provider keep to the schema.

        "openai", "openai-responses", "anthropic", "vllm" and "llama.cpp" take them beside the
        messages, "ollama" too; those of "gemini" belong in its `config`. Raises UnknownName.
        """
        schema = _strict(self._whole())
        name = "".join(one if one.isascii() and one.isalnum() else "_" for one in self.name)[:64]
        named = {"name": name or "answer", "schema": schema}
        strict = {**named, "strict": not _is_open(schema)}
        formats: dict[str, dict[str, Any]] = {
            "openai": {"response_format": {"type": "json_schema", "json_schema": strict}},
            "openai-responses": {"text": {"format": {"type": "json_schema", **strict}}},
            "anthropic": {"output_config": {"format": {"type": "json_schema", "schema": schema}}},
            "gemini": {"response_mime_type": "application/json", "response_json_schema": schema},
            "vllm": {"response_format": {"type": "json_schema", "json_schema": named}},
            "llama.cpp": {"response_format": {"type": "json_schema", "json_schema": named}},
            "ollama": {"format": schema},
        }
        if provider not in formats:
            raise UnknownName("provider of structured output", provider, formats)
        return formats[provider]

    def read(self, reply: str, asked: AnswerFormat, finish_reason: str | None = None) -> Answer:
        """Return the answer in a reply: `value` plain JSON, `parsed` the validated object.

        `faults` say what is wrong with it; `parsed` is then None. Digits of every script are
        read as numbers where the schema has numbers. Never raises on a text.
        """
        answer = read_answer(reply, replace(asked, kind="json"), finish_reason=finish_reason)
        if answer.value is None:
            return replace(answer, faults=("the reply holds no JSON object",))
        schema = json.loads(self.schema)
        data = _without_thinking(answer.value, schema)
        data = _normal(data, schema, schema.get("$defs", {}), asked, 0)
        parsed, faults = self._validated(data)
        return replace(answer, value=_frozen(data), parsed=parsed, faults=faults)

    def _validated(self, data: Any) -> tuple[Any, tuple[str, ...]]:
        if self.model is None:
            found = tuple(_schema_faults(data, json.loads(self.schema)))
            return (None if found else data), found
        try:
            return TypeAdapter(self.model).validate_python(data), ()
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False)
            return None, tuple([_fault(fault["loc"], fault["msg"]) for fault in faults])

    def _whole(self) -> dict[str, Any]:
        """Return the schema of the whole object: the thinking, then the answer."""
        answer = json.loads(self.schema)
        defs = answer.pop("$defs", None)
        parts = {**{key: THINKING[key] for key in self.keys}, "answer": answer}
        whole: dict[str, Any] = {"type": "object", "properties": parts, "required": [*parts]}
        return {**whole, "$defs": defs} if defs else whole


def _sketch(schema: Any, defs: Mapping[str, Any], depth: int) -> str:
    """Return a schema as people write one: `{"total": number or null, "lines": [{…}, …]}`."""
    schema = _resolved(schema, defs)
    if depth > _DEEPEST:
        return "…"
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " or ".join(json.dumps(one, ensure_ascii=False) for one in values)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            parts = [_sketch(one, defs, depth + 1) for one in schema[several]]
            return " or ".join(dict.fromkeys(parts))
    kind = schema.get("type")
    if isinstance(kind, list):
        parts = [_sketch({**schema, "type": one}, defs, depth + 1) for one in kind]
        return " or ".join(parts)
    if kind == "array":
        return f"[{_sketch(schema.get('items', {}), defs, depth + 1)}, …]"
    if "properties" in schema:
        inner = [
            f'"{name}": {_sketch(one, defs, depth + 1)}'
            for name, one in schema["properties"].items()
        ]
        return f"{{{', '.join(inner)}}}"
    if kind == "object":
        return f'{{"…": {_sketch(schema.get("additionalProperties") or {}, defs, depth + 1)}}}'
    form = schema.get("format")
    return f"{kind or 'any value'}{f' ({form})' if form else ''}"


def _notes(schema: Any, defs: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """Yield what the fields of a schema mean, a line each."""
    schema = _resolved(schema, defs)
    if depth > _DEEPEST:
        return
    for name, one in schema.get("properties", {}).items():
        if isinstance(one, Mapping):
            if one.get("description"):
                yield f'"{name}": {" ".join(str(one["description"]).split())}'
            yield from _notes(one.get("items", one), defs, depth + 1)


def _strict(schema: Any) -> Any:
    """Return a schema as strict modes want it: all keys required, none more, no notes.

    A field that may be left out may be null instead; its default counts where it is.
    """
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {key: value for key, value in schema.items() if key not in _NOTES}
    for key in ("$defs", "properties"):
        if isinstance(schema.get(key), Mapping):
            made[key] = {name: _strict(one) for name, one in schema[key].items()}
    for key in ("items", "anyOf", "oneOf", "allOf", "additionalProperties"):
        if key in made:
            made[key] = _strict(made[key])
    if "properties" in made:
        needed = schema.get("required", [])
        made["properties"] = {
            name: one if name in needed or _takes_null(one) else {"anyOf": [one, {"type": "null"}]}
            for name, one in made["properties"].items()
        }
        made |= {"required": [*made["properties"]], "additionalProperties": False}
    return made


def _takes_null(schema: Any) -> bool:
    if not isinstance(schema, Mapping):
        return False
    kind = schema.get("type")
    inner = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return (
        kind == "null"
        or (isinstance(kind, list) and "null" in kind)
        or any(_takes_null(one) for one in inner)
    )


def _is_open(schema: Any) -> bool:
    """Tell whether some object of a schema may have keys it does not name."""
    if isinstance(schema, list):
        return any(_is_open(one) for one in schema)
    if not isinstance(schema, Mapping):
        return False
    open_object = schema.get("type") == "object" and schema.get("additionalProperties") is not False
    return open_object or any(_is_open(one) for one in schema.values())


def _resolved(schema: Any, defs: Mapping[str, Any]) -> Mapping[str, Any]:
    for _ in range(_DEEPEST):
        name = schema.get("$ref") if isinstance(schema, Mapping) else None
        if not isinstance(name, str):
            break
        schema = defs.get(name.rpartition("/")[2], {})
    return schema if isinstance(schema, Mapping) else {}


def _without_thinking(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return the answer out of an object that has the thinking before it.

    A model may leave the thinking out and give only the fields of the answer.
    """
    own = _resolved(schema, schema.get("$defs", {})).get("properties", {})
    if isinstance(value, Mapping) and "answer" in value and "answer" not in own:
        return value["answer"]
    if isinstance(value, Mapping) and {"answer", *THINKING} >= value.keys() and "answer" in value:
        return value["answer"]
    return value


def _normal(
    value: Any, schema: Any, defs: Mapping[str, Any], asked: AnswerFormat, depth: int
) -> Any:
    """Return a value with its numbers as numbers, and without the nulls of what may be left out."""
    schema = _resolved(schema, defs)
    if depth > _DEEPEST:
        return value
    for one in [*schema.get("anyOf", ()), *schema.get("oneOf", ())]:
        if _fits(value, _resolved(one, defs)):
            return _normal(value, one, defs, asked, depth + 1)
    if isinstance(value, Mapping) and "properties" in schema:
        own, needed = schema["properties"], schema.get("required", ())
        left_out = {name for name in own if name not in needed and not _takes_null(own[name])}
        return {
            name: _normal(item, own.get(name, {}), defs, asked, depth + 1)
            for name, item in value.items()
            if not (item is None and name in left_out)
        }
    if isinstance(value, list):
        return [_normal(item, schema.get("items", {}), defs, asked, depth + 1) for item in value]
    if isinstance(value, str) and _is_number(schema):
        return _number(value, asked)
    return value


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Tell whether a member of a union is the one that a value is meant for."""
    if isinstance(value, Mapping):
        return "properties" in schema or schema.get("type") == "object"
    if isinstance(value, list):
        return schema.get("type") == "array"
    return isinstance(value, str) and _is_number(schema)


def _is_number(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") in ("number", "integer")


def _number(text: str, asked: AnswerFormat) -> Any:
    found = read_answer(f"Answer: {text}", replace(asked, kind="number", request=()))
    if found.value is None:
        return text
    return found.value if isinstance(found.value, int) else float(str(found.value))


def _schema_faults(data: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a JSON schema finds wrong."""
    try:
        from jsonschema import SchemaError, validators
        from referencing import Registry
        from referencing.exceptions import Unresolvable
    except ModuleNotFoundError:
        raise MissingExtra("Checking against a JSON schema", "structured") from None
    check = validators.validator_for(schema)
    try:
        check.check_schema(schema)
        # An empty registry: a schema that names another one by its address is not fetched.
        for error in check(schema, registry=Registry()).iter_errors(_plain(data)):
            yield _fault(tuple(error.absolute_path), error.message)
    except (SchemaError, Unresolvable) as error:
        message = f"output is not a valid JSON schema: {error!s:.200}"
        raise InputError(message, field="output") from error


def _fault(place: tuple[Any, ...], message: str) -> str:
    where = ".".join(str(part) for part in place)
    return f"{where}: {message}" if where else message


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, bool | int | str | None) else float(value)


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return FrozenDict({key: _frozen(item) for key, item in value.items()})
    return [_frozen(item) for item in value] if isinstance(value, list) else value
