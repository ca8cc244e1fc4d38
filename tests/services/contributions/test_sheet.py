"""The collection sheet: one meeting recorded at once, all of it or nothing."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.audit import service as audit
from app.domain.contributions import sheet
from app.domain.contributions.errors import SheetDiffers
from app.domain.contributions.sheet import PaidRow, RecordedSheet, RecordSheet, SheetRow, SheetView
from app.domain.groups import inbox
from app.domain.ledger import service as ledger
from app.domain.meetings import service as meetings
from app.domain.meetings.errors import MeetingRecorded
from app.domain.payments import store
from app.domain.payments.commands import Part
from app.domain.payments.errors import OwnPayment, TooMuchHanded
from app.domain.receipts import service as receipts
from app.kit.actor import Actor
from app.kit.db import Database, Session, psycopg_url
from app.kit.errors import IdempotencyConflict, InvalidInput, NotFound, NotPermitted
from tests.factories.background import Background
from tests.factories.counting import counted
from tests.factories.groups import id_of, make_members, make_officer
from tests.factories.payments import EACH, Programme, make_programme


@pytest_asyncio.fixture(loop_scope="session")
async def two_calls(programme: Programme) -> Programme:
    await programme.open_call()
    await programme.open_call(5_000, "Social fund")
    return programme


async def read(programme: Programme, who: Actor | None = None) -> SheetView:
    actor = who or programme.treasurer
    async with programme.database.transaction(actor) as session:
        return await sheet.read_sheet(session, actor)


async def record(programme: Programme, command: RecordSheet, who: Actor | None = None) -> RecordedSheet:
    actor = who or programme.treasurer
    async with programme.database.transaction(actor) as session:
        return await sheet.record_sheet(session, actor, command)


def pays(row: SheetRow, *amounts: int) -> PaidRow:
    parts = zip([due for due in row.dues if due], amounts, strict=False)
    return PaidRow(row.member_id, tuple(Part(due.due_id, amount) for due, amount in parts if amount))


def all_pay(view: SheetView, **changes: Any) -> RecordSheet:
    """Everybody but whose own sheet it is pays all that is open."""
    rows = tuple(pays(row, *(due.open_minor for due in row.dues if due)) for row in view.rows if not row.is_own)
    total = sum(part.amount_minor for row in rows for part in row.parts)
    command = RecordSheet(view.today, rows, {row.member_id: "present" for row in view.rows}, total, str(uuid4()))
    return replace(command, **changes)


async def stands(programme: Programme) -> tuple[int, int, int, int]:
    """Cash, members' contributions, entries, receipts; the chain holds."""
    async with programme.database.transaction(programme.treasurer) as session:
        assert await ledger.verify_group(session, programme.group.id) is None
        issued = await receipts.list_group_receipts(session, programme.treasurer, limit=200)
        entries = (await ledger.head(session, programme.group.id)).seq
        balances = {row.control_code: row for row in await ledger.trial_balance(session, programme.group.id)}
    cash, given_ = balances.get("1010"), balances.get("4010")
    return (
        cash.debit_minor - cash.credit_minor if cash else 0,
        given_.credit_minor - given_.debit_minor if given_ else 0,
        entries,
        len(issued),
    )


async def test_the_sheet_lists_members_by_number_with_what_is_open(two_calls: Programme):
    part = await two_calls.submit(amount_minor=20_000)
    view = await read(two_calls)
    assert [column.title for column in view.columns] == ["November contribution", "Social fund"]
    assert [row.member_no for row in view.rows] == sorted(row.member_no for row in view.rows)
    mine = await id_of(two_calls.database, two_calls.member)
    rows = {row.member_id: row for row in view.rows}
    assert [due.open_minor for due in rows[mine].dues if due] == [EACH - 20_000, 5_000], "what waits is left out"
    assert [row.member_id for row in view.rows if row.is_own] == [await id_of(two_calls.database, two_calls.treasurer)]
    await two_calls.reject(part.id)
    assert [due.open_minor for due in (await read(two_calls)).rows[0].dues if due] == [EACH, 5_000]
    for title in ("Third", "Fourth", "Fifth"):
        await two_calls.open_call(title=title)
    assert len((await read(two_calls)).columns) == sheet.COLUMNS


