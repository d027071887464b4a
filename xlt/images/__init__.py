"""Pictures in a request: taken, checked, counted, reduced and written as each provider's block."""

from typing import TYPE_CHECKING

from xlt.late_names import homes_of, load_late

if TYPE_CHECKING:
    from xlt.images.counting import count_image_tokens
    from xlt.images.image import Image, ImageSource, take_image
    from xlt.images.reducing import IMAGE_REDUCTIONS, reduce_image

__all__ = [
    "IMAGE_REDUCTIONS",
    "Image",
    "ImageSource",
    "count_image_tokens",
    "reduce_image",
    "take_image",
]

_MODULES = {
    "counting": "count_image_tokens",
    "image": "Image ImageSource take_image",
    "reducing": "IMAGE_REDUCTIONS reduce_image",
}

if not TYPE_CHECKING:  # a type checker would take any misspelt name for one that is loaded late
    __getattr__, __dir__ = load_late(__name__, homes_of(_MODULES))
