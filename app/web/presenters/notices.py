"""Notifications as sentences in the reader's language, each with where it leads."""

from dataclasses import dataclass
from datetime import date

from app.domain.notifications.views import WAITING, NotificationView
from app.kit.i18n import t
from app.web.presenters.amounts import amount
from app.web.presenters.dates import day, moment


@dataclass(frozen=True)
class NoticeRow:
    """`sign` is the icon: check, cross, clock or coins."""

    id: str
    text: str
    when: str
    sign: str
    is_new: bool


SIGNS = {
    WAITING: "clock",
    "payment_confirmed": "check",
    "payment_rejected": "cross",
    "payment_reversed": "cross",
    "call_opened": "coins",
    "pay_to_changed": "coins",
}


def notice_row(view: NotificationView) -> NoticeRow:
    return NoticeRow(
        id=str(view.id),
        text=t(f"notice.{view.kind}", **_words(view)),
        when=moment(view.at),
        sign=SIGNS[view.kind],
        is_new=not view.is_read,
    )


def _words(view: NotificationView) -> dict[str, str | int]:
    """The facts as people read them."""
    words = dict(view.facts)
    if "amount_minor" in words:
        words["amount"] = amount(int(words["amount_minor"]), str(words["currency"]))
    if "due_on" in words:
        words["day"] = day(date.fromisoformat(str(words["due_on"])))
    if view.kind == "pay_to_changed":
        words["number"] = words["number"] or t("notice.pay_to_none")
    return words


def place_of(view: NotificationView, *, at_desk: bool) -> str:
    """The page that shows what the notification is about."""
    if view.kind == WAITING:
        return "/payments"
    if view.kind in ("payment_confirmed", "payment_reversed") and view.subject_id:
        return f"/receipt?id={view.subject_id}"
    if view.kind == "pay_to_changed":
        return "/settings" if at_desk else "/pay"
    return "/collections" if at_desk and view.kind == "call_opened" else "/home"
