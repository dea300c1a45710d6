"""Benchmarks: `make bench`. Each compares us with what people would use instead, in one process on one machine."""
