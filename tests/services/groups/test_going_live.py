"""From trying out to live: what goes over, what stays behind, that it happens once and never after."""

import asyncio
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import embedded
from app.domain.contributions import reading
from app.domain.contributions.looking_after import unseen_groups
from app.domain.contributions.service import OpenCall, open_call
from app.domain.groups import access, going_live, rules
from app.domain.groups.approvals import list_approval_rules
from app.domain.groups.errors import AlreadyLive
from app.domain.groups.going_live import ClearTryout, GoLive, clear_tryout, go_live, read_live
from app.domain.groups.late_rules import LateRule, SetLateRule, get_late_rule, set_late_rule
from app.domain.groups.members import list_members
from app.domain.groups.models import Group
from app.domain.groups.views import GroupView
from app.domain.identity.errors import StepUpNeeded
from app.domain.ledger import service as ledger
from app.domain.ledger.errors import GroupCleared, translate
from app.domain.loans.products import ProductRules
from app.domain.loans.service import define_product, list_products
from app.domain.loans.views import DefineProduct
from app.domain.receipts import service as receipts
from app.domain.reports import proving
from app.domain.reports.activity import group_activity
from app.domain.reports.programmes import list_programmes
from app.domain.reports.reporting import read_report
from app.domain.welfare.examples import EXAMPLES
from app.domain.welfare.scheme import terms_of
from app.domain.welfare.schemes import get_scheme, set_scheme
from app.domain.welfare.views import SetScheme
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database, Session
from app.kit.errors import InvalidInput, NotPermitted
from tests.factories.groups import prove
from tests.factories.payments import EACH, Programme, make_programme


async def tried(database: Database) -> Programme:
    """A group in which something was paid, and a rule set."""
    programme = await make_programme(database, members=2)
    await programme.open_call()
    await programme.confirm((await programme.submit()).id)
    await programme.submit(programme.members[1])
    admin = programme.group.admin
    async with database.transaction(admin) as session:
        rule = LateRule(fine="amount", amount_minor=5_000, title="Late fee")
        await set_late_rule(session, admin, SetLateRule(rule))
    return programme


async def clear(programme: Programme, *, typed: str = "", proof: UUID | None = None) -> GroupView:
    admin = programme.group.admin
    async with programme.database.transaction(admin) as session:
        proof = proof or await prove(session, admin)
        command = ClearTryout(typed or programme.group.view.code, "practice", proof)
        return await clear_tryout(session, admin, command)


async def live(programme: Programme) -> None:
    admin = programme.group.admin
    async with programme.database.transaction(admin) as session:
        await go_live(session, admin, GoLive(await prove(session, admin)))


async def test_people_and_rules_go_over_and_nothing_that_passed_a_gate(database: Database):
    programme = await tried(database)
    old, admin = programme.group.view, programme.group.admin
    async with database.transaction(admin) as session:
        await set_scheme(session, admin, SetScheme(EXAMPLES[0].scheme))
        lending = await define_product(session, admin, DefineProduct(ProductRules("Small loan", 120_000, 6)))
    async with database.transaction(admin) as session:
        before = await list_members(session, admin)
        rules_before = await rules.get_rules(session, admin)
        signing_before = await list_approval_rules(session, admin)
    new = await clear(programme)
    assert (new.id, new.code) != (old.id, old.code)
    assert (new.name, new.currency, new.pay_to, new.template) == (old.name, old.currency, old.pay_to, old.template)
    there = admin.within(new.id)
    async with database.transaction(there) as session:
        after = await list_members(session, there)
        its = await rules.get_rules(session, there)
        assert (its.amount_minor, its.frequency, its.due_day) == (
            rules_before.amount_minor,
            rules_before.frequency,
            rules_before.due_day,
        )
        assert (await get_late_rule(session, there)).amount_minor == 5_000
        assert await list_approval_rules(session, there) == signing_before
        scheme = (await get_scheme(session, there)).scheme
        assert (scheme.version, terms_of(scheme)) == (1, terms_of(EXAMPLES[0].scheme))
        assert [(one.version, one.rules) for one in await list_products(session, there)] == [(1, lending.rules)]
        assert await reading.list_calls(session, there) == []
        assert await receipts.list_group_receipts(session, there) == []
        assert (await ledger.head(session, new.id)).seq == 0
        assert (await read_live(session, there)).live_at is None
        log = await group_activity(session, there)
        assert [row.action for row in log.rows] == ["group.begun"]
    facts = [(one.member_no, one.name, one.phone, one.region, one.roles) for one in before.rows]
    assert [(one.member_no, one.name, one.phone, one.region, one.roles) for one in after.rows] == facts
    assert not {one.id for one in before.rows} & {one.id for one in after.rows}
    assert {one.person_id for one in before.rows} == {one.person_id for one in after.rows}


