"""What `import xlt` and a composed prompt load, each looked at in a fresh interpreter."""

import json
import subprocess
import sys

import pytest

import xlt

HEAVY = (
    "langchain_core",
    "tiktoken",
    "langdetect",
    "py3langid",
    "numpy",
    "typer",
    "rich",
    "click",
    "asyncio",
    "httpx",
)


# Those of xlt that only a reply, a budget, a demonstration, a picture or a count needs.
NOT_FOR_A_PROMPT = (
    "xlt.answers.",
    "xlt.budget",
    "xlt.demonstrations.selection",
    "xlt.detection.detecting",
    "xlt.images.counting",
    "xlt.reply",
    "xlt.request_inspection",
    "xlt.tokens",
)
COMPOSED = "import xlt\nprint(xlt.compose('mgsm', 'Una suma.', language='es').messages)"


def modules_after(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after `code`."""
    return {name.partition(".")[0] for name in all_modules_after(code)}


def all_modules_after(code: str) -> list[str]:
    report = "import json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_import_xlt_loads_no_other_package():
    loaded = modules_after("import xlt")
    assert loaded & {*HEAVY, "langcodes", "language_data", "pydantic", "jinja2", "yaml"} == set()
    assert "xlt" in loaded


@pytest.mark.parametrize(
    "code",
    ["import xlt\nfor name in xlt.__all__: getattr(xlt, name)", COMPOSED],
)
def test_public_names_and_prompts_load_none_of_the_heavy_packages(code):
    loaded = modules_after(code)
    assert loaded & set(HEAVY) == set()
    assert {"pydantic", "jinja2"} <= loaded


def test_a_prompt_loads_nothing_that_only_its_reply_or_a_wish_needs():
    xlt.compose("mgsm", "Una suma.", language="es")  # compiles what xlt ships, if nothing has yet
    loaded = all_modules_after(COMPOSED)
    assert "xlt.prompt" in loaded
    assert "yaml" not in loaded
    assert [name for name in loaded if name.startswith(NOT_FOR_A_PROMPT)] == []


def test_every_public_name_is_at_home_where_it_is_said_to_be():
    assert {*xlt._HOMES, "__version__"} == set(xlt.__all__)
    for name, home in xlt._HOMES.items():
        public = getattr(xlt, name)
        assert vars(sys.modules[f"xlt.{home}"])[name] is public


def test_star_import_and_dir_know_every_public_name():
    assert set(xlt.__all__) <= set(dir(xlt))
    names: dict[str, object] = {}
    exec("from xlt import *", names)
    assert set(xlt.__all__) <= set(names)


def test_a_module_of_xlt_is_loaded_when_it_is_used():
    code = "import xlt\nassert xlt.errors.InputError.__name__ == 'InputError'"
    assert "jinja2" not in modules_after(code)


@pytest.mark.parametrize("name", ["compsoe", "_private", "__wrapped__"])
def test_a_name_that_does_not_exist(name):
    with pytest.raises(AttributeError, match=f"module 'xlt' has no attribute '{name}'"):
        getattr(xlt, name)


def test_the_package_of_langchain_loads_none_of_its_modules():
    """Two threads that import a package and its module at once would wait for each other."""
    code = "import sys, xlt.langchain; print([n for n in sys.modules if 'xlt.langchain.' in n])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
