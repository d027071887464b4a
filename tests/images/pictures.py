"""Small pictures for the tests: those xlt ships, and headers made by hand."""

from __future__ import annotations

from pathlib import Path
from struct import pack

from xlt.files.templates import shipped_folder

FOLDER = shipped_folder() / "demonstrations" / "images"
BALLS: Path = FOLDER / "two_balls.png"  # 128 x 96 pixels
HOUSE: Path = FOLDER / "house.png"
QUESTION = "Kuna mipira mingapi?"


def png(width: int, height: int) -> bytes:
    """The start of a PNG: all that is read before one is sent."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + pack(">II", width, height) + b"\x08\x02\0\0\0"


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + pack("<HH", width, height)


def jpeg(width: int, height: int, *, before: bytes = b"") -> bytes:
    return b"\xff\xd8" + before + b"\xff\xc0\0\x11\x08" + pack(">HH", height, width) + b"\x03" * 10


def exif(thumbnail: bytes) -> bytes:
    """A segment before the picture's own, with a thumbnail in it."""
    return b"\xff\xe1" + pack(">H", len(thumbnail) + 2) + thumbnail


def webp(kind: bytes, body: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + kind + b"\0\0\0\0" + body
