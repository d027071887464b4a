"""A task of one's own from a YAML file, asked on the local model or any other backend.

python examples/custom_task.py "Ça m'a beaucoup plu." http://127.0.0.1:8080/v1 my-model
"""

import sys
from pathlib import Path

import xlt
from xlt.backends import Backend, OpenAICompatible, ask

SENTIMENT = xlt.Task.from_yaml(Path(__file__).with_name("sentiment.yaml"))


def sentiment(backend: Backend, review: str, language: str | None = None) -> xlt.Answer:
    prompt = xlt.compose(SENTIMENT, review, language=language)
    return prompt.parse(ask(backend, prompt).text)


if __name__ == "__main__":
    review, url, name = sys.argv[1:4]
    print(sentiment(OpenAICompatible(url, name), review).require())
