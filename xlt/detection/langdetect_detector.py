"""The detector "langdetect": Google's 2010 profiles of 55 languages, seeded, in its own factory.

It does not know gl, jv, ht or qu, and is kept for comparison and for those who know it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from xlt.languages.locking import ForkSafeLock

_TAGS = {"zh-cn": "zh", "zh-tw": "zh-Hant"}
_SEED = 0

_loading = ForkSafeLock()


def rank(text: str, languages: tuple[str, ...] | None = None) -> list[tuple[str, float]]:
    """Return the languages `text` may be in with their probabilities (see `Detector`)."""
    from langdetect.lang_detect_exception import LangDetectException

    with _loading:  # a second thread waits for the first one's profiles
        factory = _load()
    detector = factory.create()
    if languages is not None:
        prior = {name: 1.0 for name in factory.langlist if name.split("-")[0] in languages}
        if not prior:
            return []
        detector.set_prior_map(prior)
    detector.append(text)
    try:
        found = detector.get_probabilities()
    except LangDetectException:  # no n-gram of the text is in any profile
        return []
    return [(_TAGS.get(one.lang, one.lang), one.prob) for one in found]


@lru_cache(maxsize=1)
def _load() -> Any:
    """Return a factory of our own, seeded; profiles in one order on every file system."""
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    profiles = sorted(path for path in Path(PROFILES_DIRECTORY).iterdir() if path.is_file())
    factory.load_json_profile([path.read_text(encoding="utf-8") for path in profiles])
    factory.set_seed(_SEED)
    return factory
