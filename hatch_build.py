"""The hooks of a build: where the project is published, and what xlt ships as one file."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

_ADDRESS = re.compile(  # what stands before @ may be a password, and is left out
    r"(?:https?|ssh)://(?:[^@/\s]*@)?((?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[\w.-]+?){2,})(?:\.git)?/?",
    re.ASCII | re.IGNORECASE,
)
_FORGES = {"github": "", "gitlab": "/-"}  # what stands before /blob, /raw and /issues there
_HERE = r"(?!https?:|mailto:|#)"
_PICTURE = re.compile(rf"!\[([^\]]*)\]\({_HERE}([^)\s]+)\)")
_LINK = re.compile(rf"(?<!!)\[(!\[[^\]]*\]\([^)]*\)|[^\[\]]*)\]\({_HERE}([^)\s]+)\)")
_CODE = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)


class Published(MetadataHookInterface):
    """Fills in the project's URLs, and the README as an index shows it, from its public address.

    The address is XLT_PROJECT_URL, else the checkout's remote "origin" where that is one of a
    forge. Without one there are only the URLs of pyproject.toml, and no link that leads nowhere.
    """

    def update(self, metadata: dict[str, Any]) -> None:
        """Add `urls` and `readme` to the project's table."""
        base, tag = public_address(self.root), f"v{metadata['version']}"
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        urls = dict(self.config["urls"])
        forge = next((one for one in _FORGES if base and one in base.split("/")[2]), None)
        if base:
            urls["Repository"] = base
        page = raw = None
        if forge is not None:
            page, raw = (f"{base}{_FORGES[forge]}/{kind}/{tag}" for kind in ("blob", "raw"))
            urls["Documentation"] = f"{page}/docs/index.md"
            urls["Changelog"] = f"{page}/CHANGELOG.md"
            urls["Issues"] = f"{base}{_FORGES[forge]}/issues"
        text = with_links(text, page, raw)
        if forge == "github":  # whose workflows .github holds
            for file in sorted((Path(self.root) / ".github/workflows").glob("*.yml")):
                flow = f"{base}/actions/workflows/{file.name}"
                badge = f"[![{file.stem.upper()}]({flow}/badge.svg)]({flow})"
                text = text.replace("[![", f"{badge}\n[![", 1)
        metadata["urls"] = urls
        metadata["readme"] = {"text": text, "content-type": "text/markdown"}


def public_address(root: str) -> str | None:
    """Return https://HOST/OWNER/NAME, None where there is none; ValueError for one that is not."""
    given = os.environ.get("XLT_PROJECT_URL")
    if not given and (Path(root) / ".git").exists():
        command = ["git", "-C", root, "remote", "get-url", "origin"]
        try:
            found = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        except FileNotFoundError:
            return None
    else:
        found = given or ""
    match = _ADDRESS.fullmatch(re.sub(r"^git@([^:/\s]+):", r"ssh://\1/", found.strip()))
    if given and match is None:
        raise ValueError("XLT_PROJECT_URL must be like https://github.com/OWNER/NAME.")
    return f"https://{match[1]}" if match else None


def with_links(text: str, page: str | None, raw: str | None) -> str:
    """Return Markdown whose relative links start at `page`, those of pictures at `raw`.

    Without them a link becomes its text, a picture what it shows.
    """
    picture = rf"![\1]({raw}/\2)" if raw else r"*Picture: \1.*"
    link = rf"[\1]({page}/\2)" if page else r"\1"
    pieces = _CODE.split(text)
    pieces[::2] = [_LINK.sub(link, _PICTURE.sub(picture, one)) for one in pieces[::2]]
    return "".join(pieces)


class CompileShipped(BuildHookInterface[Any]):
    """Puts xlt/templates/compiled.jsonl into the wheel; a fault in a shipped file ends the build.

    An editable install has no such file: a checkout compiles for itself when a file has changed.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from xlt.files.compiled import FILE, compile_shipped
        from xlt.files.templates import shipped_folder
        from xlt.linting import lint_file

        files = [one for one in shipped_folder().rglob("*") if one.suffix in (".j2", ".yaml")]
        faults = [str(fault) for file in sorted(files) for fault in lint_file(file)]
        if faults:
            raise ValueError("\n".join(faults))
        self._folder = tempfile.TemporaryDirectory()
        made = Path(self._folder.name) / FILE
        made.write_bytes(compile_shipped())
        build_data["force_include"][str(made)] = f"xlt/templates/{FILE}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self._folder.cleanup()
