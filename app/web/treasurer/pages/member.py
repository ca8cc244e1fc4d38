"""One member."""

import reflex as rx

from app.domain.groups.permissions import Permission
from app.kit.i18n import t
from app.web.components import button, card, choice, dialog, field, form, heading, icon, message, phases, pill
from app.web.components.basics import leave_link
from app.web.components.parts import pairs
from app.web.fresh_code import code_dialog
from app.web.layouts import desk_shell
from app.web.place import PlaceState, may
from app.web.presenters.receipts import ReceiptLineRow
from app.web.treasurer.pages.profile import name_field, number_field, phone_field, region_field
from app.web.treasurer.pages.record import leave_dialog, log_card, said_of_record, settlement_card
from app.web.treasurer.states.member import DueLine, MemberState
from app.web.treasurer.states.record import RecordState


def member() -> rx.Component:
    state = MemberState
    is_ready = state.phase == "ready"
    return desk_shell(
        heading(
            rx.cond(is_ready, state.profile.name, t("member.title")),
            rx.cond(is_ready, state.profile.note, ""),
            rx.el.a(t("member.back"), href="/members", class_name="btn btn--secondary"),
            rx.cond(
                is_ready,
                rx.el.a(
                    t("statement.open"),
                    href=rx.Var.create("/statements?member=") + RecordState.sheet.id,
                    class_name="btn btn--secondary",
                ),
            ),
            rx.cond(
                is_ready & may(Permission.MANAGE_MEMBERS) & (RecordState.sheet.left == ""),
                button(t("member.mend"), on_click=state.start_mending),
            ),
        ),
        rx.cond(
            state.is_mending | (state.code_title != "") | (state.waiving != ""),
            rx.fragment(),
            message(state.problem, state.problem_field, state.done),
        ),
        said_of_record(),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=rx.el.div(
                rx.el.div(_dues(), _receipts(), log_card(), class_name="stack"),
                rx.el.div(_profile(), settlement_card(), class_name="stack"),
                class_name="cols cols--work",
            ),
        ),
        _mend(),
        _waive(),
        code_dialog(state, t("member.code_note"), confirm=state.confirm, leave=state.leave_code),
        leave_dialog(),
        active="/members",
    )


def _due(row: DueLine) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                rx.el.span(row.due_on, class_name="row__title"),
                rx.el.span(row.reference, class_name="row__sub mono"),
                class_name="row__main",
            ),
            rx.el.span(
                rx.el.span(row.figure, class_name="amount"),
                rx.match(
                    row.kind,
                    ("late", pill(t("due.late"), kind="bad", sign="warn")),
                    ("sent", pill(t("due.sent"), kind="warn", sign="clock")),
                    rx.fragment(),
                ),
                rx.cond(
                    row.waiver != "", rx.el.a(icon("clock"), row.waiver, href="/to-sign", class_name="pill pill--warn")
                ),
                rx.cond(
                    may(Permission.RECORD_CASH) & (row.kind != "sent") & (MemberState.own_words == ""),
                    rx.el.a(
                        t("collections.cash"), href=rx.Var.create("/collections?cash=") + row.id, class_name="link"
                    ),
                ),
                rx.cond(
                    (row.kind != "sent") & (row.waiver == "") & may(Permission.PROPOSE_DECISIONS),
                    rx.el.button(
                        t("member.waive"),
                        type="button",
                        on_click=MemberState.ask_waiver(row.id),
                        class_name="linkbtn small",
                    ),
                ),
                class_name="row__end",
            ),
            class_name="row",
        )
    )


def _dues() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(t("member.dues")),
            rx.el.span(MemberState.owes, class_name="muted small"),
            rx.cond(
                MemberState.dues.length() > 0,
                leave_link(
                    t("paper.invoice_pdf"),
                    "/documents/invoices/" + RecordState.sheet.id + ".pdf",
                    class_name="link small",
                ),
            ),
            class_name="card-h",
        ),
        rx.cond(
            MemberState.dues.length() > 0,
            rx.fragment(
                rx.el.ul(rx.foreach(MemberState.dues, _due)),
                rx.cond(
                    (MemberState.own_words != "") & may(Permission.RECORD_CASH),
                    rx.el.p(MemberState.own_words, class_name="card-f small muted"),
                ),
            ),
            rx.el.p(t("member.no_dues"), class_name="card-b muted"),
        ),
    )


