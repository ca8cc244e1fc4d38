"""What a member sent and nobody has decided."""

from dataclasses import dataclass

from app.domain.payments.views import PaymentView
from app.kit.i18n import t
from app.web.presenters.amounts import amount
from app.web.presenters.dates import day, moment


@dataclass(frozen=True)
class SentRow:
    id: str = ""
    title: str = ""
    amount: str = ""
    code: str = ""
    when: str = ""


def sent_row(view: PaymentView) -> SentRow:
    return SentRow(
        id=str(view.id),
        title=", ".join(line.title for line in view.lines),
        amount=amount(view.amount_minor, view.currency),
        code=view.provider_code or "",
        when=t("pay.sent_row", day=day(view.paid_on), moment=moment(view.submitted_at)),
    )
