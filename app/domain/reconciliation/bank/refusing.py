"""Why a file is no statement: the cause as a code, and the line of the file at fault where there is one."""

from app.kit.errors import InvalidInput


def refused(why: str, line: int | None = None, **params: str | int) -> InvalidInput:
    """`why` begins with bank_; `line` counts the file's lines from 1."""
    found = dict(params) if line is None else {**params, "line": line}
    return InvalidInput("file", why, **found)