def _receipt(row: ReceiptLineRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.a(row.number, href=rx.Var.create("/receipts?id=") + row.id, class_name="mono strong"),
        ),
        rx.el.td(row.title, rx.el.span(row.detail, class_name="sub nowrap")),
        rx.el.td(
            rx.el.span(row.figure, class_name=rx.cond(row.is_reversed, "amount amount--void", "amount")),
            class_name="num",
        ),
        rx.el.td(
            rx.cond(
                row.is_reversed,
                pill(row.state_word, kind="bad", sign="cross"),
                pill(row.state_word, kind="ok", sign="check"),
            )
        ),
    )


def _receipts() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(t("member.receipts")),
            rx.el.span(MemberState.confirmed, class_name="muted small"),
            class_name="card-h",
        ),
        rx.cond(
            MemberState.receipts.length() > 0,
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th(t("receipt.number")),
                        rx.el.th(t("receipt.for")),
                        rx.el.th(MemberState.currency, class_name="num"),
                        rx.el.th(t("receipts.state")),
                    )
                ),
                rx.el.tbody(rx.foreach(MemberState.receipts, _receipt)),
                class_name="tbl stackable",
            ),
            rx.el.p(t("member.no_receipts"), class_name="card-b muted"),
        ),
        rx.cond(
            MemberState.has_more,
            rx.el.div(rx.el.a(t("member.all_receipts"), href="/receipts", class_name="link"), class_name="card-f"),
        ),
    )


def _profile() -> rx.Component:
    one = MemberState.profile
    return card(
        rx.el.div(rx.el.h2(t("member.profile")), class_name="card-h"),
        rx.el.div(
            pairs(
                (
                    (t("member.number"), one.number),
                    (t("member.phone"), one.phone),
                    (t("members.sign_in"), one.signs_in),
                    (PlaceState.region_word, one.region),
                    (t("member.gender"), one.gender),
                    (t("member.joined"), one.joined),
                )
            ),
            rx.cond(one.roles != "", pairs(((t("member.roles"), one.roles),))),
            rx.cond(one.remarks != "", pairs(((t("member.remarks"), one.remarks),))),
            class_name="card-b",
        ),
    )


def _mend() -> rx.Component:
    state = MemberState
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    return dialog(
        state.is_mending,
        state.mend_title,
        message(state.problem, state.problem_field, state.done),
        form(
            name_field(state.values["name"], **wrong),
            number_field(state.values["member_no"], **wrong),
            phone_field(state.values["phone"], **wrong),
            rx.el.p(t("member.mend_note"), class_name="muted small"),
            region_field(state.regions, state.values["region"], **wrong),
            choice(
                t("member.gender"),
                "gender",
                rx.el.option(t("member.not_given"), value=""),
                rx.el.option(t("member.gender_f"), value="F"),
                rx.el.option(t("member.gender_m"), value="M"),
                default_value=state.values["gender"],
                **wrong,
            ),
            field(t("member.joined"), "joined_on", type="date", default_value=state.values["joined_on"], **wrong),
            field(t("member.remarks"), "remarks", default_value=state.values["remarks"], auto_complete="off", **wrong),
            rx.el.div(
                button(t("member.save"), kind="primary", type="submit"),
                button(t("member.cancel"), kind="quiet", on_click=state.leave_form),
                class_name="acts",
            ),
            on_submit=state.mend,
        ),
    )


def _waive() -> rx.Component:
    """Others sign it, by the group's rule."""
    state = MemberState
    return dialog(
        (state.waiving != "") & (state.code_title == ""),
        state.waive_title,
        rx.el.p(t("member.waive_note"), class_name="muted small"),
        message(state.problem, state.problem_field, state.done),
        form(
            field(
                t("payments.reason"),
                "reason",
                problem=state.problem,
                problem_field=rx.cond(state.problem_field == "note", "reason", state.problem_field),
                default_value=state.reason,
                auto_focus=True,
                auto_complete="off",
            ),
            rx.el.div(
                button(t("member.waive_now"), kind="primary", type="submit"),
                button(t("member.cancel"), kind="quiet", on_click=state.leave_waiver),
                class_name="acts",
            ),
            on_submit=state.waive,
        ),
    )
