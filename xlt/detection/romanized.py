"""Hindi and Urdu in Latin letters, which no detector of xlt's knows: told by their small words."""

from __future__ import annotations

import re

from xlt.detection.scripts import script_shares

# Frequent words of chat in their usual spellings (our own list), first those that no other
# language written in Latin letters uses much, then those that several have.
_OWN = """
hai hain hoon hun hu mera meri mere mujhe mujhko tera teri tere tujhe tumhara tumhari tumhare
tumhe tumhen aapka aapki aapke aapko apka apki apko humara hamara hamari hamare humein hamein uska
uski uske usko usne iska iski iske isko isne unka unki unke unko unhe unhen unhone inka inki inke
inko jiska jiski kiska kiski kya kia kyun kyu kyon kaise kaisa kaisi kahan kahaan yahan wahan
jahan kab jab tab kitna kitne kitni kaun koi kuch nahi nahin nhi nai raha rahi rahe rha rhi rhe
gaya gayi gaye hota hoti hote hua hui hue karna karne karta karti karte karo karein karke kiya
kiye diya diye dijiye liya liye chahiye chahie wala wali wale waale bhai bahut bohat bohot acha
accha achi acchi theek thik wapas paisa paise paisay abhi kabhi phir lekin magar agar kyunki
kyonki jaise waise sakta sakti sakte sath saath pehle baad yeh ye woh wo tha thi thay thy theen
mein main mai maine humne tum aap hum aur bhi apna apni apne apnay isliye itna itne itni zyada
ziyada kisi har aik unhon lye waqt ghar log jata jati jate chala chali kafi pasand pass krta krti
krna skta skti nae han kyunke sirf thoda
"""
_SHARED = "k ka ki ke ko se mei me na ne par pe to hi ho the ya a ek do is us jo sab"
_OWN_WORDS, _SHARED_WORDS = frozenset(_OWN.split()), frozenset(_SHARED.split())
_WORD = re.compile(r"[a-z]+")
_LEAST, _SHARE, _LOOKED_AT = 2, 0.35, 1000


def is_romanized_hindustani(sample: str) -> bool:
    """Whether a text in Latin letters is Hindi or Urdu, which look alike there.

    A third of its words and more are small words of theirs, two of them no other language's.

    >>> is_romanized_hindustani("Mujhe mera paisa wapas chahiye")
    True
    >>> is_romanized_hindustani("I want my money back")
    False
    """
    sample = sample[:_LOOKED_AT].casefold()
    words = _WORD.findall(sample)
    own = sum([word in _OWN_WORDS for word in words])
    shared = sum([word in _SHARED_WORDS for word in words])
    if own < _LEAST or own + shared < _SHARE * len(sample.split()):
        return False
    return next(iter(script_shares(sample))) == "Latn"  # not "Tab ... hai" in a Chinese text
