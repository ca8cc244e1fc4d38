"""Bank statements: upload, columns, check, then on to matching."""

from typing import Any

import reflex as rx

from app.domain.groups.permissions import Permission
from app.domain.reconciliation.bank.views import ACCOUNTS
from app.kit.i18n import t
from app.web.components import banner, button, card, dialog, form, heading, icon, message, phases, pill
from app.web.components.parts import steps, tile, tiles, upload_form
from app.web.layouts import desk_shell
from app.web.place import if_may
from app.web.presenters.bank import ROLES, ColumnRow, FileRow, StatementRow
from app.web.treasurer.states.bank import BankState

ACCEPTED = ".csv,.xlsx,.ofx,.qfx,.sta,.mt940,.940,.xml,.txt,text/csv,text/plain,application/xml"
STYLES = "/bank.css"


def bank() -> rx.Component:
    state = BankState
    return desk_shell(
        rx.el.link(rel="stylesheet", href=STYLES),
        heading(t("bank.title"), t("bank.note"), matching_link()),
        message(state.problem, state.problem_field, state.done),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=rx.el.div(
                card(rx.el.div(_steps(), class_name="card-b bank__steps")),
                rx.cond(state.file.id != "", _file()),
                if_may(Permission.CONFIRM_PAYMENTS, rx.cond(state.file.id == "", _upload())),
                _files(),
                class_name="stack",
            ),
        ),
        _back_dialog(),
        active="/matching",
    )


def matching_link() -> rx.Component:
    return rx.el.a(icon("back", size="m"), t("matching.title"), href="/matching", class_name="btn btn--quiet")


def _steps() -> Any:
    names = [t("bank.step.upload"), t("bank.step.columns"), t("bank.step.check"), t("bank.step.match")]
    step = rx.cond(BankState.file.id == "", 0, BankState.file.step)
    return rx.match(step, (1, steps(names, 1)), (2, steps(names, 2)), steps(names, 0))


def _upload() -> rx.Component:
    state = BankState
    return card(
        rx.el.div(rx.el.h2(t("bank.choose")), class_name="card-h"),
        rx.el.p(t("bank.choose_note"), class_name="card-b muted small"),
        upload_form(
            rx.el.div(
                rx.el.label(t("bank.account"), html_for="account"),
                rx.el.select(
                    *[rx.el.option(t(f"account.{code}"), value=code) for code in ACCOUNTS],
                    name="account",
                    id="account",
                    class_name="input",
                ),
                class_name="field",
            ),
            action="/statement-files",
            accept=ACCEPTED,
            problem=state.problem,
            problem_field=state.problem_field,
        ),
    )


def status(row: Any) -> Any:
    """A file's state with its sign."""
    return rx.match(
        row.tone,
        ("ok", pill(row.state_words, kind="ok", sign="check")),
        ("warn", pill(row.state_words, kind="warn", sign="warn")),
        ("bad", pill(row.state_words, kind="bad", sign="warn")),
        pill(row.state_words, sign="clock"),
    )


def _file() -> rx.Component:
    file = BankState.file
    return rx.el.div(
        card(
            rx.el.div(
                rx.el.h2(file.name),
                rx.el.span(file.account, ", ", file.at, class_name="small muted"),
                status(file),
                class_name="card-h",
            ),
            rx.match(
                file.state,
                ("queued", _reading()),
                ("failed", _failed()),
                ("unmapped", if_may(Permission.CONFIRM_PAYMENTS, _columns())),
                ("withdrawn", _withdrawn()),
                _checked(),
            ),
        ),
        class_name="stack",
        custom_attrs={"data-file": file.state},
    )


def _reading() -> rx.Component:
    file = BankState.file
    return rx.el.div(
        rx.el.p(file.detail, role="status"),
        rx.el.div(rx.el.i(style={"width": file.share}), class_name="bank__bar", custom_attrs={"aria-hidden": "true"}),
        rx.el.p(t("bank.may_leave"), class_name="small muted"),
        class_name="card-b stack stack--8",
    )


def _failed() -> rx.Component:
    return rx.el.div(
        banner(rx.el.strong(t("bank.failed")), BankState.file.fault, kind="bad", sign="warn"),
        rx.el.a(t("bank.another"), href="/bank", class_name="btn btn--secondary"),
        class_name="card-b stack",
    )


def _withdrawn() -> rx.Component:
    return rx.el.div(
        rx.el.p(t("bank.withdrawn_note")),
        rx.el.a(t("bank.another"), href="/bank", class_name="btn btn--secondary"),
        class_name="card-b stack",
    )


def _back() -> rx.Component:
    return if_may(Permission.CONFIRM_PAYMENTS, button(t("bank.take_back"), kind="quiet", on_click=BankState.ask_back))


