"""The demo's figures, and that loading it again changes nothing."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from app import demo, wiring
from app.demo.people import signed_in
from app.domain.contributions import reading as contributions
from app.domain.groups import access, approvals, roles, rules
from app.domain.identity import service as identity
from app.domain.ledger import service as ledger
from app.domain.loans import lending, reading
from app.domain.reports import books, passbook
from app.domain.welfare import schemes
from app.domain.welfare.views import SetScheme
from app.kit.actor import NOBODY, Actor
from app.kit.clock import SystemClock, today_in
from app.kit.db import Database

wiring.register()


async def test_a_year_of_savings_in_nashik(database: Database) -> None:
    await demo.load(database)
    await demo.load(database)
    group_id = await _nashik(database)
    someone = await signed_in(database, demo.nashik.TREASURER_PHONE, group_id)
    today = today_in(demo.nashik.ZONE, SystemClock().now())
    dates = list(demo.nashik.due_dates(today))
    assert len({(on.year, on.month) for on in dates}) == len(dates) == 13
    assert dates[-2] <= today < dates[-1]
    late = today < dates[-2] + timedelta(days=6)
    async with database.transaction(someone) as session:
        view = await contributions.today(session, someone)
        balance = await books.trial_balance(session, someone)
        mine = await passbook.passbook(session, someone)
        its = await rules.get_rules(session, someone)
        assert await ledger.verify_group(session, group_id) is None
    paid = 12 * 12 - (2 if late else 0)
    assert view.currency == "INR"
    assert (view.members, view.confirmed_minor) == (12, paid * demo.nashik.EACH)
    credited = {row.control_code: row.credit_minor for row in balance.rows if row.credit_minor}
    assert credited.keys() == {"2010", "4020"}, "savings, and interest on loans"
    assert credited["2010"] == view.confirmed_minor
    assert balance.debit_minor == balance.credit_minor == view.confirmed_minor + credited["4020"]
    assert mine.balance_minor == 12 * demo.nashik.EACH
    assert (its.purpose, its.frequency, its.due_day, its.amount_minor) == ("savings", "monthly", 10, 150_000)
    assert its.confirmers == ("Kavita Jadhav", "Sunita Pawar")


async def test_loans_in_nashik(database: Database) -> None:
    """One is paid off, one runs, one is late: the page of loans, and that of the door's member, have something."""
    await demo.load(database)
    group_id = await _nashik(database)
    treasurer = await signed_in(database, demo.nashik.TREASURER_PHONE, group_id)
    member = await signed_in(database, demo.nashik.MEMBER_PHONE, group_id)
    async with database.transaction(treasurer) as session:
        found = await lending.portfolio(session, treasurer)
    assert [(one.no, one.state, one.standing) for one in found.rows] == [
        (3, "active", "overdue"),
        (2, "active", "current"),
        (1, "closed", ""),
    ]
    assert 0 < found.rows[0].days_late < 30
    assert found.lent_minor == sum(one.principal_minor for one in found.rows)
    async with database.transaction(member) as session:
        (mine,) = (await reading.my_loans(session, member)).loans
    assert (mine.no, mine.state, sum(not row.unpaid_minor for row in mine.instalments)) == (2, "active", 2)


async def test_welfare_has_rules_that_the_admin_may_change(database: Database) -> None:
    group_id = await demo.load(database)
    admin = await signed_in(database, demo.ADMIN_PHONE, group_id)
    async with database.transaction(admin) as session:
        known = (await schemes.get_scheme(session, admin)).scheme
        assert (known.version, len(known.benefits)) == (1, 5)
        await schemes.set_scheme(session, admin, SetScheme(replace(known, report_days=30)))
    await demo.load(database)
    async with database.transaction(admin) as session:
        assert (await schemes.get_scheme(session, admin)).scheme == replace(known, report_days=30, version=2)


async def test_a_welfare_payout_can_be_signed(database: Database) -> None:
    """By two besides the treasurer who proposes it, and by two more than the admin when it is hers."""
    group_id = await demo.load(database)
    await demo.load(database)
    treasurer = await signed_in(database, demo.TREASURER_PHONE, group_id)
    async with database.transaction(treasurer) as session:
        rule = await approvals.rule_of(session, group_id, "welfare", "welfare_payout")
        holders = [row for row in await roles.list_role_holders(session, treasurer) if row.role in rule.signers]
    assert sorted(row.role for row in holders) == ["admin", "president", "secretary", "treasurer"]
    assert len([row for row in holders if not row.is_me]) > rule.needed
    for office, phone in demo.OFFICERS.items():
        officer = await signed_in(database, phone, group_id)
        async with database.transaction(officer) as session:
            (place,) = await access.list_my_groups(session, officer)
            assert office in place.roles


async def _nashik(database: Database) -> UUID:
    async with database.transaction(NOBODY) as session:
        person = Actor(person_id=(await identity.get_or_create_person(session, demo.nashik.ADMIN_PHONE)).id)
    async with database.transaction(person) as session:
        (group,) = await access.list_my_groups(session, person)
    return group.group_id
