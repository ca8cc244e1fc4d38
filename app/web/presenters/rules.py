"""A group's rules in plain sentences, from the very parameters that the services use."""

from collections.abc import Container, Iterable

from babel.dates import get_day_names

from app.domain.governance.ports import decision_of
from app.domain.groups.approvals import ALONE
from app.domain.groups.views import ApprovalRule, RulesView
from app.kit.i18n import language, t
from app.web.presenters.amounts import amount


def weekday(number: int) -> str:
    """The day's name; 1 is Monday."""
    return get_day_names("wide", locale=language.get())[number - 1]


def asked(frequency: str, due_day: int | None, amount_minor: int | None, currency: str) -> str:
    """How much, how often and by when."""
    day = "" if due_day is None else str(due_day)
    if due_day is not None and frequency != "monthly":
        day = weekday(due_day)
    if amount_minor is None:
        return t(f"rules.asked.{frequency}.open", day=day)
    return t(f"rules.asked.{frequency}", amount=amount(amount_minor, currency), day=day)


def sentences(view: RulesView) -> list[str]:
    """What holds in this group, the most asked first."""
    return [
        asked(view.frequency, view.due_day, view.amount_minor, view.currency),
        t("rules.opens"),
        t(f"rules.purpose.{view.purpose}"),
        t("rules.confirmed_by", names=", ".join(view.confirmers)) if view.confirmers else t("rules.confirmed_by_none"),
        t("rules.own"),
        t("rules.receipt"),
        t("rules.mistakes"),
    ]


def approval(rule: ApprovalRule, currency: str) -> str:
    """Who signs decisions of one kind."""
    kind = t(f"decision.kind.{rule.kind}")
    if rule.alone_minor >= ALONE:
        return t("decision.rule.alone", kind=kind)
    signers = ", ".join(t(f"role.{role}") for role in rule.signers)
    if rule.alone_minor:
        limit = amount(rule.alone_minor, currency)
        return t("decision.rule.up_to", kind=kind, amount=limit, needed=rule.needed, signers=signers)
    return t("decision.rule.signed", kind=kind, needed=rule.needed, signers=signers)


def shown(rules: Iterable[ApprovalRule], *, holds_savings: bool) -> list[ApprovalRule]:
    """Those of what can be decided here: nobody is paid savings by a fund of gifts."""
    return [one for one in rules if decision_of(one.kind) and (holds_savings or one.kind != "withdrawal")]


NEEDS = {"welfare_payout": "welfare", "loan": "loans", "loan_reschedule": "loans", "loan_write_off": "loans"}
"""What a group has set rules for before some decisions come up."""


def in_use(rules: Iterable[ApprovalRule], has: Container[str]) -> list[ApprovalRule]:
    """Those of what the group does; `has` as `PlaceState.has`."""
    return [one for one in rules if one.kind not in NEEDS or NEEDS[one.kind] in has]


def too_few(rule: ApprovalRule, there: int | None) -> str:
    """That only `there` people can sign by the rule; empty for None: enough can."""
    return "" if there is None else t("approvals.short", needed=rule.needed, there=there)


def approvals(rules: Iterable[ApprovalRule], currency: str) -> list[str]:
    """Who signs what, a sentence each, and that nobody signs their own."""
    return [*(approval(rule, currency) for rule in rules), t("decision.rule.own")]
