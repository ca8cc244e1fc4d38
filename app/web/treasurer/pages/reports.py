"""Reports: a list of the group, narrowed, to read here, to print and to take away."""

from typing import Any

import reflex as rx

from app.domain.ledger.recipes import CONTROL, KINDS
from app.domain.reports.report_views import FIELDS
from app.domain.reports.report_views import KINDS as REPORTS
from app.kit.i18n import t
from app.web.components import banner, button, card, choice, empty, field, form, heading, message, phases
from app.web.components.basics import PlainLink
from app.web.components.icons import icon
from app.web.layouts import desk_shell
from app.web.report_address import LATE
from app.web.treasurer.states.reports import Choice, Head, ReportsState, Row, Shown, Sum


def reports() -> rx.Component:
    state = ReportsState
    return desk_shell(
        rx.el.link(rel="stylesheet", href="/reports.css"),
        heading(
            t("report.title"),
            t("report.note"),
            rx.el.a(t("programmes.title"), href="/reports/programmes", class_name="btn btn--secondary"),
        ),
        message(state.problem, state.problem_field, state.done),
        phases(state.phase, state.problem, state.load, ready=_ready()),
        active="/reports",
    )


def _ready() -> rx.Component:
    return rx.el.div(
        card(_which(), _filters(), _sums()),
        _files(),
        card(_list(), _more()),
        class_name="stack reports",
    )


def _which() -> rx.Component:
    state = ReportsState
    return rx.el.div(
        choice(
            t("report.kind"),
            "what",
            *[rx.el.option(t(f"report.kind.{kind}"), value=kind) for kind in REPORTS],
            value=state.kind,
            on_change=state.choose_kind,
        ),
        rx.el.p(
            rx.match(
                state.kind,
                *[(kind, t(f"report.about.{kind}")) for kind in REPORTS],
                "",
            ),
            class_name="muted small",
        ),
        class_name="card-h reports__which",
    )


def _option(one: Choice) -> rx.Component:
    return rx.el.option(one.label, value=one.value)


def _pick(name: str, label: str, value: Any, *options: rx.Component) -> rx.Component:
    return choice(
        label, name, rx.el.option(t("report.all"), value=""), *options, default_value=value, key=f"{name}-{value}"
    )


def _days() -> list[rx.Component]:
    state = ReportsState
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    return [
        field(t(label), name, type="date", default_value=day, key=f"{name}-{day}", **wrong)
        for label, name, day in (("report.from", "from", state.since), ("report.until", "until", state.until))
    ]


def _fields(kind: str) -> list[rx.Component]:
    """The filters of one report: an absent field is never sent, so that each report has a form of its own."""
    state, names = ReportsState, FIELDS[kind]
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    found: list[rx.Component] = []
    if "call_id" in names:
        found.append(_pick("call", t("report.call"), state.call, rx.foreach(state.calls, _option)))
    if "is_late" in names:
        found.append(_pick("only", t("report.only"), state.only, rx.el.option(t("report.late"), value=LATE)))
    if kind == "invoices":
        spans = (("report.week", state.week), ("report.month", state.month))
        options = [rx.el.option(t(key), value=day) for key, day in spans]
        found.append(_pick("until", t("report.span"), state.until, *options))
    elif "until" in names:
        found += _days()[0 if "since" in names else 1 :]
    if "member_id" in names:
        found.append(_pick("member", t("report.member"), state.member, rx.foreach(state.members, _option)))
    if "entry" in names:
        kinds = [rx.el.option(t(f"entry.{one}"), value=one) for one in KINDS]
        found.append(_pick("entry", t("report.entry"), state.entry, *kinds))
        accounts = [rx.el.option(t(f"account.{code}"), value=code) for code in CONTROL]
        found.append(_pick("account", t("report.account"), state.account, *accounts))
        for name, value in (("least", state.least), ("most", state.most)):
            label = t(f"report.{name}")
            found.append(field(label, name, input_mode="decimal", default_value=value, key=f"{name}-{value}", **wrong))
    return found


def _filters() -> rx.Component:
    state = ReportsState
    forms = []
    for kind in REPORTS:
        if fields := _fields(kind):
            acts = rx.el.div(
                button(t("report.show"), type="submit"),
                rx.el.a(t("report.whole"), href=f"/reports?what={kind}", class_name="link"),
                class_name="acts",
            )
            forms.append((kind, form(*fields, acts, on_submit=state.narrow, class_name="reports__filters")))
    return rx.fragment(rx.match(state.kind, *forms, rx.fragment()))


