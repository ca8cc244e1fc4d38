"""One loan at the desk."""

import reflex as rx

from app.domain.groups.permissions import Permission
from app.kit.i18n import t
from app.web.components import banner, button, card, choice, dialog, field, form, heading, message, phases
from app.web.components.decisions import circle
from app.web.components.loan_payments import payments
from app.web.fresh_code import code_dialog
from app.web.layouts import desk_shell
from app.web.member.pages.loan import change, guarantor, paper, told
from app.web.member.pages.loan_apply import STYLES
from app.web.member.pages.loans import pill_of
from app.web.new_schedule import schedule_form
from app.web.place import if_may
from app.web.presenters.loans import InstalmentRow
from app.web.treasurer.states.loan_file import LoanFileState
from app.web.treasurer.states.money_out import Choice


def loan_file() -> rx.Component:
    state = LoanFileState
    return desk_shell(
        rx.el.link(rel="stylesheet", href=STYLES),
        heading(
            rx.cond(state.phase == "ready", state.face.asks, t("loan.title")),
            rx.el.span(state.face.title, rx.cond(state.face.purpose != "", rx.fragment(": ", state.face.purpose))),
            rx.cond(state.phase == "ready", pill_of(state.face.pill)),
            rx.el.a(t("loans.title"), href="/lending", class_name="btn btn--secondary"),
        ),
        rx.cond(
            (state.code_title == "") & (state.asking == ""),
            rx.el.div(
                message(state.problem, state.problem_field, state.done),
                rx.cond(
                    (state.receipt_href != "") & (state.done != ""),
                    rx.el.a(t("loan.receipt"), href=state.receipt_href, class_name="link"),
                ),
            ),
        ),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=rx.el.div(
                rx.el.div(_acts(), _history(), _record(), _bounds(), _guarantors(), _signatures(), class_name="stack"),
                rx.el.div(_schedule(), _payments(), _papers(), class_name="stack"),
                class_name="cols cols--work",
            ),
        ),
        code_dialog(
            state,
            rx.cond(state.code_act == "pay_out", t("loan.pay_out_note"), t("out.code_note")),
            rx.cond(state.code_act == "pay_out", _handed_out()),
            confirm=state.confirm,
            leave=state.leave,
            label=rx.cond(state.code_act == "pay_out", t("loan.pay_out_now"), t("out.do_now")),
        ),
        _write_off(),
        _reschedule(),
        active="/lending",
    )


def _handed_out() -> rx.Component:
    """What the money out binds to, once more."""
    state = LoanFileState
    return rx.fragment(
        rx.el.dl(rx.foreach(state.handing, told), rx.foreach(state.cost, told), class_name="kv kv--line small"),
        rx.cond(
            state.face.conditions != "",
            rx.el.p(rx.el.strong(t("loan.conditions")), ": ", state.face.conditions, class_name="small"),
        ),
    )


def _acts() -> rx.Component:
    state = LoanFileState
    return rx.fragment(
        rx.cond(
            state.face.conditions != "",
            banner(rx.el.strong(t("loan.conditions")), rx.el.p(state.face.conditions), kind="warn", sign="warn"),
        ),
        rx.cond(
            (state.face.state == "approved") & ~state.face.is_mine,
            if_may(Permission.PROPOSE_DECISIONS, _pay_out()),
        ),
        rx.cond(
            ((state.face.state == "active") | (state.face.recover != "")) & ~state.face.is_mine,
            if_may(Permission.RECORD_CASH, _repay()),
        ),
    )


def _history() -> rx.Component:
    """What changed, and what is asked to change."""
    state = LoanFileState
    return rx.fragment(
        rx.cond(
            state.asked != "",
            banner(rx.el.p(state.asked), rx.el.a(t("loan.to_sign"), href="/to-sign", class_name="link"), sign="clock"),
        ),
        rx.cond(
            state.history.length() > 0,
            card(
                rx.el.div(rx.el.h2(t("loan.history")), class_name="card-h"),
                rx.el.ul(rx.foreach(state.history, change)),
            ),
        ),
    )


def _method(one: Choice) -> rx.Component:
    return rx.el.option(one.label, value=one.value)


