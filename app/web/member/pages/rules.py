"""How the group works, in plain sentences."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import icon, phases
from app.web.layouts import phone_shell
from app.web.member.states.rules import RulesState


def rules() -> rx.Component:
    state = RulesState
    return phone_shell(
        rx.el.h1(t("rules.title")),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=rx.el.div(
                rx.el.section(
                    rx.el.h2(state.kind),
                    rx.el.ul(rx.foreach(state.lines, rx.el.li), class_name="sentences"),
                    class_name="card stack",
                ),
                rx.el.p(state.since, class_name="muted small"),
                rx.el.section(
                    rx.el.h2(t("late.title")),
                    rx.el.ul(rx.foreach(state.late, rx.el.li), class_name="sentences"),
                    class_name="card stack",
                ),
                rx.el.section(
                    rx.el.h2(t("approvals.title")),
                    rx.el.ul(rx.foreach(state.signing, rx.el.li), class_name="sentences"),
                    class_name="card stack",
                ),
                rx.cond(
                    state.welfare.length() > 0,
                    rx.el.section(
                        rx.el.h2(t("welfare.title")),
                        rx.el.ul(rx.foreach(state.welfare, rx.el.li), class_name="sentences"),
                        rx.el.p(
                            rx.el.a(t("welfare.link"), icon("chevron", size="s"), href="/welfare", class_name="link")
                        ),
                        class_name="card stack",
                    ),
                ),
                class_name="stack",
            ),
        ),
        active="/rules",
        back="/home",
    )
