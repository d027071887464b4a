"""Rows of data files as requests: the one reader of every command, of evaluation and of Ray."""

from xlt.rows.gold import Gold, read_gold
from xlt.rows.table_files import read_lines, read_rows
from xlt.rows.task_rows import Columns, TaskRow, parse_columns, read_task_row, read_task_rows

__all__ = [
    "Columns",
    "Gold",
    "TaskRow",
    "parse_columns",
    "read_gold",
    "read_lines",
    "read_rows",
    "read_task_row",
    "read_task_rows",
]
