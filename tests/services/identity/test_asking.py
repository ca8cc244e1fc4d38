"""Who may ask how often: strangers, the phone's own browsers, the whole installation, the countries."""

import asyncio
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text

from app.domain.identity import asking, codes
from app.domain.identity.asking import Asker, CodePolicy, make_proof
from app.domain.identity.errors import CodesUsedUp
from app.kit.actor import NOBODY
from app.kit.db import Database, clock_of, keyring_of, psycopg_url
from app.kit.errors import InvalidInput, TooManyRequests
from tests.services.identity.conftest import MovedClock
from tests.services.identity.signing_in import check, listed_phone, new_phone


class Asked(NamedTuple):
    request_id: UUID
    code: str


async def ask(base: Database, phone: str, asker: Asker, purpose: str = "sign_in") -> Asked:
    request_id = uuid4()
    async with base.transaction(NOBODY) as session:
        started = await codes.start_code(session, phone, purpose=purpose, request_id=request_id, asker=asker)
    return Asked(request_id, started.code or "")


async def wait_of(base: Database, phone: str, asker: Asker) -> int:
    with pytest.raises(TooManyRequests) as caught:
        await ask(base, phone, asker)
    return int(caught.value.params["wait_s"])


async def known(base: Database, phone: str, address: str = "203.0.113.9") -> Asker:
    """A browser that has signed in with the phone."""
    async with base.transaction(NOBODY) as session:
        return Asker(address=address, proof=make_proof(keyring_of(session), phone, clock_of(session).now()))


STRANGER = Asker(address="198.51.100.7")
OWNER = Asker(address="203.0.113.9")


async def test_a_stranger_does_not_make_the_owner_wait(base: Database, clock: MovedClock):
    phone = await listed_phone(base)
    await ask(base, phone, STRANGER)
    assert await wait_of(base, phone, STRANGER) == pytest.approx(30, abs=2)
    first = await ask(base, phone, OWNER)
    clock.wait(seconds=31)
    await ask(base, phone, STRANGER)
    assert (await check(base, first.request_id, first.code)).phone == phone, "a valid code stays usable"


async def test_a_stranger_never_takes_a_whole_day(base: Database, clock: MovedClock):
    phone = await listed_phone(base)
    for _ in range(asking.PER_ADDRESS):
        await ask(base, phone, STRANGER)
        clock.wait(hours=1)
    assert await wait_of(base, phone, STRANGER) > 3600
    await ask(base, phone, OWNER)


async def test_many_strangers_cost_a_bounded_day_and_a_known_browser_still_signs_in(base: Database, clock: MovedClock):
    phone = await listed_phone(base)
    mine = await known(base, phone)
    sent = 0
    for number in range(30):
        try:
            await ask(base, phone, Asker(address=f"198.51.100.{number}"))
            sent += 1
        except TooManyRequests:
            break
    assert sent == asking.PER_DAY["sign_in"]
    assert await wait_of(base, phone, OWNER) > 80_000
    asked = await ask(base, phone, mine)
    assert (await check(base, asked.request_id, asked.code)).phone == phone


async def test_a_known_browser_waits_between_codes_too(base: Database):
    phone = await listed_phone(base)
    mine, also_mine = await known(base, phone), await known(base, phone, "192.0.2.1")
    await ask(base, phone, mine)
    assert await wait_of(base, phone, also_mine) == pytest.approx(30, abs=2)


