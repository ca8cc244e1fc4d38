"""A group's welfare rules in plain sentences, from the very parameters that the services use."""

from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter

from app.domain.welfare.scheme import CALL, EVENTS, MEMBER, PPM, RELATIONS, Benefit, Scheme
from app.kit.i18n import t
from app.web.presenters.amounts import amount


def percent(ppm: int) -> str:
    """`12.5`, without zeros at the end."""
    return f"{(Decimal(ppm) * 100 / PPM).normalize():f}"


def age(months: int) -> str:
    """In whole years where it is, else in months."""
    years, rest = divmod(months, 12)
    return t("welfare.rule.months", count=months) if rest else t("welfare.rule.years", count=years)


def what(event: str, relation: str) -> str:
    return f"{t(f'welfare.event.{event}')}, {relation_word(relation)}"


def relation_word(relation: str) -> str:
    """As it stands inside a sentence."""
    word = t(f"welfare.relation.{relation}")
    return word[:1].lower() + word[1:]


@dataclass(frozen=True)
class Offer:
    """Something to choose when an event is reported; the label says what the rules don't cover.

    `single` is yes for a relation of whom the rules ask whether they were married.
    """

    value: str
    label: str
    single: str = "no"


def offered_events(scheme: Scheme) -> list[Offer]:
    """What the rules cover first."""
    known = {one.event for one in scheme.benefits}
    words = {event: t(f"welfare.event.{event}") for event in EVENTS}
    offers = [
        Offer(event, word if event in known else t("welfare.not_covered", what=word)) for event, word in words.items()
    ]
    return sorted(offers, key=lambda one: one.value not in known)


def offered_relations(scheme: Scheme, member: str) -> list[Offer]:
    """What the rules cover first; `member` is how the member herself is called here."""
    events = [event for event in EVENTS if any(one.event == event for one in scheme.benefits)]
    singles = {one.relation for one in scheme.benefits if one.is_single}
    offers = []
    for relation in (*RELATIONS[1:], MEMBER):
        word = member if relation == MEMBER else t(f"welfare.relation.{relation}")
        covered = [t(f"welfare.event.{event}") for event in events if scheme.benefit_for(event, relation)]
        label = word if len(covered) == len(events) else t("welfare.only_for", what=word, events=", ".join(covered))
        label = label if covered else t("welfare.not_covered", what=word)
        offers.append((not covered, Offer(relation, label, "yes" if relation in singles else "no")))
    return [one for _, one in sorted(offers, key=itemgetter(0))]


def benefit_line(one: Benefit, scheme: Scheme, currency: str) -> str:
    """What an event of one relation brings, and for whom."""
    names = {"event": t(f"welfare.event.{one.event}"), "relation": relation_word(one.relation)}
    if one.share_ppm:
        figures = {"percent": percent(one.share_ppm), "deposit": amount(scheme.deposit_minor, currency)}
        cap = amount(one.cap_minor, currency)
        says = t("welfare.rule.share_cap", amount=cap, **names, **figures) if one.cap_minor else ""
        says = says or t("welfare.rule.share", **names, **figures)
    elif one.amount_minor:
        says = f"{what(one.event, one.relation)}: {amount(one.amount_minor, currency)}"
    else:
        says = t("welfare.rule.open", **names)
    entry = _ages(one.youngest_entry, one.oldest_entry)
    limits = [
        _ages(one.youngest, one.oldest),
        t("welfare.rule.entry", ages=entry) if entry else "",
        t("welfare.rule.people", count=one.most) if one.most else "",
        t("welfare.rule.single") if one.is_single else "",
    ]
    return ", ".join([says, *filter(None, limits)])


def _ages(youngest: int | None, oldest: int | None) -> str:
    if youngest is not None and oldest is not None:
        return t("welfare.rule.ages", **{"from": age(youngest), "to": age(oldest)})
    if youngest is not None:
        return t("welfare.rule.from", **{"from": age(youngest)})
    return "" if oldest is None else t("welfare.rule.to", to=age(oldest))


def sentences(scheme: Scheme, currency: str) -> list[str]:
    """What holds in this group, what is paid first; nothing where it has no rules."""
    if not scheme.benefits:
        return []
    return [
        t(f"welfare.rule.source.{scheme.source}"),
        *(benefit_line(one, scheme, currency) for one in scheme.benefits),
        *_calls(scheme, currency),
        *_eligible(scheme),
        *_money(scheme, currency),
    ]


def _calls(scheme: Scheme, currency: str) -> list[str]:
    found = []
    if scheme.levy_minor:
        each = amount(scheme.levy_minor, currency)
        found.append(t("welfare.rule.levy", each=each, days=scheme.levy_days))
    if scheme.levy_member_minor:
        found.append(t("welfare.rule.levy_member", each=amount(scheme.levy_member_minor, currency)))
    if scheme.levy_two_minor:
        each = amount(scheme.levy_two_minor, currency)
        found.append(t("welfare.rule.levy_two", each=each, days=scheme.levy_two_days))
    if scheme.spares_bereaved and (scheme.levy_minor or scheme.levy_member_minor):
        found.append(t("welfare.rule.spares"))
    return found


def _eligible(scheme: Scheme) -> list[str]:
    found = []
    if scheme.waiting_days or scheme.accident_waiting_days:
        found.append(t("welfare.rule.waiting", days=scheme.waiting_days, accident=scheme.accident_waiting_days))
    if scheme.suspend_days is not None:
        found.append(t("welfare.rule.suspend", days=scheme.suspend_days))
    if scheme.report_days:
        found.append(t("welfare.rule.report", days=scheme.report_days))
    if scheme.needs_document:
        found.append(t("welfare.rule.document"))
    return found


def _money(scheme: Scheme, currency: str) -> list[str]:
    def said(key: str, minor: int) -> list[str]:
        return [t(key, each=amount(minor, currency))] if minor else []

    further = t("welfare.rule.further", percent=percent(scheme.further_ppm)) if scheme.further_ppm else ""
    found = [
        *said("welfare.rule.registration", scheme.registration_minor),
        *said(f"welfare.rule.premium.{scheme.premium_per}", scheme.premium_minor),
        *said("welfare.rule.extra", scheme.extra_minor),
        further or t("welfare.rule.further_none"),
        *said("welfare.rule.year_cap", scheme.year_cap_minor),
    ]
    if scheme.topup_minor and scheme.source != CALL:
        below = amount(scheme.topup_below_minor, currency)
        found.append(t("welfare.rule.topup", below=below, each=amount(scheme.topup_minor, currency)))
    return found
