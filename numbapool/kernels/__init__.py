"""Plain Numba loops: no checks, no dtypes, no layouts; what they are given is right."""
