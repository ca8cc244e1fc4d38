"""Random products of the public form: every word of its vocabulary."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.unit.loans.plain_reading import due_on

RATES = ["0", "7", "9.4822", "12", "15.678", "24", "60", "0.5", "333.3333"]
DAYS = st.dates(date(2020, 1, 1), date(2027, 12, 31))


@st.composite
def products(draw: st.DrawFn, *, with_events: bool = True) -> dict[str, Any]:
    """One that can be scheduled; `with_events` with rate changes, further disbursements, payments."""
    decimals = draw(st.sampled_from([2, 2, 2, 0, 3]))
    n = draw(st.integers(1, 14))
    unit = draw(st.sampled_from(["months", "weeks", "days"]))
    every = draw(st.integers(1, 3) if unit == "months" else st.integers(1, 45))
    start = draw(DAYS)
    is_flat = draw(st.booleans())
    product: dict[str, Any] = {
        "principal": amount(draw(st.integers(1, 2_000_000)), decimals),
        "annual_rate_percent": draw(st.sampled_from(RATES)),
        "number_of_repayments": n,
        "repay_every": every,
        "repay_unit": unit,
        "interest_type": "flat" if is_flat else "declining_balance",
        "interest_calculation_period": draw(st.sampled_from(["same_as_repayment_period", "daily"])),
        "amortization": draw(st.sampled_from(["equal_installments", "equal_installments", "equal_principal"])),
        "days_in_year": draw(st.sampled_from(["360", "364", "365", "actual", None])),
        "days_in_month": draw(st.sampled_from(["30", "actual", None])),
        "installment_multiple": draw(st.sampled_from([None, None, "1", "5", "100", "1000"])),
        "decimals": decimals,
        "rounding_mode": "half_even",
        "grace": {
            "principal_periods": draw(st.one_of(st.just(0), st.integers(0, n - 1))),
            "interest_payment_periods": draw(st.one_of(st.just(0), st.integers(0, n - 1))),
            "interest_free_periods": draw(st.one_of(st.just(0), st.integers(0, n))),
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
    if with_events:
        _add_events(draw, product, can_be_overdue=not is_flat)
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


def _add_events(draw: st.DrawFn, product: dict[str, Any], *, can_be_overdue: bool) -> None:
    n, decimals = product["number_of_repayments"], product["decimals"]
    due = [due_on(product, k) for k in range(1, n + 1)]
    begin = date.fromisoformat(product["disbursement_date"])
    changed = draw(st.lists(st.sampled_from(due), unique=True, max_size=2))
    product["rate_changes"] = [
        {"from_due_date": day.isoformat(), "annual_rate_percent": draw(st.sampled_from(["3", "18", "9.5"]))}
        for day in changed
    ]
    before_last = due[-1] - timedelta(days=1)
    some_day = st.one_of(st.dates(begin, before_last), st.sampled_from([begin, *due[:-1]]))
    amounts = st.integers(1, 500_000)
    for day in sorted(draw(st.lists(some_day, max_size=draw(st.sampled_from([0, 0, 2]))))):
        product["further_disbursements"].append({"date": day.isoformat(), "amount": amount(draw(amounts), decimals)})
    if draw(st.booleans()):
        _add_payments(draw, product, begin, due, can_be_overdue=can_be_overdue)


def _add_payments(
    draw: st.DrawFn, product: dict[str, Any], begin: date, due: list[date], *, can_be_overdue: bool
) -> None:
    last = due[-1] + timedelta(days=40)
    if can_be_overdue and draw(st.booleans()):
        product["interest_on_overdue"] = True
        last = draw(st.one_of(st.dates(begin, last), st.sampled_from(due)))
        product["business_date"] = last.isoformat()
    product["payoff_interest"] = draw(st.sampled_from([None, "till_date", "till_due_date"]))
    if product["payoff_interest"]:
        product["further_disbursements"] = []
    days = st.one_of(st.dates(begin, last), st.sampled_from([day for day in due if day <= last] or [begin]))
    for day in draw(st.lists(days, max_size=4)):
        sum_ = draw(st.one_of(st.integers(1, 300_000), st.integers(1, 5_000_000)))
        product["payments"].append({"date": day.isoformat(), "amount": amount(sum_, product["decimals"])})
