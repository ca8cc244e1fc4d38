"""Addresses and events whose ids and numbers are none: the page says so, and nothing of it is a defect."""

from typing import Any
from uuid import uuid4

import pytest
import reflex as rx

from app.domain.groups import roles
from app.domain.groups.permissions import Permission
from app.domain.groups.views import RoleHolder, WithdrawRole
from app.kit.errors import NotFound
from app.kit.i18n import t
from app.web.member.states.receipt import ReceiptState
from app.web.officers import others_with
from app.web.screen import Screen, parse_id, parse_number
from app.web.treasurer.states.books import BooksState
from app.web.treasurer.states.imports import ImportState
from app.web.treasurer.states.member import MemberState
from app.web.treasurer.states.members import MembersState
from app.web.treasurer.states.payments import PaymentsState
from app.web.treasurer.states.receipts import ReceiptsState
from app.web.treasurer.states.statements import StatementsState
from app.web.treasurer.states.today import TodayState
from tests.doors.tabs import act, call, look_at, open_tab
from tests.factories.groups import id_of, new_phone, prove
from tests.factories.payments import Programme

BAD = ("zzz", "1", "٣", "'; --", "9" * 40, "\x00", "84302aa6-b1c7-4b84-9047-2d93f81682a6")
MISSING = t("error.not_found")


@pytest.mark.parametrize(
    ("kind", "name", "role"),
    [
        (MemberState, "id", "treasurer"),
        (ReceiptsState, "id", "treasurer"),
        (ImportState, "id", "treasurer"),
        (TodayState, "call", "treasurer"),
        (ReceiptState, "id", "member"),
    ],
)
async def test_an_address_that_names_nothing(
    programme: Programme, monkeypatch: pytest.MonkeyPatch, kind: type[rx.State], name: str, role: str
):
    act(programme.treasurer, role)
    for bad in BAD:
        look_at(monkeypatch, kind, **{name: bad})
        state = await open_tab(kind)
        await call(state, "load")
        assert (state.phase, state.problem) == ("missing", MISSING), bad


@pytest.mark.parametrize(
    ("kind", "handler", "values"),
    [
        (PaymentsState, "confirm_one", ("{}",)),
        (BooksState, "open_entry", ("{}",)),
        (ImportState, "leave_out", ("{}",)),
        (ImportState, "put_back", ("{}",)),
        (ImportState, "mend", ({"name": "Zawadi"},)),
        (ImportState, "save_columns", ({"name": "{}"},)),
        (MemberState, "start_mending", ()),
        (MemberState, "mend", ({"joined_on": "x"},)),
        (StatementsState, "sign", ()),
    ],
)
async def test_an_event_that_names_nothing(
    programme: Programme, kind: type[rx.State], handler: str, values: tuple[Any, ...]
):
    act(programme.treasurer, "treasurer")
    for bad in BAD:
        state = await open_tab(kind)
        sent = [bad if value == "{}" else {k: v.format(bad) for k, v in value.items()} for value in values]
        await call(state, handler, *sent)
        assert state.problem, bad


async def test_a_role_that_is_gone_leaves_no_names_behind(programme: Programme, monkeypatch: pytest.MonkeyPatch):
    look_at(monkeypatch, MembersState)
    act(programme.treasurer, "treasurer")
    state = await open_tab(MembersState)
    await call(state, "load")
    assert state.phase == "ready"
    assert len(state.rows) == 4
    theirs = await id_of(programme.database, programme.treasurer)
    async with programme.database.transaction(programme.group.admin) as session:
        proof = await prove(session, programme.group.admin)
        await roles.withdraw_role(session, programme.group.admin, WithdrawRole(theirs, "treasurer", proof))
    await call(state, "find", "M")
    assert (state.phase, state.problem) == ("error", t("error.not_permitted"))
    assert (state.rows, state.count_line, state.search) == ([], "", "")


async def test_who_refuses_ones_own_payment_says_who_can(programme: Programme):
    await programme.open_call()
    mine = await programme.submit(programme.treasurer)
    act(programme.treasurer, "treasurer")
    state = await open_tab(PaymentsState)
    await call(state, "confirm_one", str(mine.id))
    assert state.problem == "Nobody decides about their own payment. Hassan Owuor can."
    assert state.own_words == "Yours: Hassan Owuor can confirm it"
    assert state.rows[0].is_own


def test_names_of_those_with_a_right():
    def held(name: str, role: str, *, is_me: bool = False) -> RoleHolder:
        return RoleHolder(member_id=uuid4(), member_no=new_phone(), name=name, role=role, is_me=is_me)

    mine = held("Me", "treasurer", is_me=True)
    assert others_with(Permission.CONFIRM_PAYMENTS, [mine, held("Auditor", "auditor")]) == ""
    several = [mine, held("Cherono", "admin"), held("Cherono", "treasurer"), held("Barasa", "admin")]
    assert others_with(Permission.CONFIRM_PAYMENTS, several) == "Barasa or Cherono"
    assert others_with(Permission.MANAGE_GROUP, [*several, held("Ali", "admin")]) == "Ali, Barasa or Cherono"


@pytest.mark.parametrize("text", ["", "x", "1", "{}", "\x00"])
def test_ids_and_numbers_that_are_none(text: str):
    with pytest.raises(NotFound):
        parse_id(text)
    for number in (text.replace("1", "²"), "-1", "1" * 10, "٣"):
        with pytest.raises(NotFound):
            parse_number(number)
    assert parse_number("007") == 7
    assert issubclass(MembersState, Screen)
