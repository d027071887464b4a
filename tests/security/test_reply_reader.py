"""What the fuzzer checks for minutes, hypothesis checks in every run."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "fuzz"))
from reply_promises import FINISHES, FORMATS, PIECES, check_reply  # noqa: E402

from xlt.answers.cleaning import reply as cleaned  # noqa: E402

REPLIES = st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=40).map("".join)


@given(REPLIES, st.sampled_from(FORMATS), st.sampled_from(FINISHES), st.integers(0, 100))
def test_any_reply_is_read_as_promised(reply, asked, finish, cut):
    check_reply(reply, asked, finish, cut)


def test_the_check_notices_a_reader_that_loses_its_place(monkeypatch):
    asked = next(one for one in FORMATS if one.kind == "number")
    check_reply("Answer: 42", asked, None, 3)

    real = cleaned.Answer

    def shifted(value, status, text, span, *rest):
        return real(value, status, text, (span[0] + 1, span[1]), *rest)

    monkeypatch.setattr(cleaned, "Answer", shifted)
    with pytest.raises(AssertionError):
        check_reply("Answer: 42", asked, None, 3)
