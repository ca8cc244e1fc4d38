"""A self-help group in Nashik with a year of monthly savings and three loans, made through the services.

What is recorded stands with today's instant, as the books demand; the dates on which money came are in the past.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.demo.lending import Lenders, lend
from app.demo.people import give_role, signed_in
from app.domain.contributions import reading as contributions
from app.domain.contributions.service import OpenCall, open_call
from app.domain.groups import members, profiles, service
from app.domain.groups.rules import next_due
from app.domain.groups.views import AddMember, CreateGroup
from app.domain.payments import service as payments
from app.domain.payments.commands import Part, RecordCash
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Database, clock_of

ZONE = "Asia/Kolkata"
KEY = "demo-nashik"
ADMIN_PHONE = "+919800000201"
TREASURER_PHONE = "+919800000202"
MEMBER_PHONE = "+919800000203"
EACH = 1_500_00
DUE_DAY = 10
MONTHS = 12
NAMES = (
    "Sunita Pawar", "Kavita Jadhav", "Meena Gaikwad", "Lata Shinde", "Anita Bhosale", "Rekha Wagh", "Shobha More",
    "Vandana Kale", "Usha Aher", "Pushpa Deore", "Mangal Sonawane", "Jyoti Nikam",
)  # fmt: skip
ADMIN, TREASURER = 0, 1
OFFICES = {"president": 3, "secretary": 4}
"""Who signs besides these two; by place in NAMES."""
LATE = (4, 9)
"""Who pays six days after the day; by place in NAMES."""
COMMAND = CreateGroup(
    name="Savitri Self-Help Group, Nashik",
    short_name="Savitri SHG",
    template="self_help",
    currency="INR",
    timezone=ZONE,
    country="IN",
    pay_to="savitri.shg@demobank",
    admin_phone=ADMIN_PHONE,
    admin_member_no="S/01",
    admin_name=NAMES[ADMIN],
    idempotency_key=KEY,
    amount_minor=EACH,
    frequency="monthly",
    due_day=DUE_DAY,
)


@dataclass(frozen=True, slots=True)
class SetClock:
    """Stands still."""

    at: datetime

    def now(self) -> datetime:
        return self.at


async def load(database: Database, staff: Actor) -> UUID:
    """Make the group with its year and return its id. On a database that has it already, nothing changes."""
    async with database.transaction(staff) as session:
        group = await service.create_group(session, staff, COMMAND)
        today = today_in(ZONE, clock_of(session).now())
    admin = await signed_in(database, ADMIN_PHONE, group.id)
    if await _has_members(database, admin):
        return group.id
    treasurer = await _add_people(database, admin, group.id)
    for on in due_dates(today):
        await _one_month(database, admin, treasurer, on, today)
    president = await signed_in(database, f"+9198000002{OFFICES['president'] + 1:02}", group.id)
    await lend(Lenders(group.id, admin, treasurer, president, lambda on: _at(database, on)), today)
    return group.id


def due_dates(today: date) -> Iterator[date]:
    """The due days of a year, and the next one."""
    on = next_due("monthly", DUE_DAY, today - timedelta(days=365))
    for _ in range(MONTHS + 1):
        yield on
        on = next_due("monthly", DUE_DAY, on)


async def _has_members(database: Database, admin: Actor) -> bool:
    async with database.transaction(admin) as session:
        return (await members.list_members(session, admin)).total > 1


async def _add_people(database: Database, admin: Actor, group_id: UUID) -> Actor:
    await give_role(database, admin, TREASURER_PHONE, "treasurer", "S/02", NAMES[TREASURER])
    treasurer = await signed_in(database, TREASURER_PHONE, group_id)
    async with database.transaction(treasurer) as session:
        for place, name in list(enumerate(NAMES))[2:]:
            no = f"S/{place + 1:02}"
            phone = f"+9198000002{place + 1:02}"
            await profiles.add_member(
                session,
                treasurer,
                AddMember(member_no=no, name=name, phone=phone, region="Nashik"),
            )
    for office, place in OFFICES.items():
        await give_role(database, admin, f"+9198000002{place + 1:02}", office, "", "")
    return treasurer


async def _one_month(database: Database, admin: Actor, treasurer: Actor, on: date, today: date) -> None:
    """The call of a month and what came by today in cash: most of it on the day."""
    title = f"Savings {on:%B %Y}"
    async with _at(database, min(on - timedelta(days=9), today)).transaction(treasurer) as session:
        await open_call(session, treasurer, OpenCall(title=title, amount_minor=EACH, due_on=on, key=f"{KEY}-{on}"))
        dues = [row for row in await contributions.list_unpaid(session, treasurer) if row.title == title]
    of = {due.member_no: due for due in dues}
    numbers = [f"S/{place + 1:02}" for place in range(len(NAMES))]
    late = [numbers[place] for place in LATE]
    on_the_day = [no for no in numbers if no not in late and no != numbers[TREASURER]]
    for paid_on, recorder, who in (
        (on, treasurer, on_the_day),
        (on, admin, [numbers[TREASURER]]),
        (on + timedelta(days=6), treasurer, late),
    ):
        if paid_on > today:
            continue
        async with _at(database, paid_on).transaction(recorder) as session:
            for no in who:
                due = of[no]
                command = RecordCash(due.member_id, (Part(due.due_id, EACH),), paid_on, f"{KEY}-{on}-{no}")
                await payments.record_cash(session, recorder, command)


def _at(database: Database, on: date) -> Database:
    """The same database at noon of a day in Nashik."""
    noon = datetime.combine(on, time(12), ZoneInfo(ZONE)).astimezone(UTC)
    return database.with_tools(clock=SetClock(noon))
