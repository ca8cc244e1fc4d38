"""What is signed for is done: savings paid out, expenses, transfers, waivers and reversals, in the books and beside."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.domain.cashbook import decisions
from app.domain.cashbook import reading as cashbook
from app.domain.cashbook.errors import AskedAlready, CodeWritten, MoreThanHeld, NothingHeld, NotPaidByCode
from app.domain.cashbook.service import WriteCode, write_code
from app.domain.contributions import leaving, sheet
from app.domain.contributions import reading as contributions
from app.domain.contributions.errors import DueChanged, NothingToWaive, PaymentsWaiting, StillOwed
from app.domain.contributions.sheet import PaidRow, RecordSheet
from app.domain.contributions.views import RemoveMember
from app.domain.governance.commands import WithdrawProposal
from app.domain.governance.errors import AlreadyProposed, NotEnoughMoney, OwnDecision
from app.domain.governance.ports import Matter
from app.domain.governance.service import withdraw_proposal
from app.domain.governance.views import ProposalView
from app.domain.ledger import service as ledger
from app.domain.ledger.errors import BalanceOutOfBounds
from app.domain.payments.commands import Part
from app.domain.payments.errors import ApprovalNeeded, CodeAlreadySent, NotConfirmed
from app.domain.receipts import service as receipts
from app.domain.reports.passbook import passbook
from app.domain.reports.proving import check_books
from app.domain.reports.statement import Period, member_statement
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotFound
from tests.factories.governance import EACH, Council
from tests.factories.groups import id_of
from tests.factories.payments import make_programme, step_up


async def balances(council: Council) -> dict[str, int]:
    """By control account, debit positive, those at zero left out."""
    async with council.database.transaction(council.treasurer) as session:
        assert (await check_books(session, council.group.id)).fault is None
        rows = await ledger.trial_balance(session, council.group.id)
    found = {row.control_code: row.debit_minor - row.credit_minor for row in rows}
    assert sum(found.values()) == 0
    return {code: minor for code, minor in found.items() if minor}


async def signed(council: Council, kind: str, matter: Matter, *, alone: bool = False) -> ProposalView:
    proof = await step_up(council.database, council.treasurer) if alone else None
    made = await council.propose(kind, matter, proof=proof)
    for who in (council.admin, council.president)[: made.needed]:
        made = await council.approve(made.id, who)
    return made


async def test_savings_are_paid_out(council: Council) -> None:
    done = await signed(council, "withdrawal", await council.withdrawal(20_000))
    assert done.state == "carried"
    assert await balances(council) == {"1010": 30_000, "2010": -30_000}
    async with council.database.transaction(council.member) as session:
        book = await passbook(session, council.member)
        held = await cashbook.held_for_me(session, council.member)
        paid = await contributions.paid_this_year(session, council.member)
        today = await council.programme.today()
        statement = await member_statement(session, council.member, Period(today, today))
    assert (book.balance_minor, held.held_minor) == (30_000, 30_000)
    assert [(row.kind, row.amount_minor) for row in book.rows] == [
        ("savings_paid_out", -20_000),
        ("savings_confirmed", EACH),
    ]
    assert paid == EACH, "what she has paid stays paid"
    assert (statement.in_minor, statement.out_minor, statement.closing_minor) == (EACH, 20_000, 30_000)
    assert statement.lines[-1].kind == "savings_paid_out"


async def test_a_member_leaves_once_her_savings_are_paid_out(council: Council) -> None:
    member_id = await id_of(council.database, council.member)
    async with council.database.transaction(council.treasurer) as session:
        with pytest.raises(StillOwed):
            await leaving.remove_member(session, council.treasurer, RemoveMember(member_id, "cancel", 0))
    await signed(council, "withdrawal", await council.withdrawal(EACH))
    async with council.database.transaction(council.treasurer) as session:
        gone = await leaving.remove_member(session, council.treasurer, RemoveMember(member_id, "cancel", 0))
    assert gone.left_at is not None
    assert (gone.owed_minor, gone.receipts_minor) == (0, EACH)


async def test_no_more_than_is_held(council: Council) -> None:
    with pytest.raises(MoreThanHeld) as stopped:
        await council.propose("withdrawal", await council.withdrawal(EACH + 1))
    assert stopped.value.params == {"left_minor": EACH, "currency": "KES"}
    with pytest.raises(InvalidInput):
        await council.propose("withdrawal", await council.withdrawal(0))
    with pytest.raises(InvalidInput):
        await council.propose("withdrawal", replace(await council.withdrawal(), terms={"method": "barter"}))
    with pytest.raises(NotFound):
        await council.propose("withdrawal", replace(await council.withdrawal(), member_id=UUID(int=5)))


async def test_a_place_holds_what_it_gives(council: Council) -> None:
    """Her savings are in the box, not in the phone: the last signature finds nothing there, and is not given."""
    matter = replace(await council.withdrawal(), terms={"method": "mpesa"})
    made = await council.propose("withdrawal", matter)
    await council.approve(made.id, council.admin)
    with pytest.raises(NotEnoughMoney):
        await council.approve(made.id, council.president)
    assert (await council.get(made.id)).approved == 1
    await council.propose(
        "transfer",
        Matter(EACH, "", terms={"source": "1010", "target": "1020"}),
        proof=await step_up(council.database, council.treasurer),
    )
    assert (await council.approve(made.id, council.president)).state == "carried"
    assert await balances(council) == {"1020": 30_000, "2010": -30_000}


async def test_a_fund_of_gifts_pays_nothing_back(database: Database) -> None:
    programme = await make_programme(database)
    council = Council(database, programme.group, programme, programme.member, programme.member)
    with pytest.raises(NothingHeld):
        await council.propose("withdrawal", await council.withdrawal())
    async with database.transaction(programme.treasurer) as session:
        assert not (await cashbook.money(session, programme.treasurer)).holds_savings


async def test_an_expense(council: Council) -> None:
    with pytest.raises(InvalidInput) as stopped:
        await council.propose("expense", Matter(0, "  ", terms={"method": "cash"}))
    assert (stopped.value.why, [one.why for one in stopped.value.others]) == ("purpose_empty", ["amount_not_positive"])
    done = await signed(council, "expense", Matter(12_000, "Chairs", terms={"method": "cash"}))
    assert done.state == "carried"
    assert await balances(council) == {"1010": 38_000, "2010": -EACH, "5010": 12_000}
    async with council.database.transaction(council.treasurer) as session:
        (entry, *_) = await ledger.list_entries(session, council.group.id)
    assert (entry.kind, entry.memo, entry.seq) == ("expense", "Chairs", done.entry_seq)
    with pytest.raises(NotEnoughMoney) as empty:
        await council.propose("expense", Matter(38_001, "A tent", terms={"method": "cash"}))
    assert (empty.value.params["place"], empty.value.params["left_minor"]) == ("1010", 38_000)


async def test_of_two_expenses_the_second_finds_the_money_gone(council: Council) -> None:
    """Both were covered when they were proposed."""
    first, second = [
        await council.propose("expense", Matter(30_000, what, terms={"method": "cash"})) for what in ("Tent", "Chairs")
    ]
    await council.approve(second.id, council.admin)
    for who in (council.admin, council.president):
        await council.approve(first.id, who)
    with pytest.raises(NotEnoughMoney) as empty:
        await council.approve(second.id, council.president)
    assert empty.value.params["left_minor"] == EACH - 30_000


async def test_savings_are_asked_back_once(council: Council) -> None:
    """What waits for signatures is not free a second time; taken back, it is."""
    made = await council.propose("withdrawal", await council.withdrawal(30_000))
    with pytest.raises(AskedAlready) as more:
        await council.propose("withdrawal", await council.withdrawal(30_000))
    assert (more.value.params["asked_minor"], more.value.params["left_minor"]) == (30_000, EACH - 30_000)
    async with council.database.transaction(council.treasurer) as session:
        await withdraw_proposal(session, council.treasurer, WithdrawProposal(made.id, str(uuid4())))
    assert (await council.propose("withdrawal", await council.withdrawal(EACH))).state == "open"


async def test_what_stands_for_loans_is_not_free_either(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    async def some(*_: object) -> int:
        return 20_000

    monkeypatch.setattr(decisions, "pledged", some)
    await council.propose("withdrawal", await council.withdrawal(20_000))
    with pytest.raises(AskedAlready) as more:
        await council.propose("withdrawal", await council.withdrawal(20_000))
    assert more.value.params["left_minor"] == EACH - 20_000 - 20_000


async def test_cash_goes_to_the_bank_and_back(council: Council) -> None:
    """By the first rule the treasurer alone, with a fresh code; the group may ask for signatures."""
    there = Matter(30_000, "Deposit", terms={"source": "1010", "target": "1030"})
    done = await council.propose("transfer", there, proof=await step_up(council.database, council.treasurer))
    assert (done.state, done.needed) == ("carried", 0)
    assert await balances(council) == {"1010": 20_000, "1030": 30_000, "2010": -EACH}
    await council.rule("transfer", alone_minor=0, needed=1)
    back = await council.propose("transfer", replace(there, terms={"source": "1030", "target": "1010"}))
    assert (back.state, back.needed) == ("open", 1)
    assert (await council.approve(back.id, council.secretary)).state == "carried"
    assert await balances(council) == {"1010": EACH, "2010": -EACH}
    for terms in ({"source": "1010", "target": "1010"}, {"source": "2010", "target": "1010"}, {}):
        with pytest.raises(InvalidInput):
            await council.propose("transfer", replace(there, terms=terms))


async def test_a_due_is_waived(council: Council) -> None:
    (due,) = await council.programme.dues(council.president)
    matter = Matter(note="Her house burnt down", subject_id=due.id)
    made = await council.propose("waiver", matter)
    assert (made.needed, made.amount_minor, made.terms["title"]) == (1, EACH, "Savings")
    assert made.member_id == await id_of(council.database, council.president)
    with pytest.raises(OwnDecision):
        await council.approve(made.id, council.president)
    with pytest.raises(AlreadyProposed):
        await council.propose("waiver", matter)
    assert (await council.approve(made.id, council.secretary)).state == "carried"
    async with council.database.transaction(council.president) as session:
        assert (await contributions.get_due(session, council.president, due.id)).state == "waived"
        assert not (await contributions.home(session, council.president)).dues
    with pytest.raises(NothingToWaive):
        await council.propose("waiver", matter)
    with pytest.raises(NotFound):
        await council.propose("waiver", replace(matter, subject_id=uuid4()))
    assert await balances(council) == {"1010": EACH, "2010": -EACH}


async def test_a_due_that_moved_is_not_waived(council: Council) -> None:
    (due,) = await council.programme.dues(council.president)
    made = await council.propose("waiver", Matter(note="Illness", subject_id=due.id))
    sent = await council.programme.submit(council.president, 10_000)
    with pytest.raises(PaymentsWaiting):
        await council.approve(made.id, council.secretary)
    await council.programme.confirm(sent.id)
    with pytest.raises(DueChanged):
        await council.approve(made.id, council.secretary)


async def test_reversals_join_when_the_group_says_so(council: Council) -> None:
    taken = await council.programme.take_cash(await council.programme.cash_command(council.president))
    await council.rule("reversal", alone_minor=10_000, needed=1)
    with pytest.raises(ApprovalNeeded):
        await council.programme.reverse(taken.id)
    made = await council.propose("reversal", Matter(note="Typed twice", subject_id=taken.id))
    assert (made.needed, made.amount_minor) == (1, EACH)
    assert made.terms["receipt"] == taken.receipt_number
    assert (await council.approve(made.id, council.secretary)).state == "carried"
    assert await balances(council) == {"1010": EACH, "2010": -EACH}
    async with council.database.transaction(council.treasurer) as session:
        receipt = await receipts.find_by_payment(session, council.group.id, taken.id)
    assert receipt is not None
    assert receipt.state == "reversed"
    with pytest.raises(NotConfirmed):
        await council.propose("reversal", Matter(note="Again", subject_id=taken.id))


async def test_what_was_paid_out_cannot_be_reversed(council: Council) -> None:
    """The ledger keeps a member's account from going below nothing."""
    (payment,) = await _payments(council)
    await signed(council, "withdrawal", await council.withdrawal(EACH))
    with pytest.raises(BalanceOutOfBounds):
        await council.programme.reverse(payment)


