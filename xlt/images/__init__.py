"""Pictures in a request: taken, checked, counted, reduced and written as each provider's block."""

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
