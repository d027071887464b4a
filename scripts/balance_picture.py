#!/usr/bin/env python3
"""Draw docs/balanced.svg, how a mix of data sets is drawn: scripts/balance_picture.py"""

from pathlib import Path

from xlt.evaluation.runs.sources import balanced_counts

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "balanced.svg"
SIZES = {"small set": 400, "middle set": 2_500, "large set": 10_000}
TOTAL, WIDTH = 800, 300


def main() -> None:
    PICTURE.write_text(picture(), encoding="utf-8")


def picture() -> str:
    """Return the drawing: for each set its share by size, and by the square root of it."""
    drawn = balanced_counts(SIZES, TOTAL)
    rows = []
    for place, (name, size) in enumerate(SIZES.items()):
        top = 50 + 62 * place
        by_size = round(TOTAL * size / sum(SIZES.values()))
        rows += [
            f'<text x="10" y="{top + 16}">{name}</text>',
            f'<text x="10" y="{top + 34}" fill="#666">{size:,} rows</text>',
            *bar(top, by_size, "#bbb", f"{by_size} by size"),
            *bar(top + 22, drawn[name], "#3f6fb5", f"{drawn[name]} by square root"),
        ]
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="560" height="240" viewBox="0 0 560 240" '
        'font-family="sans-serif" font-size="14" role="img">'
    )
    title = f"{TOTAL} samples drawn from three data sets (example sizes)"
    body = "\n".join(rows)
    background = '<rect width="560" height="240" fill="#fff"/>'
    told = f'<title>{title}</title>\n{background}\n<text x="10" y="26">{title}</text>'
    return f"{head}\n{told}\n{body}\n</svg>\n"


def bar(top: int, count: int, colour: str, label: str) -> list[str]:
    width = max(2, round(WIDTH * count / TOTAL))
    return [
        f'<rect x="110" y="{top + 4}" width="{width}" height="16" fill="{colour}"/>',
        f'<text x="{118 + width}" y="{top + 17}">{label}</text>',
    ]


if __name__ == "__main__":
    main()
