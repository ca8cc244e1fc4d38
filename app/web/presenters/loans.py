"""Loans as people read them: how far each is, what it costs in plain words, what each payment is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.loans.cost import TrueCost
from app.domain.loans.exact import round_ratio
from app.domain.loans.limits import Reason, Why
from app.domain.loans.products import ProductRules
from app.domain.loans.schedule import Schedule
from app.domain.loans.terms import PPM, Unit
from app.domain.loans.views import ChangeView, GuarantorView, InstalmentView, LoanView, StandFor
from app.domain.reports.loan_papers import papers_of
from app.kit.i18n import LANGUAGES, language, t
from app.web.presenters.amounts import amount, exact
from app.web.presenters.dates import day, days_until, moment

TONES = {
    "draft": ("", "clock"),
    "asked": ("warn", "clock"),
    "signing": ("warn", "clock"),
    "approved": ("warn", "clock"),
    "active": ("ok", "check"),
    "closed": ("ok", "check"),
    "refused": ("bad", "cross"),
    "withdrawn": ("", "cross"),
    "expired": ("", "cross"),
    "written_off": ("bad", "cross"),
}
OVER = ("closed", "written_off", "refused", "withdrawn", "expired")
"""States in which nobody stands for a loan any more."""
ANSWERS = {"named": ("", "clock"), "asked": ("warn", "clock"), "agreed": ("ok", "check"), "refused": ("bad", "cross")}


@dataclass(frozen=True)
class Pill:
    """A state with its tone (ok, warn, bad or nothing) and sign."""

    word: str = ""
    tone: str = ""
    sign: str = "clock"


@dataclass(frozen=True)
class LoanRow:
    """A loan as a line that opens."""

    id: str
    title: str
    detail: str
    figure: str
    pill: Pill


@dataclass(frozen=True)
class StandRow:
    """A loan that the reader stands for, or is asked to."""

    id: str = ""
    title: str = ""
    detail: str = ""
    terms: str = ""
    """How it is paid back, and what it costs."""
    pledge: str = ""
    sure: str = ""
    """The question before savings are bound."""
    risk: str = ""
    bound: str = ""
    is_asked: bool = False
    pill: Pill = Pill()
    can_agree: bool = False


@dataclass(frozen=True)
class GuarantorRow:
    name: str
    initials: str
    detail: str
    pill: Pill


@dataclass(frozen=True)
class InstalmentRow:
    """One instalment: `title` its number, `detail` its day, `receipt` of what paid it, where one is known.

    `total` is what is asked for it, of a closed loan what was paid; `figure` what of it is left, where a part is paid,
    which `rest` says. `note` is what of it is not asked for.
    """

    n: str
    due: str
    title: str
    detail: str
    total: str
    principal: str
    interest: str
    penalties: str
    left: str
    pill: Pill
    figure: str = ""
    rest: str = ""
    note: str = ""
    receipt: str = ""


@dataclass(frozen=True)
class Told:
    """A label with its figure."""

    label: str
    value: str


@dataclass(frozen=True)
class PaperRow:
    """A paper of a loan in the reader's language, and in the other one, which `other` names."""

    name: str
    href: str
    other: str
    other_href: str
    other_lang: str


@dataclass(frozen=True)
class ChangeRow:
    """What happened to a loan; `entry` where it was posted."""

    title: str
    detail: str
    entry: str


@dataclass(frozen=True)
class Cost:
    """What a loan costs, in figures and words. `share` is the borrowed part of all that is paid, as `88%`."""

    each: str = ""
    each_note: str = ""
    total: str = ""
    borrowed: str = ""
    interest: str = ""
    interest_label: str = ""
    fee: str = ""
    share: str = ""
    words: str = ""


def fee_of(view: LoanView) -> int:
    """What is taken when it is paid out; before that, what would be."""
    is_out = view.disbursed_on is not None
    return view.fee_minor if is_out else round_ratio(view.amount_minor * view.rules.fee_ppm, PPM)


