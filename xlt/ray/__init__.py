"""xlt on more than one machine: Ray Data composes, sends and reads rows of any number.

`import ray` inside this package is Ray itself; this package is always `xlt.ray`.
"""

from xlt.ray.mapping import (
    compose_dataset,
    http_request,
    parse_dataset,
    read_http,
    read_vllm,
    vllm_request,
)
from xlt.ray.pacing import RateLimit
from xlt.ray.row_format import RowSettings
from xlt.ray.running import read_results, read_table, run_dataset
from xlt.ray.sending import Summary

__all__ = [
    "RateLimit",
    "RowSettings",
    "Summary",
    "compose_dataset",
    "http_request",
    "parse_dataset",
    "read_http",
    "read_results",
    "read_table",
    "read_vllm",
    "run_dataset",
    "vllm_request",
]
