"""What is asked about a line of the bank: whose it is, what else it is, why it is left out; and the review of all that
are sure.
"""

from typing import Any

import reflex as rx

from app.kit.i18n import t
from app.web.components import button, choice, dialog, field, form, icon, linkbutton, message
from app.web.presenters.matches import BankLine, DueChoice, EntryChoice, PartRow, PayerRow
from app.web.treasurer.states.matching import MatchingState


def line_dialogs() -> rx.Component:
    return rx.fragment(_assign(), _other(), _ignore(), _booked(), _sure(), _all())


def _asked(what: str, title: Any, *content: rx.Component) -> rx.Component:
    state = MatchingState
    line = state.chosen
    return dialog(
        state.asking == what,
        title,
        rx.el.p(rx.el.b(line.figure, class_name="amount"), ", ", line.who, class_name="small"),
        message(state.problem, rx.cond(state.problem_field == "parts", "", state.problem_field), state.done),
        *content,
    )


def _leave() -> rx.Component:
    return button(t("collections.cancel"), kind="quiet", on_click=MatchingState.close)


def _assign() -> rx.Component:
    state = MatchingState
    return _asked(
        "assign",
        t("matching.assign_title"),
        rx.el.div(
            rx.el.label(t("matching.find"), html_for="find"),
            rx.el.input(
                type="search",
                id="find",
                class_name="input",
                auto_complete="off",
                auto_focus=True,
                placeholder=t("matching.find_hint"),
                on_change=state.find.debounce(250),
                key=state.form_key,
            ),
            class_name="field",
        ),
        rx.cond(
            state.payers.length() > 0,
            rx.el.ul(rx.foreach(state.payers, _payer), class_name="bank__payers", custom_attrs={"aria-live": "polite"}),
        ),
        form(
            rx.foreach(state.parts, _part),
            rx.el.p(state.left, class_name="small strong", role="status"),
            rx.el.div(
                button(t("matching.accept"), kind="primary", type="submit"),
                _leave(),
                class_name="acts",
            ),
            on_submit=state.assign,
        ),
    )


def _payer(one: PayerRow) -> rx.Component:
    return rx.el.li(
        rx.el.p(rx.el.b(one.who), ", ", one.number, class_name="small"),
        rx.el.div(rx.foreach(one.dues, _due), class_name="acts"),
    )


def _due(one: DueChoice) -> rx.Component:
    return button(
        rx.fragment(icon("plus", size="s"), one.label), on_click=MatchingState.add_part(one.member_id, one.due_id)
    )


def _part(one: PartRow) -> rx.Component:
    name = rx.Var.create("part-") + one.key
    return rx.el.div(
        rx.el.label(rx.el.b(one.who), rx.el.span(one.what, class_name="sub"), html_for=name),
        rx.el.input(
            name=name,
            id=name,
            default_value=one.amount,
            auto_focus=one.is_new,
            on_blur=lambda text: MatchingState.set_part(one.key, text),
            input_mode="decimal",
            auto_complete="off",
            class_name="input",
        ),
        linkbutton(t("matching.drop"), on_click=MatchingState.drop_part(one.key)),
        class_name="bank__part",
        key=one.key,
    )


def _other() -> rx.Component:
    state = MatchingState
    wrong: dict[str, Any] = {"problem": state.problem, "problem_field": state.problem_field}
    is_in = state.chosen.way == "in"
    return _asked(
        "other",
        rx.cond(is_in, t("matching.other_in"), t("matching.other_out")),
        form(
            rx.cond(
                ~is_in,
                choice(
                    t("matching.kind"),
                    "kind",
                    rx.el.option(t("matching.kind.choose"), value=""),
                    rx.el.option(t("matching.kind.charge"), value="charge"),
                    rx.el.option(t("matching.kind.expense"), value="expense"),
                    auto_focus=True,
                    **wrong,
                ),
            ),
            field(t("matching.what_for"), "note", auto_complete="off", auto_focus=is_in, **wrong),
            rx.el.div(button(t("matching.accept"), kind="primary", type="submit"), _leave(), class_name="acts"),
            on_submit=state.book,
        ),
        rx.cond(~is_in, _elsewhere()),
    )


def _elsewhere() -> rx.Component:
    """What others sign for is recorded where they do."""
    return rx.el.p(t("matching.moved"), " ", rx.el.a(t("out.title"), href="/money-out"), class_name="small")


def _ignore() -> rx.Component:
    state = MatchingState
    return _asked(
        "ignore",
        t("matching.ignore_title"),
        form(
            field(
                t("matching.reason"),
                "reason",
                hint=t("matching.ignore_note"),
                auto_complete="off",
                auto_focus=True,
                problem=state.problem,
                problem_field=state.problem_field,
            ),
            rx.el.div(button(t("matching.ignore"), kind="primary", type="submit"), _leave(), class_name="acts"),
            on_submit=state.ignore,
        ),
    )


def _booked() -> rx.Component:
    state = MatchingState
    return _asked(
        "booked",
        t("matching.booked_title"),
        rx.cond(
            state.entries.length() > 0,
            rx.el.ul(rx.foreach(state.entries, _entry), class_name="log"),
            rx.cond(state.chosen.way == "in", rx.el.p(t("matching.booked_none"), class_name="muted"), _elsewhere()),
        ),
        rx.el.div(_leave(), class_name="acts"),
    )


def _entry(one: EntryChoice) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.el.span(one.label, class_name="row__title"),
            rx.el.span(one.detail, class_name="row__sub"),
            class_name="row__main",
        ),
        rx.el.span(button(t("matching.this_one"), on_click=MatchingState.take_entry(one.seq)), class_name="row__end"),
        class_name="row",
    )


def _sure() -> rx.Component:
    state = MatchingState
    return _review("sure", rx.fragment(), button(state.sure, kind="primary", on_click=state.accept_sure))


def _all() -> rx.Component:
    state = MatchingState
    note = rx.el.p(t("matching.all_note"), class_name="muted small")
    return _review("all", note, button(state.bulk, kind="primary", on_click=state.confirm_all))


def _review(what: str, note: rx.Component, act: rx.Component) -> rx.Component:
    """Every line that one press decides, before it does."""
    state = MatchingState
    return dialog(
        state.asking == what,
        state.review_words,
        note,
        message(state.problem, state.problem_field, state.done),
        rx.el.div(
            rx.el.table(rx.el.tbody(rx.foreach(state.review, _reviewed)), class_name="tbl tight"),
            class_name="bank__review",
            tab_index=0,
            role="region",
            custom_attrs={"aria-label": state.review_words},
        ),
        rx.el.div(
            act,
            _leave(),
            class_name="acts",
        ),
    )


def _reviewed(row: BankLine) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.who, rx.el.span(row.more, class_name="sub")),
        rx.el.td(row.figure, class_name="num"),
    )
