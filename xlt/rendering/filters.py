"""The template filters: stops, question marks, capitals, articles and lists, in every script."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, product
from string import ascii_uppercase

# Unicode 17 property Sentence_Terminal, and the ellipses, which end a sentence too.
_SENTENCE_MARKS = frozenset(
    "!.?։؝؞؟۔܀܁܂߹࠷࠹࠽࠾।॥၊။።፧፨᙮᜵᜶។៕᠃᠉᥄᥅᪨᪩᪪᪫᭎᭏᭚᭛᭞᭟᭽᭾᭿᰻᰼᱾᱿․‼‽⁇⁈⁉⳹⳺⳻⸮⸼⹓⹔⹠⹡。꓿꘎꘏꛳꛷꡶꡷꣎꣏꤯꧈꧉꩝꩞꩟꫰꫱꯫︒︕︖﹒﹖﹗！．？｡"
    "𐩖𐩗𐽕𐽖𐽗𐽘𐽙𐾆𐾇𐾈𐾉𑁇𑁈𑂾𑂿𑃀𑃁𑅁𑅂𑅃𑇅𑇆𑇍𑇞𑇟𑈸𑈹𑈻𑈼𑊩𑏔𑏕𑑋𑑌𑗂𑗃𑗉𑗊𑗋𑗌𑗍𑗎𑗏𑗐𑗑𑗒𑗓𑗔𑗕𑗖𑗗𑙁𑙂𑜼𑜽𑜾𑥄𑥆𑩂𑩃𑪛𑪜𑱁𑱂𑻷𑻸𑽃𑽄𖩮𖩯𖫵𖬷𖬸𖭄𖵮𖵯𖺘𛲟𝪈"
    "…‥⋯;"
)
# The question marks of every script; Greek writes U+037E or the ASCII semicolon.
_QUESTION_MARKS = frozenset("?;;՞؟፧᥅⁇⁈⁉‽⳺⳻⸮⹔꘏꛷︖﹖？𑅃𞥟")
_CLOSERS = "\"'”’»›」』）)]】〉》〟＂＇］｝}*_ \t\r\n\u00a0\u3000\u200b\u200e\u200f\u2069"
_VOWEL_SPELLED_CONSONANT = ("uni", "use", "usa", "usu", "uti", "eu", "ewe", "one", "once", "ubi")
_SILENT_H = ("hour", "honest", "honor", "honour", "heir")


def without_stop(text: str) -> str:
    """Return `text` less ONE final ASCII full stop; no other mark is touched."""
    return text.removesuffix(".")


def with_stop(text: str) -> str:
    """Return `text` with a full stop, unless it ends in a sentence mark of any script."""
    return text if _last_sign(text) in _SENTENCE_MARKS else text + "."


def with_question_mark(text: str) -> str:
    """Return `text` with a question mark, unless it ends in one of any script."""
    return text if _last_sign(text) in _QUESTION_MARKS else text + "?"


def first_upper(text: str) -> str:
    """Return `text` with its first letter capital and the rest as it is."""
    return text[:1].upper() + text[1:]


def with_article(text: str) -> str:
    """Return `text` behind "a" or "an", as it is spoken: "an arithmetic ...", "an NLI ..."."""
    return f"{'an' if _sounds_like_vowel(text) else 'a'} {text}"


def _last_sign(text: str) -> str:
    """Return the last character before closing quotes, brackets and white space."""
    return text[-256:].rstrip(_CLOSERS)[-1:]


def _sounds_like_vowel(text: str) -> bool:
    word = text.split(maxsplit=1)[0] if text.strip() else ""
    if len(word) > 1 and word.isupper():  # an acronym is spelled out
        return word[0] in "AEFHILMNORSX"
    word = word.lower()
    if word.startswith(_SILENT_H):
        return True
    return word[:1] in "aeiou" and not word.startswith(_VOWEL_SPELLED_CONSONANT)


def numbered(items: Sequence[str]) -> str:
    """Return the texts a line each behind [1], [2] ..., as an answer cites them."""
    return "\n".join([f"[{number}] {item}" for number, item in enumerate(_items(items), start=1)])


def lettered(items: Sequence[str]) -> str:
    """Return the texts a line each behind A., B. ... Z., AA. ..., as an exam does."""
    letters = ("".join(one) for size in count(1) for one in product(ascii_uppercase, repeat=size))
    return "\n".join(
        [f"{letter}. {item}" for letter, item in zip(letters, _items(items), strict=False)]
    )


def listed(items: Sequence[str]) -> str:
    """Return the texts in one line: "refund, complaint, other"."""
    return ", ".join(_items(items))


def _items(items: Sequence[str]) -> Sequence[str]:
    """Return the texts of a list; a single text is a list of one."""
    return [items] if isinstance(items, str) else items
