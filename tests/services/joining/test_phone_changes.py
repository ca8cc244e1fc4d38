"""Another phone: two codes, a day, then the new one alone."""

import asyncio

import pytest

from app.domain.groups import inbox, members, phones
from app.domain.identity import codes, phone_changes, sessions
from app.domain.identity.errors import NoPhoneChange, SamePhone
from app.domain.identity.phones import display_phone
from app.domain.identity.service import person_phone
from app.domain.identity.views import PhoneChangeStarted
from app.domain.reports.activity import group_activity
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database
from app.kit.errors import TooManyRequests
from tests.factories.groups import id_of, make_group, make_members, make_person, new_phone
from tests.services.identity.conftest import MovedClock
from tests.services.identity.signing_in import new_session, other_than
from tests.services.joining.asking import run


async def start(base: Database, me: Actor, phone: str) -> PhoneChangeStarted:
    assert me.person_id
    async with base.transaction(me) as session:
        return await phone_changes.start_change(session, me.person_id, phone)


async def prove(base: Database, me: Actor, old: str, new: str) -> list[str | None]:
    """Type what is still to be typed; what came of each."""
    assert me.person_id
    async with base.transaction(me) as session:
        to_type = await phone_changes.codes_to_type(session, me.person_id)
    typed, found = {"old": old, "new": new}, []
    for which, request_id in to_type.items():
        async with base.transaction(me) as session:
            checked = await codes.check_code(session, request_id, typed[which], purpose=f"phone_{which}")
        found.append(checked.failure)
    async with base.transaction(me) as session:
        has_begun = await phones.begin_change(session, me.person_id)
    assert has_begun == (not any(found))
    return found


async def complete(base: Database, phone: str) -> str | None:
    async with base.transaction(NOBODY) as session:
        return await phones.complete_due(session, phone)


async def phone_of(base: Database, me: Actor) -> str:
    assert me.person_id
    async with base.transaction(me) as session:
        return await person_phone(session, me.person_id)


async def changed(base: Database, me: Actor, phone: str) -> None:
    started = await start(base, me, phone)
    assert await prove(base, me, started.old.code or "", started.new.code or "") == [None, None]


async def test_the_whole_way(base: Database, clock: MovedClock):
    group, other = await make_group(base), await make_group(base)
    old, new = new_phone(), new_phone()
    for one in (group, other):
        await make_members(base, one, phones=[old])
    me = await make_person(base, old)
    token = await new_session(base, me)
    await changed(base, me, new)
    assert await complete(base, new) is None
    clock.wait(hours=23)
    assert await complete(base, old) is None
    assert await phone_of(base, me) == old
    clock.wait(hours=1)
    assert await complete(base, new) == new
    assert await phone_of(base, me) == new
    told = await run(base, me.within(group.id), inbox.list_my_notifications)
    assert [one.kind for one in told] == ["phone_changed", "phone_changing"]
    log = await run(base, group.admin, group_activity)
    assert [row.action for row in log.rows[:2]] == ["member.phone_changed", "member.phone_changing"]
    for one in (group, other):
        view = await run(base, one.admin, members.get_member, await id_of(base, me.within(one.id)))
        assert view.phone == display_phone(new)
    async with base.transaction(NOBODY) as session:
        assert await sessions.find_session(session, token) is None
    assert await complete(base, new) is None
    assert await make_person(base, new) == me


async def test_a_right_code_stays_proved_while_the_other_is_wrong(base: Database):
    me = await make_person(base)
    started = await start(base, me, new_phone())
    old, new = started.old.code or "", started.new.code or ""
    assert await prove(base, me, other_than(old), new) == ["wrong", None]
    assert await prove(base, me, other_than(old), "") == ["wrong"]
    assert await prove(base, me, old, "") == [None]
    assert await prove(base, me, "", "") == []


async def test_five_tries(base: Database):
    me = await make_person(base)
    started = await start(base, me, new_phone())
    old, new = started.old.code or "", started.new.code or ""
    assert await prove(base, me, old, other_than(new)) == [None, "wrong"]
    for _ in range(4):
        await prove(base, me, old, other_than(new))
    assert await prove(base, me, old, new) == ["expired"]


