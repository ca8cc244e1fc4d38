"""Buttons, fields, cards, pills, messages."""

from collections.abc import Mapping
from typing import Any

import reflex as rx
from reflex_components_core.el.element import Element

from app.kit.i18n import LANGUAGES, t
from app.web.components.icons import icon

Text = str | rx.Var[str]


class PlainForm(Element):
    """A form that the browser itself sends, with a full page load: sign-out, sign-in, uploads."""

    tag = "form"
    action: rx.Var[str]
    method: rx.Var[str]
    enc_type: rx.Var[str]


class PlainLink(Element):
    """A link that the browser itself follows, with a full page load: to what the HTTP side serves."""

    tag = "a"
    href: rx.Var[str]


def leave_link(label: Text, href: str, *, class_name: str = "link") -> rx.Component:
    """To an address of the HTTP side; `rx.el.a` would look for it among the pages."""
    return PlainLink.create(label, href=href, class_name=class_name)


def post_form(*children: rx.Component, action: str, files: bool = False, class_name: str = "") -> rx.Component:
    extra = {"enc_type": "multipart/form-data"} if files else {}
    return PlainForm.create(*children, action=action, method="post", class_name=class_name, **extra)


def language_switch() -> rx.Component:
    """The other languages by their own names; the page's own one is left out by its style."""
    return post_form(
        *[
            rx.el.button(own, type="submit", name="code", value=code, lang=code, class_name="linkbtn")
            for code, own in LANGUAGES.items()
        ],
        action="/session/language",
        class_name="languages",
    )


def button(label: Text | rx.Component, *, kind: str = "secondary", type: str = "button", **props: Any) -> rx.Component:  # noqa: A002
    """`kind` is primary (one per screen), secondary, quiet or danger. Keeps its width while it works."""
    return rx.el.button(label, type=type, class_name=f"btn btn--{kind}", **props)


def linkbutton(label: Text, *, is_danger: bool = False, **props: Any) -> rx.Component:
    """A word that acts, for rows of tables."""
    return rx.el.button(label, type="button", class_name="linkbtn linkbtn--danger" if is_danger else "linkbtn", **props)


def amount(code: Text, figure: Text) -> rx.Component:
    return rx.el.span(rx.el.span(code, class_name="c"), "\u00a0", figure, class_name="amount")


def card(*children: rx.Component, **props: Any) -> rx.Component:
    return rx.el.section(*children, class_name="card", **props)


def pill(label: Text, *, kind: str = "", sign: str = "") -> rx.Component:
    """`kind` is ok, warn, bad or nothing; always with an icon and a word."""
    return rx.el.span(*([icon(sign)] if sign else []), label, class_name=f"pill pill--{kind}" if kind else "pill")


def banner(*children: rx.Component | Text, kind: str = "", sign: str = "info") -> rx.Component:
    return rx.el.div(icon(sign), rx.el.div(*children), class_name=f"banner banner--{kind}" if kind else "banner")


def message(problem: rx.Var[str], problem_field: rx.Var[str], done: rx.Var[str]) -> rx.Component:
    """What happened: said to screen readers, and brought into view (`assets/sanduk.js`)."""
    return rx.el.div(
        rx.cond((problem != "") & (problem_field == ""), banner(problem, kind="bad", sign="warn")),
        rx.cond((done != "") & (problem == ""), banner(done, kind="ok", sign="check")),
        role="status",
        custom_attrs={"data-said": ""},
    )


def heading(title: Text, note: Text | rx.Component = "", *actions: rx.Component) -> rx.Component:
    """The head of a desk page."""
    return rx.el.header(
        rx.el.div(rx.el.h1(title), rx.el.p(note)), rx.el.div(*actions, class_name="acts"), class_name="head"
    )


