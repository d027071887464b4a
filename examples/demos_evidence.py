"""Build demonstrations out of the recorded MGSM replies to XLT: no model is asked.

python examples/demos_evidence.py, in a checkout; docs/demonstrations.md says what came out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import xlt

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "evidence" / "mgsm" / "results.jsonl"


def main() -> None:
    results = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    asked = [one for one in results if one["strategy"] == "xlt"]
    said = {json.dumps(one["calls"][-1]["messages"]): one["calls"][-1] for one in asked}
    rows: dict[str, list[dict[str, Any]]] = {}
    for one in asked:
        row = {"inputs": one["inputs"], "language": one["language"], "answer": one["gold"]}
        rows.setdefault(one["language"], []).append(row)

    def ask(prompt: xlt.Prompt) -> xlt.Reply:
        call = said[json.dumps(prompt.messages)]
        return xlt.Reply(call["reply"], call["finish_reason"])

    print("language  complete  partial  disagreed  unread")
    for language, own in rows.items():
        built = xlt.build_demonstrations("mgsm", own, ask, shots=len(own), limit=len(own))
        tally = built.tally
        counts = (tally.complete, tally.partial, tally.disagreed, tally.unread)
        print(language, *counts, sep="  ")


if __name__ == "__main__":
    main()
