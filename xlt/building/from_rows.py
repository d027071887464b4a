"""Building demonstrations as the paper does: sample, ask without shots, keep what agrees."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from xlt.answers.agreement import Agrees, agreement_for
from xlt.answers.answer import Answer
from xlt.answers.cleaning.thoughts import without_thoughts
from xlt.building.built import BuiltDemonstrations, Tally, joined_signature
from xlt.demonstrations.demonstration import FORMATS, Demonstration
from xlt.demonstrations.selection import fingerprint
from xlt.errors import DefinitionError, InputError, UnknownName
from xlt.files.safe import only_writer
from xlt.files.templates import TemplateFiles
from xlt.prompt import Prompt
from xlt.registry import get_task
from xlt.reply import Reply
from xlt.request import Request, make_request
from xlt.running import Ask
from xlt.strategies.csicl import switching_prompt
from xlt.strategies.strategy import get_strategy
from xlt.task import Task

# Told after each row how many rows have their reply, and how many there are to ask at most.
Progress = Callable[[int, int], object]
ROWS_PER_SHOT = 10
KINDS = ("plain", "csicl")


class DrawnRow(NamedTuple):
    """A development row as a request: its gold answer, its prompt, and a key that pins it."""

    request: Request
    gold: Any
    prompt: Prompt
    key: str


def build_demonstrations(
    task: str | Task,
    rows: Iterable[Mapping[str, Any]],
    ask: Ask,
    *,
    shots: int = 5,
    format: str = "xlt+xlt",
    seed: int = 0,
    limit: int | None = None,
    agrees: Agrees | None = None,
    max_concurrency: int = 1,
    progress: Progress | None = None,
    output: Path | str | None = None,
    model: str | None = None,
    date: str | None = None,
    kind: str = "plain",
    templates: Path | str | None = None,
    **options: Any,
) -> BuiltDemonstrations:
    """Return up to `shots` worked requests out of development rows (the paper, figure 4).

    A row holds `inputs`, the gold `answer` (or a list of them), `language`, and
    `target_language` where it differs. Rows are taken in an order drawn by `seed` and the rows
    themselves, and sent zero-shot with XLT (`options` are its own) by `ask`, as in `xlt.run`,
    until `shots` replies agree with gold behind the answer marker and show every step, or
    `limit` rows are asked (None: ten a shot). Where too few show every step, others that agree
    fill up. "basic+basic" needs no reply: it shows gold answers, and asks nothing.

    `kind="csicl"` asks once more for each that is kept: for its request in versions that move from
    its language to English, which then stand in front of the reply (see the strategy csicl).
    `agrees` compares an answer with its gold; long texts need it. With `output` every reply is
    kept beside it at once (`<output>.replies.jsonl`): run again, only rows without one are
    asked. The demonstrations are written to `output` with `model`, `date` and signature.
    An exception of `ask` ends the run; the replies so far are kept.

    Raises InputError or UnknownName; RunFolderError while another process builds the `output`.
    """
    files = TemplateFiles.at(templates)
    found = get_task(task, files)
    if format not in FORMATS:
        raise UnknownName("demonstration format", format, FORMATS)
    if kind not in KINDS:
        raise UnknownName("kind of demonstrations", kind, KINDS)
    counts = {"shots": shots, "max_concurrency": max_concurrency, "limit": limit}
    for name, value in counts.items():
        if value is not None and value < 1:
            raise InputError(f"{name} is {value}; it must be at least 1.")
    samples = _drawn(found, rows, seed, files, options)
    path = None if output is None else Path(output)
    with ExitStack() as held:
        if path is not None:
            lock = path.with_name(f".{path.name}.lock")  # not the journal, which a lock may empty
            held.enter_context(only_writer(lock, f"the demonstrations of {path}"))
        replies = None if path is None else path.with_name(f"{path.name}.replies.jsonl")
        journal = ReplyJournal.at(replies, model or "")
        if format == "basic+basic":
            kept = [_demonstration(one, None) for one in samples[:shots]]
            tally = Tally(rows=len(samples))
        else:
            most = min(len(samples), ROWS_PER_SHOT * shots if limit is None else limit)
            compare = agrees or agreement_for(found)
            aligned, tally = _aligned(
                samples[:most], ask, journal, compare, shots, max_concurrency, progress
            )
            kept = [_demonstration(one, answer.reply) for one, answer in aligned]
            if kind == "csicl":
                kept = _switched([one for one, _ in aligned], kept, ask, journal, max_concurrency)
        sent = [one.prompt.signature for one in samples[: tally.asked or 1]]
        built = BuiltDemonstrations(
            task=found.name,
            demonstrations=tuple(kept),
            format=format,
            tally=tally,
            shots=shots,
            signature=joined_signature(sent),
            model=model,
            date=date,
        )
        if path is not None and kept:
            built.write(path)
        return built


def _drawn(
    task: Task,
    rows: Iterable[Mapping[str, Any]],
    seed: int,
    files: TemplateFiles,
    options: Mapping[str, Any],
) -> list[DrawnRow]:
    """Return the rows in the seed's order, each request once, with their zero-shot prompts."""
    strategy = get_strategy("xlt")
    samples: dict[str, DrawnRow] = {}
    for number, row in enumerate(rows):
        missing = [name for name in ("inputs", "answer") if name not in row]
        if missing:
            raise InputError(f"Row {number} has no {missing[0]!r}; it has {', '.join(row)}.")
        request = make_request(
            task,
            row["inputs"],
            language=row.get("language"),
            target_language=row.get("target_language"),
            files=files,
        )
        tags = (request.language.tag, request.target_language.tag)
        key = fingerprint(task.name, request.inputs, *tags)
        if key not in samples:
            samples[key] = DrawnRow(
                request, row["answer"], strategy.compose(request, **options), key
            )
    if not samples:
        raise InputError("There are no development rows to build demonstrations from.")
    return sorted(
        samples.values(), key=lambda one: sha256(f"{seed}|{one.key}".encode()).hexdigest()
    )


