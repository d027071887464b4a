"""How many of xlt's own functions a request enters: counts, which are the same on every machine."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

_FILE = Path(__file__).parents[1] / "benchmarks" / "walks.py"
_SPEC = spec_from_file_location("walks", _FILE)
walks = module_from_spec(_SPEC)
sys.modules["walks"] = walks  # its records look their module up
_SPEC.loader.exec_module(walks)


@pytest.mark.parametrize("name", walks.WALKS)
def test_a_request_walks_no_further_than_its_bar(name):
    found, bar = walks.walk(walks.WALKS[name]()), walks.BARS[name]

    assert 10 < found.calls <= bar.calls
    assert 1 < found.files <= bar.files
