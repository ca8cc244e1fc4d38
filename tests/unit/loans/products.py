"""Random products of the public form: every word of its vocabulary."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.unit.loans.plain_reading import due_on, plain_schedule

RATES = ["0", "7", "9.4822", "12", "15.678", "24", "60", "0.5", "333.3333"]
DAYS = st.dates(date(2020, 1, 1), date(2027, 12, 31))
RATE, DRAW, OVERDUE, PAYOFF = "rate changes", "further disbursements", "interest on overdue", "pay-off"
EVENTS = (RATE, DRAW, OVERDUE, PAYOFF)


@st.composite
def products(draw: st.DrawFn, *events: str) -> dict[str, Any]:
    """One that can be scheduled, in which these `events` come about; without one in words, any or none."""
    events = events or tuple(one for one in EVENTS if draw(st.booleans()))
    decimals = draw(st.sampled_from([2, 2, 2, 0, 3]))
    n = draw(st.integers(2, 14))
    unit = draw(st.sampled_from(["months", "weeks", "days"]))
    every = draw(st.integers(1, 3) if unit == "months" else st.integers(2, 45))
    start = draw(DAYS)
    is_flat = draw(st.sampled_from([False, False, True])) and OVERDUE not in events
    grace = st.one_of(st.just(0), st.just(0), st.integers(0, n - 1))
    product: dict[str, Any] = {
        "principal": amount(draw(st.one_of(st.integers(10_000, 2_000_000), st.integers(1, 500))), decimals),
        "annual_rate_percent": draw(st.sampled_from(RATES)),
        "number_of_repayments": n,
        "repay_every": every,
        "repay_unit": unit,
        "interest_type": "flat" if is_flat else "declining_balance",
        "interest_calculation_period": draw(st.sampled_from(["same_as_repayment_period", "daily"])),
        "amortization": draw(st.sampled_from(["equal_installments", "equal_installments", "equal_principal"])),
        "days_in_year": draw(st.sampled_from(["360", "364", "365", "actual", None])),
        "days_in_month": draw(st.sampled_from(["30", "actual", None])),
        "installment_multiple": draw(st.sampled_from([None, None, None, "1", "5", "1000"])),
        "decimals": decimals,
        "rounding_mode": "half_even",
        "grace": {
            "principal_periods": draw(grace),
            "interest_payment_periods": draw(grace),
            "interest_free_periods": draw(grace),
        },
        "schedule_start_date": start.isoformat(),
        "disbursement_date": start.isoformat(),
        "charges": draw(st.lists(_CHARGE, max_size=2)),
        "down_payment_percent": draw(st.sampled_from([None, None, None, "25", "10.5"])),
        "rate_changes": [],
        "further_disbursements": [],
        "interest_on_overdue": False,
        "payoff_interest": None,
        "payments": [],
        "business_date": None,
        "emi_smoothing": draw(st.booleans()),
    }
    first = due_on(product, 1)
    if draw(st.booleans()):
        product["disbursement_date"] = _day(draw, start, first - timedelta(days=1)).isoformat()
    product["first_repayment_date"] = first.isoformat()
    _add_events(draw, product, events)
    return product


_CHARGE = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["fee", "penalty"]),
        "basis": st.sampled_from(["principal", "interest", "principal_and_interest"]),
        "percent": st.sampled_from(["1.5", "0.25", "10"]),
        "per": st.just("installment"),
    }
)


def amount(minor: int, decimals: int) -> str:
    return f"{minor // 10**decimals}.{minor % 10**decimals:0{decimals}d}" if decimals else str(minor)


def _day(draw: st.DrawFn, low: date, high: date) -> date:
    return draw(st.dates(low, max(low, high)))


def _add_events(draw: st.DrawFn, product: dict[str, Any], events: tuple[str, ...]) -> None:
    due = [due_on(product, k) for k in range(1, product["number_of_repayments"] + 1)]
    begin = date.fromisoformat(product["disbursement_date"])
    paid_off = draw(st.dates(begin, due[-1])) if PAYOFF in events else None
    if RATE in events:
        for day in draw(st.lists(st.sampled_from(due), unique=True, min_size=1, max_size=2)):
            rate = draw(st.sampled_from(["3", "18", "9.5"]))
            product["rate_changes"].append({"from_due_date": day.isoformat(), "annual_rate_percent": rate})
    if DRAW in events and (paid_off is None or paid_off > begin):
        last = min(due[-1], paid_off or due[-1]) - timedelta(days=1)
        some_day = st.one_of(st.dates(begin, last), st.sampled_from([begin, *(day for day in due if day <= last)]))
        for day in sorted(draw(st.lists(some_day, min_size=1, max_size=2))):
            product["further_disbursements"].append(_flow(draw, product, day, st.integers(1_000, 500_000)))
    if OVERDUE in events:
        product["interest_on_overdue"] = True
        business = draw(st.one_of(st.dates(begin, due[-1] + timedelta(days=40)), st.sampled_from(due)))
        product["business_date"] = max(business, paid_off or business).isoformat()
    if OVERDUE in events or PAYOFF in events:
        _add_payments(draw, product, begin, paid_off)


def _add_payments(draw: st.DrawFn, product: dict[str, Any], begin: date, paid_off: date | None) -> None:
    """The first rows on time, to the unit; others on any day; and one that covers everything, at the end."""
    if paid_off and product["further_disbursements"]:  # what comes after a pay-off is refused
        begin = date.fromisoformat(product["further_disbursements"][-1]["date"]) + timedelta(days=1)
    last = date.fromisoformat(product["business_date"] or max(begin, paid_off or begin).isoformat())
    on_time = plain_schedule(product)[: draw(st.integers(0, 6))] if draw(st.booleans()) else []
    for row in on_time:
        if begin <= date.fromisoformat(row["due_date"]) < (paid_off or last) and Decimal(row["total_due"]):
            product["payments"].append({"date": row["due_date"], "amount": row["total_due"]})
    for day in draw(st.lists(st.dates(begin, paid_off or last), max_size=2)):
        product["payments"].append(_flow(draw, product, day, st.integers(1, 300_000)))
    if paid_off:
        product["payoff_interest"] = draw(st.sampled_from(["till_date", "till_due_date"]))
        product["payments"].append(_flow(draw, product, paid_off, st.integers(5_000_000, 9_000_000)))


def _flow(draw: st.DrawFn, product: dict[str, Any], day: date, minor: st.SearchStrategy[int]) -> dict[str, str]:
    return {"date": day.isoformat(), "amount": amount(draw(minor), product["decimals"])}
