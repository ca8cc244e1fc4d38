"""Asking for a loan: what it would cost, live, and the draft that waits for its owner."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from app.domain.loans import applying, reading, standing
from app.domain.loans.commands import SaveApplication
from app.domain.loans.products import ProductRules
from app.domain.loans.quoting import quote_loan
from app.domain.loans.views import Candidate, LoanQuote, LoanView, ProductView, QuoteLoan
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import InvalidInput
from app.kit.i18n import t
from app.kit.money import parse_amount
from app.web.presenters.amounts import amount, digits, exact
from app.web.presenters.dates import day
from app.web.presenters.loans import Cost, cost_words, length, penalty_words, rate_words, reason
from app.web.screen import Screen, parse_id
from app.web.session import event


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    is_off: bool = False


@dataclass(frozen=True)
class Named:
    """A field for one guarantor: what is chosen in it, and its place."""

    name: str
    label: str
    member_id: str


@dataclass(frozen=True)
class PlanRow:
    due: str
    total: str
    interest: str
    left: str


class LoanApplyState(Screen, rx.State):
    products: list[Choice] = []
    product_id: str = ""
    terms: str = ""
    amount: str = ""
    repayments: int = 0
    length: str = ""
    edge: str = ""
    """Why the length goes no further."""
    limit: str = ""
    late: str = ""
    purpose: str = ""
    members: list[Choice] = []
    named: list[Named] = []
    cost: Cost = Cost()
    first: list[PlanRow] = []
    rest: list[PlanRow] = []
    reasons: list[str] = []
    signs: str = ""
    closes: str = ""
    """Of a loan that this one closes, and `settles` what that takes."""
    settles: str = ""
    entry: str = ""
    """Changes when the fields start anew."""
    _currency: str = ""
    _known: list[ProductView] = []
    _replaces: str = ""

    @event("member")
    async def load(self):
        """The draft where there is one. `?closes=` names a running loan that the new one closes."""
        self._clear()
        async with self._reading(arrives=True) as (session, actor):
            mine = await reading.my_loans(session, actor)
            self._currency, self._known = mine.currency, list(mine.products)
            self.products = [Choice(str(one.product_id), one.rules.name) for one in mine.products]
            draft = next((one for one in mine.loans if one.state in ("draft", "asked")), None)
            asked = self.router.url.query_parameters.get("closes", "")
            kept = str(draft.replaces_id) if draft and draft.replaces_id else ""
            runs = {str(one.id): one for one in mine.loans if one.state == "active"}
            old = runs.get(asked or kept)
            self._begin(draft, old)
            self._replaces, self.settles = str(old.id) if old else "", ""
            self.closes = t("apply.closes", no=old.no) if old else ""
            possible = await standing.list_possible_guarantors(session, actor, replaces=self._closed())
            self.members = [_member(one) for one in possible]
            if old and (not draft or asked != kept) and asked:
                self.amount = digits(old.payoff_minor, old.currency)
            if self.product_id:
                await self._quote(session, actor)
            self.phase = "ready" if self.products else "empty"

    def _begin(self, draft: LoanView | None, old: LoanView | None) -> None:
        """With the kind of the draft, or of the loan that is closed, while the group offers it."""
        known = [str(one.product_id) for one in self._known]
        wanted = [str(one.product_id) for one in (draft, old) if one and str(one.product_id) in known]
        self.product_id = next(iter([*wanted, *known]), "")
        self.amount = digits(draft.amount_minor, draft.currency) if draft else ""
        self.purpose = draft.purpose if draft else ""
        self.entry = str(draft.id) if draft else "new"
        product = self._product()
        self.repayments = draft.repayments if draft else product.rules.most_repayments if product else 0
        self._name([str(one.member_id) for one in draft.guarantors] if draft else [])

    def _product(self) -> ProductView | None:
        return next((one for one in self._known if str(one.product_id) == self.product_id), None)

    def _name(self, chosen: list[str]) -> None:
        product = self._product()
        places = max(product.rules.guarantors if product else 0, len(chosen))
        chosen = [*chosen, *[""] * places][:places]
        self.named = [
            Named(f"guarantor_{place}", t("apply.guarantor", n=place), one) for place, one in enumerate(chosen, 1)
        ]

    @event("member")
    async def choose(self, product_id: str):
        self._clear()
        self.product_id = product_id if any(one.value == product_id for one in self.products) else self.product_id
        self._name([one.member_id for one in self.named if one.member_id])
        await self._again()

    @event("member")
    async def type_amount(self, typed: str):
        """It comes a moment late: what the form was sent with already clears no fault of that."""
        if typed[:40] != self.amount:
            self._clear()
        self.amount = typed[:40]
        await self._again()

    @event("member")
    async def type_purpose(self, typed: str):
        """What is written mends its fault; it comes a moment late, as `type_amount`."""
        self._mend("purpose" if typed.strip() else "")

    @event("member")
    async def pick(self, _: str):
        """Another guarantor was chosen."""
        self._mend("guarantors")

    def _mend(self, field: str) -> None:
        if field and self.problem_field == field:
            self._clear()

    @event("member")
    async def fewer(self):
        await self._step(-1)

    @event("member")
    async def more(self):
        await self._step(1)

    async def _step(self, by: int) -> None:
        self._clear()
        if product := self._product():
            least, most = product.rules.least_repayments, product.rules.most_repayments
            self.repayments = min(max(self.repayments + by, least), most)
            await self._again()

    async def _again(self) -> None:
        async with self._work() as (session, actor):
            await self._quote(session, actor)

    async def _quote(self, session: Session, actor: Actor) -> None:
        """What can't be read as an amount is quoted as nothing, and told of; an empty field is not."""
        product = self._product()
        if product is None:
            return
        rules = product.rules
        self.repayments = min(max(self.repayments, rules.least_repayments), rules.most_repayments)
        self.length = length(self.repayments, rules.every, rules.unit)
        self.edge = edge_words(rules, self.repayments)
        self.terms = t(
            "apply.terms_flat" if rules.interest_type == "flat" else "apply.terms", rate=rate_words(rules.rate_ppm)
        )
        try:
            minor = parse_amount(self.amount, self._currency)
        except InvalidInput as error:
            minor = 0
            if self.amount.strip():
                self._fail(error)
        found = await quote_loan(
            session, actor, QuoteLoan(product.product_id, minor or rules.least_minor, self.repayments, self._closed())
        )
        self.late = f"{t('paper.loan_late')}: {penalty_words(rules, self._currency)}"
        self.limit = t("apply.limit", limit=amount(found.limit_minor, self._currency))
        self._show(found, is_typed=minor > 0)

    def _closed(self) -> UUID | None:
        return parse_id(self._replaces) if self._replaces else None

    def _show(self, found: LoanQuote, *, is_typed: bool) -> None:
        self.cost = cost_words(found.schedule, found.cost, self._currency) if is_typed else Cost()
        rows = [
            PlanRow(
                day(row.due_on),
                exact(row.total_minor, self._currency),
                exact(row.interest_minor, self._currency),
                exact(row.balance_minor, self._currency),
            )
            for row in (found.schedule.rows if is_typed else ())
        ]
        self.first, self.rest = rows[:3], rows[3:]
        self.reasons = [reason(one, self._currency) for one in found.reasons] if is_typed else []
        if self._replaces:
            words = {"settles": amount(found.settles_minor, self._currency)}
            hand = found.in_hand_minor
            self.settles = (
                t("apply.settles", hand=amount(hand, self._currency), **words)
                if is_typed and hand >= 0
                else t("apply.settles_short", **words)
            )
        self.signs = t("apply.committee" if found.needs_committee else "apply.treasurer")

    @event("member")
    async def save(self, form: dict[str, str]):
        """The draft is kept; its page says what comes next."""
        self._clear()
        self.amount, self.purpose = str(form.get("amount", self.amount))[:40], str(form.get("purpose", ""))[:300]
        chosen = [str(form.get(one.name, ""))[:40] for one in self.named]
        self._name(chosen)
        saved = ""
        async with self._work() as (session, actor):
            command = SaveApplication(
                parse_id(self.product_id),
                parse_amount(self.amount, self._currency),
                self.repayments,
                self.purpose,
                tuple(parse_id(one) for one in chosen if one),
                self._closed(),
            )
            saved = str((await applying.save_application(session, actor, command)).id)
        if saved:
            return rx.redirect(f"/loan?id={saved}")
        return None


def edge_words(rules: ProductRules, repayments: int) -> str:
    """At the longest or the shortest that this kind of loan is paid back in; else nothing."""
    if repayments >= rules.most_repayments:
        return t("apply.at_most", length=length(rules.most_repayments, rules.every, rules.unit))
    if repayments <= rules.least_repayments:
        return t("apply.at_least", length=length(rules.least_repayments, rules.every, rules.unit))
    return ""


def _member(one: Candidate) -> Choice:
    """Who has nothing free to stand with can't be chosen."""
    name = f"{one.name}, {one.member_no}"
    return Choice(str(one.member_id), name if one.can_stand else t("apply.cannot_stand", name=name), not one.can_stand)
