"""Linting definition files and templates: every fault, with its line and column."""

from xlt.linting.definition_files import lint_file

__all__ = ["lint_file"]
