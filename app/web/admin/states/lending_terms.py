"""On what terms the group lends: one kind of loan after another, each change a version."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal

import reflex as rx

from app.domain.groups.access import get_group
from app.domain.loans.arrears import PenaltyPer
from app.domain.loans.products import MAX_GUARANTORS, OVER_DAYS, ProductRules
from app.domain.loans.service import define_product, list_products
from app.domain.loans.terms import MAX_REPAYMENTS, PPM, InterestType, PayoffInterest, Unit
from app.domain.loans.views import DefineProduct, ProductView
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import Faults, InvalidInput
from app.kit.i18n import t
from app.kit.money import parse_amount
from app.web.place import load_place
from app.web.presenters.amounts import amount, digits
from app.web.presenters.loan_terms import times_words
from app.web.presenters.loans import length, rate_words
from app.web.screen import Screen
from app.web.session import event

SHARE = re.compile(r"\d{1,4}([.,]\d{1,4})?")
FIELDS = (
    *("name", "rate", "interest", "unit", "most_repayments", "savings", "least", "most", "treasurer", "guarantors"),
    *("fee", "penalty", "per", "grace", "payoff", "default", "provision", "capital"),
)


FIRST = ProductRules("", 240_000, 12, savings_ppm=3 * PPM, guarantors=2)


@dataclass(frozen=True)
class TermsRow:
    id: str
    name: str
    words: str
    is_offered: bool


def parse_share(text: str, *, field: str) -> int:
    """Millionths of a percentage as people write it: `24`, `2.5`, `2,5 %`. Raises InvalidInput."""
    cleaned = text.replace("%", "").strip()
    if not SHARE.fullmatch(cleaned):
        raise InvalidInput(field, "share")
    return int(Decimal(cleaned.replace(",", ".")) * (PPM // 100))


def parse_count(text: str, *, field: str, least: int, most: int) -> int:
    """Raises InvalidInput."""
    cleaned = text.strip()
    if not (cleaned.isascii() and cleaned.isdecimal() and len(cleaned) < 6 and least <= int(cleaned) <= most):
        raise InvalidInput(field, "between", least=least, most=most)
    return int(cleaned)


def parse_provisions(text: str) -> tuple[int, ...]:
    """A percentage for each bucket of lateness, as people write a list: `0, 5, 25, 50, 100`. Raises InvalidInput."""
    parts = text.replace(";", ",").replace(",", " ").split()
    if len(parts) != len(OVER_DAYS):
        raise InvalidInput("provision", "provision")
    found = tuple(parse_share(one, field="provision") for one in parts)
    if max(found) > PPM:
        raise InvalidInput("provision", "provision")
    return found


class LendingTermsState(Screen, rx.State):
    rows: list[TermsRow] = []
    values: dict[str, str] = {}
    editing: str = ""
    """The kind of loan that the form is of; empty for a new one."""
    is_open: bool = False
    _currency: str = ""
    _known: list[ProductView] = []

    @event("admin")
    async def load(self):
        await load_place(self)
        self._clear()
        self.is_open = False
        async with self._reading() as (session, actor):
            await self._show(session, actor)

    async def _show(self, session: Session, actor: Actor) -> None:
        self._known = list(await list_products(session, actor))
        self._currency = (await get_group(session, actor)).currency
        self.rows = [
            TermsRow(str(one.product_id), one.rules.name, summary(one), one.rules.is_offered) for one in self._known
        ]
        self.phase = "ready"

    @event("admin")
    async def begin(self, product_id: str):
        """The form, of a known kind of loan or a new one."""
        self._clear()
        self._new_form()
        known = next((one for one in self._known if str(one.product_id) == product_id), None)
        self.editing, self.is_open = product_id if known else "", True
        self.values = _values(known.rules if known else FIRST, self._currency)

    @event("admin")
    async def leave(self):
        self._clear()
        self.is_open = False

    @event("admin")
    async def save(self, form: dict[str, str]):
        self._clear()
        self.values = {name: str(form.get(name, self.values.get(name, "")))[:80] for name in FIELDS}
        known = next((one for one in self._known if str(one.product_id) == self.editing), None)
        is_saved = False
        async with self._work() as (session, actor):
            rules = self._rules(known.rules if known else None)
            command = DefineProduct(rules, known.product_id if known else None, known.version if known else 0)
            await define_product(session, actor, command)
            is_saved = True
        if is_saved:
            self.is_open = False
            async with self._reading() as (session, actor):
                await self._show(session, actor)
            self.done = t("terms.saved")

    def _rules(self, before: ProductRules | None) -> ProductRules:
        """What was typed, over what stays as it is. Raises InvalidInput with every fault."""
        faults, typed, found = Faults(), self.values, {}

        def money(name: str, field: str) -> int | None:
            return parse_amount(typed[name], self._currency, field=field, may_be_zero=True) if typed[name] else None

        for name, read in (
            ("rate_ppm", lambda: parse_share(typed["rate"], field="rate")),
            ("most_repayments", lambda: _count(typed, "most_repayments", 1, MAX_REPAYMENTS)),
            ("savings_ppm", lambda: 100 * parse_share(typed["savings"], field="savings") if typed["savings"] else None),
            ("least_minor", lambda: money("least", "least") or 1),
            ("most_minor", lambda: money("most", "most")),
            ("treasurer_minor", lambda: money("treasurer", "treasurer") or 0),
            ("guarantors", lambda: _count(typed, "guarantors", 0, MAX_GUARANTORS)),
            ("fee_ppm", lambda: parse_share(typed["fee"] or "0", field="fee")),
            ("penalty_ppm", lambda: parse_share(typed["penalty"] or "0", field="penalty")),
            ("penalty_grace_days", lambda: _count(typed, "grace", 0, 365)),
            ("default_after_days", lambda: _count(typed, "default", 1, 3_650)),
            ("provision_ppm", lambda: parse_provisions(typed["provision"])),
        ):
            with faults.gather():
                found[name] = read()
        faults.raise_found()
        words = {
            "name": typed["name"],
            "interest_type": InterestType(typed["interest"]),
            "unit": Unit(typed["unit"]),
            "penalty_per": PenaltyPer(typed["per"]),
            "payoff": PayoffInterest(typed["payoff"]),
            "is_capitalised": typed["capital"] == "yes",
        }
        return replace(before or FIRST, **found, **words)


def _count(typed: dict[str, str], field: str, least: int, most: int) -> int:
    return parse_count(typed[field], field=field, least=least, most=most)


def _values(rules: ProductRules, currency: str) -> dict[str, str]:
    """As they are typed."""

    def money(minor: int | None) -> str:
        return digits(minor, currency) if minor else ""

    def share(ppm: int) -> str:
        return rate_words(ppm).removesuffix(" %") if ppm else ""

    return {
        "name": rules.name,
        "rate": rate_words(rules.rate_ppm).removesuffix(" %"),
        "interest": rules.interest_type.value,
        "unit": rules.unit.value,
        "most_repayments": f"{rules.most_repayments}",
        "savings": share(rules.savings_ppm // 100) if rules.savings_ppm else "",
        "least": money(rules.least_minor) if rules.least_minor > 1 else "",
        "most": money(rules.most_minor),
        "treasurer": money(rules.treasurer_minor),
        "guarantors": f"{rules.guarantors}",
        "fee": share(rules.fee_ppm),
        "penalty": share(rules.penalty_ppm),
        "per": rules.penalty_per.value,
        "grace": f"{rules.penalty_grace_days}",
        "payoff": rules.payoff.value,
        "default": f"{rules.default_after_days}",
        "provision": ", ".join(rate_words(one).removesuffix(" %") for one in rules.provision_ppm),
        "capital": "yes" if rules.is_capitalised else "no",
    }


def summary(view: ProductView) -> str:
    """A kind of loan in a line."""
    rules = view.rules
    said = t(
        "terms.summary_flat" if rules.interest_type is InterestType.FLAT else "terms.summary",
        rate=rate_words(rules.rate_ppm),
        length=length(rules.most_repayments, rules.every, rules.unit),
    )
    return ", ".join((said, *_limits(view), *_costs(view)))


def _limits(view: ProductView) -> list[str]:
    """How much may be borrowed, on whose word."""
    rules = view.rules
    found = []
    if rules.savings_ppm is not None:
        found.append(t("terms.says_savings", times=times_words(rules.savings_ppm)))
    if rules.least_minor > 1:
        found.append(t("terms.says_least", amount=amount(rules.least_minor, view.currency)))
    if rules.most_minor is not None:
        found.append(t("terms.says_most", amount=amount(rules.most_minor, view.currency)))
    else:
        found.append(t("terms.says_fund"))
    found.append(t("terms.says_guarantors", count=rules.guarantors) if rules.guarantors else t("terms.says_nobody"))
    if rules.treasurer_minor:
        found.append(t("terms.says_alone", amount=amount(rules.treasurer_minor, view.currency)))
    else:
        found.append(t("terms.says_committee"))
    return found


def _costs(view: ProductView) -> list[str]:
    """What of the rest costs something; nothing where it is nought."""
    rules = view.rules
    found = []
    if rules.fee_ppm:
        found.append(t("terms.says_fee", rate=rate_words(rules.fee_ppm)))
    if rules.penalty_ppm:
        per = t(f"terms.per.{rules.penalty_per.value}")
        found.append(t("terms.says_penalty", rate=rate_words(rules.penalty_ppm), per=per))
    found.append(t("terms.says_default", count=rules.default_after_days))
    return found
