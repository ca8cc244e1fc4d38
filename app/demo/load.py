"""Loads the demo: staff, the programme with its welfare rules, its treasurer, the members' own file, one contribution
of KES 500; Nashik.
"""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from app.demo import nashik
from app.demo.people import give_role, signed_in
from app.domain.contributions.service import OpenCall, open_call
from app.domain.groups import service
from app.domain.groups.importing import service as importing
from app.domain.groups.views import CreateGroup
from app.domain.identity import service as identity
from app.domain.reports import proving, verified
from app.domain.welfare import schemes
from app.domain.welfare.scheme import MEMBER, Benefit, Scheme
from app.domain.welfare.views import SetScheme
from app.kit.actor import NOBODY, Actor
from app.kit.clock import today_in
from app.kit.db import Database, clock_of

STAFF_PHONE = "+254700000001"
ADMIN_PHONE = "+254700000101"
TREASURER_PHONE = "+254700000102"
MEMBER_PHONE = "+254700000103"
OFFICERS = {"president": "+254700000106", "secretary": "+254700000107"}
"""Members of the list who sign besides these two."""
MEMBERS_FILE = Path(__file__).parent / "bss-members.csv"
KEY = "demo"
NAME = "BSS Welfare Programme"
WELFARE = Scheme(
    benefits=(
        Benefit(MEMBER, 20_000_00),
        Benefit("spouse", 15_000_00, most=1),
        Benefit("child", 10_000_00, oldest=18 * 12),
        Benefit("parent", 10_000_00, most=2),
        Benefit(MEMBER, 5_000_00, event="hospital"),
    ),
    waiting_days=90,
    report_days=60,
)
"""What its fund pays for: rules alone, before the first event."""


async def load(database: Database) -> UUID:
    """Make the demo's groups and return the programme's id. On a database that has them already, nothing changes."""
    async with database.transaction(NOBODY) as session:
        staff = await identity.add_staff(session, STAFF_PHONE)
    staff_actor = Actor(person_id=staff.id)
    async with database.transaction(staff_actor) as session:
        group = await service.create_group(
            session,
            staff_actor,
            CreateGroup(
                name=NAME,
                short_name="BSS Welfare",
                template="welfare",
                currency="KES",
                timezone="Africa/Nairobi",
                country="KE",
                pay_to="522533",
                admin_phone=ADMIN_PHONE,
                admin_member_no="BSS/001",
                admin_name="Hassan Ochieng Owuor",
                idempotency_key=KEY,
            ),
        )
    admin = await signed_in(database, ADMIN_PHONE, group.id)
    async with database.transaction(admin) as session:
        if not (await schemes.get_scheme(session, admin)).scheme.version:
            await schemes.set_scheme(session, admin, SetScheme(WELFARE))
    await give_role(database, admin, TREASURER_PHONE, "treasurer", "BSS/002", "Njeri Odhiambo Kariuki")
    treasurer = await signed_in(database, TREASURER_PHONE, group.id)
    await _import_members(database, treasurer)
    for office, phone in OFFICERS.items():
        await give_role(database, admin, phone, office, "", "")
    async with database.transaction(treasurer) as session:
        due_on = today_in("Africa/Nairobi", clock_of(session).now()) + timedelta(days=9)
        await open_call(
            session, treasurer, OpenCall(title="Welfare contribution", amount_minor=50_000, due_on=due_on, key=KEY)
        )
    for group_id in (group.id, await nashik.load(database, staff_actor)):
        await _verify(database, group_id)
    return group.id


async def _verify(database: Database, group_id: UUID) -> None:
    """As the worker does at night: in a demo for everybody no worker runs."""
    async with database.transaction(Actor(group_id=group_id)) as session:
        if await verified.newest_check(session, group_id) is None:
            await verified.record_check(session, group_id, await proving.check_books(session, group_id))


async def _import_members(database: Database, treasurer: Actor) -> None:
    """The programme's own list; its two bad rows and the doubled one are left out, as the story does."""
    async with database.transaction(treasurer) as session:
        view = await importing.upload_import(session, treasurer, MEMBERS_FILE.name, MEMBERS_FILE.read_bytes())
    async with database.transaction(treasurer) as session:
        for line in view.flagged_lines:
            await importing.leave_out_row(session, treasurer, view.id, line)
        await importing.commit_import(session, treasurer, view.id, KEY)
