"""Rate limits per address, in this process's memory or in a Redis that all processes share."""

import logging
import time
from functools import cache
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import HTTPConnection

from app import wiring
from app.kit.errors import TooManyRequests
from app.kit.metrics import LIMITED

log = logging.getLogger(__name__)
CODES = parse("120 per 10 minutes")
TRIES = parse("300 per 10 minutes")
"""Per address, and a whole meeting may share one: the limits per phone and per code are what stops guessing."""
REDIS_TIMEOUT_S = 0.2
REDIS_REST_S = 30
"""After a failure Redis is left alone for so long, and this process counts by itself."""

_local = MovingWindowRateLimiter(MemoryStorage())
_resting = {"until": 0.0}


@cache
def _shared(address: str) -> MovingWindowRateLimiter:
    storage = storage_from_string(
        address,
        wrap_exceptions=True,
        socket_timeout=REDIS_TIMEOUT_S,
        socket_connect_timeout=REDIS_TIMEOUT_S,
        key_prefix="sanduk-limits",
    )
    return MovingWindowRateLimiter(storage)


def check_rate(request: HTTPConnection, limit: RateLimitItem, what: str) -> None:
    """Count one request. Raises TooManyRequests(wait_s)."""
    network = network_of(client_address(request))
    shared = wiring.services().settings.redis_url
    if not shared or time.monotonic() < _resting["until"]:
        _count(_local, limit, what, network)
        return
    try:
        _count(_shared(shared), limit, what, network)
    except StorageError as error:
        _resting["until"] = time.monotonic() + REDIS_REST_S
        log.warning("The shared rate limits can't be reached, counting alone: %s", type(error.storage_error).__name__)
        _count(_local, limit, what, network)


def _count(limiter: MovingWindowRateLimiter, limit: RateLimitItem, what: str, network: str) -> None:
    if not limiter.hit(limit, what, network):
        LIMITED.labels(what).inc()
        reset_at = limiter.get_window_stats(limit, what, network).reset_time
        raise TooManyRequests(wait_s=max(1, ceil(reset_at - time.time())))


def client_address(request: HTTPConnection) -> str:
    """The address of the browser, as far as it can be trusted; empty on a unix socket without a proxy.

    With SANDUK_TRUSTED_PROXIES = n, the n-th entry of X-Forwarded-For from its end: each proxy of ours appends the
    address that spoke to it, and everything before that is the visitor's own invention. With 0 no header counts.
    """
    peer = request.client.host if request.client else ""
    proxies = wiring.services().settings.trusted_proxies
    if not proxies:
        return peer
    chain = [part.strip() for line in request.headers.getlist("x-forwarded-for") for part in line.split(",")]
    if len(chain) < proxies:
        return peer
    try:
        return str(ip_address(chain[-proxies].removeprefix("[").removesuffix("]")))
    except ValueError:
        return peer


def network_of(address: str) -> str:
    """What counts as one visitor: an IPv4 address, or the /64 network that an IPv6 customer has as her own."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))


def forget_all() -> None:
    """For tests that stand for different visitors."""
    _local.storage.reset()
    _resting["until"] = 0.0
