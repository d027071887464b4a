"""The nine kinds of question, generated: what is asked, with which values, and the key.

Every draw is of numbers and places, never of letters, so that a seed gives the same problem in
every language. Sizes at difficulty 1 are the paper's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from xlt.flair.checks import Key
from xlt.flair.wordings import shipped

_LAND, _WATER = "■", "□"
_MIRROR = str.maketrans("/\\()<>[]{}", "\\/)(><][}{")


@dataclass(frozen=True, slots=True)
class Draw:
    """One problem: the wording's variant, what goes into its places, and the key.

    `repeated` are the values of a second wording, `pair`, that is joined into the place `rule`;
    `noise` are words to put in place of the wording's blanks.
    """

    variant: str
    values: Mapping[str, object]
    key: Key
    repeated: tuple[Mapping[str, object], ...] = ()
    noise: Callable[[int], str] | None = None


Letters = Sequence[str]


def draw_counting(random: Random, difficulty: int, letters: Letters) -> Draw:
    some = random.sample(letters, random.randint(3, 5))
    string = [random.choice(some) for _ in range(30 * difficulty)]
    letter = random.choice(some)
    values = {"letter": letter, "string": "".join(string)}
    return Draw("count", values, _number(string.count(letter)))


def draw_substitution(random: Random, difficulty: int, letters: Letters) -> Draw:
    """Return a rule over different letters, and none of the old ones among the new."""
    size = min(4 + difficulty, len(letters) // 2)
    chosen = random.sample(letters, 2 * size)
    rule = dict(zip(chosen[:size], chosen[size:], strict=True))
    word = [*rule, *(random.choice(chosen[:size]) for _ in range(difficulty))]
    random.shuffle(word)
    pairs = tuple({"old": old, "new": new} for old, new in rule.items())
    key = ("text", "".join(rule[letter] for letter in word))
    return Draw("substitute", {"word": "".join(word)}, key, pairs)


def draw_positioning(random: Random, difficulty: int, letters: Letters) -> Draw:
    """Return a string, one of its letters, and how far behind which of its appearances."""
    some = random.sample(letters, random.randint(6, 10))
    string = [random.choice(some) for _ in range(28 * difficulty)]
    letter = random.choice(string[:-2])
    places = [place for place, one in enumerate(string[:-2]) if one == letter]
    appearance = random.randint(1, len(places))
    start = places[appearance - 1]
    distance = random.randint(2, len(string) - 1 - start)  # from 2: "1 places" is no English
    place = {"appearance": appearance, "distance": distance}
    values = {"letter": letter, "string": "".join(string), **place}
    return Draw("position", values, ("text", string[start + distance]))


def draw_random_edit(random: Random, difficulty: int, letters: Letters) -> Draw:
    """Return a string of 0 and 1, drawn again until more than three results exist."""
    size, count, results = 20 * difficulty, 1 + difficulty, 3
    operation = random.choice(["drop", "insert", "substitute", "swap"])
    first, second = random.sample("01", 2)
    string = ""
    # To drop any bit of a run gives one result: three runs of each bit give enough of them.
    while min(map(string.count, ("0", "1"))) < count + 2 or string.count("01") < 3:
        string = "".join(random.choices("01", k=size))
    bits = {"first": first, "second": second, "string": string}
    values = {"count": count, "results": results, **bits}
    key = ("edits", operation, first, second, str(count), str(results), string)
    return Draw(operation, values, key)


def draw_noise_filtering(random: Random, difficulty: int, letters: Letters) -> Draw:
    """Return a common question whose blanks are noise in capitals and a hyphen.

    Letters without capitals would not stand out from the question: Latin ones do.
    """
    facts = shipped("facts")["noise_filtering"]["facts"]
    name = random.choice(list(facts))
    latin = shipped("letters")["Latn"].split()
    capitals = [
        letter.upper() if letter.upper() != letter else other.upper()
        for letter, other in zip(letters, latin, strict=True)
    ]
    salt = random.getrandbits(64)

    def noise(place: int) -> str:
        """Return the noise at a blank: the same for its place, however many blanks there are."""
        own = Random(f"{salt}|{place}")
        words = (own.choices(capitals, k=own.randint(4, 9)) for _ in range(difficulty))
        return "".join(f"{''.join(word)}-" for word in words)

    return Draw(name, {}, _number(facts[name]), noise=noise)


def draw_search(random: Random, difficulty: int, letters: Letters) -> Draw:
    """Return a map, half of it aimed to be land, on which no two cells touch only by a corner."""
    size = 5 + 2 * difficulty
    land: set[tuple[int, int]] = set()
    cells = [(row, column) for row in range(size) for column in range(size)]
    random.shuffle(cells)
    for cell in cells:
        if len(land) < len(cells) // 2 and not _touches_by_corner(cell, land):
            land.add(cell)
    rows = [[_LAND if (row, one) in land else _WATER for one in range(size)] for row in range(size)]
    values = {"land": _LAND, "water": _WATER, "map": "\n".join(map("".join, rows))}
    return Draw("islands", values, _number(count_islands(land)))


def draw_ascii_art(random: Random, difficulty: int, letters: Letters) -> Draw:
    """Return four pictures, three of one thing, each maybe mirrored, shifted and speckled."""
    drawings = shipped("drawings")
    same, other = random.sample(list(drawings), 2)
    odd = random.randrange(4)
    pictures = []
    for place, letter in enumerate("ABCD"):
        lines = [line[1:] for line in drawings[other if place == odd else same].splitlines()]
        pictures.append("\n".join([f"{letter}:", *_varied(lines, random, difficulty)]))
    return Draw("odd_one", {"pictures": "\n\n".join(pictures)}, ("text", "ABCD"[odd]))


def draw_computation(random: Random, difficulty: int, letters: Letters) -> Draw:
    least, most = 10 ** (2 + difficulty), 10 ** (3 + difficulty) - 1
    first, second = random.randint(least, most), random.randint(least, most)
    return Draw("multiply", {"first": first, "second": second}, _number(first * second))


def draw_memorization(random: Random, difficulty: int, letters: Letters) -> Draw:
    """Return a fact of the list, of its first and best known ones where that is easy enough."""
    families = [name for name in shipped("facts") if name != "noise_filtering"]
    family = random.choice(families)
    about = shipped("facts")[family]
    names = list(about["facts"])
    name = random.choice(names[: max(4, len(names) * difficulty // HARDEST)])
    return Draw(family, {"name": name}, _number(about["facts"][name], about["tolerance"]))


def count_islands(land: set[tuple[int, int]]) -> int:
    """Return the number of groups of cells that touch side by side.

    >>> count_islands({(0, 0), (0, 1), (2, 2)})
    2
    """
    unseen, islands = set(land), 0
    while unseen:
        islands += 1
        waiting = [unseen.pop()]
        while waiting:
            row, column = waiting.pop()
            beside = {(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)}
            waiting += beside & unseen
            unseen -= beside
    return islands


def _touches_by_corner(cell: tuple[int, int], land: set[tuple[int, int]]) -> bool:
    row, column = cell
    return any(
        (row + down, column + right) in land
        and not {(row + down, column), (row, column + right)} & land
        for down in (-1, 1)
        for right in (-1, 1)
    )


def _varied(lines: list[str], random: Random, difficulty: int) -> list[str]:
    width = max(map(len, lines))
    grid = [line.ljust(width) for line in lines]
    if random.randrange(2):
        grid = [line[::-1].translate(_MIRROR) for line in grid]
    cells = [list(line) for line in grid]
    places = [(row, column) for row in range(len(cells)) for column in range(width)]
    blanks = [(row, column) for row, column in places if cells[row][column] == " "]
    for row, column in random.sample(blanks, min(2 * (difficulty - 1), len(blanks))):
        cells[row][column] = "."
    shift = " " * random.randrange(4)
    return [(shift + "".join(line)).rstrip() for line in cells]


def _number(value: int | str, tolerance: str = "0") -> Key:
    return ("number", str(value), tolerance)


HARDEST = 5

GENERATORS: Mapping[str, Callable[[Random, int, Letters], Draw]] = MappingProxyType(
    {
        "counting": draw_counting,
        "substitution": draw_substitution,
        "positioning": draw_positioning,
        "random_edit": draw_random_edit,
        "noise_filtering": draw_noise_filtering,
        "search": draw_search,
        "ascii_art": draw_ascii_art,
        "computation": draw_computation,
        "memorization": draw_memorization,
    }
)
