"""Pay: the three numbers to type, then the code that came back."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import banner, button, empty, field, form, message, phases
from app.web.components.parts import copy_row
from app.web.components.sent import back_dialog, rejected_banner, sent_rows
from app.web.layouts import phone_shell
from app.web.member.pages.home import due_line
from app.web.member.states.home import DueRow
from app.web.member.states.pay import ALL, AlsoRow, PayState


def pay() -> rx.Component:
    return phone_shell(
        phases(
            PayState.phase,
            PayState.problem,
            PayState.load,
            ready=_ready(),
            empty=rx.fragment(
                rx.el.h1(t("pay.title"), class_name="vh"),
                empty(t("pay.nothing_title"), t("pay.nothing"), _home_link()),
            ),
        ),
        active="/pay",
    )


def _home_link() -> rx.Component:
    return rx.el.a(t("pay.back_home"), href="/home", class_name="btn btn--secondary")


def _ready() -> rx.Component:
    return rx.el.div(
        rx.cond(
            PayState.due_id != "",
            rx.el.div(
                rx.el.h1(t("pay.title"), " ", rx.el.span(PayState.amount, class_name="amount")),
                rx.cond(PayState.together != "", rx.el.p(rx.el.b(PayState.together))),
                rx.el.p(PayState.title, ". ", PayState.due_line, class_name="small muted"),
                rx.cond(PayState.waits != "", rx.el.p(PayState.waits, class_name="small")),
            ),
            rx.el.h1(rx.cond(PayState.is_sent, t("pay.sent_title"), t("pay.title"))),
        ),
        rx.cond(PayState.kept != "", rx.el.p(PayState.kept, class_name="small")),
        back_dialog(PayState, PayState.take_back, PayState.keep),
        message(PayState.problem, PayState.problem_field, PayState.done),
        rx.cond(PayState.is_sent & (PayState.sent.length() > 0), sent_rows(PayState.sent, PayState.ask_back)),
        rx.cond(PayState.due_id != "", rx.fragment(rejected_banner(PayState), _also(), _numbers(), _send())),
        rx.cond(PayState.choices.length() > 0, _choices()),
        rx.cond(~PayState.is_sent & (PayState.sent.length() > 0), sent_rows(PayState.sent, PayState.ask_back)),
        class_name="stack",
        style={"gap": "24px"},
    )


def _choice(row: DueRow) -> rx.Component:
    return due_line(row, on_click=PayState.choose(row.id))


def _choices() -> rx.Component:
    return rx.el.section(
        rx.el.h2(rx.cond(PayState.is_sent, t("pay.choose_next"), t("pay.choose"))),
        rx.cond(
            PayState.all_amount != "",
            button(
                rx.fragment(t("pay.all_together"), " ", rx.el.span(PayState.all_amount, class_name="amount")),
                kind="primary",
                on_click=PayState.choose(ALL),
            ),
        ),
        rx.el.ul(rx.foreach(PayState.choices, _choice), class_name="card card--flush"),
        class_name="section",
    )


def _also_row(row: AlsoRow) -> rx.Component:
    return rx.el.li(
        rx.el.label(
            rx.el.input(type="checkbox", checked=row.ticked, on_change=PayState.tick(row.id), class_name="tick"),
            rx.el.span(row.title, class_name="row__main"),
            rx.el.span(row.figure, class_name="amount"),
            class_name="row",
        )
    )


def _also() -> rx.Component:
    return rx.cond(
        PayState.also.length() > 0,
        rx.el.section(
            rx.el.h2(t("pay.also")),
            rx.el.ul(rx.foreach(PayState.also, _also_row), class_name="card card--flush"),
            class_name="section",
        ),
    )


def _numbers() -> rx.Component:
    return rx.el.section(
        rx.el.h2(t("pay.how")),
        rx.el.p(PayState.words.step, class_name="small muted"),
        rx.cond(PayState.pay_to == "", banner(PayState.words.none, kind="warn", sign="warn")),
        rx.cond(PayState.upi_link != "", _upi()),
        rx.el.div(
            rx.cond(PayState.pay_to != "", copy_row(PayState.words.place, PayState.pay_to, PayState.pay_to)),
            copy_row(
                PayState.words.account,
                PayState.reference,
                PayState.reference_plain,
                rx.cond(PayState.together != "", t("pay.all_account"), t("pay.account_note")),
            ),
            copy_row(t("pay.amount"), PayState.amount, PayState.amount_digits),
            class_name="card card--flush",
        ),
        class_name="section",
    )


def _upi() -> rx.Component:
    """On the phone that pays, its app; beside another screen, the code to scan."""
    return rx.fragment(
        rx.el.a(t("pay.upi.open"), href=PayState.upi_link, class_name="btn btn--primary narrow-only"),
        rx.el.figure(
            rx.el.div(
                rx.el.svg(rx.el.path(d=PayState.qr), view_box=PayState.qr_box, custom_attrs={"aria-hidden": "true"}),
                class_name="qr",
            ),
            rx.el.figcaption(t("pay.upi.scan"), class_name="small muted"),
            class_name="wide-only card qr-card",
        ),
    )


def _send() -> rx.Component:
    return rx.el.section(
        rx.el.h2(t("pay.then")),
        rx.el.p(PayState.words.then, class_name="small muted"),
        form(
            field(
                PayState.words.code,
                "code",
                hint=PayState.words.code_hint,
                problem=PayState.problem,
                problem_field=rx.cond(PayState.problem_field == "provider_code", "code", PayState.problem_field),
                class_name_input="input input--code",
                auto_complete="off",
                auto_capitalize="characters",
                spell_check=False,
                default_value=PayState.code,
                key=PayState.entry + "c" + PayState.taken,
            ),
            field(
                PayState.amount_label,
                "amount",
                input_mode="decimal",
                auto_complete="off",
                problem=PayState.problem,
                problem_field=PayState.problem_field,
                default_value=PayState.paid,
                key=PayState.entry + "a",
            ),
            field(
                t("pay.paid_on"),
                "paid_on",
                type="date",
                max=PayState.today,
                problem=PayState.problem,
                problem_field=PayState.problem_field,
                default_value=PayState.paid_on,
                key=PayState.entry + "d",
            ),
            button(t("pay.send"), kind="primary", type="submit"),
            on_submit=PayState.send,
        ),
        rx.el.p(t("pay.informs"), class_name="small muted"),
        class_name="section",
    )
