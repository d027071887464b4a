"""FLAIR: one question that tells a bot from a person (Wang et al. 2023, arXiv 2305.06424).

Every question is generated from a seed, in any language with a wording, and its answer is known.

>>> from xlt.flair import question
>>> asked = question("counting", "sw", seed=7)
>>> asked.text
'z inaonekana mara ngapi katika jsggzzgjjggsgjjjsggsjsgzzjjjss?'
>>> asked.verdict("4", seconds=14)
Verdict(right=True, looks_like='person')
"""

from xlt.flair.questions import (
    HARD_FOR_BOTS,
    HARD_FOR_PEOPLE,
    KINDS,
    Question,
    Verdict,
    flair_languages,
    question,
)

__all__ = [
    "HARD_FOR_BOTS",
    "HARD_FOR_PEOPLE",
    "KINDS",
    "Question",
    "Verdict",
    "flair_languages",
    "question",
]
