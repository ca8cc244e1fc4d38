"""Bank matching: the lines beside what is suggested for the chosen one; keys for everything (`assets/bank.js`)."""

from typing import Any

import reflex as rx

from app.domain.groups.permissions import Permission
from app.kit.i18n import t
from app.web.components import (
    banner,
    button,
    card,
    empty,
    heading,
    icon,
    linkbutton,
    message,
    phases,
    pill,
)
from app.web.layouts import desk_shell
from app.web.place import if_may, may
from app.web.presenters.balance import SumLine
from app.web.presenters.matches import BankLine, CandidateRow, ReasonRow
from app.web.treasurer.pages.bank import STYLES
from app.web.treasurer.pages.line_dialogs import line_dialogs
from app.web.treasurer.states.matching import MatchingState, Tab

KEYS = (
    ("↑ ↓", "line"),
    ("Enter", "take"),
    ("2", "second"),
    ("F", "assign"),
    ("O", "other"),
    ("B", "booked"),
    ("N", "ignore"),
    ("U", "undo"),
)


def matching() -> rx.Component:
    state = MatchingState
    return desk_shell(
        rx.el.link(rel="stylesheet", href=STYLES),
        rx.el.script(src="/bank.js", custom_attrs={"async": True}),
        heading(t("matching.title"), t("matching.note"), _acts()),
        rx.cond(state.asking == "", message(state.problem, state.problem_field, state.done)),
        rx.cond(
            state.results.length() > 0,
            card(rx.el.ul(rx.foreach(state.results, rx.el.li), class_name="card-b small stack stack--4")),
        ),
        phases(state.phase, state.problem, state.load, ready=_ready()),
        line_dialogs(),
        active="/matching",
    )


def _acts() -> rx.Component:
    state = MatchingState
    return rx.fragment(
        rx.el.a(icon("upload", size="m"), t("matching.statements"), href="/bank", class_name="btn btn--secondary"),
        rx.el.a(icon("books", size="m"), t("balance.title"), href="/balance", class_name="btn btn--secondary"),
        if_may(
            Permission.CONFIRM_PAYMENTS,
            rx.cond(
                state.sure != "",
                button(rx.fragment(icon("check", size="m"), state.sure), kind="secondary", on_click=state.ask("sure")),
            ),
        ),
    )


def _ready() -> rx.Component:
    state = MatchingState
    return rx.el.div(
        rx.cond(state.sums.length() > 0, card(rx.foreach(state.sums, _sum_line))),
        rx.cond(state.later != "", banner(state.later, sign="clock")),
        rx.el.div(
            _list(),
            rx.cond(state.chosen.id != "", _detail(), rx.fragment()),
            class_name="bank",
            custom_attrs={"data-keys": ""},
        ),
        rx.cond(
            (state.rows.length() > 0) & ~state.is_decided,
            if_may(Permission.CONFIRM_PAYMENTS, _legend()),
        ),
        class_name="stack",
    )


def _sum_line(one: SumLine) -> rx.Component:
    return rx.el.a(
        rx.el.b(one.title),
        rx.el.span(one.figures),
        rx.cond(
            one.is_explained,
            rx.el.span(icon("check", size="s"), one.verdict, class_name="equal"),
            rx.el.span(icon("warn", size="s"), one.verdict, class_name="warned"),
        ),
        href="/balance",
        class_name="sumline",
    )


def _legend() -> rx.Component:
    return rx.el.p(
        *[rx.el.span(*[rx.el.kbd(one) for one in keys.split()], " ", t(f"matching.key.{what}")) for keys, what in KEYS],
        class_name="bank__keys tiny muted",
    )


def _tab(one: Tab) -> rx.Component:
    return rx.el.button(
        one.label,
        " ",
        rx.el.span(one.count, class_name="muted"),
        type="button",
        role="tab",
        on_click=MatchingState.show_tab(one.name),
        custom_attrs={"aria-selected": rx.cond(MatchingState.tab == one.name, "true", "false")},
    )


