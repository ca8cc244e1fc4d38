"""Leaving: what is open is shown, roles and places end, history and figures stay."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from app.domain.contributions import former, leaving, reading
from app.domain.contributions.errors import PaymentsWaiting, SettlementChanged
from app.domain.contributions.views import LeaveGroup, RemoveMember, Settlement
from app.domain.groups import access, inbox, members, profiles, roles
from app.domain.groups.errors import FormerMember, HoldsRole, OwnLeaving
from app.domain.groups.joining import requests
from app.domain.groups.views import AddMember, AssignRole, WithdrawRole
from app.domain.identity import sessions
from app.domain.payments.errors import NothingToPay
from app.domain.reports.activity import member_activity
from app.domain.reports.passbook import passbook
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotFound
from tests.factories.groups import id_of, make_member, make_members, make_officer, make_person, new_phone, prove
from tests.factories.payments import EACH, Programme, make_programme
from tests.services.joining.asking import approve, ask, invite, run


@pytest_asyncio.fixture(loop_scope="session")
async def programme(database: Database) -> AsyncIterator[Programme]:
    yield await make_programme(database)


async def settlement(programme: Programme, member_id: UUID) -> Settlement:
    return await run(programme.database, programme.treasurer, leaving.settlement_of, member_id)


async def remove(programme: Programme, member_id: UUID, *, dues: str = "cancel", actor: Actor | None = None) -> Any:
    shown = await settlement(programme, member_id)
    command = RemoveMember(member_id, dues, shown.open_minor)
    return await run(programme.database, actor or programme.treasurer, leaving.remove_member, command)


async def figures(programme: Programme) -> tuple[int, int, int]:
    today = await run(programme.database, programme.treasurer, reading.today)
    assert today.calls == () or today.calls[0].expected_minor <= today.confirmed_minor + today.pending_minor
    return today.members, today.confirmed_minor, today.pending_minor


async def test_what_she_paid_stays_and_what_is_open_is_asked_no_more(programme: Programme):
    await programme.open_call()
    member_id = await id_of(programme.database, programme.member)
    sent = await programme.submit(amount_minor=20_000)
    with pytest.raises(PaymentsWaiting):
        await remove(programme, member_id)
    await programme.confirm(sent.id)
    people, confirmed, pending = await figures(programme)
    shown = await settlement(programme, member_id)
    assert (shown.receipts_minor, shown.open_minor, len(shown.dues)) == (20_000, EACH - 20_000, 1)
    gone = await remove(programme, member_id)
    assert gone.left_at is not None
    assert (gone.receipts_minor, gone.open_minor) == (20_000, 0)
    assert await figures(programme) == (people - 1, confirmed, pending - (EACH - 20_000))
    book = await run(programme.database, programme.treasurer, passbook, member_id=member_id)
    assert (book.balance_minor, len(book.rows)) == (20_000, 1)
    await programme.reverse(sent.id)
    assert await figures(programme) == (people - 1, confirmed - 20_000, pending - (EACH - 20_000))
    assert (await remove(programme, member_id)).left_at == gone.left_at


async def test_or_it_stays_owed(programme: Programme):
    await programme.open_call()
    member_id = await id_of(programme.database, programme.member)
    people, confirmed, pending = await figures(programme)
    await remove(programme, member_id, dues="keep")
    assert await figures(programme) == (people - 1, confirmed, pending)
    unpaid = await run(programme.database, programme.treasurer, reading.list_unpaid)
    assert member_id in {row.member_id for row in unpaid}


async def test_her_sessions_lose_their_place_at_once(programme: Programme):
    me, database = programme.member, programme.database
    assert me.person_id
    async with database.transaction(me) as session:
        token = await sessions.open_session(session, me.person_id, user_agent="test")
        found = await sessions.find_session(session, token)
        assert found
        await sessions.set_place(session, found.id, programme.group.id, "member")
    await remove(programme, await id_of(database, me))
    async with database.transaction(NOBODY) as session:
        found = await sessions.find_session(session, token)
    assert found is not None
    assert found.role is None
    assert await run(database, Actor(person_id=me.person_id), access.list_my_groups) == []
    with pytest.raises(NotFound):
        await run(database, me, reading.home)


async def test_a_role_is_withdrawn_first(programme: Programme):
    database, group = programme.database, programme.group
    auditor = await make_officer(database, group, "auditor")
    auditor_id, admin_id = await id_of(database, auditor), await id_of(database, group.admin)
    for actor in (programme.treasurer, group.admin):
        with pytest.raises(HoldsRole):
            await remove(programme, auditor_id, actor=actor)
    async with database.transaction(group.admin) as session:
        proof = await prove(session, group.admin)
        await roles.withdraw_role(session, group.admin, WithdrawRole(auditor_id, "auditor", proof))
    assert (await remove(programme, auditor_id)).left_at
    with pytest.raises(OwnLeaving):
        await remove(programme, admin_id, actor=group.admin)
    with pytest.raises(HoldsRole):
        await remove(programme, admin_id)


async def test_a_role_meets_leaving(programme: Programme):
    """Given and removed at once: she is never outside with a role."""
    database, group = programme.database, programme.group
    phone = new_phone()
    (member_id,) = await make_members(database, group, phones=[phone])
    proof = await run(database, group.admin, prove)
    await asyncio.gather(
        run(database, group.admin, roles.assign_role, AssignRole(phone, "auditor", step_up_id=proof)),
        remove(programme, member_id),
        return_exceptions=True,
    )
    view = await run(database, group.admin, members.get_member, member_id)
    assert (view.left_at is None) == bool(view.roles)


async def test_paying_meets_leaving(programme: Programme):
    await programme.open_call()
    member_id = await id_of(programme.database, programme.member)
    command, shown = await programme.submission(), await settlement(programme, member_id)
    leave = RemoveMember(member_id, "cancel", shown.open_minor)
    sent, left = await asyncio.gather(
        programme.send(command),
        run(programme.database, programme.treasurer, leaving.remove_member, leave),
        return_exceptions=True,
    )
    if isinstance(left, Exception):
        assert isinstance(left, PaymentsWaiting)
        assert not isinstance(sent, Exception)
    else:
        assert isinstance(sent, NothingToPay | NotFound)


async def test_what_changed_meanwhile_stops_it(programme: Programme):
    await programme.open_call()
    member_id = await id_of(programme.database, programme.member)
    shown = await settlement(programme, member_id)
    await programme.open_call(title="One more")
    for command, error in (
        (RemoveMember(member_id, "cancel", shown.open_minor), SettlementChanged),
        (RemoveMember(member_id, "forget", shown.open_minor), InvalidInput),
        (RemoveMember(uuid4(), "cancel", 0), NotFound),
    ):
        with pytest.raises(error):
            await run(programme.database, programme.treasurer, leaving.remove_member, command)


async def test_who_comes_back_has_her_history(programme: Programme):
    database, group, phone = programme.database, programme.group, new_phone()
    person = await make_person(database, phone)
    asked = await ask(database, person, (await invite(database, group.admin)).code)
    await approve(database, group.admin, asked.id, "B/1")
    me = person.within(group.id)
    member_id = await id_of(database, me)
    await remove(programme, member_id)
    listed = await run(database, group.admin, members.list_members, left=True)
    assert [(row.id, row.left_at is not None) for row in listed.rows] == [(member_id, True)]
    with pytest.raises(FormerMember):
        await run(database, group.admin, profiles.add_member, AddMember("B/2", "Again", phone=phone))
    with pytest.raises(FormerMember):
        await run(database, group.admin, roles.assign_role, AssignRole(phone, "auditor"))
    again = await ask(database, person, (await invite(database, group.admin)).code)
    assert (await run(database, group.admin, requests.list_requests))[0].is_back
    await approve(database, group.admin, again.id)
    assert await id_of(database, me) == member_id
    await remove(programme, member_id)
    for _ in range(2):
        assert (await run(database, group.admin, profiles.take_back, member_id)).left_at is None
    assert await id_of(database, me) == member_id


async def test_the_log_of_a_member(programme: Programme):
    database, group = programme.database, programme.group
    other = await make_member(database, group)
    await programme.open_call()
    member_id = await id_of(database, programme.member)
    sent = await programme.submit()
    await programme.confirm(sent.id)
    name = await run(database, programme.member, requests.ask_name_change, "Somebody Better")
    await approve(database, group.admin, name.id)
    await remove(programme, member_id)
    log = await run(database, programme.treasurer, member_activity, member_id=member_id)
    assert [row.action for row in log.rows] == [
        "member.removed",
        "request.approved",
        "member.changed",
        "request.name",
        "payment.confirmed",
        "payment.submitted",
    ]
    assert [row.is_hers for row in log.rows] == [False, False, False, True, False, True]
    assert log.rows[0].by
    assert log.next_before == ""
    first = await run(database, programme.treasurer, member_activity, member_id=member_id, before=str(log.rows[3].id))
    assert [row.id for row in first.rows] == [row.id for row in log.rows[4:]]
    with pytest.raises(NotFound):
        await run(database, other, member_activity, member_id=member_id)
    with pytest.raises(NotFound):
        await run(database, programme.treasurer, member_activity, member_id=uuid4())
    own = await run(database, other, member_activity)
    assert own.rows == ()


async def test_one_leaves_by_oneself_and_what_one_owes_stays_owed(programme: Programme):
    await programme.open_call()
    database, me = programme.database, programme.member
    member_id = await id_of(database, me)
    people, confirmed, pending = await figures(programme)
    shown = await run(database, me, leaving.my_settlement)
    assert (shown.open_minor, shown.is_me, len(shown.dues)) == (EACH, True, 1)
    with pytest.raises(SettlementChanged):
        await run(database, me, leaving.leave_group, LeaveGroup(0))
    sent = await programme.submit()
    with pytest.raises(PaymentsWaiting):
        await run(database, me, leaving.leave_group, LeaveGroup(EACH))
    await programme.withdraw(sent.id)
    await run(database, me, leaving.leave_group, LeaveGroup(EACH))
    assert await figures(programme) == (people - 1, confirmed, pending)
    for service in (leaving.my_settlement, reading.home):
        with pytest.raises(NotFound):
            await run(database, me, service)
    log = await run(database, programme.treasurer, member_activity, member_id=member_id)
    assert log.rows[0].action == "member.left"
    told = await run(database, programme.treasurer, inbox.list_my_notifications)
    assert (told[0].kind, told[0].subject_id) == ("member_left", member_id)
    assert told[0].facts == {"no": shown.member_no, "name": shown.name, "open_minor": EACH, "currency": "KES"}
    left = await run(database, Actor(person_id=me.person_id), former.list_left_groups)
    assert [(one.name, one.open_minor, one.pay_to) for one in left] == [("BSS Welfare", EACH, "522533")]
    assert [(one.title, one.reference) for one in left[0].dues] == [(shown.dues[0].title, shown.dues[0].reference)]
    assert await run(database, Actor(person_id=programme.treasurer.person_id), former.list_left_groups) == []
    assert await run(database, NOBODY, former.list_left_groups) == []


async def test_an_officer_lays_down_the_role_first(programme: Programme):
    with pytest.raises(HoldsRole):
        await run(programme.database, programme.treasurer, leaving.leave_group, LeaveGroup(0))
