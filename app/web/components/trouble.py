"""What stands over every page when something is wrong: no connection, or a defect in the page itself."""

import reflex as rx
from reflex_components_core.base.error_boundary import ErrorBoundary
from reflex_components_core.core.banner import has_connection_errors

from app.kit.i18n import t
from app.web.components.basics import banner, leave_link
from app.web.components.icons import icon


def offline(is_stateful: bool) -> rx.Component | None:
    """On top while the socket is down, until it is closed (`assets/sanduk.js`) or the connection is back.

    It takes its own room, so that nothing of the page lies under it for good.
    """
    if not is_stateful:
        return None
    close = rx.el.button(
        icon("cross", size="m"),
        rx.el.span(t("offline.close"), class_name="vh"),
        type="button",
        class_name="offline__close",
        custom_attrs={"data-close": "offline"},
    )
    words = rx.el.div(
        banner(rx.el.strong(t("offline.title")), rx.el.p(t("offline.note")), kind="warn", sign="warn"),
        close,
        class_name="offline__box",
    )
    line = rx.el.div(rx.cond(has_connection_errors, words), class_name="offline", role="status")
    return rx.fragment(line)  # the page becomes its sibling, not its child


def broken(is_stateful: bool) -> rx.Component:  # noqa: ARG001  (called by Reflex)
    """In place of a page that could not be drawn."""
    return ErrorBoundary.create(
        fallback_render=rx.el.main(
            rx.el.h1(t("broken.title")),
            rx.el.p(t("broken.note")),
            leave_link(t("broken.again"), "/start", class_name="btn btn--secondary"),
            class_name="page",
        )
    )


WRAPS = {(55, "ErrorBoundary"): broken, (5, "Overlay"): offline}
"""`rx.App(app_wraps=...)`: ours in place of Reflex's, which bring toasts and icons along."""