def _list() -> rx.Component:
    state = MatchingState
    is_waiting = (state.tab == "accepted") & (state.bulk != "")
    return card(
        rx.el.div(rx.foreach(state.tabs, _tab), class_name="tabs bank__tabs", role="tablist"),
        rx.cond(
            state.rows.length() > 0,
            rx.el.div(
                rx.el.p(state.place, class_name="muted small"),
                rx.el.button(
                    icon("chevron", size="m"),
                    rx.el.span(t("matching.before"), class_name="vh"),
                    type="button",
                    on_click=state.step(-1),
                    class_name="bank__step bank__step--back",
                ),
                rx.el.button(
                    icon("chevron", size="m"),
                    rx.el.span(t("matching.after"), class_name="vh"),
                    type="button",
                    on_click=state.step(1),
                    class_name="bank__step",
                ),
                class_name="bank__place",
            ),
        ),
        rx.cond(
            is_waiting & may(Permission.CONFIRM_PAYMENTS),
            rx.cond(
                state.progress == "",
                rx.el.div(
                    button(state.bulk, kind="primary", on_click=state.ask("all")), class_name="card-b bank__bulk"
                ),
                rx.el.div(
                    rx.el.p(state.progress, class_name="small", role="status"),
                    rx.el.div(
                        rx.el.i(style={"width": state.share}),
                        class_name="bank__bar",
                        custom_attrs={"aria-hidden": "true"},
                    ),
                    class_name="card-b bank__bulk",
                ),
            ),
        ),
        rx.cond(
            state.rows.length() > 0,
            rx.el.ul(rx.foreach(state.rows, _line), class_name="bank__lines"),
            rx.cond(
                state.has_begun,
                empty(t("matching.empty_title"), t("matching.empty")),
                empty(
                    t("matching.begin_title"),
                    t("matching.begin"),
                    rx.el.a(t("matching.statements"), href="/bank", class_name="btn btn--primary"),
                ),
            ),
        ),
        rx.cond(
            state.page != "",
            rx.el.div(
                rx.el.span(state.page, class_name="small muted"),
                rx.el.span(
                    rx.cond(state.has_before, linkbutton(t("matching.page_before"), on_click=state.turn(-1))),
                    rx.cond(
                        state.has_after,
                        linkbutton(t("matching.page_after"), on_click=state.turn(1), custom_attrs={"data-key": "next"}),
                    ),
                    class_name="acts end",
                ),
                class_name="card-f",
            ),
        ),
    )


def _line(row: BankLine) -> rx.Component:
    is_now = MatchingState.chosen.id == row.id
    return rx.el.li(
        rx.el.button(
            rx.el.span(row.day, class_name="bank__day"),
            rx.el.span(
                rx.el.b(row.who),
                rx.el.span(
                    rx.cond(
                        row.match_id == "",
                        rx.el.b(row.verdict, class_name=rx.Var.create("bank__fit bank__fit--") + row.tone),
                    ),
                    rx.cond(row.more != "", row.more, row.code),
                    class_name="bank__code",
                ),
                class_name="bank__who",
            ),
            rx.el.span(rx.el.b(row.short), rx.el.span(row.way_words), class_name="bank__sum"),
            type="button",
            on_click=MatchingState.choose(row.id),
            class_name="bank__line",
            custom_attrs={"aria-current": rx.cond(is_now, "true", "false"), "data-line": row.id},
        )
    )


def _detail() -> rx.Component:
    state = MatchingState
    line = state.chosen
    return rx.el.section(
        rx.el.div(
            rx.el.h2(rx.el.span(line.figure, class_name="amount"), " ", line.way_words, ", ", line.who),
            rx.el.p(
                line.day, ", ", line.account, rx.cond(line.code != "", ", " + line.code, ""), class_name="small muted"
            ),
            rx.cond(line.words != "", rx.el.p(line.words, class_name="small bank__words")),
            rx.cond(line.late != "", banner(line.late, kind="info", sign="info")),
            class_name="bank__head",
        ),
        rx.cond(line.match_id != "", _decided(), _undecided()),
        class_name="card bank__detail",
        custom_attrs={"aria-label": t("matching.chosen"), "data-chosen": line.id},
    )


