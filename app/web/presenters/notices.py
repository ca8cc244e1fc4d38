"""Notifications as sentences in the reader's language, each with where it leads."""

from dataclasses import dataclass
from datetime import date

from app.domain.notifications.views import WAITING, NotificationView
from app.kit.i18n import t
from app.web.presenters.amounts import amount
from app.web.presenters.dates import day, moment


@dataclass(frozen=True)
class NoticeRow:
    """`sign` is the icon: check, cross, clock or coins. The sentence is `before`, `amount` and `after`: an amount
    stands by itself, so that hiding amounts hides nothing else.
    """

    id: str
    before: str
    amount: str
    after: str
    when: str
    sign: str
    is_new: bool


SIGNS = {
    WAITING: "clock",
    "payment_confirmed": "check",
    "payment_rejected": "cross",
    "payment_reversed": "cross",
    "call_opened": "coins",
    "call_changed": "coins",
    "call_closed": "check",
    "pay_to_changed": "coins",
    "member_left": "people",
    "approvals_set": "coins",
    "decision_waiting": "clock",
    "decision_carried": "check",
    "decision_refused": "cross",
    "decision_expired": "cross",
}
HERE = "\x00"
"""Where the amount stands in a sentence."""


def notice_row(view: NotificationView, *, is_over: bool = False) -> NoticeRow:
    """`is_over`: it says that something waits, and nothing does any more."""
    words = _words(view)
    figure = str(words.get("amount", ""))
    said = t("notice.payment_sent_done") if is_over else t(f"notice.{view.kind}", **words | {"amount": HERE})
    before, _, after = said.partition(HERE)
    return NoticeRow(
        id=str(view.id),
        before=before,
        amount=figure,
        after=after,
        when=moment(view.at),
        sign="check" if is_over else SIGNS[view.kind],
        is_new=not view.is_read and not is_over,
    )


def _words(view: NotificationView) -> dict[str, str | int]:
    """The facts as people read them."""
    words = dict(view.facts)
    if "amount_minor" in words:
        words["amount"] = amount(int(words["amount_minor"]), str(words["currency"]))
    if "due_on" in words:
        words["day"] = day(date.fromisoformat(str(words["due_on"])))
    if "kind" in words:
        words["what"] = t(f"decision.kind.{words['kind']}")
    if view.kind == "pay_to_changed":
        words["number"] = words["number"] or t("notice.pay_to_none")
    return words


PLACES = {
    WAITING: ("/payments", "/payments"),
    "pay_to_changed": ("/settings", "/pay"),
    **dict.fromkeys(("call_opened", "call_changed", "call_closed"), ("/collections", "/home")),
    "member_left": ("/members", "/home"),
    "approvals_set": ("/settings", "/rules"),
    "decision_waiting": ("/to-sign", "/sign"),
    **dict.fromkeys(("decision_carried", "decision_refused", "decision_expired"), ("/money-out", "/savings")),
}
"""Where each kind leads: at the desk, and on a member's phone; others lead to the receipt or home."""


def place_of(view: NotificationView, *, at_desk: bool) -> str:
    """The page that shows what the notification is about."""
    if view.kind in ("payment_confirmed", "payment_reversed") and view.subject_id:
        return f"/receipt?id={view.subject_id}"
    desk, phone = PLACES.get(view.kind, ("/home", "/home"))
    return desk if at_desk else phone
