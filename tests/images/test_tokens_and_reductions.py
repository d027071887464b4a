"""Tokens by the providers' published examples; what is left of a picture, and that it is said."""

from __future__ import annotations

import pytest
from images.pictures import BALLS, QUESTION, png

import xlt
from xlt.budget import Budget
from xlt.errors import InputError, UnknownName
from xlt.images import IMAGE_REDUCTIONS, count_image_tokens, reduce_image, take_image
from xlt.images.counting import rule_of, token_rules

VQA = "visual_question_answering"
INPUTS = {"image": BALLS, "question": QUESTION}


@pytest.mark.parametrize(
    ("model", "width", "height", "tokens"),
    [
        # OpenAI's own examples: images-vision, "Calculating costs".
        ("gpt-4o", 1024, 1024, 765),
        ("gpt-4o", 2048, 4096, 1105),
        ("gpt-4.1-mini", 1024, 1024, 1659),  # 1024 patches times 1.62
        ("gpt-4.1-mini", 1800, 2400, 2353),  # 1452 patches times 1.62
        ("gpt-5", 512, 512, 210),
        # Anthropic's patches of 28 pixels; the sizes are its table of the largest native ones.
        ("claude-sonnet-4-5", 1092, 1092, 39 * 39),
        ("claude-sonnet-4-5", 784, 1568, 28 * 56),
        ("claude-sonnet-4-5", 28, 29, 2),
        # Gemini's own example of 960 x 540: crops of 360 pixels, 3 by 2.
        ("gemini-2.5-flash", 960, 540, 6 * 258),
        ("gemini-2.5-flash", 384, 384, 258),
    ],
)
def test_the_providers_own_examples(model, width, height, tokens):
    assert count_image_tokens(take_image(png(width, height)), model) == tokens


@pytest.mark.parametrize(("width", "high"), [(8000, 92 * 46), (6000, 4700)])
def test_a_large_picture_is_counted_as_it_is_made_smaller(width, high):
    image = take_image(png(width, 4000))
    assert 1400 < count_image_tokens(image, "claude-sonnet-4-5") <= 1568
    assert high <= count_image_tokens(image, "claude-opus-4-8") <= 4784  # a side of 2576 at most


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt-4o-2024-08-06", "OpenAI, tiles of 512 pixels"),
        ("openai:gpt-4o-mini", "OpenAI, tiles of 512 pixels, GPT-4o mini"),
        ("anthropic/claude-opus-4-8", "Anthropic, patches of 28 pixels, high resolution"),
        ("claude-3-5-sonnet-20241022", "Anthropic, patches of 28 pixels"),
        ("models/gemini-2.5-flash", "Gemini, crops of up to 768 pixels"),
        ("gpt-5.4", None),
        ("claude-opus-4-99", None),
        ("qwen2.5-vl", None),
        ("", None),
        (None, None),
    ],
)
def test_a_model_has_the_rule_of_its_name_or_none(model, name):
    found = rule_of(model)
    assert (found and found.name) == name


def test_every_rule_counts_and_names_its_source():
    for rule in token_rules():
        assert rule.source
        for size in ((1, 1), (1, 8000), (8000, 8000), (640, 480)):
            assert rule.count(*size) >= 1


def test_a_prompt_counts_its_images_or_says_that_it_does_not():
    prompt = xlt.compose(VQA, INPUTS, language="sw")
    text = xlt.compose("mkqa", QUESTION, language="sw").count_tokens("gpt-4o")
    counted, unknown = prompt.count_tokens("gpt-4o"), prompt.count_tokens("llava")
    assert counted - unknown == 85 + 170
    assert (counted.exact, counted.uncounted_images, unknown.uncounted_images) == (False, 0, 1)
    assert text.uncounted_images == 0
    url = xlt.compose(VQA, {**INPUTS, "image": "https://example.org/a.png"}, language="sw")
    assert url.count_tokens("gpt-4o").uncounted_images == 1


def picture():
    return pytest.importorskip("PIL.Image")


@pytest.mark.parametrize("way", IMAGE_REDUCTIONS)
def test_each_way_fits_the_budget_and_says_what_it_did(way):
    picture()
    image = take_image(BALLS)
    for pixels in (3072, 1000):
        smaller = reduce_image(image, way, pixels=pixels, seed=3)
        assert 0 < smaller.width * smaller.height <= pixels
        assert smaller.reduced[0] == way
        assert smaller.reduced[3:] == (128, 96)
        assert smaller.media_type == "image/png"
        assert smaller == reduce_image(image, way, pixels=pixels, seed=3)
        assert "path" not in smaller.to_json()
    assert reduce_image(image, way, pixels=128 * 96) is image


