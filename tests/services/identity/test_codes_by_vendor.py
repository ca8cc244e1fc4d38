"""Codes that the vendor makes: counted here, compared there, the same answers for an unlisted phone."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import psycopg
import pytest
import pytest_asyncio

from app.domain.identity import codes, sending
from app.domain.identity.asking import Asker, CodePolicy, make_proof
from app.domain.identity.errors import CodeUnchecked
from app.domain.identity.views import CodeChecked
from app.integrations.twilio_verify import TwilioVerify
from app.kit.actor import NOBODY
from app.kit.db import Database, clock_of, keyring_of, psycopg_url
from app.kit.errors import InvalidInput
from tests.factories.twilio_counterpart import KEY, SECRET, SERVICE, Counterpart, running_counterpart
from tests.services.identity.conftest import MovedClock
from tests.services.identity.signing_in import listed_phone, new_person, new_phone, other_than


@dataclass
class Vendor:
    """One installation with its vendor."""

    base: Database
    sender: TwilioVerify
    twilio: Counterpart

    async def ask(self, phone: str, channel: str = "sms", asker: Asker | None = None) -> tuple[UUID, str]:
        """A request, and what became of its code."""
        request_id = uuid4()
        async with self.base.transaction(NOBODY) as session:
            started = await codes.start_code(
                session, phone, purpose="sign_in", request_id=request_id, asker=asker, channel=channel
            )
        assert started.code is None
        return request_id, await sending.deliver(self.base, self.sender, started)

    async def known(self, phone: str) -> Asker:
        """A browser that has signed in with the phone."""
        async with self.base.transaction(NOBODY) as session:
            return Asker(proof=make_proof(keyring_of(session), phone, clock_of(session).now()))

    async def check(self, request_id: UUID, code: str) -> CodeChecked:
        return await sending.check(self.base, self.sender, request_id, code)


@pytest.fixture(scope="module")
def twilio() -> Iterator[Counterpart]:
    with running_counterpart() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def vendor(
    app_url: str, tools: dict[str, object], clock: MovedClock, twilio: Counterpart
) -> AsyncIterator[Vendor]:
    base = Database(psycopg_url(app_url), tools={**tools, "clock": clock, "codes": CodePolicy(by_provider=True)})
    sender = TwilioVerify(key=KEY, secret=SECRET, service=SERVICE, url=twilio.url)
    yield Vendor(base, sender, twilio)
    await sender.close()
    await base.close()


async def test_the_right_code_names_the_phone_once(vendor: Vendor):
    phone = await listed_phone(vendor.base)
    request_id, outcome = await vendor.ask(phone, "whatsapp")
    assert outcome == "sent"
    assert vendor.twilio.messages[-1][:2] == (phone, "whatsapp")
    code = vendor.twilio.code_of(phone)
    assert (await vendor.check(request_id, f" {code[:3]} {code[3:]}")).phone == phone
    assert (await vendor.check(request_id, code)).failure == "expired"


async def test_a_code_belongs_to_the_request_that_asked(vendor: Vendor):
    """The same digits, typed for another phone's request, are wrong."""
    phone, other = await listed_phone(vendor.base), await listed_phone(vendor.base)
    await vendor.ask(phone)
    request_id, _ = await vendor.ask(other)
    if vendor.twilio.code_of(phone) != vendor.twilio.code_of(other):
        assert (await vendor.check(request_id, vendor.twilio.code_of(phone))).failure == "wrong"


async def test_attempts_are_counted_here_too(vendor: Vendor):
    phone = await listed_phone(vendor.base)
    request_id, _ = await vendor.ask(phone)
    code = vendor.twilio.code_of(phone)
    results = await asyncio.gather(*[vendor.check(request_id, other_than(code)) for _ in range(8)])
    assert sorted((one.failure, one.left) for one in results) == [("expired", 0)] * 5 + [
        ("wrong", left) for left in (1, 2, 3)
    ]
    before = len(vendor.twilio.met)
    assert (await vendor.check(request_id, code)).failure == "expired"
    assert len(vendor.twilio.met) == before, "an exhausted request is not asked about"


async def test_strangers_leave_the_last_try_to_a_browser_that_the_phone_knows(vendor: Vendor):
    """Twilio has one code for a phone, however many asked, and compares it five times."""
    phone = await listed_phone(vendor.base)
    mine, _ = await vendor.ask(phone, asker=await vendor.known(phone))
    strangers = [(await vendor.ask(phone, asker=Asker(address=f"198.51.100.{n}")))[0] for n in range(3)]
    code = vendor.twilio.code_of(phone)
    before = len(vendor.twilio.met)
    tried = await asyncio.gather(*[vendor.check(one, other_than(code)) for one in strangers for _ in range(4)])
    assert len(vendor.twilio.met) - before == codes.STRANGERS_TRIES
    assert all(one.failure for one in tried)
    assert (await vendor.check(mine, code)).phone == phone


async def test_when_strangers_used_up_the_sendings_the_present_code_serves(vendor: Vendor):
    phone = await listed_phone(vendor.base)
    for n in range(5):
        await vendor.ask(phone, asker=Asker(address=f"198.51.100.{n}"))
    request_id, outcome = await vendor.ask(phone, asker=Asker(address="203.0.113.9"))
    assert outcome == "has_one"
    assert (await vendor.check(request_id, vendor.twilio.code_of(phone))).phone == phone
    other, outcome = await vendor.ask(new_phone())
    assert outcome == "unlisted"
    async with vendor.base.transaction(NOBODY) as session:
        assert not await codes.use_present_code(session, other)


