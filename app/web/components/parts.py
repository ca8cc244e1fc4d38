"""Parts that several screens share: figures, shares, tabs, label and value, codes to copy, the chain."""

from collections.abc import Iterable
from typing import Any

import reflex as rx

from app.kit.i18n import t
from app.web.components.basics import Text, button, post_form
from app.web.components.icons import icon


def tile(
    label: str, value: Text | rx.Component, note: Text, *, name: str = "", sign: rx.Component | None = None
) -> rx.Component:
    """A figure of a `tiles` list. `sign` are the swatches of the shares it stands for; `name` is for tests."""
    return rx.el.div(
        rx.el.dt(*([sign] if sign else []), label),
        rx.el.dd(value, class_name="v", custom_attrs={"data-figure": name} if name else {}),
        rx.el.dd(note, class_name="n"),
        class_name="tile",
    )


def swatch(share: str = "") -> rx.Component:
    """`share` is f-ok, f-wait or nothing, as in `legend`."""
    return rx.el.span(class_name=f"sw {share}".strip())


def tiles(*figures: rx.Component) -> rx.Component:
    """Up to four figures of one card; two in a row on a phone."""
    return rx.el.dl(*figures, class_name="tiles")


def shares(confirmed: Text, waiting: Text = "", *, words: Text = "") -> rx.Component:
    """Confirmed solid, sent hatched, the rest hollow; widths as `42%`. `words` says it to those who don't see it."""
    said = {"role": "img", "aria-label": words} if isinstance(words, rx.Var) or words else {"aria-hidden": "true"}
    parts = [rx.el.i(class_name="f-ok", style={"width": confirmed})]
    if isinstance(waiting, rx.Var) or waiting:
        parts.append(rx.el.i(class_name="f-wait", style={"width": waiting}))
    return rx.el.div(*parts, class_name="shares", custom_attrs=said)


def legend(confirmed: str, waiting: str, unpaid: str) -> rx.Component:
    """The words to `shares`."""
    return rx.el.div(
        rx.el.span(rx.el.i(class_name="sw f-ok"), confirmed),
        rx.el.span(rx.el.i(class_name="sw f-wait"), waiting),
        rx.el.span(rx.el.i(class_name="sw"), unpaid),
        class_name="legend",
    )


def tabs(*places: tuple[Text, Any, Any]) -> rx.Component:
    """Each place: its words, whether it is the one shown, the handler that shows it."""
    return rx.el.div(
        *[
            rx.el.button(
                label,
                type="button",
                role="tab",
                custom_attrs={"aria-selected": rx.cond(is_shown, "true", "false")},
                **({} if handler is None else {"on_click": handler}),
            )
            for label, is_shown, handler in places
        ],
        class_name="tabs",
        role="tablist",
    )


def pairs(rows: Iterable[tuple[Text, Text | rx.Component]], *, class_name: str = "") -> rx.Component:
    """Label and value, a line each."""
    lines = [rx.el.div(rx.el.dt(label), rx.el.dd(value)) for label, value in rows]
    return rx.el.dl(*lines, class_name=f"kv {class_name}".strip())


def copy_row(label: str, shown: Text, plain: Text, note: Text = "") -> rx.Component:
    """One value and its button; `plain` is what is copied (`assets/sanduk.js`)."""
    return rx.el.div(
        rx.el.dl(
            rx.el.dt(label),
            rx.el.dd(rx.el.span(shown), class_name="mono"),
            *([] if isinstance(note, str) and not note else [rx.el.dd(note, class_name="note")]),
        ),
        button(
            rx.fragment(icon("copy", size="m"), t("pay.copy")),
            kind="copy",
            custom_attrs={"data-copy": plain, "data-done": t("pay.copied"), "aria-label": f"{t('pay.copy')}: {label}"},
        ),
        class_name="copyrow",
    )


def chain(before: tuple[Text, Text], this: tuple[Text, Text], after: tuple[Text, Text]) -> rx.Component:
    """An entry between its neighbours; each its position and the first digits of its fingerprint."""

    def entry(position: Text, digits: Text, class_name: str = "") -> rx.Component:
        return rx.el.span(position, rx.el.b(digits), class_name=class_name)

    return rx.el.div(entry(*before), rx.el.i(), entry(*this, "is-this"), rx.el.i(), entry(*after), class_name="chain")


def qr(path: Text, box: Text) -> rx.Component:
    """A QR code of `presenters.qr`, dark on white in both themes; its address stands beside it in words."""
    return rx.el.div(
        rx.el.svg(
            rx.el.path(d=path),
            view_box=box,
            custom_attrs={"aria-hidden": "true", "shapeRendering": "crispEdges"},
        ),
        class_name="qr",
    )


def disclosure(label: Text, *content: rx.Component) -> rx.Component:
    """More, for those who want it."""
    return rx.el.details(
        rx.el.summary(rx.el.span(icon("chevron", size="s"), class_name="chev"), label), *content, class_name="more"
    )


def steps(names: list[str], now: int) -> rx.Component:
    """Where one is in a task; `now` counts from 0."""

    def step(place: int, name: str) -> rx.Component:
        state = "is-done" if place < now else "is-now" if place == now else ""
        here = {"aria-current": "step"} if place == now else {}
        number = icon("check", size="s") if place < now else str(place + 1)
        return rx.el.li(rx.el.b(number), name, class_name=state, custom_attrs=here)

    return rx.el.ol(*[step(place, name) for place, name in enumerate(names)], class_name="steps")


def upload_form(*before: rx.Component, action: str, accept: str, problem: Any, problem_field: Any) -> rx.Component:
    """A file goes up by a plain form, so that any size does; what is wrong with it stands at it."""
    is_wrong = (problem_field == "file") & (problem != "")
    return post_form(
        *before,
        rx.el.label(t("imports.file"), html_for="file", class_name="strong"),
        rx.el.input(
            type="file",
            name="file",
            id="file",
            accept=accept,
            auto_complete="off",
            custom_attrs={"aria-describedby": "file-problem", "aria-invalid": is_wrong},
        ),
        rx.cond(
            is_wrong,
            rx.el.p(
                icon("warn", size="s"),
                rx.el.span(problem),
                class_name="field__error",
                id="file-problem",
                role="alert",
            ),
        ),
        rx.el.button(icon("upload", size="m"), t("imports.upload"), type="submit", class_name="btn btn--primary"),
        action=action,
        files=True,
        class_name="drop",
    )