async def _payments(council: Council) -> list[UUID]:
    async with council.database.transaction(council.treasurer) as session:
        return [one.receipt.payment_id for one in await receipts.list_group_receipts(session, council.treasurer)]


async def test_the_code_of_what_was_sent_is_written_down_once(council: Council) -> None:
    await council.propose(
        "transfer",
        Matter(EACH, "", terms={"source": "1010", "target": "1020"}),
        proof=await step_up(council.database, council.treasurer),
    )
    matter = replace(await council.withdrawal(), terms={"method": "mpesa"})
    made = await council.propose("withdrawal", matter)
    with pytest.raises(NotPaidByCode):
        await write(council, made.id, "QGH7K2M4LA")
    await council.approve(made.id, council.admin)
    await council.approve(made.id, council.president)
    with pytest.raises(InvalidInput):
        await write(council, made.id, "QGH7")
    written = await write(council, made.id, " qgh7k2m4la ")
    assert written.provider_code == "QGH7K2M4LA"
    assert await write(council, made.id, "QGH7K2M4LA") == written
    with pytest.raises(CodeWritten):
        await write(council, made.id, "QGH7K2M4LB")
    other = await signed(council, "withdrawal", matter)
    with pytest.raises(CodeAlreadySent):
        await write(council, other.id, "QGH7K2M4LA")
    by_hand = await signed(
        council, "transfer", Matter(1_000, "", terms={"source": "1020", "target": "1010"}), alone=True
    )
    with pytest.raises(NotPaidByCode):
        await write(council, by_hand.id, "QGH7K2M4LC")


