"""`instruction_language=`: a prompt worded in another language than English, task and steps."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import PurePosixPath

from xlt.detection.varieties import likely_script, primary_tag
from xlt.errors import DefinitionError, InputError
from xlt.files.compiled import template_data
from xlt.files.templates import TemplateFiles
from xlt.languages import Language, get_language
from xlt.rendering.environment import step_template
from xlt.request import Request
from xlt.task import Task

FOLDER = "instructions"
# What a template prints of the task alone, whose wording is in the language already.
_OF_THE_TASK = ("task_input", "basic_prompt")


def instructed_in(request: Request, language: str | Language) -> Request:
    """Return the request for instructions in `language`, its task worded in it.

    Raises InputError where the template folder has no instructions in it, or none for the task.
    """
    wanted = get_language(language, request.files)
    if primary_tag(wanted) == "en":
        return request
    known = sorted({PurePosixPath(name).parts[1] for name in request.files.names(FOLDER, ".yaml")})
    if wanted.tag.lower() not in known:
        wanted = _without_region(wanted)
    if wanted.tag.lower() not in known:
        raise InputError(
            f"There are no instructions in {wanted.name}: add {FOLDER}/{wanted.tag.lower()}/ to "
            f"your template folder. Known: en, {', '.join(known)}.",
            field="instruction_language",
        )
    task = _worded(request.task, wanted.tag.lower(), request.files)
    return replace(request, task=task, instruction_language=wanted)


def _without_region(language: Language) -> Language:
    """Return es for es-MX; zh-TW stays, whose script is not that of zh."""
    plain = get_language(primary_tag(language))
    same = likely_script(plain.tag) == likely_script(language.tag)
    return plain if same else language


def steps_in(request: Request, strategy: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the templates of the steps in the request's instruction language."""
    language = request.instruction_language
    if language is None:
        return names
    folder = f"{FOLDER}/{language.tag.lower()}"
    known = request.files.names(folder, ".j2")
    worded = []
    for name in names:
        own = f"{folder}/{PurePosixPath(name).name}"
        if own in known:
            worded.append(own)
        elif step_template(request.files, name).sole in _OF_THE_TASK:
            worded.append(name)
        else:
            raise InputError(
                f"{strategy} has no step {PurePosixPath(name).stem!r} in {language.name}: "
                "instruction_language= goes with xlt, basic and cot, or add it as "
                f"{own} to your template folder.",
                field="instruction_language",
            )
    return tuple(worded)


def language_names(request: Request) -> tuple[str, str]:
    """Return what a prompt calls the request's language and its target, as it is worded."""
    own, target, wording = request.language, request.target_language, request.instruction_language
    if wording is None:
        return own.name, target.name
    import langcodes

    first, second = [langcodes.Language.get(one.tag) for one in (own, target)]
    return str(first.display_name(wording.tag)), str(second.display_name(wording.tag))


@lru_cache(maxsize=256)
def _worded(task: Task, folder: str, files: TemplateFiles) -> Task:
    path = files.find(f"{FOLDER}/{folder}/tasks.yaml")
    data = template_data(files, f"{FOLDER}/{folder}/tasks.yaml")
    own = data.get(task.name) if isinstance(data, dict) else None
    if not isinstance(own, dict):
        raise InputError(
            f"{path.parent.name}/tasks.yaml of the folder {FOLDER} does not word the task "
            f"{task.name}: it has {', '.join(name for name in data or () if name != 'every')}.",
            field="instruction_language",
        )
    try:
        return Task.model_validate({**task.model_dump(), **data.get("every", {}), **own})
    except DefinitionError as error:
        raise DefinitionError(f"{task.name}: {error.message}", path=path) from error