def in_hand(view: LoanView) -> int:
    """What the borrower is given: a fee that isn't added to the loan is kept back."""
    if view.disbursed_on is not None:
        return view.lent_minor - view.fee_minor
    return view.amount_minor - (0 if view.rules.is_fee_added else fee_of(view))


def penalty_words(rules: ProductRules, currency: str, lang: str = "") -> str:
    """What paying late costs."""
    rule = rules.penalty
    share = t("paper.loan_of_overdue", lang, rate=rate_words(rule.rate_ppm)) if rule.rate_ppm else ""
    both = " + ".join(filter(None, (amount(rule.amount_minor, currency) if rule.amount_minor else "", share)))
    if not both:
        return t("paper.loan_no_penalty", lang)
    said = [f"{both} {t(f'terms.per.{rule.per.value}', lang)}"]
    if rule.grace_days:
        said.append(t("paper.loan_grace", lang, count=rule.grace_days))
    if rule.cap_minor is not None:
        said.append(t("paper.loan_cap", lang, cap=amount(rule.cap_minor, currency)))
    return ", ".join(said)


def hand_words(view: LoanView) -> str:
    """What to hand over, where it isn't what the loan is called; else empty."""
    hand = in_hand(view)
    if hand == view.amount_minor or view.replaces_no:
        return ""
    figures = {"hand": hand, "amount": view.amount_minor, "fee": fee_of(view)}
    return t("loan.hand_over", **{name: amount(minor, view.currency) for name, minor in figures.items()})


def closing_words(view: LoanView, settles_minor: int) -> str:
    """What to hand over of a loan that closes another, which `settles_minor` settle today."""
    words = {"hand": amount(max(0, in_hand(view) - settles_minor), view.currency)}
    return t("loan.hand_over_closing", no=view.replaces_no, settles=amount(settles_minor, view.currency), **words)


def cost_rows(view: LoanView, cost: TrueCost | None) -> list[Told]:
    """What it costs in money, then the one rate that counts all of it, as it was signed; the words are the form's."""
    interest, fee = sum(row.interest_minor for row in view.agreed), fee_of(view)
    label = t("loan.you_get_and_close", no=view.replaces_no) if view.replaces_no else t("loan.you_get")
    rows = [Told(label, amount(in_hand(view), view.currency))]
    if view.agreed:
        totals = [row.principal_minor + row.interest_minor for row in view.agreed]
        rows.append(Told(t("loan.you_pay"), how_often(totals, view.currency)))
    rows.append(Told(t("apply.of_interest"), amount(interest, view.currency)))
    if fee:
        rows.append(Told(t("apply.fee"), amount(fee, view.currency)))
    rows.append(Told(t("loan.in_all"), amount(interest + fee, view.currency)))
    if cost:
        rows.append(Told(t("loan.true_cost"), percent(cost.effective_annual)))
    return rows


def how_often(totals: Sequence[int], currency: str) -> str:
    """What is paid how many times, by instalments in order; the last where it is another."""
    each, last, count = amount(totals[0], currency), amount(totals[-1], currency), len(totals)
    if len(set(totals)) == 1:
        return t("loan.times", count=count, each=each)
    if len(set(totals[:-1])) == 1:
        return t("loan.times_last", count=count, each=each, last=last)
    return t("loan.times_falling", count=count, first=each, last=last)


def last_words(totals: Sequence[int], currency: str) -> str:
    """The last instalment, where it is not as the first; else nothing."""
    return t("loan.last_is", last=amount(totals[-1], currency)) if totals[-1] != totals[0] else ""


def cost_title(view: LoanView) -> str:
    """Once it is paid out, penalties, a new schedule or an early pay-off make it cost other than was agreed."""
    return t("loan.cost_agreed", day=day(view.disbursed_on)) if view.disbursed_on else t("loan.cost")