async def test_what_a_browser_shows_is_of_one_phone_and_of_a_time(base: Database, clock: MovedClock):
    phone, other = await listed_phone(base), await listed_phone(base)
    async with base.transaction(NOBODY) as session:
        keyring, now = keyring_of(session), clock_of(session).now()
    proof = make_proof(keyring, phone, now)
    assert asking.is_proof(keyring, phone, proof, now)
    assert not asking.is_proof(keyring, other, proof, now)
    assert not asking.is_proof(keyring, phone, proof, now + asking.KNOWN_FOR + timedelta(days=1))
    assert not asking.is_proof(keyring, phone, proof, now - timedelta(days=2))
    for broken in (
        "",
        ".",
        "x.y",
        proof[:-1],
        f"9{proof}",
        proof.replace(".", ""),
        f"{10**9}.{'0' * 64}",
        "²." + "é" * 9,
    ):
        assert not asking.is_proof(keyring, phone, broken, now), broken
    assert phone[-6:] not in proof


async def test_the_installation_has_a_day_and_keeps_a_quarter_for_its_own(
    app_url: str, tools: dict[str, object], clock: MovedClock, owner_url: str
):
    clock.wait(days=2)
    base = Database(psycopg_url(app_url), tools={**tools, "clock": clock, "codes": CodePolicy(a_day=8)})
    try:
        phones = [await listed_phone(base) for _ in range(12)]
        for _ in range(2):
            await ask(base, new_phone(), STRANGER)
        results = await asyncio.gather(*[ask(base, phone, STRANGER) for phone in phones], return_exceptions=True)
        assert sum(isinstance(one, Asked) for one in results) == 6
        assert sum(isinstance(one, CodesUsedUp) for one in results) == 6
        with pytest.raises(CodesUsedUp):
            await ask(base, new_phone(), STRANGER)
        left = [phone for phone, one in zip(phones, results, strict=True) if isinstance(one, CodesUsedUp)]
        await ask(base, left[0], await known(base, left[0]))
        await ask(base, left[1], Asker(), "step_up")
        with pytest.raises(CodesUsedUp):
            await ask(base, left[2], await known(base, left[2]))
        clock.wait(days=1, seconds=1)
        assert (await ask(base, left[2], STRANGER)).code
    finally:
        await base.close()


@pytest.mark.parametrize("phone", ["+12025550143", "+447400123456", "+255712345678"])
async def test_a_country_that_is_not_open_is_refused(base: Database, phone: str):
    with pytest.raises(InvalidInput) as caught:
        await ask(base, phone, STRANGER)
    assert (caught.value.field, caught.value.why) == ("phone", "phone_country")


async def test_neither_address_nor_phone_is_in_the_row(base: Database, owner_url: str):
    phone, other = await listed_phone(base), await listed_phone(base)
    rows = []
    with psycopg.connect(owner_url) as connection:
        for asked in (await ask(base, phone, STRANGER), await ask(base, other, STRANGER)):
            query = "SELECT code_requests::text, asker_index FROM code_requests WHERE id = %s"
            row = connection.execute(query, (asked.request_id,)).fetchone()
            assert row is not None
            assert STRANGER.address not in row[0]
            rows.append(row[1])
    assert rows[0] != rows[1], "one who asks for two phones is not one value"


async def test_old_requests_are_forgotten_and_none_younger_than_a_day_can_be(
    base: Database, clock: MovedClock, owner_url: str
):
    young = await ask(base, await listed_phone(base), STRANGER)
    old = await ask(base, await listed_phone(base), STRANGER)
    with psycopg.connect(owner_url) as connection:
        connection.execute("UPDATE code_requests SET created_at = now() - interval '3 days'")
        connection.execute("UPDATE code_requests SET created_at = now() WHERE id = %s", (young.request_id,))
    async with base.transaction(NOBODY) as session:
        await session.execute(text("DELETE FROM code_requests WHERE id = :id"), {"id": young.request_id})
    clock.ahead = timedelta()
    async with base.transaction(NOBODY) as session:
        assert await codes.forget_old(session) >= 1
    async with base.transaction(NOBODY) as session:
        assert await codes.forget_old(session) == 0
    with psycopg.connect(owner_url) as connection:
        left = connection.execute("SELECT id FROM code_requests").fetchall()
    assert left == [(young.request_id,)]
    assert old.request_id != young.request_id
