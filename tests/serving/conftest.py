"""Fixtures of the server's tests."""

import os
import shutil
import subprocess

import pytest


@pytest.fixture(scope="session")
def node_folder(tmp_path_factory):
    """A folder with OpenAI's package for Node.js; skips where it cannot be had."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not on this machine")
    folder = tmp_path_factory.mktemp("node")
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "openai@6"]
    try:
        made = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip("npm install took over two minutes")
    if made.returncode:
        pytest.skip(f"npm cannot install openai: {made.stderr[-200:]}")
    return folder


@pytest.fixture
def openai_for_node(node_folder):
    """Give what runs a module with OpenAI's package and returns what it prints."""

    def run(source):
        (node_folder / "example.mjs").write_text(source, encoding="utf-8")
        unset = {"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"}
        made = subprocess.run(
            ["node", "example.mjs"],
            cwd=node_folder,
            capture_output=True,
            text=True,
            timeout=60,
            env={name: one for name, one in os.environ.items() if name not in unset},
        )
        assert made.returncode == 0, made.stderr
        return made.stdout

    return run
