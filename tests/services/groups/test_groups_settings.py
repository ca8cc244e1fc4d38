"""What an admin may change of the group."""

from dataclasses import replace
from uuid import uuid4

import pytest

from app.domain.audit import service as audit
from app.domain.groups import access, inbox, service
from app.domain.groups.views import GroupView, UpdateGroup
from app.domain.identity.errors import StepUpNeeded
from app.kit.actor import Actor
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotFound, NotPermitted
from tests.factories.groups import MadeGroup, make_group, make_member, make_officer, prove

NEW = UpdateGroup(name="  Umoja  Welfare Programme ", short_name="Umoja", pay_to="400200")


async def change(database: Database, actor: Actor, command: UpdateGroup) -> GroupView:
    """With a fresh code of the actor's own."""
    async with database.transaction(actor) as session:
        proven = replace(command, step_up_id=await prove(session, actor))
        return await service.update_group(session, actor, proven)


async def changes_in_the_log(database: Database, group: MadeGroup) -> list[object]:
    async with database.transaction(group.admin) as session:
        events = await audit.list_events(session, group.id)
    told = {"group.changed": ("fields",), "group.pay_to_changed": ("before", "after")}
    return [" ".join(str(event.facts[name]) for name in told[event.action]) for event in events if event.action in told]


async def test_names_and_paybill_change_and_nothing_else(database: Database):
    group = await make_group(database)
    view = await change(database, group.admin, NEW)
    assert view == replace(group.view, name="Umoja Welfare Programme", short_name="Umoja", pay_to="400200")
    async with database.transaction(group.admin) as session:
        assert await access.get_group(session, group.admin) == view
    assert await changes_in_the_log(database, group) == ["522533 400200", "name,short_name"]


async def test_again_changes_nothing_and_an_empty_paybill_is_none(database: Database):
    group = await make_group(database)
    await change(database, group.admin, NEW)
    await change(database, group.admin, NEW)
    assert await changes_in_the_log(database, group) == ["522533 400200", "name,short_name"]
    assert (await change(database, group.admin, replace(NEW, pay_to=" "))).pay_to is None
    assert await changes_in_the_log(database, group) == ["400200 ", "522533 400200", "name,short_name"]


async def test_the_others_are_told_of_another_paybill(database: Database):
    group = await make_group(database)
    member = await make_member(database, group)
    await change(database, group.admin, NEW)
    for actor, kinds in ((member, ["pay_to_changed"]), (group.admin, [])):
        async with database.transaction(actor) as session:
            told = await inbox.list_my_notifications(session, actor)
        assert [one.kind for one in told] == kinds
        assert [one.facts for one in told] == [{"number": "400200"}] * len(kinds)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", " "),
        ("name", "x" * 121),
        ("short_name", ""),
        ("short_name", "x" * 49),
        ("pay_to", "1234"),
        ("pay_to", "12345678"),
        ("pay_to", "٥٢٢٥٣٣"),
    ],
)
async def test_what_cannot_be_is_named(database: Database, field: str, text: str):
    group = await make_group(database)
    with pytest.raises(InvalidInput) as caught:
        await change(database, group.admin, replace(NEW, **{field: text}))
    assert caught.value.field == field


async def test_another_paybill_takes_a_fresh_code_and_names_do_not(database: Database):
    group = await make_group(database)
    admin = group.admin
    for wanted in (NEW, replace(NEW, pay_to=""), replace(NEW, step_up_id=uuid4())):
        with pytest.raises(StepUpNeeded):
            async with database.transaction(admin) as session:
                await service.update_group(session, admin, wanted)
    assert await changes_in_the_log(database, group) == []
    async with database.transaction(admin) as session:
        with pytest.raises(InvalidInput):  # what is wrong is said before a code is asked for
            await service.update_group(session, admin, replace(NEW, pay_to="12"))
        await service.update_group(session, admin, replace(NEW, pay_to=group.view.pay_to or ""))
        proof = await prove(session, admin)
        await service.update_group(session, admin, replace(NEW, step_up_id=proof))
        await service.update_group(session, admin, replace(NEW, step_up_id=proof))  # nothing changes: nothing needed
    with pytest.raises(StepUpNeeded):
        async with database.transaction(admin) as session:
            await service.update_group(session, admin, replace(NEW, pay_to="522533", step_up_id=proof))
    assert await changes_in_the_log(database, group) == ["522533 400200", "name,short_name"]


async def test_who_may(database: Database):
    group, other = await make_group(database), await make_group(database)
    for who, error in (
        (await make_member(database, group), NotPermitted),
        (await make_officer(database, group, "treasurer"), NotPermitted),
        (await make_officer(database, group, "auditor"), NotPermitted),
        (other.admin.within(group.id), NotFound),
        (group.staff.within(group.id), NotFound),
    ):
        with pytest.raises(error):
            await change(database, who, NEW)
