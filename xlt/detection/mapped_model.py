"""py3langid's model as files that are mapped into memory, made once in the cache folder.

Its own file is compressed: unpacking it takes a third of a second in every process.
"""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import tempfile
import unicodedata
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from xlt.files.safe import cache_folder

_ARRAYS = ("ptc", "pc", "classes", "nextmove", "row", "output")


class Model:
    """py3langid's naive Bayes model: an automaton that finds byte n-grams, and their likelihoods.

    `rank` gives the probabilities that py3langid's own `rank` gives, with `norm_probs`; it leaves
    out those under `least`, and does not sort.
    """

    def __init__(self, arrays: dict[str, Any]) -> None:
        self._columns: list[str] = arrays["classes"].tolist()
        self._likelihoods, self._priors = arrays["ptc"], arrays["pc"]
        self._next = memoryview(arrays["nextmove"])
        self._rows = [row << 8 for row in arrays["row"].tolist()]
        self._features: list[int] = arrays["output"].tolist()
        self.labels = tuple(dict.fromkeys(self._columns))

    def rank(self, text: str, least: float = 0.0) -> list[tuple[str, float]]:
        """Return each label with its probability; a text without a feature fits all the same."""
        text = text.lower() if text.isupper() else text
        data = unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")
        probabilities = self._probabilities(data).tolist()
        found: dict[str, float] = {}
        for label, probability in zip(self._columns, probabilities, strict=True):
            if probability >= least:
                found[label] = found.get(label, 0.0) + probability
        return list(found.items())

    def _probabilities(self, data: bytes) -> Any:
        import numpy as np

        state, seen = 0, []
        for byte in data:
            state = self._next[self._rows[state] + byte]
            feature = self._features[state]
            if feature >= 0:
                seen.append(feature)
        if not seen:
            return np.full(len(self._columns), 1 / len(self._columns), dtype=np.float32)
        times = Counter(seen)
        features = np.fromiter(times.keys(), dtype=np.intp, count=len(times))
        counts = np.fromiter(times.values(), dtype=np.float32, count=len(times))
        scores = np.log1p(counts) @ self._likelihoods[features] + self._priors
        scores *= 1.0 / math.sqrt(len(data))
        np.exp(scores - scores.max(), out=scores)
        scores /= scores.sum()
        return scores


def load_model() -> Model:
    """Return the model, mapped from the cache folder.

    The mapped files lie in a folder named after the hash of the model they were made of. Where
    there is no such folder and none can be made, the model is unpacked into memory.
    """
    from py3langid.langid import MODEL_DIR, MODEL_FILE

    model = MODEL_DIR / MODEL_FILE
    broken = (ValueError, EOFError)  # cut or changed
    with suppress(OSError, RuntimeError, *broken):  # RuntimeError: there is no home folder
        with model.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        folder = cache_folder() / "detector" / digest
        with suppress(OSError, *broken):
            return Model(_mapped(folder))
        _make(folder, _unpacked(model))
        return Model(_mapped(folder))
    return Model(_unpacked(model))


def _mapped(folder: Path) -> dict[str, Any]:
    import numpy as np

    paths = {name: folder / f"{name}.npy" for name in _ARRAYS}
    # As plain arrays: numpy picks rows of a memmap in twice the time.
    return {name: np.asarray(np.load(path, mmap_mode="r")) for name, path in paths.items()}


def _unpacked(model: Path) -> dict[str, Any]:
    import numpy as np
    from py3langid import modelio

    return dict(zip(_ARRAYS, map(np.asarray, modelio.load_model(model)), strict=True))


def _make(folder: Path, arrays: dict[str, Any]) -> None:
    """Write the folder under another name, then rename it; whoever comes second leaves it be."""
    import numpy as np

    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
    try:
        for name, array in arrays.items():
            np.save(draft / f"{name}.npy", array)
        shutil.rmtree(folder, ignore_errors=True)  # one that cannot be read
        os.rename(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
