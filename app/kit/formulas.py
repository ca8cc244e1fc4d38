"""Cells that a spreadsheet would run; they stay text here; pure."""

import re

_PROTECTED = re.compile(r'="([^"=]*)"')
_NUMBER = re.compile(r"[+\-][\d\s().,\-]*")


def is_formula(text: str) -> bool:
    """`=HYPERLINK(...)`, `@SUM(...)`, `+A1`; not `+254 700...` or `-5`, nor `="0700..."`, which only protects text."""
    text = text.strip()
    if _PROTECTED.fullmatch(text) or _NUMBER.fullmatch(text):
        return False
    return text.startswith(("=", "@", "+", "-"))


def unprotected(text: str) -> str:
    """`="0700000101"` as `0700000101`: how spreadsheets keep zeros at the start. Other text is returned as it is."""
    match = _PROTECTED.fullmatch(text.strip())
    return match[1] if match else text
