"""Explicit loops, compiled by Numba. A kernel is arithmetic: no checks, no dtypes, no layouts."""
