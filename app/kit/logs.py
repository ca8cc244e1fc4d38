"""What may stand in the log: one line a message, of bounded length, whoever wrote a part of it.

Libraries put what a client sent into their messages and their exceptions. Such text can't begin a line of its own, and
it can't fill a disk.
"""

import logging
import traceback
from contextlib import suppress
from typing import Any

MESSAGE_LIMIT = 600
"""Symbols of a message."""
CAUSE_LIMIT = 300
"""Symbols of what an exception says."""
FRAMES = 24
CHAIN = 4
"""Exceptions shown of a chain of causes, the last one first."""


def one_line(text: str, limit: int) -> str:
    """The text's beginning without anything that ends a line, moves a cursor or hides."""
    shown = "".join(c if c.isprintable() else " " for c in text[:limit])
    return f"{shown} …" if len(text) > limit else shown


def trace(error: BaseException) -> str:
    """Where it happened, the latest FRAMES calls, and what it says; the same of its causes."""
    parts: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(parts) < CHAIN:
        frames = "".join(traceback.format_tb(cause.__traceback__)[-FRAMES:])
        parts.append(f"{frames}{type(cause).__name__}: {one_line(str(cause), CAUSE_LIMIT)}")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n  caused by:\n".join(parts)


class BoundedRecord(logging.LogRecord):
    """A record whose message is one line and whose trace is bounded, for every handler and formatter.

    What a formatter makes of it afterwards, an object in JSON say, is whole.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if self.exc_info and self.exc_info[1] is not None:
            self.exc_text = trace(self.exc_info[1])
        with suppress(TypeError, ValueError):  # arguments that don't fit are the handler's to report
            self.msg, self.args = one_line(super().getMessage(), MESSAGE_LIMIT), ()


def bound_log() -> None:
    """From now on, in this process. Repeating changes nothing."""
    logging.setLogRecordFactory(BoundedRecord)
