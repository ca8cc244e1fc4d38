"""What a loan is held to, in words: the limits of its terms, and what those who sign it sign for."""

from decimal import Decimal

from app.domain.loans.terms import PPM
from app.domain.loans.views import LoanFile, SignedTerms
from app.kit.i18n import t
from app.web.presenters.amounts import amount
from app.web.presenters.dates import day
from app.web.presenters.loans import Told, how_often, percent


def signed_rows(terms: SignedTerms, currency: str) -> list[Told]:
    """What is signed for: each instalment, what the loan costs in money and as one rate, and on what conditions."""
    rows, totals = terms.schedule.rows, terms.schedule.totals
    fee = terms.schedule.terms.upfront_fee
    each = how_often([row.total_minor for row in rows], currency)
    if terms.before_minor:
        each = t("signing.instead", each=each, before=amount(terms.before_minor, currency))
    costs = amount(totals.interest_minor + (fee.amount_minor if fee else 0), currency)
    found = [
        Told(t("signing.each"), each),
        Told(t("signing.between"), t("signing.first_last", first=day(rows[0].due_on), last=day(rows[-1].due_on))),
        Told(t("loan.in_all"), costs),
    ]
    if terms.cost:
        found.append(Told(t("loan.true_cost"), percent(terms.cost.effective_annual)))
    if terms.carried_minor:
        found.append(Told(t("signing.besides"), amount(terms.carried_minor, currency)))
    if terms.settles_minor:
        found.append(Told(t("signing.settles"), amount(terms.settles_minor, currency)))
    if terms.conditions is not None:
        found.append(Told(t("loan.conditions"), terms.conditions or t("signing.no_conditions")))
    return found


def times_words(savings_ppm: int) -> str:
    """How many times one's savings, as `3` or `2.5`."""
    return f"{(Decimal(savings_ppm) / PPM).normalize():f}"


def bound_rows(file: LoanFile) -> list[Told]:
    """What bounds the loan, each limit with where it comes from."""
    times = times_words(file.loan.rules.savings_ppm or 0)
    return [
        Told(t(f"loan.bound.{why.value}", times=times), amount(minor, file.loan.currency)) for why, minor in file.bounds
    ]
