"""Bank matching: the lines beside what is suggested for the chosen one; keys for everything (`assets/bank.js`)."""

from typing import Any

import reflex as rx

from app.domain.groups.permissions import Permission
from app.kit.i18n import t
from app.web.components import (
    banner,
    button,
    card,
    choice,
    dialog,
    empty,
    field,
    form,
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
from app.web.presenters.matches import BankLine, CandidateRow, DueChoice, EntryChoice, PartRow, PayerRow, ReasonRow
from app.web.treasurer.pages.bank import STYLES
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
        _assign(),
        _other(),
        _ignore(),
        _booked(),
        _sure(),
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
        rx.cond(
            is_waiting & may(Permission.CONFIRM_PAYMENTS),
            rx.cond(
                state.progress == "",
                rx.el.div(
                    button(state.bulk, kind="primary", on_click=state.confirm_all), class_name="card-b bank__bulk"
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
                state.sums.length() > 0,
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
                    rx.el.option(t("matching.kind.charge"), value="charge"),
                    rx.el.option(t("matching.kind.expense"), value="expense"),
                    **wrong,
                ),
            ),
            field(t("matching.what_for"), "note", auto_complete="off", auto_focus=True, **wrong),
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
    return dialog(
        state.asking == "sure",
        state.review_words,
        message(state.problem, state.problem_field, state.done),
        rx.el.div(
            rx.el.table(rx.el.tbody(rx.foreach(state.review, _reviewed)), class_name="tbl tight"),
            class_name="bank__review",
            tab_index=0,
            role="region",
            custom_attrs={"aria-label": state.review_words},
        ),
        rx.el.div(
            button(state.sure, kind="primary", on_click=state.accept_sure),
            _leave(),
            class_name="acts",
        ),
    )


def _reviewed(row: BankLine) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.who, rx.el.span(row.more, class_name="sub")),
        rx.el.td(row.figure, class_name="num"),
    )
