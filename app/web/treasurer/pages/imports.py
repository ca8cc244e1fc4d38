"""Import of members: upload, check, done."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import (
    banner,
    button,
    card,
    dialog,
    field,
    form,
    heading,
    icon,
    linkbutton,
    message,
    phases,
)
from app.web.components.parts import upload_form
from app.web.layouts import desk_shell
from app.web.treasurer.parts import waiting_lists
from app.web.treasurer.states.imports import ColumnRow, ImportState, LineRow

ACCEPTED = ".csv,.xlsx,text/csv,text/plain,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN_TABS = ("flagged", "already", "new", "left_out", "all")


def imports() -> rx.Component:
    state = ImportState
    return desk_shell(
        heading(t("imports.title"), rx.cond(state.file_name != "", state.file_name, t("imports.note"))),
        rx.cond(state.mending == "", message(state.problem, state.problem_field, state.done)),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=rx.match(state.step, ("check", _check()), ("done", _done()), _upload()),
        ),
        _mending(),
        active="/members",
    )


def _upload() -> rx.Component:
    state = ImportState
    return rx.el.div(
        card(
            rx.el.div(rx.el.h2(t("imports.choose")), class_name="card-h"),
            rx.el.p(t("imports.choose_note"), class_name="card-b muted small"),
            upload_form(action="/imports", accept=ACCEPTED, problem=state.problem, problem_field=state.problem_field),
        ),
        rx.cond(state.drafts.length() > 0, waiting_lists(state.drafts)),
        class_name="stack",
    )


def _tile(label: str, value: rx.Var[str], note: str) -> rx.Component:
    return rx.el.div(
        rx.el.dt(label), rx.el.dd(value, class_name="v"), rx.el.dd(note, class_name="n"), class_name="tile"
    )


def _check() -> rx.Component:
    state = ImportState
    return rx.el.div(
        rx.cond(state.sheets.length() > 0, _sheets()),
        card(
            rx.el.dl(
                _tile(t("imports.flagged"), state.counts["flagged"], t("imports.flagged_note")),
                _tile(t("imports.new"), state.counts["new"], t("imports.new_note")),
                _tile(t("imports.already"), state.counts["already"], t("imports.already_note")),
                rx.cond(state.regions != "", _tile(t("imports.regions"), state.regions, t("imports.regions_note"))),
                class_name="tiles",
            )
        ),
        card(
            rx.el.div(
                *[
                    rx.el.button(
                        state.tab_labels[name],
                        type="button",
                        role="tab",
                        on_click=state.show_tab(name),
                        custom_attrs={"aria-selected": rx.cond(state.tab == name, "true", "false")},
                    )
                    for name in SHOWN_TABS
                ],
                class_name="tabs",
                role="tablist",
            ),
            rx.cond(
                state.rows.length() > 0,
                _lines(),
                rx.el.p(t("imports.none"), class_name="muted", style={"padding": "16px"}),
            ),
            rx.cond(state.is_cut, rx.el.p(t("imports.cut"), class_name="card-b small muted")),
            rx.el.div(
                button(t("imports.columns"), kind="quiet", on_click=state.match_columns),
                button(t("imports.discard"), kind="quiet", on_click=state.discard),
                rx.cond(
                    state.leave_out_label != "",
                    button(state.leave_out_label, kind="secondary", on_click=state.leave_out_flagged),
                ),
                rx.cond(
                    state.can_import,
                    rx.el.span(button(state.import_label, kind="primary", on_click=state.commit), class_name="end"),
                    rx.el.span(state.blocked, class_name="small muted end"),
                ),
                class_name="card-f",
            ),
        ),
        rx.cond(state.is_matching, _columns()),
        class_name="stack",
    )


def _sheets() -> rx.Component:
    """A workbook in which several sheets name columns: which one is meant."""
    state = ImportState
    return rx.el.div(
        rx.el.label(t("imports.sheet"), html_for="sheet"),
        rx.el.select(
            rx.foreach(state.sheets, lambda name: rx.el.option(name, value=name)),
            name="sheet",
            id="sheet",
            value=state.sheet,
            on_change=state.choose_sheet,
            class_name="input",
            custom_attrs={"aria-describedby": "sheet-note"},
        ),
        rx.el.p(t("imports.sheet_note"), class_name="field__hint", id="sheet-note"),
        class_name="field",
    )


def _cell(row: LineRow, name: str, value: rx.Var[str], *more: rx.Component, usual: str = "") -> rx.Component:
    return rx.el.td(value, *more, class_name=rx.cond(row.wrong == name, "wrong", usual))


def _line(row: LineRow) -> rx.Component:
    state = ImportState
    return rx.el.tr(
        rx.el.td(row.line, class_name="muted num", custom_attrs={"data-label": t("imports.line")}),
        _cell(row, "member_no", row.member_no),
        _cell(row, "name", row.name, rx.el.span(row.was_name, class_name="sub")),
        _cell(row, "phone", row.phone, usual="nowrap"),
        _cell(row, "region", row.region, rx.el.span(row.was_region, class_name="sub")),
        _cell(row, "joined_on", row.joined, usual="nowrap"),
        rx.el.td(
            rx.cond(
                row.wrong != "",
                rx.el.span(icon("warn", size="s"), row.why, class_name="field__error"),
                rx.el.span(row.status, rx.el.span(row.why, class_name="sub")),
            )
        ),
        rx.el.td(
            rx.el.div(
                rx.cond(
                    row.suggestion != "", linkbutton(row.suggestion_label, on_click=state.use_suggestion(row.line))
                ),
                rx.cond(
                    row.is_out,
                    linkbutton(t("imports.put_back"), on_click=state.put_back(row.line)),
                    rx.fragment(
                        linkbutton(t("imports.edit"), on_click=state.start_mending(row.line)),
                        linkbutton(t("imports.leave_out"), on_click=state.leave_out(row.line)),
                    ),
                ),
                class_name="acts",
            )
        ),
    )


def _lines() -> rx.Component:
    heads = ("line", "field.member_no", "field.name", "field.phone", "field.region", "field.joined_on", "what")
    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    *[rx.el.th(t(f"imports.{name}")) for name in heads],
                    rx.el.th(rx.el.span(t("table.more"), class_name="vh")),
                )
            ),
            rx.el.tbody(rx.foreach(ImportState.rows, _line)),
            class_name="tbl stackable",
        ),
        class_name="tbl-box",
    )


def _column(row: ColumnRow) -> rx.Component:
    return rx.el.div(
        rx.el.label(row.label, html_for=rx.Var.create("col-") + row.field),
        rx.el.select(
            rx.el.option(t("imports.no_column"), value=""),
            rx.foreach(ImportState.columns, lambda name, index: rx.el.option(name, value=index.to_string())),
            name=row.field,
            id=rx.Var.create("col-") + row.field,
            default_value=row.column,
            class_name="input",
        ),
        class_name="field",
    )


def _columns() -> rx.Component:
    return card(
        rx.el.div(rx.el.h2(t("imports.columns_title")), class_name="card-h"),
        form(
            rx.foreach(ImportState.mapping, _column),
            rx.el.div(button(t("imports.columns_save"), kind="secondary", type="submit"), class_name="acts wide"),
            on_submit=ImportState.save_columns,
            class_name="form-grid form-grid--2",
        ),
    )


def _mended(name: str, hint: str = "") -> rx.Component:
    """A field of the line, with the line's fault when it is here."""
    state = ImportState
    return field(
        t(f"imports.field.{name}"),
        name,
        hint=hint,
        problem=state.problem,
        problem_field=state.problem_field,
        default_value=state.mending_values[name],
    )


