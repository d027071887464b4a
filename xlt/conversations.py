"""`Conversation`: what was said so far and in which language; the next prompt out of it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Unpack

from xlt.composing import compose
from xlt.detection import detect
from xlt.detection.scripts import script_shares, scripts_of_language
from xlt.errors import InputError, LanguageNotDetected
from xlt.frozen import FrozenDict
from xlt.languages import Language, get_language
from xlt.messages import Message, exchange, read_history
from xlt.prompt import Prompt
from xlt.registry import get_task
from xlt.request import check_inputs, deciding_text
from xlt.strategies.typed_options import MessageOptions
from xlt.task import Task

SURE = 0.8
"""A message changes the thread's language from this confidence on."""
ENOUGH_WORDS = 3
"""A message of fewer words changes it only where it is written in another script."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread: its messages, and the language it is in. It never changes; `add` makes the next.

    A thread's language is that of its first message, or `default_language` where that does not
    tell. It changes only when the user changes it: a message of at least three words that is in
    another language with a confidence of 80% or more, or one in a script that the thread's
    language is not written in. "OK", "gracias" or a number never change it. A `language` that is
    given holds for the whole thread.

    `task` is a task with a message ("chat"), `system` the app's own system text, `options` what
    `xlt.compose` takes beside (`strategy=`, `templates=`).

        >>> import xlt
        >>> thread = xlt.Conversation("chat", system="You help the customers of a bookshop.")
        >>> prompt = thread.compose("¿Dónde está mi pedido? Lo compré hace dos semanas.")
        >>> prompt.language.name
        'Spanish'
        >>> thread = thread.add(prompt, "Su pedido sale mañana.")
        >>> thread.compose("ok").language.name
        'Spanish'
    """

    task: str | Task = "chat"
    language: str | Language | None = None
    system: str | None = None
    candidates: tuple[str | Language, ...] | None = None
    default_language: str | Language | None = None
    options: FrozenDict[str, Any] = FrozenDict()
    messages: tuple[Message, ...] = ()
    spoken: Language | None = field(default=None)

    def __post_init__(self) -> None:
        """Take messages and candidates in any form that `compose` does."""
        object.__setattr__(self, "messages", read_history(self.messages))
        object.__setattr__(self, "options", FrozenDict(self.options))
        if self.candidates is not None:
            object.__setattr__(self, "candidates", tuple(self.candidates))

    def compose(self, message: Any, **options: Unpack[MessageOptions]) -> Prompt:
        """Return the prompt of the user's next message, with the thread in front of it.

        `message` is a text, or a mapping of the task's fields; `options` add to the thread's.
        Raises what `xlt.compose` raises; LanguageNotDetected only for a first message.
        """
        given: dict[str, Any] = {**self.options, **options}
        return compose(
            self.task,
            message,
            language=self.language_of(message),
            system=self.system,
            history=self.messages,
            **given,
        )

    def add(self, prompt: Prompt, reply: Any) -> Conversation:
        """Return the thread with a prompt's message and the reply to it.

        `reply` is the text the user was shown, or the Answer. The user's own words are kept, not
        the instructions around them.
        """
        if not isinstance(prompt, Prompt):
            kind = type(prompt).__name__
            raise InputError(f"prompt must be what compose of the thread returned, not {kind}.")
        text = reply if isinstance(reply, str) else getattr(reply, "value", None)
        if not isinstance(text, str):
            raise InputError("reply must be the text that the user was shown, or an Answer of one.")
        said = exchange(deciding_text(prompt.task, prompt.inputs), text, prompt.images)
        return replace(self, messages=(*self.messages, *said), spoken=prompt.language)

    def language_of(self, message: Any) -> Language:
        """Return the language that the next prompt will be in, by the rule of this class."""
        if self.language is not None:
            return get_language(self.language)
        task = get_task(self.task)
        text = deciding_text(task, check_inputs(task, message))
        try:
            found = detect(text, self.candidates)
        except LanguageNotDetected:
            if self.spoken is not None:
                return self.spoken
            if self.default_language is None:
                raise
            return get_language(self.default_language)
        if self.spoken is None or found.language == self.spoken:
            return found.language
        sure = found.confidence >= SURE and len(text.split()) >= ENOUGH_WORDS
        return found.language if sure or _other_script(text, self.spoken) else self.spoken


def conversation(messages: Iterable[Any], **about: Any) -> Conversation:
    """Return the thread that a list of messages tells, read from its first to its last.

    For graphs whose state is the messages alone: the language follows from them by the rule of
    `Conversation`. `about` are its other fields.
    """
    thread = Conversation(**about)
    for said in read_history(messages):
        if said.role == "user" and thread.language is None:
            with suppress(LanguageNotDetected):
                thread = replace(thread, spoken=thread.language_of(said.content))
        thread = replace(thread, messages=(*thread.messages, said))
    return thread


def _other_script(text: str, language: Language) -> bool:
    shares = script_shares(text)
    return not any(script in shares for script in (*scripts_of_language(language.tag), "Latn"))