async def test_too_old_codes(base: Database, clock: MovedClock):
    me = await make_person(base)
    started = await start(base, me, new_phone())
    clock.wait(minutes=10)
    assert await prove(base, me, started.old.code or "", started.new.code or "") == ["expired", "expired"]


async def test_anothers_phone_gets_no_code_and_no_other_answer(base: Database):
    me, theirs = await make_person(base), new_phone()
    await make_person(base, theirs)
    started = await start(base, me, theirs)
    assert started.old.code
    assert started.new.code is None
    assert await prove(base, me, started.old.code, "000000") == [None, "wrong"]


async def test_called_off(base: Database, clock: MovedClock):
    me, phone = await make_person(base), new_phone()
    with pytest.raises(SamePhone):
        await start(base, me, await phone_of(base, me))
    await changed(base, me, phone)
    assert me.person_id
    async with base.transaction(me) as session:
        found = await phone_changes.find_change(session, me.person_id)
        assert found
        assert (found.state, found.phone) == ("waiting", phone)
        assert await phone_changes.cancel_change(session, me.person_id)
        assert not await phone_changes.cancel_change(session, me.person_id)
    clock.wait(hours=25)
    assert await complete(base, phone) is None
    with pytest.raises(NoPhoneChange):
        await prove(base, me, "111111", "222222")


async def test_asking_again_waits_and_replaces(base: Database, clock: MovedClock):
    me, first = await make_person(base), new_phone()
    await start(base, me, first)
    with pytest.raises(TooManyRequests):
        await start(base, me, first)
    clock.wait(minutes=2)
    second = new_phone()
    await start(base, me, second)
    assert me.person_id
    async with base.transaction(me) as session:
        found = await phone_changes.find_change(session, me.person_id)
    assert found
    assert found.phone == second


async def test_a_mistyped_number_is_mended_with_the_present_phones_code(base: Database):
    me = await make_person(base)
    first = await start(base, me, new_phone())
    second = await start(base, me, new_phone())
    assert (second.old.request_id, second.old.is_sent) == (first.old.request_id, False)
    wrong = other_than(second.new.code or "")
    assert await prove(base, me, first.old.code or "", wrong) == [None, "wrong"]
    third = await start(base, me, new_phone())  # a code that was typed serves no other number
    assert (third.old.request_id != first.old.request_id, third.old.is_sent) == (True, True)


async def test_numbers_are_mended_no_oftener_than_codes_are_sent(base: Database):
    me = await make_person(base)
    for _ in range(6):
        await start(base, me, new_phone())
    with pytest.raises(TooManyRequests):
        await start(base, me, new_phone())


async def test_the_same_phone_for_two_persons(base: Database, clock: MovedClock):
    one, other, phone = await make_person(base), await make_person(base), new_phone()
    await changed(base, one, phone)
    clock.wait(minutes=2)
    await changed(base, other, phone)
    clock.wait(hours=25)
    found = await asyncio.gather(*(complete(base, phone) for _ in range(4)))
    assert found.count(phone) == 1
    while await complete(base, phone):
        pass
    assert [await phone_of(base, me) == phone for me in (one, other)].count(True) == 1


async def test_where_another_member_has_the_number(base: Database, clock: MovedClock):
    group, old, new = await make_group(base), new_phone(), new_phone()
    mine, _ = await make_members(base, group, phones=[old, new])
    me = await make_person(base, old)
    await changed(base, me, new)
    clock.wait(hours=25)
    assert await complete(base, new) == new
    view = await run(base, group.admin, members.get_member, mine)
    assert view.phone == display_phone(old)


async def test_nobody_sees_or_stops_anothers(base: Database):
    me, other = await make_person(base), await make_person(base)
    await changed(base, me, new_phone())
    assert me.person_id
    async with base.transaction(other) as session:
        assert await phone_changes.find_change(session, me.person_id) is None
        assert not await phone_changes.cancel_change(session, me.person_id)