def given_words(view: LoanView) -> str:
    """Of what `unpaid_minor` is left: the loan and all that is asked for it, of a closed one what was paid; empty
    before it is paid out. Of one that was written off, what is lost."""
    if view.disbursed_on is None:
        return ""
    if view.state == "written_off":
        lost = sum(row.waived_minor for row in view.instalments)
        return t("loan.lost", lost=amount(lost, view.currency), day=day(view.closed_on or view.today))
    charged = sum(row.due_minor - row.waived_minor for row in view.instalments) - view.lent_minor
    figures = {"all": view.lent_minor + charged, "amount": view.lent_minor, "interest": charged}
    words = {name: amount(minor, view.currency) for name, minor in figures.items()}
    return t("loan.given", **words)


def paid_of(view: LoanView) -> tuple[int, int]:
    """Of how many instalments how many are paid; what a write-off gave up is not."""
    is_lost = view.state == "written_off"
    paid = sum(1 for row in view.instalments if not row.unpaid_minor and not (is_lost and row.waived_minor))
    return paid, len(view.instalments)


def refused_by(view: LoanView) -> list[str]:
    """Who said no to standing for it, while others may be named."""
    return [one.name for one in view.guarantors if one.state == "refused"] if view.state in ("draft", "asked") else []


def state_pill(view: LoanView) -> Pill:
    if view.state == "asked" and {one.state for one in view.guarantors} == {"agreed"}:
        return Pill(t("loan.all_agreed"), "ok", "check")
    if refused_by(view):
        return Pill(t("loan.guarantor_refused"), "bad", "cross")
    if view.state == "active" and view.days_late:
        tone = "bad" if view.standing != "current" else "warn"
        return Pill(t("loan.days_late", count=view.days_late), tone, "warn")
    if view.state == "active":
        return Pill(t("loan.on_time"), "ok", "check")
    if view.state == "closed" and (by := next((one for one in view.changes if one.kind == "refinanced"), None)):
        return Pill(t("loan.closed_by", no=by.other_no), "", "check")
    return Pill(t(f"loan.state.{view.state}"), *TONES[view.state])


def number(no: int) -> str:
    return f"L-{no}"


def change_row(one: ChangeView, currency: str) -> ChangeRow:
    first = day(one.first_on) if one.first_on else ""
    told = t(
        "loan.history.late" if one.days_late else "loan.history.parts",
        day=day(one.on),
        late=one.days_late,
        principal=amount(one.principal_minor, currency),
        rest=amount(one.total_minor - one.principal_minor, currency),
    )
    return ChangeRow(
        title=t(f"loan.history.{one.kind}", no=one.other_no, count=one.repayments, first=first),
        detail=". ".join(filter(None, (told, t("loan.history.joined") if one.is_capitalised else ""))),
        entry=f"{one.entry_seq}" if one.entry_seq else "",
    )


def loan_row(view: LoanView) -> LoanRow:
    """What is over shows no figure as if it were owed."""
    owed = view.unpaid_minor if view.state == "active" else view.amount_minor
    was = t("loan.was", amount=amount(view.amount_minor, view.currency)) if view.state in OVER else ""
    return LoanRow(
        id=str(view.id),
        title=view.rules.name,
        detail=", ".join(filter(None, (number(view.no), view.purpose, was))),
        figure="" if view.state in OVER else amount(owed, view.currency),
        pill=state_pill(view),
    )


def stand_row(one: StandFor) -> StandRow:
    is_asked = one.answer == "asked"
    return StandRow(
        id=str(one.loan_id),
        title=f"{one.member_name}: {amount(one.amount_minor, one.currency)}",
        detail=", ".join(filter(None, (one.purpose, number(one.no)))),
        terms=plan_words(one.schedule, one.currency) if one.schedule else "",
        sure=t("loans.stand_sure", pledge=amount(one.pledge_minor, one.currency)),
        pledge=t(
            "loans.stand_pledge",
            pledge=amount(one.pledge_minor, one.currency),
            free=amount(one.free_minor, one.currency),
        )
        if is_asked
        else "",
        risk=t("loans.stand_risk", name=one.member_name, pledge=amount(one.pledge_minor, one.currency))
        if is_asked
        else "",
        bound="" if is_asked else t("loans.stand_bound", lien=amount(one.lien_minor, one.currency)),
        is_asked=is_asked,
        pill=Pill(t(f"loan.answer.{one.answer}"), *ANSWERS[one.answer]),
        can_agree=one.free_minor >= one.pledge_minor,
    )


