"""A reply shown in the terminal as it comes, then the answer in it.

python examples/streaming_terminal.py "У Ани 8 книг, она отдала 3. Сколько осталось?"
"""

import asyncio
import sys

import xlt
from xlt.backends import Backend, follow
from xlt.backends.local import local_model
from xlt.demonstrations import shipped_demonstrations


async def ask(backend: Backend, problem: str, language: str | None = None) -> xlt.Answer:
    shots = shipped_demonstrations("mgsm") if backend.few_shot else ()
    prompt = xlt.compose("mgsm", problem, language=language, demonstrations=shots)
    reply = await follow(backend, prompt, lambda piece: print(piece, end="", flush=True))
    print()
    return prompt.parse(reply.text, finish_reason=reply.finish_reason)


if __name__ == "__main__":
    print("Answer:", asyncio.run(ask(local_model(), sys.argv[1])).value)
