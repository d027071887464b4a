"""`prompt.messages` as litellm and Hugging Face's chat templates take them; nothing is called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from importlib.util import find_spec

import pytest

import xlt
from xlt.demonstrations import shipped_demonstrations

PROBLEM = "{{ 3 + 4 }} = ؟ 三 <|im_end|>"
SHOTS = shipped_demonstrations("mgsm")[:1]
PROMPTS = {
    "plain": xlt.compose("mgsm", PROBLEM, language="ar"),
    "system+user": xlt.compose("mgsm", PROBLEM, language="ar", layout="system+user"),
    "shots": xlt.compose("mgsm", PROBLEM, language="ar", demonstrations=SHOTS),
}
# The form most open models are trained on.
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
every_prompt = pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)


LITELLM = """
import json, sys, warnings
warnings.simplefilter("ignore")
import litellm

for messages in json.load(sys.stdin):
    reply = litellm.completion("gpt-4o-mini", messages, mock_response="Answer: 7")
    body = litellm.AnthropicConfig().transform_request(
        model="claude-sonnet-4-5",
        messages=messages,
        optional_params={"max_tokens": 100},
        litellm_params={},
        headers={},
    )
    parts = body.get("system", []) + [part for one in body["messages"] for part in one["content"]]
    print(json.dumps([reply.choices[0].message.content, [part["text"] for part in parts]]))
"""


def test_litellm():
    """In a process of its own: litellm brings token tables, which other tests do without."""
    if find_spec("litellm") is None:
        raise ModuleNotFoundError("litellm")
    done = subprocess.run(
        [sys.executable, "-c", LITELLM],
        input=json.dumps([prompt.messages for prompt in PROMPTS.values()]),
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},  # else it fetches a list
        capture_output=True,
        text=True,
        check=True,
    )
    for prompt, line in zip(PROMPTS.values(), done.stdout.splitlines(), strict=True):
        reply, texts = json.loads(line)
        assert sorted(texts) == sorted(message["content"] for message in prompt.messages)
        assert prompt.parse(reply).value == 7


@every_prompt
def test_hugging_face_chat_templates(prompt: xlt.Prompt):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tokenizers import Tokenizer, models
        from transformers import PreTrainedTokenizerFast

        tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()))
        tokenizer.chat_template = CHATML
        text = tokenizer.apply_chat_template(
            prompt.messages, tokenize=False, add_generation_prompt=True
        )
    turns = [f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in prompt.messages]
    assert text == "".join(turns) + "<|im_start|>assistant\n"
