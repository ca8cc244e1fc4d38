"""What would leave for Sentry: kinds and places of a defect, and nothing of a person."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.transport import Transport

from app.integrations import sentry

PHONE, NAME = "+254712345678", "Wanjiku Kamau"
sent: list[Any] = []


class Kept(Transport):
    def capture_envelope(self, envelope: Any) -> None:
        sent.extend(item.payload.json for item in envelope.items if item.payload.json)


@pytest.fixture(autouse=True)
def started() -> Iterator[None]:
    sent.clear()
    sentry.start("https://key@sentry.example/1", environment="test", transport=Kept)
    yield
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def test_a_defect_is_told_without_its_persons():
    def pay(phone: str, name: str) -> None:
        local = f"{phone} {name}"
        msg = f"no member {local}"
        raise ValueError(msg)

    sentry_sdk.set_user({"id": PHONE})
    try:
        pay(PHONE, NAME)
    except ValueError:
        logging.getLogger("sanduk.web").exception("event failed for %s", PHONE)
    sentry_sdk.flush()
    text = json.dumps(sent)
    assert len(sent) == 1
    assert sent[0]["exception"]["values"][0]["type"] == "ValueError"
    assert any(frame["function"] == "pay" for frame in sent[0]["exception"]["values"][0]["stacktrace"]["frames"])
    for secret in (PHONE, PHONE[1:], PHONE[-9:], NAME, "Wanjiku", '"vars"'):
        assert secret not in text, secret
    options = sentry_sdk.get_client().options
    assert options["include_local_variables"] is False
    assert not options["send_default_pii"]


def test_the_leak_is_there_without_our_settings():
    """The control: the SDK as it comes sends local variables."""

    def pay(phone: str) -> None:
        raise ValueError(phone[:1])

    sentry_sdk.get_client().close()
    sentry_sdk.init(dsn="https://key@sentry.example/1", transport=Kept, default_integrations=False)
    try:
        pay(PHONE)
    except ValueError as error:
        sentry_sdk.capture_exception(error)
    sentry_sdk.flush()
    assert PHONE in json.dumps(sent)