def _pay_out() -> rx.Component:
    state = LoanFileState
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    return card(
        rx.el.div(
            rx.el.h2(t("loan.pay_out")),
            rx.el.span(state.face.closes, " ", state.face.offer, class_name="muted small"),
            class_name="card-h",
        ),
        rx.cond(state.face.hand != "", rx.el.p(state.face.hand, class_name="card-b strong")),
        form(
            choice(t("out.method"), "method", rx.foreach(state.methods, _method), **wrong),
            rx.cond(
                state.face.conditions != "",
                rx.el.label(
                    rx.el.input(type="checkbox", name="met", class_name="tick"), rx.el.span(t("loan.met"))
                ),
            ),
            rx.el.div(button(t("loan.pay_out_now"), kind="primary", type="submit")),
            on_submit=state.disburse,
            class_name="loan-acts",
        ),
    )  # fmt: skip


def _repay() -> rx.Component:
    state = LoanFileState
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    return card(
        rx.el.div(
            rx.el.h2(t("loan.left"), " ", state.face.left),
            rx.cond(
                state.face.recover != "",
                rx.el.span(state.face.recover, class_name="muted small"),
                rx.el.span(state.face.next_words, " ", rx.el.b(state.face.next), class_name="muted small"),
            ),
            class_name="card-h",
        ),
        form(
            field(
                t("loan.cash"),
                "amount",
                input_mode="decimal",
                auto_complete="off",
                default_value=state.amount,
                on_change=lambda typed: LoanFileState.type_amount(typed, LoanFileState.form_key).debounce(600),
                **wrong,
            ),
            field(
                t("pay.paid_on"),
                "paid_on",
                type="date",
                min=state.first_day,
                max=state.today,
                default_value=state.paid_on,
                on_change=lambda typed: LoanFileState.type_day(typed, LoanFileState.form_key).debounce(350),
                **wrong,
            ),
            rx.cond(
                state.shares.length() > 0,
                rx.el.div(
                    rx.el.dl(rx.foreach(state.shares, told), class_name="parts"),
                    rx.el.p(state.preview_note, class_name="small muted"),
                    class_name="stack stack--8",
                    custom_attrs={"aria-live": "polite"},
                ),
            ),
            rx.el.div(
                button(t("loan.record_now"), kind="primary", type="submit"),
                rx.cond(state.face.state == "active", if_may(Permission.PROPOSE_DECISIONS, _proposals())),
                class_name="acts",
            ),
            on_submit=state.record_payment,
            class_name="loan-acts",
            key=state.form_key,
        ),
    )


def _proposals() -> rx.Component:
    state = LoanFileState
    return rx.fragment(
        rx.cond(state.asked == "", button(t("loan.new_schedule"), kind="quiet", on_click=state.ask("reschedule"))),
        button(t("loan.write_off"), kind="quiet", on_click=state.ask("write_off")),
    )


def _record() -> rx.Component:
    state = LoanFileState
    return card(
        rx.el.div(
            rx.el.h2(t("loan.record.title")),
            rx.el.a(t("loan.record.open"), href=rx.Var.create("/member?id=") + state.member_id, class_name="link"),
            class_name="card-h",
        ),
        rx.el.dl(rx.foreach(state.record, told), class_name="parts"),
    )


def _bounds() -> rx.Component:
    state = LoanFileState
    return rx.cond(
        (state.face.state == "signing") | (state.face.state == "approved"),
        card(
            rx.el.div(rx.el.h2(state.limit), class_name="card-h"),
            rx.cond(
                state.reasons.length() > 0,
                rx.el.div(banner(rx.el.ul(rx.foreach(state.reasons, rx.el.li)), kind="bad", sign="warn"),
                          class_name="card-b"),
            ),
            rx.el.dl(rx.foreach(state.bounds, told), class_name="parts"),
        ),
    )  # fmt: skip


def _guarantors() -> rx.Component:
    state = LoanFileState
    return rx.cond(
        state.guarantors.length() > 0,
        card(
            rx.el.div(
                rx.el.h2(t("loan.guarantors")),
                rx.el.span(t("loan.released"), class_name="muted small"),
                class_name="card-h",
            ),
            rx.el.ul(rx.foreach(state.guarantors, guarantor)),
        ),
    )


def _signatures() -> rx.Component:
    state = LoanFileState
    return rx.cond(
        state.circles.length() > 0,
        card(
            rx.el.div(
                rx.el.h2(t("loan.signatures")), rx.el.span(state.signed, class_name="muted small"), class_name="card-h"
            ),
            rx.el.ul(rx.foreach(state.circles, circle), class_name="signers"),
            rx.cond(state.may_set_conditions, if_may(Permission.PROPOSE_DECISIONS, _conditions())),
            rx.cond(
                state.may_sign,
                rx.el.div(rx.el.a(t("loan.to_sign"), href="/to-sign", class_name="btn btn--primary"),
                          class_name="card-b"),
            ),
        ),
    )  # fmt: skip


