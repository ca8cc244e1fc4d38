"""What late payment costs and when members are reminded, in plain sentences."""

from decimal import Decimal

from app.domain.groups.late_rules import LateRule
from app.kit.i18n import t
from app.web.presenters.amounts import amount
from app.web.presenters.dates import day


def late_sentences(rule: LateRule, currency: str) -> list[str]:
    said = [t("late.none")]
    if rule.fine != "none":
        fine = amount(rule.amount_minor, currency) if rule.fine == "amount" else t("late.share", share=share(rule))
        said = [
            t("late.amount", grace=_days(rule.grace_days), fine=fine)
            if rule.grace_days
            else t("late.at_once", fine=fine)
        ]
        if rule.every_days and rule.steps > 1:
            said.append(t("late.again", every=_days(rule.every_days), times=t("late.times", count=rule.steps)))
        said += [t("late.called", title=rule.title), t("late.since", day=day(rule.since))]
    when = [
        t("late.before", days=_days(rule.before_days)) if rule.before_days else "",
        t("late.on_day") if rule.on_due else "",
        t("late.after", days=_days(rule.after_days)) if rule.after_days else "",
    ]
    times = ", ".join(filter(None, when))
    return [*said, t("late.reminders", when=times) if times else t("late.no_reminders")]


def share(rule: LateRule) -> str:
    """In percent, as people write it: `2.5`."""
    return f"{Decimal(rule.rate_ppm).scaleb(-4).normalize():f}"


def _days(count: int) -> str:
    return t("late.days", count=count)
