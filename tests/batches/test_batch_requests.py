"""What the request files hold: the providers' own types, their limits, our ids."""

from __future__ import annotations

import os
import re
from dataclasses import replace

import pytest
from pydantic import TypeAdapter
from service import ROWS, replies_to, requests_in

import xlt
from xlt.batches.exporting import export_batch
from xlt.batches.importing import import_results
from xlt.batches.manifest import RequestKey, SentRequest, read_custom_id, write_custom_id
from xlt.batches.services import Limits, find_provider, split
from xlt.errors import InputError, RunFolderError, UnknownName
from xlt.files.safe import only_writer, write_whole

# Both before one is patched: clsp has the function from clp when it is first imported.
from xlt.strategies import clp
from xlt.strategies.clsp import understanding


def test_openai_lines_are_what_its_sdk_takes(export):
    from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming

    (path,) = export(max_tokens=100).files
    body = TypeAdapter(CompletionCreateParamsNonStreaming)
    for request in requests_in(path):
        assert set(request) == {"custom_id", "method", "url", "body"}
        assert (request["method"], request["url"]) == ("POST", "/v1/chat/completions")
        assert body.validate_python(request["body"])["max_completion_tokens"] == 100
        assert set(request["body"]) <= set(CompletionCreateParamsNonStreaming.__annotations__) | {
            "messages", "model", "temperature", "max_completion_tokens",
        }  # fmt: skip
    with pytest.raises(ValueError, match="messages"):
        body.validate_python({"model": "m"})


def test_anthropic_requests_are_what_its_sdk_takes(export):
    from anthropic.types.messages.batch_create_params import Request

    (path,) = export(provider="anthropic", temperature=None).files
    known = TypeAdapter(Request)
    for request in requests_in(path):
        assert known.validate_python(request)["params"]["max_tokens"] == 4096
        assert set(request["params"]) == {"model", "max_tokens", "messages"}
    with pytest.raises(ValueError, match="max_tokens"):
        known.validate_python({"custom_id": "a", "params": {"model": "m", "messages": []}})


def test_result_lines_of_the_tests_are_what_the_sdks_read():
    """The scripted service writes what the providers' own types hold."""
    from anthropic.types.messages import MessageBatchIndividualResponse
    from openai.types.chat import ChatCompletion
    from service import anthropic_line, openai_line

    made = TypeAdapter(dict).validate_json(openai_line({"custom_id": "a"}, "x"))
    assert ChatCompletion.model_validate(made["response"]["body"]).choices[0].message.content == "x"
    line = MessageBatchIndividualResponse.model_validate_json(
        anthropic_line({"custom_id": "a"}, "x")
    )
    assert line.result.type == "succeeded"


def test_messages_are_those_of_compose(export):
    (path,) = export(strategy="xlt").files
    for row, request in zip(ROWS, requests_in(path), strict=True):
        prompt = xlt.compose("mgsm", row["inputs"], language=row["language"])
        assert request["body"]["messages"] == prompt.messages
    assert "多少\u2028？".encode() in path.read_bytes()


def test_custom_ids_are_short_unique_and_plain(export, give):
    status = export(strategy="clsp")
    again = give(replies_to(status.files)).status
    names = [
        one["custom_id"] for path in (*status.files, *again.files) for one in requests_in(path)
    ]
    assert len(set(names)) == len(names) == 2 * 7 * 3
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in names)
    longest = SentRequest(RequestKey(999_999_999, 9999, 9999), 9999)
    assert len(write_custom_id("0" * 8, longest)) <= 64
    assert read_custom_id(write_custom_id("0" * 8, longest), "0" * 8) == longest


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
@pytest.mark.parametrize("limit", [*range(130, 190, 7), 1000])
def test_files_are_split_by_bytes_and_by_requests(export, provider, limit, tmp_path):
    provider = find_provider(provider)
    requests = [(str(number), f'"{"é" * (number % 40)}"'.encode()) for number in range(50)]
    parts = list(split(requests, provider, Limits(7, limit)))
    assert [one for part in parts for one in part] == requests
    around = len(provider.head) + len(provider.tail)
    sizes = [
        around + sum(len(data) for _, data in part) + len(provider.between) * (len(part) - 1)
        for part in parts
    ]
    assert max(sizes) <= limit
    assert max(len(part) for part in parts) <= 7
    for place, part in enumerate(parts[:-1]):  # none is split before it must be
        following = len(parts[place + 1][0][1]) + len(provider.between)
        assert len(part) == 7 or sizes[place] + following > limit


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_written_files_are_as_large_as_reckoned(export, provider):
    one = export("large", provider=provider).files[0].stat().st_size
    parts = export(provider=provider, limits=Limits(2, one)).files
    assert [len(requests_in(path)) for path in parts] == [2, 1]
    fitting = export("fitting", provider=provider, limits=Limits(9, one)).files
    assert [path.stat().st_size for path in fitting] == [one]
    tight = export("tight", provider=provider, limits=Limits(9, one - 1)).files
    assert len(tight) == 2


