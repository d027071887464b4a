"""Building demonstrations out of development rows, as the paper does, and checking them."""

from xlt.building.built import BuiltDemonstrations, check_demonstrations
from xlt.building.from_rows import build_demonstrations

__all__ = ["BuiltDemonstrations", "build_demonstrations", "check_demonstrations"]
