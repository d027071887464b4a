"""What an app may give as a picture, and what is refused before anything is sent."""

from __future__ import annotations

import base64
import os
import pickle
from struct import pack

import pytest
from images.pictures import BALLS, HOUSE, exif, gif, jpeg, png, webp

import xlt
from xlt.errors import InputError
from xlt.images import take_image
from xlt.images.image import read_header

DATA = BALLS.read_bytes()
URL = f"data:image/png;base64,{base64.b64encode(DATA).decode()}"


@pytest.mark.parametrize(
    "given", [BALLS, str(BALLS), os.fsencode(BALLS) and BALLS, DATA, bytearray(DATA),
              memoryview(DATA), URL, URL.replace("image/png", "application/octet-stream"),
              {"bytes": DATA, "path": "elsewhere.png"}, {"bytes": None, "path": str(BALLS)}]
)  # fmt: skip
def test_every_form_of_a_picture_is_the_same_image(given):
    image = take_image(given)
    assert (image.media_type, image.width, image.height) == ("image/png", 128, 96)
    assert image.data == DATA
    assert image == take_image(BALLS)


def test_a_pil_image_is_sent_as_png_without_loss():
    pillow = pytest.importorskip("PIL.Image")
    with pillow.open(HOUSE) as opened:
        image = take_image(opened)
        assert (image.media_type, image.width, image.height) == ("image/png", 128, 96)
        assert image == take_image(opened.copy())
        cmyk = take_image(opened.convert("CMYK"))
    assert cmyk.media_type == "image/png"


def test_a_url_stays_a_url_and_nothing_is_fetched():
    image = take_image("https://example.org/a%20b/cat.JPG?key=secret")
    assert (image.media_type, image.width, image.data) == ("image/jpeg", 0, b"")
    assert str(image) == "https://example.org/a%20b/cat.JPG, image/jpeg, the provider fetches it"
    assert "secret" not in str(image)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (png(3, 4), ("image/png", 3, 4)),
        (gif(300, 2), ("image/gif", 300, 2)),
        (jpeg(640, 480), ("image/jpeg", 640, 480)),
        (jpeg(640, 480, before=exif(jpeg(64, 48))), ("image/jpeg", 640, 480)),
        (jpeg(640, 480, before=b"\xff\xff\xff\xd0"), ("image/jpeg", 640, 480)),
        (webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + pack("<HH", 9, 7 | 0x4000)), ("image/webp", 9, 7)),
        (webp(b"VP8L", b"\x2f" + pack("<I", 8 | 6 << 14)), ("image/webp", 9, 7)),
        (webp(b"VP8X", b"\0\0\0\0\x08\0\0\x06\0\0"), ("image/webp", 9, 7)),
        (png(3, 4)[:20], None),
        (b"\xff\xd8\xff\xe1\xff\xff", None),
        (b"\xff\xd8" + b"\xff\xe1\0\0" * 50_000, None),
    ],
)
def test_headers_say_format_and_size(data, found):
    assert read_header(data) == found


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (b"", "not a PNG, JPEG, GIF or WebP by its first bytes; it is empty"),
        (b"BM\x00\x00", "looks like BMP"),
        (b"\0\0\0\x18ftypheic", "looks like HEIC"),
        (b"<svg onload='x'>", "looks like SVG"),
        (png(60_000, 60_000), "60000x60000 pixels; at most 64 megapixels"),
        (png(20_000, 2), "16384 pixels a side"),
        (png(0, 5), "0x5 pixels"),
        (png(5, 5) + bytes(20 * 2**20), "more than 21.0 MB"),
        ("data:image/png;base64,####", "not base64"),
        ("data:image/png,abc", "does not begin as data:image/png;base64,"),
        ("data:image/png;base64," + "A" * (29 * 2**20), "more than 21.0 MB"),
        ("ftp://example.org/a.png", "not an http(s) URL"),
        ("file:///etc/passwd", "not an http(s) URL"),
        ("https:///a.png", "not an http(s) URL"),
        ("https://example.org/a b.png", "without blanks"),
        ("https://example.org/" + "a" * 9000, "at most 8192"),
        ("https://me:secret@example.org/a.png", "a user name or a password"),
        ("no/such/picture.png", "cannot be read: No such file"),
        ("a\0b", "not the name of a file"),
        ("", "not an empty text"),
        (5, "not int"),
        ([DATA], "not list"),
        ({"sha256": "00"}, "its bytes were not kept"),
        ({"path": str(BALLS), "sha256": "00"}, "has changed since its digest was recorded"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_the_field(given, words):
    with pytest.raises(InputError) as raised:
        take_image(given, field="photo")
    assert str(raised.value).startswith("The input field 'photo': ")
    assert words in str(raised.value)
    assert raised.value.field == "photo"
    assert "secret" not in str(raised.value)
    assert len(str(raised.value)) < 500


def test_a_pipe_and_a_folder_are_no_pictures(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    for name in ("pipe.png", "."):
        with pytest.raises(InputError, match="cannot be read"):
            take_image(tmp_path / name)


def test_names_that_strangers_wrote_stay_in_their_folder(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "outside.png").write_bytes(DATA)
    (inner / "own.png").write_bytes(DATA)
    (inner / "link.png").symlink_to(tmp_path / "outside.png")
    assert take_image("own.png", inside=inner).data == DATA
    for name in ("../outside.png", "link.png", str(inner / "own.png")):
        with pytest.raises(InputError, match="leads out of its folder|is not relative to"):
            take_image(name, inside=inner)


def test_an_image_travels_and_its_record_holds_no_bytes():
    image = take_image(BALLS)
    again = pickle.loads(pickle.dumps(image))
    assert again == image
    assert again.data == DATA
    assert hash(again) == hash(image)
    kept = image.to_json()
    assert kept == {"sha256": image.sha256, "media_type": "image/png", "width": 128, "height": 96,
                    "path": str(BALLS)}  # fmt: skip
    assert take_image(kept) == image
    assert repr(image.data[:4]) not in repr(image)


def test_servers_and_tools_take_no_paths():
    from xlt.request import refuse_files

    task = xlt.get_task("visual_question_answering")
    refuse_files(task, {"image": URL, "question": "?"})
    refuse_files(task, {"image": "https://example.org/a.png"})
    for given in (str(BALLS), BALLS, {"path": str(BALLS)}):
        with pytest.raises(InputError, match="not the path of a file"):
            refuse_files(task, {"image": given})
