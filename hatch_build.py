"""The build hook: what xlt ships is checked, and compiled into one file of the wheel."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


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
