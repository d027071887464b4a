"""M-IFEval: instructions that a program can check (Dussolle et al. 2025, arXiv 2502.04688)."""

from __future__ import annotations

import json

from xlt.evaluation.benchmark import Benchmark, File, Row, Sample

_LANGUAGE = "language:response_language"


def _sample(row: Row, file: File) -> Sample | None:
    """Return a prompt; gold is its instructions with their arguments, as JSON."""
    names, arguments = row.get("instruction_id_list"), row.get("kwargs")
    if not isinstance(names, list) or not isinstance(arguments, list):
        raise file.error("instruction_id_list and kwargs must be lists")
    if len(names) != len(arguments) or not names:
        raise file.error(f"{len(names)} instructions do not fit {len(arguments)} kwargs")
    if any(str(name).endswith(_LANGUAGE) for name in names):
        # xlt's own prompts ask for the prompt's language, which would contradict these.
        file.leave_out("replies asked for in another language")
        return None
    gold = json.dumps(list(zip(names, arguments, strict=True)), ensure_ascii=False)
    inputs = {"message": file.text(row, "prompt")}
    return file.sample(row.get("key", file.line), inputs, gold, group=str(names[0]).split(":")[1])


BENCHMARK = Benchmark(
    name="m_ifeval",
    title="M-IFEval: replies that follow instructions a program can check",
    task="chat",
    licence="Apache-2.0",
    languages=("es", "fr", "ja"),
    count=174,
    files=("data/{code}_input_data.jsonl", "{code}_input_data.jsonl"),
    metric="m_ifeval",
    sample=_sample,
)
