"""What clients send reaches the log as a short part of one line, or not at all."""

import io
import logging

import pytest

from app.kit.logs import CAUSE_LIMIT, MESSAGE_LIMIT, BoundedRecord, bound_log, one_line
from app.web import reports
from app.web.reports import REPORT_LIMIT, REPORTS, Allowance, is_event, report_page

EVIL = "first\r\nforged: line\x1b[31m\u202e" + "x" * 50_000


def written(error: BaseException | None = None, *, message: str = "said %s") -> str:
    """What a plain handler writes."""
    bound_log()
    stream = io.StringIO()
    logger = logging.Logger("test")
    logger.addHandler(logging.StreamHandler(stream))
    logger.error(message, EVIL, exc_info=error)
    return stream.getvalue()


def test_a_message_is_one_bounded_line():
    text = written()
    assert text.startswith("said first  forged: line")
    assert text.count("\n") == 1
    assert len(text) < MESSAGE_LIMIT + 10
    assert not {"\r", "\x1b", "\u202e"} & set(text)


def raised() -> BaseException:
    try:
        try:
            raise KeyError(EVIL)
        except KeyError as inner:
            raise ValueError(EVIL) from inner
    except ValueError as error:
        return error


def test_an_exception_is_shown_with_its_place_and_a_bounded_sentence():
    lines = written(raised(), message="said%.0s").splitlines()
    assert not any(line.startswith("forged") for line in lines)
    assert any("test_logs.py" in line and "raised" in line for line in lines)
    assert [line.partition(":")[0] for line in lines if "Error: " in line] == ["ValueError", "KeyError"]
    assert max(map(len, lines)) < CAUSE_LIMIT + 40


def test_a_chain_of_causes_ends():
    error: Exception = ValueError("0")
    for number in range(1, 50):
        following = ValueError(str(number))
        following.__cause__ = error
        error = following
    assert written(error).count("ValueError: ") == 4


def test_short_text_stays_as_it_is():
    assert one_line("Grüße, Wanjikũ", 20) == "Grüße, Wanjikũ"
    assert one_line("abc", 2) == "ab …"


def test_a_page_reports_a_little_and_not_too_often(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reports, "_allowance", Allowance())
    for _ in range(3 * REPORTS):
        report_page(Exception(EVIL))
    assert len(caplog.messages) == REPORTS
    assert all(len(text) < REPORT_LIMIT + 30 and "\n" not in text for text in caplog.messages)


def test_the_allowance_comes_back(monkeypatch: pytest.MonkeyPatch):
    allowance = Allowance()
    assert [allowance.take() for _ in range(REPORTS + 1)][-1] is False
    later = reports.time.monotonic() + reports.PER_SECONDS + 1
    monkeypatch.setattr(reports.time, "monotonic", lambda: later)
    assert allowance.take()


@pytest.mark.parametrize(
    ("data", "is_one"),
    [
        ({"name": "a.b", "payload": {}, "router_data": {}}, True),
        ({"name": "a.b"}, True),
        ("text", False),
        (["a"], False),
        (None, False),
        ({}, False),
        ({"name": 1}, False),
        ({"name": "x" * 301}, False),
        ({"name": "a.b", "payload": "text"}, False),
        ({"name": "a.b", "router_data": "text"}, False),
    ],
)
def test_what_has_an_events_shape(data: object, is_one: bool):
    assert is_event(data) is is_one


def test_the_application_bounds_its_log():
    import app.app

    assert app.app.app
    assert logging.getLogRecordFactory() is BoundedRecord
