"""Rate limits per address, in this process's memory."""

import time
from math import ceil

from fastapi import Request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from app.kit.errors import TooManyRequests

_limiter = MovingWindowRateLimiter(MemoryStorage())
CODES = parse("120 per 10 minutes")
TRIES = parse("300 per 10 minutes")
"""Per address, and a whole meeting may share one: the limits per phone and per code are what stops guessing."""


def check_rate(request: Request, limit: RateLimitItem, what: str) -> None:
    """Count one request. Raises TooManyRequests(wait_s)."""
    address = request.client.host if request.client else ""
    if not _limiter.hit(limit, what, address):
        reset_at = _limiter.get_window_stats(limit, what, address).reset_time
        raise TooManyRequests(wait_s=max(1, ceil(reset_at - time.time())))


def forget_all() -> None:
    """For tests that stand for different visitors."""
    _limiter.storage.reset()
