"""`Image`: a picture of a request, checked before anything is sent; `take_image` makes one."""

from __future__ import annotations

import base64
import binascii
import io
import os
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from xlt.errors import InputError, shown
from xlt.files.safe import open_regular, place_inside

MAX_BYTES = 20 * 2**20
"""The most bytes of a picture: what OpenAI and Gemini take."""
MAX_PIXELS = 8000 * 8000
"""The most pixels of a picture by its header, which a decompression bomb exceeds."""
MAX_SIDE = 16_384
"""The most pixels of a side."""
MAX_URL = 8192
MEDIA_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")

ImageSource = Any
"""A path, bytes, a PIL image, a data URL, an http(s) URL, an `Image`, or its `to_json()`."""

_DATA_URL = re.compile(r"data:[\w.+/-]{0,100}(?:;[\w-]{1,40}=[\w.-]{1,40}){0,4};base64,", re.I)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{1,20}):/", re.I)  # C:\ is a path
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

Header = tuple[str, int, int]
"""A media type, a width and a height."""


class Reduced(NamedTuple):
    """How a picture was made smaller: the way, its size now, and the size it had."""

    way: str
    width: int
    height: int
    of_width: int
    of_height: int

    def __str__(self) -> str:
        return f"{self.way} {self.width}x{self.height} of {self.of_width}x{self.of_height}"


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as it will be sent: its bytes, or the URL that the provider fetches.

    `width` and `height` are in pixels. `data` is empty for a URL; then its size is not known
    (0), and its `media_type` is the one its ending says, if any. `sha256` is the digest of the
    bytes, or of the URL: images are equal where it is. `source` is the path of its file.
    """

    sha256: str
    media_type: str
    width: int = field(default=0, compare=False)
    height: int = field(default=0, compare=False)
    source: str = field(default="", compare=False)
    url: str = field(default="", compare=False)
    reduced: Reduced | None = field(default=None, compare=False)
    data: bytes = field(default=b"", repr=False, compare=False)

    @property
    def name(self) -> str:
        """The name of its file, its URL without the query, or the start of its digest."""
        if self.url:
            return self.url.partition("?")[0]
        return Path(self.source).name or f"sha256:{self.sha256[:12]}"

    @property
    def base64(self) -> str:
        return base64.b64encode(self.data).decode("ascii")

    @property
    def sent_url(self) -> str:
        """Its own URL, or the bytes as `data:image/png;base64,...`."""
        return self.url or f"data:{self.media_type};base64,{self.base64}"

    def to_json(self) -> dict[str, Any]:
        """Return what records keep: digest, type, size, and path or URL; never the bytes.

        `take_image` takes it back and checks the digest.
        """
        kept: dict[str, Any] = {"sha256": self.sha256, "media_type": self.media_type}
        if self.width:
            kept |= {"width": self.width, "height": self.height}
        if self.reduced is not None:
            kept |= {"reduced": str(self.reduced), "reduced_from": self.source}
        elif self.source:
            kept["path"] = self.source
        return kept | ({"url": self.url} if self.url else {})

    def __str__(self) -> str:
        """One line for people: "apples.png, image/png, 256x192, 1.6 KB"."""
        parts = [self.name, self.media_type or "type not known"]
        parts += [f"{self.width}x{self.height}"] if self.width else []
        parts.append(_size(len(self.data)) if self.data else "the provider fetches it")
        return ", ".join([*parts, *([str(self.reduced)] if self.reduced else [])])


def take_image(given: ImageSource, *, field: str = "image", inside: Path | None = None) -> Image:
    """Return a picture from whatever an app holds it as. Nothing is ever fetched.

    `given` is a path (text or Path), bytes, a PIL image, a data URL, an http(s) URL (kept as it
    is), an Image, or what records keep of one. `inside` is the folder that relative paths start
    at and no path may leave, for names that strangers wrote.
    Raises InputError, which names `field`: not a PNG, JPEG, GIF or WebP by its first bytes, over
    20 MB or 64 megapixels, a file that cannot be read or is not what was recorded.

    >>> take_image("https://example.org/cat.png?size=2").name
    'https://example.org/cat.png'
    """
    if isinstance(given, Image):
        return given
    try:
        return _taken(given, inside)
    except InputError as error:
        raise InputError(f"The input field {field!r}: {error}", field=field) from error


def recorded(value: Any) -> Any:
    """Return a value as a saved plan or a batch keeps it: an image by digest and path or URL.

    Raises InputError for an image of bytes alone, which nothing could read again.
    """
    if not isinstance(value, Image):
        return value
    if value.reduced is not None or not (value.source or value.url):
        raise InputError(
            f"The image {value.name} is kept by digest and path, and it has none: write it to a "
            "file and give its path, or give a URL."
        )
    return value.to_json()


def plain(value: Any) -> Any:
    """Return what JSON keeps of a value that it does not know: an image's record, a text."""
    return value.to_json() if isinstance(value, Image) else str(value)


def is_remote(given: object) -> bool:
    """Tell a URL or a data URL from the path of a file."""
    return isinstance(given, str) and (_is_data(given) or _SCHEME.match(given) is not None)