def _aligned(
    samples: Sequence[DrawnRow],
    ask: Ask,
    journal: ReplyJournal,
    agrees: Agrees,
    shots: int,
    max_concurrency: int,
    progress: Progress | None,
) -> tuple[list[tuple[DrawnRow, Answer]], Tally]:
    """Return the first `shots` samples whose replies agree, those with every step first.

    What is counted and kept does not depend on `max_concurrency`: replies past the row where
    enough were found wait in the journal for another run.
    """
    complete: list[tuple[DrawnRow, Answer]] = []
    partial: list[tuple[DrawnRow, Answer]] = []
    counts = {"asked": 0, "unread": 0, "disagreed": 0}
    for sample, kept in replies_of(samples, ask, journal, max_concurrency):
        counts["asked"] += 1
        answer = sample.prompt.parse(kept.reply, finish_reason=kept.finish_reason)
        if answer.status != "anchored" or "truncated" in answer.flags:
            counts["unread"] += 1
        elif not agrees(answer, sample.gold):
            counts["disagreed"] += 1
        else:
            (complete if answer.steps.complete else partial).append((sample, answer))
        if progress is not None:
            progress(counts["asked"], len(samples))
        if len(complete) == shots:
            break
    tally = Tally(rows=len(samples), complete=len(complete), partial=len(partial), **counts)
    return [*complete, *partial][:shots], tally


def _switched(
    samples: Sequence[DrawnRow],
    kept: Sequence[Demonstration],
    ask: Ask,
    journal: ReplyJournal,
    max_concurrency: int,
) -> list[Demonstration]:
    """Return the demonstrations with their code-switched requests in front of the replies."""
    asked = [
        one._replace(prompt=switching_prompt(one.request), key=f"{one.key}-csicl")
        for one in samples
    ]
    replies = replies_of(asked, ask, journal, max_concurrency)
    versions = [without_thoughts(said.reply).strip() for _, said in replies]
    return [
        replace(one, reply=f"{text}\n{one.reply}")
        for one, text in zip(kept, versions, strict=True)
        if text
    ]


def _demonstration(sample: DrawnRow, reply: str | None) -> Demonstration:
    request, gold = sample.request, sample.gold
    first = gold[0] if isinstance(gold, list | tuple) and gold else gold
    same = request.target_language == request.language
    return Demonstration(
        inputs=request.inputs,
        reply=reply,
        answer=_shown(first),
        language=request.language.tag,
        target_language=None if same else request.target_language.tag,
    )


def _shown(gold: Any) -> str:
    if isinstance(gold, bool):
        return "yes" if gold else "no"
    return str(gold)


def replies_of(
    samples: Sequence[DrawnRow], ask: Ask, journal: ReplyJournal, max_concurrency: int
) -> Iterator[tuple[DrawnRow, Kept]]:
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


def _ask_all(samples: Sequence[DrawnRow], ask: Ask, journal: ReplyJournal) -> None:
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


class Kept(NamedTuple):
    """A reply as it came."""

    reply: str
    finish_reason: str | None


@dataclass(slots=True)
class ReplyJournal:
    """Replies of one `model` by request and signature, kept in memory and in a file at `path`.

    A line cut short by a kill is dropped; of two lines about the same request the first counts.
    """

    path: Path | None = None
    model: str = ""
    _kept: dict[tuple[str, str], Kept] = field(default_factory=dict)

    @classmethod
    def at(cls, path: Path | None, model: str = "") -> ReplyJournal:
        """Return the journal of a file, which need not exist.

        Raises DefinitionError for a line that is not one of a journal, InputError when the
        file cannot be read or written.
        """
        journal = cls(path, model)
        if path is None:
            return journal
        try:
            data = path.read_bytes() if path.exists() else b""
            whole = data[: data.rfind(b"\n") + 1]
            with path.open("ab") as file:  # says now, before any call, whether it can be written
                if len(whole) < len(data):
                    file.truncate(len(whole))
        except OSError as error:
            raise InputError(f"{path} cannot be used: {error.strerror}.") from error
        for number, line in enumerate(whole.split(b"\n")[:-1], start=1):
            journal._read(line, number)
        return journal

    def get(self, request: str, signature: str) -> Kept | None:
        return self._kept.get((request, signature))

    def add(self, request: str, signature: str, kept: Kept) -> None:
        """Keep a reply, in the file before anything else happens."""
        self._kept[request, signature] = kept
        if self.path is None:
            return
        about = {"request": request, "signature": signature, "model": self.model}
        line = {**about, **kept._asdict()}
        text = json.dumps(line, ensure_ascii=False) + "\n"
        with self.path.open("ab") as file:
            file.write(text.encode("utf-8", "backslashreplace"))

    def _read(self, line: bytes, number: int) -> None:
        try:
            found = json.loads(line)
            if not isinstance(found, Mapping):
                raise TypeError("it is not an object")
            key = (str(found["request"]), str(found["signature"]))
            kept = Kept(str(found["reply"]), found["finish_reason"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise DefinitionError(
                f"not a reply kept by xlt: {error}", path=self.path, line=number
            ) from error
        if found.get("model") == self.model:
            self._kept.setdefault(key, kept)
