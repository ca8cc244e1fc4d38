"""A welfare scheme as data: what a group's rules may say. Pure.

Amounts in minor units, shares in millionths (ppm), ages in whole months. 0 of an amount, a share or a number of days
says that the rule has none.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from app.kit.errors import Faults, InvalidInput
from app.kit.money import MAX_MINOR

MEMBER = "member"
RELATIONS = (MEMBER, "spouse", "child", "parent", "parent_in_law", "sibling", "other")
"""Who it happened to, as seen from the member; message keys `welfare.relation.<relation>`."""
EVENTS = ("death", "hospital")
CAUSES = ("natural", "accident")
FUND, CALL = SOURCES = ("fund", "call")
"""A benefit is paid from the standing fund, or from what the call for the event brings."""
PERIODS = ("month", "year")
PPM = 1_000_000
MOST_DAYS, MOST_MONTHS, MOST_PEOPLE = 3_660, 12 * 130, 50


@dataclass(frozen=True, slots=True)
class Benefit:
    """What an event of one relation brings: `amount_minor`, or `share_ppm` of all deposits and at most `cap_minor`.

    A scheme of calls may leave both open: then it is what the call brings. Ages are those of whom it happened to:
    `youngest` and `oldest` on the day, `oldest_entry` when the member joined. `most` people of the relation are covered
    for each member, ever; `is_single`: only who was not married.
    """

    relation: str
    amount_minor: int = 0
    event: str = "death"
    share_ppm: int = 0
    cap_minor: int = 0
    youngest: int | None = None
    youngest_entry: int | None = None
    oldest_entry: int | None = None
    oldest: int | None = None
    most: int = 0
    is_single: bool = False


@dataclass(frozen=True, slots=True)
class Scheme:
    """One version of a group's welfare rules; 0 is none yet.

    `further_ppm`: what each further member who is bereaved by the same event gets of the full benefit. `suspend_days`:
    who is longer in arrears on the day of the event gets nothing; None: arrears don't matter. `report_days`: later is
    too late. A call asks `levy_member_minor` when a member died and `levy_minor` otherwise; `levy_two_minor` within
    `levy_two_days` for two events of one member at once. When the fund is below `topup_below_minor`, `topup_minor` is
    asked. `extra_minor` is paid for each person beyond a benefit's `most`.
    """

    source: str = FUND
    benefits: tuple[Benefit, ...] = ()
    deposit_minor: int = 0
    registration_minor: int = 0
    premium_minor: int = 0
    premium_per: str = "year"
    extra_minor: int = 0
    further_ppm: int = 0
    year_cap_minor: int = 0
    waiting_days: int = 0
    accident_waiting_days: int = 0
    suspend_days: int | None = None
    report_days: int = 0
    needs_document: bool = True
    levy_member_minor: int = 0
    levy_minor: int = 0
    levy_two_minor: int = 0
    levy_days: int = 14
    levy_two_days: int = 14
    spares_bereaved: bool = True
    topup_below_minor: int = 0
    topup_minor: int = 0
    version: int = 0

    def benefit_for(self, event: str, relation: str) -> Benefit | None:
        return next((one for one in self.benefits if (one.event, one.relation) == (event, relation)), None)


def terms_of(scheme: Scheme) -> dict[str, Any]:
    """The scheme as it is stored, without its version; JSON."""
    terms = asdict(scheme)
    del terms["version"]
    return terms | {"benefits": [asdict(one) for one in scheme.benefits]}


def scheme_of(terms: Mapping[str, Any], version: int = 0) -> Scheme:
    """What `terms_of` wrote. Raises InvalidInput(scheme) for a field or a kind of value that no scheme has."""
    try:
        benefits = tuple(Benefit(**_typed(one, Benefit)) for one in terms.get("benefits", ()))
        rest = _typed({name: value for name, value in terms.items() if name != "benefits"}, Scheme)
        return Scheme(**rest, benefits=benefits, version=version)
    except TypeError:
        raise InvalidInput("scheme", "welfare_scheme") from None


def _typed(values: Mapping[str, Any], kind: type) -> dict[str, Any]:
    """Raises TypeError for a value of another kind than its field."""
    allowed = {"int": int, "int | None": int | None, "bool": bool, "str": str}
    for one in fields(kind):
        if one.name in values and one.name not in ("benefits", "version"):
            value, wanted = values[one.name], str(getattr(one.type, "__name__", one.type))
            is_number = isinstance(value, int) and not isinstance(value, bool)
            fits = isinstance(value, allowed.get(wanted, int | None)) and (
                wanted in ("bool", "str") or value is None or is_number
            )
            if not fits:
                raise TypeError(one.name)
    return dict(values)


AMOUNTS = (
    *("deposit_minor", "registration_minor", "premium_minor", "extra_minor", "year_cap_minor"),
    *("levy_member_minor", "levy_minor", "levy_two_minor", "topup_below_minor", "topup_minor"),
)
DAYS = ("waiting_days", "accident_waiting_days", "suspend_days", "report_days")


def check_scheme(scheme: Scheme) -> Scheme:
    """The scheme with its benefits in the usual order. Raises InvalidInput with every fault, by the field's name."""
    faults = Faults()
    for name in AMOUNTS:
        with faults.gather():
            _bound(name, getattr(scheme, name), MAX_MINOR, "amount_too_large")
    for name in DAYS:
        with faults.gather():
            _bound(name, getattr(scheme, name) or 0, MOST_DAYS, "welfare_days")
    for name in ("levy_days", "levy_two_days"):
        with faults.gather():
            _bound(name, getattr(scheme, name), 366, "welfare_days", least=1)
    with faults.gather():
        _bound("further_ppm", scheme.further_ppm, PPM, "welfare_share")
    with faults.gather():
        if scheme.source not in SOURCES or scheme.premium_per not in PERIODS:
            raise InvalidInput("source", "welfare_scheme")
    with faults.gather():
        _check_levies(scheme)
    with faults.gather():
        if bool(scheme.topup_below_minor) != bool(scheme.topup_minor):
            raise InvalidInput("topup_minor" if scheme.topup_below_minor else "topup_below_minor", "welfare_topup")
    with faults.gather():
        if not scheme.benefits:
            raise InvalidInput("benefits", "welfare_no_benefit")
        if len({(one.event, one.relation) for one in scheme.benefits}) < len(scheme.benefits):
            raise InvalidInput("benefits", "welfare_benefit_twice")
    for one in scheme.benefits:
        with faults.gather():
            _check_benefit(scheme, one)
    faults.raise_found()
    order = {key: n for n, key in enumerate((event, relation) for event in EVENTS for relation in RELATIONS)}
    return replace(scheme, benefits=tuple(sorted(scheme.benefits, key=lambda one: order[one.event, one.relation])))


