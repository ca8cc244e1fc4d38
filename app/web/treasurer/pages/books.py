"""Books: trial balance, journal, entry."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import (
    banner,
    button,
    card,
    choice,
    download,
    field,
    form,
    heading,
    icon,
    linkbutton,
    message,
    phases,
    pill,
)
from app.web.components.parts import chain, tabs
from app.web.components.verified import verified_link
from app.web.layouts import desk_shell
from app.web.treasurer.pages.counts import counts
from app.web.treasurer.states.books import BalanceRow, BooksState, EntryRow, LineRow


def books() -> rx.Component:
    return desk_shell(
        heading(
            t("books.title"),
            BooksState.note,
            download(
                rx.match(
                    BooksState.tab,
                    ("journal", rx.Var.create("/reports?what=transactions&account=") + BooksState.only_code),
                    rx.Var.create("/reports?what=balance&until=") + BooksState.as_of_day,
                )
            ),
            rx.cond(
                BooksState.verified != "",
                verified_link(BooksState.verified, BooksState.verified_kind, "/books/verified"),
            ),
        ),
        message(BooksState.problem, BooksState.problem_field, BooksState.done),
        phases(BooksState.phase, BooksState.problem, BooksState.load, ready=_ready()),
        active="/books",
    )


def _ready() -> rx.Component:
    return rx.el.div(
        card(
            tabs(
                (t("books.balance"), BooksState.tab == "balance", BooksState.show_balance),
                (t("books.journal"), BooksState.tab == "journal", BooksState.show_journal("")),
                (t("counts.title"), BooksState.tab == "counts", BooksState.show_counts),
            ),
            rx.match(
                BooksState.tab,
                ("balance", rx.fragment(_as_of(), _balance())),
                ("counts", counts()),
                _journal(),
            ),
        ),
        _entry(),
        class_name="cols cols--books",
    )


def _figure(row: BalanceRow, figure: rx.Var[str]) -> rx.Component:
    return rx.el.td(
        rx.cond(
            figure != "",
            rx.el.button(
                rx.el.span(row.account, " ", class_name="vh"),
                figure,
                type="button",
                class_name="ev",
                on_click=BooksState.show_journal(row.code),
            ),
        ),
        class_name="num",
    )


def _balance_row(row: BalanceRow) -> rx.Component:
    return rx.fragment(
        rx.cond(
            row.heading != "",
            rx.el.tr(rx.el.td(row.heading, col_span=4), class_name="heading"),
        ),
        rx.el.tr(
            rx.el.td(row.code, class_name="muted"),
            rx.el.td(row.account),
            _figure(row, row.debit),
            _figure(row, row.credit),
        ),
    )


def _as_of() -> rx.Component:
    """Which day, on which of the two clocks."""
    state = BooksState
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    return rx.el.div(
        form(
            choice(
                t("books.clock"),
                "clock",
                rx.el.option(t("books.clock_day"), value="day"),
                rx.el.option(t("books.clock_moment"), value="moment"),
                value=state.clock,
                on_change=state.choose_clock,
            ),
            field(t("books.on"), "on", type="date", default_value=state.on, key=f"on-{state.on}", **wrong),
            # always there, so that the form has it: an absent field is sent as null, which no handler takes
            rx.el.div(
                field(t("books.at"), "at", type="time", default_value=state.at, key=f"at-{state.at}", **wrong),
                hidden=state.clock != "moment",
            ),
            rx.el.div(
                button(t("books.show"), type="submit"),
                rx.cond(state.as_of != "", linkbutton(t("books.now"), on_click=state.show_now)),
                class_name="acts",
            ),
            on_submit=state.show_as_of,
            class_name="period period--wide",
        ),
        rx.cond(state.as_of != "", banner(state.as_of)),
        class_name="counts",
    )


def _balance() -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(t("books.no")),
                    rx.el.th(t("books.account")),
                    rx.el.th(BooksState.debit_label, class_name="num"),
                    rx.el.th(BooksState.credit_label, class_name="num"),
                )
            ),
            rx.el.tbody(rx.foreach(BooksState.balances, _balance_row)),
            rx.el.tfoot(
                rx.el.tr(
                    rx.el.td(
                        rx.cond(
                            BooksState.is_equal,
                            rx.el.span(icon("check", size="s"), t("books.equal"), class_name="equal"),
                            rx.el.span(icon("warn", size="s"), t("books.unequal"), class_name="equal equal--not"),
                        )
                    ),
                    rx.el.td(t("books.total")),
                    rx.el.td(BooksState.debit, class_name="num"),
                    rx.el.td(BooksState.credit, class_name="num"),
                )
            ),
            class_name="tbl",
        ),
        class_name="tbl-box",
    )


def _entry_row(row: EntryRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.button(
                row.seq,
                rx.el.span(" ", row.what, class_name="vh"),
                type="button",
                class_name="linkbtn",
                on_click=BooksState.open_entry(row.seq),
            ),
        ),
        rx.el.td(
            rx.el.span(row.what, class_name="strong"),
            rx.el.span(row.detail, class_name="sub"),
            rx.cond(row.receipt != "", rx.el.span(row.receipt, class_name="sub mono")),
            rx.cond(
                row.is_reversal,
                pill(row.note, kind="bad", sign="cross"),
                rx.cond(row.note != "", rx.el.span(row.note, class_name="sub")),
            ),
        ),
        rx.el.td(
            rx.el.span(
                row.figure,
                class_name=rx.match(row.way, ("out", "amount amount--out"), ("in", "amount amount--in"), "amount"),
            ),
            rx.el.span(
                rx.match(row.way, ("out", t("books.out")), ("in", t("books.in")), t("books.moved")), class_name="sub"
            ),
            class_name="num",
        ),
        rx.cond(row.balance != "", rx.el.td(row.balance, class_name="num")),
        class_name=rx.cond(BooksState.sheet.seq == row.seq, "opens sel", "opens"),
    )


def _journal() -> rx.Component:
    return rx.el.div(
        rx.cond(
            BooksState.only != "",
            rx.el.div(
                rx.el.span(BooksState.only, class_name="small strong"),
                button(t("books.all"), kind="quiet", on_click=BooksState.show_journal("")),
                class_name="card-h",
            ),
        ),
        rx.cond(
            BooksState.entries.length() > 0,
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th(t("books.no")),
                        rx.el.th(t("books.what")),
                        rx.el.th(t("books.in_or_out"), class_name="num"),
                        rx.cond(BooksState.only != "", rx.el.th(t("books.balance_after"), class_name="num")),
                    )
                ),
                rx.el.tbody(rx.foreach(BooksState.entries, _entry_row)),
                class_name="tbl",
            ),
            rx.el.p(t("books.empty"), class_name="muted", style={"padding": "16px"}),
        ),
        rx.cond(
            BooksState.has_more,
            rx.el.div(button(t("books.more"), on_click=BooksState.more), class_name="card-f"),
        ),
    )


def _line(row: LineRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.account), rx.el.td(row.debit, class_name="num"), rx.el.td(row.credit, class_name="num")
    )


def _entry() -> rx.Component:
    sheet = BooksState.sheet
    return card(
        rx.cond(
            sheet.seq == "",
            rx.el.p(t("books.pick"), class_name="muted", style={"padding": "16px"}),
            rx.el.div(
                rx.el.div(
                    rx.el.h2(BooksState.entry_title),
                    rx.el.span(sheet.recorded, class_name="small muted"),
                    class_name="card-h",
                ),
                rx.el.div(
                    rx.el.p(sheet.what, ". ", sheet.note),
                    rx.cond(sheet.reason != "", rx.el.p(sheet.reason, class_name="strong")),
                    rx.cond(sheet.by != "", rx.el.p(sheet.by, class_name="small muted")),
                    rx.cond(
                        sheet.receipt_id != "",
                        rx.el.a(
                            sheet.receipt_number,
                            href=rx.Var.create("/receipts?id=") + sheet.receipt_id,
                            class_name="link",
                        ),
                    ),
                    rx.cond(
                        sheet.line != "",
                        rx.el.a(
                            sheet.line,
                            href=rx.Var.create("/matching?tab=confirmed&line=") + sheet.line_id,
                            class_name="link",
                        ),
                    ),
                    class_name="card-b",
                ),
                rx.el.div(
                    rx.el.table(
                        rx.el.thead(
                            rx.el.tr(
                                rx.el.th(t("books.account")),
                                rx.el.th(BooksState.debit_label, class_name="num"),
                                rx.el.th(BooksState.credit_label, class_name="num"),
                            )
                        ),
                        rx.el.tbody(rx.foreach(BooksState.lines, _line)),
                        rx.el.tfoot(
                            rx.el.tr(
                                rx.el.td(t("books.total")),
                                rx.el.td(sheet.total, class_name="num"),
                                rx.el.td(sheet.total, class_name="num"),
                            )
                        ),
                        class_name="tbl",
                    ),
                    class_name="tbl-box",
                ),
                rx.el.div(
                    chain((sheet.previous_seq, sheet.previous), (sheet.seq, sheet.short), (sheet.next_seq, sheet.next)),
                    rx.el.p(t("books.chain"), class_name="small muted"),
                    rx.el.p(sheet.whole_hash, class_name="mono tiny", style={"overflowWrap": "anywhere"}),
                    rx.el.p(sheet.recorded_line, class_name="small muted"),
                    class_name="card-b stack stack--8",
                    style={"paddingTop": "16px"},
                ),
            ),
        )
    )
