"""What Prometheus reads at /metrics. Labels come from closed lists: no address, person, group or code is ever one.

With PROMETHEUS_MULTIPROC_DIR (an empty folder per start) all worker processes are added up.
"""

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

REQUESTS = Counter("sanduk_http_requests_total", "Requests answered, by route", ["method", "route", "status"])
SECONDS = Histogram(
    "sanduk_http_seconds",
    "Time to the end of the answer, by route",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10),
)
EVENTS = Counter("sanduk_events_total", "Events of the pages, by handler", ["event"])
PAGE_FAILURES = Counter("sanduk_page_failures_total", "Defects that browsers reported")
CODES_SENT = Counter("sanduk_codes_sent_total", "One-time codes, by what became of them", ["channel", "outcome"])
CODES_CHECKED = Counter("sanduk_codes_checked_total", "Typed codes, by what they were", ["purpose", "outcome"])
LIMITED = Counter("sanduk_limited_total", "Requests refused by a rate limit", ["what"])
READY = Counter("sanduk_ready_total", "Answers of /ready", ["state"])

BOOKS_BAD = Gauge("sanduk_books_bad", "Groups whose books did not verify", multiprocess_mode="mostrecent")
BOOKS_LATE = Gauge("sanduk_books_late", "Groups not verified for 26 hours", multiprocess_mode="mostrecent")
CHECKPOINT_AGE = Gauge(
    "sanduk_checkpoint_age_seconds", "Since a checkpoint came to lie outside", multiprocess_mode="mostrecent"
)


def written() -> bytes:
    """Everything in Prometheus' text format."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)
