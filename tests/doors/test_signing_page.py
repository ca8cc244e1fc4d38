"""To sign and money out, at their states: no event signs one's own, and codes guard what moves money."""

import re
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
import pytest_asyncio

from app import wiring
from app.domain.governance.views import ProposalView
from app.domain.groups import roles
from app.domain.groups.views import WithdrawRole
from app.kit.clock import MovedClock, SystemClock
from app.web.admin.states.approvals import ApprovalsState
from app.web.admin.states.settings import SettingsState
from app.web.member.states.savings import SavingsState
from app.web.member.states.signing import SigningState
from app.web.treasurer.states.money_out import MoneyOutState
from app.web.treasurer.states.receipts import ReceiptsState
from tests.doors.tabs import act, call, open_tab
from tests.factories.governance import Council, make_council
from tests.factories.groups import id_of, prove


@pytest_asyncio.fixture(loop_scope="session")
async def council(services: wiring.Services) -> Council:
    return await make_council(services.database)


async def signing(council: Council, who: str) -> SigningState:
    acting = {"treasurer": "treasurer", "admin": "admin"}.get(who, "member")
    act(getattr(council, who), acting)
    state = await open_tab(SigningState)
    await call(state, "load")
    return state


async def type_code(state: SigningState | MoneyOutState) -> None:
    shown = re.search(r"\d{6}", state.shown_code)
    assert shown, state.problem
    await call(state, "confirm", {"code": shown[0]})


async def state_of(council: Council, made: ProposalView) -> tuple[str, int]:
    view = await council.get(made.id)
    return view.state, view.approved


async def test_the_proposers_own_events_sign_nothing(council: Council) -> None:
    made = await council.propose("withdrawal", await council.withdrawal())
    state = await signing(council, "treasurer")
    assert [(row.id, row.may_sign) for row in state.rows] == [(str(made.id), False)]
    await call(state, "sign", str(made.id))
    assert state.code_title == ""
    await call(state, "confirm", {"code": "123456"})
    await call(state, "ask_reason", str(made.id))
    await call(state, "refuse", {"reason": "no"})
    assert await state_of(council, made) == ("open", 0)
    state._signing, state.refusing = str(made.id), state.rows[0]
    await call(state, "refuse", {"reason": "no"})
    assert "Nobody signs what they proposed" in state.problem
    assert await state_of(council, made) == ("open", 0)


async def test_two_officers_sign_with_a_code_each(council: Council) -> None:
    made = await council.propose("withdrawal", await council.withdrawal())
    for who in ("admin", "president"):
        state = await signing(council, who)
        assert state.rows[0].may_sign
        await call(state, "sign", str(made.id))
        await call(state, "confirm", {"code": "000000"})
        assert (state.problem_field, state.code_title != "") == ("code", True)
        await type_code(state)
        assert (state.problem, state.code_title, state.done[:7]) == ("", "", "Signed:")
    assert await state_of(council, made) == ("carried", 2)
    assert [row.state for row in state.ended] == ["Signed and done"]


