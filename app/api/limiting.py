"""Rate limits per address, in this process's memory."""

from fastapi import Request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from app.kit.errors import TooManyRequests

_limiter = MovingWindowRateLimiter(MemoryStorage())
CODES = parse("20 per 10 minutes")
TRIES = parse("60 per 10 minutes")


def check_rate(request: Request, limit: RateLimitItem, what: str) -> None:
    """Count one request. Raises TooManyRequests(wait_s)."""
    address = request.client.host if request.client else ""
    if not _limiter.hit(limit, what, address):
        raise TooManyRequests(wait_s=limit.get_expiry() // 10)


def forget_all() -> None:
    """For tests that stand for different visitors."""
    _limiter.storage.reset()
