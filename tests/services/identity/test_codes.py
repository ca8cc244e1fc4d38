"""One-time codes: right, wrong, late, used, too many, and raced."""

import asyncio
import re
from uuid import uuid4

import psycopg
import pytest

from app.domain.identity import codes
from app.domain.identity.errors import CodeExpired, CodeWrong, StepUpNeeded
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database, keyring_of
from app.kit.errors import InvalidInput, NotFound, TooManyRequests
from tests.services.identity.conftest import MovedClock
from tests.services.identity.signing_in import ask, check, listed_phone, new_person, new_phone, other_than


async def test_the_right_code_names_the_phone(base: Database):
    phone = await listed_phone(base)
    request_id, code = await ask(base, phone)
    assert re.fullmatch(r"\d{6}", code)
    checked = await check(base, request_id, f" {code[:3]} {code[3:]} ")
    assert (checked.phone, checked.failure) == (phone, None)
    codes.raise_failure(checked)


async def test_a_code_works_once(base: Database):
    request_id, code = await ask(base, await listed_phone(base))
    assert (await check(base, request_id, code)).failure is None
    checked = await check(base, request_id, code)
    assert (checked.failure, checked.phone) == ("expired", "")
    with pytest.raises(CodeExpired):
        codes.raise_failure(checked)


async def test_a_code_is_of_its_own_request(base: Database, clock: MovedClock):
    phone = await listed_phone(base)
    first, code = await ask(base, phone)
    clock.wait(minutes=1)
    second, newer = await ask(base, phone)
    assert (await check(base, uuid4(), code)).failure == "expired"
    if code != newer:
        assert (await check(base, second, code)).failure == "wrong"
    assert (await check(base, first, code)).failure is None


@pytest.mark.parametrize(("minutes", "failure"), [(9.9, None), (10, "expired")])
async def test_ten_minutes(base: Database, clock: MovedClock, minutes: float, failure: str | None):
    request_id, code = await ask(base, await listed_phone(base))
    clock.wait(minutes=minutes)
    assert (await check(base, request_id, code)).failure == failure


async def test_five_tries_and_each_is_counted(base: Database):
    request_id, code = await ask(base, await listed_phone(base))
    for left in (4, 3, 2, 1):
        checked = await check(base, request_id, other_than(code))
        assert (checked.failure, checked.left) == ("wrong", left)
        with pytest.raises(CodeWrong) as caught:
            codes.raise_failure(checked)
        assert caught.value.params["left"] == left
    assert (await check(base, request_id, other_than(code))).failure == "expired"
    assert (await check(base, request_id, code)).failure == "expired"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "1" * 5000, "\x00"])
async def test_what_is_not_six_digits_is_no_attempt(base: Database, typed: str):
    request_id, code = await ask(base, await listed_phone(base))
    for _ in range(codes.ATTEMPTS):
        with pytest.raises(InvalidInput) as caught:
            await check(base, request_id, typed)
        assert caught.value.field == "code"
    assert (await check(base, request_id, other_than(code))).left == codes.ATTEMPTS - 1
    assert (await check(base, request_id, code)).failure is None


async def test_a_whole_message_may_be_pasted(base: Database):
    request_id, code = await ask(base, await listed_phone(base))
    with pytest.raises(InvalidInput):
        await check(base, request_id, f"{code} or {other_than(code)}")
    assert (await check(base, request_id, f"Sanduk: your code is {code}. It works for 10 minutes.")).failure is None


async def test_an_unknown_phone_gets_the_same_answers(base: Database, clock: MovedClock):
    """Ask, ask again too soon, look, try six times: nothing tells a listed phone from another."""

    async def answers(phone: str) -> list[object]:
        request_id, code = await ask(base, phone)
        with pytest.raises(TooManyRequests) as caught:
            await ask(base, phone)
        async with base.transaction(NOBODY) as session:
            asked = await codes.find_request(session, request_id)
        assert asked is not None
        assert asked.phone == phone
        tries = [await check(base, request_id, other_than(code or "000000")) for _ in range(6)]
        return [caught.value.params["wait_s"], asked.wait_s, *[(one.failure, one.left) for one in tries]]

    assert await answers(await listed_phone(base)) == await answers(new_phone())


async def test_a_phone_that_is_not_listed_has_no_code_at_all(base: Database):
    request_id, code = await ask(base, new_phone())
    assert code == ""
    for guess in ("000000", "123456", "000 000"):
        assert (await check(base, request_id, guess)).failure == "wrong"


