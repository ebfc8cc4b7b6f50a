"""numba with the settings all kernels share."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numba

P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel: cached on disk, without the GIL, without fast-math (bits must not vary)."""
    compiled: Callable[P, R] = numba.njit(cache=True, nogil=True)(function)
    return compiled