def plan_words(schedule: Schedule, currency: str) -> str:
    """How long it takes, each instalment, and what it costs."""
    terms = schedule.terms
    fee = terms.upfront_fee.amount_minor if terms.upfront_fee else 0
    return t(
        "loans.stand_terms",
        length=length(terms.repayments, terms.every, terms.unit),
        each=how_often([row.total_minor for row in schedule.rows], currency),
        cost=amount(schedule.totals.interest_minor + fee, currency),
    )


def guarantor_rows(view: LoanView) -> list[GuarantorRow]:
    return [_guarantor_row(one, view.currency, is_over=view.state in OVER) for one in view.guarantors]


def _guarantor_row(one: GuarantorView, currency: str, *, is_over: bool) -> GuarantorRow:
    is_free = is_over and one.state == "agreed"
    words = {"pledge": amount(one.pledge_minor, currency), "lien": amount(one.lien_minor, currency)}
    is_less = one.state == "agreed" and 0 < one.lien_minor < one.pledge_minor
    stands = "loan.stood" if is_free else "loan.stands_now" if is_less else "loan.stands"
    key = stands if one.state == "agreed" else "loan.would_stand"
    answered = moment(one.answered_at) if one.answered_at else ""
    return GuarantorRow(
        name=one.name,
        initials="".join(word[0] for word in one.name.split()[:2]).upper(),
        detail=". ".join(filter(None, (t(key, **words), answered))),
        pill=Pill(t("loan.answer.released")) if is_free else Pill(t(f"loan.answer.{one.state}"), *ANSWERS[one.state]),
    )


def as_asked(view: LoanView) -> list[InstalmentView]:
    """The instalments; of a closed loan without the interest that its pay-off waived."""
    if view.state != "closed":
        return list(view.instalments)
    return [
        replace(row, interest_minor=max(0, row.interest_minor - row.waived_minor), waived_minor=0)
        for row in view.instalments
    ]


def instalment_rows(view: LoanView) -> list[InstalmentRow]:
    left = sum(row.principal_minor for row in view.instalments)
    rows = []
    for was, row in zip(view.instalments, as_asked(view), strict=True):
        left -= row.principal_minor
        is_part = row.paid_minor > 0 and row.unpaid_minor > 0
        is_lost = view.state == "written_off" and row.waived_minor > 0
        shown = row.waived_minor if is_lost else row.unpaid_minor if is_part else row.due_minor
        rows.append(
            InstalmentRow(
                n=f"{row.n}",
                due=day(row.due_on),
                title=t("loan.instalment", n=row.n),
                detail=". ".join(filter(None, (_when(row, view), _part(row, view), _not_asked(was, view)))),
                total=exact(row.due_minor, view.currency),
                principal=exact(row.principal_minor, view.currency),
                interest=exact(row.interest_minor, view.currency),
                penalties=exact(row.penalties_minor, view.currency) if row.penalties_minor else "",
                left=exact(left, view.currency),
                pill=_paid(was, view),
                figure=exact(shown, view.currency),
                rest=t("loan.rest", left=exact(row.unpaid_minor, view.currency)) if is_part else "",
                note=_not_asked(was, view),
            )
        )
    return rows