async def test_the_wait_grows_and_a_used_code_ends_it(base: Database, clock: MovedClock):
    phone = await listed_phone(base)
    for wait_s in (30, 60, 120, 240):
        request_id, code = await ask(base, phone)
        with pytest.raises(TooManyRequests) as caught:
            await ask(base, phone)
        assert caught.value.params["wait_s"] == pytest.approx(wait_s, abs=2)
        clock.wait(seconds=wait_s)
    request_id, code = await ask(base, phone)
    assert (await check(base, request_id, code)).failure is None
    clock.wait(hours=1, seconds=1)
    request_id, code = await ask(base, phone)
    assert (await check(base, request_id, code)).failure is None
    await ask(base, phone)


async def test_a_day_has_its_limit_and_step_up_its_own(base: Database, clock: MovedClock):
    phone = await listed_phone(base)
    for _ in range(codes.PER_DAY["sign_in"]):
        request_id, code = await ask(base, phone)
        assert (await check(base, request_id, code)).failure is None
        clock.wait(minutes=1)
    with pytest.raises(TooManyRequests) as caught:
        await ask(base, phone)
    assert 3600 < int(caught.value.params["wait_s"]) <= 86_400
    assert (await ask(base, phone, "step_up"))[1]
    clock.wait(seconds=int(caught.value.params["wait_s"]))
    assert (await ask(base, phone))[1]


async def test_many_askers_at_once_get_one_code(base: Database):
    phone = await listed_phone(base)
    results = await asyncio.gather(*[ask(base, phone) for _ in range(8)], return_exceptions=True)
    assert sum(isinstance(one, tuple) for one in results) == 1
    assert sum(isinstance(one, TooManyRequests) for one in results) == 7


async def test_two_browsers_with_one_code_one_wins(base: Database):
    request_id, code = await ask(base, await listed_phone(base))
    results = await asyncio.gather(*[check(base, request_id, code) for _ in range(8)])
    assert sorted(one.failure or "" for one in results) == [""] + ["expired"] * 7


async def test_racing_guesses_are_all_counted(base: Database):
    request_id, code = await ask(base, await listed_phone(base))
    results = await asyncio.gather(*[check(base, request_id, other_than(code)) for _ in range(12)])
    assert sorted((one.failure, one.left) for one in results) == [("expired", 0)] * 8 + [
        ("wrong", left) for left in (1, 2, 3, 4)
    ]
    assert (await check(base, request_id, code)).failure == "expired"


async def test_without_the_row_lock_guesses_would_be_free(base: Database, owner_url: str):
    """The negative control: two readers of one count write the same next one."""
    request_id, _ = await ask(base, await listed_phone(base))
    query = "SELECT attempts FROM code_requests WHERE id = %s"
    write = "UPDATE code_requests SET attempts = %s WHERE id = %s"
    with psycopg.connect(owner_url) as one, psycopg.connect(owner_url) as two:
        seen = [connection.execute(query, (request_id,)).fetchone() for connection in (one, two)]
        for connection, found in zip((one, two), seen, strict=True):
            assert found is not None
            connection.execute(write, (found[0] + 1, request_id))
            connection.commit()
        assert one.execute(query, (request_id,)).fetchone() == (1,)


async def test_neither_the_phone_nor_the_code_is_readable_at_rest(base: Database, owner_url: str):
    phone = await listed_phone(base)
    request_id, code = await ask(base, phone)
    with psycopg.connect(owner_url) as connection:
        row = connection.execute(
            "SELECT code_requests::text, phone_enc, code_hash FROM code_requests WHERE id = %s", (request_id,)
        ).fetchone()
    assert row is not None
    text, phone_enc, code_hash = row
    assert phone[1:] not in text
    assert phone.encode() not in phone_enc
    assert len(code_hash) == 32
    async with base.transaction(NOBODY) as session:
        assert code_hash == keyring_of(session).code_mac(request_id, code)


async def test_what_a_browser_may_know_of_its_request(base: Database, clock: MovedClock):
    phone = await listed_phone(base)
    request_id, code = await ask(base, phone)
    step_up, _ = await ask(base, phone, "step_up")
    async with base.transaction(NOBODY) as session:
        asked = await codes.find_request(session, request_id)
        assert asked is not None
        assert (asked.phone, asked.wait_s, asked.is_open) == (phone, pytest.approx(30, abs=2), True)
        assert await codes.find_request(session, step_up) is None
        assert await codes.find_request(session, uuid4()) is None
    await check(base, request_id, code)
    async with base.transaction(NOBODY) as session:
        asked = await codes.find_request(session, request_id)
    assert asked == codes.CodeAsked(phone=phone, wait_s=0, is_open=False)
    clock.wait(days=1, seconds=1)
    async with base.transaction(NOBODY) as session:
        assert await codes.find_request(session, request_id) is None


