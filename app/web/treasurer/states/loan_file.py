"""One loan at the desk: the application with the member's record, then the money out, and what comes back."""

from dataclasses import replace
from uuid import UUID

import reflex as rx

from app.domain.governance import reading as decisions
from app.domain.governance import service as governance
from app.domain.governance.commands import ProposeDecision
from app.domain.governance.ports import Matter
from app.domain.groups import access
from app.domain.groups.permissions import Permission
from app.domain.identity.errors import StepUpNeeded
from app.domain.loans import deciding, disbursing, reading
from app.domain.loans.amending import RESCHEDULE
from app.domain.loans.commands import DisburseLoan, SetConditions
from app.domain.payments import service as payments
from app.domain.payments.commands import Part, RecordCash
from app.domain.reports.loan_papers import list_loan_payments
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.kit.money import parse_amount
from app.web.fresh_code import FreshCode
from app.web.member.states.loan import Face, asked_words, face, record_rows
from app.web.new_schedule import NewSchedule
from app.web.place import load_place
from app.web.presenters.amounts import amount, digits
from app.web.presenters.decisions import Circle, circle, title_of
from app.web.presenters.loan_payments import FEW, PaidRow, paid_rows, receipted_rows
from app.web.presenters.loan_terms import bound_rows
from app.web.presenters.loans import (
    ChangeRow,
    GuarantorRow,
    InstalmentRow,
    PaperRow,
    Told,
    change_row,
    closing_words,
    cost_rows,
    cost_title,
    guarantor_rows,
    paper_rows,
    reason,
)
from app.web.screen import parse_date, parse_id
from app.web.session import event
from app.web.treasurer.states.money_out import Choice

WRITE_OFF = "loan_write_off"
PROPOSED = {"write_off": WRITE_OFF, "reschedule": RESCHEDULE}