def field(
    label: Text,
    name: str,
    *,
    hint: Text = "",
    problem: rx.Var[str] | str = "",
    problem_field: rx.Var[str] | str = "",
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """A labelled input; the problem stands under it when it is this field's."""
    is_wrong = (problem_field == name) & (problem != "") if isinstance(problem_field, rx.Var) else False
    props.setdefault("class_name_input", "input")
    input_class = props.pop("class_name_input")
    described = f"{name}-hint {name}-problem"
    return rx.el.div(
        rx.el.label(label, html_for=name),
        rx.el.span(hint, class_name="field__hint", id=f"{name}-hint")
        if isinstance(hint, rx.Var) or hint
        else rx.fragment(),
        rx.el.input(
            id=name,
            name=name,
            class_name=input_class,
            custom_attrs={"aria-describedby": described, "aria-invalid": is_wrong},
            **props,
        ),
        rx.cond(
            is_wrong,
            rx.el.p(icon("warn", size="s"), problem, class_name="field__error", id=f"{name}-problem", role="alert"),
        ),
        class_name=rx.cond(is_wrong, f"field field--error {class_name}", f"field {class_name}"),
    )


def fault(problems: Mapping[str, str], name: str) -> dict[str, Any]:
    """For a field of a form that marks every fault: its own."""
    return {"problem": problems[name], "problem_field": rx.Var.create(name)}


def choice(
    label: Text,
    name: str,
    *options: rx.Component,
    hint: Text = "",
    problem: rx.Var[str] | str = "",
    problem_field: rx.Var[str] | str = "",
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """A labelled list of `rx.el.option` to choose one from; otherwise as `field`."""
    is_wrong = (problem_field == name) & (problem != "") if isinstance(problem_field, rx.Var) else False
    return rx.el.div(
        rx.el.label(label, html_for=name),
        rx.el.span(hint, class_name="field__hint", id=f"{name}-hint")
        if isinstance(hint, rx.Var) or hint
        else rx.fragment(),
        rx.el.select(
            *options,
            id=name,
            name=name,
            class_name="input",
            custom_attrs={"aria-describedby": f"{name}-hint {name}-problem", "aria-invalid": is_wrong},
            **props,
        ),
        rx.cond(
            is_wrong,
            rx.el.p(icon("warn", size="s"), problem, class_name="field__error", id=f"{name}-problem", role="alert"),
        ),
        class_name=rx.cond(is_wrong, f"field field--error {class_name}", f"field {class_name}"),
    )


def form(*children: rx.Component, on_submit: Any, class_name: str = "stack", key: Text = "") -> rx.Component:
    """`key`: another one makes the fields begin anew, with their default values of then."""
    named = {"key": key} if isinstance(key, rx.Var) or key else {}
    return rx.el.form(*children, on_submit=on_submit, class_name=class_name, custom_attrs={"noValidate": True}, **named)


def download(href: Text, label: Text = "") -> rx.Component:
    """To the page where a list is printed and taken away."""
    return rx.el.a(
        icon("download", size="m"), label or t("report.download"), href=href, class_name="btn btn--secondary"
    )


def empty(title: Text, text: Text, action: rx.Component | None = None) -> rx.Component:
    """Why there is nothing, and the one thing to do about it."""
    return rx.el.div(
        rx.el.svg(
            rx.el.path(d="M6 24l6-14h40l6 14M6 24h52v22a4 4 0 0 1-4 4H10a4 4 0 0 1-4-4zM18 24v8M32 24v8M46 24v8"),
            view_box="0 0 64 56",
            class_name="art",
            fill="none",
            stroke="currentColor",
            stroke_width="2",
            custom_attrs={"aria-hidden": "true"},
        ),
        rx.el.h2(title),
        rx.el.p(text, class_name="muted"),
        *([action] if action else []),
        class_name="empty",
    )


def skeleton(lines: int) -> rx.Component:
    """Grey lines where the content will stand."""
    return rx.el.div(
        rx.el.span(t("screen.loading"), class_name="vh"),
        *[rx.el.span(class_name="sk", style={"height": "44px"}) for _ in range(lines)],
        class_name="stack stack--8",
        role="status",
    )


def row_link(
    title: Text, sub: Text, end: rx.Component, href: Text, *, lead: rx.Component | None = None
) -> rx.Component:
    """A record as a line that opens."""
    return rx.el.a(
        *([lead] if lead else []),
        rx.el.span(
            rx.el.span(title, class_name="row__title"), rx.el.span(sub, class_name="row__sub"), class_name="row__main"
        ),
        rx.el.span(end, class_name="row__end"),
        href=href,
        class_name="row",
    )
