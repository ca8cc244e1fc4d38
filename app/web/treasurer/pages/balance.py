"""Bank and books: the difference line by line, and the close of a month."""

import reflex as rx

from app.domain.groups.permissions import Permission
from app.kit.i18n import t
from app.web.components import (
    button,
    card,
    dialog,
    empty,
    field,
    form,
    heading,
    icon,
    linkbutton,
    message,
    phases,
    pill,
)
from app.web.layouts import desk_shell
from app.web.place import if_may, may
from app.web.presenters.balance import AccountRow, ClosedRow, ItemRow, SumRow
from app.web.treasurer.pages.bank import STYLES, matching_link
from app.web.treasurer.states.balance import BalanceState


def balance() -> rx.Component:
    state = BalanceState
    return desk_shell(
        rx.el.link(rel="stylesheet", href=STYLES),
        heading(t("balance.title"), t("balance.note"), matching_link()),
        rx.cond(state.asking == "", message(state.problem, state.problem_field, state.done)),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=rx.el.div(
                _month(),
                rx.cond(
                    state.accounts.length() > 0,
                    rx.foreach(state.accounts, _account),
                    card(empty(t("balance.empty_title"), t("balance.empty"))),
                ),
                _close(),
                _closed(),
                class_name="stack",
            ),
        ),
        _ask_close(),
        _ask_opening(),
        _ask_said(),
        _explain(),
        active="/matching",
    )


def _month() -> rx.Component:
    state = BalanceState

    def step(by: int, words: str, is_there: rx.Var[bool], class_name: str) -> rx.Component:
        return rx.el.button(
            icon("chevron", size="m"),
            rx.el.span(words, class_name="vh"),
            type="button",
            disabled=~is_there,
            on_click=state.turn(by),
            class_name=class_name,
        )

    return rx.el.div(
        step(-1, t("balance.month_before"), state.has_before, "bank__step bank__step--back"),
        rx.el.h2(state.title),
        step(1, t("balance.month_after"), state.has_after, "bank__step"),
        rx.el.p(state.note, class_name="small muted"),
        class_name="months",
    )


def _one(label: str, value: rx.Var[str], note: rx.Var[str] | str, name: str) -> rx.Component:
    return rx.el.div(
        rx.el.dt(label),
        rx.el.dd(value, class_name="v", custom_attrs={"data-figure": name}),
        rx.el.dd(note, class_name="n"),
        class_name="equation__one",
    )


def _account(row: AccountRow) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(row.title),
            rx.cond(
                row.is_explained,
                pill(row.verdict, kind="ok", sign="check"),
                pill(row.verdict, kind="warn", sign="warn"),
            ),
            class_name="card-h",
        ),
        rx.el.dl(
            _one(t("balance.bank"), row.bank, row.bank_note, "bank"),
            rx.el.i("−", custom_attrs={"aria-hidden": "true"}),
            _one(t("balance.books"), row.books, row.books_note, "books"),
            rx.el.i("=", custom_attrs={"aria-hidden": "true"}),
            _one(t("balance.difference"), row.difference, row.currency, "difference"),
            rx.el.div(
                rx.el.dt(t("balance.unexplained")),
                rx.el.dd(row.unexplained, class_name="v", custom_attrs={"data-figure": "unexplained"}),
                class_name="equation__one equation__end",
            ),
            class_name="equation",
        ),
        rx.cond((row.ask != "") & (BalanceState.status == "over"), if_may(Permission.COUNT_MONEY, _say(row))),
        rx.foreach(row.sums, lambda one: _sum(row, one)),
        custom_attrs={"data-account": row.account},
    )


def _say(row: AccountRow) -> rx.Component:
    return rx.el.div(
        rx.el.p(row.ask, class_name="small"),
        button(t("balance.say"), on_click=BalanceState.ask("say:" + row.account)),
        class_name="balance__close balance__say",
    )


def _ask_said() -> rx.Component:
    state = BalanceState
    return dialog(
        state.asking.startswith("say:"),
        state.ask_words,
        message(state.problem, state.problem_field, state.done),
        form(
            field(
                state.stated_label,
                "stated",
                input_mode="decimal",
                auto_complete="off",
                auto_focus=True,
                problem=state.problem,
                problem_field=state.problem_field,
            ),
            rx.el.div(
                button(t("balance.say_save"), kind="primary", type="submit"),
                button(t("collections.cancel"), kind="quiet", on_click=state.leave),
                class_name="acts",
            ),
            on_submit=state.say,
        ),
    )


