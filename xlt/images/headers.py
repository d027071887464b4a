"""What the first bytes of a picture say: its format by its magic number, and its size in pixels.

Nothing is decoded: only headers are read, in one pass over at most the whole data.
"""

from __future__ import annotations

from struct import error, unpack_from

Header = tuple[str, int, int]
"""A media type, a width and a height."""

_PNG = b"\x89PNG\r\n\x1a\n"
_SOF = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
# What other pictures, and what is mistaken for one, begin with.
_OTHERS = {
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"%PDF": "PDF",
    b"<svg": "SVG",
    b"<?xml": "SVG or XML",
    b"<!DOC": "HTML",
    b"<html": "HTML",
    b"version https://git-lfs": "a Git LFS pointer",
}


def read_header(data: bytes) -> Header | None:
    """Return media type, width and height of a PNG, JPEG, GIF or WebP; None for anything else."""
    try:
        if data.startswith(_PNG) and data[12:16] == b"IHDR":
            return ("image/png", *unpack_from(">II", data, 16))
        if data.startswith((b"GIF87a", b"GIF89a")):
            return ("image/gif", *unpack_from("<HH", data, 6))
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except error:  # cut off within the header
        return None
    return None


def name_format(data: bytes) -> str:
    """Return what else the data look like ("TIFF"), empty where nothing is known."""
    if data[4:8] == b"ftyp":
        return "HEIC, AVIF or a video"
    return next((name for magic, name in _OTHERS.items() if data.startswith(magic)), "")


def _jpeg(data: bytes) -> Header | None:
    """Go from segment to segment to the one that holds the size; a thumbnail's is not it."""
    place = 2
    while place + 4 <= len(data):
        if data[place] != 0xFF:
            return None
        marker = data[place + 1]
        if marker == 0xFF:  # fill bytes may stand before a marker
            place += 1
        elif marker in _WITHOUT_LENGTH:
            place += 2
        elif marker in _SOF:
            height, width = unpack_from(">HH", data, place + 5)
            return "image/jpeg", width, height
        else:
            place += 2 + max(2, int.from_bytes(data[place + 2 : place + 4], "big"))
    return None


def _webp(data: bytes) -> Header | None:
    kind = data[12:16]
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = unpack_from("<HH", data, 26)
        return "image/webp", width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and data[20:21] == b"\x2f":
        (bits,) = unpack_from("<I", data, 21)
        return "image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X" and len(data) >= 30:
        sides = [int.from_bytes(data[place : place + 3], "little") + 1 for place in (24, 27)]
        return "image/webp", sides[0], sides[1]
    return None
