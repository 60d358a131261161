"""Memory that is given back: how the C library keeps what a process has freed.

By itself glibc has a heap for almost every thread, up to eight for each processor, and keeps in each what was freed
there. A server whose threads each had a few large texts once held three times as much as it used, and slowly more
(`tools.soak`; mallopt(3)). Here there are two heaps, and what is large is not put into them.
"""

from __future__ import annotations

import ctypes
import os

LARGE_BYTES = 1024 * 1024
HEAPS = 2

# Their numbers in malloc.h, and what somebody who sets them by hand says instead.
_OPTIONS = (
    (-8, HEAPS, "MALLOC_ARENA_MAX"),
    (-3, LARGE_BYTES, "MALLOC_MMAP_THRESHOLD_"),
    (-1, LARGE_BYTES, "MALLOC_TRIM_THRESHOLD_"),
)


def give_memory_back() -> None:
    """Set this for the process, before it has threads. Nothing happens where the C library is another one."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return
    for option, value, by_hand in _OPTIONS:
        if by_hand not in os.environ:
            mallopt(option, value)