def test_resize_keeps_the_shape_and_masks_keep_whole_patches():
    picture()
    image = take_image(BALLS)
    resized = reduce_image(image, pixels=3072)
    assert (resized.width, resized.height) == (64, 48)
    grid = reduce_image(image, "grid", pixels=3072)
    assert (grid.width, grid.height) == (64, 48)  # one patch of each 2 x 2
    block = reduce_image(image, "block", pixels=3072, seed=1)
    assert block.width % 16 == block.height % 16 == 0
    drawn = {reduce_image(image, "random", pixels=3072, seed=seed) for seed in range(4)}
    assert len(drawn) > 1


def test_grid_takes_every_other_patch_from_the_first():
    pillow = picture()
    image = pillow.new("RGB", (64, 64), "white")
    image.paste("red", (0, 0, 16, 16))
    image.paste("blue", (32, 32, 48, 48))
    image.paste("black", (16, 16, 32, 32))
    smaller = reduce_image(take_image(image), "grid", pixels=32 * 32)
    import io

    with pillow.open(io.BytesIO(smaller.data)) as opened:
        found = opened.convert("RGB")
    corners = [found.getpixel(place) for place in ((0, 0), (31, 31), (31, 0))]
    assert corners == [(255, 0, 0), (0, 0, 255), (255, 255, 255)]


def test_a_photo_is_turned_as_its_metadata_say_and_loses_them():
    pillow = picture()
    import io

    photo, kept = pillow.new("RGB", (80, 40), "green"), io.BytesIO()
    data = pillow.Exif()
    data[0x0112] = 6  # turned by a quarter
    photo.save(kept, format="JPEG", exif=data)
    smaller = reduce_image(take_image(kept.getvalue()), pixels=800)
    assert (smaller.width, smaller.height) == (20, 40)
    assert smaller.media_type == "image/jpeg"
    assert b"Exif" not in smaller.data


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"way": "shrink", "pixels": 5}, UnknownName, "reduction of images named 'shrink'"),
        ({}, InputError, "as pixels=, or as tokens= with model="),
        ({"pixels": 1, "tokens": 1, "model": "gpt-4o"}, InputError, "as pixels=, or as tokens="),
        ({"tokens": 100, "model": "llava"}, InputError, "no rule for how many tokens llava"),
        ({"tokens": 100}, InputError, "an unnamed model"),
        ({"tokens": 100, "model": "gpt-4o"}, InputError, "cannot be made small enough"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(arguments, error, words):
    picture()
    with pytest.raises(error, match=words):
        reduce_image(take_image(BALLS), **arguments)


def test_broken_data_behind_a_good_header_are_an_error_of_the_picture():
    picture()
    with pytest.raises(InputError, match="cannot be decoded"):
        reduce_image(take_image(png(64, 64) + b"broken"), pixels=10)


def test_a_budget_makes_the_image_smaller_and_says_so():
    picture()
    whole = xlt.compose(VQA, INPUTS, language="sw")
    model = "claude-sonnet-4-5"
    most = whole.count_tokens(model) - 8
    prompt = xlt.compose(VQA, INPUTS, language="sw", max_tokens=Budget(most, "resize", model))
    assert prompt.count_tokens(model) <= most
    assert prompt.request_text == whole.request_text
    image = prompt.images[0]
    lost = 128 * 96 - image.width * image.height
    assert (prompt.omitted.field, prompt.omitted.pixels) == ("image", lost)
    assert f"{lost} of 12288 pixels of image (resize)" in str(prompt.omitted)
    assert f"omitted:image={lost}/12288(resize)" in prompt.signature
    masked = Budget(most, "random", model, field="image", seed=2)
    assert xlt.compose(VQA, INPUTS, language="sw", max_tokens=masked).omitted.reduce == "random"


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (Budget(100, "resize"), "none for an unnamed model"),
        (Budget(50, "resize", "claude-sonnet-4-5"), "leaves -.* tokens for the image"),
        (
            Budget(100, "resize", "gpt-4o", field="question"),
            "does not go with the input 'question'",
        ),
        (Budget(100, "head", "gpt-4o", field="image"), "take one of resize, grid, block, random"),
    ],
)
def test_a_budget_that_cannot_be_kept_says_why(budget, words):
    picture()
    with pytest.raises(InputError, match=words):
        xlt.compose(VQA, INPUTS, language="sw", max_tokens=budget)
