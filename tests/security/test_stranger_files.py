"""What the fuzzer of files checks for minutes, hypothesis checks in every run."""

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "fuzz"))
import file_promises  # noqa: E402
from file_promises import KINDS, PIECES, STATE, check_file  # noqa: E402

TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=40).map("".join)
PLANS = st.tuples(st.integers(0, 300), st.integers(0, 20), TEXTS)


@given(st.sampled_from(KINDS), TEXTS)
def test_any_file_is_read_as_promised(kind, text):
    check_file(kind, text)


@given(PLANS)
def test_a_saved_plan_changed_anywhere(change):
    start, length, text = change
    whole = json.dumps(STATE)
    check_file("saved plan", whole[:start] + text + whole[start + length :])


def test_the_check_notices_another_error(monkeypatch):
    check_file("yaml", "a: [")
    monkeypatch.setattr(file_promises, "parse_yaml", int)
    with pytest.raises(ValueError, match="invalid literal"):
        check_file("yaml", "a: [")