def _sum(one: Sum) -> rx.Component:
    return rx.el.div(rx.el.dt(one.label), rx.el.dd(one.value, class_name="amount"), class_name="reports__sum")


def _sums() -> rx.Component:
    return rx.el.dl(rx.foreach(ReportsState.sums, _sum), class_name="reports__sums")


def report_head(one: Head) -> rx.Component:
    return rx.el.th(one.label, class_name=rx.cond(one.is_number, "num", ""))


def report_row(row: Row) -> rx.Component:
    def cell(one: Shown) -> rx.Component:
        return rx.el.td(
            rx.match(
                one.kind,
                ("lead", rx.el.a(one.text, href=row.href, class_name="strong")),
                ("void", rx.el.span(one.text, class_name="amount amount--void")),
                ("code", rx.el.span(one.text, class_name="nowrap")),
                rx.fragment(one.text),
            ),
            class_name=rx.match(
                one.kind,
                ("num", "num nowrap"),
                ("void", "num nowrap"),
                ("lead", "is-lead"),
                ("date", "nowrap"),
                ("none", "is-none"),
                "",
            ),
            custom_attrs={"data-label": one.label},
        )

    return rx.el.tr(rx.foreach(row.cells, cell))


def _total(one: Shown) -> rx.Component:
    return rx.el.td(
        rx.el.b(one.text),
        class_name=rx.match(one.kind, ("num", "num nowrap"), ("none", "is-none"), ""),
        custom_attrs={"data-label": one.label},
    )


def _list() -> rx.Component:
    state = ReportsState
    return rx.cond(
        state.rows.length() > 0,
        rx.el.div(
            rx.el.table(
                rx.el.thead(rx.el.tr(rx.foreach(state.heads, report_head))),
                rx.el.tbody(rx.foreach(state.rows, report_row)),
                rx.cond(state.totals.length() > 0, rx.el.tfoot(rx.el.tr(rx.foreach(state.totals, _total)))),
                class_name="tbl tight reports__table",
            ),
            class_name="tbl-box",
        ),
        empty(t("report.nothing"), t("report.nothing_note")),
    )


def _more() -> rx.Component:
    state = ReportsState
    return rx.cond(
        state.more != "",
        rx.el.div(
            rx.cond(state.has_more, button(t("report.next"), on_click=state.show_more)),
            rx.el.span(state.more, class_name="muted small"),
            class_name="card-f",
        ),
    )


def _download(label: str, href: Any, class_name: str) -> rx.Component:
    return PlainLink.create(icon("download", size="m"), label, href=href, class_name=class_name)


def _files() -> rx.Component:
    state = ReportsState
    return card(
        rx.el.div(rx.el.h2(t("report.files")), class_name="card-h"),
        rx.el.div(
            rx.cond(
                state.languages.length() > 1,
                choice(
                    t("statement.language"),
                    "language",
                    rx.foreach(state.languages, _option),
                    value=state.lang,
                    on_change=state.choose_language,
                ),
            ),
            rx.el.div(
                rx.match(
                    state.file.state,
                    (
                        "",
                        button(
                            rx.fragment(
                                rx.el.span(t("report.print"), class_name="idle"),
                                rx.el.span(t("report.making"), class_name="busy"),
                            ),
                            kind="primary",
                            on_click=state.print_file,
                        ),
                    ),
                    ("queued", _making()),
                    ("ready", _download(t("statement.pdf"), state.file.pdf, "btn btn--primary")),
                    rx.el.div(
                        banner(t("statement.failed"), kind="bad", sign="warn"),
                        button(t("screen.try_again"), on_click=state.print_file),
                        class_name="stack stack--8",
                    ),
                ),
                _download(t("statement.csv"), state.csv, "btn btn--secondary"),
                _download(t("statement.xlsx"), state.xlsx, "btn btn--secondary"),
                class_name="acts",
                custom_attrs={"aria-live": "polite"},
            ),
            class_name="card-b stack",
        ),
        id="files",
    )


def _making() -> rx.Component:
    """`assets/sanduk.js` presses the hidden button every second, once for each answer."""
    state = ReportsState
    return rx.el.div(
        rx.el.progress(custom_attrs={"aria-label": t("statement.making")}),
        rx.el.p(t("statement.making"), " ", state.file.waited, class_name="small"),
        rx.el.button(type="button", on_click=state.look, hidden=True, custom_attrs={"data-again": state.tick}),
        class_name="stack stack--8 making",
    )
