"""Asking every member for an amount."""

import asyncio
from datetime import date, timedelta
from uuid import uuid4

import pytest

from app.domain.contributions import reading, service
from app.domain.contributions.errors import CallExists, NoMembers
from app.domain.contributions.service import MOST_ASKED, OpenCall
from app.domain.contributions.views import CallView
from app.domain.groups import members
from app.kit.errors import IdempotencyConflict, InvalidInput, NotFound, NotPermitted
from app.kit.ids import new_payment_reference
from tests.factories.groups import make_officer
from tests.factories.payments import EACH, Programme, make_programme

EVERYBODY = 5
"""Admin, treasurer and three members."""


async def ask(programme: Programme, command: OpenCall) -> CallView:
    async with programme.database.transaction(programme.treasurer) as session:
        return await service.open_call(session, programme.treasurer, command)


async def a_call(programme: Programme, **changes: object) -> OpenCall:
    values = {
        "title": "November contribution",
        "amount_minor": EACH,
        "due_on": await programme.today() + timedelta(days=9),
        "key": str(uuid4()),
    }
    return OpenCall(**{**values, **changes})  # type: ignore[arg-type]


async def test_one_due_with_its_own_reference_for_each_member(programme: Programme):
    view = await programme.open_call()
    assert (view.dues, view.confirmed, view.paid_minor, view.expected_minor) == (EVERYBODY, 0, 0, EVERYBODY * EACH)
    found = [(await programme.dues(who))[0] for who in (*programme.members, programme.treasurer)]
    assert len({due.reference for due in found}) == 4
    assert {(due.amount_minor, due.open_minor, due.state) for due in found} == {(EACH, EACH, "expected")}


async def test_the_same_command_again_is_the_same_call(programme: Programme):
    command = await a_call(programme)
    first = await ask(programme, command)
    assert await ask(programme, command) == first
    results = await asyncio.gather(*(ask(programme, command) for _ in range(4)))
    assert set(results) == {first}
    with pytest.raises(IdempotencyConflict):
        await ask(programme, await a_call(programme, key=command.key, amount_minor=EACH + 100))
    async with programme.database.transaction(programme.treasurer) as session:
        assert len(await reading.list_calls(session, programme.treasurer)) == 1


async def test_one_name_and_date_is_one_call(programme: Programme):
    first = await a_call(programme)
    await ask(programme, first)
    with pytest.raises(CallExists):
        await ask(programme, await a_call(programme, title=" november  CONTRIBUTION "))
    await ask(programme, await a_call(programme, title="December contribution"))
    await ask(programme, await a_call(programme, due_on=first.due_on + timedelta(days=31)))


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("title", {"title": " \n "}),
        ("title", {"title": "x" * 81}),
        ("amount", {"amount_minor": 0}),
        ("amount", {"amount_minor": -1}),
        ("amount", {"amount_minor": MOST_ASKED * 100 + 100}),
        ("due_on", {"due_on": date(2020, 1, 1)}),
        ("due_on", {"due_on": date(9999, 12, 31)}),
    ],
)
async def test_what_cannot_be_asked_is_named(programme: Programme, field: str, changes: dict[str, object]):
    with pytest.raises(InvalidInput) as caught:
        await ask(programme, await a_call(programme, **changes))
    assert caught.value.field == field


async def test_titles_with_marks_and_many_words(programme: Programme):
    view = await ask(programme, await a_call(programme, title="  Mchango\twa  «Desemba» 🙏 <b>  "))
    assert view.title == "Mchango wa «Desemba» 🙏 <b>"


async def test_who_may_ask(programme: Programme):
    stranger = await make_programme(programme.database)
    auditor = await make_officer(programme.database, programme.group, "auditor")
    for who, error in (
        (programme.member, NotPermitted),
        (auditor, NotPermitted),
        (stranger.treasurer.within(programme.group.id), NotFound),
    ):
        async with programme.database.transaction(who) as session:
            with pytest.raises(error):
                await service.open_call(session, who, await a_call(programme))


async def test_a_call_needs_members(programme: Programme, monkeypatch: pytest.MonkeyPatch):
    async def nobody(*_: object) -> list[object]:
        return []

    monkeypatch.setattr(service, "active_members", nobody)
    command = await a_call(programme)
    with pytest.raises(NoMembers):
        await ask(programme, command)
    monkeypatch.setattr(service, "active_members", members.active_members)
    assert (await ask(programme, command)).dues == EVERYBODY


async def test_a_reference_that_exists_is_drawn_again(programme: Programme, monkeypatch: pytest.MonkeyPatch):
    await programme.open_call()
    taken = (await programme.dues())[0].reference
    drawn = [taken] * 3

    def draw() -> str:
        return drawn.pop() if drawn else new_payment_reference()

    monkeypatch.setattr(service, "new_payment_reference", draw)
    view = await programme.open_call(title="Second")
    assert (view.dues, drawn) == (EVERYBODY, [])


async def test_who_joins_later_owes_nothing_of_earlier_calls(programme: Programme):
    await programme.open_call()
    late = await make_officer(programme.database, programme.group, "auditor")
    assert await programme.dues(late) == ()
    assert (await programme.open_call(title="Second")).dues == EVERYBODY + 1