def _sum(row: AccountRow, one: SumRow) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            rx.el.span(icon("chevron", size="s"), class_name="chev"),
            rx.cond(
                one.is_explained,
                rx.el.span(one.title),
                rx.el.span(icon("warn", size="s"), one.title, class_name="warned"),
            ),
            rx.el.span(one.figure, class_name="num"),
        ),
        rx.el.p(one.note, class_name="card-b small muted"),
        rx.cond(
            (one.what == "before") & row.may_open,
            if_may(
                Permission.CLOSE_PERIODS,
                rx.el.div(
                    button(t("balance.open"), kind="secondary", on_click=BalanceState.ask("open:" + row.account)),
                    class_name="card-b acts",
                ),
            ),
        ),
        rx.el.ul(rx.foreach(one.listed, lambda item: _item(row, item)), class_name="log"),
        rx.cond(one.more != "", rx.el.p(one.more, class_name="card-b small muted")),
        class_name="diff",
        open=one.is_open,
        custom_attrs={"data-what": one.what},
    )


def _item(row: AccountRow, one: ItemRow) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.el.span(one.what, class_name="row__title"),
            rx.el.span(one.detail, class_name="row__sub"),
            rx.cond(one.reason != "", rx.el.span(t("balance.because"), " ", one.reason, class_name="row__sub")),
            class_name="row__main",
        ),
        rx.el.span(
            rx.el.span(one.figure, class_name="num strong"),
            rx.el.span(
                rx.cond(one.href != "", rx.el.a(one.link, href=one.href, class_name="link")),
                rx.cond(
                    (one.seq != "") & may(Permission.CLOSE_PERIODS),
                    linkbutton(
                        rx.cond(one.is_explained, t("balance.explain_anew"), t("balance.explain")),
                        on_click=BalanceState.ask(row.account + ":" + one.seq),  # pyright: ignore[reportOperatorIssue]
                    ),
                ),
                class_name="acts",
            ),
            class_name="row__end",
        ),
        class_name="row",
    )


def _close() -> rx.Component:
    state = BalanceState
    return card(
        rx.el.div(
            rx.el.p(
                rx.match(
                    state.status,
                    ("closed", icon("lock", size="s")),
                    ("running", icon("clock", size="s")),
                    rx.cond(state.is_ready, icon("check", size="s"), icon("warn", size="s")),
                ),
                state.close_note,
                class_name=rx.cond((state.status == "over") & ~state.is_ready, "small warned", "small acts"),
            ),
            rx.cond(
                state.status == "over",
                if_may(
                    Permission.CLOSE_PERIODS,
                    button(state.close_label, kind="primary", disabled=~state.is_ready, on_click=state.ask("close")),
                ),
            ),
            class_name="balance__close",
        )
    )


def _ask_close() -> rx.Component:
    state = BalanceState
    return dialog(
        state.asking == "close",
        state.close_label,
        message(state.problem, state.problem_field, state.done),
        rx.el.p(t("balance.close_note")),
        rx.el.div(
            button(state.close_label, kind="primary", on_click=state.close),
            button(t("collections.cancel"), kind="quiet", on_click=state.leave),
            class_name="acts",
        ),
    )


def _ask_opening() -> rx.Component:
    state = BalanceState
    return dialog(
        state.asking.startswith("open:"),
        t("balance.open"),
        message(state.problem, state.problem_field, state.done),
        rx.el.p(state.ask_words),
        rx.el.div(
            button(t("balance.open_now"), kind="primary", on_click=state.book_opening),
            button(t("collections.cancel"), kind="quiet", on_click=state.leave),
            class_name="acts",
        ),
    )


def _explain() -> rx.Component:
    state = BalanceState
    is_other = (state.asking == "close") | state.asking.startswith("say:") | state.asking.startswith("open:")
    return dialog(
        (state.asking != "") & ~is_other,
        t("balance.explain_title"),
        message(state.problem, state.problem_field, state.done),
        form(
            field(
                t("matching.reason"),
                "reason",
                hint=t("balance.explain_hint"),
                auto_complete="off",
                auto_focus=True,
                problem=state.problem,
                problem_field=state.problem_field,
            ),
            rx.el.div(
                button(t("balance.explain_save"), kind="primary", type="submit"),
                button(t("collections.cancel"), kind="quiet", on_click=state.leave),
                class_name="acts",
            ),
            on_submit=state.explain,
        ),
    )


def _closed() -> rx.Component:
    state = BalanceState
    return rx.cond(
        state.closed.length() > 0,
        card(
            rx.el.div(rx.el.h2(t("balance.closed")), class_name="card-h"),
            rx.el.ul(rx.foreach(state.closed, _closed_row), class_name="log"),
        ),
    )


def _closed_row(row: ClosedRow) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.el.span(t("balance.through"), " ", row.month, class_name="row__title"),
            rx.el.span(row.by, class_name="row__sub"),
            class_name="row__main",
        ),
        rx.cond(
            row.href != "", rx.el.span(rx.el.a(row.entry, href=row.href, class_name="link"), class_name="row__end")
        ),
        class_name="row",
    )
