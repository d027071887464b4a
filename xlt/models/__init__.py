"""Models that run on this machine: which there are, where they are, and getting them."""

from xlt.models.getting import get_model, model_path, remove_model
from xlt.models.table import DEFAULT, LocalModel, find_model, local_models

__all__ = [
    "DEFAULT",
    "LocalModel",
    "find_model",
    "get_model",
    "local_models",
    "model_path",
    "remove_model",
]
