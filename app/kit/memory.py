"""How this process looks for objects that nobody holds any more."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 20_000
"""New objects, less those gone, before the youngest are looked at; Python's own choice is 700, for small programs."""


def settle() -> None:
    """From now on only what comes later is looked at, not every module, page and class that lives as long as the
    process: a look at all of them stops every answer for hundreds of milliseconds.

    Source: Python's documentation of `gc.freeze` and `gc.set_threshold`.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 50)


@contextmanager
def unwatched() -> Iterator[None]:
    """For pure work on many objects at once that makes no cycles: none is looked at until it ends.

    It is the whole process that doesn't look meanwhile, so it is for work of a second or so.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
