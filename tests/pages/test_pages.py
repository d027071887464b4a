"""Every code block of README, CONTRIBUTING and docs/ does what its page says."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from blocks import PAGES, ROOT, Block, blocks
from running import Reader

# All blocks that are not run, by page and the reason in the comment above them. A new one needs a
# line here, so that this stays a short list.
NOT_RUN = {
    ("CONTRIBUTING.md", "makes an environment and runs the tests themselves"): 2,
    ("docs/answers.md", "a benchmark"): 2,
    ("docs/batches.md", "needs a provider's replies"): 2,
    ("docs/evaluation.md", "needs a model and the benchmark's own files"): 2,
    ("docs/evaluation.md", "needs the recorded replies and the benchmark's own files"): 1,
    ("docs/evaluation-data.md", "needs the hub"): 1,
    ("docs/evidence.md", "hours on two cores"): 1,
    ("docs/evidence.md", "needs the repository's docs/evidence"): 1,
    ("docs/flair.md", "asks a model"): 1,
    ("docs/evaluation-data.md", "asks a model"): 1,
    ("docs/how-to/chatbot.md", "asks a model"): 1,
    ("docs/how-to/classify.md", "asks a model"): 1,
    ("docs/how-to/dspy.md", "asks a model"): 1,
    ("docs/how-to/extract.md", "asks a model"): 1,
    ("docs/how-to/haystack-llamaindex.md", "asks a model"): 1,
    ("docs/how-to/localize.md", "asks a model"): 1,
    ("docs/how-to/multiple-choice.md", "asks a model"): 1,
    ("docs/how-to/promptfoo.md", "needs promptfoo: tests/test_promptfoo.py runs it"): 1,
    ("docs/how-to/rag.md", "asks a model"): 1,
    ("docs/how-to/serve.md", "needs the server: tests/serving/test_page_examples.py runs it"): 4,
    ("docs/inspect.md", "needs a log of Inspect's"): 1,
    ("docs/inspect.md", "needs a model and the benchmark's own files"): 1,
    ("docs/evaluation-data.md", "needs the benchmark's own files"): 1,
    ("docs/tutorial.md", "installs xlt"): 1,
    ("README.md", "needs a model and a data file of yours"): 1,
}
# Blocks that run elsewhere: CI runs the commands of the README (scripts/readme-command).
RUN_BY_CI = {("README.md", "run"), ("README.md", "test")}
# Its examples are the help's own: test_help_examples.py has them.
GENERATED = "docs/cli.md"
# tests/ray/test_cluster.py runs it, on a cluster.
RUN_ELSEWHERE = "docs/cluster.md"


def pages_with_code() -> list[Path]:
    names = {page: page.relative_to(ROOT).as_posix() for page in PAGES}
    found = [page for page, name in names.items() if name not in (GENERATED, RUN_ELSEWHERE)]
    return [page for page in found if blocks(page)]


def all_blocks() -> list[Block]:
    return [block for page in pages_with_code() for block in blocks(page)]


@pytest.mark.filterwarnings("ignore:The function `load` is in beta")  # LangChain's
@pytest.mark.parametrize(
    "page", pages_with_code(), ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_page_does_what_it_says(page, tmp_path, monkeypatch, stand_in_model):
    """The blocks of one page share their names and their folder, as a reader's would."""
    monkeypatch.chdir(tmp_path)
    reader = Reader(tmp_path)
    for block in blocks(page):
        if not (block.not_run or block.command):
            reader.follow(block)


def test_blocks_not_run_are_listed():
    found = Counter((block.page, block.not_run) for block in all_blocks() if block.not_run)
    assert found == NOT_RUN


def test_commands_of_the_readme_are_those_that_ci_runs():
    assert {(one.page, one.command) for one in all_blocks() if one.command} == RUN_BY_CI


def test_no_block_hides_behind_an_indent():
    assert [one.place for one in all_blocks() if not one.language] == [], (
        "fence the block and name its language (python, pycon, console, yaml, text ...)"
    )


def test_the_readme_has_sessions():
    assert any(">>> " in block.text for block in blocks(ROOT / "README.md"))


def test_the_map_of_the_answers_names_modules_that_exist():
    page = (ROOT / "docs/maintaining.md").read_text(encoding="utf-8")
    part = page.partition("### Map of `xlt/answers/`")[2].partition("## Recipes")[0]
    named = re.findall(r"`([\w/]+\.py)`", part)
    assert "numerals/finding.py" in named
    assert [name for name in named if not (ROOT / "xlt/answers" / name).is_file()] == []
