"""Offline batches: plans in rounds of a provider's batch files, at half the price of calls."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlt.batches.answering import BatchTally, RowResult, read_answers
    from xlt.batches.exporting import export_batch
    from xlt.batches.folder import Status, read_status
    from xlt.batches.importing import Imported, import_results
    from xlt.batches.services import Failure, Limits

__all__ = [
    "BatchTally",
    "Failure",
    "Imported",
    "Limits",
    "RowResult",
    "Status",
    "export_batch",
    "import_results",
    "read_answers",
    "read_status",
]
_HOMES = {
    "BatchTally": "answering",
    "Failure": "services",
    "Imported": "importing",
    "Limits": "services",
    "RowResult": "answering",
    "Status": "folder",
    "export_batch": "exporting",
    "import_results": "importing",
    "read_answers": "answering",
    "read_status": "folder",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Load a public name when it is first used."""
        from importlib import import_module

        if name not in _HOMES:
            raise AttributeError(f"module 'xlt.batches' has no attribute {name!r}")
        found = getattr(import_module(f"xlt.batches.{_HOMES[name]}"), name)
        globals()[name] = found
        return found
