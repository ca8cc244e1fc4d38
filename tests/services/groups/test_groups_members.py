"""Members: written singly, sealed at rest, listed by name; at most 500, three queries."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.domain.audit import service as audit
from app.domain.groups import access, members, profiles
from app.domain.groups.access import authorise
from app.domain.groups.errors import GroupFull, MemberNumberTaken, OwnPhone, PhoneTaken
from app.domain.groups.permissions import Permission
from app.domain.groups.views import AddMember, MemberData, MemberView, UpdateMember
from app.domain.identity.errors import StepUpNeeded
from app.kit.actor import Actor
from app.kit.crypto import CannotOpen
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotFound, NotPermitted
from tests.factories.counting import counted
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

WHOLE = AddMember(
    member_no="BSS/010",
    name="Grace Akinyi",
    phone="0712 345 678",
    region="kisumu county",
    gender="F",
    joined_on=date(2024, 2, 29),
    remarks="pays by her sister",
)


async def add(database: Database, actor: Actor, command: AddMember) -> MemberView:
    async with database.transaction(actor) as session:
        return await profiles.add_member(session, actor, command)


async def mend(database: Database, actor: Actor, member_id: UUID, profile: AddMember) -> MemberView:
    async with database.transaction(actor) as session:
        return await profiles.update_member(session, actor, UpdateMember(member_id, profile))


async def rights_of(database: Database, actor: Actor) -> frozenset[str]:
    async with database.transaction(actor) as session:
        return (await authorise(session, actor, Permission.READ_OWN)).roles


async def is_listed(database: Database, group: MadeGroup, member_id: UUID) -> bool:
    listed = text("SELECT count(*) FROM listed_phones l JOIN members m USING (phone_index) WHERE m.id = :id")
    async with database.transaction(group.admin) as session:
        return (await session.execute(listed, {"id": member_id})).scalar_one() == 1


async def test_a_member_reads_back_as_written(database: Database) -> None:
    group = await make_group(database)
    treasurer = await make_officer(database, group, "treasurer")
    view = await add(database, treasurer, WHOLE)
    async with database.transaction(treasurer) as session:
        assert await members.get_member(session, treasurer, view.id) == view
        events = await audit.list_events(session, group.id)
    assert (view.member_no, view.name, view.phone, view.region) == (
        "BSS/010",
        "Grace Akinyi",
        "+254 712 345678",
        "Kisumu",
    )
    assert (view.gender, view.joined_on, view.remarks) == ("F", date(2024, 2, 29), "pays by her sister")
    assert (view.roles, view.person_id) == (frozenset(), None)
    assert (events[0].action, events[0].subject_id, events[0].facts) == ("member.added", str(view.id), {})


async def test_nothing_personal_lies_open_in_the_database(database: Database) -> None:
    group = await make_group(database)
    view = await add(database, group.admin, WHOLE)
    await mend(database, group.admin, view.id, replace(WHOLE, name="Grace Akinyi Odhiambo", remarks="moved"))
    async with database.transaction(group.admin) as session:
        rows = []
        for table in ("groups", "members", "seats", "role_grants", "audit_events", "idempotent_commands"):
            rows += (await session.execute(text(f"SELECT t::text FROM {table} t"))).scalars().all()
    whole = "\n".join(rows)
    for word in ("Grace", "Akinyi", "Owuor", "712345678", "sister", "moved"):
        assert word not in whole
        assert word.encode().hex() not in whole
    assert "Kisumu" in whole


async def test_a_sealed_name_opens_only_in_its_own_row(database: Database) -> None:
    group = await make_group(database)
    one, other = await make_members(database, group, 2)
    copy = text("UPDATE members SET name_enc = (SELECT name_enc FROM members WHERE id = :one) WHERE id = :other")
    async with database.transaction(group.admin) as session:
        await session.execute(copy, {"one": one, "other": other})
        with pytest.raises(CannotOpen):
            await members.get_member(session, group.admin, other)
        assert (await members.get_member(session, group.admin, one)).name


async def test_a_listed_phone_may_sign_in(database: Database) -> None:
    group = await make_group(database)
    phone = new_phone()
    view = await add(database, group.admin, replace(WHOLE, phone=phone))
    me = (await make_person(database, phone)).within(group.id)
    assert await id_of(database, me) == view.id
    assert await is_listed(database, group, view.id)
    (other,) = await make_members(database, group, phones=[None])
    assert not await is_listed(database, group, other)
    await mend(database, group.admin, other, AddMember(member_no="M1", name="Njeri", phone=new_phone()))
    assert await is_listed(database, group, other)


async def test_numbers_and_phones_are_ones_own_in_a_group(database: Database) -> None:
    group, other = await make_group(database), await make_group(database)
    phone = new_phone()
    command = AddMember(member_no="bss/010", name="Grace", phone=phone)
    view = await add(database, group.admin, command)
    with pytest.raises(MemberNumberTaken) as number:
        await add(database, group.admin, AddMember(member_no="BSS/010", name="Njeri"))
    with pytest.raises(PhoneTaken) as taken:
        await add(database, group.admin, AddMember(member_no="BSS/011", name="Njeri", phone=f"0{phone[4:]}"))
    assert (number.value.field, taken.value.field) == ("member_no", "phone")
    assert (await add(database, other.admin, command)).id != view.id
    for name in ("One", "Two"):
        await add(database, group.admin, AddMember(member_no=name, name=name))  # no phone is nobody's


@pytest.mark.parametrize(
    ("change", "field", "why"),
    [
        ({"member_no": "\u200b"}, "member_no", "member_no_empty"),
        ({"member_no": "x" * 21}, "member_no", "member_no_long"),
        ({"name": " "}, "name", "name_empty"),
        ({"name": "x" * 121}, "name", "name_long"),
        ({"phone": "0712 34"}, "phone", "phone_short"),
        ({"phone": "x"}, "phone", "phone_empty"),
        ({"region": "Atlantis"}, "region", "region"),
        ({"region": "\u200b"}, "region", "region"),
        ({"gender": "female"}, "gender", "gender"),
        ({"joined_on": date(1949, 12, 31)}, "joined_on", "joined_on"),
        ({"joined_on": datetime.now(UTC).date() + timedelta(days=2)}, "joined_on", "joined_on"),
        ({"remarks": "x" * 501}, "remarks", "remarks_long"),
    ],
)
async def test_a_wrong_value_is_named(database: Database, change: dict[str, str], field: str, why: str) -> None:
    group = await make_group(database)
    (member_id,) = await make_members(database, group)
    wrong = replace(WHOLE, **change)
    for call in (add(database, group.admin, wrong), mend(database, group.admin, member_id, wrong)):
        with pytest.raises(InvalidInput) as caught:
            await call
        assert (caught.value.field, caught.value.why) == (field, why)


async def test_mending_writes_the_whole_profile_and_says_what_changed(database: Database) -> None:
    group = await make_group(database)
    view = await add(database, group.admin, WHOLE)
    mended = replace(
        WHOLE, member_no="BSS/10", name="Grace A. Odhiambo", region="", gender="", joined_on=None, remarks=""
    )
    after = await mend(database, group.admin, view.id, mended)
    assert after == replace(
        view, member_no="BSS/10", name="Grace A. Odhiambo", region=None, gender=None, joined_on=None, remarks=None
    )
    assert await mend(database, group.admin, view.id, mended) == after
    async with database.transaction(group.admin) as session:
        events = [e for e in await audit.list_events(session, group.id) if e.action == "member.changed"]
    assert [e.facts for e in events] == [{"fields": "member_no,region,gender,joined_on,name,remarks"}]


async def test_another_phone_is_another_way_in(database: Database) -> None:
    group = await make_group(database)
    treasurer = await make_officer(database, group, "treasurer")
    former, new = new_phone(), new_phone()
    view = await add(database, treasurer, replace(WHOLE, phone=former))
    one = (await make_person(database, former)).within(group.id)
    assert await rights_of(database, one)
    await mend(database, treasurer, view.id, replace(WHOLE, phone=new))
    with pytest.raises(NotFound):
        await rights_of(database, one)
    again = (await make_person(database, former)).within(group.id)
    with pytest.raises(NotFound):
        await rights_of(database, again)
    assert await id_of(database, (await make_person(database, new)).within(group.id)) == view.id


async def test_the_same_phone_written_otherwise_keeps_the_person(database: Database) -> None:
    group = await make_group(database)
    phone = new_phone()
    view = await add(database, group.admin, replace(WHOLE, phone=phone))
    me = await make_person(database, phone)
    after = await mend(database, group.admin, view.id, replace(WHOLE, phone=f"0{phone[4:]}", name="Grace"))
    assert after.person_id == me.person_id


async def test_a_treasurer_takes_no_officers_phone_over(database: Database) -> None:
    """Else she would sign in as the admin with a phone of her own."""
    group = await make_group(database)
    treasurer = await make_officer(database, group, "treasurer")
    admin_id = await id_of(database, group.admin)
    profile = AddMember(member_no="BSS/001", name="Hassan Owuor", phone=new_phone())
    for phone in (profile.phone, ""):
        with pytest.raises(NotPermitted):
            await mend(database, treasurer, admin_id, replace(profile, phone=phone))
    assert await rights_of(database, group.admin) == {"member", "admin"}
    second = await make_officer(database, group, "admin")
    async with database.transaction(second) as session:
        proven = UpdateMember(admin_id, profile, await prove(session, second))
        assert (await profiles.update_member(session, second, proven)).phone is not None
    with pytest.raises(NotFound):
        await rights_of(database, group.admin)


async def test_an_officers_phone_changes_with_a_fresh_code_alone(database: Database) -> None:
    """A role may be taken by way of its phone: that takes what giving the role takes."""
    group = await make_group(database)
    admin, phone = group.admin, new_phone()
    treasurer = await make_officer(database, group, "treasurer")
    officer = await id_of(database, treasurer)
    profile = AddMember(member_no="BSS/002", name="Njeri Kariuki", phone=phone)
    (taken,) = await make_members(database, group)
    for wanted in (profile, replace(profile, phone="")):
        for proof in (None, uuid4()):
            with pytest.raises(StepUpNeeded):
                async with database.transaction(admin) as session:
                    await profiles.update_member(session, admin, UpdateMember(officer, wanted, proof))
    with pytest.raises(MemberNumberTaken):  # what is wrong is said before a code is asked for
        await mend(database, admin, officer, replace(profile, member_no="BSS/001"))
    async with database.transaction(treasurer) as session:
        others = await prove(session, treasurer)
    with pytest.raises(StepUpNeeded):
        async with database.transaction(admin) as session:
            await profiles.update_member(session, admin, UpdateMember(officer, profile, others))
    assert await rights_of(database, treasurer) == {"member", "treasurer"}
    async with database.transaction(admin) as session:
        before = (await members.get_member(session, admin, officer)).phone or ""
        proof = await prove(session, admin)
        await profiles.update_member(session, admin, UpdateMember(officer, profile, proof))
    with pytest.raises(StepUpNeeded):  # a proof is used up
        async with database.transaction(admin) as session:
            await profiles.update_member(session, admin, UpdateMember(officer, replace(profile, phone=before), proof))
    again = await mend(database, admin, officer, replace(profile, name="Njeri Odhiambo Kariuki"))
    assert (again.name, again.phone is not None) == ("Njeri Odhiambo Kariuki", True)
    await mend(database, admin, taken, AddMember(member_no="M9", name="Ann Were", phone=new_phone()))
    with pytest.raises(NotFound):
        await rights_of(database, treasurer)


async def test_nobody_changes_the_phone_they_sign_in_with(database: Database) -> None:
    group = await make_group(database)
    treasurer = await make_officer(database, group, "treasurer")
    for actor in (group.admin, treasurer):
        with pytest.raises(OwnPhone):
            await mend(database, actor, await id_of(database, actor), replace(WHOLE, phone=new_phone()))


async def test_mending_meets_the_other_members(database: Database) -> None:
    group = await make_group(database)
    phone = new_phone()
    (member_id,) = await make_members(database, group, phones=[phone])
    view = await add(database, group.admin, replace(WHOLE, phone=new_phone()))
    with pytest.raises(MemberNumberTaken):
        await mend(database, group.admin, view.id, replace(WHOLE, member_no="m0001", phone=view.phone or ""))
    with pytest.raises(PhoneTaken):
        await mend(database, group.admin, view.id, replace(WHOLE, phone=phone))
    assert member_id != view.id


async def test_names_are_listed_in_order_found_and_paged(database: Database) -> None:
    group = await make_group(database)
    names = {"Zawadi Atieno": "Siaya", "akinyi Were": "Kisumu", "Baraka Otieno": "Nairobi"}
    for number, (name, region) in enumerate(names.items()):
        await add(database, group.admin, AddMember(member_no=f"N{number}", name=name, region=region))
    await make_members(database, group, 60, region="Mombasa")
    async with database.transaction(group.admin) as session:

        async def find(search: str, page: int = 0) -> tuple[int, list[str], bool]:
            found = await members.list_members(session, group.admin, search=search, page=page)
            return found.total, [row.name for row in found.rows], found.has_next

        assert await find("  ZAWADI ") == (1, ["Zawadi Atieno"], False)
        assert await find("n1") == (1, ["akinyi Were"], False)
        assert await find("siaya") == (1, ["Zawadi Atieno"], False)
        assert await find("%") == (0, [], False)
        first, second, third = [await find("", page) for page in range(3)]
        assert (await find("", -1)) == first
    assert [len(page[1]) for page in (first, second, third)] == [50, 14, 0]
    assert [page[2] for page in (first, second, third)] == [True, False, False]
    together = first[1] + second[1]
    assert together == sorted(together, key=str.casefold)
    assert len(together) == first[0] == 64


async def test_five_hundred_members_take_three_queries_and_are_the_most(database: Database) -> None:
    group = await make_group(database)
    for _ in range(4):
        await make_members(database, group, 124)
    await make_members(database, group, 3)
    async with database.transaction(group.admin) as session:
        with counted(database) as statements:
            began = time.perf_counter()
            page = await members.list_members(session, group.admin, page=9)
            took = time.perf_counter() - began
    assert len(statements) <= 3
    assert (page.total, len(page.rows), page.has_next) == (500, 50, False)
    assert took < 2, "seconds; a tenth on an ordinary machine"
    async with database.transaction(group.admin) as session:
        with counted(database) as statements:
            assert len(await members.member_cards(session, group.id)) == 500
        assert len(statements) == 2
        with counted(database) as statements:
            assert len(await members.active_members(session, group.id)) == 500
        assert len(statements) == 1
    with pytest.raises(GroupFull) as full:
        await add(database, group.admin, WHOLE)
    assert full.value.params == {"limit": 500}
    async with database.transaction(group.admin) as session:
        one_left = text("UPDATE members SET state = 'left' WHERE member_no = 'M0001'")
        await session.execute(one_left)
    assert (await add(database, group.admin, WHOLE)).name == "Grace Akinyi"


async def test_the_last_place_is_taken_once(database: Database) -> None:
    group = await make_group(database)
    for _ in range(4):
        await make_members(database, group, 124)
    await make_members(database, group, 2)
    commands = [AddMember(member_no=f"Last {n}", name="Last") for n in range(4)]
    outcome = await asyncio.gather(
        *(add(database, group.admin, command) for command in commands), return_exceptions=True
    )
    assert sum(isinstance(one, MemberView) for one in outcome) == 1
    assert sum(isinstance(one, GroupFull) for one in outcome) == 3


async def test_bulk_is_all_or_nothing(database: Database) -> None:
    group = await make_group(database)
    rows = [MemberData(member_no=number, name=number) for number in ("A", "B", "a")]

    async def attempt() -> None:
        async with database.transaction(group.admin) as session:
            await members.add_members(session, group.id, rows)

    with pytest.raises(MemberNumberTaken):
        await attempt()
    async with database.transaction(group.admin) as session:
        assert [ref.member_no for ref in await members.active_members(session, group.id)] == ["BSS/001"]


async def test_cards_name_those_who_left_and_seats_have_a_word(database: Database) -> None:
    group = await make_group(database)
    (member_id,) = await make_members(database, group)
    async with database.transaction(group.admin) as session:
        await session.execute(text("UPDATE members SET state = 'left' WHERE id = :id"), {"id": member_id})
        seat = (await session.execute(text("SELECT id FROM seats"))).scalar_one()
        cards = await members.member_cards(session, group.id)
        assert cards[member_id].name == await members.name_of_actor(session, group.id, member_id)
        assert await members.name_of_actor(session, group.id, seat) == "staff"
        assert member_id not in {ref.id for ref in await members.active_members(session, group.id)}
        assert member_id not in {row.id for row in (await members.list_members(session, group.admin)).rows}


async def test_one_reads_ones_group_from_its_own_tenant(database: Database) -> None:
    group: MadeGroup = await make_group(database)
    me = await make_member(database, group)
    async with database.transaction(me) as session:
        view = await access.get_group(session, me)
    assert view == group.view
    assert (view.pay_to, view.region_kind) == ("522533", "county")
