"""Canonical JSON (RFC 8785) of texts and whole numbers: the bytes that are hashed and signed, thousands a second.

For such values the standard library writes the same bytes as the package `rfc8785`, several times faster; a property
test holds them against each other. Whatever holds a fraction goes through the package.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

one_line: Callable[[Any], str] = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
).encode
"""One line: keys sorted (they are ASCII), nothing between, characters as they are."""


def encode(value: Mapping[str, Any]) -> bytes:
    """UTF-8. Numbers stay within 2^53. UnicodeEncodeError for half a surrogate pair, which has no bytes."""
    return one_line(value).encode()


def require_exact(value: object) -> None:
    """Raises ValueError for a number whose form `encode` doesn't answer for: a fraction, or 2^53 and beyond."""
    if isinstance(value, Mapping):
        for inner in value.values():
            require_exact(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            require_exact(inner)
    elif isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**53):
        msg = "only whole numbers below 2^53 are signed"
        raise ValueError(msg)