def image_of(data: bytes, source: str = "", reduced: Reduced | None = None) -> Image:
    """Return the bytes of a picture as an Image; raises InputError for what is none."""
    if len(data) > MAX_BYTES:
        raise InputError(f"it has more than {_size(MAX_BYTES)}; make it smaller first.")
    header = read_header(data)
    if header is None:
        found = name_format(data)
        looks = f"; it looks like {found}" if found else "" if data else "; it is empty"
        raise InputError(
            f"this is not a PNG, JPEG, GIF or WebP by its first bytes{looks}. Convert it first."
        )
    media_type, width, height = header
    _check_size(width, height)
    return Image(sha256(data).hexdigest(), media_type, width, height, source, "", reduced, data)


def _taken(given: ImageSource, inside: Path | None) -> Image:
    if isinstance(given, bytes | bytearray | memoryview):
        return image_of(bytes(given))
    if isinstance(given, str) and is_remote(given):
        return image_of(_decoded(given)) if _is_data(given) else _of_url(given)
    if isinstance(given, str | os.PathLike) and given:
        return _of_file(os.fspath(given), inside)
    if isinstance(given, Mapping):
        return _of_record(given, inside)
    if hasattr(given, "save") and hasattr(given, "getbands"):  # PIL's, without importing it
        return image_of(_encoded(given), str(getattr(given, "filename", "")))
    raise InputError(
        "give a path, bytes, a PIL image, a data URL or an http(s) URL, "
        f"not {'an empty text' if given == '' else type(given).__name__}."
    )


def _is_data(given: str) -> bool:
    return given[:5].lower() == "data:"


def _of_file(name: str | bytes, inside: Path | None) -> Image:
    path = Path(os.fsdecode(name))
    if "\0" in str(path):
        raise InputError(f"{shown(str(path))} is not the name of a file.")
    place = path
    try:
        if inside is not None:
            if path.is_absolute():
                raise InputError(f"{path} is not relative to {inside}, where its data file is.")
            place = place_inside(inside / path, inside)
        with os.fdopen(open_regular(place), "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        return image_of(data, str(place))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _of_url(url: str) -> Image:
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_whole = False
    if not is_whole or len(url) > MAX_URL or not url.isascii() or re.search(r"[\s\x00-\x1f]", url):
        raise InputError(
            f"{shown(url.partition('?')[0])} is not an http(s) URL of at most {MAX_URL} ASCII "
            "characters without blanks; for a file give its path."
        )
    if parts.username or parts.password:
        raise InputError("its URL holds a user name or a password.")
    kind = guess_type(parts.path)[0] or ""
    return Image(sha256(url.encode()).hexdigest(), kind if kind in MEDIA_TYPES else "", url=url)


def _decoded(url: str) -> bytes:
    head = _DATA_URL.match(url)
    if head is None:
        raise InputError("its data URL does not begin as data:image/png;base64, does.")
    if (len(url) - head.end()) * 3 // 4 > MAX_BYTES + 3:
        raise InputError(f"it has more than {_size(MAX_BYTES)}; make it smaller first.")
    try:
        return base64.b64decode(url[head.end() :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"its data URL is not base64: {error}.") from None


def _of_record(kept: Mapping[str, Any], inside: Path | None) -> Image:
    """Return the image of a record of xlt's, or of a row {"bytes", "path"} of the hub's files."""
    given = next((kept[name] for name in ("bytes", "url", "path") if kept.get(name)), None)
    if not isinstance(given, bytes | str):
        raise InputError(
            "its bytes were not kept, and there is no path or URL to read it from; pass it again."
        )
    image = _taken(given, inside)
    if kept.get("sha256", image.sha256) != image.sha256:
        raise InputError(f"{image.name} has changed since its digest was recorded.")
    return image


def _encoded(picture: Any) -> bytes:
    """Return a PIL image as PNG: without loss, and the same bytes each time."""
    _check_size(*picture.size)
    if picture.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        picture = picture.convert("RGB")
    kept = io.BytesIO()
    try:
        picture.save(kept, format="PNG")
    except Exception as error:  # a plugin of PIL's may raise anything
        raise InputError(f"it cannot be written as PNG: {shown(str(error))}.") from error
    return kept.getvalue()


def _check_size(width: int, height: int) -> None:
    if not 0 < width * height <= MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise InputError(
            f"it says that it has {width}x{height} pixels; at most {MAX_PIXELS // 10**6} "
            f"megapixels and {MAX_SIDE} pixels a side are taken."
        )


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.1f} KB" if count < 10**6 else f"{count / 10**6:.1f} MB"


def read_header(data: bytes) -> Header | None:
    """Return media type, width and height of a PNG, JPEG, GIF or WebP; None for anything else.

    Nothing is decoded: only headers are read, in one pass over at most the whole data.
    """
    try:
        if data.startswith(_PNG) and data[12:16] == b"IHDR":
            return ("image/png", *struct.unpack_from(">II", data, 16))
        if data.startswith((b"GIF87a", b"GIF89a")):
            return ("image/gif", *struct.unpack_from("<HH", data, 6))
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except struct.error:  # cut off within the header
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
            height, width = struct.unpack_from(">HH", data, place + 5)
            return "image/jpeg", width, height
        else:
            place += 2 + max(2, int.from_bytes(data[place + 2 : place + 4], "big"))
    return None


def _webp(data: bytes) -> Header | None:
    kind = data[12:16]
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return "image/webp", width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and data[20:21] == b"\x2f":
        (bits,) = struct.unpack_from("<I", data, 21)
        return "image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X" and len(data) >= 30:
        sides = [int.from_bytes(data[place : place + 3], "little") + 1 for place in (24, 27)]
        return "image/webp", sides[0], sides[1]
    return None