def field_of(benefit: Benefit, name: str = "amount") -> str:
    """How a form calls a benefit's field."""
    return f"{name}_{benefit.event}_{benefit.relation}"


def _check_levies(scheme: Scheme) -> None:
    if scheme.source == CALL and not (scheme.levy_minor or scheme.levy_member_minor):
        raise InvalidInput("levy_minor", "welfare_no_levy")


def _check_benefit(scheme: Scheme, benefit: Benefit) -> None:
    if benefit.event not in EVENTS or benefit.relation not in RELATIONS:
        raise InvalidInput("benefits", "welfare_scheme")
    where = field_of(benefit)
    for value in (benefit.amount_minor, benefit.cap_minor):
        _bound(where, value, MAX_MINOR, "amount_too_large")
    _bound(field_of(benefit, "share"), benefit.share_ppm, PPM, "welfare_share")
    if benefit.share_ppm and not scheme.deposit_minor:
        raise InvalidInput("deposit_minor", "welfare_no_deposit")
    if scheme.source == FUND and not (benefit.amount_minor or benefit.share_ppm):
        raise InvalidInput(where, "amount_not_positive")
    ages = (benefit.youngest, benefit.youngest_entry, benefit.oldest_entry, benefit.oldest)
    for age in ages:
        _bound(field_of(benefit, "age"), age or 0, MOST_MONTHS, "welfare_age")
    for young, old in ((ages[0], ages[3]), (ages[1], ages[2]), (ages[2], ages[3])):
        if young is not None and old is not None and young > old:
            raise InvalidInput(field_of(benefit, "age"), "welfare_age_order")
    _bound(field_of(benefit, "most"), benefit.most, MOST_PEOPLE, "welfare_most")


def _bound(field: str, value: int, most: int, why: str, *, least: int = 0) -> None:
    if not least <= value <= most:
        raise InvalidInput(field, why, limit=most)
