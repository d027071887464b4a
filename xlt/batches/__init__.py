"""Offline batches: plans in rounds of a provider's batch files, at half the price of calls."""

from typing import TYPE_CHECKING

from xlt.late_names import homes_of, load_late

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
_MODULES = {
    "answering": "BatchTally RowResult read_answers",
    "services": "Failure Limits",
    "importing": "Imported import_results",
    "folder": "Status read_status",
    "exporting": "export_batch",
}

if not TYPE_CHECKING:  # a type checker would take any misspelt name for one that is loaded late
    __getattr__, __dir__ = load_late(__name__, homes_of(_MODULES))
