"""`KeptIds`: the ids of the rows an output has already, 16 bytes each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from xlt.errors import InputError, shown
from xlt.ray.columns import ERROR
from xlt.ray.parts import Parts

if TYPE_CHECKING:
    import numpy

_BYTES = 16


@dataclass(frozen=True, slots=True)
class KeptIds:
    """A sorted array of digests: Ray shares it between the processes of a machine."""

    digests: numpy.ndarray[Any, Any]

    @classmethod
    def of(cls, ids: Iterable[str]) -> KeptIds:
        import numpy

        return cls(numpy.unique(_digests(ids)))

    @classmethod
    def read(cls, parts: Parts, id_column: str, *, retry_failed: bool = False) -> KeptIds:
        """Return the ids in an output's parts.

        With `retry_failed` rows that failed are taken out of their parts: a part is replaced by
        one without them, so that a kill leaves either.
        """
        import numpy

        found = [_digests(())]
        for name in parts.names():
            table = parts.read(name, [id_column, ERROR])
            if retry_failed and table[ERROR].null_count < table.num_rows:
                whole = parts.read(name)
                table = whole.filter(whole[ERROR].is_null())
                if table.num_rows:
                    parts.write(name, table)
                else:
                    parts.delete(name)
            found.append(_digests(id_texts(table[id_column].to_pylist(), id_column)))
        return cls(numpy.unique(numpy.concatenate(found)))

    def __len__(self) -> int:
        return len(self.digests)

    def has(self, ids: Sequence[str]) -> list[bool]:
        """Return for each id whether it is kept."""
        import numpy

        if not len(self.digests):
            return [False] * len(ids)
        asked = _digests(ids)
        places = numpy.searchsorted(self.digests, asked) % len(self.digests)
        flags: list[bool] = (self.digests[places] == asked).tolist()
        return flags


def id_texts(ids: Sequence[Any], column: str) -> list[str]:
    """Return ids as texts; raises InputError where one is missing or there twice."""
    texts = []
    seen = set()
    for one in ids:
        if not isinstance(one, str | int) or isinstance(one, bool):
            raise InputError(
                f"The id column {column!r} must hold texts or whole numbers, not {one!r}."
            )
        text = str(one)
        if text in seen:
            raise InputError(f"The id {shown(text)} appears twice in the column {column!r}.")
        seen.add(text)
        texts.append(text)
    return texts


def _digests(ids: Iterable[str]) -> numpy.ndarray[Any, Any]:
    import numpy

    made = [
        blake2b(one.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest() for one in ids
    ]
    return numpy.array(made, dtype=f"S{_BYTES}")
