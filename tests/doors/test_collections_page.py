"""Collections, at its state: every fault of a form at once, and who has paid."""

from uuid import uuid4

import pytest

from app.web.member.states.notices import NoticesState
from app.web.presenters.dates import day
from app.web.treasurer.states import collections
from app.web.treasurer.states.calls import CallState
from app.web.treasurer.states.collections import CollectionsState
from tests.doors.tabs import act, call, open_tab
from tests.factories.groups import make_members
from tests.factories.payments import Programme


async def opened(programme: Programme) -> CollectionsState:
    act(programme.treasurer, "treasurer")
    state = await open_tab(CollectionsState)
    await call(state, "load")
    return state


async def test_every_fault_is_marked_at_once(programme: Programme):
    await opened(programme)
    state = await open_tab(CallState)
    await call(state, "start")
    await call(state, "save", {"title": "", "amount": "", "due_on": "2020-01-01"})
    assert state.form == "new"
    assert all(state.problems.values())
    await call(state, "save", {"title": "Harambee", "amount": "0", "due_on": ""})
    assert [name for name, problem in state.problems.items() if problem] == ["amount", "due_on"]
    await call(state, "leave")
    assert not any(state.problems.values())


async def test_an_amount_that_m_pesa_cannot_send_is_refused_at_its_field(programme: Programme):
    await opened(programme)
    state = await open_tab(CallState)
    await call(state, "start")
    form = {"title": "", "amount": "1000.50", "due_on": (await programme.today()).isoformat()}
    await call(state, "save", form)
    assert state.problems["amount"] == "M\u2011Pesa sends whole shillings only: write an amount without cents."
    assert state.problems["title"]
    await call(state, "save", form | {"amount": "100000001"})
    assert state.problems["amount"] == "At most KES\N{NO-BREAK SPACE}100,000,000.00 each."


async def test_before_it_is_opened_it_says_what_it_comes_to(programme: Programme):
    await opened(programme)
    state = await open_tab(CallState)
    await call(state, "start")
    due = await programme.today()
    form = {"title": "Burial", "amount": "1000", "due_on": due.isoformat()}
    await call(state, "save", form)
    assert (state.form, state.heading) == ("open", "Open Burial?")
    assert state.asks.replace("\N{NO-BREAK SPACE}", " ") == f"4 members × KES 1,000.00 = KES 4,000.00, due {day(due)}."
    await call(state, "back")
    assert (state.form, state.title, state.amount) == ("new", "Burial", "1000")
    await call(state, "save", form)
    await call(state, "open")
    assert (state.form, state.problem) == ("", "")
    await call(state, "start")
    await call(state, "save", form)
    await call(state, "open")
    assert (state.form, state.problems["title"] != "") == ("new", True)


async def test_one_that_stands_is_changed_and_closed(programme: Programme):
    made = await programme.open_call(title="Harambee")
    await opened(programme)
    state = await open_tab(CallState)
    await call(state, "change", str(made.id))
    assert (state.form, state.amount, state.is_amount_fixed, state.later) == ("change", "500", False, "")
    await call(state, "save", {"title": "Harambee kubwa", "amount": "600", "due_on": state.due_on})
    assert (state.form, state.problem) == ("", "")
    await call(state, "change", str(made.id))
    assert (state.title, state.amount) == ("Harambee kubwa", "600")
    await call(state, "close")
    assert state.form == "change"
    await call(state, "ask_close")
    await call(state, "close")
    assert state.form == ""
    for none in ("zzz", str(uuid4()), str(made.id)):
        await call(state, "change", none)
        assert (state.form, state.problem != "") == ("", True)


async def test_who_has_paid_is_listed_page_by_page(programme: Programme, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(collections, "PAGE", 1)
    made = await programme.open_call(title="Harambee")
    state = await opened(programme)
    assert [row.has_paid for row in state.calls] == [False]
    for member, amount_minor in zip(programme.members, (50_000, 20_000), strict=True):
        await programme.take_cash(await programme.cash_command(member, amount_minor))
    await call(state, "refresh")
    assert [row.has_paid for row in state.calls] == [True]
    await call(state, "who_paid", str(made.id))
    assert (state.paid_title, state.paid_line) == (
        "Paid: Harambee",
        "2 members, 1 in part: KES\N{NO-BREAK SPACE}700.00",
    )
    assert ([row.figure for row in state.paid], state.paid_more) == (["500.00"], True)
    (part,) = state.paid[0].payments
    assert (part.words, part.code) == (f"{day(await programme.today())}, Cash", "")
    assert (part.receipt[6:8], part.href[:13]) == ("-0", "/receipts?id=")
    await call(state, "more_paid")
    assert ([row.part for row in state.paid], state.paid_more) == (["", "of 500.00"], False)
    await call(state, "close_paid")
    assert (state.paid_title, state.paid) == ("", [])
    for none in ("zzz", str(uuid4())):
        await call(state, "who_paid", none)
        assert (state.paid_title, state.problem != "") == ("", True)


async def test_what_is_kept_for_her_pays_in_place_of_cash(programme: Programme):
    await programme.open_call(title="Harambee")
    await programme.keep(70_000)
    state = await opened(programme)
    (row,) = [one for one in state.owed if one.kept]
    assert row.kept == "KES\N{NO-BREAK SPACE}700.00 kept from before"
    await call(state, "start_cash", row.due_id)
    assert row.name in state.kept_note
    assert state.kept_act == "Use KES\N{NO-BREAK SPACE}500.00 of what is kept"
    await call(state, "use_kept")
    assert (state.cash_due, state.problem, row.name in state.done) == ("", "", True)
    assert row.due_id not in [one.due_id for one in state.owed]
    other = state.owed[0].due_id
    await call(state, "start_cash", other)
    assert (state.cash_due, state.kept_note) == (other, "")
    await call(state, "use_kept")
    assert (state.cash_due, state.problem, state.done) == (other, "", "")


async def test_that_something_waited_reads_as_over(programme: Programme):
    await programme.open_call()
    sent = await programme.submit()
    act(programme.treasurer, "treasurer")
    state = await open_tab(NoticesState)
    await call(state, "load")
    assert (state.rows[0].before, state.rows[0].is_new) == ("Payments wait to be confirmed.", True)
    await programme.withdraw(sent.id)
    await call(state, "refresh")
    assert (state.rows[0].before[:15], state.rows[0].is_new) == ("Payments waited", False)


async def test_who_came_later_is_counted_where_contributions_are_listed(programme: Programme):
    made = await programme.open_call(title="Harambee")
    await make_members(programme.database, programme.group)
    state = await opened(programme)
    assert [row.unasked for row in state.calls] == ["1 member not asked"]
    asking = await open_tab(CallState)
    await call(asking, "change", str(made.id))
    await call(asking, "ask_later")
    await call(state, "load")
    assert [row.unasked for row in state.calls] == [""]


async def test_cash_of_ones_own_is_not_offered_and_who_can_record_it_is_said(programme: Programme):
    await programme.open_call()
    state = await opened(programme)
    mine = [row for row in state.owed if row.is_own]
    assert len(mine) == 1
    assert state.own_words == "Nobody records their own money: Hassan Owuor can record yours."
    await call(state, "start_cash", mine[0].due_id)
    assert (state.cash_due, state.problem) == ("", state.own_words)
    await call(state, "start_cash", next(row.due_id for row in state.owed if not row.is_own))
    assert state.cash_due
