"""Giving and withdrawing roles: at once, by admins, never the last admin, two admins at once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.domain.audit import service as audit
from app.domain.groups import members, roles
from app.domain.groups.access import authorise
from app.domain.groups.errors import LastAdmin, MemberNumberTaken, OwnRole
from app.domain.groups.permissions import MEMBER, Permission
from app.domain.groups.views import AssignRole, MemberView, WithdrawRole
from app.domain.identity.errors import StepUpNeeded
from app.kit.actor import Actor
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotFound, NotPermitted
from tests.factories.groups import (
    MadeGroup,
    id_of,
    make_group,
    make_member,
    make_members,
    make_officer,
    make_person,
    new_phone,
    prove,
)


async def give(database: Database, actor: Actor, command: AssignRole) -> MemberView:
    async with database.transaction(actor) as session:
        proven = replace(command, step_up_id=await prove(session, actor))
        return await roles.assign_role(session, actor, proven)


async def withdraw(database: Database, actor: Actor, target: Actor, role: str) -> None:
    target_id = await id_of(database, target)
    async with database.transaction(actor) as session:
        await roles.withdraw_role(session, actor, WithdrawRole(target_id, role, await prove(session, actor)))


async def live_grants(database: Database, group: MadeGroup, role: str) -> int:
    async with database.transaction(Actor(group_id=group.id)) as session:
        count = text("SELECT count(*) FROM role_grants WHERE role = :role AND ended_at IS NULL")
        return (await session.execute(count, {"role": role})).scalar_one()


async def test_the_treasurer_is_added_when_new_and_signs_in(database: Database) -> None:
    group = await make_group(database)
    phone = new_phone()
    view = await give(
        database,
        group.admin,
        AssignRole(phone=f"0{phone[4:]}", role="treasurer", member_no=" BSS/002 ", name="Njeri  Kariuki"),
    )
    assert (view.member_no, view.name, view.roles) == ("BSS/002", "Njeri Kariuki", {"treasurer"})
    treasurer = (await make_person(database, phone)).within(group.id)
    async with database.transaction(treasurer) as session:
        acting = await authorise(session, treasurer, Permission.RECORD_CASH)
        events = await audit.list_events(session, group.id)
    assert acting.member_id == view.id
    assert [(e.action, e.subject_id, e.facts) for e in events[:2]] == [
        ("role.given", str(view.id), {"role": "treasurer"}),
        ("member.added", str(view.id), {}),
    ]


async def test_a_known_member_keeps_number_and_name(database: Database) -> None:
    group = await make_group(database)
    phone = new_phone()
    (member_id,) = await make_members(database, group, phones=[phone])
    view = await give(database, group.admin, AssignRole(phone, "auditor", member_no="Other", name="Other Name"))
    assert (view.id, view.member_no) == (member_id, "M0001")
    assert view.roles == {"auditor"}


async def test_giving_twice_changes_nothing(database: Database) -> None:
    group = await make_group(database)
    command = AssignRole(new_phone(), "treasurer", "BSS/002", "Njeri Kariuki")
    first = await give(database, group.admin, command)
    assert await give(database, group.admin, command) == first
    assert await live_grants(database, group, "treasurer") == 1
    async with database.transaction(group.admin) as session:
        actions = [event.action for event in await audit.list_events(session, group.id)]
    assert actions.count("role.given") == 1


@pytest.mark.parametrize(
    ("command", "field", "why"),
    [
        (AssignRole("+254711000000", "member", "X", "X"), "role", "role"),
        (AssignRole("+254711000000", "chairman", "X", "X"), "role", "role"),
        (AssignRole("+254711000000", "", "X", "X"), "role", "role"),
        (AssignRole("0712", "auditor", "X", "X"), "phone", "phone_short"),
        (AssignRole("+254711000000", "auditor", "", "X"), "member_no", "member_no_empty"),
        (AssignRole("+254711000000", "auditor", "X", " "), "name", "name_empty"),
    ],
)
async def test_a_wrong_value_is_named(database: Database, command: AssignRole, field: str, why: str) -> None:
    group = await make_group(database)
    with pytest.raises(InvalidInput) as caught:
        await give(database, group.admin, command)
    assert (caught.value.field, caught.value.why) == (field, why)


async def test_a_taken_number_leaves_nothing(database: Database) -> None:
    group = await make_group(database)
    with pytest.raises(MemberNumberTaken):
        await give(database, group.admin, AssignRole(new_phone(), "treasurer", "bss/001", "Njeri Kariuki"))
    assert await live_grants(database, group, "treasurer") == 0


async def test_a_withdrawn_role_is_lost_at_once(database: Database) -> None:
    """Even inside a transaction that began before: the next question is answered anew."""
    group = await make_group(database)
    treasurer = await make_officer(database, group, "treasurer")
    async with database.transaction(treasurer) as session:
        await authorise(session, treasurer, Permission.CONFIRM_PAYMENTS)
        await withdraw(database, group.admin, treasurer, "treasurer")
        with pytest.raises(NotPermitted):
            await authorise(session, treasurer, Permission.CONFIRM_PAYMENTS)
        assert (await authorise(session, treasurer, Permission.READ_OWN)).roles == {MEMBER}
    with pytest.raises(NotFound):
        await withdraw(database, group.admin, treasurer, "treasurer")


async def test_a_role_can_be_given_again(database: Database) -> None:
    group = await make_group(database)
    phone = new_phone()
    command = AssignRole(phone, "treasurer", "BSS/002", "Njeri Kariuki")
    await give(database, group.admin, command)
    treasurer = (await make_person(database, phone)).within(group.id)
    await withdraw(database, group.admin, treasurer, "treasurer")
    assert (await give(database, group.admin, command)).roles == {"treasurer"}
    async with database.transaction(group.admin) as session:
        kept = (await session.execute(text("SELECT count(*) FROM role_grants WHERE role = 'treasurer'"))).scalar_one()
    assert kept == 2, "the ended grant stays as history"


async def test_the_last_admin_stays(database: Database) -> None:
    group = await make_group(database)
    with pytest.raises(LastAdmin):
        await withdraw(database, group.admin, group.admin, "admin")
    second = await make_officer(database, group, "admin")
    with pytest.raises(OwnRole):
        await withdraw(database, group.admin, group.admin, "admin")
    await withdraw(database, second, group.admin, "admin")
    with pytest.raises(LastAdmin):
        await withdraw(database, second, second, "admin")
    assert await live_grants(database, group, "admin") == 1


@pytest.mark.parametrize("_attempt", range(5))
async def test_two_admins_who_withdraw_each_other_leave_one(database: Database, _attempt: int) -> None:
    group = await make_group(database)
    second = await make_officer(database, group, "admin")
    outcome = await race(
        lambda: withdraw(database, group.admin, second, "admin"),
        lambda: withdraw(database, second, group.admin, "admin"),
    )
    assert sorted(map(str, outcome)) == ["None", "not_permitted"]
    assert await live_grants(database, group, "admin") == 1


async def test_without_the_lock_two_admins_would_leave_none(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same race, both past the question before either writes."""
    group = await make_group(database)
    second = await make_officer(database, group, "admin")
    both = asyncio.Barrier(2)
    asked = roles.live_roles

    async def no_lock(*_: object) -> None:
        return None

    async def together(*given: object) -> object:
        found = await asked(*given)
        await both.wait()
        return found

    monkeypatch.setattr(roles, "lock_members", no_lock)
    monkeypatch.setattr(roles, "live_roles", together)
    await race(
        lambda: withdraw(database, group.admin, second, "admin"),
        lambda: withdraw(database, second, group.admin, "admin"),
    )
    assert await live_grants(database, group, "admin") == 0


