"""What the reductions of pictures save: bytes and tokens, before and after.

    python benchmarks/images.py [DIR] [--scale N]

DIR holds pictures (default: ../shared/data/visual_smoke/images beside the checkout). Each way keeps
a quarter of the pixels, as in CLIPA's tables; tokens are those of the published rules of OpenAI
(gpt-4o, gpt-4.1-mini), Anthropic (claude-sonnet-4-5) and Google (gemini-2.5-flash). `--scale`
enlarges the pictures first: 12 makes the samples as large as a phone's photo. Needs Pillow. No
model is asked: what a model still reads in a reduced picture is not measured here.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from PIL import Image as pillow

from xlt.images import IMAGE_REDUCTIONS, Image, count_image_tokens, reduce_image, take_image

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data" / "visual_smoke" / "images"
MODELS = ("gpt-4o", "gpt-4.1-mini", "claude-sonnet-4-5", "gemini-2.5-flash")
KEPT = 0.25


def main(folder: Path, scale: int) -> None:
    paths = sorted(path for path in folder.iterdir() if path.suffix in (".png", ".jpg"))
    images = [enlarged(path, scale) for path in paths]
    first = images[0]
    print(f"{len(images)} pictures of {first.width} x {first.height} pixels, means")
    print(f"{'':<9} {'bytes':>9}" + "".join(f" {model:>18}" for model in MODELS))
    print_row("as it is", images)
    for way in IMAGE_REDUCTIONS:
        print_row(way, [reduced(image, way) for image in images])


def enlarged(path: Path, scale: int) -> Image:
    if scale == 1:
        return take_image(path)
    with pillow.open(path) as opened:
        size = (opened.width * scale, opened.height * scale)
        return take_image(opened.convert("RGB").resize(size, pillow.Resampling.BICUBIC))


def reduced(image: Image, way: str) -> Image:
    return reduce_image(image, way, pixels=int(image.width * image.height * KEPT))


def print_row(name: str, images: Sequence[Image]) -> None:
    size = sum(len(image.data) for image in images) / len(images)
    tokens = [
        sum(count_image_tokens(image, model) or 0 for image in images) / len(images)
        for model in MODELS
    ]
    print(f"{name:<9} {size:>9,.0f}" + "".join(f" {count:>18,.0f}" for count in tokens))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--scale", type=int, default=1)
    given = parser.parse_args()
    main(given.folder, given.scale)
