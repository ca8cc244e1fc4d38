"""Public loan cases, recomputed: repayment schedules, and payments spread over what is owed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.loans.allocation import Part, Strategy
from app.domain.loans.book import Book, Standing
from app.domain.loans.form import (
    BadForm,
    Fields,
    UnknownWord,
    amount_reader,
    day,
    decimals_of,
    form_error,
    one_of,
    read_product,
    shown_in,
    text,
    write_schedule,
)
from app.domain.loans.schedule import Schedule, make_schedule
from app.domain.loans.terms import BadTerms

COLUMNS = {
    Part.PRINCIPAL: "principal",
    Part.INTEREST: "interest",
    Part.FEE: "fees",
    Part.PENALTY: "penalties",
}
DISBURSEMENT, REPAYMENT, CHARGE = "disbursement", "repayment", "charge"


@dataclass(frozen=True, slots=True)
class Action:
    """What was recorded; `on` is a charge's due date. `part` is a charge's alone."""

    kind: str
    on: date
    amount_minor: int
    part: Part | None


def schedule_of(product: object, path: str) -> tuple[Schedule, int]:
    """The schedule of a product of the form, and its decimals. Raises BadForm, by the path of the field."""
    terms = read_product(product, path)
    try:
        return make_schedule(terms), decimals_of(Fields(product, path))
    except BadTerms as error:
        found = form_error(error)
        raise BadForm(f"{path}.{found.path}" if path else found.path, found.reason) from error


def schedule_figures(case: Mapping[str, Any]) -> Mapping[str, Any]:
    return write_schedule(*schedule_of(case["product"], "product"))


def allocation_figures(case: Mapping[str, Any]) -> Mapping[str, Any]:
    """Actions are replayed in the order in which they were recorded. The schedule knows of all disbursements."""
    top, loan = Fields(case), Fields(case["loan"], "loan")
    shown, amount = shown_in(decimals_of(loan)), amount_reader(decimals_of(loan))
    try:
        strategy = Strategy.parse(top.take("strategy", text))
    except ValueError as error:
        raise UnknownWord("strategy", str(error)) from error
    actions = top.take_list("actions", lambda fields: _read_action(fields, amount))
    book = Book.of(_schedule(case["loan"], actions, shown).rows, strategy)
    return {
        "expected_transactions": list(_replay(book, actions, shown)),
        "expected_schedule": [_row(one, shown) for one in book.standings()],
    }


def _read_action(fields: Fields, amount: Callable[[object, str], int]) -> Action:
    kind = fields.take("type", one_of(DISBURSEMENT, REPAYMENT, CHARGE))
    is_charge = kind == CHARGE
    part = Part(fields.take("kind", one_of(Part.FEE, Part.PENALTY))) if is_charge else None
    return Action(kind, fields.take("due_date" if is_charge else "date", day), fields.take("amount", amount), part)


def _schedule(loan: Mapping[str, Any], actions: Sequence[Action], shown: Callable[[int], str]) -> Schedule:
    """Of the loan as disbursed: the first disbursement begins it, others are further ones."""
    given = [one for one in actions if one.kind == DISBURSEMENT]
    draws = [{"date": one.on.isoformat(), "amount": shown(one.amount_minor)} for one in given]
    if not draws:
        raise BadForm("actions", "have no disbursement")
    product = {key: value for key, value in loan.items() if key != "submitted_on"}
    product |= {"principal": draws[0]["amount"], "disbursement_date": draws[0]["date"]}
    product["further_disbursements"] = draws[1:]
    return schedule_of(product, "loan")[0]


def _replay(book: Book, actions: Sequence[Action], shown: Callable[[int], str]) -> Iterator[dict[str, Any]]:
    """A transaction a disbursement and a repayment; charges go into the book alone."""
    balance = 0
    for action in actions:
        given = dict.fromkeys(COLUMNS, 0)
        if action.part:
            book.charge(action.part, action.on, action.amount_minor)
            continue
        if action.kind == REPAYMENT:
            given |= book.pay(action.amount_minor, action.on)
            balance -= given[Part.PRINCIPAL]
        else:
            balance += action.amount_minor
        yield {
            "date": action.on.isoformat(),
            "type": action.kind,
            "amount": shown(action.amount_minor),
            **{name: shown(given[part]) for part, name in COLUMNS.items()},
            "loan_balance": shown(balance),
        }


def _row(one: Standing, shown: Callable[[int], str]) -> dict[str, Any]:
    return {
        "n": one.n,
        "due_date": one.due_on.isoformat(),
        **{f"{name}_due": shown(one.due[part]) for part, name in COLUMNS.items()},
        "total_due": shown(one.total_minor),
        "paid": shown(one.paid_minor),
        "in_advance": shown(one.in_advance_minor),
        "late": shown(one.late_minor),
        "outstanding": shown(one.outstanding_minor),
    }
