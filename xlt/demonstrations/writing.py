"""Writing demonstrations as the YAML file that `load_demonstrations` reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# YAML reads these as other characters, or not at all, unless they are escaped.
_UNWRITABLE = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def demonstrations_yaml(
    about: Mapping[str, str | None], entries: Iterable[Mapping[str, Any]]
) -> str:
    """Return a file of demonstrations: what made them, then each with its inputs and reply.

    A text of several lines, or with a quote or backslash, is a literal block; only one with
    characters that YAML cannot hold (control characters, a carriage return) is escaped.
    """
    lines = [f"{name}: {_scalar(value, 0)}" for name, value in about.items() if value is not None]
    lines.append("demonstrations:")
    for entry in entries:
        given = {name: value for name, value in entry.items() if value is not None}
        for number, (name, value) in enumerate(given.items()):
            start = "- " if number == 0 else "  "
            if isinstance(value, Mapping):
                lines.append(f"{start}{name}:")
                fields = {key: text for key, text in value.items() if text != ()}
                lines += [f"    {key}: {_scalar(text, 4)}" for key, text in fields.items()]
            else:
                lines.append(f"{start}{name}: {_scalar(value, 2)}")
    return "\n".join(lines) + "\n"


def _scalar(text: str | Sequence[str], indent: int) -> str:
    if not isinstance(text, str) or _UNWRITABLE.search(text) or not text.strip("\n"):
        quoted = json.dumps(text, ensure_ascii=False)
        return _UNWRITABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
    if not re.search(r'["\\\n\t]', text):
        return f'"{text}"'
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    chomp = "-" if ends == 0 else "" if ends == 1 else "+"
    margin = " " * (indent + 2)
    # The first line of a block that starts with a blank would say how far it is indented.
    given = "2" if text[0] in " \t\n" else ""
    block = [f"{margin}{line}" if line else "" for line in body.split("\n")]
    return "\n".join([f"|{given}{chomp}", *block, *[""] * max(ends - 1, 0)])
