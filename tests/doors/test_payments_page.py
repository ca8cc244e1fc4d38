"""Payments to confirm, at its state: what is paid for, a search when many wait, and ticks that survive."""

from uuid import UUID

import pytest_asyncio

from app import wiring
from app.web.treasurer.states.payments import FEW, PaymentsState
from tests.doors.tabs import act, call, open_tab
from tests.factories.payments import Programme, make_programme


@pytest_asyncio.fixture(loop_scope="session")
async def waiting(services: wiring.Services) -> tuple[Programme, list[str]]:
    """A programme in which FEW + 1 payments wait; their ids, the oldest first."""
    programme = await make_programme(services.database)
    await programme.open_call(title="December harambee")
    return programme, [str((await programme.submit(amount_minor=1000 + n)).id) for n in range(FEW + 1)]


async def opened(programme: Programme) -> PaymentsState:
    act(programme.treasurer, "treasurer")
    state = await open_tab(PaymentsState)
    await call(state, "load")
    return state


async def test_many_are_searched_by_what_stands_in_their_rows(waiting: tuple[Programme, list[str]]):
    programme, ids = waiting
    state = await opened(programme)
    assert (state.can_search, {row.title for row in state.rows}) == (True, {"December harambee"})
    last = state.rows[-1]
    await call(state, "find", f" {last.code.lower()} ")
    assert [row.id for row in state.rows if not row.is_hidden] == [ids[-1]]
    await call(state, "tick_all")
    await call(state, "find", "zzz")
    assert (state.none_found, state.ticked) == (True, 1)
    await call(state, "find", "harambee")
    assert not any(row.is_hidden for row in state.rows)
    assert [row.id for row in state.rows if row.ticked] == [ids[-1]]


async def test_ticks_survive_and_rows_stay_when_one_is_decided(waiting: tuple[Programme, list[str]]):
    programme, ids = waiting
    state = await opened(programme)
    for one in ids[:3]:
        await call(state, "tick", one)
    await call(state, "confirm_one", ids[0])
    assert [row.id for row in state.rows] == ids
    assert (state.rows[0].is_gone, state.rows[0].outcome[:10]) == (True, "Confirmed.")
    assert (state.rows[0].receipt in state.said, state.rows[0].receipt_id != "") == (True, True)
    assert [row.id for row in state.rows if row.ticked] == ids[1:3]
    assert (state.done, state.problem, "confirmed, receipt" in state.said) == ("", "", True)
    await call(state, "ask_reason", ids[1])
    await call(state, "reject", {"reason": "This code is not on the statement"})
    assert (state.rejecting.id, state.rows[1].outcome[:9]) == ("", "Rejected.")
    await programme.withdraw(state_id := (await programme.submit(amount_minor=900)).id)
    await call(state, "refresh")
    assert str(state_id) not in [row.id for row in state.rows]
    assert state.can_search  # though ten or fewer wait now: nothing moves
    assert [row.id for row in state.rows if row.ticked] == ids[2:3]


async def test_after_the_last_the_list_is_empty_and_says_so_on_top(waiting: tuple[Programme, list[str]]):
    programme, ids = waiting
    state = await opened(programme)
    for one in ids:
        await call(state, "confirm_one", one)
    assert (state.phase, state.rows, "confirmed, receipt" in state.done, state.said) == ("empty", [], True, "")
    (line,) = state.results
    assert (line.link in state.done, line.href[:13]) == (True, "/receipts?id=")


async def test_what_others_decided_says_how_and_by_whom(waiting: tuple[Programme, list[str]]):
    programme, ids = waiting
    state = await opened(programme)
    await programme.confirm(UUID(ids[0]), programme.group.admin)
    await programme.reject(UUID(ids[1]), programme.group.admin)
    await programme.withdraw(UUID(ids[2]))
    await call(state, "refresh")
    assert [row.outcome for row in state.rows[:3]] == [
        "Confirmed by Hassan Owuor.",
        "Rejected by Hassan Owuor.",
        "Taken back by the member.",
    ]
    assert [row.receipt != "" for row in state.rows[:3]] == [True, False, False]


async def test_the_question_about_a_payment_that_somebody_else_decided_closes_and_says_so(
    waiting: tuple[Programme, list[str]],
):
    programme, ids = waiting
    state = await opened(programme)
    await call(state, "ask_reason", ids[0])
    await programme.confirm(UUID(ids[0]))
    await call(state, "reject", {"reason": "This code is not on the statement"})
    assert (state.rejecting.id, state.rows[0].is_gone) == ("", True)
    assert "already" in state.rows[0].fault
    await call(state, "ask_reason", ids[1])
    await programme.confirm(UUID(ids[1]))
    await call(state, "refresh")
    assert (state.rejecting.id, "decided meanwhile" in state.problem) == ("", True)
