"""One loan on a phone: for its borrower, who stands for it, and who signs it."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import banner, button, card, dialog, field, form, icon, message, phases
from app.web.components.basics import PlainLink, Text
from app.web.components.decisions import circle
from app.web.components.loan_payments import payments
from app.web.components.parts import copy_row, disclosure
from app.web.components.sent import back_dialog, rejected_banner, sent_rows
from app.web.layouts import phone_shell
from app.web.member.pages.loan_apply import STYLES
from app.web.member.pages.loans import pill_of
from app.web.member.states.loan import LoanState
from app.web.new_schedule import schedule_form
from app.web.presenters.loans import ChangeRow, GuarantorRow, InstalmentRow, PaperRow, Told


def loan() -> rx.Component:
    state = LoanState
    return phone_shell(
        rx.el.link(rel="stylesheet", href=STYLES),
        rx.cond(state.phase == "ready", rx.fragment(), rx.el.h1(t("loan.title"), class_name="vh")),
        phases(state.phase, state.problem, state.load, ready=_ready()),
        active="/loans",
        back="/loans",
    )


def _ready() -> rx.Component:
    state = LoanState
    return rx.el.div(
        rx.cond(state.face.left != "", _owed(), _asked()),
        message(state.problem, state.problem_field, state.done),
        back_dialog(state, state.take_payment_back, state.keep),
        _more(),
        rejected_banner(state),
        rx.cond(state.reasons.length() > 0, _reasons()),
        rx.cond(
            state.face.conditions != "",
            banner(rx.el.strong(t("loan.conditions")), rx.el.p(state.face.conditions), kind="warn", sign="warn"),
        ),
        rx.cond(
            state.said_no != "",
            banner(
                rx.el.p(state.said_no),
                rx.el.a(t("loan.name_another"), href="/loans/apply", class_name="link"),
                kind="bad",
                sign="warn",
            ),
        ),
        _acts(),
        rx.cond(state.record.length() > 0, told_section(t("loan.record.title"), state.record)),
        rx.cond(state.record.length() > 0, told_section(t("loan.bounds"), state.bounds)),
        rx.cond(state.face.left != "", _instalments()),
        rx.cond(state.sent.length() > 0, sent_rows(state.sent, state.ask_back)),
        rx.cond(state.face.is_mine & ((state.face.payoff != "") | (state.face.recover != "")), _pay()),
        rx.cond(state.face.is_mine & (state.face.payoff != ""), _hard()),
        rx.cond(state.payments.length() > 0, _payments()),
        rx.cond(state.history.length() > 0, changes(state.history)),
        _guarantors(),
        _signatures(),
        rx.cond(state.face.left == "", _instalments()),
        rx.cond(state.cost.length() > 0, told_section(state.cost_title, state.cost)),
        rx.cond(
            state.papers.length() > 0,
            rx.el.section(
                rx.el.h2(t("paper.loan_papers")),
                rx.el.ul(rx.foreach(state.papers, paper), class_name="card card--flush"),
                class_name="section",
            ),
        ),
        class_name="stack",
        style={"gap": "24px"},
    )


def _asked() -> rx.Component:
    face = LoanState.face
    return rx.el.section(
        rx.el.div(
            rx.el.h1(rx.cond(face.is_mine, face.title, face.asks)), pill_of(face.pill), class_name="decision__head"
        ),
        rx.el.p(face.detail, class_name="strong"),
        rx.el.p(face.purpose, class_name="muted"),
        rx.cond(face.closes != "", rx.el.p(face.closes, class_name="small strong")),
        rx.cond(face.offer != "", rx.el.p(face.offer, class_name="small")),
        class_name="card loan-cost",
    )


def _owed() -> rx.Component:
    face = LoanState.face
    return rx.el.section(
        rx.el.div(rx.el.h1(face.title), pill_of(face.pill), class_name="decision__head"),
        rx.el.span(t("loan.left"), class_name="figure__label"),
        rx.el.span(face.left, class_name="figure__value amount"),
        rx.el.span(face.left_note, class_name="figure__sub"),
        rx.el.div(rx.el.i(style={"width": face.done}), class_name="meter", custom_attrs={"aria-hidden": "true"}),
        rx.el.p(rx.el.b(face.done_words), rx.el.span(face.last, class_name="muted"), class_name="apart small"),
        rx.cond(
            face.next != "",
            rx.el.p(
                rx.el.span(face.next_words, class_name="muted"),
                rx.el.b(face.next, class_name="amount"),
                class_name="apart",
            ),
        ),
        rx.cond(
            face.payoff != "",
            rx.el.p(t("loan.payoff"), " ", rx.el.b(face.payoff, class_name="amount"), ".", class_name="small muted"),
        ),
        rx.cond(face.recover != "", rx.el.p(face.recover, class_name="small muted")),
        rx.el.p(face.purpose, class_name="small"),
        rx.cond(face.met != "", rx.el.p(t("loan.conditions"), ": ", face.met, class_name="small")),
        rx.cond(face.out != "", rx.el.p(face.out, ".", class_name="small muted")),
        rx.cond(LoanState.waits != "", rx.el.p(LoanState.waits, ".", class_name="small")),
        class_name="card loan-cost",
    )


def _reasons() -> rx.Component:
    return banner(
        rx.el.strong(t("apply.not_yet")),
        rx.el.ul(rx.foreach(LoanState.reasons, rx.el.li)),
        kind="bad",
        sign="warn",
    )


def _acts() -> rx.Component:
    state = LoanState
    return rx.el.div(
        rx.cond(state.may_ask, button(t("loan.ask"), kind="primary", on_click=state.ask)),
        rx.cond(state.may_send, button(t("loan.send"), kind="primary", on_click=state.send)),
        rx.cond(state.may_sign, rx.el.a(t("loan.to_sign"), href="/sign", class_name="btn btn--primary")),
        rx.cond(
            state.face.is_mine & ((state.face.state == "draft") | (state.face.state == "asked")),
            rx.el.a(t("loan.change"), href="/loans/apply", class_name="btn btn--secondary"),
        ),
        rx.cond(state.may_take_back, button(t("out.take_back"), kind="quiet", on_click=state.take_back)),
        class_name="stack stack--8",
    )


def told(row: Told) -> rx.Component:
    return rx.el.div(rx.el.dt(row.label), rx.el.dd(row.value))


def told_section(title: Text, rows: rx.Var[list[Told]]) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title), card(rx.el.dl(rx.foreach(rows, told), class_name="parts")), class_name="section"
    )


def paper(row: PaperRow) -> rx.Component:
    """A file to take along, in either language."""
    return rx.el.li(
        rx.el.div(
            PlainLink.create(icon("download", size="s"), row.name, " PDF", href=row.href, class_name="link row__main"),
            PlainLink.create(
                row.other,
                href=row.other_href,
                class_name="link small",
                custom_attrs={"lang": row.other_lang, "aria-label": row.name + " PDF, " + row.other},
            ),
            class_name="row",
        )
    )


def guarantor(row: GuarantorRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(row.initials, class_name="av", custom_attrs={"aria-hidden": "true"}),
            rx.el.span(
                rx.el.span(row.name, class_name="row__title"),
                rx.el.span(row.detail, class_name="row__sub"),
                class_name="row__main",
            ),
            rx.el.span(pill_of(row.pill), class_name="row__end"),
            class_name="row",
        )
    )


def _guarantors() -> rx.Component:
    state = LoanState
    return rx.cond(
        state.guarantors.length() > 0,
        rx.el.section(
            rx.el.h2(t("loan.guarantors")),
            rx.el.ul(rx.foreach(state.guarantors, guarantor), class_name="card card--flush"),
            class_name="section",
        ),
    )


def _signatures() -> rx.Component:
    state = LoanState
    return rx.cond(
        state.circles.length() > 0,
        rx.el.section(
            rx.el.div(rx.el.h2(t("loan.signatures")), rx.el.span(state.signed, class_name="small"), class_name="apart"),
            card(
                rx.el.ul(rx.foreach(state.circles, circle), class_name="signers"),
                rx.foreach(
                    state.refusals, lambda said: rx.el.p(icon("warn", size="s"), said, class_name="card-b small warned")
                ),
            ),
            class_name="section",
        ),
    )


def _payments() -> rx.Component:
    state = LoanState
    return rx.el.section(
        rx.el.h2(t("paper.loan_payments")),
        rx.el.div(*payments(state.payments, state.earlier, "/receipt?id="), class_name="card card--flush"),
        class_name="section",
    )


def instalment(row: InstalmentRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                rx.el.span(row.title, class_name="row__title"),
                rx.el.span(row.detail, class_name="row__sub"),
                rx.cond(
                    row.receipt != "",
                    rx.el.a(
                        t("loan.receipt"), href=rx.Var.create("/receipt?id=") + row.receipt, class_name="link small"
                    ),
                ),
                class_name="row__main",
            ),
            rx.el.span(
                rx.el.span(row.figure, class_name="amount"),
                rx.cond(row.pill.word != "", pill_of(row.pill)),
                class_name="row__end",
            ),
            class_name="row",
        )
    )


def _instalments() -> rx.Component:
    state = LoanState
    return rx.el.section(
        rx.el.h2(t("loan.instalments")),
        rx.cond(
            state.face.left != "",
            rx.el.ul(rx.foreach(state.soon, instalment), class_name="card card--flush"),
        ),
        card(disclosure(t("loan.made_up"), plan_table(state.rows))),
        class_name="section",
    )


def plan_table(rows: rx.Var[list[InstalmentRow]]) -> rx.Component:
    """Every instalment with its parts."""
    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(t("apply.on")),
                    rx.el.th(t("loan.principal"), class_name="num"),
                    rx.el.th(t("apply.of_interest"), class_name="num"),
                    rx.el.th(t("apply.you_pay"), class_name="num"),
                )
            ),
            rx.el.tbody(rx.foreach(rows, _plan_row)),
            class_name="tbl tight plan",
        ),
        class_name="tbl-box",
        tab_index=0,
        role="group",
        custom_attrs={"aria-label": t("loan.instalments")},
    )


def _plan_row(row: InstalmentRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.cond(
                row.receipt != "",
                rx.el.a(row.due, href=rx.Var.create("/receipt?id=") + row.receipt),
                row.due,
            )
        ),
        rx.el.td(row.principal, class_name="num"),
        rx.el.td(row.interest, class_name="num"),
        rx.el.td(row.total, class_name="num strong"),
    )


def _pay() -> rx.Component:
    state = LoanState
    wrong = {"problem": state.problem}
    return rx.el.section(
        rx.el.h2(t("loan.pay")),
        rx.el.p(state.words.step, class_name="small muted"),
        rx.cond(state.pay_to == "", banner(state.words.none, kind="warn", sign="warn")),
        rx.el.div(
            rx.cond(state.pay_to != "", copy_row(state.words.place, state.pay_to, state.pay_to)),
            copy_row(state.words.account, state.reference, state.reference_plain, t("pay.account_note")),
            class_name="card card--flush",
        ),
        form(
            field(
                state.words.code,
                "code",
                hint=state.words.code_hint,
                problem_field=rx.cond(state.problem_field == "provider_code", "code", state.problem_field),
                class_name_input="input input--code",
                auto_complete="off",
                auto_capitalize="characters",
                default_value=state.code,
                **wrong,
            ),
            field(
                t("out.amount"),
                "amount",
                input_mode="decimal",
                auto_complete="off",
                problem_field=state.problem_field,
                default_value=state.amount,
                **wrong,
            ),
            field(
                t("pay.paid_on"),
                "paid_on",
                type="date",
                max=state.today,
                problem_field=state.problem_field,
                default_value=state.paid_on,
                **wrong,
            ),
            button(t("pay.send"), kind="primary", type="submit"),
            on_submit=state.pay,
            key=state.form_key,
        ),
        class_name="section",
    )


def _more() -> rx.Component:
    """More than is due: what becomes of it, before it is sent."""
    state = LoanState
    return dialog(
        state.more != "",
        state.more_title,
        rx.el.p(state.more),
        rx.cond(
            state.face.payoff != "",
            rx.el.p(
                t("loan.payoff"), " ", rx.el.b(state.face.payoff, class_name="amount"), ".", class_name="small muted"
            ),
        ),
        message(state.problem, state.problem_field, ""),
        rx.el.div(
            button(t("loan.more_send"), kind="primary", on_click=state.send_more),
            button(t("loan.more_change"), kind="quiet", on_click=state.change, auto_focus=True),
            class_name="acts",
        ),
    )


def changes(rows: rx.Var[list[ChangeRow]]) -> rx.Component:
    """What happened to the loan, oldest first."""
    return rx.el.section(
        rx.el.h2(t("loan.history")),
        rx.el.ul(rx.foreach(rows, change), class_name="card card--flush"),
        class_name="section",
    )


def change(row: ChangeRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                rx.el.span(row.title, class_name="row__title"),
                rx.el.span(row.detail, class_name="row__sub"),
                class_name="row__main",
            ),
            class_name="row",
        )
    )


def _hard() -> rx.Component:
    """A new loan for this one, or other instalments."""
    state = LoanState
    return rx.el.section(
        rx.el.h2(t("loan.hard")),
        rx.el.div(
            rx.el.p(t("loan.refinance_note"), class_name="small muted"),
            rx.el.a(
                t("loan.refinance"),
                href=rx.Var.create("/loans/apply?closes=") + state.face.id,
                class_name="btn btn--secondary",
            ),
            class_name="stack stack--8",
        ),
        rx.cond(
            state.asked != "",
            banner(state.asked, sign="clock"),
            card(
                disclosure(
                    t("loan.reschedule"),
                    schedule_form(
                        state, button(t("loan.reschedule_send"), type="submit"), on_submit=state.ask_reschedule
                    ),
                )
            ),
        ),
        class_name="section",
    )