def _back_dialog() -> rx.Component:
    state = BankState
    return dialog(
        state.asks_back,
        t("bank.back_title"),
        rx.el.p(t("bank.back_note")),
        message(state.problem, state.problem_field, ""),
        rx.el.div(
            button(t("bank.take_back"), kind="danger", on_click=state.take_back, auto_focus=True),
            button(t("bank.keep"), kind="quiet", on_click=state.leave_back),
            class_name="acts",
        ),
    )


def _columns() -> rx.Component:
    state = BankState
    heads = ("bank.col.file", "bank.col.values", "bank.col.goes")
    return rx.el.div(
        rx.el.p(t("bank.columns_note"), class_name="card-b small muted"),
        rx.el.div(
            rx.el.label(t("bank.header"), html_for="header"),
            rx.el.select(
                rx.foreach(state.headers, lambda row: rx.el.option(row.label, value=row.line)),
                id="header",
                name="header",
                value=state.header,
                on_change=state.choose_header,
                class_name="input",
            ),
            class_name="field card-b",
        ),
        form(
            rx.el.table(
                rx.el.thead(rx.el.tr(*[rx.el.th(t(key)) for key in heads])),
                rx.el.tbody(rx.foreach(state.columns, _column)),
                class_name="tbl stackable bank__columns",
            ),
            rx.cond(
                state.problem_field == "roles",
                rx.el.div(banner(state.problem, kind="bad", sign="warn"), class_name="card-b", role="alert"),
            ),
            rx.el.div(
                rx.el.span(t("bank.remembered"), class_name="small muted"),
                _back(),
                rx.el.span(button(t("bank.columns_save"), kind="primary", type="submit"), class_name="end"),
                class_name="card-f",
            ),
            on_submit=state.save_columns,
            class_name="",
            key=state.form_key,
        ),
    )


def _column(row: ColumnRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.label(row.header, html_for=row.name, class_name="strong")),
        rx.el.td(row.samples, class_name="muted"),
        rx.el.td(
            rx.el.select(
                rx.el.option(t("bank.unused"), value=""),
                *[rx.el.option(t(f"bank.role.{role}"), value=role) for role in ROLES],
                name=row.name,
                id=row.name,
                default_value=row.role,
                class_name="input",
            )
        ),
    )


def _checked() -> rx.Component:
    file = BankState.file
    return rx.el.div(
        tiles(
            tile(t("bank.new"), file.added, t("bank.new_note"), name="added"),
            tile(t("bank.known"), file.known, t("bank.known_note"), name="known"),
        ),
        rx.cond(
            BankState.other_number != "",
            rx.el.div(banner(BankState.other_number, kind="warn", sign="warn"), class_name="card-b"),
        ),
        rx.foreach(BankState.statements, _statement),
        rx.el.div(
            rx.el.a(t("bank.another"), href="/bank", class_name="btn btn--quiet"),
            _back(),
            rx.el.span(rx.el.a(t("bank.to_match"), href="/matching", class_name="btn btn--primary"), class_name="end"),
            class_name="card-f",
        ),
    )


def _statement(row: StatementRow) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.b(row.held_at),
            rx.cond(
                row.is_balanced, pill(row.chain, kind="ok", sign="check"), pill(row.chain, kind="warn", sign="warn")
            ),
            class_name="bank__held",
        ),
        rx.el.dl(
            rx.el.div(rx.el.dt(t("bank.period")), rx.el.dd(row.period)),
            rx.el.div(rx.el.dt(t("bank.opening")), rx.el.dd(row.currency, " ", row.opening, class_name="num")),
            rx.el.div(rx.el.dt(t("bank.closing")), rx.el.dd(row.currency, " ", row.closing, class_name="num")),
            class_name="bank__facts",
        ),
        rx.cond(row.left_out != "", rx.el.p(row.left_out, class_name="small muted")),
        class_name="bank__statement",
    )


def _files() -> rx.Component:
    state = BankState
    return rx.cond(
        state.files.length() > 0,
        card(
            rx.el.div(rx.el.h2(t("bank.files")), class_name="card-h"),
            rx.el.ul(rx.foreach(state.files, _file_line), class_name="log"),
        ),
    )


def _file_line(row: FileRow) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            rx.el.span(
                rx.el.span(row.name, class_name="row__title"),
                rx.el.span(row.account, ", ", row.at, class_name="row__sub"),
                rx.cond(row.fault != "", rx.el.span(row.fault, class_name="row__sub")),
                rx.cond(row.detail != "", rx.el.span(row.detail, class_name="row__sub")),
                class_name="row__main",
            ),
            rx.el.span(status(row), class_name="row__end"),
            href=row.href,
            class_name="row",
        )
    )