def test_limits_are_those_published_and_never_above():
    assert find_provider("openai").limits == (50_000, 200_000_000)
    assert find_provider("anthropic").limits == (100_000, 256_000_000)


def test_a_request_larger_than_a_file_is_named(export, tmp_path):
    with pytest.raises(
        InputError, match=r"-r0-t0-p0-a1 has \d+ bytes; openai accepts files of at most 200"
    ):
        export(limits=Limits(9, 200))
    assert [path.name for path in (tmp_path / "run").glob("batch-*")] == []


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"model": "other"}, "model"),
        ({"strategy": "xlt"}, "strategy"),
        ({"temperature": 0.5}, "temperature"),
        ({"provider": "anthropic"}, "limits, provider"),
        ({"rows": ROWS[:2]}, "rows"),
    ],
)
def test_another_run_in_the_same_folder_is_refused_unless_forced(export, settings, named):
    first = export()
    named = f"already holds the run {first.run}, which differs in {named}"
    with pytest.raises(InputError, match=named):
        export(**settings)
    forced = export(**settings, force=True)
    assert forced.run != first.run
    assert first.files[0].exists()


def test_other_templates_are_refused_unless_forced(tmp_path):
    folder = tmp_path / "own"
    (folder / "clp").mkdir(parents=True)
    role = folder / "clp" / "understanding_role.j2"
    role.write_text("Read this {{ task_language }} text.\n", encoding="utf-8")
    settings = {"provider": "openai", "model": "m", "strategy": "clp", "templates": folder}
    first = export_batch(tmp_path / "run", "mgsm", ROWS, **settings)
    results = tmp_path / "results.jsonl"
    results.write_bytes(b"".join(replies_to(first.files)))
    role.write_text("Look at this {{ task_language }} text.\n", encoding="utf-8")
    from xlt.files.templates import _files_with

    _files_with.cache_clear()
    with pytest.raises(InputError, match="was made with different templates"):
        import_results(tmp_path / "run", [results])
    assert import_results(tmp_path / "run", [results], force=True).status.wave == 2
    with pytest.raises(InputError, match="which differs in templates_hash"):
        export_batch(tmp_path / "run", "mgsm", ROWS, **settings)


def test_prompts_that_code_makes_otherwise_are_refused(export, give, monkeypatch):
    replies = replies_to(export().files)
    monkeypatch.setattr(clp, "understanding", _louder)
    with pytest.raises(InputError, match="3 prompts would differ from those that were sent"):
        give(replies)
    monkeypatch.undo()
    assert give(replies).status.wave == 2


def _louder(request, pivot, strategy="clp"):
    prompt = understanding(request, pivot, strategy)
    first = prompt.steps[0]
    return replace(prompt, steps=(first._replace(text=f"{first.text}!"), *prompt.steps[1:]))


def test_a_second_process_is_refused(export, give, tmp_path):
    status = export()
    lock = only_writer(tmp_path / "run" / ".lock", "it")
    with lock, pytest.raises(RunFolderError, match="Another process is working on the batch in"):
        give(replies_to(status.files))


def test_mistakes_are_named(export, tmp_path):
    with pytest.raises(UnknownName, match="No batch provider named 'opnai'. Did you mean 'openai'"):
        export(provider="opnai")
    with pytest.raises(InputError, match="There are no rows"):
        export(rows=[])
    with pytest.raises(InputError, match="Row 1: .*not a mapping|Row 1: inputs must be"):
        export(rows=[ROWS[0], {"inputs": 5}])
    with pytest.raises(InputError, match="cannot save the option translator"):
        export(strategy="translate_en", translator=print)
    with pytest.raises(UnknownName, match="No strategy named 'cpl'. Did you mean 'clp'"):
        export(strategy="cpl")
    assert not [*tmp_path.rglob("rows-*")]


def test_demonstrations_are_kept(export, finish):
    shot = xlt.Demonstration("1 + 1?", reply="Answer: 2", answer="2", language="de")
    status = export(strategy="xlt", demonstrations=[shot])
    assert len(requests_in(status.files[0])[0]["body"]["messages"]) == 3
    assert finish(status).tally.planned == 3


def test_devices_and_pipes_are_not_replaced_by_files(tmp_path):
    pipe, link = tmp_path / "pipe", tmp_path / "stdout"
    os.mkfifo(pipe)
    link.symlink_to("/proc/self/fd/1")
    for path in (pipe, link):
        with pytest.raises(InputError, match="is not a regular file"):
            write_whole(path, [b"x"])
    assert pipe.is_fifo()
    assert link.is_symlink()