async def test_everybody_pays_and_the_books_agree(two_calls: Programme):
    command = all_pay(await read(two_calls))
    made = await record(two_calls, command)
    total, payers = 4 * (EACH + 5_000), 4  # three members and the admin
    assert (made.sheet_minor, made.counted_minor, len(made.payments)) == (total, total, payers)
    assert made.attendance == {"present": payers + 1}
    assert await stands(two_calls) == (total, total, payers, payers)
    async with two_calls.database.transaction(two_calls.treasurer) as session:
        first = await ledger.get_entry(session, two_calls.group.id, 1)
        listed = await receipts.list_group_receipts(session, two_calls.treasurer)
        events = await audit.list_events(session, two_calls.group.id)
        view = await meetings.get_meeting(session, two_calls.group.id, made.meeting_id)
    assert first is not None
    assert first.kind == "contribution_confirmed"
    assert [line.amount_minor for line in first.lines] == [EACH + 5_000, -EACH - 5_000]
    assert {one.receipt.method for one in listed} == {"cash"}
    assert all([line.amount_minor for line in one.receipt.lines] == [EACH, 5_000] for one in listed)
    assert {one.receipt.number for one in listed} == {one.receipt_number for one in made.payments}
    assert Counter(event.action for event in events)["payment.cash_recorded"] == payers
    assert events[0].action == "sheet.recorded"
    assert events[0].facts == {
        "amount_minor": total,
        "currency": "KES",
        "payments": payers,
        "held_on": command.held_on.isoformat(),
    }
    assert set(view.payments) == {row.member_id for row in command.rows}
    async with two_calls.database.transaction(two_calls.member) as session:
        told = (await inbox.list_my_notifications(session, two_calls.member))[0]
    assert (told.kind, told.facts["amount_minor"]) == ("payment_confirmed", EACH + 5_000)
    assert told.subject_id in {one.receipt_id for one in made.payments}
    assert await two_calls.dues() == ()
    assert (await read(two_calls)).recorded == (command.held_on,)
    async with two_calls.database.transaction(two_calls.treasurer) as session:
        assert await sheet.read_recorded(session, two_calls.treasurer, command.held_on) == made
        with pytest.raises(NotFound):
            await sheet.read_recorded(session, two_calls.treasurer, command.held_on - timedelta(days=1))


async def test_attendance_alone_is_a_sheet_and_one_may_mark_oneself(two_calls: Programme):
    view = await read(two_calls)
    own = next(row for row in view.rows if row.is_own)
    made = await record(two_calls, RecordSheet(view.today, (), {own.member_id: "late"}, 0, str(uuid4())))
    assert (made.attendance, made.payments) == ({"late": 1}, ())
    assert await stands(two_calls) == (0, 0, 0, 0)


async def test_the_same_sheet_again_is_the_same_meeting(two_calls: Programme):
    command = all_pay(await read(two_calls))
    made = await record(two_calls, command)
    assert await record(two_calls, replace(command, rows=command.rows[::-1])) == made
    stood = await stands(two_calls)
    with pytest.raises(IdempotencyConflict):
        await record(two_calls, replace(command, attendance={**command.attendance, command.rows[0].member_id: "late"}))
    with pytest.raises(MeetingRecorded) as refused:
        await record(two_calls, RecordSheet(command.held_on, (), command.attendance, 0, str(uuid4())))
    assert refused.value.params["day"] == command.held_on
    assert await stands(two_calls) == stood == (made.sheet_minor, made.sheet_minor, 4, 4)


async def test_a_double_click_records_once(two_calls: Programme):
    command = all_pay(await read(two_calls))
    found = await asyncio.gather(*(record(two_calls, command) for _ in range(4)))
    assert found == [found[0]] * 4
    assert (await stands(two_calls))[2:] == (4, 4)


async def other_treasurer(programme: Programme) -> Actor:
    return await make_officer(programme.database, programme.group, "treasurer")


