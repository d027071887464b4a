"""A message's text and pictures as the content blocks of each API, the pictures first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xlt.errors import InputError
from xlt.images.image import Image

Block = dict[str, Any]


def content_blocks(form: str, text: str, images: Sequence[Image]) -> list[Block]:
    """Return the blocks of a message in a wire format ("openai", "anthropic", ...).

    Raises InputError for a picture that the provider does not take.
    """
    from xlt.images.counting import check_limits  # most messages have no picture

    picture, written = _FORMS[form]
    for image in images:
        check_limits(image, form)
    return [*[picture(image) for image in images], written(text)]


def kept_content(text: str, images: Sequence[Image]) -> list[Block]:
    """Return what records keep of a message: its pictures by digest, type and size."""
    names = ("sha256", "media_type", "width", "height", "url")
    told = [image.to_json() for image in images]
    kept = [{name: one[name] for name in names if name in one} for one in told]
    return [*[{"type": "image", **one} for one in kept], {"type": "text", "text": text}]


def shown_content(content: Any) -> str:
    """Return the content of a message as one text for people, `[image: ...]` for a picture."""
    if isinstance(content, str):
        return content
    return "\n".join([_shown(block) for block in content])


def _shown(block: Mapping[str, Any]) -> str:
    if isinstance(block.get("text"), str):
        return str(block["text"])
    size = f"{block['width']}x{block.get('height')}" if block.get("width") else ""
    about = [block.get("url"), block.get("media_type"), size]
    digest = f"sha256:{str(block.get('sha256', ''))[:12]}"
    return f"[image: {', '.join([str(one) for one in (*about, digest) if one])}]"


def _openai(image: Image) -> Block:
    return {"type": "image_url", "image_url": {"url": image.sent_url}}


def _responses(image: Image) -> Block:
    return {"type": "input_image", "image_url": image.sent_url, "detail": "auto"}


def _anthropic(image: Image) -> Block:
    if image.url:
        return {"type": "image", "source": {"type": "url", "url": image.url}}
    source = {"type": "base64", "media_type": image.media_type, "data": image.base64}
    return {"type": "image", "source": source}


def _gemini(image: Image) -> Block:
    if not image.url:
        return {"inline_data": {"mime_type": image.media_type, "data": image.base64}}
    if not image.media_type:
        raise InputError(
            f"Gemini must be told the type of {image.name}, and its URL does not end in .png, "
            ".jpg, .gif or .webp: give the image as bytes or as a file."
        )
    return {"file_data": {"mime_type": image.media_type, "file_uri": image.url}}


def _langchain(image: Image) -> Block:
    if image.url:
        return {"type": "image", "url": image.url}
    return {"type": "image", "base64": image.base64, "mime_type": image.media_type}


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


_FORMS: Mapping[str, tuple[Callable[[Image], Block], Callable[[str], Block]]] = {
    "openai": (_openai, _text),
    "openai-responses": (_responses, lambda text: {"type": "input_text", "text": text}),
    "anthropic": (_anthropic, _text),
    "gemini": (_gemini, lambda text: {"text": text}),
    "langchain": (_langchain, _text),
    "inspect": (lambda image: {"type": "image", "image": image.sent_url}, _text),
}
