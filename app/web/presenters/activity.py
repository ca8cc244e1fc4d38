"""A member's log in sentences."""

from dataclasses import dataclass

from app.domain.reports.views import ActivityRow
from app.kit.i18n import t
from app.web.presenters.amounts import amount
from app.web.presenters.dates import moment

SENTENCES = frozenset(
    {
        "activity.call.cancelled",
        "activity.call.opened",
        "activity.group.changed",
        "activity.group.opened",
        "activity.invite.made",
        "activity.invite.revoked",
        "activity.member.added",
        "activity.member.changed",
        "activity.member.phone_changed",
        "activity.member.phone_kept",
        "activity.member.removed",
        "activity.member.taken_back",
        "activity.members.import_discarded",
        "activity.members.imported",
        "activity.payment.cash_recorded",
        "activity.payment.confirmed",
        "activity.payment.rejected",
        "activity.payment.reversed",
        "activity.payment.submitted",
        "activity.payment.withdrawn",
        "activity.request.approved.join",
        "activity.request.approved.name",
        "activity.request.denied.join",
        "activity.request.denied.name",
        "activity.request.join",
        "activity.request.name",
        "activity.role.given",
        "activity.role.withdrawn",
        "activity.rules.set",
        "activity.statement.signed",
    }
)
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
    words: str
    at: str


def log_line(row: ActivityRow, member_name: str) -> LogLine:
    """`member_name` stands where the log is about the member herself."""
    facts = row.facts
    filled: dict[str, str] = {
        "who": {"staff": t("role.staff"), "system": "Sanduk", "": "Sanduk"}.get(row.by, row.by),
        "about": row.about or member_name,
        "amount": amount(int(facts["amount_minor"]), str(facts["currency"])) if "amount_minor" in facts else "",
        "role": t(f"role.{facts['role']}") if "role" in facts else "",
        "fields": ", ".join(_field(one) for one in str(facts.get("fields", "")).split(",") if one),
        "title": str(facts.get("title", "")),
    }
    key = f"activity.{row.action}"
    if row.action in ("request.approved", "request.denied"):
        key += f".{facts.get('kind', 'join')}"
    words = t(key if key in SENTENCES else "activity.other", **filled)
    return LogLine(words=words, at=moment(row.at))


def _field(name: str) -> str:
    return t(FIELDS[name]) if name in FIELDS else name
