"""One loan: how far it is, what is owed and how that is made up, what can be done about it now."""

from dataclasses import dataclass
from datetime import date

import reflex as rx

from app.domain.governance import reading as decisions
from app.domain.governance import service as governance
from app.domain.governance.commands import ProposeDecision
from app.domain.governance.views import ProposalView
from app.domain.groups import access
from app.domain.groups.permissions import Permission
from app.domain.loans import applying, reading
from app.domain.loans.amending import RESCHEDULE
from app.domain.loans.commands import SendApplication
from app.domain.loans.views import LoanView, MemberRecord
from app.domain.payments import reading as waiting
from app.domain.payments import service as payments
from app.domain.payments.commands import DecidePayment, Part, SubmitPayment
from app.domain.payments.rules import find_code
from app.domain.payments.views import MySent, PaymentView
from app.domain.reports.loan_papers import list_loan_payments
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import NotFound
from app.kit.i18n import t
from app.kit.ids import in_fours
from app.kit.money import parse_amount
from app.web.member.states.pay import WayWords, way_words
from app.web.new_schedule import NewSchedule
from app.web.presenters.amounts import amount, digits
from app.web.presenters.dates import day, days_until
from app.web.presenters.decisions import Circle, circle
from app.web.presenters.loan_payments import FEW, PaidRow, paid_rows, receipted_rows
from app.web.presenters.loan_terms import bound_rows
from app.web.presenters.loans import (
    ChangeRow,
    GuarantorRow,
    InstalmentRow,
    PaperRow,
    Pill,
    Told,
    change_row,
    cost_rows,
    cost_title,
    given_words,
    guarantor_rows,
    hand_words,
    length,
    number,
    paid_of,
    paper_rows,
    reason,
    refused_by,
    state_pill,
)
from app.web.presenters.sent import SentRow, sent_row
from app.web.screen import parse_date, parse_id
from app.web.session import event

SHOWN = 3
NO_PILL = Pill()


@dataclass(frozen=True)
class Face:
    """The head of a loan's page. `left` and what follows stand once it is paid out."""

    id: str = ""
    state: str = ""
    title: str = ""
    asks: str = ""
    detail: str = ""
    purpose: str = ""
    pill: Pill = NO_PILL
    left: str = ""
    left_note: str = ""
    hand: str = ""
    """What to hand over, where the fee is kept back."""
    done: str = "0%"
    done_words: str = ""
    last: str = ""
    next: str = ""
    next_words: str = ""
    payoff: str = ""
    conditions: str = ""
    """While it isn't paid out; `met` are those of a loan that was."""
    met: str = ""
    out: str = ""
    """When and how the money went out, and its entry."""
    first: str = ""
    """The day of the first instalment."""
    offer: str = ""
    entry: str = ""
    closes: str = ""
    recover: str = ""
    is_mine: bool = False


def face(view: LoanView) -> Face:
    is_out = view.disbursed_on is not None
    paid, count = paid_of(view)
    return Face(
        id=str(view.id),
        state=view.state,
        title=f"{view.rules.name}, {number(view.no)}",
        asks=t(
            "loan.out" if is_out else "loan.asks",
            name=view.member_name,
            amount=amount(view.amount_minor, view.currency),
        ),
        detail=t(
            "loan.detail",
            amount=amount(view.amount_minor, view.currency),
            length=length(view.repayments, view.rules.every, view.rules.unit),
        ),
        purpose=view.purpose,
        pill=state_pill(view),
        left=amount(view.unpaid_minor, view.currency) if is_out else "",
        left_note=given_words(view),
        hand=hand_words(view),
        done=f"{paid * 100 // count}%" if is_out else "0%",
        done_words=t("loan.paid_of", paid=paid, count=count),
        last=t("loan.last", day=day(view.instalments[-1].due_on)) if is_out else "",
        next=amount(view.next_minor, view.currency) if view.next_on else "",
        next_words=t("loan.next", day=day(view.next_on), days=days_until(view.next_on, view.today))
        if view.next_on
        else "",
        payoff=amount(view.payoff_minor, view.currency) if view.state == "active" else "",
        conditions=view.conditions if not is_out else "",
        met=view.conditions if is_out else "",
        out=out_words(view),
        first=day(view.instalments[0].due_on),
        offer=t("loan.offer", day=day(view.expires_on)) if view.state == "approved" and view.expires_on else "",
        entry=f"{view.entry_seq}" if view.entry_seq else "",
        closes=t("loan.closes_other", no=view.replaces_no) if view.replaces_no and not is_out else "",
        recover=t("loan.recover", amount=amount(view.recoverable_minor, view.currency))
        if view.recoverable_minor
        else "",
        is_mine=view.is_mine,
    )


