"""Notifications as sentences in the reader's language, each with where it leads."""

from dataclasses import dataclass
from datetime import date, datetime

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
    "kept_used": "check",
    "payment_rejected": "cross",
    "payment_reversed": "cross",
    "call_opened": "coins",
    "call_changed": "coins",
    "call_closed": "check",
    **dict.fromkeys(("due_before", "due_on", "due_after", "fine_charged"), "clock"),
    "late_rule_set": "coins",
    **dict.fromkeys(("group_live", "group_cleared", "group_begun"), "check"),
    "pay_to_changed": "coins",
    "member_left": "people",
    **dict.fromkeys(("role_given", "role_withdrawn"), "people"),
    **dict.fromkeys(("phone_changing", "phone_changed"), "key"),
    "approvals_set": "coins",
    "decision_waiting": "clock",
    "decision_carried": "check",
    "decision_refused": "cross",
    "decision_expired": "cross",
    "claim_reported": "clock",
    "claim_accepted": "check",
    "claim_refused": "cross",
    "welfare_rules_set": "coins",
    "loan_stand_for": "people",
    "loan_agreed": "check",
    "loan_refused": "cross",
    "loan_paid_out": "coins",
    "loan_late": "clock",
}
NAMED = {
    "loan_stand_for": "notice.loan_stand_for_of",
    "loan_agreed": "notice.loan_agreed_of",
    "loan_refused": "notice.loan_refused_of",
    "loan_late": "notice.loan_late_of",
    "decision_waiting": "notice.decision_waiting_of",
    "decision_carried": "notice.decision_carried_of",
    "decision_refused": "notice.decision_refused_of",
    "decision_expired": "notice.decision_expired_of",
}
"""Those that say who the other is, where it is known."""
HERE = "\x00"
"""Where the amount stands in a sentence."""


def notice_row(view: NotificationView, *, is_over: bool = False) -> NoticeRow:
    """`is_over`: it says that something waits, and nothing does any more."""
    words = _words(view)
    figure = str(words.get("amount", ""))
    said = t("notice.payment_sent_done") if is_over else t(_key(view), **words | {"amount": HERE})
    before, here, after = said.partition(HERE)
    return NoticeRow(
        id=str(view.id),
        before=before,
        amount=figure if here else "",
        after=after,
        when=moment(view.at),
        sign="check" if is_over else SIGNS[view.kind],
        is_new=not view.is_read and not is_over,
    )


def _key(view: NotificationView) -> str:
    """A sentence's key; who left may owe something, and notices of before say neither who nor how much."""
    if view.kind in NAMED and "name" in view.facts:
        return NAMED[view.kind]
    if view.kind == "payment_rejected" and "title" in view.facts:
        return "notice.payment_rejected_of"
    if view.kind == "loan_late" and "about" in view.facts:
        return "notice.loan_late_mine"
    if view.kind != "member_left":
        return f"notice.{view.kind}"
    owes = int(view.facts.get("open_minor", 0)) > 0
    return "notice.member_left_owing" if owes else "notice.member_left"


def _words(view: NotificationView) -> dict[str, str | int]:
    """The facts as people read them."""
    words = dict(view.facts)
    if "amount_minor" in words:
        words["amount"] = amount(int(words["amount_minor"]), str(words["currency"]))
    if "open_minor" in words:
        words["amount"] = amount(int(words["open_minor"]), str(words["currency"]))
    if view.kind == "member_left":
        number = str(words.get("no", ""))
        words["who"] = f"{words['name']} ({number})" if "name" in words else number or t("activity.somebody")
    if view.kind.startswith("loan_"):  # notices of before don't all have the loan's number
        words["loan"] = f" L-{words['no']}" if "no" in words else ""
    if "due_on" in words:
        words["day"] = day(date.fromisoformat(str(words["due_on"])))
    if "role" in words:
        words["role"] = t(f"role.{words['role']}")
    if "at" in words:
        words["moment"] = moment(datetime.fromisoformat(str(words["at"])))
    if "kind" in words:
        words["what"] = t(f"decision.kind.{words['kind']}")
    if view.kind == "pay_to_changed":
        words["number"] = words["number"] or t("notice.pay_to_none")
    return words


PLACES = {
    WAITING: ("/payments", "/payments"),
    "payment_rejected": ("/home", "/pay"),
    "pay_to_changed": ("/settings", "/pay"),
    **dict.fromkeys(("call_opened", "call_changed", "call_closed"), ("/collections", "/home")),
    "member_left": ("/members", "/home"),
    **dict.fromkeys(("phone_changing", "phone_changed"), ("/account", "/profile")),
    **dict.fromkeys(("approvals_set", "late_rule_set"), ("/settings", "/rules")),
    **dict.fromkeys(("due_before", "due_on", "due_after", "fine_charged"), ("/collections", "/home")),
    "decision_waiting": ("/to-sign", "/sign"),
    **dict.fromkeys(
        ("loan_stand_for", "loan_agreed", "loan_refused", "loan_paid_out", "loan_late"), ("/lending", "/loans")
    ),
    **dict.fromkeys(("decision_carried", "decision_refused", "decision_expired"), ("/money-out", "/savings")),
    **dict.fromkeys(
        ("claim_reported", "claim_accepted", "claim_refused", "welfare_rules_set"), ("/claims", "/welfare")
    ),
}
"""Where each kind leads: at the desk, and on a member's phone; others lead to the receipt or home."""


def place_of(view: NotificationView, *, at_desk: bool) -> str:
    """The page that shows what the notification is about."""
    if view.kind in ("payment_confirmed", "kept_used", "payment_reversed") and view.subject_id:
        return f"/receipt?id={view.subject_id}"
    if view.kind == "payment_rejected" and view.subject_id and not at_desk:
        is_loan = view.facts.get("pays") == "loan"
        return f"/loan?id={view.subject_id}" if is_loan else f"/pay?due={view.subject_id}"
    if view.kind == "member_left" and view.subject_id and at_desk:
        return f"/member?id={view.subject_id}"
    desk, phone = PLACES.get(view.kind, ("/home", "/home"))
    if view.facts.get("kind") == "welfare_payout" and view.kind != "decision_waiting":
        desk, phone = PLACES["claim_accepted"]
    return desk if at_desk else phone
