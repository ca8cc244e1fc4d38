"""The demo's figures, and that loading it again changes nothing."""

from datetime import timedelta
from uuid import UUID

from app import demo, wiring
from app.demo.people import signed_in
from app.domain.contributions import reading as contributions
from app.domain.groups import access, rules
from app.domain.identity import service as identity
from app.domain.ledger import service as ledger
from app.domain.reports import books, passbook
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
    assert {row.control_code for row in balance.rows if row.credit_minor} == {"2010"}
    assert balance.debit_minor == balance.credit_minor == view.confirmed_minor
    assert mine.balance_minor == 12 * demo.nashik.EACH
    assert (its.purpose, its.frequency, its.due_day, its.amount_minor) == ("savings", "monthly", 10, 150_000)
    assert its.confirmers == ("Kavita Jadhav", "Sunita Pawar")


async def _nashik(database: Database) -> UUID:
    async with database.transaction(NOBODY) as session:
        person = Actor(person_id=(await identity.get_or_create_person(session, demo.nashik.ADMIN_PHONE)).id)
    async with database.transaction(person) as session:
        (group,) = await access.list_my_groups(session, person)
    return group.group_id