class LoanFileState(FreshCode, NewSchedule, rx.State):
    face: Face = Face()
    member_id: str = ""
    record: list[Told] = []
    bounds: list[Told] = []
    limit: str = ""
    reasons: list[str] = []
    guarantors: list[GuarantorRow] = []
    circles: list[Circle] = []
    signed: str = ""
    may_sign: bool = False
    rows: list[InstalmentRow] = []
    payments: list[PaidRow] = []
    earlier: list[PaidRow] = []
    history: list[ChangeRow] = []
    asked: str = ""
    """Of a new schedule that waits for signatures."""
    cost: list[Told] = []
    cost_title: str = ""
    papers: list[PaperRow] = []
    methods: list[Choice] = []
    handing: list[Told] = []
    """Which loan is about to be paid out, how, and when its first instalment is due."""
    conditions: str = ""
    may_set_conditions: bool = False
    amount: str = ""
    paid_on: str = ""
    today: str = ""
    first_day: str = ""
    shares: list[Told] = []
    preview_note: str = ""
    asking: str = ""
    """What is proposed: write_off, reschedule or nothing."""
    reason: str = ""
    code_act: str = ""
    """What the fresh code is for: pay_out, write_off or reschedule."""
    receipt_href: str = ""
    _currency: str = ""
    _method: str = ""
    _met: bool = False

    @event("treasurer")
    async def load(self):
        """`?id=` names the loan."""
        await load_place(self)
        self._clear()
        self._close_code()
        self._new_form()
        self.amount = self.paid_on = self.receipt_href = ""
        self._put_away()
        async with self._reading() as (session, actor):
            await self._show(session, actor, self.router.url.query_parameters.get("id", ""))

    def _put_away(self) -> None:
        self.asking = self.reason = self.code_act = ""
        self._forget_schedule()

    @event("treasurer")
    async def refresh(self):
        """Somebody signed, or a payment was confirmed."""
        async with self._refreshing() as (session, actor):
            if self.face.id:
                await self._show(session, actor, self.face.id)

    async def _show(self, session: Session, actor: Actor, loan_id: str) -> None:
        file = await reading.get_loan_file(session, actor, parse_id(loan_id))
        view, money = file.loan, file.loan.currency
        self.face, self.member_id, self._currency = face(view), str(view.member_id), money
        if view.replaces_id and view.disbursed_on is None:
            settles = (await reading.get_loan(session, actor, view.replaces_id)).payoff_minor
            self.face = replace(self.face, hand=closing_words(view, settles))
        self.record = record_rows(file.record, money)
        self.bounds = bound_rows(file)
        self.limit = t("loan.limit", limit=amount(file.limit_minor, money))
        is_open = view.state in ("draft", "asked", "signing", "approved")
        self.reasons = [reason(one, money) for one in file.reasons] if is_open else []
        self.guarantors = guarantor_rows(view)
        paid = await list_loan_payments(session, actor, view.id) if view.disbursed_on else []
        self.payments, self.earlier = paid_rows(paid[:FEW], money), paid_rows(paid[FEW:], money)
        self.rows, self.papers = receipted_rows(view, paid), paper_rows(view)
        self.history = [change_row(one, money) for one in view.changes]
        acting = await access.authorise(session, actor, Permission.READ_GROUP)
        self.asked = asked_words((await decisions.decisions_about(session, acting, RESCHEDULE, [view.id])).get(view.id))
        self.cost, self.cost_title = cost_rows(view, file.cost), cost_title(view)
        await self._show_signing(session, actor, view.proposal_id)
        is_unsigned = view.state == "signing" and not any(one.kind in ("approved", "refused") for one in self.circles)
        self.may_set_conditions = is_unsigned and not view.is_mine
        self.conditions = view.conditions
        way = (await access.get_group(session, actor)).way
        self.methods = [Choice(one, t(f"method.{one}")) for one in dict.fromkeys(("cash", way, "bank"))]
        self.today = view.today.isoformat()
        self.first_day = view.disbursed_on.isoformat() if view.disbursed_on else ""
        self.paid_on = self.paid_on or self.today
        if view.state == "active":
            self.amount = self.amount or digits(view.next_minor, money)
            self._offer_schedule(view)
            await self._preview(session, actor)
        elif view.recoverable_minor:
            self.amount = self.amount or digits(view.recoverable_minor, money)
            self.shares, self.preview_note = [], ""
        self.phase = "ready"

    async def _show_signing(self, session: Session, actor: Actor, proposal_id: UUID | None) -> None:
        self.circles, self.signed, self.may_sign = [], "", False
        if proposal_id is not None:
            made = await decisions.get_decision(session, actor, proposal_id)
            self.circles = [circle(one) for one in made.signatures]
            self.signed = t("signing.signed", count=made.approved, needed=made.needed)
            self.may_sign = made.may_sign

    @event("treasurer")
    async def set_conditions(self, form: dict[str, str]):
        self._clear()
        self.conditions = str(form.get("conditions", ""))[:600]
        async with self._work() as (session, actor):
            command = SetConditions(parse_id(self.face.id), self.conditions)
            await deciding.set_conditions(session, actor, command)
        await self._again(t("loan.done_conditions"))

    @event("treasurer")
    async def disburse(self, form: dict[str, str]):
        """What is wrong is said first; then it takes a fresh code."""
        self._method, self._met = str(form.get("method", ""))[:10], bool(form.get("met"))
        await self._pay_out(None)

    @event("treasurer")
    async def confirm(self, form: dict[str, str]):
        if (proof := await self._proof_of(form)) is None:
            return
        if self.code_act == "pay_out":
            await self._pay_out(proof)
        else:
            await self._propose(proof)

    @event("treasurer")
    async def send_again(self):
        await self._ask_again()

    @event("treasurer")
    async def leave(self):
        self._clear()
        self._close_code()
        self._put_away()

    async def _pay_out(self, proof: UUID | None) -> None:
        self._clear()
        needs_code = False
        async with self._work() as (session, actor):
            command = DisburseLoan(parse_id(self.face.id), self._method, self.form_key, self._met, proof)
            try:
                await disbursing.disburse_loan(session, actor, command)
            except StepUpNeeded:
                needs_code = proof is None
                raise
        if needs_code:
            self.code_act = "pay_out"
            way = next((one.label for one in self.methods if one.value == self._method), "")
            self.handing = [
                Told(t("loan.title"), self.face.title),
                Told(t("out.method"), way),
                Told(t("loan.first_due"), self.face.first),
            ]
            await self._ask_code(t("loan.pay_out_title", what=self.face.hand or self.face.asks))
            return
        self._close_code()
        if not self.problem:
            self._new_form()
        hand = self.face.hand
        await self._again(" ".join(filter(None, (t("loan.done_pay_out"), hand))))

    @event("treasurer")
    async def type_amount(self, typed: str, form_key: str):
        """What was typed into a form that is recorded meanwhile changes nothing."""
        if form_key == self.form_key:
            self._clear()
            self.amount = typed[:40]
            await self._preview_again()

    @event("treasurer")
    async def type_day(self, typed: str, form_key: str):
        if form_key == self.form_key:
            self._clear()
            self.paid_on = typed[:10]
            await self._preview_again()

    async def _preview_again(self) -> None:
        """What can't be recorded is previewed as nothing; of the amount it is told why, unless the field is empty."""
        self.shares, self.preview_note = [], ""
        async with self._work() as (session, actor):
            if self.face.state == "active":
                await self._preview(session, actor)
            else:
                parse_amount(self.amount, self._currency)
        if self.problem_field != "amount" or not self.amount.strip():
            self._clear()

    async def _preview(self, session: Session, actor: Actor) -> None:
        minor = parse_amount(self.amount, self._currency)
        on = parse_date(self.paid_on, field="paid_on")
        seen = await reading.preview_repayment(session, actor, parse_id(self.face.id), minor, on)
        self.shares = [Told(t(f"loan.share.{name}"), amount(part, self._currency)) for name, part in seen.shares]
        after = t(
            "loan.left_after",
            left=amount(seen.left_minor, self._currency),
            payoff=amount(seen.payoff_minor, self._currency),
        )
        ahead = t("loan.more_ahead") if seen.interest_ahead_minor else ""
        self.preview_note = t("loan.closes") if seen.closes else " ".join(filter(None, (after, ahead)))

    @event("treasurer")
    async def record_payment(self, form: dict[str, str]):
        """Cash in hand: posted and receipted at once."""
        self._clear()
        self.amount, self.paid_on = str(form.get("amount", ""))[:40], str(form.get("paid_on", ""))[:10]
        made = None
        async with self._work() as (session, actor):
            part = Part(parse_id(self.face.id), parse_amount(self.amount, self._currency), "loan")
            paid_on = parse_date(self.paid_on, field="paid_on")
            made = await payments.record_cash(
                session, actor, RecordCash(parse_id(self.member_id), (part,), paid_on, self.form_key)
            )
        if made is None:
            return
        self.amount = ""
        self._new_form()
        self.receipt_href = f"/receipt?id={made.receipt_id}"
        await self._again(t("loan.done_payment", receipt=made.receipt_number or ""))

    @event("treasurer")
    async def ask(self, what: str):
        """Open what is to be proposed of the loan."""
        self._clear()
        self._put_away()
        self._new_form()
        self.asking = what if what in PROPOSED else ""
        async with self._reading() as (session, actor):
            await self._show(session, actor, self.face.id)

    @event("treasurer")
    async def write_off(self, form: dict[str, str]):
        self.reason = str(form.get("note", ""))[:600]
        await self._propose(None)

    @event("treasurer")
    async def type_count(self, typed: str):
        await self._look(self.face.id, typed, self.first_on)

    @event("treasurer")
    async def type_first(self, typed: str):
        await self._look(self.face.id, self.count, typed)

    @event("treasurer")
    async def reschedule(self, form: dict[str, str]):
        self._typed_schedule(form)
        await self._propose(None)

    async def _propose(self, proof: UUID | None) -> None:
        """Others sign it; where the rule lets who proposes do it alone, it takes a fresh code."""
        if self.asking not in PROPOSED:
            return
        self._clear()
        made, needs_code, kind = None, False, PROPOSED[self.asking]
        async with self._work() as (session, actor):
            matter = (
                Matter(note=self.reason, subject_id=parse_id(self.face.id))
                if kind == WRITE_OFF
                else self._schedule_matter(self.face.id)
            )
            try:
                command = ProposeDecision(kind, matter, self.form_key, proof)
                made = await governance.propose_decision(session, actor, command)
            except StepUpNeeded:
                needs_code = proof is None
                raise
        if needs_code:
            self.code_act = self.asking
            await self._ask_code(f"{t(f'decision.kind.{kind}')}, {self.face.title}")
            return
        self._close_code()
        if made is None:
            return
        self._put_away()
        self._new_form()
        await self._again(t("out.carried" if made.state == "carried" else "out.proposed", title=title_of(made)))

    async def _again(self, said: str) -> None:
        problem, field, loan_id = self.problem, self.problem_field, self.face.id
        async with self._reading() as (session, actor):
            await self._show(session, actor, loan_id)
        self.problem, self.problem_field, self.done = problem, field, "" if problem else said
