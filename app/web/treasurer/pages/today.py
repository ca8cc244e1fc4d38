"""Today: the four figures, the regions, who has not paid."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import card, empty, heading, phases, pill
from app.web.layouts import desk_shell
from app.web.treasurer.states.today import RegionLine, TodayState, UnpaidLine


def today() -> rx.Component:
    return desk_shell(
        heading(
            t("today.title"),
            TodayState.date_line,
            rx.cond(
                TodayState.waiting_count > 0,
                rx.el.a(TodayState.confirm_label, href="/payments", class_name="btn btn--primary"),
            ),
        ),
        phases(TodayState.phase, TodayState.problem, TodayState.load, ready=_ready()),
        active="/today",
    )


def _tile(
    name: str, label: str, value: rx.Component, note: rx.Component | rx.Var[str] | str, sign: str = ""
) -> rx.Component:
    return rx.el.div(
        rx.el.dt(*([rx.el.span(class_name=f"sw {sign}")] if sign else []), label),
        rx.el.dd(value, class_name="v", custom_attrs={"data-figure": name}),
        rx.el.dd(note, class_name="n"),
        class_name="tile",
    )


def _money(code: rx.Var[str], figure: rx.Var[str]) -> rx.Component:
    return rx.el.a(rx.el.span(code, class_name="c"), " ", figure, href="/books", class_name="ev")


def _figures() -> rx.Component:
    return card(
        rx.el.dl(
            _tile("members", t("today.members"), rx.el.span(TodayState.members), t("today.members_note")),
            _tile("regions", t("today.regions"), rx.el.span(TodayState.regions), t("today.regions_note")),
            _tile(
                "confirmed",
                t("today.confirmed"),
                _money(TodayState.currency, TodayState.confirmed),
                TodayState.confirmed_note,
                "f-ok",
            ),
            _tile(
                "pending",
                t("today.pending"),
                rx.el.a(
                    rx.el.span(TodayState.currency, class_name="c"),
                    " ",
                    TodayState.pending,
                    href="/collections",
                    class_name="ev",
                ),
                TodayState.pending_note,
                "f-wait",
            ),
            class_name="tiles",
        ),
        rx.el.div(
            rx.el.div(
                rx.el.i(class_name="f-ok", style={"width": TodayState.confirmed_percent}),
                rx.el.i(class_name="f-wait", style={"width": TodayState.waiting_percent}),
                class_name="shares",
                role="img",
                custom_attrs={"aria-label": TodayState.bar_words},
            ),
            rx.el.div(
                rx.el.span(rx.el.i(class_name="sw f-ok"), t("today.legend_confirmed")),
                rx.el.span(rx.el.i(class_name="sw f-wait"), t("today.legend_waiting")),
                rx.el.span(rx.el.i(class_name="sw"), t("today.legend_unpaid")),
                class_name="legend",
                style={"marginTop": "8px"},
            ),
            class_name="card-b",
        ),
    )


def _region(row: RegionLine) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.rank, class_name="muted"),
        rx.el.td(row.region),
        rx.el.td(
            rx.el.div(
                rx.el.i(class_name="f-ok", style={"width": row.confirmed_percent}),
                rx.el.i(class_name="f-wait", style={"width": row.waiting_percent}),
                class_name="shares",
                custom_attrs={"aria-hidden": "true"},
            )
        ),
        rx.el.td(row.figure, class_name="num"),
        rx.el.td(row.paid, class_name="num muted"),
    )


def _ranking() -> rx.Component:
    return card(
        rx.el.div(rx.el.h2(t("today.ranking")), class_name="card-h"),
        rx.el.div(
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th(rx.el.span(t("today.rank"), class_name="vh")),
                        rx.el.th(t("today.county")),
                        rx.el.th(rx.el.span(t("today.legend_confirmed"), class_name="vh"), style={"width": "22%"}),
                        rx.el.th(TodayState.currency, class_name="num"),
                        rx.el.th(t("today.paid"), class_name="num"),
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
        rx.el.div(
            rx.el.span(
                rx.el.span(row.name, class_name="row__title"),
                rx.el.span(row.detail, class_name="row__sub"),
                class_name="row__main",
            ),
            rx.el.span(
                rx.el.span(row.figure, class_name="amount"),
                rx.cond(row.is_late, pill(t("today.late"), kind="bad", sign="warn")),
                class_name="row__end",
            ),
            class_name="row",
        )
    )


def _not_paid() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(t("today.unpaid"), " ", rx.el.span(TodayState.unpaid_members, class_name="muted")),
            rx.el.a(t("today.see_all"), href="/collections", class_name="link"),
            class_name="card-h",
        ),
        rx.cond(
            TodayState.unpaid.length() > 0,
            rx.el.ul(rx.foreach(TodayState.unpaid, _unpaid)),
            rx.el.p(t("today.everyone_paid"), class_name="card-b muted"),
        ),
    )


def _ready() -> rx.Component:
    return rx.el.div(
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
                        rx.el.a(t("today.open_call"), href="/collections", class_name="btn btn--primary"),
                    ),
                    empty(
                        t("today.no_members_title"),
                        t("today.no_members"),
                        rx.el.a(t("today.import"), href="/import", class_name="btn btn--primary"),
                    ),
                )
            ),
        ),
        class_name="stack",
    )
