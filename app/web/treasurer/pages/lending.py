"""The group's loans: four figures, the loans, and how late they are."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import banner, card, empty, heading, phases
from app.web.components.parts import tabs, tile, tiles
from app.web.layouts import desk_shell
from app.web.member.pages.loan_apply import STYLES
from app.web.member.pages.loans import pill_of
from app.web.place import PlaceState
from app.web.treasurer.states.lending import TABS, AgeLine, ComingLine, LendingState, LoanLine


def lending() -> rx.Component:
    state = LendingState
    return desk_shell(
        rx.el.link(rel="stylesheet", href=STYLES),
        heading(
            t("loans.title"),
            state.note,
            rx.cond(
                PlaceState.role == "admin",
                rx.el.a(t("terms.title"), href="/lending/terms", class_name="btn btn--secondary"),
            ),
        ),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=rx.el.div(
                _figures(),
                rx.el.div(_loans(), rx.el.div(_ageing(), _coming(), class_name="stack"), class_name="cols cols--work"),
                class_name="stack",
            ),
            empty=card(
                rx.cond(
                    PlaceState.has.contains("loans"),  # pyright: ignore[reportAttributeAccessIssue]
                    empty(t("lending.none_title"), t("lending.none")),
                    rx.cond(
                        PlaceState.role == "admin",
                        empty(t("lending.begin_title"), t("lending.begin_admin"), _begin()),
                        empty(t("lending.begin_title"), t("lending.begin")),
                    ),
                )
            ),
        ),
        active="/lending",
    )


def _begin() -> rx.Component:
    return rx.el.a(t("lending.set_terms"), href="/lending/terms", class_name="btn btn--primary")


def _money(figure: rx.Var[str]) -> rx.Component:
    return rx.el.span(rx.el.span(LendingState.currency, class_name="c"), " ", figure)


def _figures() -> rx.Component:
    state = LendingState
    lent = rx.el.a(_money(state.lent), href="/books", class_name="ev")
    return card(
        tiles(
            tile(t("lending.lent"), lent, state.lent_note, name="lent"),
            tile(t("lending.risk"), state.risk, state.risk_note, name="risk"),
            tile(state.due_label, _money(state.due), state.due_note, name="due"),
            tile(t("lending.cash"), _money(state.cash), t("lending.cash_note"), name="cash"),
        )
    )


def _loans() -> rx.Component:
    state = LendingState
    return card(
        tabs(
            *(
                (
                    rx.fragment(t(f"lending.tab.{one}"), " ", rx.el.span(state.counts[place], class_name="muted")),
                    state.tab == one,
                    state.choose(one),
                )
                for place, one in enumerate(TABS)
            )
        ),
        rx.cond(
            state.lines.length() > 0,
            rx.el.div(
                rx.el.table(
                    rx.el.thead(
                        rx.el.tr(
                            rx.el.th(t("lending.loan")),
                            rx.el.th(t("lending.who")),
                            rx.el.th(t("lending.left"), class_name="num"),
                            rx.el.th(t("lending.when")),
                            rx.el.th(t("lending.state")),
                        )
                    ),
                    rx.el.tbody(rx.foreach(state.lines, _line)),
                    rx.el.tfoot(
                        rx.el.tr(
                            rx.el.td(""),
                            rx.el.td(rx.el.span(t("lending.total"), class_name="strong")),
                            rx.el.td(state.total, class_name="num"),
                            rx.el.td(""),
                            rx.el.td(""),
                        )
                    ),
                    class_name="tbl stackable",
                ),
                class_name="tbl-box",
            ),
            rx.el.p(t("lending.none_here"), class_name="card-b muted"),
        ),
    )


def _line(row: LoanLine) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.no, class_name="muted"),
        rx.el.td(
            rx.el.a(row.name, href=rx.Var.create("/lending/loan?id=") + row.id, class_name="strong"),
            rx.el.span(row.purpose, class_name="row__sub"),
        ),
        rx.el.td(row.figure, class_name="num"),
        rx.el.td(row.due),
        rx.el.td(pill_of(row.pill)),
    )


def _ageing() -> rx.Component:
    state = LendingState
    return card(
        rx.el.div(rx.el.h2(t("lending.ageing")), rx.el.span(t("lending.ageing_note"), class_name="muted small"),
                  class_name="card-h"),
        rx.el.ul(rx.foreach(state.ages, _age), class_name="ageing"),
        rx.el.div(banner(rx.el.p(state.formula), rx.cond(state.changed != "", rx.el.p(state.changed)),
                         rx.el.p(state.provisions)), class_name="card-b"),
    )  # fmt: skip


def _age(row: AgeLine) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.span(rx.el.b(row.label), " ", rx.el.span(row.count, class_name="muted small")),
            rx.el.b(row.figure, class_name="num"),
        ),
        rx.el.div(
            rx.el.i(style={"width": row.share}, class_name=rx.cond(row.is_late, "late", "")),
            class_name="meter",
            custom_attrs={"aria-hidden": "true"},
        ),
        rx.cond(row.provision != "", rx.el.span(row.provision, class_name="muted small")),
    )


def _coming() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(t("lending.coming")),
            rx.el.span(t("lending.coming_note"), class_name="muted small"),
            class_name="card-h",
        ),
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(t("lending.month")),
                    rx.el.th(t("loan.instalments"), class_name="num"),
                    rx.el.th(t("loan.to_pay"), class_name="num"),
                )
            ),
            rx.el.tbody(rx.foreach(LendingState.coming, _month)),
            class_name="tbl tight",
        ),
    )


def _month(row: ComingLine) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.label), rx.el.td(row.count, class_name="num"), rx.el.td(row.figure, class_name="num strong")
    )
