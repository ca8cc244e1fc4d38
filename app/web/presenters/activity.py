"""Logs in sentences: one way of saying an event, in a member's log and in the group's."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from app.domain.groups.views import ApprovalRule
from app.domain.reports.views import ActivityRow, GroupActivity
from app.kit.i18n import t
from app.kit.sheets import Cell
from app.web.presenters.amounts import amount
from app.web.presenters.dates import day, moment
from app.web.presenters.rules import approval, asked

SENTENCES = frozenset(
    {
        "activity.approvals.set",
        "activity.call.asked_later",
        "activity.call.changed",
        "activity.call.closed",
        "activity.bank.accepted",
        "activity.bank.booked",
        "activity.bank.explained",
        "activity.bank.ignored",
        "activity.bank.imported",
        "activity.bank.opened",
        "activity.bank.undone",
        "activity.bank.withdrawn",
        "activity.call.opened",
        "activity.decision.approved",
        "activity.decision.carried",
        "activity.decision.carried_alone",
        "activity.decision.code_written",
        "activity.decision.expired",
        "activity.decision.proposed",
        "activity.decision.refused",
        "activity.decision.withdrawn",
        "activity.count.recorded",
        "activity.fines.charged",
        "activity.fines.dropped",
        "activity.group.changed",
        "activity.group.begun",
        "activity.group.cleared",
        "activity.group.live",
        "activity.group.opened",
        "activity.group.pay_to_changed",
        "activity.invite.made",
        "activity.invite.revoked",
        "activity.loan.conditions_set",
        "activity.loan.default",
        "activity.loan.guarantee_agreed",
        "activity.loan.guarantee_refused",
        "activity.loan.guarantors_asked",
        "activity.loan.overdue",
        "activity.loan.paid_out",
        "activity.loan.penalty",
        "activity.loan.refinanced",
        "activity.loan.rescheduled",
        "activity.loan.withdrawn",
        "activity.late_rule.set",
        "activity.loan_product.set",
        "activity.member.added",
        "activity.member.changed",
        "activity.member.phone_changed",
        "activity.member.phone_changing",
        "activity.member.phone_kept",
        "activity.member.left",
        "activity.member.removed",
        "activity.member.taken_back",
        "activity.members.import_discarded",
        "activity.members.imported",
        "activity.payment.cash_recorded",
        "activity.payment.confirmed",
        "activity.payment.kept_used",
        "activity.payment.rejected",
        "activity.payment.reversed",
        "activity.payment.submitted",
        "activity.payment.withdrawn",
        "activity.period.closed",
        "activity.request.approved.join",
        "activity.request.approved.name",
        "activity.request.denied.join",
        "activity.request.denied.name",
        "activity.request.join",
        "activity.request.name",
        "activity.role.given",
        "activity.role.withdrawn",
        "activity.rules.set",
        "activity.sheet.recorded",
        "activity.statement.signed",
        "activity.welfare.accepted",
        "activity.welfare.document_added",
        "activity.welfare.fund_called",
        "activity.welfare.joined",
        "activity.welfare.levy_called",
        "activity.welfare.refused",
        "activity.welfare.reported",
        "activity.welfare.rules_set",
        "activity.welfare.withdrawn",
    }
)
NAMED = frozenset(
    {
        "activity.call.asked_later.of",
        "activity.call.changed.of",
        "activity.call.closed.of",
        "activity.call.opened.of",
        "activity.decision.approved.of",
        "activity.decision.carried.of",
        "activity.decision.carried_alone.of",
        "activity.decision.code_written.of",
        "activity.decision.expired.of",
        "activity.decision.proposed.of",
        "activity.decision.refused.of",
        "activity.decision.withdrawn.of",
        "activity.payment.cash_recorded.of",
        "activity.payment.confirmed.of",
        "activity.payment.kept_used.of",
        "activity.payment.rejected.of",
        "activity.payment.reversed.of",
        "activity.request.approved.join.of",
        "activity.request.approved.name.of",
        "activity.request.denied.name.of",
        "activity.statement.signed.of",
    }
)
"""The same, where whom or what it concerns is somebody else's page."""
FIELDS = {
    "name": "activity.field.name",
    "phone": "activity.field.phone",
    "member_no": "activity.field.member_no",
    "region": "activity.field.region",
    "gender": "activity.field.gender",
    "joined_on": "activity.field.joined_on",
    "remarks": "activity.field.remarks",
}


@dataclass(frozen=True)
class LogLine:
    """`href` leads to the receipt, else to the member, with `link` as its words; both empty where there is neither."""

    words: str
    at: str
    href: str
    link: str


def doer(by: str) -> str:
    """Who did it, of `ActivityRow.by`, as a line begins."""
    name = {"staff": t("role.staff"), "system": "Sanduk", "": "Sanduk"}.get(by, by)
    return name[:1].upper() + name[1:]


