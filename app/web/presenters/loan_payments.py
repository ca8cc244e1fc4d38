"""What was paid on a loan, each payment with its receipt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.loans.views import LoanView
from app.domain.reports.loan_papers import LoanPayment
from app.kit.i18n import t
from app.web.presenters.amounts import amount
from app.web.presenters.dates import day
from app.web.presenters.loans import InstalmentRow, instalment_rows

FEW = 4
"""Payments that stand unfolded."""


@dataclass(frozen=True)
class PaidRow:
    """A payment; `title` leads to its receipt where `receipt` names one."""

    title: str
    detail: str
    figure: str
    receipt: str
    is_reversed: bool


def paid_rows(found: Sequence[LoanPayment], currency: str) -> list[PaidRow]:
    return [
        PaidRow(
            title=", ".join(filter(None, (day(one.paid_on), one.receipt_number))),
            detail=", ".join(filter(None, (t(f"method.{one.method}"), one.provider_code))),
            figure=amount(one.amount_minor, currency),
            receipt=str(one.receipt_id or ""),
            is_reversed=one.is_reversed,
        )
        for one in found
    ]


def receipted_rows(view: LoanView, found: Sequence[LoanPayment]) -> list[InstalmentRow]:
    """The instalments, each that is paid with the receipt of the payment that did it last; `found` newest first."""
    last = {on: one.receipt_id for one in reversed(found) if not one.is_reversed for on in one.falls_on}
    return [
        replace(row, receipt=str(last.get(one.due_on) or "")) if one.paid_minor and not one.unpaid_minor else row
        for one, row in zip(view.instalments, instalment_rows(view), strict=True)
    ]