async def test_what_is_not_six_digits_costs_no_try_and_no_call(vendor: Vendor):
    phone = await listed_phone(vendor.base)
    request_id, _ = await vendor.ask(phone)
    before = len(vendor.twilio.met)
    for typed in ("", "12345", "1234567", "abcdef"):
        with pytest.raises(InvalidInput):
            await vendor.check(request_id, typed)
    assert len(vendor.twilio.met) == before
    eastern = "".join(chr(0x0660 + int(digit)) for digit in vendor.twilio.code_of(phone))
    assert (await vendor.check(request_id, eastern)).phone == phone, "digits of any script"


async def test_many_browsers_with_one_code_one_wins(vendor: Vendor):
    phone = await listed_phone(vendor.base)
    request_id, _ = await vendor.ask(phone)
    code = vendor.twilio.code_of(phone)
    results = await asyncio.gather(*[vendor.check(request_id, code) for _ in range(5)])
    assert sum(one.failure is None for one in results) == 1


async def test_an_unlisted_phone_gets_the_same_answers_and_the_same_calls(vendor: Vendor, clock: MovedClock):
    """Also when a code is shared with an older request, was tried out, or has ended at the vendor."""

    async def answers(phone: str) -> list[object]:
        seen: list[object] = []
        first, _ = await vendor.ask(phone)
        seen += [await tried(first) for _ in range(6)]
        clock.wait(minutes=9)
        vendor.twilio.ahead_s += 540
        second, _ = await vendor.ask(phone)
        seen += [await tried(second), await tried(second)]
        clock.wait(minutes=2)
        vendor.twilio.ahead_s += 120
        return [*seen, await tried(second)]

    async def tried(request_id: UUID, typed: str = "000000") -> object:
        before = len(vendor.twilio.met)
        checked = await vendor.check(request_id, typed)
        return checked.failure, checked.left, len(vendor.twilio.met) - before

    listed = await listed_phone(vendor.base)
    assert await answers(listed) == await answers(new_phone())
    assert listed in {to for to, _, _ in vendor.twilio.messages}


async def test_an_unlisted_phone_gets_nothing_and_no_code_opens_it(vendor: Vendor):
    phone, before = new_phone(), len(vendor.twilio.messages)
    request_id, outcome = await vendor.ask(phone)
    assert outcome == "unlisted"
    assert len(vendor.twilio.messages) == before
    assert (await vendor.check(request_id, "123456")).failure == "wrong"


async def test_what_the_vendor_refuses_is_said_to_nobody(vendor: Vendor, caplog: pytest.LogCaptureFixture):
    phone = await listed_phone(vendor.base)
    vendor.twilio.blocked = (phone,)
    request_id, outcome = await vendor.ask(phone)
    vendor.twilio.blocked = ()
    assert outcome == "refused"
    assert "prefix blocked (60410)" in caplog.text
    assert phone[-9:] not in caplog.text
    assert (await vendor.check(request_id, "123456")).failure == "wrong"


@pytest.mark.parametrize("fault", [500, "drop", "html"])
async def test_while_the_vendor_is_away_every_phone_hears_so(vendor: Vendor, fault: int | str):
    listed = await listed_phone(vendor.base)
    asked = [(await vendor.ask(phone))[0] for phone in (listed, new_phone())]
    for request_id in asked:
        vendor.twilio.faults = [fault]
        with pytest.raises(CodeUnchecked):
            await vendor.check(request_id, "000000")
    checked = await vendor.check(asked[0], vendor.twilio.code_of(listed))
    assert checked.phone == listed, "the code is still good"


async def test_a_step_up_is_the_vendors_too(vendor: Vendor):
    phone = await listed_phone(vendor.base)
    me, request_id = await new_person(vendor.base, phone), uuid4()
    assert me.person_id is not None
    async with vendor.base.transaction(me) as session:
        started = await codes.start_step_up(session, me.person_id, request_id=request_id)
    assert await sending.deliver(vendor.base, vendor.sender, started) == "sent"
    code = vendor.twilio.code_of(phone)
    assert (await vendor.check(request_id, code)).failure == "expired", "it signs nobody in"
    checked = await sending.check(vendor.base, vendor.sender, request_id, code, purpose="step_up", actor=me)
    async with vendor.base.transaction(me) as session:
        proof = await codes.confirm_step_up(session, me.person_id, checked)
        await codes.use_step_up(session, me.person_id, proof)


async def test_no_code_and_no_phone_at_rest(vendor: Vendor, owner_url: str):
    phone = await listed_phone(vendor.base)
    request_id, _ = await vendor.ask(phone)
    with psycopg.connect(owner_url) as connection:
        row = connection.execute(
            "SELECT code_requests::text, code_hash, reference FROM code_requests WHERE id = %s", (request_id,)
        ).fetchone()
    assert row is not None
    assert phone[1:] not in row[0]
    assert vendor.twilio.code_of(phone) not in row[0].split(",")
    assert row[1] is None
    assert row[2].startswith("VE")
