"""What a log line says, and what it never says."""

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO

import pytest

from app.kit import json_logs
from app.kit.logs import MESSAGE_LIMIT, bound_log

PHONE, NAME, CODE, TOKEN = "+254712345678", "Wanjiku Kamau", "483920", "q3XyZ0-Abc_" * 5


@pytest.fixture
def written() -> Iterator[Callable[[], dict[str, object]]]:
    """The last line that a logger wrote, read back."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(json_logs.formatter())
    logger = logging.getLogger("sanduk.test")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lambda: json.loads(stream.getvalue().splitlines()[-1])
    logger.removeHandler(handler)


log = logging.getLogger("sanduk.test")


@pytest.mark.parametrize(
    "secret",
    [PHONE, PHONE[1:], "0712 345 678", "+91 98765-43210", CODE, TOKEN, "a?token=abc", "(0712) 345678", f"code {CODE}."],
)
def test_what_looks_like_a_person_is_masked(written: Callable[[], dict[str, object]], secret: str):
    log.info("refused %s by them", secret)
    line = written()
    assert secret not in str(line["event"])
    assert "[" in str(line["event"])


@pytest.mark.parametrize(
    "plain",
    [
        "2026-11-21T08:00:00",
        "019a3c1e-7d2b-7c4e-9f00-123456789abc",
        "app/api/session.py:123",
        "took 1234.5 ms",
        "port 65535",
        "PostgreSQL 18.1 (Debian 18.1-1)",
    ],
)
def test_what_an_operator_needs_stays(written: Callable[[], dict[str, object]], plain: str):
    log.info("it was %s", plain)
    assert plain in str(written()["event"])


def test_an_exception_tells_kinds_and_places_and_no_message(written: Callable[[], dict[str, object]]):
    def inner(name: str) -> None:
        msg = f"no member {name} with {PHONE}"
        raise ValueError(msg)

    def outer() -> None:
        try:
            inner(NAME)
        except ValueError as error:
            msg = f"import of {NAME} failed"
            raise RuntimeError(msg) from error

    try:
        outer()
    except RuntimeError:
        log.exception("event failed")
    line = written()
    chain = line["exception"]
    assert isinstance(chain, list)
    assert [one["kind"] for one in chain] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert chain[1]["at"][-1].endswith(" inner")
    assert all(secret not in json.dumps(line) for secret in (NAME, "Wanjiku", PHONE[-9:], "locals"))


def test_a_line_is_one_line_whatever_is_in_it(written: Callable[[], dict[str, object]]):
    log.warning("first\nsecond %s", "\x1b[31mred\u2028")
    line = written()
    assert set(line) >= {"timestamp", "level", "logger", "event"}


def test_a_long_line_is_bounded_and_still_an_object(written: Callable[[], dict[str, object]]):
    """The bound holds for what was said, not for the object that carries it and its trace."""

    def fall(depth: int) -> None:
        if depth == 0:
            raise ValueError
        fall(depth - 1)

    bound_log()
    try:
        fall(25)
    except ValueError:
        log.exception("event failed %s", "x " * 5000)
    line = written()
    assert len(str(line["event"])) < MESSAGE_LIMIT + 10
    assert "fall" in str(line["exception"])
