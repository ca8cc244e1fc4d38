"""The form in which public loan cases write a product: decimal strings in, decimal strings out, a closed vocabulary.

Every refusal names the field: `further_disbursements[0].amount: ...`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum
from typing import Any, TypeVar

from app.domain.loans.exact import Rounding
from app.domain.loans.schedule import Schedule, ScheduleRow
from app.domain.loans.terms import (
    PPM,
    Amortization,
    BadTerms,
    Charge,
    ChargeBasis,
    ChargeKind,
    Flow,
    Grace,
    InterestPeriod,
    InterestType,
    LoanTerms,
    PayoffInterest,
    RateChange,
    Unit,
)

MAX_DIGITS = 20
DECIMALS, MAX_DECIMALS = 2, 6
_NUMBER = re.compile(r"\d{1,20}(\.\d{1,20})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MISSING = object()

Word = TypeVar("Word", bound=StrEnum)
T = TypeVar("T")


class BadForm(ValueError):
    """`path` names the field, `reason` what is wrong with it."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path = path
        self.reason = reason


class UnknownWord(BadForm):
    """A field or a word that the vocabulary does not have."""


class Fields:
    """An object of the form. Each look takes a field; `done` refuses what nobody took."""

    def __init__(self, value: object, path: str = "") -> None:
        if not isinstance(value, Mapping):
            raise BadForm(path, f"an object is needed, not {_kind(value)}")
        self._values: Mapping[str, Any] = value
        self._left = dict.fromkeys(value)
        self._path = path

    def path(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def take(self, name: str, read: Callable[[object, str], T], default: T | object = _MISSING) -> T:
        """Null and absent give the default; without one they are refused."""
        self._left.pop(name, None)
        value = self._values.get(name)
        if value is not None:
            return read(value, self.path(name))
        if default is _MISSING:
            raise BadForm(self.path(name), "is missing")
        return default  # pyright: ignore[reportReturnType]

    def take_list(self, name: str, read: Callable[["Fields"], T]) -> tuple[T, ...]:
        """A list of objects; absent is empty."""
        found = []
        for n, value in enumerate(self.take(name, _list, [])):
            fields = Fields(value, f"{self.path(name)}[{n}]")
            found.append(read(fields))
            fields.done()
        return tuple(found)

    def done(self) -> None:
        for name in self._left:
            raise UnknownWord(self.path(str(name)), "no such field")


def read_product(value: object, path: str = "") -> LoanTerms:
    """Raises BadForm (UnknownWord for words that are not of the vocabulary)."""
    fields = Fields(value, path)
    amount = amount_reader(decimals_of(fields))
    disbursed_on = fields.take("disbursement_date", day)
    fields.take("first_repayment_date", day, None)  # follows from the others
    grace = Fields(fields.take("grace", lambda found, _: found, {}), fields.path("grace"))
    year = fields.take("days_in_year", one_of("360", "364", "365", "actual"), "actual")
    month = fields.take("days_in_month", one_of("30", "actual"), "actual")
    terms = LoanTerms(
        principal_minor=fields.take("principal", amount),
        rate_ppm=fields.take("annual_rate_percent", percent),
        repayments=fields.take("number_of_repayments", whole),
        every=fields.take("repay_every", whole, 1),
        unit=fields.take("repay_unit", word(Unit)),
        disbursed_on=disbursed_on,
        starts_on=fields.take("schedule_start_date", day, disbursed_on),
        interest_type=fields.take("interest_type", word(InterestType)),
        interest_period=fields.take(
            "interest_calculation_period", word(InterestPeriod), InterestPeriod.SAME_AS_REPAYMENT
        ),
        amortization=fields.take("amortization", word(Amortization), Amortization.EQUAL_INSTALLMENTS),
        year_days=None if year == "actual" else int(year),
        month_days=None if month == "actual" else int(month),
        multiple_minor=fields.take("installment_multiple", amount, 1),
        rounding=fields.take("rounding_mode", word(Rounding), Rounding.HALF_EVEN),
        grace=Grace(
            principal=grace.take("principal_periods", whole, 0),
            interest_payment=grace.take("interest_payment_periods", whole, 0),
            interest_free=grace.take("interest_free_periods", whole, 0),
        ),
        charges=fields.take_list("charges", _read_charge),
        down_payment_ppm=fields.take("down_payment_percent", percent, 0),
        rate_changes=fields.take_list("rate_changes", _read_change),
        further_disbursements=fields.take_list("further_disbursements", lambda one: _read_flow(one, amount)),
        has_emi_smoothing=fields.take("emi_smoothing", truth, default=False),
        is_interest_on_overdue=fields.take("interest_on_overdue", truth, default=False),
        payoff=fields.take("payoff_interest", word(PayoffInterest), None),
        payments=fields.take_list("payments", lambda one: _read_flow(one, amount)),
        business_on=fields.take("business_date", day, None),
    )
    grace.done()
    fields.done()
    return terms


def decimals_of(fields: Fields) -> int:
    """How many digits of an amount stand behind the point."""
    found = fields.take("decimals", whole, DECIMALS)
    if found > MAX_DECIMALS:
        raise BadForm(fields.path("decimals"), f"at most {MAX_DECIMALS}")
    return found


def _read_charge(fields: Fields) -> Charge:
    fields.take("per", one_of("installment"))
    return Charge(
        fields.take("kind", word(ChargeKind)),
        fields.take("basis", word(ChargeBasis)),
        fields.take("percent", percent),
    )


def _read_change(fields: Fields) -> RateChange:
    return RateChange(fields.take("from_due_date", day), fields.take("annual_rate_percent", percent))


def _read_flow(fields: Fields, amount: Callable[[object, str], int]) -> Flow:
    return Flow(fields.take("date", day), fields.take("amount", amount))


NAMES = {
    "principal_minor": "principal",
    "rate_ppm": "annual_rate_percent",
    "repayments": "number_of_repayments",
    "every": "repay_every",
    "disbursed_on": "disbursement_date",
    "starts_on": "schedule_start_date",
    "multiple_minor": "installment_multiple",
    "down_payment_ppm": "down_payment_percent",
    "payoff": "payoff_interest",
    "business_on": "business_date",
    "is_interest_on_overdue": "interest_on_overdue",
    "on": "date",
    "amount_minor": "amount",
    "from_due_on": "from_due_date",
    "grace.principal": "grace.principal_periods",
    "grace.interest_payment": "grace.interest_payment_periods",
    "grace.interest_free": "grace.interest_free_periods",
}
"""Field of LoanTerms -> the form's."""


def form_error(error: BadTerms) -> BadForm:
    """What BadTerms says, by the form's names."""
    if error.path.startswith("charges["):
        return BadForm(error.path.replace("rate_ppm", "percent"), error.reason)
    path = NAMES.get(error.path) or re.sub(r"\w+$", lambda last: NAMES.get(last.group(), last.group()), error.path)
    return BadForm(path, error.reason)


def write_schedule(schedule: Schedule, decimals: int) -> dict[str, Any]:
    """`expected` rows and `expected_totals`, as the public cases write them."""
    shown = shown_in(decimals)

    def row_of(row: ScheduleRow) -> dict[str, Any]:
        return {
            "n": row.n,
            "due_date": row.due_on.isoformat(),
            "days": row.days,
            "principal_due": shown(row.principal_minor),
            "interest_due": shown(row.interest_minor),
            "fees_due": shown(row.fees_minor),
            "penalties_due": shown(row.penalties_minor),
            "total_due": shown(row.total_minor),
            "balance": shown(row.balance_minor),
        }

    totals = schedule.totals
    return {
        "expected": [row_of(row) for row in schedule.rows],
        "expected_totals": {
            "principal": shown(totals.principal_minor),
            "interest": shown(totals.interest_minor),
            "fees": shown(totals.fees_minor),
            "penalties": shown(totals.penalties_minor),
            "total": shown(totals.total_minor),
        },
    }


def shown_in(decimals: int) -> Callable[[int], str]:
    """Writes minor units as a decimal string."""
    return lambda minor: str(Decimal(minor).scaleb(-decimals))


def whole(value: object, path: str) -> int:
    """A whole number that is not negative, as a number of JSON."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadForm(path, f"a whole number is needed, not {_kind(value)}")
    if not 0 <= value <= 1_000_000:
        raise BadForm(path, "not within 0 and 1000000")
    return value


_EXACT = Context(prec=200)
"""More digits than any number here has: nothing is rounded before it is looked at."""


def number(value: object, path: str) -> Decimal:
    """A decimal string that is not negative."""
    if not isinstance(value, str):
        raise BadForm(path, f'a decimal string such as "12.50" is needed, not {_kind(value)}')
    if not _NUMBER.fullmatch(value):
        raise BadForm(path, f"{_short(value)} is no decimal number of at most {MAX_DIGITS} digits, without a sign")
    return Decimal(value)


def amount_reader(decimals: int) -> Callable[[object, str], int]:
    """Reads an amount into minor units."""

    def amount(value: object, path: str) -> int:
        return _scaled(value, path, decimals, f"more than {decimals} decimals")

    return amount


def percent(value: object, path: str) -> int:
    """Into millionths: 9.4822 % is 94,822."""
    return _scaled(value, path, len(str(PPM)) - 3, "more than 4 decimals: rates are whole millionths")


def _scaled(value: object, path: str, digits: int, reason: str) -> int:
    scaled = number(value, path).scaleb(digits, _EXACT)
    if scaled != scaled.to_integral_value():
        raise BadForm(path, f"{_short(value)} has {reason}")
    return int(scaled)


def day(value: object, path: str) -> date:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise BadForm(path, f"a day such as 2026-01-31 is needed, not {_short(value)}")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise BadForm(path, f"{value} is no day of the calendar") from None


def truth(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise BadForm(path, f"true or false is needed, not {_kind(value)}")
    return value


def text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise BadForm(path, f"a word is needed, not {_kind(value)}")
    return value


def word(words: type[Word]) -> Callable[[object, str], Word]:
    return lambda value, path: words(one_of(*words)(value, path))


def one_of(*words: str) -> Callable[[object, str], str]:
    def read(value: object, path: str) -> str:
        found = text(value, path)
        if found not in words:
            raise UnknownWord(path, f"{_short(value)} is none of {', '.join(words)}")
        return found

    return read


def _list(value: object, path: str) -> list[object]:
    if not isinstance(value, list):
        raise BadForm(path, f"a list is needed, not {_kind(value)}")
    return value


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def _short(value: object) -> str:
    shown = repr(value) if isinstance(value, str) else _kind(value)
    return shown if len(shown) <= 40 else f"{shown[:36]}...'"
