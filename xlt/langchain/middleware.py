"""`XLTMiddleware`: an agent of LangChain that is asked, and answers, in each user's language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from xlt.conversations import conversation
from xlt.errors import InputError, LanguageNotDetected, MissingExtra
from xlt.langchain.prompt import XLTPrompt, XLTPromptValue
from xlt.langchain.settings import last_request
from xlt.languages import Language
from xlt.prompt import Prompt
from xlt.task import Task

try:
    from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
except ImportError as error:
    raise MissingExtra("XLTMiddleware", "langchain") from error


class XLTMiddleware(AgentMiddleware[Any, Any, Any]):
    """Puts the last user message into the prompt of its language, and takes the answer back out.

        agent = create_agent(model, tools, middleware=[XLTMiddleware(default_language="en")])

    Each call to the model is sent the prompt in place of that message; the state keeps the user's
    own words. Earlier messages, tools, and the agent's own system prompt stay as they are. A reply
    that calls no tool is replaced by the answer in it, whose facts (`Answer.to_json`, and the
    prompt's language and signature) are in `response_metadata["xlt"]` of the message.

    `task` is a task with one field, `language` that of the whole thread. By default the language
    follows the user by the rule of `xlt.Conversation`, among `candidates`; where it cannot be told
    it is `default_language`, or without one the message is sent as it is. `target_language` is the
    language to answer in, by default the user's. `strategy` (of one call) and `options` are those
    of `xlt.compose`. A reply without an answer, or an agent that has a `response_format`, is left
    as it is.

    Raises UnknownName or InputError; MissingExtra without the package `langchain`.
    """

    def __init__(
        self,
        task: str | Task = "chat",
        *,
        language: str | Language | None = None,
        target_language: str | Language | None = None,
        candidates: Iterable[str | Language] | None = None,
        default_language: str | Language | None = None,
        strategy: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        settings: dict[str, Any] = {"target_language": target_language, "strategy": strategy}
        self._prompt = XLTPrompt(task=task, **settings, **options)
        self._thread: dict[str, Any] = {
            "task": self._prompt.task_used,
            "language": language,
            "candidates": None if candidates is None else tuple(candidates),
            "default_language": default_language,
        }
        if self._prompt.task_used.needs_mapping:
            raise InputError(
                f"The task {self._prompt.task_used.name} has several input fields; a message of an "
                "agent is one text. Use a task with one field (chat), or xlt_chain(...).as_tool()."
            )

    def wrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], ModelResponse[Any]],
    ) -> ModelResponse[Any]:
        """Call the model with the prompt of the last user message, and read its reply."""
        prompt = self._prompt_of(request)
        if prompt is None:
            return handler(request)
        return _answered(handler(_asking(request, prompt)), prompt)

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """Like `wrap_model_call`."""
        prompt = self._prompt_of(request)
        if prompt is None:
            return await handler(request)
        return _answered(await handler(_asking(request, prompt)), prompt)

    def _prompt_of(self, request: ModelRequest[Any]) -> Prompt | None:
        """Return the prompt of the last user message; None where there is nothing to compose."""
        if request.response_format is not None:
            return None
        try:
            text, before = last_request(request.messages)
            language = conversation(before, **self._thread).language_of(text)
        except LanguageNotDetected:
            return None
        return self._prompt.compose(**{self._prompt.input_variables[0]: text}, language=language)


def _asking(request: ModelRequest[Any], prompt: Prompt) -> ModelRequest[Any]:
    """Return the request with the prompt in place of the last user message; one system text."""
    *shots, asked = XLTPromptValue.of(prompt).messages
    system = "\n\n".join([text for text in (request.system_prompt, prompt.system_text) if text])
    place = max(
        place for place, one in enumerate(request.messages) if isinstance(one, HumanMessage)
    )
    own = request.messages[place].content
    pictures = [one for one in own if isinstance(one, dict) and one.get("type") != "text"]
    if pictures:  # and files; only the text goes into the prompt
        asked = HumanMessage([*pictures, {"type": "text", "text": asked.content}])
    turns = [one for one in shots if not isinstance(one, SystemMessage)]
    messages: list[Any] = [*turns, *request.messages[:place], asked, *request.messages[place + 1 :]]
    return request.override(
        messages=messages, system_message=SystemMessage(system) if system else None
    )


def _answered(response: ModelResponse[Any], prompt: Prompt) -> ModelResponse[Any]:
    """Return the response with the answer in place of the reply it was read in."""
    reply = response.result[-1]
    if not isinstance(reply, AIMessage) or reply.tool_calls:
        return response
    answer = prompt.parse(reply)
    about = {**answer.to_json(), "signature": prompt.signature, "language": prompt.language.tag}
    update: dict[str, Any] = {"response_metadata": {**reply.response_metadata, "xlt": about}}
    if answer.value is not None:
        update["content"] = str(answer.value)
    return ModelResponse(
        result=[*response.result[:-1], reply.model_copy(update=update)],
        structured_response=response.structured_response,
    )
