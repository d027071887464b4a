"""translate_en with any LangChain chat model as the translator.

pip install langchain-openai
python examples/translators/langchain_model.py
"""

from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel, LanguageModelInput

import xlt
from xlt.languages import get_language
from xlt.strategies.translation import Translator


def translator_of(model: BaseChatModel) -> Translator:
    """Return a translator that sends the texts of a request side by side, through `batch`."""

    def translate(texts: Sequence[str], source: str, target: str) -> list[str]:
        names = [get_language(tag).name for tag in (source, target)]
        orders: list[LanguageModelInput] = [
            f"Translate from {names[0]} to {names[1]}. Reply with the translation only.\n\n{text}"
            for text in texts
        ]
        return [str(message.content) for message in model.batch(orders)]

    return translate


if __name__ == "__main__":
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model="gpt-4o-mini", temperature=0)
    plan = xlt.plan(
        "xnli",
        {"premise": "Es regnet seit Stunden.", "hypothesis": "Die Straße ist nass."},
        language="de",
        strategy="translate_en",
        translator=translator_of(model),
    )
    print(xlt.run(plan, lambda prompt: model.invoke(prompt.messages)))
