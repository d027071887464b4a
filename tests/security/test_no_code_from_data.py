"""Nothing in xlt turns data into code or objects: no pickle, no eval, no unsafe loader."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "xlt"
FORBIDDEN_MODULES = frozenset(
    [
        "pickle",
        "cPickle",
        "dill",
        "cloudpickle",
        "joblib",
        "marshal",
        "shelve",
        "dbm",
        "code",
        "codeop",
        "pty",
        "commands",
        "langchain_core.load.load",
        "langchain.load",
        "langchain_classic",
        "jsonpickle",
        "xmlrpc",
        "imp",
    ]
)
FORBIDDEN_NAMES = frozenset(["eval", "exec", "compile", "__import__", "breakpoint"])
FORBIDDEN_CALLS = {
    "yaml": {
        *("load", "load_all", "full_load", "full_load_all", "unsafe_load", "unsafe_load_all"),
        *("Loader", "FullLoader", "UnsafeLoader", "CLoader", "add_constructor"),
    },
    "os": {"system", "popen", "execv", "execve", "execvp", "spawnv", "spawnl"},
    "pickle": {"loads", "load"},
    "numpy": {"load"},
    "langchain_core.load": {"load", "loads"},
    "jinja2": {"Environment", "NativeEnvironment"},
}
# `loads` is a parser's word and a deserialiser's: only these mean the parser.
LOADS = {("json", "loads"), ("tomllib", "loads")}
# Checks that a third party's answers can be pickled: it unpickles what it has just pickled.
EXCEPTIONS = {"testing.py": {"pickle", "pickle.loads"}}


def imported(node):
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
    return []


def faults(source):
    for node in ast.walk(ast.parse(source)):
        for module in imported(node):
            parts = module.split(".")
            prefixes = {".".join(parts[: end + 1]) for end in range(len(parts))}
            yield from prefixes & FORBIDDEN_MODULES
            owner, _, name = module.rpartition(".")
            if name in FORBIDDEN_CALLS.get(owner, ()) or (name == "loads" and owner):
                yield module
        if isinstance(node, ast.Name) and node.id in FORBIDDEN_NAMES:
            yield node.id
        if isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            if (
                node.attr in FORBIDDEN_CALLS.get(owner, ())
                or node.attr in ("loads", "from_string")
                and (owner, node.attr) not in LOADS
            ):
                yield f"{owner}.{node.attr}"
        if isinstance(node, ast.keyword) and node.arg == "shell":
            yield "shell="
        if isinstance(node, ast.keyword) and node.arg in (
            "allow_dangerous_deserialization",
            "allow_pickle",
            "trust_remote_code",
        ):
            yield f"{node.arg}="


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_no_module_makes_code_or_objects_of_data(path):
    allowed = EXCEPTIONS.get(path.relative_to(PACKAGE).as_posix(), set())
    assert set(faults(path.read_text(encoding="utf-8"))) - allowed == set()


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import loads",
        "import marshal, shelve",
        "from langchain_core.load import loads",
        "from langchain_core.load.load import load",
        "from langchain_core import load as made\nmade.loads(text)",
        "eval('1')",
        "exec(text)",
        "run = eval",
        "compile(text, 'x', 'exec')",
        "yaml.load(text, Loader=yaml.Loader)",
        "yaml.unsafe_load(text)",
        "from yaml import load",
        "dumpd.loads(text)",
        "environment().from_string(text)",
        "jinja2.Environment()",
        "from jinja2 import Environment",
        "os.system(text)",
        "subprocess.run(text, shell=True)",
        "numpy.load(path, allow_pickle=True)",
    ],
)
def test_the_search_finds(line):
    assert list(faults(line))
