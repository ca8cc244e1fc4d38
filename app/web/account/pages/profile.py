"""Profile: name, language, light and dark, phone, devices. One body in three frames."""

import reflex as rx

from app.kit.i18n import LANGUAGES, t
from app.web.account.states.leaving import LeavingState
from app.web.account.states.profile import DeviceRow, ProfileState
from app.web.components import (
    banner,
    button,
    dialog,
    fault,
    field,
    form,
    heading,
    icon,
    linkbutton,
    message,
    phases,
    pill,
    post_form,
)
from app.web.layouts import desk_shell, phone_shell
from app.web.place import PlaceState

THEMES = (("light", "sun"), ("dark", "moon"), ("system", "device"))


def profile() -> rx.Component:
    """Of a member, on a phone."""
    return phone_shell(rx.el.h1(t("profile.title"), class_name="vh"), *_body(), active="/profile", back="/home")


def account() -> rx.Component:
    """Of somebody at a desk."""
    return desk_shell(heading(t("profile.title"), t("profile.note")), *_body(), active="/account")


def staff_account() -> rx.Component:
    return desk_shell(heading(t("profile.title"), t("profile.note")), *_body(), active="/staff/account", is_staff=True)


def _body() -> tuple[rx.Component, ...]:
    state = ProfileState
    return (
        rx.cond(state.step == "", message(state.problem, state.problem_field, state.done)),
        phases(state.phase, state.problem, state.load, ready=_ready()),
        _name_dialog(),
        _phone_dialog(),
        _everywhere_dialog(),
        _leave_dialog(),
    )


def _ready() -> rx.Component:
    return rx.el.div(
        rx.cond(ProfileState.member_no != "", _me()),
        _phone(),
        _languages(),
        _theme(),
        _privacy(),
        _devices(),
        rx.cond(ProfileState.member_no != "", _group()),
        class_name="profile",
    )


def _me() -> rx.Component:
    state = ProfileState
    return rx.el.section(
        rx.el.div(
            rx.el.span(state.initials, class_name="dot strong", custom_attrs={"aria-hidden": "true"}),
            rx.el.span(
                rx.el.span(state.name, class_name="row__title"),
                rx.el.span(t("profile.member_no"), " ", state.member_no, class_name="row__sub"),
                class_name="row__main",
            ),
            rx.el.span(
                rx.cond(
                    state.asked_id == "",
                    button(t("profile.mend_name"), kind="copy", on_click=state.start("name")),
                ),
                class_name="row__end",
            ),
            class_name="row",
        ),
        rx.cond(
            state.asked_id != "",
            rx.el.div(
                rx.el.span(
                    rx.el.span(t("profile.name_wanted"), " ", rx.el.b(state.asked_name)),
                    rx.el.span(t("profile.name_waits"), class_name="row__sub"),
                    class_name="row__main",
                ),
                rx.el.span(
                    button(t("profile.take_back"), kind="copy", on_click=state.withdraw_name), class_name="row__end"
                ),
                class_name="row",
            ),
        ),
        class_name="card card--flush",
    )


def _phone() -> rx.Component:
    state = ProfileState
    return rx.el.section(
        rx.el.h2(t("profile.phone")),
        rx.el.div(
            rx.el.div(
                rx.el.span(
                    rx.el.span(state.phone, class_name="row__title nowrap"),
                    rx.el.span(t("profile.phone_note"), class_name="row__sub"),
                    class_name="row__main",
                ),
                rx.el.span(
                    rx.cond(
                        state.change_phone == "",
                        button(t("profile.change"), kind="copy", on_click=state.start("phone")),
                    ),
                    class_name="row__end",
                ),
                class_name="row",
            ),
            class_name="card card--flush",
        ),
        rx.cond(
            state.change_phone != "",
            rx.el.div(
                banner(
                    rx.el.strong(t("profile.phone_from"), " ", state.change_when),
                    rx.el.p(t("profile.phone_then"), " ", rx.el.b(state.change_phone, class_name="nowrap")),
                    kind="warn",
                    sign="clock",
                ),
                button(t("profile.call_off"), kind="danger", on_click=state.call_off),
                class_name="stack stack--8",
            ),
        ),
        class_name="section",
    )


def _languages() -> rx.Component:
    """Each by its own name; a plain form, because the page comes anew."""
    return rx.el.section(
        rx.el.h2(t("language.other")),
        post_form(
            *[
                rx.el.button(
                    own,
                    type="submit",
                    name="code",
                    value=code,
                    lang=code,
                    custom_attrs={"aria-pressed": rx.cond(ProfileState.language == code, "true", "false")},
                )
                for code, own in LANGUAGES.items()
            ],
            action="/session/language",
            class_name="seg",
        ),
        class_name="section",
    )


def _theme() -> rx.Component:
    """Of this device alone, kept in a cookie (`assets/theme.js`)."""
    return rx.el.section(
        rx.el.h2(t("profile.theme")),
        rx.el.div(
            *[
                rx.el.button(
                    icon(sign, size="m"), t(f"profile.theme_{name}"), type="button", custom_attrs={"data-theme": name}
                )
                for name, sign in THEMES
            ],
            class_name="seg",
        ),
        rx.el.p(t("profile.theme_note"), class_name="small muted"),
        class_name="section",
    )


def _privacy() -> rx.Component:
    """Of this device alone, kept in a cookie (`assets/theme.js`); on a member's screens."""
    return rx.el.section(
        rx.el.h2(t("privacy.title")),
        rx.el.div(
            *[
                rx.el.button(icon(sign, size="m"), words, type="button", custom_attrs={"data-private": name})
                for name, sign, words in (
                    ("show", "eye", t("privacy.show")),
                    ("hide", "eye-off", t("privacy.hide")),
                )
            ],
            class_name="seg",
        ),
        rx.el.p(t("privacy.note"), class_name="small muted"),
        class_name="section",
    )


