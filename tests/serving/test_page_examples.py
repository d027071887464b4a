"""The examples of docs/how-to/serve.md, run against a server in front of a stand-in model."""

import shutil
import subprocess

import pytest
from blocks import ROOT, blocks
from misbehaving_server import completion, serving
from running_app import served

pytestmark = [pytest.mark.real_server, pytest.mark.slow]
ADDRESS = "http://127.0.0.1:8765"
SHOWN = [one for one in blocks(ROOT / "docs" / "how-to" / "serve.md") if one.not_run]


@pytest.fixture
def example():
    """Give what finds an example by its language and a word, for a server that answers 7."""
    with serving(completion("3 + 4 = 7\nAnswer: 7")) as upstream, served(upstream.url) as url:

        def found(language, word):
            (block,) = [one for one in SHOWN if one.language == language and word in one.text]
            return block.text.replace(ADDRESS, url)

        yield found


def test_python(example, capsys):
    exec(compile(example("python", "openai"), "serve.md", "exec"), {})
    assert capsys.readouterr().out == "7\n"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_curl(example):
    command = example("bash", "curl").replace("curl ", "curl --silent --noproxy '*' ")
    made = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert '"answer":7' in made.stdout


def test_node(example, openai_for_node):
    assert openai_for_node(example("js", "OpenAI")) == "7 anchored zh\n"
