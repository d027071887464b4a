"""What every strategy takes: an object, the reply's language, a line on what labels are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xlt.answers.answer import Answer, stands_in_code
from xlt.answers.cleaning.thoughts import without_thoughts
from xlt.answers.reply_language import check_language
from xlt.demonstrations import Demonstration
from xlt.errors import InputError
from xlt.files.templates import TemplateFiles
from xlt.languages import Language, get_language, words
from xlt.languages.entries import language_tags, nearest_line
from xlt.messages import exchange
from xlt.prompt import Prompt, Step, with_prefill
from xlt.rendering.environment import render_step
from xlt.rendering.filters import listed
from xlt.reply import Reply
from xlt.request import Request
from xlt.strategies.instruction_language import instructed_in
from xlt.strategies.strategy import EVERY, LastRound, LenientRound, Plan
from xlt.strategies.voting import comparable
from xlt.task_checks import TEXT_KINDS

if TYPE_CHECKING:
    from xlt.structured import Output

# The steps of a prompt that ask for a part of the thinking, and those that say how to answer.
_THINKING_STEPS = {
    "retelling": frozenset(["cross_lingual_thinking"]),
    "steps": frozenset(["cot_task_solving", "lets_think", "think", "think_in_english"]),
}
_FORMAT_STEPS = frozenset(["output_formatting", "final_format"])
_TRIED = frozenset(["asked_again", "wrong_language"])


def take_every(request: Request, options: dict[str, Any]) -> tuple[Request, dict[str, Any], bool]:
    """Return the request as these options change it, the other options, and `ensure_language`."""
    own = {name: value for name, value in options.items() if name not in EVERY}
    wanted = options.get("answer_language")
    if wanted is not None and wanted is not False:
        request = answered_in(request, request.target_language if wanted is True else wanted)
    if options.get("instruction_language") is not None:
        request = instructed_in(request, options["instruction_language"])
    if options.get("alignment"):
        request = replace(request, alignment=True)
    return request, own, bool(options.get("ensure_language"))


def answered_in(request: Request, language: str | Language) -> Request:
    """Return the request for an answer in `language`, whose own line ends the prompt.

    Raises InputError where another target language is asked for, or no such line is known.
    """
    wanted = get_language(language, request.files)
    if request.target_language not in (request.language, wanted):
        raise InputError(
            f"target_language is {request.target_language.tag} and answer_language {wanted.tag}: "
            "give one of them.",
            field="answer_language",
        )
    answer_line(wanted, request.files)
    return replace(request, target_language=wanted, answer_language=wanted)


def answer_line(language: Language, files: TemplateFiles) -> str:
    """Return "Answer in German." in German; raises InputError where no file has it."""
    line = nearest_line(language.tag, "answer_in", files)
    if line is None:
        known = [tag for tag in language_tags(files) if nearest_line(tag, "answer_in", files)]
        raise InputError(
            f"There is no line that asks for an answer in {language.name}: put answer_in under "
            "instructions in "
            f"languages/{language.tag.lower()}.yaml of your template folder. Known: "
            f"{', '.join(known)}.",
            field="answer_language",
        )
    return line


def alignment_step(request: Request, demonstrations: Sequence[Demonstration]) -> Step:
    """Return the line between demonstrations in other languages and the request.

    X-InSTA, Tanwar et al. 2023, arXiv 2305.05940, whose code has no licence: the wording is ours.
    Raises InputError where there are no demonstrations, or no words for the labels.
    """
    answer = request.task.answer
    labels = ("yes", "no") if answer.kind == "boolean" else tuple(answer.labels)
    if not labels or not demonstrations:
        what = "demonstrations=" if labels else "a task with labels, such as xnli or pawsx"
        raise InputError(
            f"alignment=True says what the labels of demonstrations are called in the request's "
            f"language: it needs {what}.",
            field="alignment",
        )
    pairs = [(label, words(request.language, label)) for label in labels]
    if unknown := [label for label, own in pairs if not own]:
        raise InputError(
            f"{request.language.name} has no word for the label {unknown[0]!r}: add it to the "
            f"lexicon of languages/{request.language.tag.lower()}.yaml, or leave out alignment=.",
            field="alignment",
        )
    examples = [
        get_language(one.language or request.language, request.files) for one in demonstrations
    ]
    values = {
        "examples": listed(tuple(dict.fromkeys(one.name for one in examples))),
        "language": request.language.name,
        "pairs": listed(tuple(f'"{label}" is "{own[0]}"' for label, own in pairs)),
    }
    return Step("labels", render_step(request.files, "alignment/labels.j2", values))


def followed(prompt: Prompt, reply: str, step: Step) -> Prompt:
    """Return the prompt that continues a conversation with one more instruction."""
    said = exchange(prompt.request_text, without_thoughts(reply), prompt.images)
    history = (*prompt.history, *said)
    return replace(prompt, steps=(step,), history=history, images=(), layout="user", prefill="")


def ensured(plan: Plan) -> Plan:
    """Return a plan that asks once more where its answer is not in the language asked for.

    The second answer is flagged "asked_again", and "wrong_language" where it is no better. The
    first one is kept, with both flags, where the model declines or gives no answer, and where a
    vote gave it and the second has another value.
    """
    asked: dict[str, Prompt] = {}
    sent: list[Prompt] = []
    replies: Any = None
    try:
        while True:
            try:
                prompts = plan.send(replies)
            except StopIteration as stop:
                first = stop.value
                break
            for prompt in prompts if replies is None else ():  # before a call is paid for
                answer_line(prompt.target_language, _files(prompt))
            # What was the last round may be followed by one more.
            replies = yield tuple(prompts) if isinstance(prompts, LastRound) else prompts
            for prompt, reply in zip(prompts, replies, strict=True):
                if not isinstance(reply, Exception):
                    said = Reply.of(reply).text
                    asked |= {said: prompt, with_prefill(said, prompt.prefill): prompt}
            sent += prompts
    finally:
        plan.close()
    answer: Answer = first
    last = asked.get(answer.reply) if isinstance(first, Answer) else None
    if last is None or answer.status == "withheld" or answer.flags >= _TRIED:
        return answer
    if not is_off(answer, last.target_language):
        return answer
    voted = sum(_asks_alike(one, last) for one in sent) > 1
    return (yield from _ask_again(last, answer, voted=voted))


def _asks_alike(one: Prompt, other: Prompt) -> bool:
    """Tell whether two prompts take the same steps at the same turn, as the paths of a vote do."""
    steps = [[step.name for step in prompt.steps] for prompt in (one, other)]
    return steps[0] == steps[1] and len(one.history) == len(other.history)


def _files(prompt: Prompt) -> TemplateFiles:
    return TemplateFiles.at(prompt.target_language.folder)


def _ask_again(prompt: Prompt, first: Answer, *, voted: bool) -> Plan:
    wanted = prompt.target_language
    line = answer_line(wanted, _files(prompt))
    second = followed(prompt, first.reply, Step("answer_in", line))
    (reply,) = yield LenientRound([second])
    if isinstance(reply, Exception) and getattr(reply, "reply", None) is None:
        raise reply  # the call failed
    answer = first if isinstance(reply, Exception) else second.parse(reply)
    stays = voted and first.value is not None and not _is_text(first)
    if answer.value is None or (stays and comparable(answer.value) != comparable(first.value)):
        answer = first
    wrong = {"wrong_language"} if is_off(answer, wanted) else set()
    return replace(answer, flags=answer.flags | {"asked_again"} | wrong)


def _is_text(answer: Answer) -> bool:
    return answer.asked is not None and answer.asked.kind in TEXT_KINDS


def is_off(answer: Answer, language: Language) -> bool:
    """Tell whether an answer is surely in another language: its text, else the whole reply."""
    own = _is_text(answer) and isinstance(answer.value, str) and not stands_in_code(answer)
    text = str(answer.value) if own else answer.reply
    return answer.wrong_language is True or check_language(text, language).line_pass is False


def as_object(prompt: Prompt, output: Output, files: TemplateFiles) -> Prompt:
    """Return a prompt whose last line asks for an object: the thinking asked for, the answer."""
    names = [step.name for step in prompt.steps]
    last = tuple([step for step in prompt.steps if step.name == "answer_in"])
    keys = [key for key, steps in _THINKING_STEPS.items() if not steps.isdisjoint(names)]
    asked = replace(output, keys=tuple(keys))
    text = render_step(files, "structured/json_object.j2", {"form": asked.form})
    kept = [step for step in prompt.steps if step.name not in (*_FORMAT_STEPS, "answer_in")]
    return replace(
        prompt,
        steps=(*kept, Step("output_formatting", text), *last),
        options=(*prompt.options, ("output", output.signature)),
        output=asked,
    )
