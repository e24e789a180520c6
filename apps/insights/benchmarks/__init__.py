"""Benchmarks: what an operation costs, next to a reference measured in the same run."""
