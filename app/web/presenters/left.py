"""A group that one has left, in words: what is still owed there, and how it is paid."""

from dataclasses import dataclass

from app.domain.contributions.views import LeftGroup
from app.kit.i18n import t
from app.kit.ids import in_fours
from app.web.presenters.amounts import amount
from app.web.presenters.dates import day_of


@dataclass(frozen=True)
class LeftDueRow:
    """`reference` is labelled by the group's `account` word."""

    title: str
    reference: str
    figure: str


@dataclass(frozen=True)
class LeftRow:
    """`place` is empty where nothing is owed; `pay_to` where the group has not said where to pay."""

    group: str
    words: str
    place: str
    pay_to: str
    account: str
    dues: tuple[LeftDueRow, ...]


def left_row(one: LeftGroup) -> LeftRow:
    owes = one.open_minor > 0
    day = day_of(one.left_at)
    return LeftRow(
        group=one.name,
        words=t("nogroup.left_owes", day=day, amount=amount(one.open_minor, one.currency))
        if owes
        else t("nogroup.left_free", day=day),
        place=t("pay.upi.place" if one.way == "upi" else "pay.mpesa.place") if owes else "",
        pay_to=one.pay_to,
        account=t("pay.upi.account" if one.way == "upi" else "pay.mpesa.account"),
        dues=tuple(
            LeftDueRow(due.title, in_fours(due.reference), amount(due.open_minor, one.currency)) for due in one.dues
        ),
    )
