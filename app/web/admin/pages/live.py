"""The card of trying out and going live, on the group's settings."""

import reflex as rx

from app.kit.i18n import t
from app.web.admin.states.live import LiveState
from app.web.components import banner, button, card, dialog, field, form, message
from app.web.fresh_code import code_dialog


def live_card() -> rx.Component:
    state = LiveState
    return card(
        rx.el.div(rx.el.h2(t("live.title")), class_name="card-h"),
        rx.el.div(
            rx.cond(
                (state.asks == "") & (state.code_title == ""), message(state.problem, state.problem_field, state.done)
            ),
            rx.el.p(state.line),
            rx.cond(
                state.is_open,
                rx.el.div(
                    button(t("live.go"), on_click=state.ask_live),
                    button(t("live.clear"), kind="danger", on_click=state.ask_clear),
                    class_name="acts",
                ),
            ),
            class_name="card-b stack",
        ),
    )


def live_dialogs() -> rx.Component:
    state = LiveState
    return rx.fragment(
        dialog(
            state.asks == "clear",
            t("live.clear_title"),
            rx.el.ul(rx.el.li(state.stays), rx.el.li(t("live.goes")), class_name="sentences"),
            banner(t("live.never"), kind="warn", sign="warn"),
            message(state.problem, state.problem_field, ""),
            form(
                field(
                    state.typed_label,
                    "typed",
                    auto_complete="off",
                    auto_capitalize="characters",
                    auto_focus=True,
                    problem=state.problem,
                    problem_field=state.problem_field,
                ),
                rx.el.div(
                    button(t("live.send"), kind="danger", type="submit"),
                    button(t("live.keep"), kind="quiet", on_click=state.leave),
                    class_name="acts",
                ),
                on_submit=state.type_code,
            ),
        ),
        code_dialog(
            state,
            rx.cond(state.doing == "clear", t("live.never"), t("live.go_note")),  # pyright: ignore[reportArgumentType]
            confirm=state.confirm,
            leave=state.leave,
        ),
    )
