"""Memory that is free but still counted as this process's."""

import ctypes
import sys


def give_back() -> None:
    """Let the C library give what is free in its heaps back to the system.

    glibc keeps freed pages below the newest allocation; NumPy's arrays leave many between the
    stages of a night. Nothing happens where another C library runs.
    """
    if not sys.platform.startswith("linux"):
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc alone has it
    if trim is not None:
        trim(0)
