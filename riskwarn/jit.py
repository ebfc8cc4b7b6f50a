"""numba with the settings all kernels share."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

import numba
import numpy as np
from numba.core.caching import FunctionCache
from numba.core.sigutils import normalize_signature

P = ParamSpec("P")
R = TypeVar("R")
_NumbasCache: Any = FunctionCache  # numba says nothing of its types
_normal: Any = normalize_signature


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel: cached on disk, without the GIL, without fast-math (bits must not vary)."""
    compiled: Any = numba.njit(nogil=True)(function)
    if compiled is not function:  # NUMBA_DISABLE_JIT gives the function back
        with suppress(RuntimeError, OSError):  # no folder to write to: compiled in every run
            compiled._cache = _Cache(function)
    found: Callable[P, R] = compiled
    return found


class _Cache(_NumbasCache):  # type: ignore[misc]
    """numba's cache, which is never a reason to stop and never older than what went into it.

    numba itself looks at the kernel's own file only, and stops at a full disk or a torn file.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        super().__init__(function)
        self._cache_file._source_stamp = self.stamp = (
            self._cache_file._source_stamp,
            *_frozen_into(function),
        )

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            found = super().load_overload(sig, target_context)
        except Exception:  # a torn file may raise anything
            with suppress(Exception):
                self.flush()
            return None
        # Two processes that write at once may leave one signature's code under another's name.
        fits = found is None or tuple(found.signature.args) == tuple(_normal(sig)[0])
        return found if fits else None

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(Exception):  # a full disk, a folder taken away
            super().save_overload(sig, data)


def _frozen_into(function: Callable[..., object]) -> list[tuple[str, str]]:
    """What compiling takes in from outside the kernel's file: constants, and kernels it calls."""
    code: Any = function.__code__
    found = []
    for name in sorted(set(code.co_names)):
        value = function.__globals__.get(name)
        if isinstance(value, (bool, int, float, str, tuple, np.generic)):
            found.append((name, repr(value)))
        elif isinstance(value, np.ndarray):
            found.append((name, hashlib.sha256(value.tobytes()).hexdigest()))
        elif stamp := getattr(getattr(value, "_cache", None), "stamp", None):
            found.append((name, hashlib.sha256(repr(stamp).encode()).hexdigest()))
    return found