async def write(council: Council, proposal_id: UUID, code: str) -> ProposalView:
    async with council.database.transaction(council.treasurer) as session:
        return await write_code(session, council.treasurer, WriteCode(proposal_id, code))


async def test_savings_that_began_on_a_sheet_never_go_below_nothing_either(council: Council) -> None:
    """Members whose first saving is cash at a meeting: their accounts are bounded as anyone's."""
    async with council.database.transaction(council.treasurer) as session:
        view = await sheet.read_sheet(session, council.treasurer)
        rows = tuple(
            PaidRow(row.member_id, tuple(Part(due.due_id, due.open_minor) for due in row.dues if due))
            for row in view.rows
            if not row.is_own and any(row.dues)
        )
        total = sum(part.amount_minor for row in rows for part in row.parts)
        came = {row.member_id: "present" for row in view.rows}
        command = RecordSheet(view.today, rows, came, total, str(uuid4()))
        await sheet.record_sheet(session, council.treasurer, command)
        bounds = await session.execute(
            text("""SELECT b.ceiling_minor FROM ledger.account a JOIN ledger.balance b USING (group_id, account_no)
                    WHERE a.group_id = :group AND a.code LIKE '2010.%'"""),
            {"group": council.group.id},
        )
        found = list(bounds.scalars())
    assert len(found) > len(rows) > 1
    assert set(found) == {0}
