"""Today: the four figures, the regions, who has not paid."""

from typing import Any

import reflex as rx

from app.domain.groups.permissions import Permission
from app.kit.i18n import t
from app.web.components import card, empty, heading, phases, pill
from app.web.components.charts import ranking_chart
from app.web.components.parts import legend, shares, swatch, tile, tiles
from app.web.layouts import desk_shell
from app.web.place import PlaceState, if_may, may
from app.web.treasurer.states.today import Choice, RegionLine, TodayState, UnpaidLine


def today() -> rx.Component:
    return desk_shell(
        heading(
            t("today.title"),
            TodayState.date_line,
            rx.cond(TodayState.choices.length() > 0, _choose()),
            rx.cond(
                (TodayState.waiting_count > 0) & may(Permission.CONFIRM_PAYMENTS),
                rx.el.a(TodayState.confirm_label, href="/payments", class_name="btn btn--primary"),
            ),
        ),
        phases(TodayState.phase, TodayState.problem, TodayState.load, ready=_ready()),
        active="/today",
    )


def _choose() -> rx.Component:
    """Which contribution the figures are of."""
    return rx.el.select(
        rx.foreach(TodayState.choices, _choice),
        value=TodayState.call_id,
        on_change=TodayState.choose,
        class_name="input choose",
        custom_attrs={"aria-label": t("today.choose")},
    )


def _choice(one: Choice) -> rx.Component:
    return rx.el.option(one.words, value=one.value)


def _money(figure: rx.Var[str], href: rx.Var[str]) -> rx.Component:
    return rx.el.a(rx.el.span(TodayState.currency, class_name="c"), " ", figure, href=href, class_name="ev")


def _figures() -> rx.Component:
    return card(
        tiles(
            tile(t("today.members"), TodayState.members, t("today.members_note"), name="members"),
            tile(PlaceState.regions_word, TodayState.regions, t("today.regions_note"), name="regions"),
            tile(
                t("today.confirmed"),
                _money(TodayState.confirmed, TodayState.confirmed_href),
                TodayState.confirmed_note,
                name="confirmed",
                sign=swatch("f-ok"),
            ),
            tile(
                t("today.pending"),
                _money(TodayState.pending, TodayState.pending_href),
                TodayState.pending_note,
                name="pending",
                sign=rx.fragment(rx.cond(TodayState.waiting_count > 0, swatch("f-wait")), swatch()),
            ),
        ),
        rx.el.div(
            shares(TodayState.confirmed_percent, TodayState.waiting_percent, words=TodayState.bar_words),
            legend(t("today.legend_confirmed"), t("today.legend_waiting"), t("today.legend_unpaid")),
            class_name="card-b stack stack--8",
        ),
    )


def _region(row: RegionLine) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.rank, class_name="muted"),
        rx.el.td(row.region),
        rx.el.td(
            rx.el.div(shares(row.confirmed_percent, row.waiting_percent), style={"width": row.whole_percent}),
            class_name="small-bar",
        ),
        rx.el.td(row.figure, class_name="num"),
        rx.el.td(row.paid, class_name="num muted"),
    )


def _ranking() -> rx.Component:
    return card(
        rx.el.div(rx.el.h2(PlaceState.ranking_word), class_name="card-h"),
        ranking_chart(
            TodayState.ranking,
            confirmed=t("today.legend_confirmed"),
            waiting=t("today.legend_waiting"),
            unpaid=t("today.legend_unpaid"),
        ),
        rx.el.div(
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th(rx.el.span(t("today.rank"), class_name="vh")),
                        rx.el.th(PlaceState.region_word),
                        rx.el.th(
                            rx.el.span(t("today.legend_confirmed"), class_name="vh"),
                            style={"width": "22%"},
                            class_name="small-bar",
                        ),
                        rx.el.th(TodayState.currency, class_name="num"),
                        rx.el.th(TodayState.paid_head, class_name="num"),
                    )
                ),
                rx.el.tbody(rx.foreach(TodayState.ranking, _region)),
                class_name="tbl tight",
            ),
            class_name="tbl-box",
        ),
    )


def _unpaid(row: UnpaidLine) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            rx.el.span(
                rx.el.span(row.name, class_name="row__title"),
                rx.cond(row.call != "", rx.el.span(row.call, class_name="row__sub")),
                rx.el.span(row.detail, class_name="row__sub"),
                class_name="row__main",
            ),
            rx.el.span(
                rx.el.span(row.figure, class_name="amount"),
                rx.cond(row.is_late, pill(t("today.late"), kind="bad", sign="warn")),
                class_name="row__end",
            ),
            href=rx.Var.create("/member?id=") + row.member_id,
            class_name="row",
        )
    )


def _not_paid() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(t("today.unpaid"), " ", rx.el.span(TodayState.unpaid_words, class_name="muted small")),
            rx.el.a(t("today.see_all"), href=TodayState.pending_href, class_name="link"),
            rx.el.a(
                t("report.download"),
                href=rx.Var.create("/reports?what=overdue&call=") + TodayState.call_id,
                class_name="link",
            ),
            class_name="card-h",
        ),
        rx.cond(
            TodayState.unpaid.length() > 0,
            rx.el.ul(rx.foreach(TodayState.unpaid, _unpaid)),
            rx.el.p(t("today.everyone_paid"), class_name="card-b muted"),
        ),
    )


def _to_do() -> rx.Component:
    """What waits for the reader; nothing where nothing does."""
    own = [
        (PlaceState.to_confirm, t("today.do.payments"), "/payments"),
        (PlaceState.to_sign, t("today.do.sign"), "/to-sign"),
    ]
    payments, signing = (rx.cond(count > 0, _do(words, count, href)) for count, words, href in own)
    waits = (TodayState.to_do.length() > 0) | (PlaceState.to_confirm > 0) | (PlaceState.to_sign > 0)
    others = rx.foreach(TodayState.to_do, lambda one: _do(one.words, one.count, one.href))
    return rx.cond(
        waits & may(Permission.CONFIRM_PAYMENTS),
        rx.el.section(rx.el.h2(t("today.to_do")), rx.el.ul(payments, others, signing), class_name="card tasks"),
    )


def _do(words: Any, count: Any, href: Any) -> rx.Component:
    return rx.el.li(rx.el.a(rx.el.b(count, class_name="waits"), rx.el.span(words), href=href))


def _ready() -> rx.Component:
    return rx.el.div(
        _to_do(),
        _figures(),
        rx.cond(
            TodayState.has_call,
            rx.el.div(_ranking(), _not_paid(), class_name="cols cols--work"),
            card(
                rx.cond(
                    TodayState.has_members,
                    empty(
                        t("today.no_call_title"),
                        t("today.no_call"),
                        if_may(
                            Permission.OPEN_CALLS,
                            rx.el.a(t("today.open_call"), href="/collections", class_name="btn btn--primary"),
                        ),
                    ),
                    empty(
                        t("today.no_members_title"),
                        t("today.no_members"),
                        if_may(
                            Permission.IMPORT_MEMBERS,
                            rx.el.div(
                                rx.el.a(t("today.import"), href="/import", class_name="btn btn--primary"),
                                rx.el.a(t("today.invite"), href="/joining", class_name="btn btn--secondary"),
                                rx.el.a(t("today.add_by_hand"), href="/members", class_name="btn btn--quiet"),
                                class_name="acts",
                            ),
                        ),
                    ),
                )
            ),
        ),
        class_name="stack",
    )