async def test_another_code_is_sent_after_a_while(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too soon it is refused, and the first still counts; then only the new one does."""
    made = await council.propose("withdrawal", await council.withdrawal())
    state = await signing(council, "admin")
    await call(state, "send_again")
    assert (state.code_title, state.shown_code) == ("", "")  # nothing was asked for yet
    await call(state, "sign", str(made.id))
    first, title = state._code_request, state.code_title
    await call(state, "send_again")
    assert ("30 seconds" in state.problem, state.code_title, state._code_request) == (True, title, first)
    later = council.database.with_tools(clock=MovedClock(SystemClock(), timedelta(seconds=31)))
    monkeypatch.setattr(wiring, "services", partial(replace, wiring.services(), database=later))
    await call(state, "send_again")
    assert (state.problem, state.code_title, state._code_request != first) == ("", title, True)
    await type_code(state)
    assert await state_of(council, made) == ("open", 1)


async def test_a_code_that_was_not_used_is_good_for_the_next_act(council: Council) -> None:
    """Left at its dialog, a code is still on the phone: the next act a moment later asks for that one."""
    made = await council.propose("withdrawal", await council.withdrawal())
    state = await signing(council, "admin")
    await call(state, "sign", str(made.id))
    await call(state, "leave")
    await call(state, "sign", str(made.id))
    assert (state.problem, state.code_title != "") == ("", True)
    await type_code(state)
    assert await state_of(council, made) == ("open", 1)


async def test_a_refusal_needs_its_reason(council: Council) -> None:
    made = await council.propose("withdrawal", await council.withdrawal())
    state = await signing(council, "secretary")
    await call(state, "ask_reason", str(made.id))
    await call(state, "refuse", {"reason": " "})
    assert (state.problem_field, state.refusing.id) == ("reason", str(made.id))
    await call(state, "refuse", {"reason": "Not this month"})
    assert (state.problem, state.refusing.id) == ("", "")
    assert "Not this month" in (await signing(council, "admin")).rows[0].reason


async def test_a_member_signs_nothing_and_asks_for_her_own(council: Council) -> None:
    made = await council.propose("withdrawal", await council.withdrawal())
    state = await signing(council, "member")
    assert (state.phase, state.rows) == ("empty", [])
    await call(state, "sign", str(made.id))
    assert state.code_title == ""
    savings = await open_tab(SavingsState)
    await call(savings, "load")
    assert (savings.held, len(savings.rows)) == ("KES\u00a0500.00", 1)
    await call(savings, "ask", {"amount": "9,000", "method": "cash", "note": ""})
    assert (savings.problem_field, "500.00" in savings.problem) == ("amount", True)
    await call(savings, "ask", {"amount": "100", "method": "mpesa", "note": "Seeds"})
    assert (savings.problem, savings.rows[0].note) == ("", "Seeds")
    await call(savings, "take_back", savings.rows[0].id)
    assert savings.rows[0].state == "Taken back"
    await call(savings, "take_back", str(made.id))
    assert savings.problem
    assert await state_of(council, made) == ("open", 0)


async def test_the_treasurer_proposes_and_moves_money_alone_by_code(council: Council) -> None:
    act(council.treasurer, "treasurer")
    state = await open_tab(MoneyOutState)
    await call(state, "load")
    assert (state.kind, len(state.places)) == ("withdrawal", 3)
    member = str(await id_of(council.database, council.member))
    await call(state, "propose", {"member": member, "method": "cash", "amount": "200", "note": "School fees"})
    assert (state.problem, state.rows[0].state, state.rows[0].may_withdraw) == ("", "0 of 2 signed", True)
    await call(state, "choose_kind", "expense")
    await call(state, "propose", {"method": "cash", "amount": "", "note": "Chairs"})
    assert (state.problem_field, state.note) == ("amount", "Chairs")
    await call(state, "choose_kind", "transfer")
    await call(state, "propose", {"source": "1010", "target": "1030", "amount": "100", "note": ""})
    assert state.code_title
    await type_code(state)
    assert (state.problem, state.rows[-1].state, len(state.rows)) == ("", "Done", 2)
    assert "Cash in the box to Bank" in state.done
    await call(state, "take_back", str(uuid4()))
    assert state.problem


async def test_it_is_said_where_too_few_can_sign(council: Council) -> None:
    made = await council.propose("withdrawal", await council.withdrawal())
    assert [row.short for row in (await signing(council, "admin")).rows] == [""]
    for officer, role in ((council.president, "president"), (council.secretary, "secretary")):
        member_id = await id_of(council.database, officer)
        async with council.database.transaction(council.admin) as session:
            command = WithdrawRole(member_id, role, await prove(session, council.admin))
            await roles.withdraw_role(session, council.admin, command)
    (row,) = (await signing(council, "admin")).rows
    assert (row.id, row.may_sign) == (str(made.id), True)
    assert row.short.startswith("Signatures still needed: 2. People who can still give one: 1.")
    act(council.admin, "admin")
    settings = await open_tab(SettingsState)
    await call(settings, "load")
    rules = await settings.get_state(ApprovalsState)
    short = {one.kind: one.short for one in rules.rows if one.short}
    assert (set(short), "now: 1;" in short["expense"]) == ({"expense"}, True), "loans and welfare aren't in use here"
    await call(rules, "change", "waiver")
    ticks = {"signer_treasurer": "on", "signer_admin": "on"}
    await call(rules, "save", {"needed": "3", "days": "7", **ticks})
    assert ("needed: 3" in rules.short, rules.code_title != "") == (True, True)
    await call(rules, "save", {"needed": "1", "days": "7", **ticks})
    assert rules.short == ""


async def test_a_reversal_is_proposed_where_the_rule_wants_it(council: Council) -> None:
    """By the first rule one treasurer reverses with a code; after the change the same page proposes it."""
    taken = await council.programme.take_cash(await council.programme.cash_command(council.president))
    act(council.treasurer, "treasurer")
    state = await open_tab(ReceiptsState)
    state.form_key = str(uuid4())
    await state._open(str(taken.receipt_id))
    await call(state, "start_reversal")
    await call(state, "ask_code", {"reason": " "})
    assert (state.problem_field, state.code_title) == ("reason", "")
    await call(state, "ask_code", {"reason": "Typed twice"})
    assert (state.problem, state.code_title) == ("", state.reverse_title)
    await council.rule("reversal", alone_minor=0, needed=1)
    await call(state, "ask_code", {"reason": "Typed twice"})
    assert (state.problem, state.is_reversing, state.code_title) == ("", False, "")
    assert "is proposed" in state.done
    signer = await signing(council, "secretary")
    (row,) = signer.rows
    assert (row.may_sign, str(taken.receipt_number) in row.title) == (True, True)
    await call(signer, "sign", row.id)
    await type_code(signer)
    assert [one.state for one in signer.ended] == ["Signed and done"]
    act(council.treasurer, "treasurer")
    await state._open(str(taken.receipt_id))
    assert state.sheet.is_reversed
