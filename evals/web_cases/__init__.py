"""Addresses and pages that try to mislead, and what became of them: tests and the benchmark read the same tables."""
