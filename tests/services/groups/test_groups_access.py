"""Who may act: every role against every permission, strangers, other groups' rows, one query."""

from dataclasses import replace
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.domain.groups import access, members, profiles, roles
from app.domain.groups.access import authorise
from app.domain.groups.permissions import GRANTS, MEMBER, Permission
from app.domain.groups.views import AddMember, AssignRole, UpdateMember, WithdrawRole
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database
from app.kit.errors import NotFound, NotPermitted
from tests.factories.counting import counted
from tests.factories.groups import MadeGroup, id_of, make_group, make_member, make_officer, make_person, new_phone


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def group(database: Database) -> MadeGroup:
    return await make_group(database)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def people(database: Database, group: MadeGroup) -> dict[str, Actor]:
    return {
        "admin": group.admin,
        "treasurer": await make_officer(database, group, "treasurer"),
        "auditor": await make_officer(database, group, "auditor"),
        MEMBER: await make_member(database, group),
    }


@pytest.mark.parametrize("permission", list(Permission))
@pytest.mark.parametrize("role", ["admin", "treasurer", "auditor", MEMBER])
async def test_a_role_has_what_the_table_says(
    database: Database, people: dict[str, Actor], role: str, permission: Permission
) -> None:
    actor = people[role]
    async with database.transaction(actor) as session:
        if role in GRANTS[permission] or MEMBER in GRANTS[permission]:
            acting = await authorise(session, actor, permission)
            assert acting.roles == {MEMBER, role}
            acting.require(permission)
        else:
            with pytest.raises(NotPermitted):
                await authorise(session, actor, permission)
            with pytest.raises(NotPermitted):
                (await authorise(session, actor, Permission.READ_OWN)).require(permission)


async def test_who_acts_comes_with_the_groups_facts_in_one_query(
    database: Database, group: MadeGroup, people: dict[str, Actor]
) -> None:
    actor = people["treasurer"]
    async with database.transaction(actor) as session:
        with counted(database) as statements:
            acting = await authorise(session, actor, Permission.READ_BOOKS)
    assert len(statements) == 1
    assert (acting.group_id, acting.group_code, acting.group_name) == (group.id, group.view.code, group.view.name)
    assert (acting.currency, acting.timezone, acting.country) == ("KES", "Africa/Nairobi", "KE")
    assert (acting.member_id, acting.person_id) == (await id_of(database, actor), actor.person_id)


async def test_strangers_and_members_of_others_find_nothing(database: Database, group: MadeGroup) -> None:
    other = await make_group(database)
    stranger = await make_person(database)
    for actor in (
        NOBODY,
        Actor(group_id=group.id),
        stranger,
        stranger.within(group.id),
        other.admin.within(group.id),
        other.admin.within(uuid4()),
        group.staff.within(group.id),
    ):
        async with database.transaction(actor) as session:
            for permission in Permission:
                with pytest.raises(NotFound):
                    await authorise(session, actor, permission)


async def test_a_claim_that_is_not_the_transactions_finds_nothing(database: Database, group: MadeGroup) -> None:
    """The wall of the database: the transaction's tenant decides, whatever actor a service is handed."""
    other = await make_group(database)
    async with database.transaction(other.admin) as session:
        with pytest.raises(NotFound):
            await authorise(session, group.admin, Permission.READ_OWN)


async def test_one_who_left_is_a_stranger(database: Database, group: MadeGroup) -> None:
    actor = await make_member(database, group)
    member_id = await id_of(database, actor)
    async with database.transaction(group.admin) as session:
        await session.execute(text("UPDATE members SET state = 'left' WHERE id = :id"), {"id": member_id})
    async with database.transaction(actor) as session:
        with pytest.raises(NotFound):
            await authorise(session, actor, Permission.READ_OWN)
        assert await access.list_my_groups(session, actor) == []


async def test_services_refuse_a_plain_member(database: Database, people: dict[str, Actor]) -> None:
    actor, target = people[MEMBER], await id_of(database, people["admin"])
    profile = AddMember(member_no="X1", name="X")
    async with database.transaction(actor) as session:
        for call in (
            lambda: members.list_members(session, actor),
            lambda: members.get_member(session, actor, target),
            lambda: profiles.add_member(session, actor, profile),
            lambda: profiles.update_member(session, actor, UpdateMember(target, profile)),
            lambda: roles.assign_role(session, actor, AssignRole(new_phone(), "admin", "X1", "X")),
            lambda: roles.withdraw_role(session, actor, WithdrawRole(target, "admin")),
            lambda: roles.list_role_holders(session, actor),
        ):
            with pytest.raises(NotPermitted):
                await call()


async def test_a_foreign_id_answers_like_a_missing_one(database: Database, group: MadeGroup) -> None:
    foreign = await id_of(database, (await make_group(database)).admin)
    profile = AddMember(member_no="X1", name="X")
    for member_id in (foreign, uuid4()):
        async with database.transaction(group.admin) as session:
            for call in (
                lambda m=member_id: members.get_member(session, group.admin, m),
                lambda m=member_id: profiles.update_member(session, group.admin, UpdateMember(m, profile)),
                lambda m=member_id: roles.withdraw_role(session, group.admin, WithdrawRole(m, "admin")),
            ):
                with pytest.raises(NotFound):
                    await call()
            assert await members.member_cards(session, group.id, [member_id]) == {}


