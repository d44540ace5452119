"""Benchmarks of the whole product; see ``python -m tests.benchmarks --help``."""
