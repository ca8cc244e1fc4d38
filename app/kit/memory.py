"""How this process looks for objects that nobody holds any more."""

import gc

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
