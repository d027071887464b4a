"""An output that cannot be written is said before any request leaves."""

import pytest
from misbehaving_server import completion, serving
from typer.testing import CliRunner

from xlt.cli.main import app

pytestmark = pytest.mark.real_server


@pytest.mark.parametrize("place", [".", "no/such/folder/calls.jsonl", "plain/calls.jsonl"])
def test_a_recording_that_cannot_be_kept(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain").write_text("a file, no folder")
    with serving(completion("Answer: 4")) as server:
        arguments = ["ask", "mgsm", "2 + 2?", "-l", "en", "-m", "fake", "--record", place]
        result = CliRunner().invoke(app, [*arguments, "--base-url", server.url])
    assert server.headers == []
    assert result.exit_code == 2
    assert f"Error: {place} cannot be written:" in result.output
