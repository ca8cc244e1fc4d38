"""Payments for `./sanduk bench ledger` to confirm: groups, members and dues by the services, what waits by SQL.

A confirmation is the whole service: the right is asked, payment and due are locked, the entry is posted, the receipt
signed, the audit trail written, the member told, and open pages hear of it.
"""

import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import psycopg

from app import embedded
from app.domain.contributions import reading as contributions
from app.domain.contributions.service import OpenCall, open_call
from app.domain.groups import members, service
from app.domain.groups.views import CreateGroup, MemberData
from app.domain.identity import service as identity
from app.domain.payments import service as payments
from app.domain.payments.commands import DecidePayment
from app.kit.actor import NOBODY, Actor
from app.kit.clock import today_in
from app.kit.db import Database, clock_of
from app.kit.ids import new_id
from app.launch.bench_posting import Measured, Place, drive
from app.launch.paths import Refusal

ZONE = "Africa/Nairobi"
CALLS = 16
"""Dues of one member, so that a hot pair of accounts isn't a hot due."""
OF_ONE = 10**10
"""Minor units of a due: enough for every payment of one."""
A_SECOND = 800
"""More confirmations than one process makes, with all connections."""

_WAITING = """
WITH made AS (
  INSERT INTO payments (group_id, id, member_id, state, source, method, provider_code, amount_minor, currency, paid_on,
      submitted_by, submitted_at, submit_key, submit_fingerprint)
    SELECT %(group)s, uuidv7(), %(member)s, 'submitted', 'member', 'mpesa',
        upper(substr(replace(CAST(gen_random_uuid() AS text), '-', ''), 1, 20)), 500, 'KES',
        current_date - 1, %(member)s, now(), CAST(uuidv7() AS text), '\\x00'
    FROM generate_series(1, %(count)s) RETURNING id),
lines AS (
  INSERT INTO payment_lines (group_id, payment_id, line_no, kind, claim_id, amount_minor)
    SELECT %(group)s, id, 1, 'contribution', (%(dues)s::uuid[])[1 + floor(random() * %(of)s)], 500 FROM made)
SELECT id FROM made
"""


@dataclass(frozen=True, slots=True)
class Payers:
    """A group with one member who pays, to dues of hers, and an admin who confirms."""

    admin: Actor
    member_id: UUID
    dues: list[UUID]


async def make_payers(database: Database, count: int) -> list[Payers]:
    async with database.transaction(NOBODY) as session:
        staff = Actor(person_id=(await identity.add_staff(session, "+254700000001")).id)
    return [await _make_group(database, staff, number) for number in range(count)]


async def open_bench_group(database: Database, staff: Actor, number: int) -> tuple[Actor, UUID]:
    """A group with its admin, who has signed in; and its id."""
    phone = f"+254711{100_000 + number * 2}"
    command = CreateGroup(
        f"Group {number}", f"Group {number}", "welfare", "KES", ZONE, "KE", "522533", phone, "A/1", "Achieng Admin",
        f"bench-{number}",
    )  # fmt: skip
    async with database.transaction(staff) as session:
        group = await service.create_group(session, staff, command)
    async with database.transaction(NOBODY) as session:
        person = await identity.get_or_create_person(session, phone)
    admin = Actor(person_id=person.id)
    async with database.transaction(admin) as session:
        await members.claim_profiles(session, person.id, phone)
    return admin.within(group.id), group.id


async def _make_group(database: Database, staff: Actor, number: int) -> Payers:
    admin, group_id = await open_bench_group(database, staff, number)
    async with database.transaction(admin) as session:
        row = MemberData(member_no="M/1", name="Member One", phone=f"+254711{100_001 + number * 2}")
        (member_id,) = await members.add_members(session, group_id, [row])
    async with database.transaction(admin) as session:
        due_on = today_in(ZONE, clock_of(session).now()) + timedelta(days=9)
        for n in range(CALLS):
            await open_call(session, admin, OpenCall(f"Call {n}", OF_ONE, due_on, f"bench-{number}-{n}"))
        unpaid = await contributions.list_unpaid(session, admin, limit=3 * CALLS)
    return Payers(admin, member_id, [row.due_id for row in unpaid if row.member_id == member_id])


def _add_waiting(place: Place, groups: list[Payers], count: int) -> deque[tuple[Actor, UUID]]:
    """As many payments sent in, evenly over the groups; as superuser, for what measures is the confirmation."""
    found: list[tuple[Actor, UUID]] = []
    with psycopg.connect(place.server.url(embedded.SUPERUSER, place.name)) as connection:
        for one in groups:
            values = {
                "group": one.admin.group_id,
                "member": one.member_id,
                "count": -(-count // len(groups)),
                "dues": one.dues,
                "of": len(one.dues),
            }
            found += [(one.admin, row[0]) for row in connection.execute(_WAITING, values)]
    random.shuffle(found)
    return deque(found)


async def by_service(place: Place, groups: list[Payers], connections: int, seconds: float, *, is_hot: bool) -> Measured:
    """Hot: all of one member, to the same two accounts."""
    chosen = groups[:1] if is_hot else groups
    waiting = _add_waiting(place, chosen, round(A_SECOND * seconds) + connections)

    async def step() -> None:
        if not waiting:
            msg = f"More than {A_SECOND} confirmations a second: the bench prepares too few payments."
            raise Refusal(msg)
        admin, payment_id = waiting.popleft()
        async with place.database.transaction(admin) as session:
            await payments.confirm_payment(session, admin, DecidePayment(payment_id, str(new_id())))

    steps: list[Callable[[], Awaitable[object]]] = [step] * connections
    return await drive(steps, seconds)
