"""What a number of requests takes and costs, by language: basic prompt against XLT, on paper.

    python benchmarks/cost_model.py
    python benchmarks/cost_model.py --requests 1e6 --input-price 2.5 --output-price 10

Prompt tokens are counted (o200k_base) on one sample problem of our own in the eleven languages of
MGSM; reply tokens on sample replies of our own: the basic prompt is answered with the answer
alone, XLT's with a retelling in English, three steps and the answer. That is the dearest XLT and
the cheapest basic prompt. Accuracies are the paper's (gpt-3.5-turbo, zero-shot).

    tokens = requests x (prompt + reply)
    money  = requests x (prompt x input price + reply x output price) / 1,000,000
    time   = the longer of requests / requests a minute and tokens / tokens a minute
    money a right answer = money / (requests x accuracy)
    money a further right answer = (money, XLT - basic) / (requests x (accuracy, XLT - basic))

The default prices are an example: gpt-4o-mini as announced on 18 July 2024, 0.15 USD for a million
tokens read and 0.60 for a million written; the limits are made up. Give your own.
"""

# ruff: noqa: E501
from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import xlt
from xlt.evaluation.paper import published_scores
from xlt.evaluation.runs.records import Price, Spent
from xlt.tokens.counting import count_text_tokens

PROBLEMS: Mapping[str, str] = {
    "en": "A bakery bakes 24 loaves of bread every morning. It sells 15 loaves before noon and 6 in the afternoon, and gives the rest to a shelter. How many loaves does the shelter get in a week?",
    "de": "Eine Bäckerei backt jeden Morgen 24 Brote. Sie verkauft 15 Brote vor dem Mittag und 6 am Nachmittag und gibt den Rest einem Heim. Wie viele Brote bekommt das Heim in einer Woche?",
    "fr": "Une boulangerie cuit 24 pains chaque matin. Elle vend 15 pains avant midi et 6 l'après-midi, et donne le reste à un foyer. Combien de pains le foyer reçoit-il en une semaine ?",
    "es": "Una panadería hornea 24 panes cada mañana. Vende 15 panes antes del mediodía y 6 por la tarde, y regala el resto a un albergue. ¿Cuántos panes recibe el albergue en una semana?",
    "ru": "Пекарня каждое утро выпекает 24 буханки хлеба. До полудня она продаёт 15 буханок, после полудня ещё 6, а остальные отдаёт приюту. Сколько буханок получает приют за неделю?",
    "zh": "一家面包店每天早上烤 24 个面包。中午之前卖出 15 个，下午卖出 6 个，剩下的送给收容所。收容所一周能得到多少个面包？",
    "ja": "あるパン屋は毎朝24個のパンを焼きます。午前中に15個、午後に6個売れ、残りは施設に寄付します。施設は1週間に何個のパンを受け取りますか？",
    "sw": "Duka la mikate huoka mikate 24 kila asubuhi. Huuza mikate 15 kabla ya saa sita mchana na mikate 6 alasiri, na kutoa iliyobaki kwa kituo cha wasiojiweza. Kituo hupata mikate mingapi kwa wiki?",
    "th": "ร้านเบเกอรี่อบขนมปัง 24 ก้อนทุกเช้า ขายได้ 15 ก้อนก่อนเที่ยงและ 6 ก้อนในช่วงบ่าย ที่เหลือบริจาคให้สถานสงเคราะห์ สถานสงเคราะห์ได้รับขนมปังกี่ก้อนในหนึ่งสัปดาห์",
    "bn": "একটি বেকারি প্রতিদিন সকালে ২৪টি পাউরুটি তৈরি করে। দুপুরের আগে ১৫টি এবং বিকেলে ৬টি বিক্রি হয়, বাকিগুলো একটি আশ্রয়কেন্দ্রে দান করা হয়। আশ্রয়কেন্দ্রটি এক সপ্তাহে কতটি পাউরুটি পায়?",
    "te": "ఒక బేకరీ ప్రతి ఉదయం 24 రొట్టెలు తయారు చేస్తుంది. మధ్యాహ్నానికి ముందు 15 రొట్టెలు, సాయంత్రం 6 రొట్టెలు అమ్ముతుంది, మిగిలినవి ఒక ఆశ్రమానికి ఇస్తుంది. ఆశ్రమానికి వారంలో ఎన్ని రొట్టెలు అందుతాయి?",
}  # fmt: skip
STEPS = (
    "Step-by-step answer:\n"
    "1. The bakery sells 15 + 6 = 21 loaves a day.\n"
    "2. It gives 24 - 21 = 3 loaves a day to the shelter.\n"
    "3. In a week the shelter gets 3 * 7 = 21 loaves.\n"
    "Answer: 21"
)
REPLIES: Mapping[str, str] = {
    "basic": "Answer: 21",
    "xlt": f"Retelling the request in English: {PROBLEMS['en']}\n{STEPS}",
}


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Everything the model takes for given; nothing else is."""

    requests: float = 1e9
    input_price: float = 0.15
    output_price: float = 0.60
    requests_per_minute: float = 30_000
    tokens_per_minute: float = 5e6
    cpu_microseconds: float = 105

    @property
    def price(self) -> Price:
        return Price(self.input_price, self.output_price)


@dataclass(frozen=True, slots=True)
class Cost:
    """What all requests of a language and a strategy come to."""

    usage: Spent
    money: float
    days: float
    accuracy: float
    right: float


def usage_of(language: str, strategy: str) -> Spent:
    """Return the tokens of one request, as they are counted."""
    prompt = xlt.compose("mgsm", PROBLEMS[language], language=language, strategy=strategy)
    read, written = prompt.count_tokens(), count_text_tokens(REPLIES[strategy])
    return Spent(int(read), int(written))


def cost_of(language: str, strategy: str, given: Assumptions) -> Cost:
    one = usage_of(language, strategy)
    money = given.requests * given.price.of(one)
    tokens = given.requests * (one.input_tokens + one.output_tokens)
    minutes = max(given.requests / given.requests_per_minute, tokens / given.tokens_per_minute)
    accuracy = published_scores("mgsm", strategy)[language] / 100
    return Cost(one, money, minutes / 60 / 24, accuracy, given.requests * accuracy)


def table(given: Assumptions) -> str:
    """Return the model as a Markdown table, a line a language."""
    lines = [
        "| | prompt + reply, basic | XLT | USD, basic | XLT | days, basic | XLT "
        "| right %, basic | XLT | USD a million right, basic | XLT | a further million |",
        f"| --- |{' --: |' * 11}",
    ]
    for language in PROBLEMS:
        basic, ours = [cost_of(language, name, given) for name in ("basic", "xlt")]
        pairs = [
            *[f"{one.usage.input_tokens} + {one.usage.output_tokens}" for one in (basic, ours)],
            *[f"{one.money:,.0f}" for one in (basic, ours)],
            *[f"{one.days:,.1f}" for one in (basic, ours)],
            *[f"{100 * one.accuracy:.1f}" for one in (basic, ours)],
            *[f"{1e6 * one.money / one.right:,.0f}" for one in (basic, ours)],
            f"{1e6 * (ours.money - basic.money) / (ours.right - basic.right):,.0f}",
        ]
        lines.append(f"| {language} | {' | '.join(pairs)} |")
    return "\n".join(lines)


def ratios(given: Assumptions) -> str:
    """Return the range over the languages of what XLT is of the basic prompt, and xlt's share."""
    pairs = [[cost_of(language, name, given) for name in ("basic", "xlt")] for language in PROBLEMS]
    compared = {
        "prompt tokens": [b.usage.input_tokens / a.usage.input_tokens for a, b in pairs],
        "reply tokens": [b.usage.output_tokens / a.usage.output_tokens for a, b in pairs],
        "money": [b.money / a.money for a, b in pairs],
        "right answers": [b.right / a.right for a, b in pairs],
        "money a right answer": [b.money / b.right / (a.money / a.right) for a, b in pairs],
    }
    told = [f"{name} {min(each):.1f} to {max(each):.1f}" for name, each in compared.items()]
    hours = given.requests * given.cpu_microseconds / 1e6 / 3600
    return (
        f"XLT over basic, by language: {', '.join(told)}.\n"
        f"Composing and reading take {hours:,.0f} hours of one core."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Print the cost model of many requests.")
    for name, value in asdict(Assumptions()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=value)
    given = Assumptions(**vars(parser.parse_args()))
    print(f"{table(given)}\n\n{ratios(given)}")


if __name__ == "__main__":
    main()
