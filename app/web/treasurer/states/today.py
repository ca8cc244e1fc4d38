"""Today: the four figures, what waits, who has not paid, the regions; of one contribution or of all."""

from dataclasses import dataclass

import reflex as rx

from app.domain.contributions import reading as contributions
from app.domain.contributions.views import CallView, TodayView, UnpaidRow
from app.domain.contributions.views import RegionRow as RegionView
from app.domain.reports.to_do import Waiting, count_waiting
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.web.presenters.amounts import exact, tile
from app.web.presenters.dates import day, long_day
from app.web.screen import Screen, parse_id
from app.web.session import event


@dataclass(frozen=True)
class Choice:
    value: str
    words: str


@dataclass(frozen=True)
class RegionLine:
    """A bar is as long as what was asked (`whole_percent`, of the region that was asked most), filled by what came:
    order, bar and figure are one measure. Where nothing came yet there is no rank.
    """

    rank: str
    region: str
    figure: str
    paid: str
    whole_percent: str
    confirmed_percent: str
    waiting_percent: str


@dataclass(frozen=True)
class UnpaidLine:
    """`call` is empty where all rows are of one contribution."""

    member_id: str
    name: str
    detail: str
    call: str
    figure: str
    reference: str
    is_late: bool


def region_lines(ranking: tuple[RegionView, ...], currency: str) -> list[RegionLine]:
    most = max((view.expected_minor for view in ranking), default=0)
    return [region_line(view, currency, most) for view in ranking]


def region_line(view: RegionView, currency: str, most_minor: int) -> RegionLine:
    whole = max(view.expected_minor, 1)
    return RegionLine(
        rank=f"{view.rank}." if view.confirmed_minor else "",
        region=view.region or t("region.none"),
        figure=exact(view.confirmed_minor, currency).removesuffix(".00"),
        paid=t("today.paid_of", paid=view.paid_dues, members=view.dues),
        whole_percent=f"{100 * view.expected_minor / max(most_minor, 1):.1f}%",
        confirmed_percent=f"{100 * view.confirmed_minor / whole:.1f}%",
        waiting_percent=f"{100 * view.waiting_minor / whole:.1f}%",
    )


def call_words(view: CallView) -> str:
    return t("today.call", title=view.title, day=day(view.due_on))


def paid_words(view: TodayView) -> str:
    """How many of the dues are paid; members, where one contribution is shown, have one due each."""
    if not view.dues:
        return t("today.nothing_asked")
    key = "today.confirmed_note" if view.call or len(view.calls) < 2 else "today.confirmed_dues_note"
    words = t(key, paid=view.paid_dues, count=view.dues, members=view.dues)
    return words + (t("today.in_part", count=view.part_paid_dues) if view.part_paid_dues else "")


def unpaid_line(view: UnpaidRow, currency: str, *, names_call: bool) -> UnpaidLine:
    return UnpaidLine(
        member_id=str(view.member_id),
        name=view.name,
        detail=f"{view.member_no}, {view.region or t('region.none')}",
        call=t("today.call", title=view.title, day=day(view.due_on)) if names_call else "",
        figure=exact(view.unpaid_minor, currency),
        reference=view.reference[:4] + "-" + view.reference[4:],
        is_late=view.is_overdue,
    )


@dataclass(frozen=True)
class ToDo:
    """So many of something wait; `href` leads to them."""

    words: str
    count: str
    href: str


def to_do(view: Waiting) -> list[ToDo]:
    """What there is of it."""
    lines = (
        (t("today.do.lines"), view.lines, "/matching"),
        (t("today.do.accepted"), view.accepted, "/matching?tab=accepted"),
        (t("today.do.claims"), view.claims, "/claims"),
    )
    return [ToDo(words, str(count), href) for words, count, href in lines if count]


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
    unpaid_words: str = ""
    paid_head: str = ""
    call_id: str = ""
    confirmed_href: str = "/books"
    pending_href: str = "/collections"
    choices: list[Choice] = []
    has_call: bool = False
    has_members: bool = False
    confirm_label: str = ""
    ranking: list[RegionLine] = []
    unpaid: list[UnpaidLine] = []
    to_do: list[ToDo] = []

    @event("treasurer")
    async def load(self):
        """`?call=` shows one contribution alone."""
        await self._look(self.router.url.query_parameters.get("call", ""), arrives=True)

    @event("treasurer")
    async def choose(self, call_id: str):
        """One contribution, or all when it is empty."""
        await self._look(call_id)

    async def _look(self, wanted: str, *, arrives: bool = False) -> None:
        async with self._reading(arrives=arrives) as (session, actor):
            await self._read(session, actor, wanted)

    @event("treasurer")
    async def refresh(self):
        """Something changed in the group."""
        async with self._refreshing() as (session, actor):
            await self._read(session, actor, self.call_id)

    async def _read(self, session: Session, actor: Actor, wanted: str) -> None:
        call_id = parse_id(wanted) if wanted else None
        view = await contributions.today(session, actor, call_id=call_id)
        unpaid = await contributions.list_unpaid(session, actor, call_id=call_id)
        self.call_id = wanted
        self.confirmed_href = f"/collections?paid={wanted}" if wanted else "/books"
        self.pending_href = f"/collections?call={wanted}" if wanted else "/collections"
        self._show(view)
        self._show_calls(view)
        self._show_unpaid(view, unpaid)
        self.to_do = to_do(await count_waiting(session, actor))
        self.phase = "ready"

    def _show_calls(self, view: TodayView) -> None:
        several = len(view.calls) > 1
        shown = view.call or (view.calls[0] if len(view.calls) == 1 else None)
        date_line = long_day(view.today)
        if shown:
            date_line += ". " + call_words(shown)
        elif several:
            date_line += ". " + t("today.calls", count=len(view.calls))
        self.date_line = date_line
        every = [Choice("", t("today.all_calls"))]
        self.choices = [*every, *(Choice(str(one.id), call_words(one)) for one in view.calls)] if several else []
        self.paid_head = t("today.paid") if shown else t("today.dues_paid")

    def _show_unpaid(self, view: TodayView, unpaid: list[UnpaidRow]) -> None:
        names_call = view.call is None and len(view.calls) > 1
        if names_call:
            self.pending_note = t("today.pending_dues_note", count=view.waiting_count, unpaid=len(unpaid))
        key = "today.unpaid_dues" if names_call else "today.unpaid_members"
        self.unpaid_words = t(key, count=len(unpaid), members=view.unpaid_members) if unpaid else ""
        self.unpaid = [unpaid_line(row, view.currency, names_call=names_call) for row in unpaid[:8]]

    def _show(self, view: TodayView) -> None:
        whole = view.confirmed_minor + view.pending_minor
        unpaid_minor = view.pending_minor - view.waiting_minor
        self.currency = view.currency
        self.members, self.regions = str(view.members), str(view.regions)
        self.confirmed, self.pending = (
            tile(view.confirmed_minor, view.currency),
            tile(view.pending_minor, view.currency),
        )
        self.confirmed_note = paid_words(view)
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
        self.waiting_count = view.waiting_count
        self.confirm_label = t("today.to_confirm", count=view.waiting_count)
        self.has_members = view.members > view.officers
        self.has_call = bool(view.calls)
        self.ranking = region_lines(view.ranking, view.currency)