def _region() -> rx.Component:
    """The country's regions to choose from; a plain field where no table is."""
    state = ImportState
    is_wrong = (state.problem_field == "region") & (state.problem != "")
    return rx.cond(
        state.region_options.length() > 0,
        rx.el.div(
            rx.el.label(t("imports.field.region"), html_for="region"),
            rx.el.select(
                rx.el.option(t("imports.no_region"), value=""),
                rx.foreach(state.region_options, lambda name: rx.el.option(name, value=name)),
                name="region",
                id="region",
                default_value=state.mending_values["region"],
                class_name="input",
                custom_attrs={"aria-describedby": "region-problem", "aria-invalid": is_wrong},
            ),
            rx.cond(
                is_wrong,
                rx.el.p(
                    icon("warn", size="s"), state.problem, class_name="field__error", id="region-problem", role="alert"
                ),
            ),
            class_name=rx.cond(is_wrong, "field field--error", "field"),
        ),
        _mended("region"),
    )


def _mending() -> rx.Component:
    state = ImportState
    return dialog(
        state.mending != "",
        t("imports.edit_title"),
        message(state.problem, state.problem_field, state.done),
        form(  # another reading of the line starts its fields anew
            *[_mended(name) for name in ("member_no", "name", "phone")],
            _region(),
            _mended("gender", t("imports.gender_hint")),
            _mended("joined_on", t("imports.joined_hint")),
            _mended("remarks"),
            rx.el.div(
                button(t("imports.save"), kind="primary", type="submit"),
                button(t("collections.cancel"), kind="quiet", on_click=state.stop_mending),
                class_name="acts",
            ),
            on_submit=state.mend,
            key=state.mending_key,
        ),
    )


def _done() -> rx.Component:
    return rx.el.div(
        banner(ImportState.result, kind="ok", sign="check"),
        rx.el.div(
            rx.el.a(t("imports.see_members"), href="/members", class_name="btn btn--secondary"),
            rx.el.a(t("imports.see_collections"), href="/collections", class_name="btn btn--quiet"),
            class_name="acts",
        ),
        class_name="stack",
    )
