"""What `import xlt` offers, and that names do not drift."""

import importlib
import importlib.metadata
import inspect
import re
import runpy
from difflib import unified_diff
from pathlib import Path

import xlt
from xlt.registry import BUILT_IN


def test_all_is_sorted_and_there():
    assert xlt.__all__ == sorted(xlt.__all__)
    for name in xlt.__all__:
        public = getattr(xlt, name)
        assert public.__doc__, name


def test_what_is_public_is_documented():
    """Members named in `Backend` are documented there, for all backends."""
    from xlt.backends import Backend

    missing = []
    for room in ("xlt", "xlt.backends", "xlt.langchain", "xlt.serving", "xlt.testing"):
        home = importlib.import_module(room)
        for name in home.__all__:
            public = getattr(home, name)
            members = vars(public) if isinstance(public, type) else {}
            missing += [
                f"{room}.{name}.{member}"
                for member, value in members.items()
                if not member.startswith("_")
                and (inspect.isroutine(value) or isinstance(value, property | classmethod))
                and not inspect.getdoc(getattr(public, member))
                and not (public is not Backend and hasattr(Backend, member))
            ]
            if callable(public) and not inspect.getdoc(public):
                missing.append(f"{room}.{name}")
    assert not missing, "write a docstring for: " + ", ".join(missing)


def test_the_version_is_the_distributions():
    assert importlib.metadata.version("xlt") == xlt.__version__
    changelog = Path(__file__).resolve().parent.parent / "CHANGELOG.md"
    assert re.search(rf"^## {re.escape(xlt.__version__)}\b", changelog.read_text("utf-8"), re.M)


def test_every_error_is_drawn_in_the_tree():
    from xlt import errors

    drawn = set(re.findall(r"^\W*(\w+)(?: {2,}|$)", errors.__doc__, re.M)) & set(vars(errors))
    defined = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert drawn == defined


def test_what_users_rely_on_is_as_the_snapshot_says():
    root = Path(__file__).resolve().parent.parent
    script = runpy.run_path(str(root / "scripts" / "public_api.py"))
    then = script["SNAPSHOT"].read_text("utf-8").splitlines()
    now = script["page"]().splitlines()
    changes = [line for line in unified_diff(then, now, lineterm="", n=0) if line[0] in "+-"][2:]
    assert not changes, (
        "The public interface changed:\n" + "\n".join(changes) + "\nIf that is meant, see "
        "docs/compatibility.md, then: python scripts/public_api.py"
    )


def test_the_options_of_every_strategy_are_typed():
    from xlt.strategies.strategy import EVERY, get_strategy
    from xlt.strategies.typed_options import ComposeOptions

    taken = set(inspect.signature(xlt.explain).parameters) - {"task", "language"}
    taken |= set(EVERY)
    taken -= {"target_language", "templates"}  # compose's own
    for name in BUILT_IN["xlt.strategies"]:
        parameters = inspect.signature(get_strategy(name).takes).parameters.values()
        taken |= {one.name for one in parameters if one.kind is one.KEYWORD_ONLY}
    typed = set(ComposeOptions.__annotations__) | {"demonstrations"}
    assert taken == typed, "name each option in xlt/strategies/typed_options.py, and none besides"
