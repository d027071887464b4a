"""Asking for the replies to samples, a few at a time, each kept in the journal as it comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from xlt.building.reply_journal import Kept, ReplyJournal
from xlt.building.samples import Sample
from xlt.reply import Reply
from xlt.running import Ask


def replies_of(
    samples: Sequence[Sample], ask: Ask, journal: ReplyJournal, max_concurrency: int
) -> Iterator[tuple[Sample, Kept]]:
    """Yield each sample with its reply, in order, at most `max_concurrency` asked at a time."""
    for start in range(0, len(samples), max_concurrency):
        wave = samples[start : start + max_concurrency]
        todo = [one for one in wave if journal.get(one.key, one.prompt.signature) is None]
        if todo:
            _ask_all(todo, ask, journal)
        for one in wave:
            kept = journal.get(one.key, one.prompt.signature)
            assert kept is not None  # _ask_all raises where a reply is missing
            yield one, kept


def _ask_all(samples: Sequence[Sample], ask: Ask, journal: ReplyJournal) -> None:
    """Ask side by side and keep each reply as it comes; then raise the first failure, if any."""
    if len(samples) == 1:
        only = samples[0]
        journal.add(only.key, only.prompt.signature, _kept(ask(only.prompt)))
        return
    failure: Exception | None = None
    with ThreadPoolExecutor(len(samples)) as pool:
        calls = {pool.submit(ask, one.prompt): one for one in samples}
        for call in as_completed(calls):
            one = calls[call]
            try:
                journal.add(one.key, one.prompt.signature, _kept(call.result()))
            except Exception as error:
                failure = failure or error
    if failure is not None:
        raise failure


def _kept(given: Any) -> Kept:
    """Return what the journal keeps of a reply; raises ReplyFailed for one broken off."""
    reply = Reply.of(given)
    reply.raise_for_failure()
    return Kept(reply.text, reply.finish_reason)
