"""py3langid's model as files that are mapped into memory, made once in the cache folder.

Its own file is compressed: unpacking it takes a third of a second in every process.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from xlt.files.safe import cache_folder

_ARRAYS = ("ptc", "pc", "classes", "nextmove", "row", "output")


def load_identifier() -> Any:
    """Return a py3langid identifier of our own: the shared one can be changed by anybody.

    The mapped files lie in a folder named after the hash of the model they were made of. Where
    there is no such folder and none can be made, the model is unpacked as py3langid does.
    """
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

    model = MODEL_DIR / MODEL_FILE
    with suppress(OSError, RuntimeError):  # RuntimeError: there is no home folder
        with model.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        folder = cache_folder() / "detector" / digest
        with suppress(OSError, ValueError, EOFError):  # missing, cut or changed
            return _identifier(_mapped(folder))
        _make(folder, _unpacked(model))
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _identifier(arrays: dict[str, Any]) -> Any:
    from py3langid.langid import LanguageIdentifier

    return LanguageIdentifier(
        arrays["ptc"],
        arrays["pc"],
        arrays["classes"].tolist(),
        memoryview(arrays["nextmove"]),
        arrays["output"].tolist(),
        norm_probs=True,
        tk_row=memoryview(arrays["row"]),
    )


def _mapped(folder: Path) -> dict[str, Any]:
    import numpy as np

    paths = {name: folder / f"{name}.npy" for name in _ARRAYS}
    # As plain arrays: numpy picks rows of a memmap in twice the time.
    return {name: np.asarray(np.load(path, mmap_mode="r")) for name, path in paths.items()}


def _unpacked(model: Path) -> dict[str, Any]:
    import numpy as np
    from py3langid.modelio import load_model

    return dict(zip(_ARRAYS, map(np.asarray, load_model(model)), strict=True))


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