def log_line(row: ActivityRow, member_name: str = "") -> LogLine:
    """`member_name` stands where the log is about the member herself; without one it is the group's log."""
    facts = row.facts
    filled: dict[str, str] = {
        "who": doer(row.by),
        "about": row.about or member_name or t("activity.somebody"),
        "amount": amount(int(facts["amount_minor"]), str(facts["currency"])) if "amount_minor" in facts else "",
        "role": t(f"role.{facts['role']}") if "role" in facts else "",
        "fields": ", ".join(_field(one) for one in str(facts.get("fields", "")).split(",") if one),
        "title": row.title,
        "before": str(facts.get("before") or t("activity.none")),
        "after": str(facts.get("after") or t("activity.none")),
        "count": str(facts.get("count", 1)),
        "added": str(facts.get("added", 0)),
        "lines": f"{int(facts.get('lines', 0)):,}",
        "version": str(facts.get("version", "")),
        "number": str(facts.get("number", "")),
        "no": str(facts.get("no", "")),
        "changes": _changes(row) if row.action == "call.changed" else "",
        "rules": _rules(row, "") if row.action == "rules.set" else "",
        "was": t("activity.rules.was", rules=_rules(row, "before_")) if "before_frequency" in facts else "",
        "dues": str(facts.get("dues", 0)),
        "uses": str(facts.get("uses", 0)),
        "days": str(facts.get("days", 0)),
        "new": str(facts.get("new", 0)),
        "known": str(facts.get("already", 0)),
        "left_out": str(facts.get("left_out", 0)),
        "what": t(f"decision.kind.{facts['kind']}") if row.action.startswith("decision.") else "",
        "rule": _approvals(row) if row.action == "approvals.set" else "",
        "account": t(f"account.{facts['account']}") if "account" in facts else "",
        "difference": amount(int(facts["difference_minor"]), str(facts["currency"]))
        if "difference_minor" in facts
        else "",
        "payments": str(facts.get("payments", "")),
        "day": day(date.fromisoformat(str(facts["held_on"]))) if "held_on" in facts else "",
        "through": day(date.fromisoformat(str(facts["through"]))) if "through" in facts else "",
    }
    key = f"activity.{row.action}"
    if row.action in ("request.approved", "request.denied"):
        key += f".{facts.get('kind', 'join')}"
    is_own = row.is_hers and not member_name
    if f"{key}.of" in NAMED and (row.title or (row.about and not is_own)):
        key += ".of"
    words = t(key if key in SENTENCES | NAMED else "activity.other", **filled).strip()
    href, link = _place(row)
    return LogLine(words=words, at=moment(row.at), href=href, link=link)


def _changes(row: ActivityRow) -> str:
    """What of a contribution was changed, from what to what."""
    facts, said = row.facts, []
    for field in str(facts.get("fields", "")).split(","):
        before, after = "", ""
        if field == "amount":
            before, after = (
                amount(int(facts[f"amount_{when}"]), str(facts["currency"])) for when in ("before", "after")
            )
        elif field == "due_on":
            before, after = (day(date.fromisoformat(str(facts[f"due_{when}"]))) for when in ("before", "after"))
        said.append(t(f"activity.change.{field}", before=before, after=after))
    return ", ".join(said)


LOG_WIDTHS = (22, 24, 70, 24, 8, 68, 24)
"""Characters of the columns of `log_table`."""


def log_table(found: GroupActivity) -> list[tuple[Cell, ...]]:
    """The log for spreadsheets, newest first: time, who, in words, about whom, place in the chain, hash, code."""
    columns = (
        t("audit.column.at", zone=found.timezone),
        t("audit.column.who"),
        t("audit.column.words"),
        t("audit.column.about"),
        t("audit.column.n"),
        t("audit.column.hash"),
        t("audit.column.action"),
    )
    within = ZoneInfo(found.timezone)
    return [columns, *(_cells(row, within) for row in found.rows)]


def _cells(row: ActivityRow, within: ZoneInfo) -> tuple[Cell, ...]:
    at = row.at.astimezone(within).strftime("%Y-%m-%d %H:%M:%S")
    return (at, doer(row.by), log_line(row).words, row.about, str(row.seq), row.hash, row.action)


def _place(row: ActivityRow) -> tuple[str, str]:
    if row.receipt is not None:
        return f"/receipts?id={row.receipt.id}", row.receipt.number
    return (f"/member?id={row.about_id}", row.about) if row.about and row.about_id else ("", "")


def _rules(row: ActivityRow, when: str) -> str:
    facts = row.facts
    day_key, minor_key = ("before_day", "before_minor") if when else ("due_day", "amount_minor")
    due_day, amount_minor = int(facts[day_key]) or None, int(facts[minor_key]) or None
    return asked(str(facts[f"{when}frequency"]), due_day, amount_minor, str(facts["currency"]))


def _approvals(row: ActivityRow) -> str:
    facts = row.facts
    return approval(
        ApprovalRule(
            str(facts["kind"]),
            int(facts["needed"]),
            tuple(str(facts["signers"]).split(",")),
            int(facts["alone_minor"]),
            int(facts["days"]),
        ),
        str(facts["currency"]),
    )


def _field(name: str) -> str:
    return t(FIELDS[name]) if name in FIELDS else name