def _decided() -> rx.Component:
    state, line = MatchingState, MatchingState.chosen
    return rx.el.div(
        rx.el.p(pill(line.verdict, sign="check"), " ", line.more),
        rx.cond(line.proof != "", rx.el.a(line.proof_words, href=line.proof, class_name="link")),
        rx.cond(line.is_own & (state.tab == "accepted"), banner(state.own_words, kind="warn", sign="warn")),
        if_may(
            Permission.CONFIRM_PAYMENTS,
            rx.el.div(
                rx.cond(
                    (state.tab == "accepted") & ~line.is_own,
                    button(
                        rx.fragment(t("matching.confirm"), rx.el.kbd("Enter")),
                        kind="primary",
                        on_click=state.confirm(line.match_id),
                        custom_attrs={"data-key": "Enter"},
                    ),
                ),
                rx.cond(
                    line.may_undo,
                    button(
                        rx.fragment(t("matching.undo"), rx.el.kbd("U")),
                        on_click=state.undo(line.match_id),
                        custom_attrs={"data-key": "u"},
                    ),
                ),
                class_name="acts",
            ),
        ),
        class_name="bank__body stack",
    )


def _undecided() -> rx.Component:
    state = MatchingState
    return rx.el.div(
        rx.el.p(pill(state.chosen.verdict), class_name="small"),
        rx.cond(
            state.candidates.length() > 0,
            rx.el.ul(rx.foreach(state.candidates, _candidate), class_name="stack stack--8"),
            rx.el.p(t("matching.nothing"), class_name="muted"),
        ),
        if_may(Permission.CONFIRM_PAYMENTS, _otherwise()),
        class_name="bank__body stack",
    )


def _candidate(one: CandidateRow) -> rx.Component:
    is_now = MatchingState.candidate == one.key
    return rx.el.li(
        rx.el.button(
            rx.el.span(
                rx.el.b(one.who),
                rx.cond(one.detail != "", rx.el.span(", ", one.detail), rx.fragment()),
                rx.foreach(one.parts, lambda part: rx.el.span(part, class_name="sub")),
                class_name="bank__who",
            ),
            rx.cond(one.fit != "", rx.el.b(one.fit, class_name="bank__points")),
            rx.cond(MatchingState.candidates.length() > 1, rx.el.kbd(one.key)),
            type="button",
            on_click=MatchingState.choose_candidate(one.key),
            class_name="bank__offer",
            custom_attrs={"aria-pressed": rx.cond(is_now, "true", "false"), "data-key": one.key},
        ),
        rx.el.ul(rx.foreach(one.reasons, _reason), class_name="bank__reasons"),
        rx.cond(
            is_now & (one.act != ""),
            if_may(
                Permission.CONFIRM_PAYMENTS,
                rx.el.div(
                    button(
                        rx.fragment(one.label, rx.el.kbd("Enter")),
                        kind="primary",
                        on_click=MatchingState.take,
                        custom_attrs={"data-key": "Enter"},
                    ),
                    class_name="acts bank__take",
                ),
            ),
        ),
        class_name=rx.cond(is_now, "bank__candidate is-now", "bank__candidate"),
    )


def _reason(one: ReasonRow) -> rx.Component:
    sign = rx.match(
        one.kind,
        ("for", icon("check", size="s")),
        ("against", icon("cross", size="s")),
        icon("minus", size="s"),
    )
    return rx.el.li(
        sign,
        rx.el.span(one.words),
        class_name=rx.Var.create("bank__reason bank__reason--") + one.kind,
    )


def _otherwise() -> rx.Component:
    state = MatchingState
    is_in = state.chosen.way == "in"

    def act(what: str, key: str, label: Any) -> rx.Component:
        return button(
            rx.fragment(label, rx.el.kbd(key)), on_click=state.ask(what), custom_attrs={"data-key": key.casefold()}
        )

    return rx.el.div(
        rx.cond(is_in, act("assign", "F", t("matching.assign"))),
        act("other", "O", rx.cond(is_in, t("matching.other_in"), t("matching.other_out"))),
        act("booked", "B", t("matching.booked")),
        act("ignore", "N", t("matching.ignore")),
        rx.cond(
            state.undo_id != "",
            button(
                rx.fragment(t("matching.undo_last"), rx.el.kbd("U")),
                kind="quiet",
                on_click=state.undo(""),
                custom_attrs={"data-key": "u"},
            ),
        ),
        class_name="acts bank__otherwise",
    )
