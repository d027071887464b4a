"""The benchmarks, one module each: `BENCHMARK` says all that xlt knows of it."""