def _conditions() -> rx.Component:
    state = LoanFileState
    return form(
        field(
            t("loan.conditions"),
            "conditions",
            hint=t("loan.conditions_hint"),
            auto_complete="off",
            default_value=state.conditions,
            problem=state.problem,
            problem_field=state.problem_field,
        ),
        rx.el.div(button(t("loan.conditions_set"), type="submit")),
        on_submit=state.set_conditions,
        class_name="loan-acts",
    )


def _schedule() -> rx.Component:
    state = LoanFileState
    return card(
        rx.el.div(
            rx.el.h2(t("loan.instalments")),
            rx.el.span(state.face.detail, class_name="muted small"),
            class_name="card-h",
        ),
        rx.el.div(
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th(t("loan.no")),
                        rx.el.th(t("apply.on")),
                        rx.el.th(t("loan.principal"), class_name="num"),
                        rx.el.th(t("apply.of_interest"), class_name="num"),
                        rx.el.th(t("loan.to_pay"), class_name="num"),
                    )
                ),
                rx.el.tbody(rx.foreach(state.rows, _row)),
                class_name="tbl tight plan",
            ),
            class_name="tbl-box",
            tab_index=0,
            role="group",
            custom_attrs={"aria-label": t("loan.instalments")},
        ),
        rx.cond(
            state.face.entry != "",
            rx.el.p(
                rx.el.a(
                    t("out.entry"), " ", state.face.entry,
                    href=rx.Var.create("/books?entry=") + state.face.entry,
                    class_name="link",
                ),
                class_name="card-b",
            ),
        ),
        rx.cond(
            state.cost.length() > 0,
            rx.fragment(
                rx.el.h3(state.cost_title, class_name="card-h"),
                rx.el.dl(rx.foreach(state.cost, told), class_name="parts"),
            ),
        ),
    )  # fmt: skip


def _payments() -> rx.Component:
    state = LoanFileState
    return rx.cond(
        state.payments.length() > 0,
        card(
            rx.el.div(rx.el.h2(t("paper.loan_payments")), class_name="card-h"),
            *payments(state.payments, state.earlier, "/receipts?id="),
        ),
    )


def _papers() -> rx.Component:
    state = LoanFileState
    return rx.cond(
        state.papers.length() > 0,
        card(
            rx.el.div(rx.el.h2(t("paper.loan_papers")), class_name="card-h"),
            rx.el.ul(rx.foreach(state.papers, paper)),
        ),
    )


def _row(row: InstalmentRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.n, class_name="muted"),
        rx.el.td(
            row.due,
            rx.cond(
                row.receipt != "",
                rx.el.span(
                    rx.el.a(row.pill.word, href=rx.Var.create("/receipts?id=") + row.receipt), class_name="row__sub"
                ),
                rx.cond(row.pill.word != "", rx.el.span(row.pill.word, class_name="row__sub")),
            ),
            rx.cond(row.rest != "", rx.el.span(row.rest, class_name="row__sub")),
            rx.cond(row.note != "", rx.el.span(row.note, class_name="row__sub")),
        ),
        rx.el.td(row.principal, class_name="num"),
        rx.el.td(
            row.interest,
            rx.cond(row.penalties != "", rx.el.span("+ ", row.penalties, class_name="row__sub warned")),
            class_name="num",
        ),
        rx.el.td(row.total, class_name="num strong"),
    )


def _write_off() -> rx.Component:
    state = LoanFileState
    return dialog(
        (state.asking == "write_off") & (state.code_title == ""),
        t("loan.write_off"),
        rx.el.p(t("loan.write_off_note"), class_name="muted small"),
        message(state.problem, state.problem_field, state.done),
        form(
            field(
                t("payments.reason"),
                "note",
                problem=state.problem,
                problem_field=state.problem_field,
                default_value=state.reason,
                auto_focus=True,
                auto_complete="off",
            ),
            _propose("danger"),
            on_submit=state.write_off,
        ),
    )


def _reschedule() -> rx.Component:
    state = LoanFileState
    return dialog(
        (state.asking == "reschedule") & (state.code_title == ""),
        t("loan.new_schedule"),
        message(state.problem, state.problem_field, state.done),
        schedule_form(state, _propose("primary"), on_submit=state.reschedule),
    )


def _propose(kind: str) -> rx.Component:
    return rx.el.div(
        button(t("loan.propose"), kind=kind, type="submit"),
        button(t("signing.keep"), kind="quiet", on_click=LoanFileState.leave),
        class_name="acts",
    )
