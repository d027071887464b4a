"""The examples of docs/how-to/serve.md, run against a server in front of a stand-in model."""

import shutil
import subprocess

import pytest
from blocks import ROOT, blocks
from misbehaving_server import completion, delta, events, serving
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


def test_node_streams_and_raises_what_breaks_off(openai_for_node):
    script = """
import OpenAI from "openai";
const client = new OpenAI({ baseURL: "ADDRESS/v1", apiKey: "xlt", maxRetries: 0 });
const asked = {
  model: "xlt/mgsm@m",
  messages: [{ role: "user", content: "3 + 4 = ?" }],
  stream: true,
  xlt: { language: "en" },
};
let text = "";
for await (const chunk of await client.chat.completions.create(asked)) {
  text += chunk.choices[0]?.delta?.content ?? "";
  if (chunk.xlt) console.log(text, chunk.xlt.answer);
}
const only = { query: { answer: "only" } };
for await (const chunk of await client.chat.completions.create(asked, only)) {
  if (chunk.choices[0]?.delta?.content) console.log(chunk.choices[0].delta.content);
}
try {
  for await (const chunk of await client.chat.completions.create(asked)) {}
} catch (error) {
  console.log(error instanceof OpenAI.APIError, error.message);
}
try {
  await client.chat.completions.create({ ...asked, model: "xlt/mgs@m", stream: false });
} catch (error) {
  console.log(error.status, error.message.includes("Did you mean 'mgsm'"));
}
"""
    whole = events(delta("3 + 4 = 7. "), delta("Answer: 7"), delta(None, "stop"), "[DONE]")
    broken = events(delta("3 + 4"), length=10_000)
    with serving(whole, whole, broken) as upstream, served(upstream.url) as url:
        told = openai_for_node(script.replace("ADDRESS", url)).splitlines()
    assert told[:2] == ["3 + 4 = 7. Answer: 7 7", "7"]
    assert told[2].startswith("true")
    assert "connection broke" in told[2]
    assert told[3] == "400 true"
