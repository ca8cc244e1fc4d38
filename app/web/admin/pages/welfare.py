"""The group's welfare rules, set by the admin."""

from typing import Any

import reflex as rx

from app.domain.welfare.examples import EXAMPLES
from app.domain.welfare.scheme import EVENTS, PERIODS, RELATIONS, SOURCES
from app.kit.i18n import t
from app.web.admin.states.welfare import BENEFIT_FIELDS, CALLED, GIVEN, LIMITS, BenefitRow, WelfareRulesState
from app.web.components import (
    banner,
    button,
    card,
    choice,
    dialog,
    fault,
    field,
    form,
    heading,
    icon,
    linkbutton,
    message,
    phases,
)
from app.web.components.claims import welfare_styles
from app.web.layouts import desk_shell


def welfare_rules() -> rx.Component:
    state = WelfareRulesState
    return desk_shell(
        welfare_styles(),
        heading(
            t("welfare.set.title"),
            t("welfare.set.note"),
            rx.el.a(icon("back", size="m"), t("welfare.title"), href="/claims", class_name="btn btn--quiet"),
        ),
        rx.cond(state.editing == "", message(state.problem, state.problem_field, state.done)),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=rx.el.div(
                rx.el.div(_benefits(), _rest(), class_name="stack"), _in_force(), class_name="cols cols--work"
            ),
        ),
        _dialog(),
        active="/claims",
    )


def _in_force() -> rx.Component:
    state = WelfareRulesState
    return rx.cond(
        state.in_force.length() > 0,
        card(
            rx.el.div(rx.el.h2(t("welfare.set.in_force")), class_name="card-h"),
            rx.el.ul(rx.foreach(state.in_force, rx.el.li), class_name="sentences"),
            rx.el.p(state.since, class_name="card-f small muted"),
        ),
    )


def _benefit(row: BenefitRow) -> rx.Component:
    return rx.el.li(
        rx.el.span(row.words, class_name="row__main"),
        linkbutton(t("welfare.set.change"), on_click=WelfareRulesState.edit(row.key)),
        linkbutton(t("welfare.set.drop"), is_danger=True, on_click=WelfareRulesState.drop(row.key)),
        class_name="row",
    )


def _benefits() -> rx.Component:
    state = WelfareRulesState
    begins = [button(t(f"welfare.example.{one.name}"), on_click=state.begin(one.name)) for one in EXAMPLES]
    problem = state.problems["benefits"]
    return card(
        rx.el.div(rx.el.h2(t("welfare.set.benefits")), class_name="card-h"),
        rx.cond(
            state.is_unsaved, rx.el.div(banner(t("welfare.set.unsaved"), kind="warn", sign="warn"), class_name="card-b")
        ),
        rx.cond(
            problem != "",
            rx.el.p(icon("warn", size="s"), problem, class_name="card-b field__error", role="alert"),
        ),
        rx.cond(
            state.rows.length() > 0,
            rx.el.ul(rx.foreach(state.rows, _benefit)),
            rx.el.div(
                rx.el.p(t("welfare.set.begin"), class_name="muted"),
                rx.el.div(*begins, class_name="decision__acts"),
                class_name="card-b",
            ),
        ),
        rx.el.div(button(t("welfare.set.add"), on_click=state.edit("new")), class_name="card-f"),
    )


def _text(name: str, *, mode: Any = "decimal") -> rx.Component:
    return field(
        t(f"welfare.set.{name}"),
        name,
        hint=t(f"welfare.set.hint.{name}"),
        input_mode=mode,
        auto_complete="off",
        default_value=WelfareRulesState.values[name],
        **fault(WelfareRulesState.problems, name),
    )


def _pick(name: str, words: tuple[str, ...], kind: str) -> rx.Component:
    value = WelfareRulesState.values[name]
    options = [rx.el.option(t(f"welfare.set.{kind}.{one}"), value=one, selected=value == one) for one in words]
    return choice(t(f"welfare.set.{name}"), name, *options, hint=t(f"welfare.set.hint.{name}"))


def _tick(name: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name=name,
            default_checked=WelfareRulesState.ticked.contains(name),
            class_name="tick",
        ),
        rx.el.span(t(f"welfare.set.{name}")),
    )


def _part(name: str, *fields: rx.Component) -> rx.Component:
    return rx.el.fieldset(rx.el.legend(t(f"welfare.set.part.{name}")), rx.el.div(*fields, class_name="fields"))


def _rest() -> rx.Component:
    state = WelfareRulesState
    return card(
        form(
            _part(
                "money",
                _pick("source", SOURCES, "source"),
                *(_text(name) for name in GIVEN[:3]),
                _pick("premium_per", PERIODS, "per"),
                *(_text(name) for name in GIVEN[3:]),
            ),
            _part(
                "calls",
                *(_text(name) for name in CALLED),
                *(_text(name, mode="numeric") for name in ("levy_days", "levy_two_days")),
                _tick("spares_bereaved"),
            ),
            _part(
                "who",
                *(
                    _text(name, mode="numeric")
                    for name in ("waiting_days", "accident_waiting_days", "report_days", "suspend_days")
                ),
                _tick("needs_document"),
            ),
            _part("limits", _text("further_ppm"), *(_text(name) for name in LIMITS)),
            button(t("welfare.set.save"), kind="primary", type="submit"),
            on_submit=state.save,
            class_name="parts",
            key=state.form_key,
        ),
    )


def _cell(name: str) -> rx.Component:
    return field(
        t(f"welfare.set.{name}"),
        name,
        auto_complete="off",
        default_value=WelfareRulesState.benefit[name],
        **fault(WelfareRulesState.problems, name),
    )


def _dialog() -> rx.Component:
    state = WelfareRulesState

    def options(prefix: str, words: tuple[str, ...], name: str) -> list[rx.Component]:
        return [rx.el.option(t(prefix + one), value=one, selected=state.benefit[name] == one) for one in words]

    return dialog(
        state.editing != "",
        t("welfare.set.benefit_title"),
        rx.el.p(t("welfare.set.benefit_note"), class_name="muted small"),
        message(state.problem, state.problem_field, rx.Var.create("")),
        form(
            rx.el.div(
                choice(t("welfare.set.event"), "event", *options("welfare.event.", EVENTS, "event")),
                choice(t("welfare.set.relation"), "relation", *options("welfare.relation.", RELATIONS, "relation")),
                *(_cell(name) for name in BENEFIT_FIELDS),
                class_name="fields",
            ),
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    name="is_single",
                    default_checked=state.benefit["is_single"] != "",
                    class_name="tick",
                ),
                rx.el.span(t("welfare.set.is_single")),
            ),
            rx.el.div(
                button(t("welfare.set.keep"), kind="primary", type="submit"),
                button(t("signing.keep"), kind="quiet", on_click=state.leave),
                class_name="acts",
            ),
            on_submit=state.keep,
            key=state.editing,
        ),
    )
