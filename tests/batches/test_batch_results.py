"""What result files may hold, and what becomes of it."""

from __future__ import annotations

import json

import pytest
from service import (
    ROWS,
    anthropic_line,
    anthropic_result,
    openai_error,
    openai_line,
    openai_status,
    replies_to,
    requests_in,
    to_line,
)

from xlt.batches.answering import read_answers
from xlt.batches.manifest import Outcomes
from xlt.errors import DataFileError, InputError, XLTError


def errored(kind, message):
    return {
        "type": "errored",
        "error": {"type": "error", "error": {"type": kind, "message": message}},
    }


OPENAI = [
    (lambda r: openai_error(r), "Expired", "The batch came to its end."),
    (lambda r: openai_error(r, "batch_cancelled"), "Cancelled", "came to its end"),
    (lambda r: openai_status(r, 400, "maximum context length"), "ContextOverflow", "maximum"),
    (lambda r: openai_status(r, 429, "slow down"), "RateLimited", "slow down"),
    (lambda r: openai_line(r, "", "stop"), "EmptyReply", "without any text"),
    (lambda r: openai_line(r, "no", "content_filter"), "Refused", "content_filter"),
    (lambda r: to_line({**r, "response": None, "error": None}), "MalformedReply", "neither"),
    (lambda r: to_line({**r, "response": {"status_code": 200, "body": {}}}), "MalformedReply", ""),
]
ANTHROPIC = [
    (lambda r: anthropic_result(r, {"type": "expired"}), "Expired", "before the request"),
    (lambda r: anthropic_result(r, {"type": "canceled"}), "Cancelled", "before the request"),
    (
        lambda r: anthropic_result(r, errored("invalid_request_error", "max_tokens: too high")),
        "invalid_request_error",
        "too high",
    ),
    (lambda r: anthropic_line(r, "I will not.", "refusal"), "Refused", "refusal"),
    (lambda r: anthropic_line(r, " \n"), "EmptyReply", "without any text"),
    (lambda r: anthropic_result(r, {"type": "succeeded"}), "MalformedReply", "without a message"),
    (lambda r: anthropic_result(r, {"type": "errored"}), "Failed", "no reason"),
    (lambda r: to_line({**r, "result": 5}), "MalformedReply", "no result"),
]


@pytest.mark.parametrize(
    ("provider", "line", "kind", "message"),
    [("openai", *case) for case in OPENAI] + [("anthropic", *case) for case in ANTHROPIC],
)
def test_failures_are_errored_never_wrong(export, give, tmp_path, provider, line, kind, message):
    status = export(strategy="xlt", provider=provider)
    requests = requests_in(status.files[0])
    imported = give([line(requests[0]), *replies_to(status.files)[1:]])
    assert imported.tally == (3, 2, 0, 1)
    assert imported.failures == {kind: 1}
    failed = next(read_answers(tmp_path / "run"))
    assert failed.answer is None
    assert failed.failure.kind == kind
    assert message in failed.failure.message


def test_failed_requests_are_sent_again(export, give, finish, tmp_path):
    status = export(strategy="xlt")
    requests = requests_in(status.files[0])
    lines = [openai_error(requests[0]), *replies_to(status.files)[1:]]
    assert give(lines).tally.errored == 1
    assert (tmp_path / "run" / "answers.jsonl").exists()
    again = give(retry_failed=True).status
    assert not (tmp_path / "run" / "answers.jsonl").exists()
    assert (again.wave, again.requests, again.waiting) == (2, 1, 1)
    (request,) = requests_in(again.files[0])
    assert request["custom_id"] == requests[0]["custom_id"].replace("-a1", "-a2")
    assert request["body"] == requests[0]["body"]
    stale = give(lines, retry_failed=True)
    assert stale.tally is None
    assert stale.lines == {"duplicate": 3}
    assert finish(again).tally == (3, 3, 0, 0)


def test_a_late_reply_to_the_first_attempt_counts(export, give):
    status = export(strategy="xlt")
    requests = requests_in(status.files[0])
    replies = replies_to(status.files)
    give([openai_error(requests[0]), *replies[1:]])
    give(retry_failed=True)
    assert give([replies[0]]).tally == (3, 3, 0, 0)


def test_a_failed_path_holds_only_its_own_row(export, give, tmp_path):
    status = export(strategy="clsp", pivots=["en", "de"])
    lines = [
        openai_error(one) if "-r1-t0-p1-" in one["custom_id"] else None
        for one in requests_in(status.files[0])
    ]
    replies = replies_to(status.files)
    imported = give([line or replies[place] for place, line in enumerate(lines)])
    names = [one["custom_id"] for one in requests_in(imported.status.files[0])]
    assert [name.split("-")[1:4] for name in names] == [
        ["r0", "t1", "p0"],
        ["r0", "t1", "p1"],
        ["r2", "t1", "p0"],
        ["r2", "t1", "p1"],
    ]
    ended = give(replies_to(imported.status.files))
    assert ended.tally == (3, 2, 0, 1)
    second = give(retry_failed=True).status
    third = give(replies_to(second.files)).status
    assert give(replies_to(third.files)).tally == (3, 3, 0, 0)


