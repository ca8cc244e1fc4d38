"""The Twilio Verify client against a stateful counterpart of its API on loopback."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
import pytest_asyncio

from app.domain.identity.ports import NotChecked, NotDelivered
from app.integrations.twilio_verify import TwilioVerify
from tests.factories.twilio_counterpart import (
    KEY,
    LIFETIME_S,
    SECRET,
    SERVICE,
    Counterpart,
    running_counterpart,
)
from tests.services.identity.signing_in import new_phone, other_than


@pytest.fixture(scope="module")
def twilio() -> Iterator[Counterpart]:
    with running_counterpart() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def client(twilio: Counterpart) -> AsyncIterator[TwilioVerify]:
    made = TwilioVerify(key=KEY, secret=SECRET, service=SERVICE, url=twilio.url, total_s=2.0)
    yield made
    await made.close()


async def send(client: TwilioVerify, phone: str, channel: str = "sms") -> str:
    return await client.send(uuid4(), phone, "", "en", channel)


async def why_not_sent(client: TwilioVerify, phone: str, channel: str = "sms") -> str:
    with pytest.raises(NotDelivered) as caught:
        await send(client, phone, channel)
    assert phone[-6:] not in repr(caught.value)
    assert caught.value.__cause__ is None
    return caught.value.why


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
async def test_a_right_code_is_right_once(client: TwilioVerify, twilio: Counterpart, channel: str):
    phone = new_phone()
    sid = await send(client, phone, channel)
    assert twilio.messages[-1][:2] == (phone, channel)
    code = twilio.code_of(phone)
    assert not await client.check(sid, other_than(code))
    assert await client.check(sid, code)
    assert not await client.check(sid, code)


async def test_sent_again_it_is_the_same_code(client: TwilioVerify, twilio: Counterpart):
    phone = new_phone()
    first = await send(client, phone)
    code = twilio.code_of(phone)
    assert await send(client, phone, "whatsapp") == first
    assert twilio.code_of(phone) == code
    assert await client.check(first, code)


async def test_anothers_code_is_wrong(client: TwilioVerify, twilio: Counterpart):
    mine, other = new_phone(), new_phone()
    sid, _ = await send(client, mine), await send(client, other)
    if twilio.code_of(mine) != twilio.code_of(other):
        assert not await client.check(sid, twilio.code_of(other))


async def test_an_expired_code_is_wrong(client: TwilioVerify, twilio: Counterpart):
    phone = new_phone()
    sid = await send(client, phone)
    twilio.ahead_s += LIFETIME_S
    assert not await client.check(sid, twilio.code_of(phone))


async def test_five_checks_and_no_more(client: TwilioVerify, twilio: Counterpart):
    phone = new_phone()
    sid = await send(client, phone)
    code = twilio.code_of(phone)
    for _ in range(5):
        assert not await client.check(sid, other_than(code))
    assert not await client.check(sid, code)
    assert twilio.met[-1][3]["code"] == 60202
    fresh = await send(client, phone)
    assert fresh != sid
    assert await client.check(fresh, twilio.code_of(phone))


async def test_five_sends_and_no_more(client: TwilioVerify, twilio: Counterpart):
    phone = new_phone()
    for _ in range(5):
        await send(client, phone)
    assert await why_not_sent(client, phone) == "sends used up (60203)"


async def test_nothing_sent_is_asked_about_all_the_same(client: TwilioVerify, twilio: Counterpart):
    before = len(twilio.met)
    assert not await client.check("", "123456")
    path, form, status, body = twilio.met[before]
    assert path.endswith("/VerificationCheck")
    assert len(form["VerificationSid"]) == 34
    assert (status, body["code"]) == (404, 20404)


async def test_a_blocked_prefix_and_the_other_channel(client: TwilioVerify, twilio: Counterpart):
    phone = "+254799" + new_phone()[-6:]
    twilio.blocked = ("+254799",)
    assert await why_not_sent(client, phone) == "prefix blocked (60410)"
    assert phone in twilio.met[-1][3]["message"]
    await send(client, phone, "whatsapp")
    twilio.blocked = ()


async def test_what_the_api_refuses(client: TwilioVerify, twilio: Counterpart):
    assert await why_not_sent(client, "not-a-phone-number") == "parameter refused (60200)"
    phone = new_phone()
    twilio.landlines.add(phone)
    assert await why_not_sent(client, phone) == "landline (60205)"
    stranger = TwilioVerify(key=KEY, secret="x" * 30, service=SERVICE, url=twilio.url)
    assert await why_not_sent(stranger, new_phone()) == "credentials refused (20003)"
    with pytest.raises(NotChecked, match="20003"):
        await stranger.check("", "123456")
    await stranger.close()
    elsewhere = TwilioVerify(key=KEY, secret=SECRET, service="VA" + "0" * 32, url=twilio.url)
    assert await why_not_sent(elsewhere, new_phone()) == "nothing pending (20404)"
    await elsewhere.close()


async def test_two_at_once_for_one_phone(client: TwilioVerify, twilio: Counterpart):
    phone = new_phone()
    twilio.hold_s = 0.2
    results = await asyncio.gather(send(client, phone), send(client, phone), return_exceptions=True)
    twilio.hold_s = 0.0
    refused = [one.why for one in results if isinstance(one, NotDelivered)]
    assert refused == ["too many at once for the phone (60212)"]


@pytest.mark.parametrize(("faults", "calls"), [(["retry"], 2), ([429], 2), ([429, 429], 3)])
async def test_a_plain_429_is_tried_again(client: TwilioVerify, twilio: Counterpart, faults: list, calls: int):
    phone, before = new_phone(), len(twilio.met)
    twilio.faults = faults
    await send(client, phone)
    assert len(twilio.met) - before == calls
    assert [to for to, _, _ in twilio.messages].count(phone) == 1


@pytest.mark.parametrize(
    ("faults", "why"),
    [
        ([429] * 3, "too many requests (20429)"),
        ([500], "refused (500)"),
        ([503], "refused (503)"),
        (["drop"], "RemoteProtocolError"),
        (["html"], "an answer that is no verification"),
    ],
)
async def test_where_a_message_may_have_gone_nothing_is_tried_again(
    client: TwilioVerify, twilio: Counterpart, faults: list, why: str
):
    twilio.faults = list(faults)
    assert await why_not_sent(client, new_phone()) == why
    assert twilio.faults == []
    await send(client, new_phone())
    twilio.faults = list(faults)
    with pytest.raises(NotChecked):
        await client.check("VE" + "0" * 32, "123456")
    assert twilio.faults == []


async def test_a_slow_answer_is_not_waited_for(client: TwilioVerify, twilio: Counterpart):
    phone = new_phone()
    twilio.faults = [3.0]
    started = time.monotonic()
    assert await why_not_sent(client, phone) == "no answer in time"
    assert time.monotonic() - started < 2.5
    assert [to for to, _, _ in twilio.messages].count(phone) == 1
    sid = await send(client, phone)
    assert await client.check(sid, twilio.code_of(phone)), "the next sending brings the same code"


async def test_nobody_listens():
    nowhere = TwilioVerify(key=KEY, secret=SECRET, service=SERVICE, url="http://127.0.0.1:1")
    assert await why_not_sent(nowhere, new_phone()) == "no connection"
    with pytest.raises(NotChecked, match="no connection"):
        await nowhere.check("", "123456")
    await nowhere.close()


async def test_neither_phone_nor_code_nor_secret_is_logged(
    client: TwilioVerify, twilio: Counterpart, caplog: pytest.LogCaptureFixture
):
    for name in ("", "httpx", "httpcore"):  # whatever another test of this process has quieted
        caplog.set_level(logging.DEBUG, logger=name)
    phone = new_phone()
    sid = await send(client, phone)
    code = twilio.code_of(phone)
    await client.check(sid, code)
    twilio.blocked = (phone,)
    await why_not_sent(client, phone)
    twilio.blocked = ()
    assert caplog.text
    for secret in (phone, phone[1:], phone[-9:], code, SECRET):
        assert secret not in caplog.text
