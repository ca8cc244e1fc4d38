"""The bell with its count, and the list of notifications that both shells show."""

import reflex as rx

from app.kit.i18n import t
from app.web.components.basics import button, empty, linkbutton
from app.web.components.icons import icon
from app.web.components.screens import phases
from app.web.member.states.notices import NoticesState
from app.web.place import PlaceState
from app.web.presenters.notices import NoticeRow

SIGNS = ("check", "cross", "clock", "coins", "people")


def bell(href: str) -> rx.Component:
    """A link to the list."""
    return rx.el.a(icon("bell", size="m"), bell_words(), href=href, class_name="appbar__icon bell")


def bell_words() -> rx.Component:
    """The count of what is new; said as words too, and again when it changes."""
    return rx.fragment(
        rx.cond(
            PlaceState.unread > 0,
            rx.el.b(
                rx.cond(PlaceState.unread > 99, "99+", PlaceState.unread.to_string()),
                class_name="bell__count",
                custom_attrs={"aria-hidden": "true"},
            ),
        ),
        rx.el.span(PlaceState.bell, class_name="vh", custom_attrs={"aria-live": "polite"}),
    )


def _row(row: NoticeRow) -> rx.Component:
    sign = rx.match(row.sign, *[(name, icon(name, size="m")) for name in SIGNS], icon("info", size="m"))
    return rx.el.li(
        rx.el.button(
            rx.el.span(sign, class_name=rx.match(row.sign, ("check", "dot dot--ok"), "dot")),
            rx.el.span(
                rx.el.span(
                    row.before,
                    rx.cond(row.amount != "", rx.el.span(row.amount, class_name="amount")),
                    row.after,
                    class_name=rx.cond(row.is_new, "row__title", "row__title row__title--read"),
                ),
                rx.el.span(row.when, class_name="row__sub"),
                class_name="row__main",
            ),
            rx.cond(row.is_new, rx.el.span(rx.el.span(t("notices.new"), class_name="vh"), class_name="news")),
            type="button",
            class_name="row row--press",
            on_click=NoticesState.open(row.id),
        )
    )


def _ready() -> rx.Component:
    return rx.el.div(
        rx.cond(
            NoticesState.has_new,
            rx.el.p(linkbutton(t("notices.read_all"), on_click=NoticesState.read_all), class_name="news__all"),
        ),
        rx.el.ul(rx.foreach(NoticesState.rows, _row), class_name="card card--flush"),
        rx.cond(NoticesState.has_more, button(t("notices.more"), on_click=NoticesState.more)),
        class_name="stack",
    )


def notice_list() -> rx.Component:
    return phases(
        NoticesState.phase,
        NoticesState.problem,
        NoticesState.load,
        ready=_ready(),
        empty=empty(t("notices.empty_title"), t("notices.empty")),
    )
