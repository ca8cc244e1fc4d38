"""The group's welfare rules: a table of benefits, and the rest in one form; saved together as a new version."""

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

import reflex as rx

from app.domain.welfare import schemes
from app.domain.welfare.examples import EXAMPLES
from app.domain.welfare.scheme import EVENTS, PPM, RELATIONS, SOURCES, Benefit, Scheme
from app.domain.welfare.views import SetScheme
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import Faults, InvalidInput
from app.kit.i18n import t
from app.kit.money import exponent, parse_amount
from app.web.place import load_place
from app.web.presenters.amounts import digits
from app.web.presenters.dates import day_of
from app.web.presenters.welfare import benefit_line, percent, sentences
from app.web.screen import FormScreen
from app.web.session import event

GIVEN = ("deposit_minor", "registration_minor", "premium_minor", "extra_minor")
CALLED = ("levy_member_minor", "levy_minor", "levy_two_minor")
LIMITS = ("year_cap_minor", "topup_below_minor", "topup_minor")
AMOUNTS = (*GIVEN, *CALLED, *LIMITS)
DAYS = ("waiting_days", "accident_waiting_days", "suspend_days", "report_days", "levy_days", "levy_two_days")
TICKS = ("needs_document", "spares_bereaved")
FIELDS = (*AMOUNTS, *DAYS, "further_ppm", "source", "benefits")
BENEFIT_FIELDS = ("amount", "share", "cap", "most", "youngest", "oldest", "youngest_entry", "oldest_entry")
AGES = ("youngest", "oldest", "youngest_entry", "oldest_entry")


@dataclass(frozen=True)
class BenefitRow:
    key: str
    words: str


