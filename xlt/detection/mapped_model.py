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
from collections.abc import Mapping
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

from xlt.files.safe import cache_folder

_ARRAYS = ("ptc", "pc", "classes", "nextmove", "row", "output")


class TagColumns(NamedTuple):
    """The columns of the model that count, side by side for each tag, and where each tag begins."""

    tags: tuple[str, ...]
    order: Any  # both are arrays of integers
    starts: Any


class Model:
    """py3langid's naive Bayes model: an automaton that finds byte n-grams, and their likelihoods.

    `rank` gives the probabilities of py3langid's own `rank` with `norm_probs`, unsorted. `labels`
    names the columns; two of them share a label with another.
    """

    def __init__(self, arrays: dict[str, Any]) -> None:
        import numpy as np

        self.labels: tuple[str, ...] = tuple(arrays["classes"].tolist())
        self._likelihoods, self._priors = arrays["ptc"], arrays["pc"]
        self._next = memoryview(arrays["nextmove"])
        self._rows: list[int] = np.left_shift(arrays["row"], 8, dtype=np.uint32).tolist()
        self._features: list[int] = arrays["output"].tolist()

    def columns(self, tags: Mapping[str, str]) -> TagColumns:
        """Return the columns of the labels in `tags`, each counted for the tag it has there."""
        import numpy as np

        places: dict[str, list[int]] = {}
        for place, label in enumerate(self.labels):
            if label in tags:
                places.setdefault(tags[label], []).append(place)
        order = [place for own in places.values() for place in own]
        starts = [0, *accumulate(map(len, places.values()))][:-1]
        return TagColumns(tuple(places), np.array(order, np.intp), np.array(starts, np.intp))

    def rank(
        self, text: str, columns: TagColumns, most: int | None = None
    ) -> list[tuple[str, float]]:
        """Return each tag with its probability, or the `most` likely ones in their order.

        A text without a feature of the model fits all the same.
        """
        import numpy as np

        text = text.lower() if text.isupper() else text
        data = unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")
        values = np.add.reduceat(self._probabilities(data).take(columns.order), columns.starts)
        if most is None:
            return list(zip(columns.tags, values.tolist(), strict=True))
        found = []
        for _ in range(most):
            place = int(values.argmax())
            found.append((columns.tags[place], float(values[place])))
            values[place] = -1.0
        return found

    def _probabilities(self, data: bytes) -> Any:
        import numpy as np

        following, rows, features = self._next, self._rows, self._features
        state, times = 0, dict[int, int]()
        for byte in data:
            state = following[rows[state] + byte]
            feature = features[state]
            if feature >= 0:
                times[feature] = times.get(feature, 0) + 1
        if not times:
            return np.full(len(self.labels), 1 / len(self.labels), dtype=np.float32)
        # `take` is a fraction of an index: most of a short text's time is numpy's way into a call.
        likelihoods = self._likelihoods.take([*times], axis=0)
        scores = np.log1p(np.array([*times.values()], np.float32)) @ likelihoods
        scores += self._priors
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