def out_words(view: LoanView) -> str:
    """How the money went out; of a loan that closed another of the same sum nothing was posted."""
    if view.disbursed_on is None or view.method is None:
        return ""
    words = {"day": day(view.disbursed_on), "way": t(f"method.{view.method}")}
    return t("loan.out_entry", seq=view.entry_seq, **words) if view.entry_seq else t("loan.out_way", **words)


def asked_words(made: ProposalView | None) -> str:
    """Of a new schedule that is being signed; nothing otherwise."""
    if made is None or made.state != "open":
        return ""
    first = day(date.fromisoformat(made.terms["first_on"]))
    return t("loan.reschedule_asked", count=int(made.terms["repayments"]), first=first)


class LoanState(NewSchedule, rx.State):
    face: Face = Face()
    guarantors: list[GuarantorRow] = []
    said_no: str = ""
    """Which guarantors refused: others are to be named."""
    soon: list[InstalmentRow] = []
    """The instalments that matter now; `rows` are all."""
    rows: list[InstalmentRow] = []
    payments: list[PaidRow] = []
    earlier: list[PaidRow] = []
    history: list[ChangeRow] = []
    asked: str = ""
    """Of a new schedule that waits for signatures."""
    record: list[Told] = []
    bounds: list[Told] = []
    cost: list[Told] = []
    cost_title: str = ""
    papers: list[PaperRow] = []
    reasons: list[str] = []
    circles: list[Circle] = []
    refusals: list[str] = []
    signed: str = ""
    may_sign: bool = False
    may_ask: bool = False
    may_send: bool = False
    may_take_back: bool = False
    waits: str = ""
    sent: list[SentRow] = []
    taking_back: SentRow = SentRow()
    """What the reader is asked about; without an id, nothing."""
    rejected: str = ""
    """Why the last payment was not accepted; `rejected_what` says which."""
    rejected_what: str = ""
    more: str = ""
    """What becomes of a payment that is more than is due, before it is sent; `more_title` asks."""
    more_title: str = ""
    words: WayWords = WayWords()
    pay_to: str = ""
    reference: str = ""
    reference_plain: str = ""
    amount: str = ""
    code: str = ""
    paid_on: str = ""
    today: str = ""
    _way: str = ""
    _currency: str = ""

    @event("member")
    async def load(self):
        """`?id=` names the loan."""
        self._clear()
        self._new_form()
        self.amount = self.code = self.paid_on = self.more = ""
        self.taking_back = SentRow()
        self._forget_schedule()
        async with self._reading(arrives=True) as (session, actor):
            await self._show(session, actor, self.router.url.query_parameters.get("id", ""))

    @event("member")
    async def refresh(self):
        """Somebody answered, signed, paid out or confirmed a payment."""
        async with self._refreshing() as (session, actor):
            if self.face.id:
                before = self.face.pill
                await self._show(session, actor, self.face.id)
                if self.face.pill != before:
                    self.done = ""  # what was said of the state before is over

    async def _show(self, session: Session, actor: Actor, loan_id: str) -> None:
        view = await reading.get_loan(session, actor, parse_id(loan_id))
        self.face, self._currency = face(view), view.currency
        self.guarantors = guarantor_rows(view)
        refused = refused_by(view) if view.is_mine else []
        self.said_no = t("loan.said_no", names=", ".join(refused)) if refused else ""
        await self._show_payments(session, actor, view)
        first = next((place for place, row in enumerate(view.instalments) if row.unpaid_minor), 0)
        self.soon = self.rows[max(0, first - 1) : max(0, first - 1) + SHOWN]
        self.history = [change_row(one, view.currency) for one in view.changes]
        answers = {one.state for one in view.guarantors}
        is_mine = view.is_mine
        self.may_ask = is_mine and view.state in ("draft", "asked") and "named" in answers
        self.may_send = is_mine and view.state in ("draft", "asked") and answers <= {"agreed"}
        self.may_take_back = is_mine and view.state in ("draft", "asked", "signing", "approved")
        await self._show_file(session, actor, view)
        await self._show_signing(session, actor, view)
        await self._show_paying(session, actor, view)
        self.phase = "ready"

    async def _show_payments(self, session: Session, actor: Actor, view: LoanView) -> None:
        """Her own with their receipts; who else reads the loan sees what is paid, not by which."""
        is_out = view.is_mine and view.disbursed_on is not None
        found = await list_loan_payments(session, actor, view.id) if is_out else []
        self.payments, self.earlier = paid_rows(found[:FEW], view.currency), paid_rows(found[FEW:], view.currency)
        self.rows = receipted_rows(view, found)

    async def _show_file(self, session: Session, actor: Actor, view: LoanView) -> None:
        """For herself and those who decide; a guarantor sees the loan alone."""
        self.cost_title = cost_title(view)
        try:
            file = await reading.get_loan_file(session, actor, view.id)
        except NotFound:
            self.record, self.bounds, self.cost, self.reasons, self.papers = [], [], cost_rows(view, None), [], []
            return
        self.record = record_rows(file.record, view.currency) if not view.is_mine else []
        self.bounds = bound_rows(file)
        self.cost = cost_rows(view, file.cost)
        self.papers = paper_rows(view)
        is_open = view.state in ("draft", "asked", "signing")
        self.reasons = [reason(one, view.currency) for one in file.reasons] if is_open else []

    async def _show_signing(self, session: Session, actor: Actor, view: LoanView) -> None:
        self.circles, self.refusals, self.signed, self.may_sign = [], [], "", False
        if view.proposal_id is None:
            return
        try:
            made = await decisions.get_decision(session, actor, view.proposal_id)
        except NotFound:
            return
        self.circles = [circle(one) for one in made.signatures]
        self.refusals = [f"{one.name}: {one.reason}" for one in made.signatures if one.choice == "refused"]
        self.signed = t("signing.signed", count=made.approved, needed=made.needed)
        self.may_sign = made.may_sign

    async def _show_paying(self, session: Session, actor: Actor, view: LoanView) -> None:
        if not view.is_mine or not (view.state == "active" or view.recoverable_minor):
            self.waits, self.asked, self.rejected, self.sent = "", "", "", []
            return
        acting = await access.authorise(session, actor, Permission.READ_OWN)
        self.asked = asked_words((await decisions.decisions_about(session, acting, RESCHEDULE, [view.id])).get(view.id))
        self._offer_schedule(view)
        found = await waiting.list_my_sent(session, actor, "loan", view.id)
        self.sent = [sent_row(one) for one in found.waiting]
        self._show_rejected(found.rejected)
        sent = sent_minor(found, view)
        self.waits = t("loan.waits", amount=amount(sent, view.currency)) if sent else ""
        group = await access.get_group(session, actor)
        self.pay_to, self._way, self.words = group.pay_to or "", group.way, way_words(group.way)
        self.reference, self.reference_plain = in_fours(view.reference), view.reference
        self.today = view.today.isoformat()
        self.paid_on = self.paid_on or self.today
        self.amount = self.amount or digits(view.next_minor or view.recoverable_minor, view.currency)

    def _show_rejected(self, last: PaymentView | None) -> None:
        self.rejected = (last.reason or "") if last else ""
        if last:
            words = {"code": last.provider_code or "", "amount": amount(last.amount_minor, last.currency)}
            self.rejected_what = t("pay.rejected", **words)

    @event("member")
    async def ask(self):
        await self._do("ask", t("loan.done_ask"))

    @event("member")
    async def send(self):
        await self._do("send", t("loan.done_send"))

    @event("member")
    async def take_back(self):
        await self._do("take_back", t("out.taken_back"))

    async def _do(self, what: str, said: str) -> None:
        self._clear()
        async with self._work() as (session, actor):
            loan_id = parse_id(self.face.id)
            if what == "ask":
                await applying.ask_guarantors(session, actor, loan_id)
            elif what == "send":
                await applying.send_application(session, actor, SendApplication(loan_id, self.form_key))
            else:
                await applying.withdraw_application(session, actor, loan_id)
        self.problem_field = ""
        await self._again(said)

    @event("member")
    async def pay(self, form: dict[str, str]):
        """The borrower's "I have paid"; more than is due is asked about first."""
        self._clear()
        typed = str(form.get("code", ""))[:1000]
        self.code = find_code(self._way, typed) or typed
        self.amount, self.paid_on = str(form.get("amount", ""))[:40], str(form.get("paid_on", ""))[:10]
        async with self._work() as (session, actor):
            self.more = await self._more_words(session, actor)
        if not self.problem and not self.more:
            await self._send()

    async def _more_words(self, session: Session, actor: Actor) -> str:
        """What becomes of more than the loan takes, or than is due now; empty for a payment that is due."""
        minor, paid_on = parse_amount(self.amount, self._currency), parse_date(self.paid_on, field="paid_on")
        self.more_title = t("loan.more_title", amount=amount(minor, self._currency))
        view = await reading.get_loan(session, actor, parse_id(self.face.id))
        minor += sent_minor(await waiting.list_my_sent(session, actor, "loan", view.id), view)
        most, ahead = view.recoverable_minor, 0
        if view.state == "active":
            seen = await reading.preview_repayment(session, actor, view.id, minor, paid_on)
            most, ahead = seen.payoff_minor, seen.interest_ahead_minor
        if minor > most:
            return t("loan.more_kept", kept=amount(minor - most, self._currency))
        return t("loan.more_ahead") if ahead else ""

    @event("member")
    async def send_more(self):
        """As it was asked about."""
        self._clear()
        if self.more:
            self.more = ""
            await self._send()

    @event("member")
    async def change(self):
        self._clear()
        self.more = ""

    async def _send(self) -> None:
        async with self._work() as (session, actor):
            part = Part(parse_id(self.face.id), parse_amount(self.amount, self._currency), "loan")
            paid_on = parse_date(self.paid_on, field="paid_on")
            await payments.submit_payment(
                session, actor, SubmitPayment((part,), self._way, self.code, paid_on, self.form_key)
            )
        if not self.problem:
            self.amount = self.code = ""
            self._new_form()
            await self._again(t("pay.sent"))

    @event("member")
    async def ask_back(self, payment_id: str):
        """Before a payment is taken back: which code it is."""
        self._clear()
        self.taking_back = next((row for row in self.sent if row.id == payment_id), SentRow())

    @event("member")
    async def keep(self):
        self._clear()
        self.taking_back = SentRow()

    @event("member")
    async def take_payment_back(self):
        row = self.taking_back
        if not row.id:
            return
        self._clear()
        async with self._work() as (session, actor):
            key = f"{self.form_key}:{row.id}"
            await payments.withdraw_payment(session, actor, DecidePayment(parse_id(row.id), key))
        if not self.problem:
            self.taking_back = SentRow()
            await self._again(t("pay.taken_back"))

    @event("member")
    async def type_count(self, typed: str):
        await self._look(self.face.id, typed, self.first_on)

    @event("member")
    async def type_first(self, typed: str):
        await self._look(self.face.id, self.count, typed)

    @event("member")
    async def ask_reschedule(self, form: dict[str, str]):
        """Others sign it; nothing changes before."""
        self._clear()
        self._typed_schedule(form)
        async with self._work() as (session, actor):
            matter = self._schedule_matter(self.face.id)
            await governance.ask_decision(session, actor, ProposeDecision(RESCHEDULE, matter, self.form_key))
        if not self.problem:
            self.why, self.preview = "", []
            self._new_form()
            await self._again(t("loan.done_reschedule"))

    async def _again(self, said: str) -> None:
        problem, field, loan_id = self.problem, self.problem_field, self.face.id
        async with self._reading() as (session, actor):
            await self._show(session, actor, loan_id)
        self.problem, self.problem_field, self.done = problem, field, "" if problem else said


def sent_minor(found: MySent, view: LoanView) -> int:
    """What waits to be confirmed of the loan."""
    return sum(line.amount_minor for one in found.waiting for line in one.lines if line.claim_id == view.id)


def record_rows(record: MemberRecord, currency: str) -> list[Told]:
    """A member's record, as those read it who decide."""
    return [
        Told(t("loan.record.savings"), amount(record.savings_minor, currency)),
        Told(t("loan.record.owes"), amount(record.owed_minor, currency)),
        Told(t("loan.record.stands"), amount(record.pledged_minor, currency)),
        Told(t("loan.record.repaid"), f"{record.loans_repaid}"),
        *([Told(t("loan.record.written_off"), f"{record.loans_written_off}")] if record.loans_written_off else []),
        Told(
            t("loan.record.instalments"),
            t("loan.record.late_of", count=record.instalments_paid, late=record.instalments_late),
        ),
        Told(t("loan.record.dues"), t("loan.record.of", count=record.dues_paid, all=record.dues_asked)),
        Told(t("loan.record.meetings"), t("loan.record.of", count=record.meetings_there, all=record.meetings_held)),
    ]
