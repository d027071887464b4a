"""A gettext file in another language, every placeholder and term checked: pip install "xlt[po]"

OPENAI_API_KEY=... python examples/localize_po.py openai:gpt-4o-mini app.po sw sw.po
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xlt
from xlt.localization import read_strings


def localize(
    model: Any, source: Path, target: str, output: Path, glossary: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Write the file in the language `target`; return what was left out, and why."""
    strings = read_strings(source)
    left_out = dict(strings.skipped)
    for key, text in strings.texts.items():
        inputs = {"source": text, "context": strings.context.get(key), "glossary": glossary}
        found = xlt.ask("localization", inputs, model=model, language="en", target_language=target)
        if found.value is None or found.faults:
            left_out[key] = "; ".join(found.faults) or "the reply holds no translation"
        else:
            strings.set(key, str(found.value))
    strings.write(output, target)
    return left_out


if __name__ == "__main__":
    model, source, target, output = sys.argv[1:]
    for key, why in localize(model, Path(source), target, Path(output)).items():
        print(f"{key}: {why}", file=sys.stderr)
