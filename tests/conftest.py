"""Fixtures and switches that every test shares."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # read when it is imported
# No test asserts on time: a busy machine is not a fault.
settings.register_profile("xlt", deadline=None)
settings.load_profile("xlt")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded samples beside the checkout; tests that use it are marked."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the recorded samples (../shared/data) are not on this machine")
    return SHARED_DATA


@pytest.fixture(scope="session", autouse=True)
def _quick_disk() -> Iterator[None]:
    """Leave out the flushes: no test cuts the power, and thousands of them take half a minute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda handle: None)
        yield


_LONG = 1000  # a module with a long test comes before all without


def pytest_configure(config: pytest.Config) -> None:
    config.option.loadscopereorder = False  # their order is that of the next function


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each module to one worker of pytest-xdist, those of many long tests first.

    What a module loads and sets up is then paid for once, and no long one is left to the end.
    """
    if not hasattr(config, "workerinput"):
        return
    weights = Counter[str]()
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
        weights[_group_of(item)] += _LONG if item.get_closest_marker("slow") else 1
    items.sort(key=lambda item: -weights[_group_of(item)])


def _group_of(item: pytest.Item) -> str:
    mark = item.get_closest_marker("xdist_group")
    assert mark is not None
    return str(mark.args[0])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--without-extras",
        action="store_true",
        help="skip a test where it meets an optional package that is not installed",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    from xlt.errors import MissingExtra

    try:
        return (yield)
    except (ModuleNotFoundError, MissingExtra, AssertionError) as error:
        # A command says what is missing in its output, which the failed assertion quotes.
        told = not isinstance(error, AssertionError) or "needs an extra: pip" in str(error)
        if not (told and item.config.getoption("--without-extras")):
            raise
        pytest.skip(f"an extra is not installed: {error}")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[Any]:
    report = yield
    if collector.config.getoption("--without-extras") and report.failed:
        missing = re.findall(r"ModuleNotFoundError: No module named .*", str(report.longrepr))
        if missing:
            report.outcome = "skipped"
            report.longrepr = (str(collector.path), 0, f"an extra is not installed: {missing[-1]}")
    return report


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Block sockets in every test but those marked for a real server on this machine."""
    if item.get_closest_marker("real_server") is None:
        import pytest_socket

        pytest_socket.disable_socket(allow_unix_socket=True)


def pytest_runtest_teardown() -> None:
    import pytest_socket

    pytest_socket.enable_socket()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that has the recorded samples beside it and yet skipped a test of them."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not SHARED_DATA.is_dir():
        return
    skipped = [
        one
        for one in reporter.stats.get("skipped", [])
        if "shared_data" in getattr(one, "keywords", ())
    ]
    if skipped:
        names = ", ".join(sorted({one.nodeid for one in skipped}))
        reporter.write_line(f"skipped though ../shared/data is there: {names}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