async def test_two_treasurers_record_the_same_day(two_calls: Programme):
    members = [await id_of(two_calls.database, who) for who in two_calls.members]
    view = await read(two_calls)
    rows = tuple(pays(row, 100) for row in view.rows if row.member_id in members)
    command = RecordSheet(view.today, rows, dict.fromkeys(members, "present"), 300, "one")
    attempts = (
        record(two_calls, command),
        record(two_calls, replace(command, key="two"), await other_treasurer(two_calls)),
    )
    found = await asyncio.gather(*attempts, return_exceptions=True)
    assert Counter(type(one).__name__ for one in found) == {"RecordedSheet": 1, "MeetingRecorded": 1}
    assert await stands(two_calls) == (300, 300, 3, 3)


async def race_of_days(programme: Programme) -> Counter[str]:
    """Two sheets of two days, each with all that the same members owe."""
    view = await read(programme)
    members = [await id_of(programme.database, who) for who in programme.members]
    rows = tuple(pays(row, EACH) for row in view.rows if row.member_id in members)
    first = RecordSheet(view.today, rows, dict.fromkeys(members, "present"), EACH * len(rows), "first")
    second = replace(first, held_on=view.today - timedelta(days=1), key="second")
    attempts = (record(programme, first), record(programme, second, await other_treasurer(programme)))
    found = await asyncio.gather(*attempts, return_exceptions=True)
    return Counter(type(one).__name__ for one in found)


async def test_two_treasurers_take_the_same_dues_on_two_days(two_calls: Programme):
    assert await race_of_days(two_calls) == {"RecordedSheet": 1, "TooMuchHanded": 1}
    assert await stands(two_calls) == (3 * EACH, 3 * EACH, 3, 3)


async def test_without_the_locks_both_would_go_on(two_calls: Programme, monkeypatch: pytest.MonkeyPatch):
    """The control: the same race, the dues read and not locked; only the table's own check stands in the way."""
    both = asyncio.Barrier(2)

    async def read_only(session: Session, group_id: UUID, parts: Any) -> Any:
        claims = await store.read_claims(session, group_id, parts)
        await both.wait()
        return list(claims.values())

    monkeypatch.setattr(store, "lock_claims", read_only)
    found = await race_of_days(two_calls)
    assert found["TooMuchHanded"] == 0, "both believed that the dues were open"


async def test_every_refusal_names_what_and_leaves_nothing(two_calls: Programme):
    view = await read(two_calls)
    good = all_pay(view)
    own = next(row for row in view.rows if row.is_own)
    first = good.rows[0]
    her = next(row for row in view.rows if row.member_id == first.member_id)
    another = next(row for row in good.rows[1:])

    async def refused(error: type[Exception], **changes: Any) -> Any:
        with pytest.raises(error) as caught:
            await record(two_calls, replace(good, key=str(uuid4()), **changes))
        return caught.value

    mine = await refused(OwnPayment, rows=(*good.rows, pays(own, 100)), counted_minor=good.counted_minor + 100)
    assert (mine.field, mine.params["member"]) == (str(own.member_id), own.member_no)
    short = await refused(SheetDiffers, counted_minor=good.counted_minor - 20_000)
    assert (short.params["difference_minor"], short.message_key) == (20_000, "error.sheet_differs.short")
    over = await refused(SheetDiffers, counted_minor=good.counted_minor + 1)
    assert over.message_key == "error.sheet_differs.over"
    rows = (replace(first, parts=(replace(first.parts[0], amount_minor=EACH + 1), first.parts[1])), *good.rows[1:])
    much = await refused(TooMuchHanded, rows=rows, counted_minor=good.counted_minor + 1)
    assert dict(much.params) == {
        "member": her.member_no,
        "title": "November contribution",
        "left_minor": EACH,
        "currency": "KES",
    }
    assert much.field == str(first.parts[0].claim_id)
    swapped = (PaidRow(first.member_id, another.parts), PaidRow(another.member_id, first.parts), *good.rows[2:])
    await refused(NotFound, rows=swapped)
    await refused(NotFound, attendance={**good.attendance, uuid4(): "present"})
    unmarked = {one: state for one, state in good.attendance.items() if one != first.member_id}
    assert (await refused(InvalidInput, attendance=unmarked)).params["member"] == her.member_no
    assert (await refused(InvalidInput, attendance={**good.attendance, first.member_id: "asleep"})).why == "attendance"
    assert (await refused(InvalidInput, attendance={}, rows=(), counted_minor=0)).why == "sheet_empty"
    assert (await refused(InvalidInput, rows=(*good.rows, first))).why == "sheet_twice"
    assert (await refused(InvalidInput, rows=(PaidRow(first.member_id, ()),), counted_minor=0)).field == "rows"
    tomorrow = await refused(InvalidInput, held_on=view.today + timedelta(days=1))
    assert (tomorrow.field, tomorrow.why) == ("held_on", "date_future")
    with pytest.raises(NotPermitted):
        await record(two_calls, good, two_calls.member)
    assert await stands(two_calls) == (0, 0, 0, 0)
    assert not (await read(two_calls)).recorded
    await record(two_calls, good)