def _device(row: DeviceRow) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.cond(row.is_computer, icon("computer"), icon("device")),
            class_name=rx.cond(row.is_this, "dot dot--ok", "dot"),
        ),
        rx.el.span(
            rx.el.span(row.title, class_name="row__title"),
            rx.el.span(row.detail, class_name="row__sub"),
            class_name="row__main",
        ),
        rx.el.span(
            rx.cond(
                row.is_this,
                pill(t("profile.this_one"), kind="ok", sign="check"),
                button(
                    t("signout"),
                    kind="copy",
                    on_click=ProfileState.end_device(row.id),
                    custom_attrs={"aria-label": t("profile.sign_out_of") + " " + row.title},
                ),
            ),
            class_name="row__end",
        ),
        class_name="row",
    )


def _devices() -> rx.Component:
    return rx.el.section(
        rx.el.h2(t("profile.devices")),
        rx.el.ul(rx.foreach(ProfileState.devices, _device), class_name="card card--flush"),
        button(t("profile.everywhere"), kind="danger", on_click=ProfileState.start("everywhere")),
        class_name="section",
    )


def _group() -> rx.Component:
    return rx.el.section(
        rx.el.h2(t("profile.group")),
        rx.cond(LeavingState.heading == "", message(LeavingState.problem, LeavingState.problem_field, "")),
        button(t("profile.leave"), kind="danger", on_click=LeavingState.start),
        class_name="section",
    )


def _leave_dialog() -> rx.Component:
    state = LeavingState
    leave = button(t("profile.leave_now"), kind="danger", on_click=state.leave)
    close = button(t("dialog.close"), kind="quiet", on_click=state.keep)
    return dialog(
        state.heading != "",
        state.heading,
        message(state.problem, state.problem_field, ""),
        rx.cond(
            state.why_not != "",
            rx.fragment(rx.el.p(state.why_not), rx.el.div(close, class_name="acts")),
            rx.fragment(
                rx.el.p(t("profile.leave_note")),
                rx.cond(state.owes != "", rx.el.p(state.owes, class_name="strong")),
                rx.el.div(leave, close, class_name="acts"),
            ),
        ),
    )


def _acts(label: str, *, kind: str = "primary") -> rx.Component:
    return rx.el.div(
        button(label, kind=kind, type="submit"),
        button(t("profile.keep"), kind="quiet", on_click=ProfileState.keep),
        class_name="acts",
    )


def _name_dialog() -> rx.Component:
    state = ProfileState
    return dialog(
        state.step == "name",
        t("profile.mend_title"),
        rx.el.p(t("profile.mend_note"), class_name="muted"),
        message(state.problem, state.problem_field, ""),
        form(
            field(
                t("profile.new_name"),
                "name",
                default_value=rx.cond(state.typed != "", state.typed, state.name),
                auto_complete="name",
                auto_focus=True,
                **fault(state.problems, "name"),
            ),
            _acts(t("profile.ask_name")),
            on_submit=state.ask_name,
        ),
    )


def _phone_dialog() -> rx.Component:
    state = ProfileState
    code = {"input_mode": "numeric", "auto_complete": "one-time-code"}
    return dialog(
        (state.step == "phone") | (state.step == "codes"),
        t("profile.change_title"),
        message(state.problem, state.problem_field, ""),
        rx.cond(
            state.step == "phone",
            form(
                rx.el.p(t("profile.change_note"), class_name="muted"),
                rx.el.p(t("profile.lost_note"), class_name="small muted"),
                field(
                    t("profile.new_phone"),
                    "phone",
                    hint=PlaceState.phone_hint,
                    type="tel",
                    auto_complete="tel",
                    auto_focus=True,
                    default_value=state.typed,
                    **fault(state.problems, "phone"),
                ),
                _acts(t("profile.send_codes")),
                on_submit=state.send_codes,
            ),
            form(
                rx.el.p(t("profile.codes_note"), class_name="muted"),
                rx.cond(state.shown_codes != "", banner(state.shown_codes, kind="warn", sign="key")),
                rx.cond(
                    state.proved.contains("old"),
                    pill(t("profile.old_right"), kind="ok", sign="check"),
                    field(
                        rx.fragment(t("profile.old_code"), " ", state.phone),
                        "old_code",
                        auto_focus=True,
                        **fault(state.problems, "old_code"),
                        **code,
                    ),
                ),
                rx.cond(
                    state.proved.contains("new"),
                    pill(t("profile.new_right"), kind="ok", sign="check"),
                    field(
                        rx.fragment(t("profile.new_code"), " ", state.new_phone),
                        "new_code",
                        **fault(state.problems, "new_code"),
                        **code,
                    ),
                ),
                rx.el.p(t("profile.no_code_note"), class_name="small muted"),
                rx.el.div(
                    linkbutton(t("profile.send_again"), on_click=state.send_again),
                    linkbutton(t("profile.other_phone"), on_click=state.mend_phone),
                    class_name="side__acts",
                ),
                _acts(t("profile.change_now")),
                on_submit=state.check_codes,
            ),
        ),
    )


def _everywhere_dialog() -> rx.Component:
    return dialog(
        ProfileState.step == "everywhere",
        t("profile.everywhere_title"),
        rx.el.p(t("profile.everywhere_note")),
        message(ProfileState.problem, ProfileState.problem_field, ""),
        rx.el.div(
            button(t("profile.everywhere_now"), kind="danger", on_click=ProfileState.end_everywhere),
            button(t("dialog.close"), kind="quiet", on_click=ProfileState.keep),
            class_name="acts",
        ),
    )
