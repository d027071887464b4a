"""Making a picture smaller before it is sent: CLIPA's four ways (arXiv 2305.07017), by Pillow."""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from xlt.errors import InputError, MissingExtra, UnknownName, shown
from xlt.images.counting import rule_of
from xlt.images.image import Image, Reduced, image_of

PATCH = 16
"""Pixels of a side of what the masks keep or drop: a patch of the paper's ViT."""
_QUALITY = 90
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "PNG"}


def reduce_image(
    image: Image,
    way: str = "resize",
    *,
    pixels: int | None = None,
    tokens: int | None = None,
    model: str | None = None,
    seed: int = 0,
) -> Image:
    """Return the picture with at most `pixels` pixels, or `tokens` tokens by the model's rule.

    "resize" scales it down, anti-aliased: the way that lost least in the paper, and the one to
    take. The others are its masks, for measuring: what they keep is packed in order into a
    smaller picture, as a masked patch costs a chat model as much as any other. "grid" keeps one
    patch of 16x16 pixels of each square of patches; "random" patches drawn by `seed`; "block" one
    window at a place drawn by `seed`. `Image.reduced` says what was done. One that fits already
    is returned as it is. The new picture holds no metadata (EXIF); a GIF becomes a PNG.
    Raises UnknownName, MissingExtra without Pillow, InputError for a URL, a picture that cannot
    be decoded, or a budget that not even one patch fits into.
    """
    if way not in _WAYS:
        raise UnknownName("reduction of images", way, IMAGE_REDUCTIONS)
    if not image.data:
        raise InputError(f"{image.name} is a URL: only the provider fetches it, so that it stays.")
    fits = _limit(pixels, tokens, model)
    if fits(image.width, image.height):
        return image
    picture = _decode(image)
    width, height = picture.size
    size = _largest(way, width, height, fits)
    if size is None:
        raise InputError(f"{image.name} cannot be made small enough for this budget.")
    made = _WAYS[way](picture, *size, random.Random(f"{seed}|{way}|{image.sha256}"))
    kept = image_of(_encode(made, image.media_type), image.source)
    return replace(kept, reduced=Reduced(way, kept.width, kept.height, width, height))


def _limit(pixels: int | None, tokens: int | None, model: str | None) -> Callable[[int, int], bool]:
    if (pixels is None) == (tokens is None):
        raise InputError("Give the budget of a picture as pixels=, or as tokens= with model=.")
    if pixels is not None:
        return lambda width, height: width * height <= pixels
    rule = rule_of(model)
    if rule is None:
        raise InputError(
            f"There is no rule for how many tokens {model or 'an unnamed model'} counts for a "
            "picture: name another model=, or give pixels=.",
            field="model",
        )
    return lambda width, height: rule.count(width, height) <= (tokens or 0)


def _largest(
    way: str, width: int, height: int, fits: Callable[[int, int], bool]
) -> tuple[int, int] | None:
    """Return the largest size of a way that fits, None where not even the smallest does."""
    sizes = _sizes(way, width, height)
    low, high = -1, len(sizes)  # from the smallest: `low` fits, `high` does not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(*sizes[middle]) else (low, middle)
    return sizes[low] if low >= 0 else None


def _sizes(way: str, width: int, height: int) -> list[tuple[int, int]]:
    if way == "resize":
        longer = max(width, height)
        return [_scaled(width, height, side / longer) for side in range(1, longer + 1)]
    across, down = max(1, width // PATCH), max(1, height // PATCH)
    if way == "grid":
        most = max(across, down)
        steps = sorted(
            {(math.ceil(across / one), math.ceil(down / one)) for one in range(2, most + 1)}
        )
        return [(PATCH * wide, PATCH * high) for wide, high in steps]
    longer = max(across, down)
    patches = [_scaled(across, down, side / longer) for side in range(1, longer)]
    return [(PATCH * wide, PATCH * high) for wide, high in patches]


def _scaled(width: int, height: int, scale: float) -> tuple[int, int]:
    return max(1, round(width * scale)), max(1, round(height * scale))


def _resize(picture: Any, width: int, height: int, draw: random.Random) -> Any:
    from PIL.Image import Resampling

    return picture.resize((width, height), Resampling.BILINEAR)  # anti-aliased, as in CLIPA


def _block(picture: Any, width: int, height: int, draw: random.Random) -> Any:
    left = draw.randint(0, picture.width - width)
    top = draw.randint(0, picture.height - height)
    return picture.crop((left, top, left + width, top + height))


def _grid(picture: Any, width: int, height: int, draw: random.Random) -> Any:
    across, down = max(1, picture.width // PATCH), max(1, picture.height // PATCH)
    step = math.ceil(max(across / (width // PATCH), down / (height // PATCH)))
    kept = [(x, y) for y in range(0, down, step) for x in range(0, across, step)]
    return _packed(picture, kept, width)


def _random(picture: Any, width: int, height: int, draw: random.Random) -> Any:
    across, down = max(1, picture.width // PATCH), max(1, picture.height // PATCH)
    places = [(x, y) for y in range(down) for x in range(across)]
    drawn = draw.sample(places, (width // PATCH) * (height // PATCH))
    return _packed(picture, sorted(drawn, key=lambda place: (place[1], place[0])), width)


def _packed(picture: Any, patches: list[tuple[int, int]], width: int) -> Any:
    """Return the patches side by side, in their order, as a picture of this width."""
    across = width // PATCH
    from PIL.Image import new

    made = new(picture.mode, (width, PATCH * math.ceil(len(patches) / across)))
    for place, (x, y) in enumerate(patches):
        box = (x * PATCH, y * PATCH, (x + 1) * PATCH, (y + 1) * PATCH)
        made.paste(picture.crop(box), (place % across * PATCH, place // across * PATCH))
    return made


def _decode(image: Image) -> Any:
    """Return the picture as people see it: its first frame, turned as its metadata say."""
    try:
        from PIL import Image as pillow
        from PIL import ImageOps
    except ModuleNotFoundError as error:
        raise MissingExtra("Making a picture smaller", "images") from error
    try:
        with pillow.open(io.BytesIO(image.data), formats=["PNG", "JPEG", "GIF", "WEBP"]) as opened:
            opened.load()
            turned = ImageOps.exif_transpose(opened)
            has_alpha = "A" in turned.getbands() or "transparency" in turned.info
            return turned.convert("RGBA" if has_alpha else "RGB")
    except Exception as error:  # Pillow raises many kinds for what is broken
        raise InputError(f"{image.name} cannot be decoded: {shown(str(error))}.") from error


def _encode(picture: Any, media_type: str) -> bytes:
    kept = io.BytesIO()
    form = _FORMATS[media_type]
    if form == "JPEG":
        picture = picture.convert("RGB")
    picture.save(kept, format=form, **({} if form == "PNG" else {"quality": _QUALITY}))
    return kept.getvalue()


_WAYS: Mapping[str, Callable[[Any, int, int, random.Random], Any]] = {
    "resize": _resize,
    "grid": _grid,
    "block": _block,
    "random": _random,
}
IMAGE_REDUCTIONS = tuple(_WAYS)
"""The ways a picture can be made smaller."""
