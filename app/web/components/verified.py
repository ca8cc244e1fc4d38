"""“Books verified” for a phone and a desk: what the night found, the head in words, what was kept, a look for words."""

from typing import Any

import reflex as rx

from app.kit.i18n import t
from app.web.components.basics import banner, button, card, field, form, message, pill
from app.web.components.icons import icon
from app.web.components.parts import copy_row, disclosure
from app.web.presenters.verified import KeptRow

ADDRESS = "./sanduk ledger verify --export FILE --checkpoints FOLDER"


def verified_page(state: Any, *, keep: Any, look: Any) -> rx.Component:
    """`state` is a VerifiedScreen; the handlers are its room's."""
    return rx.el.div(
        message(state.problem, state.problem_field, state.done),
        _found(state),
        rx.cond(state.sheet.seq != "", _words(state, keep)),
        rx.cond(state.kept.length() > 0, _kept(state)),
        _look(state, look),
        _how(state),
        class_name="stack verified",
    )


def verified_link(title: Any, kind: Any, href: str) -> rx.Component:
    """The line on other pages that opens this one."""
    sign = rx.match(kind, ("ok", icon("check", size="m")), ("bad", icon("warn", size="m")), icon("clock", size="m"))
    return rx.el.a(
        sign,
        title,
        icon("chevron", size="s"),
        href=href,
        class_name=rx.match(kind, ("ok", "proofline proofline--ok"), ("bad", "proofline proofline--bad"), "proofline"),
    )


def _found(state: Any) -> rx.Component:
    sheet = state.sheet
    words = (rx.el.strong(sheet.title), rx.el.p(sheet.text))
    return card(
        rx.match(
            sheet.kind,
            ("ok", banner(*words, kind="ok", sign="check")),
            ("bad", banner(*words, kind="bad", sign="warn")),
            banner(*words, sign="clock"),
        ),
        rx.cond(
            state.checks.length() > 0,
            rx.el.ul(
                rx.foreach(state.checks, lambda line: rx.el.li(icon("check", size="s"), rx.el.span(line))),
                class_name="checks",
            ),
        ),
        rx.cond(sheet.newer != "", rx.el.p(sheet.newer, class_name="small muted")),
        custom_attrs={"data-state": sheet.kind},
    )


def _words(state: Any, keep: Any) -> rx.Component:
    sheet = state.sheet
    return card(
        rx.el.h2(t("verified.now"), " ", sheet.seq),
        rx.el.ol(
            rx.foreach(sheet.spoken, rx.el.li),
            class_name="spoken",
            lang="en",
            custom_attrs={"data-figure": "words"},
        ),
        rx.el.p(t("verified.words_note"), class_name="small muted"),
        rx.el.div(
            rx.cond(
                state.is_kept,
                pill(t("verified.is_kept"), kind="ok", sign="check"),
                button(t("verified.keep"), kind="primary", on_click=keep),
            ),
            class_name="acts",
        ),
        copy_row(t("receipt.fingerprint"), sheet.short, t("verified.copied_start") + " " + sheet.seq + ": "
                 + sheet.words + " " + sheet.hash),
    )  # fmt: skip


def _kept_row(row: KeptRow) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.el.span(row.title, class_name="row__title"),
            rx.el.span(row.words, class_name="row__sub", lang="en"),
            rx.cond(row.note != "", rx.el.span(row.note, class_name="field__error")),
            class_name="row__main",
        ),
        rx.el.span(
            rx.cond(
                row.is_inside,
                pill(t("verified.inside"), kind="ok", sign="check"),
                pill(t("verified.not_inside"), kind="bad", sign="cross"),
            ),
            class_name="row__end",
        ),
        class_name="row row--line",
    )


def _kept(state: Any) -> rx.Component:
    return rx.el.section(
        rx.el.div(rx.el.h2(t("verified.kept")), class_name="section__head"),
        rx.el.ul(rx.foreach(state.kept, _kept_row), class_name="card card--flush"),
        class_name="section",
    )


def _look(state: Any, look: Any) -> rx.Component:
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    answer = rx.match(
        state.answer_kind,
        ("ok", banner(state.answer, kind="ok", sign="check")),
        ("bad", banner(state.answer, kind="bad", sign="warn")),
        rx.fragment(),
    )
    return card(
        rx.el.h2(t("verified.look_title")),
        rx.el.p(t("verified.look_text"), class_name="small muted"),
        form(
            field(t("verified.entry_no"), "seq", input_mode="numeric", auto_complete="off", **wrong),
            field(
                t("verified.four_words"),
                "words",
                auto_complete="off",
                spell_check=False,
                auto_capitalize="none",
                **wrong,
            ),
            rx.el.div(button(t("verified.look"), type="submit"), class_name="acts"),
            on_submit=look,
        ),
        rx.el.div(answer, role="status"),
    )


def _how(state: Any) -> rx.Component:
    return card(
        disclosure(
            t("verified.how"),
            rx.el.ul(
                rx.el.li(t("verified.how.words")),
                rx.el.li(t("verified.how.receipt")),
                rx.el.li(state.sheet.outside),
                rx.el.li(t("verified.how.export")),
                class_name="sentences",
            ),
            rx.el.p(rx.el.code(ADDRESS), class_name="mono small", style={"overflowWrap": "anywhere"}),
        )
    )
