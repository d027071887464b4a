"""What language a text is in: named detectors behind one call that would rather abstain."""

from typing import TYPE_CHECKING

from xlt.late_names import homes_of, load_late

if TYPE_CHECKING:
    from xlt.detection.detecting import Detection, Detector, detect, detect_language

__all__ = ["Detection", "Detector", "detect", "detect_language"]

_MODULES = {"detecting": "Detection Detector detect detect_language"}

if not TYPE_CHECKING:  # a type checker would take any misspelt name for one that is loaded late
    __getattr__, __dir__ = load_late(__name__, homes_of(_MODULES))
