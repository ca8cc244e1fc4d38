"""The collection sheet, at its state: it follows what others record, and a review never shows what is settled."""

import json
from uuid import uuid4

from app.web.routes import LIVE
from app.web.treasurer.states.sheet import SheetState
from tests.doors.tabs import act, call, open_tab
from tests.factories.payments import Programme


async def opened(programme: Programme) -> SheetState:
    act(programme.treasurer, "treasurer")
    state = await open_tab(SheetState)
    await call(state, "load")
    return state


def filled(state: SheetState) -> dict[str, str]:
    """Each of the other three hands over what is due."""
    sheet = json.loads(state.blank)
    rows = [row for row in sheet["rows"] if not row["own"]]
    paid = [[row["id"], due, left] for row in rows for due, left in row["dues"]]
    written = {
        "day": sheet["today"],
        "key": uuid4().hex,
        "marks": {row["id"]: "present" for row in rows},
        "paid": paid,
        "counted": sum(left for _, _, left in paid),
    }
    return {"sheet": json.dumps(written)}


async def test_the_open_sheet_is_read_again_when_somebody_records(programme: Programme):
    await programme.open_call(title="Harambee")
    state = await opened(programme)
    before = state.blank
    await programme.take_cash(await programme.cash_command(programme.members[0], 50_000))
    assert LIVE["/sheet"].fn is SheetState.refresh.fn
    await call(state, "refresh")
    assert state.blank != before
    assert sorted(row["paid"] for row in json.loads(state.blank)["rows"]) == [[False], [False], [False], [True]]


async def test_a_review_of_what_is_settled_names_the_member_and_shows_no_sums(programme: Programme):
    await programme.open_call(title="Harambee")
    state = await opened(programme)
    form = filled(state)
    await call(state, "review", form)
    assert (state.problem, [line.figure for line in state.sums]) == ("", ["1,500.00", "KES\N{NO-BREAK SPACE}1,500.00"])
    before = json.loads(state.blank)["rows"]
    await programme.take_cash(await programme.cash_command(programme.members[0], 50_000))
    for handler, arguments in (("record", ()), ("review", (form,)), ("refresh", ())):
        await call(state, handler, *arguments)
        assert (state.title, state.sums, state.recorded) == ("", [], "")
        ((row, _),) = [two for two in zip(before, json.loads(state.blank)["rows"], strict=True) if two[0] != two[1]]
        assert f"{row['no']} {row['name']}" in state.problem


async def test_an_open_review_closes_when_somebody_records(programme: Programme):
    await programme.open_call(title="Harambee")
    state = await opened(programme)
    await call(state, "review", filled(state))
    assert state.title
    await programme.take_cash(await programme.cash_command(programme.members[0], 50_000))
    await call(state, "refresh")
    assert (state.title, state.problem != "") == ("", True)
