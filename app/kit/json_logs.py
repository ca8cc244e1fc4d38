"""Logs for machines: one JSON object a line on stderr, without personal data.

Nothing writes phones, names or codes to a log; what looks like a number of a person or a token all the same, in the
message of a foreign library say, is masked on its way out. Of an exception only kinds and places are told: its message
may quote what somebody typed.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

QUIET = ("httpx", "httpcore", "sqlalchemy", "asyncio", "socketio", "engineio")
OWN_HANDLERS = ("_granian", "granian.access")
"""Loggers of the server, which otherwise write by themselves."""
_MASKS = (
    (re.compile(r"(?<![\w.:/-])\+?\d(?:[ ()-]?\d){8,14}(?![\w:/-])"), "[number]"),
    (re.compile(r"(?<![\w.:/-])\d{6}(?![\w:/-])"), "[digits]"),
    (re.compile(r"(?<![\w/-])(?=[\w-]*\d)[A-Za-z0-9_-]{40,}(?![\w/-])"), "[token]"),
    (re.compile(r"[?&](?:token|code)=[^&\s\"']+"), "?[query]"),
)
CHAIN, FRAMES = 5, 30
KEPT = frozenset({"timestamp", "level", "logger", "request_id"})


def masked(text: str) -> str:
    """The text without what looks like a phone, a one-time code or a token."""
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return text


def mask(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in entry.items():
        if key not in KEPT and isinstance(value, str):
            entry[key] = masked(value)
    return entry


def trace(exception: BaseException) -> list[dict[str, Any]]:
    """Kinds and places of an exception and of what caused it, the innermost last; no messages, no variables."""
    found: list[dict[str, Any]] = []
    one: BaseException | None = exception
    while one is not None and len(found) < CHAIN:
        frames = traceback.extract_tb(one.__traceback__)[-FRAMES:]
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        found.append({"kind": f"{type(one).__module__}.{type(one).__qualname__}", "at": places})
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return found


def tell_exception(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    given = entry.pop("exc_info", None)
    entry.pop("stack_info", None)
    if given is True:
        given = sys.exc_info()
    exception = given[1] if isinstance(given, tuple) else given
    if isinstance(exception, BaseException):
        entry["exception"] = trace(exception)
    return entry


def formatter() -> logging.Formatter:
    before = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            tell_exception,
            mask,
            structlog.processors.JSONRenderer(default=repr),
        ],
    )


def configure() -> None:
    """From now on every logger of this process writes JSON. Repeating changes nothing."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in OWN_HANDLERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
