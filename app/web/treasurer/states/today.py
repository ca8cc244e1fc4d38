"""Today: the four figures, what waits, who has not paid, the regions."""

from dataclasses import dataclass

import reflex as rx

from app.domain.contributions import reading as contributions
from app.domain.contributions.views import RegionRow as RegionView
from app.domain.contributions.views import TodayView, UnpaidRow
from app.kit.i18n import t
from app.web.place import load_place
from app.web.presenters.amounts import exact, tile
from app.web.presenters.dates import day, long_day
from app.web.screen import Screen
from app.web.session import event


@dataclass(frozen=True)
class RegionLine:
    rank: str
    region: str
    figure: str
    paid: str
    confirmed_percent: str
    waiting_percent: str


@dataclass(frozen=True)
class UnpaidLine:
    member_id: str
    name: str
    detail: str
    figure: str
    reference: str
    is_late: bool


def region_line(view: RegionView, currency: str) -> RegionLine:
    whole = max(view.expected_minor, 1)
    return RegionLine(
        rank=str(view.rank),
        region=view.region or t("region.none"),
        figure=exact(view.confirmed_minor, currency).removesuffix(".00"),
        paid=t("today.paid_of", paid=view.paid_members, members=view.members),
        confirmed_percent=f"{100 * view.confirmed_minor / whole:.1f}%",
        waiting_percent=f"{100 * view.waiting_minor / whole:.1f}%",
    )


def unpaid_line(view: UnpaidRow, currency: str) -> UnpaidLine:
    return UnpaidLine(
        member_id=str(view.member_id),
        name=view.name,
        detail=f"{view.member_no}, {view.region or t('region.none')}",
        figure=exact(view.unpaid_minor, currency),
        reference=view.reference[:4] + "-" + view.reference[4:],
        is_late=view.is_overdue,
    )


class TodayState(Screen, rx.State):
    date_line: str = ""
    currency: str = ""
    members: str = ""
    regions: str = ""
    confirmed: str = ""
    confirmed_note: str = ""
    pending: str = ""
    pending_note: str = ""
    confirmed_percent: str = "0%"
    waiting_percent: str = "0%"
    bar_words: str = ""
    waiting_count: int = 0
    unpaid_members: int = 0
    has_call: bool = False
    has_members: bool = False
    confirm_label: str = ""
    ranking: list[RegionLine] = []
    unpaid: list[UnpaidLine] = []

    @event("treasurer")
    async def load(self):
        await load_place(self)
        async with self._reading() as (session, actor):
            view = await contributions.today(session, actor)
            unpaid = await contributions.list_unpaid(session, actor)
            self._show(view)
            self.date_line = long_day(view.today)
            if view.newest_call:
                self.date_line += ". " + t("today.call", title=view.newest_call.title, day=day(view.newest_call.due_on))
            self.unpaid = [unpaid_line(row, view.currency) for row in unpaid[:8]]
            self.phase = "ready"

    def _show(self, view: TodayView) -> None:
        whole = view.confirmed_minor + view.pending_minor
        unpaid_minor = view.pending_minor - view.waiting_minor
        self.currency = view.currency
        self.members, self.regions = str(view.members), str(view.regions)
        self.confirmed, self.pending = (
            tile(view.confirmed_minor, view.currency),
            tile(view.pending_minor, view.currency),
        )
        paid_members = sum(row.paid_members for row in view.ranking)
        self.confirmed_note = t("today.confirmed_note", paid=paid_members, members=view.members)
        self.pending_note = t("today.pending_note", count=view.waiting_count, unpaid=view.unpaid_members)
        self.confirmed_percent = f"{100 * view.confirmed_minor / max(whole, 1):.2f}%"
        self.waiting_percent = f"{100 * view.waiting_minor / max(whole, 1):.2f}%"
        self.bar_words = t(
            "today.bar",
            confirmed=tile(view.confirmed_minor, view.currency),
            waiting=tile(view.waiting_minor, view.currency),
            unpaid=tile(unpaid_minor, view.currency),
            currency=view.currency,
        )
        self.waiting_count, self.unpaid_members = view.waiting_count, view.unpaid_members
        self.confirm_label = t("today.to_confirm", count=view.waiting_count)
        self.has_members = view.members > 2
        self.has_call = view.newest_call is not None
        self.ranking = [region_line(row, view.currency) for row in view.ranking]
