"""The examples of the commands' help, as docs/cli.md has them, fit the commands.

They name files, models and servers of the reader's, so that they are parsed here and not run.
"""

from __future__ import annotations

from typing import Any

import pytest
from blocks import ROOT, blocks
from running import CONTINUED, stages
from typer.main import get_command

from xlt.cli.main import app

EXAMPLES = [
    line
    for block in blocks(ROOT / "docs" / "cli.md")
    if block.language == "bash"
    for line in CONTINUED.sub(" ", block.text).splitlines()
]


@pytest.mark.parametrize("line", EXAMPLES)
def test_example_fits_its_command(line, monkeypatch):
    monkeypatch.setattr("xlt.cli.inputs._check_readable", lambda path: None)
    commands = [words for words, _, _ in stages(line) if words[0] == "xlt"]
    assert commands, "an example without xlt"
    for _, *arguments in commands:
        command: Any = get_command(app)
        while hasattr(command, "commands"):
            name, *arguments = arguments
            command = command.commands[name]
        command.make_context(name, arguments)


def test_every_command_has_an_example():
    shown = [block for block in blocks(ROOT / "docs" / "cli.md") if block.language == "text"]
    assert len(EXAMPLES) > len(shown) > 12
