"""The collection sheet, at its state: it follows what others record, and a review never shows what is settled."""

import json
from datetime import date, timedelta
from uuid import uuid4

import pytest

from app.web.routes import LIVE
from app.web.treasurer.states.sheet import SheetState
from tests.doors.tabs import act, call, look_at, open_tab
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


async def test_a_recorded_meeting_opens_to_be_read_only(programme: Programme):
    await programme.open_call(title="Harambee")
    state = await opened(programme)
    await call(state, "review", filled(state))
    await call(state, "record")
    shown = [(line.words, line.figure, line.link) for line in state.lines]
    assert (len(shown), state.done != "") == (3, True)
    await call(state, "load")
    assert [(line.words, line.figure, line.link) for line in state.lines] == shown
    assert (state.recorded != "", state.done) == (True, "")
    assert state.total == "KES\N{NO-BREAK SPACE}1,500.00"
    await call(state, "review", {"sheet": "{}"})
    assert state.recorded


async def test_the_address_names_the_day(programme: Programme, monkeypatch: pytest.MonkeyPatch):
    await programme.open_call(title="Harambee")
    state = await opened(programme)
    today = date.fromisoformat(json.loads(state.blank)["today"])
    before, after = today - timedelta(days=1), today + timedelta(days=1)
    for wanted, held_on in ((before.isoformat(), before), (after.isoformat(), today), ("soon", today)):
        look_at(monkeypatch, SheetState, day=wanted)
        await call(state, "load")
        assert (state.recorded, json.loads(state.blank)["day"]) == ("", held_on.isoformat())


async def test_an_open_review_closes_when_somebody_records(programme: Programme):
    await programme.open_call(title="Harambee")
    state = await opened(programme)
    await call(state, "review", filled(state))
    assert state.title
    await programme.take_cash(await programme.cash_command(programme.members[0], 50_000))
    await call(state, "refresh")
    assert (state.title, state.problem != "") == ("", True)