async def test_two_admins_who_name_the_same_treasurer_make_one(database: Database) -> None:
    group = await make_group(database)
    second = await make_officer(database, group, "admin")
    command = AssignRole(new_phone(), "treasurer", "BSS/002", "Njeri Kariuki")
    views = await race(*(lambda a=a: give(database, a, command) for a in (group.admin, second, group.admin, second)))
    assert len(set(views)) == 1
    assert await live_grants(database, group, "treasurer") == 1


async def test_an_admin_who_is_being_withdrawn_gives_no_role_afterwards(database: Database) -> None:
    """The second waits for the first's lock, then is asked again."""
    group = await make_group(database)
    second = await make_officer(database, group, "admin")
    target = await id_of(database, second)
    async with database.transaction(group.admin) as session:
        proof = await prove(session, group.admin)
        await roles.withdraw_role(session, group.admin, WithdrawRole(target, "admin", proof))
        waiting = asyncio.create_task(give(database, second, AssignRole(new_phone(), "admin", "X1", "Friend")))
        await asyncio.sleep(0.3)
        assert not waiting.done()
    with pytest.raises(NotPermitted):
        await waiting
    assert await live_grants(database, group, "admin") == 1


async def test_a_change_of_roles_needs_a_fresh_code(database: Database) -> None:
    """Asked for last, so that what is wrong is said before a code is sent."""
    group, phone = await make_group(database), new_phone()
    (member_id,) = await make_members(database, group, phones=[phone])
    given = AssignRole(phone, "auditor")
    async with database.transaction(group.admin) as session:
        used = await prove(session, group.admin)
        await roles.assign_role(session, group.admin, replace(given, step_up_id=used))
    other = await make_officer(database, group, "treasurer")
    async with database.transaction(other) as session:
        another_s = await prove(session, other)
    for proof in (None, used, another_s, uuid4()):
        with pytest.raises(StepUpNeeded):
            async with database.transaction(group.admin) as session:
                await roles.assign_role(session, group.admin, AssignRole(phone, "treasurer", step_up_id=proof))
        with pytest.raises(StepUpNeeded):
            async with database.transaction(group.admin) as session:
                await roles.withdraw_role(session, group.admin, WithdrawRole(member_id, "auditor", proof))
    assert await live_grants(database, group, "auditor") == 1
    with pytest.raises(InvalidInput):
        async with database.transaction(group.admin) as session:
            await roles.assign_role(session, group.admin, AssignRole("0712", "treasurer"))
    async with database.transaction(group.admin) as session:
        assert "auditor" in (await roles.assign_role(session, group.admin, given)).roles


async def test_role_holders_are_named(database: Database) -> None:
    group = await make_group(database)
    auditor = await make_officer(database, group, "auditor")
    await make_member(database, group)
    async with database.transaction(auditor) as session:
        found = await roles.list_role_holders(session, auditor)
        names = {view.id: view.name for view in (await members.list_members(session, auditor)).rows}
    assert [(row.role, row.is_me) for row in found] == [("admin", False), ("auditor", True)]
    assert all(names[row.member_id] == row.name for row in found)


async def race(*calls: Callable[[], Awaitable[object]]) -> list[object]:
    """All at once; the results, a refusal as itself."""
    return await asyncio.gather(*(call() for call in calls), return_exceptions=True)
