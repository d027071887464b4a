"""Calibrate on half of the recorded XCOPA replies, judge by the other half: no model is asked.

python examples/calibrate_evidence.py, in a checkout; docs/evidence.md says what came out.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import xlt

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "evidence" / "xcopa" / "results.jsonl"
STRATEGIES = ("basic", "en_cot", "xlt")


def main() -> None:
    results = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    said = {json.dumps(one["calls"][-1]["messages"]): one["calls"][-1] for one in results}

    def ask(prompt: xlt.Prompt) -> xlt.Reply:
        call = said[json.dumps(prompt.messages)]
        return xlt.Reply(call["reply"], call["finish_reason"])

    of_language: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for one in results:
        row = {"inputs": one["inputs"], "language": one["language"], "answer": one["gold"]}
        of_language[one["language"]][int(one["sample"].rpartition("-")[2])] = row
    print("language  chosen (wins, score on dev)  on test: basic  en_cot  xlt")
    for language, numbered in of_language.items():
        rows = [numbered[number] for number in sorted(numbered)]
        dev, test = (
            xlt.calibrate(half, ask, task="xcopa", strategies=STRATEGIES).scores
            for half in (rows[::2], rows[1::2])
        )
        best, scores = dev[0], {one.strategy: one.mean for one in test}
        found = "  ".join([f"{100 * scores[one]:.0f}" for one in STRATEGIES])
        chosen = f"{best.strategy} ({best.share_of_wins:.0%}, {100 * best.mean:.0f})"
        print(f"{language}  {chosen}  {found}")


if __name__ == "__main__":
    main()