async def test_what_waits_to_be_confirmed_is_not_taken_again(two_calls: Programme):
    good = all_pay(await read(two_calls))
    await two_calls.submit()
    with pytest.raises(TooMuchHanded) as refused:
        await record(two_calls, good)
    assert refused.value.params["left_minor"] == 0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def many(database: Database) -> Programme:
    made = await make_programme(database, members=1)
    await make_members(database, made.group, 497)
    for number in range(4):
        await made.open_call(title=f"Call {number}")
    return made


async def test_five_hundred_members_in_as_many_statements_as_three(many: Programme, programme: Programme):
    for number in range(4):
        await programme.open_call(title=f"Call {number}")
    statements: list[list[list[str]]] = []
    for group in (programme, many):
        with counted(group.database) as reading:
            view = await read(group)
        command = all_pay(view)
        with counted(group.database) as recording:
            await record(group, command)
        statements.append([reading[:], recording[:]])
    assert len(view.rows) == 500
    (few_read, few_recorded), (read_, recorded) = statements
    assert len(read_) == len(few_read) <= 9
    assert len(recorded) <= len(few_recorded) + 6, [one[:60] for one in recorded]
    assert await stands(many) == (499 * 4 * EACH, 499 * 4 * EACH, 499, 200)


PAID = st.lists(st.tuples(st.integers(0, EACH), st.integers(0, EACH)), min_size=4, max_size=4)
MARKS = st.lists(st.sampled_from(sheet.ATTENDANCE), min_size=5, max_size=5)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(paid=PAID, marks=MARKS)
def test_sheet_counted_ledger_receipts_and_dues_agree(
    app_url: str, tools: dict[str, object], background: Background, paid: list[tuple[int, int]], marks: list[str]
):
    """Any amounts of anybody, none of it more than is open."""

    async def once() -> None:
        database = Database(psycopg_url(app_url), tools=tools)
        try:
            await agree(await make_programme(database, members=3), paid, marks)
        finally:
            await database.close()

    background.run(once())


async def agree(group: Programme, paid: list[tuple[int, int]], marks: list[str]) -> None:
    await group.open_call()
    await group.open_call(title="Social fund")
    view = await read(group)
    others = [row for row in view.rows if not row.is_own]
    rows = tuple(pays(row, *amounts) for row, amounts in zip(others, paid, strict=True) if any(amounts))
    total = sum(map(sum, paid))
    attendance = {row.member_id: mark for row, mark in zip(view.rows, marks, strict=True)}
    made = await record(group, RecordSheet(view.today, rows, attendance, total, str(uuid4())))
    assert made.sheet_minor == made.counted_minor == sum(one.amount_minor for one in made.payments) == total
    assert await stands(group) == (total, total, len(rows), len(rows))
    left = sum(due.open_minor for row in (await read(group)).rows if not row.is_own for due in row.dues if due)
    assert left == len(others) * 2 * EACH - total
    assert made.attendance == Counter(marks)