class WelfareRulesState(FormScreen, rx.State):
    """`values` are the fields as they stand; `editing` is the key of the benefit whose dialog is open, or `new`."""

    values: dict[str, str] = dict.fromkeys(FIELDS, "")
    problems: dict[str, str] = dict.fromkeys((*FIELDS, *BENEFIT_FIELDS), "")
    benefit: dict[str, str] = dict.fromkeys((*BENEFIT_FIELDS, "event", "relation", "is_single"), "")
    rows: list[BenefitRow] = []
    ticked: list[str] = []
    in_force: list[str] = []
    since: str = ""
    editing: str = ""
    is_unsaved: bool = False
    _draft: Scheme = Scheme()
    _currency: str = ""

    def _place_of(self, field: str) -> str:
        """That of a benefit which stands in the table already is shown at the table."""
        is_benefit = (field.startswith(BENEFIT_FIELDS) and "_death_" in field) or "_hospital_" in field
        return "benefits" if is_benefit else field

    @event("admin")
    async def load(self):
        await load_place(self)
        self._clear()
        self.editing = ""
        async with self._reading() as (session, actor):
            await self._show(session, actor)

    async def _show(self, session: Session, actor: Actor) -> None:
        view = await schemes.get_scheme(session, actor)
        self._currency = view.currency
        self.in_force = sentences(view.scheme, view.currency)
        since = day_of(view.set_at) if view.set_at else ""
        self.since = t("welfare.since", version=view.scheme.version, day=since) if since else ""
        self._fill(view.scheme)
        self.is_unsaved = False
        self.phase = "ready"

    def _fill(self, scheme: Scheme) -> None:
        self._draft = scheme
        shown = {
            name: digits(getattr(scheme, name), self._currency) if getattr(scheme, name) else "" for name in AMOUNTS
        }
        for name in DAYS:
            value = getattr(scheme, name)
            shown[name] = "" if value is None or (value == 0 and name != "suspend_days") else str(value)
        shown |= {"further_ppm": percent(scheme.further_ppm) if scheme.further_ppm else "", "benefits": ""}
        self.values = shown | {"source": scheme.source, "premium_per": scheme.premium_per}
        self.ticked = [name for name in TICKS if getattr(scheme, name)]
        self._list()
        self._new_form()

    def _list(self) -> None:
        self.rows = [
            BenefitRow(f"{one.event}.{one.relation}", benefit_line(one, self._draft, self._currency))
            for one in self._draft.benefits
        ]

    @event("admin")
    async def begin(self, name: str):
        """Fill the form with a scheme that others have published."""
        found = next((one.scheme for one in EXAMPLES if one.name == name), None)
        if found is None:
            return
        self._clear()
        self._fill(self._in_currency(replace(found, version=self._draft.version)))
        self.is_unsaved = True

    def _in_currency(self, scheme: Scheme) -> Scheme:
        """The examples have two decimals; a currency may have none."""
        factor = 10 ** (2 - exponent(self._currency))
        amounts = {name: getattr(scheme, name) // factor for name in AMOUNTS}
        benefits = tuple(
            replace(one, amount_minor=one.amount_minor // factor, cap_minor=one.cap_minor // factor)
            for one in scheme.benefits
        )
        return replace(scheme, **amounts, benefits=benefits)

    @event("admin")
    async def edit(self, key: str):
        """Open the form of one benefit; `new` begins one."""
        self._clear()
        found = next((one for one in self._draft.benefits if f"{one.event}.{one.relation}" == key), None)
        if found is None and key != "new":
            return
        one = found or Benefit("parent")
        shown = {name: _age_text(getattr(one, name)) for name in AGES}
        shown |= {
            "event": one.event,
            "relation": one.relation,
            "amount": digits(one.amount_minor, self._currency) if one.amount_minor else "",
            "share": percent(one.share_ppm) if one.share_ppm else "",
            "cap": digits(one.cap_minor, self._currency) if one.cap_minor else "",
            "most": str(one.most) if one.most else "",
            "is_single": "yes" if one.is_single else "",
        }
        self.benefit, self.editing = shown, key

    @event("admin")
    async def drop(self, key: str):
        left = tuple(one for one in self._draft.benefits if f"{one.event}.{one.relation}" != key)
        if left != self._draft.benefits:
            self._draft, self.is_unsaved = replace(self._draft, benefits=left), True
            self._list()

    @event("admin")
    async def leave(self):
        self._clear()
        self.editing = ""

    @event("admin")
    async def keep(self, form: dict[str, str]):
        """The benefit as typed joins the table; nothing is in force before all is saved."""
        self._clear()
        names = (*BENEFIT_FIELDS, "event", "relation", "is_single")
        self.benefit = {name: str(form.get(name, ""))[:40] for name in names}
        async with self._refusals():
            made = self._benefit()
            others = [one for one in self._draft.benefits if f"{one.event}.{one.relation}" != self.editing]
            if any((one.event, one.relation) == (made.event, made.relation) for one in others):
                raise InvalidInput("relation", "welfare_benefit_twice")
            self._draft, self.is_unsaved = replace(self._draft, benefits=(*others, made)), True
            self.editing = ""
            self._list()

    def _benefit(self) -> Benefit:
        """What was typed. Raises InvalidInput with every fault."""
        typed, faults, found = self.benefit, Faults(), {}
        for name, target in (("amount", "amount_minor"), ("cap", "cap_minor")):
            with faults.gather():
                found[target] = self._money(typed[name], name)
        with faults.gather():
            found["share_ppm"] = _ppm(typed["share"], "share")
        for name in AGES:
            with faults.gather():
                found[name] = _months(typed[name], name)
        with faults.gather():
            found["most"] = _whole(typed["most"], "most", "welfare_most", 50) or 0
        with faults.gather():
            if typed["event"] not in EVENTS or typed["relation"] not in RELATIONS:
                raise InvalidInput("event", "welfare_choose")
        faults.raise_found()
        return Benefit(typed["relation"], event=typed["event"], is_single=bool(typed["is_single"]), **found)

    def _money(self, text: str, field: str) -> int:
        return parse_amount(text, self._currency, field=field, may_be_zero=True) if text.strip() else 0

    @event("admin")
    async def save(self, form: dict[str, str]):
        self._clear()
        names = (*AMOUNTS, *DAYS, "further_ppm", "source", "premium_per")
        self.values = {name: str(form.get(name, ""))[:40] for name in names} | {"benefits": ""}
        self.ticked = [name for name in TICKS if form.get(name)]
        is_saved = False
        async with self._work() as (session, actor):
            await schemes.set_scheme(session, actor, SetScheme(self._scheme()))
            is_saved = True
        if is_saved:
            async with self._reading() as (session, actor):
                await self._show(session, actor)
            self.done = t("welfare.set.saved")

    def _scheme(self) -> Scheme:
        """What was typed, with the table of benefits. Raises InvalidInput with every fault."""
        faults, found = Faults(), {}
        for name in AMOUNTS:
            with faults.gather():
                found[name] = self._money(self.values[name], name)
        for name in DAYS:
            with faults.gather():
                number = _whole(self.values[name], name, "welfare_days", 3_660)
                found[name] = number if name == "suspend_days" else number or 0
        with faults.gather():
            found["further_ppm"] = _ppm(self.values["further_ppm"], "further_ppm")
        faults.raise_found()
        source = self.values["source"] if self.values["source"] in SOURCES else ""
        ticks = {name: name in self.ticked for name in TICKS}
        return replace(self._draft, **found, **ticks, source=source, premium_per=self.values["premium_per"])


def _whole(text: str, field: str, why: str, most: int) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise InvalidInput(field, why, limit=most)
    return int(text)


def _ppm(text: str, field: str) -> int:
    """`12.5` per cent as millionths."""
    text = text.strip().removesuffix("%").strip().replace(",", ".")
    if not text:
        return 0
    try:
        found = Decimal(text) * PPM / 100
    except InvalidOperation:
        raise InvalidInput(field, "welfare_share") from None
    if not found.is_finite() or not 0 <= found <= PPM or found != int(found):
        raise InvalidInput(field, "welfare_share")
    return int(found)


def _months(text: str, field: str) -> int | None:
    """`25` years or `6m` months; None for nothing."""
    text = text.strip().casefold()
    number, factor = (text[:-1].strip(), 1) if text.endswith("m") else (text, 12)
    if not text:
        return None
    if not (number.isascii() and number.isdecimal() and len(number) <= 4):
        raise InvalidInput(field, "welfare_age")
    return int(number) * factor


def _age_text(months: int | None) -> str:
    if months is None:
        return ""
    return f"{months // 12}" if months % 12 == 0 else f"{months}m"