TABLES = ("groups", "members", "seats", "role_grants", "audit_events", "idempotent_commands")


async def test_other_groups_rows_are_invisible(database: Database, group: MadeGroup, people: dict[str, Actor]) -> None:
    other = await make_group(database)
    assert people
    async with database.transaction(other.admin) as session:
        for table in TABLES:
            column = "id" if table == "groups" else "group_id"
            seen = await session.execute(text(f"SELECT DISTINCT {column} FROM {table}"))
            assert set(seen.scalars()) <= {other.id}, table
            found = text(f"SELECT count(*) FROM {table} WHERE {column} = :id")
            assert (await session.execute(found, {"id": group.id})).scalar_one() == 0, table


async def test_without_a_tenant_only_ones_own_profiles_are_seen(database: Database, group: MadeGroup) -> None:
    me = replace(group.admin, group_id=None)
    async with database.transaction(me) as session:
        mine = (await session.execute(text("SELECT group_id, person_id FROM members"))).all()
        assert [tuple(row) for row in mine] == [(group.id, me.person_id)]
        for table in ("groups", "seats", "role_grants"):
            assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0, table
    async with database.transaction(NOBODY) as session:
        for table in TABLES[:4]:
            assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0, table


async def test_a_profile_in_another_group_is_read_but_never_written(database: Database, group: MadeGroup) -> None:
    """One's own profile is readable from everywhere; writing needs the group's own tenant."""
    other = await make_group(database)
    mine = group.admin.within(other.id)
    async with database.transaction(mine) as session:
        change = text("UPDATE members SET region = 'Kisumu' WHERE person_id = :me RETURNING id")
        assert (await session.execute(change, {"me": mine.person_id})).all() == []
    insert = text(
        "INSERT INTO role_grants (group_id, id, member_id, role, granted_by, granted_at)"
        " SELECT group_id, gen_random_uuid(), id, 'admin', id, now() FROM members WHERE person_id = :me"
    )
    async with database.transaction(mine) as session:
        with pytest.raises(ProgrammingError, match="row-level security"):
            await session.execute(insert, {"me": mine.person_id})


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM members",
        "DELETE FROM role_grants",
        "DELETE FROM groups",
        "DELETE FROM seats",
        "TRUNCATE members CASCADE",
        "UPDATE groups SET currency = 'UGX'",
        "UPDATE groups SET wrapped_key = ''",
        "UPDATE role_grants SET role = 'admin'",
        "UPDATE role_grants SET member_id = granted_by",
        "UPDATE seats SET kind = 'system'",
        "SET ROLE sanduk_lookup",
    ],
)
async def test_the_application_may_not(database: Database, group: MadeGroup, statement: str) -> None:
    async with database.transaction(group.admin) as session:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await session.execute(text(statement))


async def test_ones_place_names_the_group_and_oneself(database: Database, group: MadeGroup) -> None:
    async with database.transaction(group.admin) as session:
        place = await access.my_place(session, group.admin)
    assert (place.group_short_name, place.member_no, place.name, place.initials) == (
        "BSS Welfare",
        "BSS/001",
        "Hassan Owuor",
        "HO",
    )
    assert place.roles == {MEMBER, "admin"}


async def test_an_actor_without_a_person_has_no_groups(database: Database, group: MadeGroup) -> None:
    """Profiles that nobody has claimed are nobody's, not those of an unknown person."""
    await make_officer(database, group, "auditor")
    actor = Actor(group_id=group.id)
    async with database.transaction(group.admin) as session:
        await profiles.add_member(session, group.admin, AddMember(member_no="Unclaimed", name="Not Here Yet"))
    async with database.transaction(actor) as session:
        assert await access.list_my_groups(session, actor) == []


async def test_listing_ones_groups_leaves_the_transaction_where_it_was(database: Database) -> None:
    """One query, whoever asks from wherever: her places, in no other's group."""
    phone = new_phone()
    first, last = [await make_group(database, name=name, admin_phone=phone) for name in ("Amani", "Bahati")]
    for group in (first, last):
        async with database.transaction(group.admin) as session:
            with counted(database) as statements:
                found = await access.list_my_groups(session, group.admin)
            assert len(statements) == 1
            assert [(one.name, one.roles) for one in found] == [
                ("Amani", {MEMBER, "admin"}),
                ("Bahati", {MEMBER, "admin"}),
            ]
            assert (await authorise(session, group.admin, Permission.MANAGE_ROLES)).group_id == group.id


async def test_the_database_too_shows_groups_to_staff_alone(database: Database, group: MadeGroup) -> None:
    listing = text("SELECT id FROM lookup.staff_groups()")
    for actor in (NOBODY, group.admin, replace(group.admin, group_id=None), Actor(group_id=group.id)):
        async with database.transaction(actor) as session:
            assert (await session.execute(listing)).all() == []
    async with database.transaction(group.staff) as session:
        assert group.id in (await session.execute(listing)).scalars().all()
