"""Opening a group: who may, what it starts with, once only, and what staff see of it."""

import asyncio

import pytest
from sqlalchemy import text

from app.domain.audit import service as audit
from app.domain.groups import access, members, roles, service
from app.domain.ledger import service as ledger
from app.kit.db import Database
from app.kit.errors import IdempotencyConflict, InvalidInput, NotFound
from tests.factories.groups import (
    group_command,
    make_group,
    make_member,
    make_members,
    make_person,
    make_staff,
    new_phone,
)


async def test_a_group_starts_with_its_admin_its_books_and_an_event(database: Database) -> None:
    group = await make_group(database)
    async with database.transaction(group.admin) as session:
        assert await access.get_group(session, group.admin) == group.view
        page = await members.list_members(session, group.admin)
        events = await audit.list_events(session, group.id)
        await ledger.trial_balance(session, group.id)
        codes = (await session.execute(text("SELECT code FROM ledger.account ORDER BY code"))).scalars().all()
        seats = (await session.execute(text("SELECT id, kind, person_id FROM seats"))).all()
    (admin,) = page.rows
    assert (admin.member_no, admin.name, admin.roles) == ("BSS/001", "Hassan Owuor", {"admin"})
    assert codes == ["1010", "1020", "1030"]
    assert [(seat.kind, seat.person_id) for seat in seats] == [("staff", group.staff.person_id)]
    assert [(e.action, e.actor_id, e.facts) for e in events] == [
        ("group.opened", seats[0].id, {"template": "welfare", "currency": "KES"})
    ]


async def test_only_staff_open_and_list_groups(database: Database) -> None:
    group = await make_group(database)
    for actor in (await make_person(database), group.admin, await make_member(database, group)):
        async with database.transaction(actor) as session:
            with pytest.raises(NotFound):
                await service.create_group(session, actor, group_command())
        async with database.transaction(actor) as session:
            with pytest.raises(NotFound):
                await service.list_groups(session, actor)


async def test_staff_who_look_at_a_group_open_another(database: Database) -> None:
    group = await make_group(database)
    actor = group.staff.within(group.id)
    async with database.transaction(actor) as session:
        assert (await service.create_group(session, actor, group_command(name="Second"))).name == "Second"


async def test_staff_see_names_and_counts_of_every_group_but_nothing_inside(database: Database) -> None:
    group = await make_group(database, name="Lake Region Welfare")
    await make_members(database, group, 3)
    staff = await make_staff(database)
    async with database.transaction(staff) as session:
        seen = {view.id: view for view in await service.list_groups(session, staff)}
    assert (seen[group.id].name, seen[group.id].code, seen[group.id].members) == (
        "Lake Region Welfare",
        group.view.code,
        4,
    )
    for actor in (staff.within(group.id), group.staff.within(group.id)):
        async with database.transaction(actor) as session:
            with pytest.raises(NotFound):
                await members.list_members(session, actor)
            with pytest.raises(NotFound):
                await access.get_group(session, actor)


async def test_the_same_key_opens_one_group(database: Database) -> None:
    staff = await make_staff(database)
    command = group_command()

    async def once() -> object:
        async with database.transaction(staff) as session:
            return await service.create_group(session, staff, command)

    views = await asyncio.gather(*(once() for _ in range(8)))
    assert len(set(views)) == 1
    async with database.transaction(staff) as session:
        with pytest.raises(IdempotencyConflict):
            await service.create_group(session, staff, group_command(idempotency_key=command.idempotency_key))


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("name", "   ", "group_name"),
        ("name", "x" * 121, "group_name"),
        ("short_name", "", "group_short_name"),
        ("short_name", "x" * 49, "group_short_name"),
        ("template", "chama", "template"),
        ("timezone", "Nairobi", "timezone"),
        ("currency", "KSH", "currency"),
        ("country", "Kenya", "country"),
        ("country", "XX", "country"),
        ("pay_to", "52-25", "pay_to_mpesa"),
        ("admin_phone", "0712", "phone_short"),
        ("admin_phone", "", "phone_empty"),
        ("admin_member_no", " ", "member_no_empty"),
        ("admin_member_no", "x" * 21, "member_no_long"),
        ("admin_name", "", "name_empty"),
        ("idempotency_key", "", "key"),
        ("idempotency_key", "k" * 129, "key"),
    ],
)
async def test_a_wrong_value_is_named(database: Database, field: str, value: str, why: str) -> None:
    staff = await make_staff(database)
    async with database.transaction(staff) as session:
        with pytest.raises(InvalidInput) as caught:
            await service.create_group(session, staff, group_command(**{field: value}))
    assert (caught.value.field, caught.value.why) == (field, why)


async def test_all_wrong_fields_are_named_at_once(database: Database) -> None:
    staff = await make_staff(database)
    wrong = {"name": "", "pay_to": "12", "admin_phone": "0712", "admin_name": " "}
    async with database.transaction(staff) as session:
        with pytest.raises(InvalidInput) as caught:
            await service.create_group(session, staff, group_command(**wrong))
    assert [fault.field for fault in (caught.value, *caught.value.others)] == list(wrong)


async def test_a_refused_group_leaves_nothing(database: Database) -> None:
    staff = await make_staff(database)
    command = group_command(admin_name="")

    async def attempt() -> None:
        async with database.transaction(staff) as session:
            await service.create_group(session, staff, command)

    with pytest.raises(InvalidInput):
        await attempt()
    async with database.transaction(staff) as session:
        mended = group_command(idempotency_key=command.idempotency_key)
        assert (await service.create_group(session, staff, mended)).code


async def test_a_group_is_listed_for_whoever_belongs_to_it(database: Database) -> None:
    phone = new_phone()
    one = await make_group(database, name="Bahati", admin_phone=phone)
    two = await make_group(database, name="Amani")
    await make_members(database, two, phones=[phone])
    me = await make_person(database, phone)
    async with database.transaction(me) as session:
        found = await access.list_my_groups(session, me)
    assert [(g.name, g.group_id, g.roles) for g in found] == [
        ("Amani", two.id, {"member"}),
        ("Bahati", one.id, {"member", "admin"}),
    ]
    async with database.transaction(two.admin) as session:
        await roles.list_role_holders(session, two.admin)
    stranger = await make_person(database)
    async with database.transaction(stranger) as session:
        assert await access.list_my_groups(session, stranger) == []
