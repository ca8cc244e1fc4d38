"""A fresh one-time code of one's own before something weighty: the dialog that asks for it, and what holds it."""

from typing import Any
from uuid import UUID, uuid4

import reflex as rx

from app.kit.i18n import t
from app.web import session as web_session
from app.web.components import banner, button, dialog, field, form, message
from app.web.screen import Screen


class FreshCode(Screen, mixin=True):
    """The dialog is open while `code_title` says what is about to happen. States mark its two events themselves."""

    code_title: str = ""
    shown_code: str = ""
    _code_request: str = ""

    async def _ask_code(self, title: str) -> None:
        """Send a code and open the dialog; what hinders it becomes `problem`."""
        self._clear()
        self._code_request = str(uuid4())
        shown = ""
        async with self._refusals():
            shown = await web_session.send_step_up_code(self, UUID(self._code_request))
        if not self.problem:
            self.shown_code = t("receipts.code_development", code=shown) if shown else ""
            self.code_title = title

    async def _proof_of(self, form: dict[str, str]) -> UUID | None:
        """What a right code leaves; None while it is wrong, said at the field, or while none was asked for."""
        if not self.code_title:
            return None
        self._clear()
        async with self._refusals():
            code = str(form.get("code", ""))[:12]
            return await web_session.confirm_step_up(self, UUID(self._code_request), code)
        return None

    def _close_code(self) -> None:
        self.code_title = self.shown_code = ""


def code_dialog(
    state: Any, note: str, *, confirm: rx.EventHandler, leave: rx.EventHandler, label: str = ""
) -> rx.Component:
    """`label` names what the code does. `state` has the four vars of FreshCode that can be seen."""
    return dialog(
        state.code_title != "",
        state.code_title,
        rx.el.p(note, class_name="muted"),
        rx.cond(state.shown_code != "", banner(state.shown_code, kind="warn", sign="key")),
        message(state.problem, state.problem_field, ""),
        form(
            field(
                t("receipts.code"),
                "code",
                input_mode="numeric",
                auto_complete="one-time-code",
                auto_focus=True,
                problem=state.problem,
                problem_field=state.problem_field,
            ),
            rx.el.div(
                button(label or t("people.code_now"), kind="primary", type="submit"),
                button(t("people.code_keep"), kind="quiet", on_click=leave),
                class_name="acts",
            ),
            on_submit=confirm,
        ),
    )
