"""A second reading of the words that public loan cases use (the oracles' README), made without the engine's code.

Fractions and single days where the engine has ratios and spans: slow, and plain enough to be checked by eye. Takes a
product of the form, returns its `expected` rows as integers of minor units.
"""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

DAY = timedelta(days=1)


def nearest(value: Fraction) -> int:
    """Half even; what is below zero like what is above it."""
    return round(value)


def cents(text: str, decimals: int) -> int:
    found = Fraction(text) * 10**decimals
    assert found.denominator == 1
    return int(found)


def due_on(product: dict[str, Any], k: int) -> date:
    """Row k is due k periods after schedule_start_date."""
    start, steps = date.fromisoformat(product["schedule_start_date"]), k * product["repay_every"]
    if product["repay_unit"] == "months":
        months = start.year * 12 + start.month - 1 + steps
        year, month = months // 12, months % 12 + 1
        return date(year, month, min(start.day, monthrange(year, month)[1]))
    return start + DAY * steps * (7 if product["repay_unit"] == "weeks" else 1)


class Reading:
    def __init__(self, product: dict[str, Any]) -> None:
        self.product = product
        self.decimals = product["decimals"]
        self.n = product["number_of_repayments"]
        self.disbursed = date.fromisoformat(product["disbursement_date"])
        self.start = date.fromisoformat(product["schedule_start_date"])
        self.due = [due_on(product, k) for k in range(self.n + 1)]
        self.is_flat = product["interest_type"] == "flat"
        self.multiple = self.minor(product["installment_multiple"]) if product["installment_multiple"] else 1
        self.draws = [self.flow(one) for one in product["further_disbursements"]]
        self.payments = sorted(map(self.flow, product["payments"]), key=lambda one: one[0])
        self.business = date.fromisoformat(product["business_date"]) if product["business_date"] else None

    def minor(self, text: str) -> int:
        return cents(text, self.decimals)

    def flow(self, one: dict[str, str]) -> tuple[date, int]:
        return date.fromisoformat(one["date"]), self.minor(one["amount"])

    # --- rates

    def annual(self, k: int, known_at: int) -> Fraction:
        """Of row k, as known when row `known_at` is figured."""
        rate = Fraction(self.product["annual_rate_percent"])
        for change in sorted(self.product["rate_changes"], key=lambda one: one["from_due_date"]):
            if date.fromisoformat(change["from_due_date"]) <= self.due[min(k, known_at)]:
                rate = Fraction(change["annual_rate_percent"])
        return rate / 100

    def f(self, k: int, known_at: int | None = None) -> Fraction:
        """The rate of the whole period k, from due date to due date."""
        product, every = self.product, self.product["repay_every"]
        if k <= product["grace"]["interest_free_periods"]:
            return Fraction(0)
        annual = self.annual(k, known_at or k)
        year = product["days_in_year"]
        has_number = year not in (None, "actual")
        if product["interest_calculation_period"] == "same_as_repayment_period" and not has_number:
            return annual * every / {"months": 12, "weeks": 52, "days": 365}[product["repay_unit"]]
        days = (self.due[k] - self.due[k - 1]).days
        if product["repay_unit"] == "months" and product["days_in_month"] == "30":
            days = 30 * every
        return annual * days / (int(year) if has_number else 365)

    def begin(self, k: int) -> date:
        """Where interest of period k begins: with the disbursement in the first."""
        return self.disbursed if k == 1 else self.due[k - 1]

    def part(self, k: int, days: int, known_at: int | None = None) -> Fraction:
        return self.f(k, known_at) * days / (self.due[k] - self.due[k - 1]).days

    def whole(self, k: int, known_at: int) -> Fraction:
        return self.part(k, (self.due[k] - self.begin(k)).days, known_at)

    # --- balances, a day at a time

    def lent_on(self, day: date) -> int:
        """All that was disbursed when interest of `day` begins to run."""
        return self.principal + sum(amount for on, amount in self.draws if on <= day)

    def paid_on(self, day: date) -> int:
        return sum(amount for on, amount in self.payments if on <= day)

    def real_on(self, day: date) -> int:
        principal_paid = max(0, self.paid_on(day) - self.due_so_far)
        return max(0, self.lent_on(day) - principal_paid)

    def balance_on(self, k: int, day: date, is_real: bool) -> int:
        if self.is_flat:
            return self.lent_on(day)
        if is_real and self.business and day < self.business:
            return self.real_on(day)
        return self.balance + sum(amount for on, amount in self.draws if self.begin(k) < on <= day)

    def interest(self, k: int, until: date, is_real: bool) -> tuple[int, Fraction]:
        """The sum of its parts, each rounded, and not rounded."""
        days = [self.begin(k) + DAY * one for one in range((until - self.begin(k)).days)]
        rounded, exact = 0, Fraction(0)
        for balance, run in groupby(self.balance_on(k, day, is_real) for day in days):
            one = balance * self.part(k, len(list(run)))
            rounded += nearest(one)
            exact += one
        return rounded, exact

    # --- instalments

    def emi(self, k: int, first: Fraction | None) -> int:
        """For rows k to n on the balance now; `first` is row k's rate where a disbursement came inside it."""
        rates = [self.whole(j, k) for j in range(k, self.n + 1)]
        if first is not None:
            rates[0] = first
        worth, discount = Fraction(0), Fraction(1)
        for rate in rates:
            discount /= 1 + rate
            worth += discount
        emi = self.to_multiple(self.balance / worth)
        if self.product["emi_smoothing"]:
            n, last = len(rates), self.last(rates, emi)
            if abs(last - emi) > n // 2:
                other = self.to_multiple(Fraction(emi + nearest(Fraction(last - emi, n))))
                if abs(self.last(rates, other) - other) < abs(last - emi):
                    emi = other
        return emi

    def last(self, rates: list[Fraction], emi: int) -> int:
        balance = self.balance
        for number, rate in enumerate(rates):
            interest = nearest(balance * rate)
            if number == len(rates) - 1 or emi - interest >= balance:
                return balance + interest
            balance -= max(emi - interest, 0)
        raise AssertionError

    def to_multiple(self, value: Fraction) -> int:
        return nearest(value / self.multiple) * self.multiple

    # --- the schedule

    def rows(self) -> list[dict[str, Any]]:
        self.found: list[dict[str, Any]] = []
        self.principal = self.balance = self.minor(self.product["principal"])
        self.due_so_far = self.waiting = 0
        self.paid_off: date | None = None
        total_exact, total_rounded = Fraction(0), 0
        figure: Any = None
        if self.product["down_payment_percent"]:
            down = nearest(self.balance * Fraction(self.product["down_payment_percent"]) / 100)
            self.add(self.disbursed, 0, down, 0)
        else:
            self.balance += sum(amount for on, amount in self.draws if on == self.disbursed)
        for k in range(1, self.n + 1):
            inside = [amount for on, amount in self.draws if self.begin(k) < on < self.due[k]]
            planned, _ = self.interest(k, self.due[k], is_real=False)
            interest, exact = self.row_interest(k)
            self.balance += sum(inside)
            principal = 0
            is_open = any(on >= self.due[k] for on, _ in self.draws)
            is_last = k == self.n and not is_open
            if k > self.product["grace"]["principal_periods"]:
                is_first = k == self.product["grace"]["principal_periods"] + 1
                was_drawn = any(on == self.begin(k) and k > 1 for on, _ in self.draws)
                has_changed = k > 1 and self.annual(k, k) != self.annual(k - 1, k - 1) and not self.paid_off
                is_annuity = not self.is_flat and self.product["amortization"] == "equal_installments"
                if is_first or inside or was_drawn or (has_changed and is_annuity):
                    first = Fraction(planned, self.balance) if inside and self.balance else None
                    figure = self.emi(k, first) if is_annuity else Fraction(self.balance, self.n - k + 1)
                if is_annuity:
                    principal = figure - interest
                elif self.product["amortization"] == "equal_principal":
                    principal = nearest(figure)
                else:
                    principal = self.to_multiple(figure + exact) - interest
                principal = max(0, principal)
                is_last = is_last or (principal >= self.balance and not is_open)
                principal = self.balance if is_last else min(principal, self.balance)
            total_exact += exact
            if is_last and self.is_flat:
                interest = max(0, nearest(total_exact) - total_rounded)
            total_rounded += interest
            self.waiting += interest
            collected = 0
            if k > self.product["grace"]["interest_payment_periods"] or is_last:
                collected, self.waiting = self.waiting, 0
            self.add(self.due[k], k, principal, collected)
            if is_last:
                break
        return self.found

    def row_interest(self, k: int) -> tuple[int, Fraction]:
        if self.paid_off:
            return 0, Fraction(0)
        is_real = self.product["interest_on_overdue"]
        if convention := self.product["payoff_interest"]:
            for number, (on, amount) in enumerate(self.payments):
                if on > self.due[k] or (on <= self.begin(k) and k > 1):
                    continue
                until = on if convention == "till_date" else self.due[k]
                interest, exact = self.interest(k, until, is_real)
                lent = self.principal + sum(amt for day, amt in self.draws if day <= on and day < self.due[k])
                paid_before = sum(one for _, one in self.payments[:number])
                if amount >= lent + self.due_so_far + self.waiting + interest - paid_before:
                    self.paid_off = on
                    return interest, exact
        return self.interest(k, self.due[k], is_real)

    def add(self, on: date, k: int, principal: int, interest: int) -> None:
        sums = {"fee": 0, "penalty": 0}
        for charge in self.product["charges"] if k else []:
            basis = {
                "principal": principal,
                "interest": interest,
                "principal_and_interest": principal + interest,
            }[charge["basis"]]
            sums[charge["kind"]] += nearest(basis * Fraction(charge["percent"]) / 100)
        before = self.found[-1]["due_date"] if self.found else self.start
        if k == 1 and not self.found:
            before = min(self.start, self.disbursed)
        self.balance -= principal
        self.balance += sum(amount for day, amount in self.draws if day == on)
        self.due_so_far += interest + sum(sums.values())
        self.found.append(
            {
                "n": len(self.found) + 1,
                "due_date": on,
                "days": (on - before).days if k else 0,
                "principal_due": principal,
                "interest_due": interest,
                "fees_due": sums["fee"],
                "penalties_due": sums["penalty"],
                "total_due": principal + interest + sum(sums.values()),
                "balance": self.balance,
            }
        )


def plain_schedule(product: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows as the form writes them."""
    reading = Reading(product)

    def written(value: object) -> object:
        return value.isoformat() if isinstance(value, date) else str(Decimal(value).scaleb(-reading.decimals))  # type: ignore[arg-type]

    plain = ("n", "days")
    return [{key: value if key in plain else written(value) for key, value in row.items()} for row in reading.rows()]
