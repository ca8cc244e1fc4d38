"""Public welfare cases, recomputed. A case's rule is prose: the scheme that expresses it is found by the page it was
published on, or stands in the case itself as `scheme`; the numbers of `inputs` replace its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from app.domain.loans.form import BadForm, Fields, UnknownWord, amount_reader, one_of, percent, shown_in, text, whole
from app.domain.welfare.examples import EXAMPLES
from app.domain.welfare.rules import amount_of, benefit_steps, levy_of, share_of
from app.domain.welfare.scheme import CALL, MEMBER, Benefit, Scheme, check_scheme, scheme_of
from app.kit.errors import InvalidInput

DECIMALS = 2
ONE, COVERED, TWO = "member", "covered_person", "two_covered_persons"
NAMES = {MEMBER: ("principal", "self", MEMBER)}
"""What tables call the member whom it happened to."""


def figures(case: Mapping[str, Any]) -> Mapping[str, Any]:
    """Under `expected`, whatever the scheme says; raises UnknownWord for a scheme that stands nowhere, and BadForm."""
    top = Fields(case)
    known = {one.source: one.scheme for one in EXAMPLES}
    source, given = top.take("source", text, ""), top.take("scheme", lambda value, _: value, None)
    inputs = Fields(top.take("inputs", lambda value, _: value, {}), "inputs")
    scheme = _given(given) if given is not None else known.get(source)
    if scheme is None:
        raise UnknownWord("source", "no scheme of this page is known, and the case has none of its own")
    amount = amount_reader(DECIMALS)
    members = inputs.take("members", whole, 0)
    relations = _relations(scheme, inputs.take("event", one_of(ONE, COVERED, TWO), COVERED))
    scheme = _with_inputs(scheme, inputs, amount, relations[0])
    further, paying = inputs.take("secondary_members", whole, 0), inputs.take("paying_members", whole, 0)
    inputs.done()
    return {"expected": _figures(scheme, relations, members, further, paying)}


def _given(value: object) -> Scheme:
    if not isinstance(value, Mapping):
        raise BadForm("scheme", "an object is needed")
    try:
        return check_scheme(scheme_of(value))
    except InvalidInput as error:
        raise BadForm(f"scheme.{error.field}", error.why) from None


def _relations(scheme: Scheme, event: str) -> list[str]:
    """Whom it happened to: the member, or the first one covered besides."""
    covered = next((one.relation for one in scheme.benefits if one.relation != MEMBER), MEMBER)
    return {ONE: [MEMBER], COVERED: [covered], TWO: [covered, covered]}[event]


def _with_inputs(scheme: Scheme, inputs: Fields, amount: Callable[[object, str], int], relation: str) -> Scheme:
    """The scheme with the case's own numbers in place of its own."""
    share, cap = inputs.take("percent", percent, None), inputs.take("cap", amount, None)

    def changed(one: Benefit) -> Benefit:
        if one.relation != relation or one.amount_minor:
            return one
        cap_minor = one.cap_minor if cap is None else cap
        return replace(one, share_ppm=one.share_ppm if share is None else share, cap_minor=cap_minor)

    return replace(
        scheme,
        benefits=tuple(changed(one) for one in scheme.benefits),
        deposit_minor=inputs.take("deposit", amount, scheme.deposit_minor),
        further_ppm=inputs.take("secondary_percent", percent, scheme.further_ppm),
    )


def _figures(scheme: Scheme, relations: list[str], members: int, further: int, paying: int) -> dict[str, Any]:
    shown, found = shown_in(DECIMALS), {}
    levy = levy_of(scheme, relations)
    benefit = scheme.benefit_for("death", relations[0])
    if benefit and (members or not benefit.share_ppm) and (scheme.source != CALL or benefit.amount_minor):
        full = amount_of(benefit_steps(replace(scheme, source="fund"), benefit, members=members))
        found["benefit"] = shown(full)
        if further:
            found["secondary_each"] = shown(share_of(full, scheme.further_ppm))
    if levy.amount_minor:
        found["call_per_member"], found["days"] = shown(levy.amount_minor), levy.days
        if paying:
            found["collected_if_all_pay"] = shown(levy.amount_minor * paying)
    table = {name: shown(one.amount_minor) for one in scheme.benefits if one.amount_minor for name in _names(one)}
    return found | ({"table": table} if table else {})


def _names(benefit: Benefit) -> list[str]:
    """How a table may call the row: `child`, and with its ages `child_6m_23y`."""
    names = NAMES.get(benefit.relation, (benefit.relation,))
    ages = "_".join(_age(age) for age in (benefit.youngest, benefit.oldest) if age is not None)
    return [*names, *(f"{name}_{ages}" for name in names if ages)]


def _age(months: int) -> str:
    return f"{months // 12}y" if months % 12 == 0 else f"{months}m"
