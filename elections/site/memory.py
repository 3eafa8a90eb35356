"""What memory a process takes, how it gives some back, and what it may remember."""

import ctypes
import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

from elections.site import settings

Found = TypeVar("Found")


def resident() -> int:
    """Return the bytes of memory that this process takes, what it shares with others included; 0 if it is not known."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def trimmer() -> Callable[[int], int]:
    """Return what has the C library give free memory back to the machine; on others than Linux, nothing."""
    try:
        return cast(Callable[[int], int], ctypes.CDLL(None).malloc_trim)
    except (AttributeError, OSError, TypeError):
        return lambda left: 0


trim = trimmer()


def remember_short(function: Callable[[str], Found], most: int) -> Callable[[str], Found]:
    """Remember what a function gives for so many texts, none of them long: visitors send them."""
    known = functools.lru_cache(maxsize=most)(function)
    return lambda text: known(text) if len(text) <= settings.LONGEST_REMEMBERED else function(text)