def test_nothing_goes_on_before_every_request_has_a_result(export, give, tmp_path):
    replies = replies_to(export().files)
    imported = give(replies[:2])
    assert (imported.status.waiting, imported.status.wave, imported.tally) == (1, 1, None)
    with pytest.raises(InputError, match="1 requests of the batch"):
        list(read_answers(tmp_path / "run"))
    given_up = give(missing_failed=True, retry_failed=True)
    assert given_up.failures == {"Missing": 1}
    assert (given_up.status.wave, given_up.status.requests) == (2, 3)
    names = [one["custom_id"] for one in requests_in(given_up.status.files[0])]
    assert names[2].endswith("-r2-t0-p0-a2")


def test_lines_of_no_use_are_counted(export, give):
    status = export(strategy="xlt")
    run, requests = status.run, requests_in(status.files[0])
    replies = replies_to(status.files)
    useless = [
        b"{\n",
        b"\xff\xfe\n",
        b"[]\n",
        b'{"custom_id": 5, "result": {}}\n',
        b"[" * 100_000 + b"\n",
        b"\n",
        to_line(requests[0]),  # the request itself is no result
        *[
            openai_line({"custom_id": name}, "Answer: 99")
            for name in (
                f"{run}-r3-t0-p0-a1",
                f"{run}-r0-t0-p0-a2",
                f"{run}-r00-t0-p0-a1",
                "00000000-r0-t0-p0-a1",
                f"{run}-r0-t0-p0-a1\n",
                "",
            )
        ],
    ]
    imported = give([*useless, *replies])
    assert imported.lines == {"unreadable": 6, "unknown": 6, "new": 3}
    assert imported.tally.planned == 3
    other = give([openai_line(requests[0], "Answer: 1")])
    assert other.lines == {"conflicting": 1}


def test_a_file_cut_at_any_byte_is_read_up_to_there(export, give, finish, tmp_path):
    status = export(strategy="xlt")
    replies = replies_to(status.files)
    whole, last = b"".join(replies[:-1]), replies[-1]
    for size in {*range(1, len(last) - 1, 7), *range(len(last) - 9, len(last) - 1)}:
        imported = give([whole, last[:size]])
        assert imported.lines.get("cut") == 1, size
        assert imported.status.waiting == 1
    assert give([whole, last.removesuffix(b"\n")]).tally == (3, 3, 0, 0)


def test_separators_of_unicode_are_text(export, give, tmp_path):
    status = export(strategy="xlt", rows=ROWS[:1])
    text = "One\u2028two\x85three\x0b\nAnswer: 11"
    give([openai_line(requests_in(status.files[0])[0], text)])
    (result,) = read_answers(tmp_path / "run")
    assert result.answer.reply == text


def test_a_lone_surrogate_in_a_reply(export, give, tmp_path):
    (path,) = export(rows=ROWS[:1]).files
    line = openai_line(requests_in(path)[0], "MARK").replace(b"MARK", rb"\ud83d Answer: 5")
    imported = give([line])
    assert "\ufffd Answer: 5" in str(requests_in(imported.status.files[0])[0]["body"]["messages"])


@pytest.mark.parametrize(("reply", "outcome"), [("I cannot tell", "unparsed"), ("", "errored")])
def test_the_tally_tells_unparsed_from_errored(export, give, tmp_path, reply, outcome):
    status = export(strategy="xlt", rows=ROWS[:1])
    imported = give([openai_line(requests_in(status.files[0])[0], reply)])
    assert getattr(imported.tally, outcome) == 1
    line = json.loads((tmp_path / "run" / "answers.jsonl").read_bytes())
    assert line["outcome"] == outcome


def test_a_reply_cut_at_the_limit_is_told(export, give, tmp_path):
    status = export(strategy="xlt", provider="anthropic", rows=ROWS[:1])
    give([anthropic_line(requests_in(status.files[0])[0], "Answer: 1", "max_tokens")])
    (result,) = read_answers(tmp_path / "run")
    assert result.truncated


def test_a_results_file_that_is_not_there(export, tmp_path):
    from xlt.batches.importing import import_results

    export()
    with pytest.raises(XLTError, match=r"none\.jsonl cannot be read"):
        import_results(tmp_path / "run", [tmp_path / "none.jsonl"])
    with pytest.raises(XLTError, match="is not a directory"):
        import_results(tmp_path / "other", [])


def test_a_results_file_that_xlt_did_not_write_is_named(tmp_path):
    path = tmp_path / "results.jsonl"
    for line in ('{"row": "one", "round": 0, "path": 0, "attempt": 1}', "{}", "[]"):
        path.write_text(f"{line}\n")
        with pytest.raises(DataFileError, match=r"results\.jsonl:1: not a result that xlt wrote"):
            Outcomes.load(path)


@pytest.mark.parametrize("depth", [300, *range(400, 500, 5), 5_000])
def test_a_deep_line_costs_no_other_line(export, give, depth):
    status = export(strategy="xlt")
    requests = requests_in(status.files[0])
    inner = '[{"type": "text", "text": ' * depth + '"Answer: 13"' + "}]" * depth
    deep = openai_line(requests[0], "INNER").replace(b'"INNER"', inner.encode())
    imported = give([deep, *replies_to(status.files)[1:]])
    assert imported.lines["new"] >= 2
    assert sum(imported.lines.values()) == 3
    assert imported.status.waiting + imported.status.failed <= 1