async def stepped_up(base: Database, me: Actor) -> tuple[codes.CodeChecked, str]:
    assert me.person_id is not None
    request_id = uuid4()
    async with base.transaction(me) as session:
        started = await codes.start_step_up(session, me.person_id, request_id=request_id)
    assert started.code
    return await check(base, request_id, started.code, "step_up"), started.code


async def test_a_step_up_is_good_for_one_act(base: Database):
    me = await new_person(base, await listed_phone(base))
    checked, _ = await stepped_up(base, me)
    assert me.person_id is not None
    async with base.transaction(me) as session:
        proof = await codes.confirm_step_up(session, me.person_id, checked)
    async with base.transaction(me) as session:
        await codes.use_step_up(session, me.person_id, proof)
    async with base.transaction(me) as session:
        with pytest.raises(StepUpNeeded):
            await codes.use_step_up(session, me.person_id, proof)


async def test_two_acts_with_one_step_up_one_wins(base: Database):
    me = await new_person(base, await listed_phone(base))
    checked, _ = await stepped_up(base, me)
    assert me.person_id is not None
    async with base.transaction(me) as session:
        proof = await codes.confirm_step_up(session, me.person_id, checked)

    async def act() -> None:
        assert me.person_id is not None
        async with base.transaction(me) as session:
            await codes.use_step_up(session, me.person_id, proof)

    results = await asyncio.gather(*[act() for _ in range(6)], return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["NoneType"] + ["StepUpNeeded"] * 5


async def test_an_act_that_fails_gives_its_step_up_back(base: Database):
    me = await new_person(base, await listed_phone(base))
    checked, _ = await stepped_up(base, me)
    assert me.person_id is not None
    async with base.transaction(me) as session:
        proof = await codes.confirm_step_up(session, me.person_id, checked)

    async def act_and_fail() -> None:
        assert me.person_id is not None
        async with base.transaction(me) as session:
            await codes.use_step_up(session, me.person_id, proof)
            raise NotFound

    with pytest.raises(NotFound):
        await act_and_fail()
    async with base.transaction(me) as session:
        await codes.use_step_up(session, me.person_id, proof)


async def test_a_step_up_is_fresh_and_ones_own(base: Database, clock: MovedClock):
    me, other = await new_person(base, await listed_phone(base)), await new_person(base, await listed_phone(base))
    checked, _ = await stepped_up(base, me)
    assert me.person_id is not None
    assert other.person_id is not None
    async with base.transaction(other) as session:
        with pytest.raises(StepUpNeeded):
            await codes.confirm_step_up(session, other.person_id, checked)
    async with base.transaction(me) as session:
        proof = await codes.confirm_step_up(session, me.person_id, checked)
    async with base.transaction(other) as session:
        for person_id in (other.person_id, me.person_id):
            with pytest.raises(StepUpNeeded):
                await codes.use_step_up(session, person_id, proof)
    clock.wait(minutes=5)
    async with base.transaction(me) as session:
        with pytest.raises(StepUpNeeded):
            await codes.use_step_up(session, me.person_id, proof)


async def test_the_code_of_a_step_up_does_not_sign_in(base: Database):
    me = await new_person(base, await listed_phone(base))
    assert me.person_id is not None
    request_id = uuid4()
    async with base.transaction(me) as session:
        started = await codes.start_step_up(session, me.person_id, request_id=request_id)
    assert started.code
    assert (await check(base, request_id, started.code, "sign_in")).failure == "expired"
    sign_in, code = await ask(base, started.phone)
    assert (await check(base, sign_in, code, "step_up")).failure == "expired"


async def test_a_failed_check_confirms_nothing(base: Database):
    me = await new_person(base, await listed_phone(base))
    assert me.person_id is not None
    async with base.transaction(me) as session:
        for checked in (codes.CodeChecked(failure="wrong"), codes.CodeChecked()):
            with pytest.raises(StepUpNeeded):
                await codes.confirm_step_up(session, me.person_id, checked)
