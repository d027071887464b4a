"""translate_en with Argos Translate: open models on this machine, no service.

pip install argostranslate
argospm install translate-sw_en
python examples/translators/argos.py
"""

from collections.abc import Sequence

import xlt


def argos(texts: Sequence[str], source: str, target: str) -> list[str]:
    """Translate with the installed Argos packages; its codes are plain ones ("zh", not "zh-CN")."""
    from argostranslate import translate  # pyright: ignore[reportMissingImports]

    codes = source.split("-")[0], target.split("-")[0]
    return [translate.translate(text, *codes) for text in texts]


if __name__ == "__main__":
    prompt = xlt.compose(
        "mgsm",
        "Roger ana mipira 5 ya tenisi. Ananunua mikebe 2 zaidi ya mipira 3. Ana mipira mingapi?",
        language="sw",
        strategy="translate_en",
        translator=argos,
    )
    print(prompt)
