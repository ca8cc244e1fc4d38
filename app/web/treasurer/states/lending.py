"""The group's loans: what is out, what is late and how late, what falls due."""

from dataclasses import dataclass

import reflex as rx

from app.domain.loans import lending
from app.domain.loans.views import Ageing, Portfolio, PortfolioRow
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.web.place import load_place
from app.web.presenters.amounts import exact, tile
from app.web.presenters.dates import day, long_day, month
from app.web.presenters.loans import TONES, Pill, number
from app.web.screen import Screen
from app.web.session import event

TABS = ("open", "late", "asked", "over")


@dataclass(frozen=True)
class LoanLine:
    id: str
    no: str
    name: str
    purpose: str
    figure: str
    due: str
    pill: Pill


@dataclass(frozen=True)
class AgeLine:
    """Loans of one bucket; `share` of the largest, as `42%`."""

    label: str
    count: str
    figure: str
    provision: str
    share: str
    is_late: bool


@dataclass(frozen=True)
class ComingLine:
    label: str
    count: str
    figure: str


class LendingState(Screen, rx.State):
    note: str = ""
    currency: str = ""
    lent: str = ""
    lent_note: str = ""
    risk: str = ""
    risk_note: str = ""
    due: str = ""
    due_label: str = ""
    due_note: str = ""
    cash: str = ""
    tab: str = "open"
    counts: list[str] = []
    lines: list[LoanLine] = []
    total: str = ""
    ages: list[AgeLine] = []
    coming: list[ComingLine] = []
    formula: str = ""
    provisions: str = ""
    changed: str = ""
    _rows: list[PortfolioRow] = []

    @event("treasurer")
    async def load(self):
        await load_place(self)
        self._clear()
        async with self._reading() as (session, actor):
            await self._show(session, actor)

    @event("treasurer")
    async def refresh(self):
        """Somebody asked, signed, paid out or paid."""
        async with self._refreshing() as (session, actor):
            await self._show(session, actor)

    @event("treasurer")
    async def choose(self, tab: str):
        self.tab = tab if tab in TABS else "open"
        self._list()

    async def _show(self, session: Session, actor: Actor) -> None:
        found = await lending.portfolio(session, actor)
        self.currency, self._rows = found.currency, list(found.rows)
        active = [row for row in found.rows if row.state == "active"]
        self.note = t("lending.note", count=len(active), day=long_day(found.today))
        self._figures(found)
        self.ages = _ages(found.ageing, found.currency)
        self.coming = [
            ComingLine(
                month(one.month) if one.month else t("lending.later"),
                f"{one.instalments}",
                exact(one.amount_minor, found.currency),
            )
            for one in found.coming
        ]
        self._list()
        self.phase = "ready" if found.rows else "empty"

    def _figures(self, found: Portfolio) -> None:
        money = found.currency
        risk = found.at_risk[0]
        late = sum(one.loans for one in found.ageing if one.over_days >= risk.days)
        self.lent, self.cash = tile(found.lent_minor, money), tile(found.cash_minor, money)
        self.lent_note = t("lending.lent_note", total=exact(found.lent_minor + found.cash_minor, money))
        self.risk = _share(risk.ppm)
        self.risk_note = t("lending.risk_note", amount=exact(risk.at_risk_minor, money), count=late)
        self.due, self.due_label = tile(found.due_minor, money), t("lending.due", month=month(found.today))
        self.due_note = t("lending.due_note", paid=exact(found.paid_minor, money))
        self.formula = ". ".join(
            t(
                "lending.formula",
                days=one.days,
                risk=exact(one.at_risk_minor, money),
                all=exact(one.gross_minor, money),
                share=_share(one.ppm),
            )
            for one in found.at_risk
            if one.gross_minor
        )
        provided = sum(one.provision_minor for one in found.ageing)
        self.provisions = t("lending.provisions", amount=exact(provided, money))
        self.changed = (
            t("lending.changed", count=found.changed, amount=exact(found.changed_minor, money)) if found.changed else ""
        )

    def _list(self) -> None:
        groups = {one: [row for row in self._rows if _is_in(row, one)] for one in TABS}
        self.counts = [f"{len(groups[one])}" for one in TABS]
        chosen = groups[self.tab]
        self.lines = [_line(row, self.currency) for row in chosen]
        self.total = exact(sum(row.left_minor for row in chosen), self.currency)


def _is_in(row: PortfolioRow, tab: str) -> bool:
    if tab == "late":
        return row.days_late > 0
    if tab == "asked":
        return row.state in ("signing", "approved")
    is_open = row.state in ("signing", "approved", "active")
    return is_open if tab == "open" else not is_open


def _line(row: PortfolioRow, currency: str) -> LoanLine:
    if row.state == "active" and row.days_late:
        pill = Pill(t("loan.days_late", count=row.days_late), "bad" if row.standing != "current" else "warn", "warn")
    elif row.state == "active":
        pill = Pill(t("loan.on_time"), "ok", "check")
    else:
        pill = Pill(t(f"loan.state.{row.state}"), *TONES[row.state])
    is_out = row.state == "active"
    return LoanLine(
        id=str(row.id),
        no=number(row.no),
        name=row.member_name,
        purpose=", ".join(filter(None, (row.purpose, t(f"loan.marked.{row.changed}") if row.changed else ""))),
        figure=exact(row.left_minor, currency) if is_out else "",
        due=t("lending.asked_for", amount=exact(row.amount_minor, currency))
        if row.state in ("signing", "approved")
        else f"{day(row.next_on)}: {exact(row.next_minor, currency)}"
        if row.next_on
        else t("loan.was", amount=exact(row.amount_minor, currency)),
        pill=pill,
    )


def _ages(found: tuple[Ageing, ...], currency: str) -> list[AgeLine]:
    most = max([one.principal_minor for one in found], default=0) or 1
    bounds = [*(one.over_days for one in found[1:]), 0]
    return [
        AgeLine(
            label=t("lending.not_late")
            if one.over_days < 0
            else t("lending.days", first=one.over_days + 1, last=upto)
            if upto
            else t("lending.over", days=one.over_days),
            count=t("lending.loans", count=one.loans),
            figure=exact(one.principal_minor, currency),
            provision=t("lending.provided", amount=exact(one.provision_minor, currency)) if one.provision_minor else "",
            share=f"{one.principal_minor * 100 // most}%",
            is_late=one.over_days >= 0,
        )
        for one, upto in zip(found, bounds, strict=True)
    ]


def _share(ppm: int) -> str:
    """Millionths as `9.4 %`."""
    return f"{ppm // 10_000}.{ppm // 1_000 % 10} %"
