"""The public check's answer for a statement: the same page as a receipt's, with what a statement has to compare."""

from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.reports.views import PublicStatement, StatementCheck
from app.kit.i18n import t
from app.web.presenters.amounts import amount, with_code
from app.web.presenters.checks import CheckSheet, Fact, checked_at, fingerprint_fact, member_shown
from app.web.presenters.dates import ZONE, day, moment
from app.web.presenters.seal import seal_path


def statement_check_sheet(result: StatementCheck, now: datetime) -> CheckSheet:
    """For an answer about a statement that we know, or whose record does not fit."""
    found = result.statement
    if found is None:
        return CheckSheet("bad", t("check.statement_record"), t("check.record_note"), checked_at(now, ZONE))
    is_current = result.state == "valid"
    code, figure = with_code(found.closing_minor, found.currency)
    state = "valid" if is_current else "outdated"
    return CheckSheet(
        tone="ok" if is_current else "warn",
        title=t(f"check.statement_{state}"),
        note=t(f"check.statement_{state}_note"),
        checked=checked_at(now, ZoneInfo(found.timezone)),
        amount_label=t("paper.after", day=day(found.until_on)),
        amount_code=code,
        amount=figure,
        facts=_facts(found),
        seal=seal_path(found.digest),
        seal_digits=found.digest[:12],
        json_url=f"/s/{found.check_code}.json",
        compare=("statement_amount", "statement_period", "seal"),
        another="check.another_document",
    )


def _facts(found: PublicStatement) -> tuple[Fact, ...]:
    def figure(minor: int) -> tuple[str, ...]:
        return (amount(minor, found.currency),)

    return (
        Fact(t("check.period"), (t("paper.period", from_day=day(found.from_on), until_day=day(found.until_on)),)),
        Fact(t("paper.before", day=day(found.from_on)), figure(found.opening_minor)),
        Fact(t("paper.came_in"), figure(found.in_minor)),
        Fact(t("paper.went_out"), figure(found.out_minor)),
        Fact(t("check.lines"), (f"{found.lines:,}",)),
        Fact(t("check.group"), (found.group_name,)),
        Fact(t("check.member"), (member_shown(found.member_initials, found.member_no),)),
        Fact(t("check.made"), (moment(found.made_at, ZoneInfo(found.timezone)),)),
        fingerprint_fact(found.digest),
    )
