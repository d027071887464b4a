"""What the package index shows: the project's URLs and its README, from the public address."""

import importlib.util
import re
import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes

import pytest
from blocks import ROOT

from xlt.version import __version__

PAPER = "https://arxiv.org/abs/2305.07004"
RELATIVE = re.compile(r"\]\((?!https://|#)")


@pytest.fixture
def hooks(monkeypatch):
    """The module of the build hooks, where no address is given."""
    monkeypatch.delenv("XLT_PROJECT_URL", raising=False)
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Give what makes a checkout, with a remote or none, of all that a wheel is built from."""
    monkeypatch.delenv("XLT_PROJECT_URL", raising=False)

    def make(remote):
        folder = tmp_path / "checkout"
        for name in ("xlt", "templates", ".github"):
            if (ROOT / name).exists():  # an sdist has no workflow
                ignore = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, folder)
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
        if remote:
            git = ["git", "-C", str(folder), "remote", "add", "origin", remote]
            subprocess.run(git, check=True)
        return folder

    return make


def metadata_of(hooks, monkeypatch, address):
    monkeypatch.setenv("XLT_PROJECT_URL", address)
    metadata = {"version": "1.2.3"}
    hooks.Published(str(ROOT), {"urls": {"Paper": PAPER}}).update(metadata)
    return metadata["urls"], metadata["readme"]["text"]


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/owner/name.git", "https://github.com/owner/name"),
        ("http://github.com/owner/name/", "https://github.com/owner/name"),
        ("https://me:ghp_secret@github.com/owner/name", "https://github.com/owner/name"),
        ("git@gitlab.com:group/part/name.git", "https://gitlab.com/group/part/name"),
        ("ssh://git@gitlab.example.org/group/name", "https://gitlab.example.org/group/name"),
        ("https://github.com/owner/name.py.git", "https://github.com/owner/name.py"),
        ("/srv/git/owner/name.git", None),
        ("../name", None),
        ("file:///srv/git/owner/name.git", None),
        ("https://localhost/owner/name", None),
        ("https://10.0.0.7/owner/name", None),
        ("https://github.com:8443/owner/name", None),
        ("https://github.com/owner", None),
        ("me@host:owner/name", None),
    ],
)
def test_the_address_is_the_one_of_a_forge(hooks, tmp_path, remote, address):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert hooks.public_address(str(tmp_path)) is None
    git = ["git", "-C", str(tmp_path), "remote", "add", "origin", remote]
    subprocess.run(git, check=True)
    assert hooks.public_address(str(tmp_path)) == address


def test_the_remote_of_a_repository_around_it_is_not_its_own(hooks, tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    git = ["git", "-C", str(tmp_path), "remote", "add", "origin", "https://github.com/a/b"]
    subprocess.run(git, check=True)
    (tmp_path / "vendored").mkdir()
    assert hooks.public_address(str(tmp_path / "vendored")) is None


def test_an_address_that_was_given_counts_or_is_refused(hooks, monkeypatch, tmp_path):
    monkeypatch.setenv("XLT_PROJECT_URL", "https://gitlab.com/owner/name")
    assert hooks.public_address(str(tmp_path)) == "https://gitlab.com/owner/name"
    monkeypatch.setenv("XLT_PROJECT_URL", "/srv/git/name")
    with pytest.raises(ValueError, match="https://github.com/OWNER/NAME"):
        hooks.public_address(str(tmp_path))


@pytest.mark.parametrize(
    ("base", "between"),
    [("https://github.com/owner/name", ""), ("https://gitlab.com/owner/name", "/-")],
)
def test_urls_and_links_lead_to_the_tag(hooks, monkeypatch, base, between):
    urls, text = metadata_of(hooks, monkeypatch, base)
    assert urls == {
        "Paper": PAPER,
        "Repository": base,
        "Documentation": f"{base}{between}/blob/v1.2.3/docs/index.md",
        "Changelog": f"{base}{between}/blob/v1.2.3/CHANGELOG.md",
        "Issues": f"{base}{between}/issues",
    }
    assert RELATIVE.findall(text) == []
    assert f"]({base}{between}/raw/v1.2.3/docs/serve.png)" in text
    assert f"[`xlt serve`]({base}{between}/blob/v1.2.3/docs/how-to/serve.md)" in text
    for path in re.findall(rf"\]\({base}{between}/(?:blob|raw)/v1.2.3/([^)]*)\)", text):
        assert not (ROOT / "docs").exists() or (ROOT / path).exists()


@pytest.mark.skipif(not (ROOT / ".github").exists(), reason="an sdist has no workflow")
def test_the_state_of_ci_is_a_badge_where_ci_runs(hooks, monkeypatch):
    flow = "https://github.com/owner/name/actions/workflows/ci.yml"
    badge = f"[![CI]({flow}/badge.svg)]({flow})\n"
    assert badge in metadata_of(hooks, monkeypatch, "https://github.com/owner/name")[1]
    assert "badge.svg" not in metadata_of(hooks, monkeypatch, "https://gitlab.com/owner/name")[1]


def test_of_a_forge_that_is_not_known_only_the_address_is_told(hooks, monkeypatch):
    urls, text = metadata_of(hooks, monkeypatch, "https://code.example.org/owner/name")
    assert urls == {"Paper": PAPER, "Repository": "https://code.example.org/owner/name"}
    assert RELATIVE.findall(text) == []


def test_links_that_would_lead_nowhere_become_what_they_show(hooks):
    text = (
        "![A page](a.png) [`code`](b.md#part) [top](#top) ![logo](https://a.org/b.svg)\n"
        "[![Badge](https://a.org/c.svg)](LICENSE)\n```python\nf[0](x)\n```\n"
    )
    assert hooks.with_links(text, None, None) == (
        "*Picture: A page.* `code` [top](#top) ![logo](https://a.org/b.svg)\n"
        "![Badge](https://a.org/c.svg)\n```python\nf[0](x)\n```\n"
    )
    assert hooks.with_links(text, "https://p", "https://r") == (
        "![A page](https://r/a.png) [`code`](https://p/b.md#part) [top](#top) "
        "![logo](https://a.org/b.svg)\n"
        "[![Badge](https://a.org/c.svg)](https://p/LICENSE)\n```python\nf[0](x)\n```\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("remote", ["https://me:secret@github.com/owner/name.git", None])
def test_a_wheel_tells_what_its_checkout_is(checkout, tmp_path, remote):
    folder, made = checkout(remote), tmp_path / "made"
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(made)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    (wheel,) = made.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        found = message_from_bytes(archive.read(f"xlt-{__version__}.dist-info/METADATA"))
    urls = dict(one.split(", ") for one in found.get_all("Project-URL"))
    text = found.get_payload(decode=True).decode()
    assert "Dynamic" not in found
    assert found["Description-Content-Type"] == "text/markdown"
    assert "secret" not in found.as_string()
    assert RELATIVE.findall(text) == []
    assert urls["Paper"] == PAPER
    assert urls.get("Repository") == (remote and "https://github.com/owner/name")
    assert (f"https://github.com/owner/name/raw/v{__version__}/docs/serve.png" in text) == (
        remote is not None
    )
