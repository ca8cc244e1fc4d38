"""Repeatable commands: the first takes the key, a twin waits and gets its result, another content is refused."""

import asyncio
from uuid import UUID, uuid4

import pytest

from app.kit import idempotency
from app.kit.actor import Actor
from app.kit.db import Database
from app.kit.errors import IdempotencyConflict, InvalidInput

Answer = dict[str, str | int] | None


async def claim(database: Database, group_id: UUID | None, key: str, *, result: int, amount: int = 500) -> Answer:
    async with database.transaction(Actor(group_id=group_id)) as session:
        return await idempotency.claim(
            session, group_id=group_id, key=key, content={"amount": amount}, result={"made": result}
        )


async def test_the_first_goes_on_and_the_next_gets_its_result(database: Database) -> None:
    group_id, key = uuid4(), str(uuid4())
    assert await claim(database, group_id, key, result=1) is None
    assert await claim(database, group_id, key, result=2) == {"made": 1}


async def test_another_content_is_refused(database: Database) -> None:
    group_id, key = uuid4(), str(uuid4())
    await claim(database, group_id, key, result=1)
    with pytest.raises(IdempotencyConflict):
        await claim(database, group_id, key, result=1, amount=501)


async def test_a_key_belongs_to_its_group(database: Database) -> None:
    key = str(uuid4())
    for group_id in (uuid4(), uuid4(), None):
        assert await claim(database, group_id, key, result=1) is None


async def test_of_many_at_once_one_goes_on(database: Database) -> None:
    group_id, key = uuid4(), str(uuid4())
    answers = await asyncio.gather(*(claim(database, group_id, key, result=n) for n in range(16)))
    assert answers.count(None) == 1
    first = answers.index(None)
    assert [answer for answer in answers if answer is not None] == [{"made": first}] * 15


async def test_a_failed_command_frees_its_key(database: Database) -> None:
    group_id, key = uuid4(), str(uuid4())

    async def attempt() -> None:
        async with database.transaction(Actor(group_id=group_id)) as session:
            await idempotency.claim(session, group_id=group_id, key=key, content={"amount": 1}, result={"made": 1})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await attempt()
    assert await claim(database, group_id, key, result=2, amount=2) is None


@pytest.mark.parametrize("key", ["", "k" * 129, "a\x00b", "a\nb", "\ud800"])
async def test_what_is_no_key_is_refused(database: Database, key: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await claim(database, uuid4(), key, result=1)
    assert caught.value.why == "key"