def paper_rows(view: LoanView) -> list[PaperRow]:
    """What the loan has on paper now."""
    mine = language.get()
    other = next(code for code in LANGUAGES if code != mine)
    rows = []
    for kind in papers_of(view):
        href = f"/documents/loans/{view.id}/{kind}.pdf?lang="
        name = t("paper.invoice") if kind == "invoice" else t(f"paper.loan.{kind}")
        rows.append(PaperRow(name, href + mine, LANGUAGES[other], href + other, other))
    return rows


def _when(row: InstalmentView, view: LoanView) -> str:
    words = t("due.by", day=day(row.due_on), days=days_until(row.due_on, view.today))
    penalty = t("loan.penalty", amount=amount(row.penalties_minor, view.currency)) if row.penalties_minor else ""
    return ". ".join(filter(None, (words if row.unpaid_minor else day(row.due_on), penalty)))


def _part(row: InstalmentView, view: LoanView) -> str:
    """How much of it is paid, where it is a part."""
    if not 0 < row.paid_minor < row.due_minor:
        return ""
    return t("loan.part_of", paid=amount(row.paid_minor, view.currency), due=amount(row.due_minor, view.currency))


def _not_asked(row: InstalmentView, view: LoanView) -> str:
    """The interest that an early pay-off saved."""
    if view.state != "closed" or not row.waived_minor or not row.paid_minor:
        return ""
    return t("loan.not_asked", amount=amount(row.waived_minor, view.currency))


def _paid(row: InstalmentView, view: LoanView) -> Pill:
    if view.state not in ("active", "closed", "written_off"):
        return Pill()
    if view.state == "written_off" and row.waived_minor:
        return Pill(t("loan.state.written_off"), "bad", "cross")
    if not row.unpaid_minor:
        is_waived = row.waived_minor == row.due_minor
        return Pill(t("loan.waived"), "", "check") if is_waived else Pill(t("loan.paid"), "ok", "check")
    if row.due_on < view.today:
        return Pill(t("loan.late"), "bad", "warn")
    if row.paid_minor:
        return Pill(t("loan.part_paid"), "warn", "clock")
    return Pill(t("loan.to_pay"), "", "clock")


def percent(share: Decimal) -> str:
    return f"{share * 100:.2f} %"


def cost_words(schedule: Schedule, cost: TrueCost | None, currency: str) -> Cost:
    terms, totals = schedule.terms, schedule.totals
    fee = terms.upfront_fee.amount_minor if terms.upfront_fee else 0
    first = schedule.rows[0]
    paid = terms.principal_minor + totals.interest_minor + fee
    words = ""
    if cost:
        yearly = percent(cost.effective_annual)
        words = t("loan.words_flat" if terms.is_flat else "loan.words", yearly=yearly, rate=rate_words(terms.rate_ppm))
    return Cost(
        each=amount(first.total_minor, currency),
        each_note=". ".join(
            filter(
                None,
                (
                    t("loan.each_note", count=len(schedule.rows), day=day(first.due_on)),
                    last_words([row.total_minor for row in schedule.rows], currency),
                ),
            )
        ),
        total=t("loan.costs", amount=amount(totals.interest_minor + fee, currency)),
        borrowed=amount(terms.principal_minor, currency),
        interest=amount(totals.interest_minor, currency),
        interest_label=t("loan.interest_for", length=length(terms.repayments, terms.every, terms.unit)),
        fee=amount(fee, currency) if fee else "",
        share=f"{terms.principal_minor * 100 // paid}%",
        words=words,
    )


def length(repayments: int, every: int, unit: Unit) -> str:
    return t(f"loan.{unit.value}", count=repayments * every)


def rate_words(rate_ppm: int) -> str:
    """A rate a year, as `24 %`."""
    return f"{(Decimal(rate_ppm) / (PPM // 100)).normalize():f} %"


def reason(one: Reason, currency: str) -> str:
    is_amount = one.why not in (Why.TOO_FEW_REPAYMENTS, Why.TOO_MANY_REPAYMENTS)
    return t(f"loan.why.{one.why.value}", limit=amount(one.limit, currency) if is_amount else f"{one.limit}")