async def test_the_old_group_is_read_marked_and_closed(database: Database):
    programme = await tried(database)
    admin, sent = programme.group.admin, await programme.submit(programme.treasurer)
    new = await clear(programme)
    async with database.transaction(admin) as session:
        group = await access.get_group(session, admin)
        assert group.name.endswith("(practice)")
        assert (await read_report(session, admin, "contributions")).total > 0
        log = await group_activity(session, admin)
        assert log.rows[0].action == "group.cleared"
        shown = await list_programmes(session, admin)
        assert [one.group_id for one in shown.rows] == [new.id], "practice is out of every total"
    with pytest.raises(GroupCleared):
        await programme.open_call(title="Again")
    with pytest.raises(GroupCleared):
        await live(programme)
    with pytest.raises(DBAPIError) as submitted:
        await programme.submit(admin)
    with pytest.raises(DBAPIError) as withdrawn:
        await programme.withdraw(sent.id, programme.treasurer)
    for refused in (submitted, withdrawn):
        assert isinstance(translate(refused.value), GroupCleared)
    async with database.transaction(NOBODY) as session:
        unseen = await unseen_groups(session)
    assert programme.group.id not in unseen
    assert new.id in unseen
    async with database.transaction(admin, is_snapshot=True) as session:
        assert (await proving.check_books(session, programme.group.id, None)).fault is None


async def test_the_wall_below_the_services(database: Database, server: embedded.Server, database_name: str):
    """As the application's role, around every service: no entry, payment, due or member comes into what is cleared."""
    programme = await tried(database)
    await clear(programme)
    actor = Actor(group_id=programme.group.id)
    statements = (
        "UPDATE payments SET state = state WHERE group_id = kit.tenant()",
        "UPDATE contributions SET paid_minor = paid_minor WHERE group_id = kit.tenant()",
        "INSERT INTO calls SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid()))).*"
        " FROM calls c WHERE group_id = kit.tenant()",
    )
    for statement in statements:
        with pytest.raises(DBAPIError) as refused:
            async with database.transaction(actor) as session:
                await session.execute(text(statement))
        known = translate(refused.value)
        assert known is not None, statement
        assert known.code == "group_cleared"
    with (
        psycopg.connect(server.url(embedded.SUPERUSER, database_name)) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute("UPDATE groups SET cleared_at = NULL WHERE id = %s", [programme.group.id])


async def test_what_is_live_is_never_cleared(database: Database):
    programme = await tried(database)
    with pytest.raises(StepUpNeeded):
        async with database.transaction(programme.group.admin) as session:
            await go_live(session, programme.group.admin, GoLive())
    await live(programme)
    await live(programme)
    with pytest.raises(AlreadyLive):
        await clear(programme)
    await programme.open_call(title="It goes on")


async def test_who_may_and_what_is_typed(database: Database):
    programme = await tried(database)
    with pytest.raises(InvalidInput):
        await clear(programme, typed="CLEAR")
    with pytest.raises(StepUpNeeded):
        async with database.transaction(programme.group.admin) as session:
            await clear_tryout(session, programme.group.admin, ClearTryout(programme.group.view.code, "practice"))
    for who in (programme.treasurer, programme.member):
        with pytest.raises(NotPermitted):
            async with database.transaction(who) as session:
                await clear_tryout(session, who, ClearTryout(programme.group.view.code, "practice"))


async def test_of_two_at_once_one_clears(database: Database):
    programme = await tried(database)
    found = await asyncio.gather(*(clear(programme) for _ in range(3)), return_exceptions=True)
    assert sum(isinstance(one, GroupView) for one in found) == 1, found
    assert all(isinstance(one, GroupView | GroupCleared) for one in found), found


async def test_without_the_lock_the_key_refuses_a_second_successor(database: Database, monkeypatch: pytest.MonkeyPatch):
    """The control: two do collide then, and still one group follows."""

    async def read(session: Session, group_id: UUID) -> Group:
        return await session.get_one(Group, group_id)

    programme = await tried(database)
    monkeypatch.setattr(going_live, "_lock", read)
    found = await asyncio.gather(*(clear(programme) for _ in range(3)), return_exceptions=True)
    assert sum(isinstance(one, GroupView) for one in found) == 1, found
    assert any(isinstance(one, DBAPIError) for one in found), found


async def test_clearing_and_going_live_at_once_end_in_one_of_them(database: Database):
    programme = await tried(database)
    found = await asyncio.gather(clear(programme), live(programme), return_exceptions=True)
    assert sum(isinstance(one, BaseException) for one in found) == 1, found


async def test_the_new_group_works(database: Database):
    programme = await tried(database)
    new = await clear(programme)
    treasurer = programme.treasurer.within(new.id)
    async with database.transaction(treasurer) as session:
        today = await programme.today()
        call = await open_call(session, treasurer, OpenCall("First", EACH, today, str(uuid4())))
    assert call.dues == 4
