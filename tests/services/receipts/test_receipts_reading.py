"""Who may read which receipt: one's own, or the group's for its officers; anything else is not there."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from app.domain.groups import members
from app.domain.groups.views import MemberData
from app.domain.identity import service as identity
from app.domain.receipts import service as receipts
from app.kit.actor import NOBODY, Actor
from app.kit.db import set_tenant
from app.kit.errors import NotFound, NotPermitted
from tests.services.receipts.receipt_books import GROUP, NAME, Books, issue, open_books


@pytest_asyncio.fixture(loop_scope="session")
async def payer(books: Books) -> Actor:
    """The member whose receipts these are, signed in for the first time."""
    return await sign_in(books, "LRW/0147")


async def sign_in(books: Books, member_no: str) -> Actor:
    """A person with a phone of her own becomes that member."""
    phone = f"+25470{uuid4().int % 10**7:07d}"
    async with books.database.transaction(NOBODY) as session:
        person = await identity.get_or_create_person(session, phone)
    async with books.database.transaction(books.actor) as session:
        await session.execute(
            text("UPDATE members SET person_id = :person WHERE member_no = :no"),
            {"person": person.id, "no": member_no},
        )
    return Actor(person_id=person.id, group_id=books.group.id)


async def test_a_member_reads_her_own(books: Books, payer: Actor):
    made = [await issue(books) for _ in range(3)]
    async with books.database.transaction(payer) as session:
        mine = await receipts.list_my_receipts(session, payer, limit=2)
        assert [r.n for r in mine] == [3, 2]
        found = await receipts.get_receipt_for(session, payer, made[0].id)
        assert (found.receipt, found.member_name, found.member_no) == (made[0], NAME, "LRW/0147")
        assert found.group_name == GROUP
        with pytest.raises(NotPermitted):
            await receipts.list_group_receipts(session, payer)


async def test_her_own_stand_by_the_day_on_which_she_paid(books: Books, payer: Actor):
    """What was sent in October and confirmed today is older than what was paid in November."""
    days = [date(2026, 11, 2), date(2026, 10, 30), date(2026, 11, 2), date(2026, 11, 1)]
    for day in days:
        await issue(books, paid_on=day)
    async with books.database.transaction(payer) as session:
        found = await receipts.list_my_receipts(session, payer)
    assert [one.n for one in found] == [3, 1, 4, 2]


async def test_a_member_doesnt_read_anothers(books: Books):
    receipt = await issue(books)
    async with books.database.transaction(books.actor) as session:
        await members.add_members(session, books.group.id, [MemberData(member_no="LRW/0200", name="Otieno Juma")])
    other = await sign_in(books, "LRW/0200")
    async with books.database.transaction(other) as session:
        assert await receipts.list_my_receipts(session, other) == []
        with pytest.raises(NotFound):
            await receipts.get_receipt_for(session, other, receipt.id)


async def test_the_admin_reads_the_groups(books: Books):
    made = [await issue(books) for _ in range(3)]
    admin = await sign_in(books, "LRW/001")
    async with books.database.transaction(admin) as session:
        assert [r.receipt.n for r in await receipts.list_group_receipts(session, admin, limit=2)] == [3, 2]
        assert [r.receipt.n for r in await receipts.list_group_receipts(session, admin, before_n=2)] == [1]
        assert (await receipts.get_receipt_for(session, admin, made[1].id)).member_name == NAME
        assert await receipts.list_my_receipts(session, admin) == []
        with pytest.raises(NotFound):
            await receipts.get_receipt_for(session, admin, uuid4())


async def test_the_groups_receipts_are_found_by_member_number_and_code(books: Books):
    made = [await issue(books) for _ in range(2)]
    admin = await sign_in(books, "LRW/001")

    async def found(search: str) -> list[int]:
        async with books.database.transaction(admin) as session:
            rows = await receipts.list_group_receipts(session, admin, search=search)
            assert all((row.member_name, row.member_no) == (NAME, "LRW/0147") for row in rows)
            return [row.receipt.n for row in rows]

    assert await found("") == [2, 1]
    assert await found("  beatrice   odhiambo ") == [2, 1]
    assert await found("lrw/0147") == [2, 1]
    assert await found(made[0].number.lower()) == [1]
    assert await found("ukl7 x4p") == [2, 1]
    assert await found("LRW/001") == await found("%") == await found("nobody") == []


async def test_strangers_find_nothing(books: Books, payer: Actor):
    receipt = await issue(books)
    elsewhere = await open_books(books.database)
    foreign_admin = await sign_in(elsewhere, "LRW/001")
    for actor in (
        foreign_admin,
        replace(foreign_admin, group_id=books.group.id),
        NOBODY,
        Actor(group_id=books.group.id),
    ):
        async with books.database.transaction(actor) as session:
            for call in (
                receipts.get_receipt_for(session, actor, receipt.id),
                receipts.get_receipt_for(session, actor, uuid4()),
            ):
                with pytest.raises(NotFound):
                    await call
    async with books.database.transaction(foreign_admin) as session:
        assert await receipts.list_group_receipts(session, foreign_admin) == []
    async with books.database.transaction(payer) as session:
        await set_tenant(await session.connection(), NOBODY)
        with pytest.raises(NotFound):
            await receipts.list_my_receipts(session, payer)
